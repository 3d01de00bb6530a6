//! What to do about a refusal, where that has to be computed: what is advised was tried.

use super::{Error, Failure, call, quoted};
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::pipeline::{self, Calibration, Settings, Timing, fitting};
use crate::profile::{self, Profile};

/// A conversion that went wrong, as it can be tried again.
pub struct Tried<'a> {
    pub graph: &'a Graph,
    pub profile: &'a Profile,
    pub recipe: &'a Recipe,
    pub calibration: Calibration<'a>,
}

impl Tried<'_> {
    /// An error of the chain, and where numbers do not fit the membranes a recipe whose numbers do.
    pub fn explained(&self, error: pipeline::Error) -> Failure {
        match error.is_narrow() {
            true => Error::Narrow { error, fits: self.fits() }.into(),
            false => error.into(),
        }
    }

    /// A part of a sentence on recipes whose numbers fit the membranes.
    pub fn fits(&self) -> String {
        self.fits_by(self.fitting().as_ref())
    }

    fn fitting(&self) -> Option<Recipe> {
        fitting(self.graph, self.profile, self.recipe, self.calibration)
    }

    fn fits_by(&self, recipe: Option<&Recipe>) -> String {
        match recipe {
            Some(recipe) => format!("with --recipe {recipe} the numbers fit"),
            None => {
                "norm=layer, smaller bursts and weights of fewer bits were tried, and none of them \
                 makes the numbers fit"
                    .into()
            }
        }
    }
}

/// How a command drops what a chip refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drops {
    /// With `--idealised`.
    Idealised,
    /// Without `--strict`.
    NotStrict,
    /// It has no way to.
    Nothing,
}

/// A command that the chip refused, as it can be tried again.
pub struct Refused<'a> {
    pub profile: &'a Profile,
    pub settings: &'a Settings,
    /// The recipe, if one was chosen; else that of `settings` is what the chip made of it.
    pub asked: Option<&'a Recipe>,
    /// A network that is converted for the chip.
    pub trained: Option<(&'a Graph, Calibration<'a>)>,
    /// Other profiles ran in the same command, so that what is advised is for this one alone.
    pub listed: bool,
    /// The command has a default recipe of its own, whatever the chip.
    pub own_default: bool,
    pub drops: Drops,
    /// Whether a chip takes the network with such settings.
    pub takes: &'a dyn Fn(&Profile, &Settings) -> bool,
}

/// What another command changes.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    Dropped,
    Recipe(Recipe),
    /// The recipe that the chip decides for.
    Best {
        dropped: bool,
    },
    Timing(Timing),
    /// A built-in chip, as it is.
    Chip(Box<Profile>),
}

/// What a refusal says where no command was found.
const NO_COMMAND: &str = "no command was found that runs in place of this one";

/// What a refusal says before a command that was found.
const RUNS: &str = "this command runs: ";

/// Of the reasons in a table, which end with a command that runs.
pub fn commands_of<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let ends: Vec<bool> = reasons.map(|reason| reason.contains(RUNS)).collect();
    match (ends.iter().filter(|&&with| with).count(), ends.len()) {
        (0, _) => NO_COMMAND.into(),
        (found, all) if found == all => {
            "the table ends each reason with a command that runs".into()
        }
        (found, all) => {
            format!("the table ends {found} of {all} reasons with a command that runs")
        }
    }
}

