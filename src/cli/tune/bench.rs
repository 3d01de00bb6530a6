//! What points are emulated on, whatever the kind of network: a search, and what judges its result.

use super::Arguments;
use super::folds::Fold;
use crate::cli::advice::{Drops, Refused};
use crate::cli::every::every;
use crate::cli::journal::{hash, on, placed};
use crate::cli::progress::{Part, Progress};
use crate::cli::{self, Error, Result};
use crate::convert::Recipe;
use crate::import::Imported;
use crate::journal::{ARITHMETIC, Parts};
use crate::pipeline::{self, Prepared, Settings};
use crate::profile::Profile;
use crate::tune::{self, Evidence, Journal, Plan, Run, Space, Trial};
use std::ops::Range;

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub arguments: &'a Arguments,
    pub imported: &'a Imported,
    pub profile: &'a Profile,
}

/// A kind of network with its inputs, and how they are judged.
pub trait Subject: Sync {
    /// An input, ready for any number of runs.
    type Look: Sync;

    /// What an input is called.
    const NOUN: &'static str;

    /// Number of inputs.
    fn inputs(&self) -> usize;

    /// What is varied from `untuned` on.
    fn space(&self, untuned: &Recipe, steps: usize) -> Result<Space>;

    /// What calibrates; nothing for a network that spikes already.
    fn calibration(&self) -> pipeline::Calibration<'_>;

    /// The float network that is converted, if one is.
    fn trained(&self) -> Option<&crate::ann::Graph>;

    /// What inputs mean to `settings`.
    fn feed(&self, settings: Settings) -> Settings;

    /// Input `n`; `steps` are all that any run of it takes.
    fn look(&self, n: usize, steps: usize) -> Result<Self::Look>;

    /// What the network makes of it at `checkpoints`, which may repeat.
    fn emulated(
        &self,
        prepared: &Prepared,
        look: &Self::Look,
        checkpoints: &[usize],
        told: &Part,
    ) -> Result<Evidence>;

    /// What a trial depends on besides what it does with any kind; inputs in this order.
    fn parts(&self, order: &[usize]) -> Result<Vec<(&'static str, String)>>;

    /// A recipe as reports have it.
    fn told(&self, recipe: &Recipe) -> String;
}

/// A network on its chip, and the recipe and steps to begin with.
pub struct Bench<'a, S> {
    pub asked: Asked<'a>,
    pub untuned: Recipe,
    pub steps: usize,
    pub subject: S,
}

