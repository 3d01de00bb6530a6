//! What runs, and how, whatever the profile.

use super::{Arguments, Files, Finished};
use crate::cli::demonstration::{Candidates, Ran};
use crate::cli::inside;
use crate::cli::large::Large;
use crate::cli::placement::CALIBRATION_STEPS;
use crate::cli::stimulus::Stimuli;
use crate::cli::work::{Trouble, Work};
use crate::cli::{Error, Failure, Result};
use crate::convert::Recipe;
use crate::import::Network;
use crate::pipeline::{self, Settings, Tracer};
use crate::profile::Profile;
use crate::report::TraceForm;
use std::path::Path;

/// The network that was asked for, its inputs and its settings, ready for any profile.
pub struct Task<'a> {
    pub candidates: Candidates<'a>,
    arguments: &'a Arguments,
    /// Whether there are several profiles.
    listed: bool,
    settings: Settings,
    /// Those that the inputs of a network that spikes already last.
    spiking_steps: Option<usize>,
}

impl<'a> Task<'a> {
    /// Reads network and inputs, and runs the float network on what calibrates; `profiles` will
    /// run.
    ///
    /// # Errors
    /// What cannot be read, and options that do not fit the network or each other.
    pub fn new(arguments: &'a Arguments, profiles: usize) -> Result<Task<'a>> {
        let candidates = candidates(arguments)?;
        let work = candidates.first();
        fits(arguments, work, profiles)?;
        let spiking_steps = match (arguments.steps, work.stimuli()) {
            (None, Some(stimuli)) => Some(stimuli.steps()?),
            _ => None,
        };
        let settings = settings(arguments)?;
        let listed = profiles > 1;
        Ok(Task { candidates, arguments, listed, settings, spiking_steps })
    }

    /// Converts for `profile`, maps and emulates every input; `tracer` hears of packets' ways.
    ///
    /// # Errors
    /// A link of the chain, with what to do about it.
    pub fn on(&self, profile: &Profile, tracer: Option<&Tracer>) -> Result<Finished> {
        let settings = self.settings(profile);
        // Before what takes long.
        tracer.map_or(Ok(()), |_| pipeline::traces(profile, settings.timing))?;
        let ran = self.candidates.on(profile, &settings, tracer);
        let Ran { prepared, outcomes, .. } =
            ran.map_err(|trouble| self.explained(trouble, profile, &settings))?;
        let work = self.candidates.first();
        let fidelity = match self.arguments.fidelity {
            true => work.fidelity(&prepared)?,
            false => vec![],
        };
        Ok(Finished { prepared, outcomes, fidelity })
    }

    /// An error with what to do about it.
    pub fn explained(&self, trouble: Trouble, profile: &Profile, settings: &Settings) -> Failure {
        let (work, recipe) = (self.candidates.first(), self.arguments.recipe.as_ref());
        work.explained(trouble, profile, settings, recipe, self.listed)
    }

    /// The settings on the chip of `profile`, which decides what was not asked for.
    pub fn settings(&self, profile: &Profile) -> Settings {
        let idealised = self.settings.idealised;
        let Arguments { recipe, steps, .. } = self.arguments;
        let own = || pipeline::default_recipe(profile, idealised);
        // Without a conversion, or with a recipe that was chosen, the chip has no say.
        let work = self.candidates.first();
        let usual = match (self.spiking_steps, recipe.is_none() && work.trainable()) {
            (Some(steps), _) => steps,
            (None, true) => pipeline::default_steps(profile, idealised),
            (None, false) => pipeline::STEPS,
        };
        let spiking = work.stimuli();
        Settings {
            conversion: match (recipe, spiking) {
                (Some(recipe), _) => recipe.clone(),
                (None, Some(_)) => Recipe::default(),
                (None, None) => own(),
            },
            steps: steps.map_or(usual, |steps| steps as usize),
            feed: spiking.map_or_else(Default::default, Stimuli::feed),
            ..self.settings.clone()
        }
    }
}

/// Whether files and comparisons that were asked for can be made of the network on so many
/// profiles.
fn fits(arguments: &Arguments, work: &Work, profiles: usize) -> Result<()> {
    if arguments.trace.is_some() && (profiles > 1 || work.inputs() > 1) {
        return Err(Error::OneTrace.into());
    }
    if arguments.fidelity && (profiles > 1 || work.stimuli().is_none()) {
        return Err(Error::Fidelity { network: work.network.name.clone() }.into());
    }
    if arguments.heads.is_some() && profiles > 1 {
        return Err(Error::OneHeads.into());
    }
    if arguments.nir_data.is_some() && profiles > 1 {
        return Err(Error::OneNirData.into());
    }
    if arguments.heads.is_some() && work.placed() {
        let network = arguments.network.clone().unwrap_or_default();
        return Err(Error::NoFloatNetwork { network }.into());
    }
    Ok(())
}

/// The network asked for; where neither it nor an input is, those inside the program.
fn candidates(arguments: &Arguments) -> Result<Candidates<'_>> {
    let open = Box::new(|files: &Files| opened(arguments, files));
    let Arguments { network, input, calibrate, detector, .. } = arguments;
    if network.is_none() && input.is_none() && calibrate.is_none() && detector.is_none() {
        return Candidates::inside(open);
    }
    let network = network.as_deref().unwrap_or(Path::new(inside::DEMONSTRATION[0]));
    Candidates::one(network, input.as_deref(), calibrate.as_deref(), open)
}

/// A network, its inputs and what calibrates it, as the arguments ask for.
fn opened(arguments: &Arguments, files: &Files) -> Result<Work> {
    let Arguments { reading, detector, limit, .. } = arguments;
    let fed = (&arguments.stimulus, arguments.seed);
    let mut work = Work::open(files, reading, detector.as_deref(), fed, *limit)?;
    if work.converted() && (arguments.recipe.is_some() || arguments.calibrate.is_some()) {
        let advice = "leave out --recipe and --calibrate";
        return Err(Error::Converted { network: files.network.clone(), advice }.into());
    }
    if work.placed() && arguments.recipe.is_some() {
        return Err(Error::AsGiven { network: files.network.clone() }.into());
    }
    if !work.trainable() && arguments.split_fan_in {
        return Err(Error::NotSplit { network: files.network.clone() }.into());
    }
    if let Network::Placed(csv) = &work.network.network {
        arguments.placement.suits(csv, &files.network)?;
    }
    work.split_fan_in = arguments.split_fan_in;
    work.fit_timing = arguments.timing.fits() && arguments.trace.is_none();
    work.keep_heads = true;
    work.large = large(arguments);
    work.calibrate(files.calibrate.as_deref())?;
    Ok(work)
}

/// What is told of files before they are written.
fn large(arguments: &Arguments) -> Large {
    let trace = arguments.trace.as_deref().map(TraceForm::of);
    Large { trace, steps: arguments.traced(), spikes: arguments.record_spikes }
}

fn settings(arguments: &Arguments) -> Result<Settings> {
    Ok(Settings {
        // What a profile may decide; see [`Task::settings`].
        steps: pipeline::STEPS,
        timing: arguments.timing.into(),
        idealised: arguments.idealised,
        record_spikes: arguments.record_spikes || arguments.nir_data.is_some(),
        seed: arguments.seed,
        conversion: Recipe::best(),
        split: vec![],
        placement: arguments.placement.placement(arguments.seed)?,
        placement_steps: CALIBRATION_STEPS,
        probes: arguments.probe.clone(),
        feed: Default::default(),
        command: crate::cli::command_line(),
    })
}