impl Refused<'_> {
    /// The error, and the command nearest to this one that runs, or that none was found.
    pub fn explained(&self, error: pipeline::Error) -> Failure {
        let narrow = self.narrow(&error);
        let recipe = narrow.as_ref().and_then(Tried::fitting);
        let advice = self.advice_with(&error, recipe.as_ref());
        match narrow {
            Some(tried) => {
                let fits = format!("{}; {advice}", tried.fits_by(recipe.as_ref()));
                Error::Narrow { error, fits }.into()
            }
            None => Error::Advised { error, advice }.into(),
        }
    }

    /// A sentence with that command, or that none was found.
    pub fn advice(&self, error: &pipeline::Error) -> String {
        let recipe = self.narrow(error).as_ref().and_then(Tried::fitting);
        self.advice_with(error, recipe.as_ref())
    }

    fn narrow(&self, error: &pipeline::Error) -> Option<Tried<'_>> {
        let (graph, calibration) = self.trained.filter(|_| error.is_narrow())?;
        let (profile, recipe) = (self.profile, &self.settings.conversion);
        Some(Tried { graph, profile, recipe, calibration })
    }

    fn advice_with(&self, error: &pipeline::Error, recipe: Option<&Recipe>) -> String {
        let change = self.changes(error, recipe).into_iter().find(|change| self.is_taken(change));
        match change.or_else(|| self.other_chip()) {
            Some(change) => format!("{RUNS}{}", self.command(&change)),
            None => NO_COMMAND.into(),
        }
    }

    /// What may help, the least first.
    fn changes(&self, error: &pipeline::Error, recipe: Option<&Recipe>) -> Vec<Change> {
        let mut changes: Vec<Change> = recipe.cloned().map(Change::Recipe).into_iter().collect();
        if error.is_of_packets() {
            let others = [Timing::Event, Timing::Analytic].into_iter();
            let others = others.filter(|timing| *timing != self.settings.timing);
            changes.extend(others.map(Change::Timing));
        }
        let drops = self.drops != Drops::Nothing;
        changes.extend(drops.then_some(Change::Dropped));
        if self.trained.is_some() {
            changes.push(Change::Best { dropped: false });
            changes.extend(drops.then_some(Change::Best { dropped: true }));
        }
        changes
    }

    /// The first built-in chip that takes the network, unless the command has others already.
    fn other_chip(&self) -> Option<Change> {
        let chips = profile::all().ok().filter(|_| !self.listed)?.into_iter();
        chips.map(|chip| Change::Chip(Box::new(chip))).find(|change| self.is_taken(change))
    }

    /// The words of this command with `change`.
    fn command(&self, change: &Change) -> String {
        let words = call::words().unwrap_or_default();
        let words = if self.listed { alone(words, self.profile) } else { words };
        let mut command = changed(words, change, self.drops);
        if let (Change::Best { dropped }, true) = (change, self.own_default) {
            let recipe = pipeline::default_recipe(self.profile, *dropped);
            command = call::with_options(command, ["--recipe".into(), recipe.to_string()]);
        }
        quoted(std::iter::once("spikemesh".into()).chain(command))
    }

    /// Whether the chip takes the network with this change.
    fn is_taken(&self, change: &Change) -> bool {
        let profile = match change {
            Change::Chip(chip) => chip,
            _ => self.profile,
        };
        let mut settings = self.settings.clone();
        settings.idealised |= matches!(change, Change::Dropped | Change::Best { dropped: true });
        if let Change::Timing(timing) = change {
            settings.timing = *timing;
        }
        let recipe = match change {
            Change::Recipe(recipe) => Some(recipe),
            Change::Best { .. } => None,
            _ => self.asked,
        };
        let own = || pipeline::default_recipe(profile, settings.idealised);
        settings.conversion = recipe.cloned().unwrap_or_else(own);
        (self.takes)(profile, &settings)
    }
}

/// The words of a command line for one of its profiles, without the folder that is written, and
/// without threads: tables have them, and are the same at any number.
fn alone(words: Vec<String>, profile: &Profile) -> Vec<String> {
    let kept = without(words, &["--profile", "--set", "--out", "--threads"]);
    call::with_options(kept, profile.provenance.words())
}

/// The words of a command line without some options and their values.
fn without(words: Vec<String>, options: &[&str]) -> Vec<String> {
    let left_out = |word: &str| options.contains(&word);
    let mut kept = vec![];
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            kept.push(word);
            kept.extend(words.by_ref());
        } else if left_out(&word) {
            // Its value goes with it.
            words.next();
        } else if !word.split_once('=').is_some_and(|(option, _)| left_out(option)) {
            kept.push(word);
        }
    }
    kept
}

