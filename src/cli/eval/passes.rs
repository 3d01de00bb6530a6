//! What every evaluation of a trained network has in common: its recipes, each converted, placed,
//! and run over the inputs in one pass.

use super::{Arguments, CHECKPOINTS};
use crate::ann::Graph;
use crate::cli::advice::{Drops, Refused};
use crate::cli::calibration::Calibrated;
use crate::cli::feeding::Feeding;
use crate::cli::placement::CALIBRATION_STEPS;
use crate::cli::progress::{Part, Progress};
use crate::cli::timing::{self, TimingChoice};
use crate::cli::{self, Error, Result};
use crate::convert::Recipe;
use crate::import::Imported;
use crate::mapping::Placement;
use crate::pipeline::{self, Prepared, Sample, Settings, Setup};
use crate::profile::Profile;

/// A trained network and what was asked of it.
pub struct Trained<'a> {
    pub arguments: &'a Arguments,
    pub imported: &'a Imported,
    pub graph: &'a Graph,
    pub profile: &'a Profile,
    pub feeding: &'a Feeding,
    /// `None`: the usual ones.
    pub recipes: Option<Vec<Recipe>>,
    /// Not empty, growing.
    pub checkpoints: Vec<usize>,
}

/// The same, calibrated.
pub struct Passes<'a> {
    trained: Trained<'a>,
    calibration: Calibrated,
    placement: Placement,
    pub recipes: Vec<Recipe>,
}

impl<'a> Passes<'a> {
    /// Ready for all passes; steps that nobody asked for are left out where the membranes do not
    /// hold their sums.
    pub fn new(mut trained: Trained<'a>, calibration: Calibrated) -> Result<Passes<'a>> {
        let recipes = trained.recipes.take();
        let recipes = recipes.unwrap_or_else(|| pipeline::usual_recipes(trained.graph));
        let placement = trained.arguments.placement.placement(trained.arguments.seed)?;
        let mut passes = Passes { trained, calibration, placement, recipes };
        if passes.trained.arguments.checkpoints.is_none() {
            for recipe in &passes.recipes {
                let most = passes.trained.checkpoints.last().copied().unwrap_or(CHECKPOINTS[0]);
                let tried = passes.begun(passes.trained.profile, &passes.settings(recipe, most));
                if let Some(most) = tried.err().and_then(|error| error.most_steps()) {
                    passes.trained.checkpoints.retain(|&steps| steps <= most);
                }
            }
        }
        match passes.trained.checkpoints.is_empty() {
            true => Err(Error::Checkpoints.into()),
            false => Ok(passes),
        }
    }

    /// Steps at which a pass is read.
    pub fn checkpoints(&self) -> &[usize] {
        &self.trained.checkpoints
    }

    fn settings(&self, recipe: &Recipe, steps: usize) -> Settings {
        let arguments = self.trained.arguments;
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
            feed: Default::default(),
            split: vec![],
            command: cli::command_line(),
        }
    }

    fn begun(&self, profile: &Profile, settings: &Settings) -> Result<Prepared, pipeline::Error> {
        let (network, calibration) = (self.trained.imported.clone(), self.calibration.get());
        let prepared = pipeline::prepare(network, profile.clone(), settings.clone(), calibration)?;
        prepared.check()?;
        Ok(prepared)
    }

    fn prepared(&self, recipe: &Recipe) -> Result<Prepared> {
        let Trained { graph, profile, feeding, checkpoints, .. } = &self.trained;
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
            self.begun(profile, &settings).map_err(|error| match error.is_refusal() {
                false => error.into(),
                true => Refused {
                    profile,
                    settings: &settings,
                    asked: Some(recipe),
                    trained: Some((graph, self.calibration.get())),
                    listed: false,
                    own_default: true,
                    drops: Drops::Idealised,
                    takes: &takes,
                }
                .explained(error),
            })?;
        prepared.setup.detector = feeding.describe();
        prepared.setup.notes.extend(feeding.notes());
        Ok(prepared)
    }

    /// One pass for each recipe over `inputs` inputs like `first`; `each` makes something of it.
    pub fn each(
        &self,
        first: impl FnOnce() -> Result<Option<Sample>>,
        inputs: usize,
        mut each: impl FnMut(&Recipe, &Prepared, &Part) -> Result<()>,
    ) -> Result<Vec<Setup>> {
        let choice = self.trained.arguments.timing;
        let count = self.recipes.len();
        let progress = Progress::new("evaluating", count);
        let first = if choice == TimingChoice::Analytic { None } else { first()? };
        // One for all recipes, so that their times can be compared.
        let mut chosen = None;
        if let Some(sample) = first.as_ref().filter(|_| choice.fits()) {
            for recipe in &self.recipes {
                let effort = self.prepared(recipe)?.effort(sample)?;
                let timing = effort.map(|effort| effort.fitting(inputs * count));
                chosen = timing
                    .map(|timing| chosen.map_or(timing, |known| timing.min(known)))
                    .or(chosen);
            }
        }
        let mut setups = vec![];
        for recipe in &self.recipes {
            let mut prepared = self.prepared(recipe)?;
            let effort = first.as_ref().map(|sample| prepared.effort(sample)).transpose()?;
            let part = timing::begin(&mut prepared, effort.flatten(), inputs, chosen);
            each(recipe, &prepared, &progress.part(part))?;
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
    Some(setup)
}
