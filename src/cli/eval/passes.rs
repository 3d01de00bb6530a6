//! What every evaluation has in common: its recipes, each converted, placed, and run over the
//! inputs in one pass.

use super::{Arguments, CHECKPOINTS, Place};
use crate::ann::Graph;
use crate::cli::advice::{Drops, Refused};
use crate::cli::calibration::Calibrated;
use crate::cli::feeding::Feeding;
use crate::cli::journal::{hash, on, placed};
use crate::cli::kept::{Kept, Made};
use crate::cli::placement::CALIBRATION_STEPS;
use crate::cli::progress::{Part, Progress};
use crate::cli::stimulus::Stimuli;
use crate::cli::timing::{self, TimingChoice};
use crate::cli::{self, Error, Failure, Result};
use crate::convert::Recipe;
use crate::import::Imported;
use crate::journal::{ARITHMETIC, Parts};
use crate::mapping::Placement;
use crate::pipeline::{self, Calibration, Prepared, Sample, Settings, Setup};
use crate::profile::Profile;

/// How inputs reach a network.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// A trained one: as its description says.
    Trained(&'a Graph, &'a Feeding),
    /// One that spikes already; and what makes boxes of its outputs, if any are asked for.
    Spiking(&'a Stimuli, Option<&'a Feeding>),
}

/// A network and what was asked of it.
pub struct Asked<'a> {
    pub arguments: &'a Arguments,
    pub imported: &'a Imported,
    pub profile: &'a Profile,
    pub source: Source<'a>,
    /// `None`: the usual ones.
    pub recipes: Option<Vec<Recipe>>,
    /// Not empty, growing.
    pub checkpoints: Vec<usize>,
}

/// The same, calibrated.
pub struct Passes<'a> {
    asked: Asked<'a>,
    calibration: Calibrated,
    placement: Placement,
    pub recipes: Vec<Recipe>,
}

impl<'a> Passes<'a> {
    /// Ready for all passes; steps that nobody asked for are left out where the membranes do not
    /// hold their sums.
    pub fn new(mut asked: Asked<'a>, calibration: Calibrated) -> Result<Passes<'a>> {
        let recipes = asked.recipes.take();
        let recipes = recipes.unwrap_or_else(|| match asked.source {
            Source::Trained(graph, _) => pipeline::usual_recipes(graph),
            Source::Spiking(..) => vec![Recipe::default()],
        });
        let placement = asked.arguments.placement.placement(asked.arguments.seed)?;
        let mut passes = Passes { asked, calibration, placement, recipes };
        if passes.trained().is_some() && passes.asked.arguments.checkpoints.is_none() {
            for recipe in &passes.recipes {
                let most = passes.asked.checkpoints.last().copied().unwrap_or(CHECKPOINTS[0]);
                let tried = passes.begun(passes.asked.profile, &passes.settings(recipe, most));
                if let Some(most) = tried.err().and_then(|error| error.most_steps()) {
                    passes.asked.checkpoints.retain(|&steps| steps <= most);
                }
            }
        }
        match passes.asked.checkpoints.is_empty() {
            true => Err(Error::Checkpoints.into()),
            false => Ok(passes),
        }
    }

    pub fn asked(&self) -> &Asked<'a> {
        &self.asked
    }

    /// Steps at which a pass is read.
    pub fn checkpoints(&self) -> &[usize] {
        &self.asked.checkpoints
    }

    /// Network and calibration, where there is something to convert.
    fn trained(&self) -> Option<(&Graph, Calibration<'_>)> {
        match self.asked.source {
            Source::Trained(graph, _) => Some((graph, self.calibration.get())),
            Source::Spiking(..) => None,
        }
    }

    fn settings(&self, recipe: &Recipe, steps: usize) -> Settings {
        let arguments = self.asked.arguments;
        Settings {
            steps,
            timing: arguments.timing.into(),
            idealised: arguments.idealised,
            record_spikes: false,
            seed: arguments.seed,
            conversion: recipe.clone(),
            placement: self.placement.clone(),
            placement_steps: CALIBRATION_STEPS,
            probes: vec![],
            feed: match self.asked.source {
                Source::Trained(..) => Default::default(),
                Source::Spiking(stimuli, _) => stimuli.feed(),
            },
            split: vec![],
            command: cli::command_line(),
        }
    }

    fn begun(&self, profile: &Profile, settings: &Settings) -> Result<Prepared, pipeline::Error> {
        let (network, calibration) = (self.asked.imported.clone(), self.calibration.get());
        let prepared = pipeline::prepare(network, profile.clone(), settings.clone(), calibration)?;
        prepared.check()?;
        Ok(prepared)
    }