/// The words of a command line with `change`.
fn changed(words: Vec<String>, change: &Change, drops: Drops) -> Vec<String> {
    let replaced: &[&str] = match change {
        Change::Dropped => &[],
        Change::Recipe(_) | Change::Best { .. } => &["--recipe"],
        Change::Timing(_) => &["--timing"],
        Change::Chip(_) => &["--profile", "--set"],
    };
    let mut kept = without(words, replaced);
    let option = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let added = match change {
        Change::Dropped | Change::Best { dropped: true } => match drops {
            Drops::Idealised => vec!["--idealised".into()],
            Drops::NotStrict => {
                kept.retain(|word| word != "--strict");
                vec![]
            }
            Drops::Nothing => vec![],
        },
        Change::Best { dropped: false } => vec![],
        Change::Recipe(recipe) => option("--recipe", &recipe.to_string()),
        Change::Timing(timing) => option("--timing", timing.name()),
        Change::Chip(chip) => option("--profile", &chip.name),
    };
    call::with_options(kept, added)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(String::from).collect()
    }

    #[test]
    fn one_profile_of_a_list_runs_alone() {
        let list = "run x.onnx --set limits.fan_in=3 --out there --profile=odin,my.toml --steps 4 \
                    --threads 2";
        let changes = ["limits.fan_in=3".parse().unwrap()];
        let odin = crate::profile::load_changed("odin", &changes).unwrap();
        let my = words("run x.onnx --steps 4 --profile odin --set limits.fan_in=3");
        assert_eq!(alone(words(list), &odin), my);
    }

    #[test]
    fn a_command_keeps_what_does_not_change() {
        let run = || words("run x.onnx --recipe paper --steps 4 --recipe=best");
        let changed = |change: &Change| changed(run(), change, Drops::Idealised);
        assert_eq!(changed(&Change::Best { dropped: false }), words("run x.onnx --steps 4"));
        let kept = words("run x.onnx --recipe paper --steps 4 --recipe=best --idealised");
        assert_eq!(changed(&Change::Dropped), kept);
        let other = changed(&Change::Recipe(Recipe::best()));
        assert_eq!(other, words("run x.onnx --steps 4 --recipe best"));
    }

    #[test]
    fn options_stand_before_what_is_none() {
        let run = || words("run --recipe=paper --steps=4 -- --recipe");
        let changed = |change: &Change| changed(run(), change, Drops::Idealised);
        let dropped = words("run --recipe=paper --steps=4 --idealised -- --recipe");
        assert_eq!(changed(&Change::Dropped), dropped);
        let recipe = changed(&Change::Recipe(Recipe::best()));
        assert_eq!(recipe, words("run --steps=4 --recipe best -- --recipe"));
        let odin = crate::profile::load("odin").unwrap();
        let listed = words("run --profile=odin,speck --steps=4 -- x.onnx");
        assert_eq!(alone(listed, &odin), words("run --steps=4 --profile odin -- x.onnx"));
    }

    #[test]
    fn a_table_says_which_reasons_have_a_command() {
        let told = |reasons: &[&str]| commands_of(reasons.iter().copied());
        let (with, none) = (format!("a limit; {RUNS}spikemesh run"), format!("x; {NO_COMMAND}"));
        assert_eq!(told(&[&none, &none]), NO_COMMAND);
        assert!(told(&[&with, &with]).contains("each reason"));
        assert!(told(&[&with, &none]).contains("1 of 2 reasons"));
    }

    #[test]
    fn limits_are_dropped_as_the_command_does_it() {
        let compare = words("compare x.onnx --strict --timing=sweep --steps 4");
        let dropped = changed(compare.clone(), &Change::Dropped, Drops::NotStrict);
        assert_eq!(dropped, words("compare x.onnx --timing=sweep --steps 4"));
        let timed = changed(compare, &Change::Timing(Timing::Event), Drops::NotStrict);
        assert_eq!(timed, words("compare x.onnx --strict --steps 4 --timing event"));
    }
}
