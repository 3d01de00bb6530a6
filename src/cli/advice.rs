//! What to do about a refusal, where that has to be computed: what is advised was tried.

use super::{Error, Failure, quoted};
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::import::{Imported, Network};
use crate::pipeline::{self, Calibration, Settings, fitting};
use crate::profile::Profile;

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
                "norm=layer, smaller bursts and weights of fewer bits were tried, and none of them makes the \
                     numbers fit"
                    .into()
            }
        }
    }
}

/// A run that the chip refused, as it can be tried again.
pub struct Refused<'a> {
    pub network: &'a Imported,
    pub profile: &'a Profile,
    pub settings: &'a Settings,
    /// The recipe, if one was chosen; else that of `settings` is what the chip made of it.
    pub asked: Option<&'a Recipe>,
    pub calibration: Calibration<'a>,
    /// Other profiles ran in the same command, so that what is advised is for this one alone.
    pub listed: bool,
    /// The command has a default recipe of its own, whatever the chip.
    pub own_default: bool,
}

/// What another command changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change<'a> {
    Idealised,
    Recipe(&'a Recipe),
    /// The recipe that the chip decides for.
    Best {
        idealised: bool,
    },
}

impl Refused<'_> {
    /// The error, and the command nearest to this one that the chip takes, if one was found.
    pub fn explained(&self, error: pipeline::Error) -> Failure {
        let fits = match &self.network.network {
            Network::Float(graph) if error.is_narrow() => {
                let recipe = &self.settings.conversion;
                Some(Tried { graph, profile: self.profile, recipe, calibration: self.calibration })
            }
            _ => None,
        };
        let recipe = fits.as_ref().and_then(Tried::fitting);
        let command = self.command(recipe.as_ref());
        match (fits, command) {
            (Some(tried), command) => {
                let hint = command.map(|command| format!("; this command runs: {command}"));
                let fits = tried.fits_by(recipe.as_ref());
                Error::Narrow { error, fits: fits + &hint.unwrap_or_default() }.into()
            }
            (None, Some(command)) => Error::Advised { error, command }.into(),
            (None, None) => error.into(),
        }
    }

    fn command(&self, recipe: Option<&Recipe>) -> Option<String> {
        let trained = matches!(self.network.network, Network::Float(_));
        let best = [Change::Best { idealised: false }, Change::Best { idealised: true }];
        let changes = recipe.map(Change::Recipe).into_iter().chain([Change::Idealised]);
        let changes = changes.chain(best.into_iter().filter(|_| trained));
        let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        let words: Vec<String> = words.collect();
        let words = if self.listed { alone(words, self.profile) } else { words };
        let change = changes.into_iter().find(|change| self.is_taken(*change))?;
        let mut command = changed(words, change);
        if let (Change::Best { idealised }, true) = (change, self.own_default) {
            let recipe = pipeline::default_recipe(self.profile, idealised);
            command.extend(["--recipe".into(), recipe.to_string()]);
        }
        Some(quoted(std::iter::once("spikemesh".into()).chain(command)))
    }

    /// Whether the chip takes the network with this change.
    fn is_taken(&self, change: Change) -> bool {
        let (recipe, idealised) = match change {
            Change::Idealised => (self.asked, true),
            Change::Recipe(recipe) => (Some(recipe), self.settings.idealised),
            Change::Best { idealised } => (None, idealised || self.settings.idealised),
        };
        let own = || pipeline::default_recipe(self.profile, idealised);
        let conversion = recipe.cloned().unwrap_or_else(own);
        let settings = Settings { conversion, idealised, ..self.settings.clone() };
        let (network, profile) = (self.network.clone(), self.profile.clone());
        pipeline::prepare(network, profile, settings, self.calibration).is_ok()
    }
}

/// The words of a command line for one of its profiles, and without the folder that is written.
fn alone(words: Vec<String>, profile: &Profile) -> Vec<String> {
    let replaced = |word: &str| ["--profile", "--set", "--out"].contains(&word);
    let mut kept = vec![];
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if replaced(&word) {
            // Its value goes with it.
            words.next();
        } else if !word.split_once('=').is_some_and(|(option, _)| replaced(option)) {
            kept.push(word);
        }
    }
    kept.extend(profile.provenance.words());
    kept
}

/// The words of a command line with `change`.
fn changed(words: Vec<String>, change: Change) -> Vec<String> {
    let mut changed = vec![];
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let is_recipe = word == "--recipe";
        if change == Change::Idealised || !is_recipe && !word.starts_with("--recipe=") {
            changed.push(word);
        } else if is_recipe {
            // Its value goes with it.
            words.next();
        }
    }
    let idealised = || "--idealised".to_string();
    match change {
        Change::Idealised | Change::Best { idealised: true } => changed.push(idealised()),
        Change::Recipe(recipe) => changed.extend(["--recipe".into(), recipe.to_string()]),
        Change::Best { idealised: false } => {}
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_profile_of_a_list_runs_alone() {
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let list = "run x.onnx --set limits.fan_in=3 --out there --profile=odin,my.toml --steps 4";
        let changes = ["limits.fan_in=3".parse().unwrap()];
        let odin = crate::profile::load_changed("odin", &changes).unwrap();
        let my = words("run x.onnx --steps 4 --profile odin --set limits.fan_in=3");
        assert_eq!(alone(words(list), &odin), my);
    }

    #[test]
    fn a_command_keeps_what_does_not_change() {
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let run = || words("run x.onnx --recipe paper --steps 4 --recipe=best");
        assert_eq!(
            changed(run(), Change::Best { idealised: false }),
            words("run x.onnx --steps 4")
        );
        let kept = words("run x.onnx --recipe paper --steps 4 --recipe=best --idealised");
        assert_eq!(changed(run(), Change::Idealised), kept);
        let other = changed(run(), Change::Recipe(&Recipe::best()));
        assert_eq!(other, words("run x.onnx --steps 4 --recipe best"));
    }
}