    fn prepared(&self, recipe: &Recipe) -> Result<Prepared> {
        let Asked { profile, source, checkpoints, .. } = &self.asked;
        let settings = self.settings(recipe, checkpoints.last().copied().unwrap_or(CHECKPOINTS[0]));
        // Recipes that stay are all tried: one of another name takes their place.
        let takes = |profile: &Profile, changed: &Settings| {
            let stay = changed.conversion == *recipe;
            let changed_alone = std::slice::from_ref(&changed.conversion);
            let tried = if stay { &self.recipes[..] } else { changed_alone };
            let with = |recipe: &Recipe| Settings { conversion: recipe.clone(), ..changed.clone() };
            tried.iter().all(|recipe| self.begun(profile, &with(recipe)).is_ok())
        };
        let mut prepared =
            self.begun(profile, &settings).map_err(|error| match self.trained() {
                Some(trained) if error.is_refusal() => Refused {
                    profile,
                    settings: &settings,
                    asked: Some(recipe),
                    trained: Some(trained),
                    listed: self.asked.arguments.lists(),
                    own_default: true,
                    drops: Drops::Idealised,
                    takes: &takes,
                }
                .explained(error)
                .of_refusal(),
                _ if error.is_refusal() => Failure::from(error).of_refusal(),
                _ => error.into(),
            })?;
        match source {
            Source::Trained(_, feeding) => {
                prepared.setup.detector = feeding.describe();
                prepared.setup.notes.extend(feeding.notes());
            }
            Source::Spiking(stimuli, boxes) => {
                let boxes = boxes.map(|feeding| format!("; boxes: {}", feeding.describe()));
                prepared.setup.detector = stimuli.describe() + &boxes.unwrap_or_default();
            }
        }
        Ok(prepared)
    }

    /// Whether the chip takes the network by all recipes.
    pub fn check(&self) -> Result<()> {
        self.recipes.iter().try_for_each(|recipe| self.prepared(recipe).map(|_| ()))
    }

    /// What an earlier process made of the same inputs, which have these hashes.
    pub fn kept<T: Made>(&self, place: Place, hashes: Vec<String>) -> Result<Kept<T>> {
        Kept::open(place.folder, place.part, self.parts(), hashes, self.asked.arguments.timing)
    }

    /// All else that what an input comes to depends on: words where they are short, else hashes.
    fn parts(&self) -> Parts {
        let Asked { arguments: a, imported, profile, source, checkpoints, .. } = &self.asked;
        let (description, feed) = match source {
            Source::Trained(_, feeding) => (feeding.text.clone(), "as described".into()),
            Source::Spiking(stimuli, boxes) => {
                (boxes.map_or(String::new(), |boxes| boxes.text.clone()), stimuli.describe())
            }
        };
        let listed = |words: &mut dyn Iterator<Item = String>| words.collect::<Vec<_>>().join(",");
        let parts = [
            ("program", format!("{} (inputs {ARITHMETIC})", env!("CARGO_PKG_VERSION"))),
            ("network", hash(std::slice::from_ref(&imported.sha256))),
            ("options of the network", a.reading.describe()),
            ("profile", format!("{} (hash {})", profile.name, &profile.hash[..16])),
            // Another set has a journal of its own.
            ("--data", a.data.as_ref().map_or("none".into(), |data| data.display().to_string())),
            ("--recipe", listed(&mut self.recipes.iter().map(ToString::to_string))),
            ("--checkpoints", listed(&mut checkpoints.iter().map(usize::to_string))),
            ("--placement", placed(&self.placement)),
            ("--seed", a.seed.to_string()),
            ("--idealised", on(a.idealised)),
            ("--floats", on(a.floats)),
            ("detector description", hash(&[description])),
            ("form of the inputs", feed),
            ("calibration", hash(&self.calibration.get().hashes())),
        ];
        parts.map(|(name, value)| (name.to_string(), value)).into()
    }

    /// One pass for each recipe over `inputs` inputs like `first`, but those that are kept; `each`
    /// makes something of it, and hears its number.
    pub fn each<T: Made>(
        &self,
        first: impl FnOnce() -> Result<Option<Sample>>,
        inputs: usize,
        kept: &Kept<T>,
        mut each: impl FnMut((usize, &Prepared), &Part) -> Result<()>,
    ) -> Result<Vec<Setup>> {
        let choice = self.asked.arguments.timing;
        let count = self.recipes.len();
        let progress = Progress::new("evaluating", count);
        let first = if choice == TimingChoice::Analytic { None } else { first()? };
        // One for all recipes, so that their times can be compared.
        let (mut chosen, mut efforts) = (None, vec![]);
        if let Some(sample) = first.as_ref().filter(|_| choice.fits()) {
            for recipe in &self.recipes {
                let effort = self.prepared(recipe)?.effort(sample)?;
                efforts.push(effort);
                let timing = effort.map(|effort| effort.fitting(inputs * count));
                chosen = timing
                    .map(|timing| chosen.map_or(timing, |known| timing.min(known)))
                    .or(chosen);
            }
        }
        let mut setups = vec![];
        for (pass, recipe) in self.recipes.iter().enumerate() {
            let mut prepared = self.prepared(recipe)?;
            let effort = match (efforts.get(pass), &first) {
                (Some(known), _) => *known,
                (None, Some(sample)) => prepared.effort(sample)?,
                (None, None) => None,
            };
            let part = timing::begin(&mut prepared, effort, inputs, chosen);
            let part = part.of_those(kept.left(pass), inputs);
            each((pass, &prepared), &progress.part(part))?;
            setups.push(prepared.setup);
        }
        Ok(setups)
    }
}

/// What several recipes on one chip have in common, with the names of all.
pub fn together(setups: &[Setup]) -> Option<Setup> {
    let mut setup = setups.first()?.clone();
    let all = |of: &dyn Fn(&Setup) -> &str, between| -> String {
        setups.iter().map(of).collect::<Vec<_>>().join(between)
    };
    setup.recipe = all(&|setup| &setup.recipe, ",");
    setup.conversion = all(&|setup| &setup.conversion, "; ");
    setup.idealised = setups.iter().any(|setup| setup.idealised);
    Some(setup)
}