impl<S: Subject> Bench<'_, S> {
    /// `None`: the chip does not take it.
    fn prepared(&self, recipe: &Recipe, steps: usize) -> Result<Option<Prepared>> {
        let Asked { arguments, profile, .. } = self.asked;
        let settings = self.subject.feed(Settings {
            steps,
            timing: arguments.timing.into(),
            idealised: arguments.idealised,
            record_spikes: false,
            seed: arguments.seed,
            conversion: recipe.clone(),
            placement: arguments.placement.placement(arguments.seed)?,
            placement_steps: 0,
            probes: vec![],
            feed: Default::default(),
            split: vec![],
            command: cli::command_line(),
        });
        let untuned = *recipe == self.untuned;
        match self.begun(profile, &settings) {
            // With its own thresholds it is taken: others are what does not fit.
            Err(error) if (error.is_refusal() || error.is_of_spiking()) && !untuned => Ok(None),
            Err(error) if error.is_refusal() => Err(Refused {
                profile,
                settings: &settings,
                asked: Some(recipe),
                trained: self.subject.trained().map(|graph| (graph, self.subject.calibration())),
                listed: false,
                own_default: true,
                drops: Drops::Idealised,
                takes: &|profile, settings| self.begun(profile, settings).is_ok(),
            }
            .explained(error)),
            prepared => Ok(prepared.map(Some)?),
        }
    }

    /// Ready for its first step.
    fn begun(&self, profile: &Profile, settings: &Settings) -> Result<Prepared, pipeline::Error> {
        let (network, profile) = (self.asked.imported.clone(), profile.clone());
        let calibration = self.subject.calibration();
        let prepared = pipeline::prepare(network, profile, settings.clone(), calibration)?;
        prepared.check()?;
        Ok(prepared)
    }

    /// A network that was emulated before.
    pub fn settled(&self, recipe: &Recipe, steps: usize) -> Result<Prepared> {
        Ok(self.prepared(recipe, steps)?.ok_or(Error::Refused)?)
    }

    /// All that a trial depends on but its own search and seed. Words where they are short, else
    /// hashes.
    pub fn parts(&self, plan: &Plan, folds: &[Fold]) -> Result<Parts> {
        let Asked { arguments: a, imported, profile } = self.asked;
        // Every fold has all of them.
        let order: Vec<usize> = folds[0].seen.iter().chain(&folds[0].judged).copied().collect();
        let timing: pipeline::Timing = a.timing.into();
        let parts = [
            ("program", format!("{} (trials {})", env!("CARGO_PKG_VERSION"), ARITHMETIC)),
            ("network", hash(std::slice::from_ref(&imported.sha256))),
            ("options of the network", a.reading.describe()),
            ("profile", format!("{} (hash {})", profile.name, &profile.hash[..16])),
            ("--recipe", self.untuned.to_string()),
            ("--steps", self.steps.to_string()),
            ("--objective", format!("{:?}", a.objective).to_lowercase()),
            ("--tolerance", a.tolerance.to_string()),
            ("--budget", a.budget.to_string()),
            ("--pictures", folds[0].seen.len().to_string()),
            ("--folds", a.folds.map_or("none".into(), |folds| folds.to_string())),
            ("--groups", a.groups.to_string()),
            ("--unlabelled", on(a.unlabelled)),
            ("--keep-v0", on(a.keep_v0)),
            ("--keep-steps", on(a.keep_steps)),
            ("--two-phase", on(a.two_phase)),
            ("--idealised", on(a.idealised)),
            ("--timing", timing.name().into()),
            ("--placement", placed(&a.placement.placement(a.seed)?)),
            ("--seed", a.seed.to_string()),
            // What the others come to: layers, their clips, and what is varied.
            ("space", hash(&[format!("{:?}", plan.space)])),
        ];
        let own = self.subject.parts(&order)?;
        Ok(own.into_iter().chain(parts).map(|(name, value)| (name.to_string(), value)).collect())
    }

    /// All searches with all seeds.
    pub fn search(
        &self,
        plan: &Plan,
        (n, fold): (usize, &Fold),
        journal: &mut Journal,
        told: &Part,
    ) -> Result<Vec<Vec<Trial>>> {
        let looks: Vec<S::Look> =
            fold.seen.iter().map(|&n| self.subject.look(n, self.steps)).collect::<Result<_>>()?;
        let plan = &Plan { pictures: looks.len(), ..plan.clone() };
        let runs = self.asked.arguments.runs();
        let mut all = vec![];
        for &(search, seed) in &runs {
            let run = Run { search, seed, fold: n };
            let known = journal.known(run);
            let prepare = |point: &[f64]| {
                let prepared = self.prepared(&self.recipe(plan, point), plan.space.steps(point));
                let read = |prepared| (prepared, plan.checkpoints(point));
                prepared.map(|network| network.map(read))
            };
            let emulate = |(prepared, checkpoints): &(Prepared, Vec<usize>),
                           range: Range<usize>| {
                let silent = Part::default();
                let emulated =
                    |look: &S::Look| self.subject.emulated(prepared, look, checkpoints, &silent);
                every(&looks[range], |_, look| emulated(look))
            };
            let tell = |trial: &Trial| -> Result<()> {
                told.step();
                Ok(journal.add(trial)?)
            };
            all.push(tune::run(plan, run, &known, prepare, emulate, tell)?);
            // What ended early is done, too.
            told.reach((n * runs.len() + all.len()) * plan.budget);
        }
        Ok(all)
    }

    /// The untuned point is the recipe itself.
    pub fn recipe(&self, plan: &Plan, point: &[f64]) -> Recipe {
        match point == plan.space.untuned() {
            true => self.untuned.clone(),
            false => plan.space.recipe(&self.untuned, point),
        }
    }

    /// A network on inputs that no search saw.
    pub fn judged(&self, recipe: &Recipe, steps: usize, inputs: &[usize]) -> Result<Vec<Evidence>> {
        let prepared = self.settled(recipe, steps)?;
        let (_progress, told) = Progress::of_steps("judging", prepared.steps() * inputs.len());
        let checkpoints = tune::checkpoints(steps);
        every(inputs, |_, &n| {
            let look = self.subject.look(n, self.steps)?;
            self.subject.emulated(&prepared, &look, &checkpoints, &told)
        })
    }
}
