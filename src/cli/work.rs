//! What a run emulates, whatever the profile: the network, its inputs, and the float network's view
//! of those that calibrate.

use super::advice::Refused;
use super::calibration::Calibrated;
use super::feeding::{self, Feeding};
use super::network::NetworkArguments;
use super::progress::{Part, Progress};
use super::run::Files;
use super::timing;
use super::{Error, Failure, Result};
use crate::ann::{self, Graph};
use crate::convert::Recipe;
use crate::encode::InputItem;
use crate::import::{Imported, Network};
use crate::pipeline::{self, Outcome, Prepared, Sample, Settings, Tracer};
use crate::profile::Profile;
use std::borrow::Cow;
use std::path::Path;
use std::time::Instant;

pub struct Work {
    pub network: Imported,
    feeding: Option<Feeding>,
    inputs: Vec<InputItem>,
    calibration: Calibrated,
    /// Whether fan-ins beyond a chip's are split.
    pub split_fan_in: bool,
    /// Whether the traffic decides how packets take their time.
    pub fit_timing: bool,
    /// Whether outcomes keep the heads of the float network.
    pub keep_heads: bool,
}

/// Why a profile gives no outcome.
pub enum Trouble {
    /// A link of the chain, perhaps the chip.
    Chain(pipeline::Error),
    Other(Failure),
}

impl From<pipeline::Error> for Trouble {
    fn from(error: pipeline::Error) -> Trouble {
        Trouble::Chain(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Other(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Chain(error) => error.into(),
            Trouble::Other(failure) => failure,
        }
    }
}

impl Work {
    /// Reads the network and lists its inputs, at most `limit`.
    pub fn open(
        files: &Files,
        reading: &NetworkArguments,
        detector: Option<&Path>,
        limit: Option<u64>,
    ) -> Result<Work> {
        let network = reading.open(&files.network)?;
        let graph = network.network.graph();
        if graph.is_some() && files.input.is_none() {
            return Err(Error::NoInput.into());
        }
        let feeding = Feeding::of(detector, &files.network, &network)?;
        let mut inputs = list(files, graph.zip(feeding.as_ref()))?;
        inputs.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
        let calibration = Calibrated::none();
        Ok(Work {
            network,
            feeding,
            inputs,
            calibration,
            split_fan_in: false,
            fit_timing: false,
            keep_heads: false,
        })
    }

    /// Whether the network brings a placement of its own.
    pub fn placed(&self) -> bool {
        matches!(self.network.network, Network::Placed(_))
    }

    /// Whether there is a conversion left to do.
    pub fn converted(&self) -> bool {
        matches!(self.network.network, Network::Converted(_))
    }

    /// Whether it can be converted anew for every chip.
    pub fn trainable(&self) -> bool {
        matches!(self.network.network, Network::Float(_))
    }

    pub fn inputs(&self) -> usize {
        // A network from CSV brings one of its own.
        self.inputs.len().max(1)
    }

    /// The first input's name and the SHA-256 of its bytes.
    pub fn first_input(&self) -> Result<(String, String)> {
        let Some(item) = self.inputs.first() else { return Ok(Default::default()) };
        Ok((item.name.clone(), item.sha256()?))
    }

    /// Times `runs` runs of the float network on the first input, in seconds, after one that warms up.
    pub fn time_float(&self, runs: usize) -> Result<Vec<f64>> {
        let Some(((graph, _), item)) = self.trained().zip(self.inputs.first()) else {
            return Ok(vec![]);
        };
        let input = item.load()?;
        let once = || -> Result<f64> {
            let start = Instant::now();
            ann::exec::run(graph, &input)?;
            Ok(start.elapsed().as_secs_f64())
        };
        once()?;
        (0..runs).map(|_| once()).collect()
    }

    /// Runs the float network on what calibrates, where it is not known; see [`Calibrated::new`].
    pub fn calibrate(&mut self, asked: Option<&Path>) -> Result<()> {
        let Some((graph, feeding)) = self.trained().filter(|_| !self.converted()) else {
            return Ok(());
        };
        self.calibration =
            Calibrated::new(asked, graph, &self.network.sha256, feeding, &self.inputs)?;
        Ok(())
    }

    fn trained(&self) -> Option<(&Graph, &Feeding)> {
        self.network.network.graph().zip(self.feeding.as_ref())
    }

    /// Converts for `profile`, maps, and emulates every input; `tracer` hears of packets' ways.
    pub fn on(
        &self,
        profile: Profile,
        settings: Settings,
        tracer: Option<&Tracer>,
    ) -> Result<(Prepared, Vec<Outcome>), Trouble> {
        let split = match &self.network.network {
            Network::Float(graph) if self.split_fan_in => {
                pipeline::split_fan_in(graph, &profile, &settings.conversion)?
            }
            _ => None,
        };
        let Some((graph, split)) = split else {
            let network = self.network.clone();
            return self.prepared(network, profile, settings, &self.calibration, tracer);
        };
        // The same in floats, but of more nodes: it is calibrated by itself.
        let calibration = self.calibration.again(&graph)?;
        let network = Imported { network: Network::Float(graph), ..self.network.clone() };
        self.prepared(network, profile, Settings { split, ..settings }, &calibration, tracer)
    }

    /// An error of [`Work::on`] with what to do about it; `asked` is the recipe that was
    /// chosen.
    pub fn explained(
        &self,
        trouble: Trouble,
        profile: &Profile,
        settings: &Settings,
        asked: Option<&Recipe>,
        listed: bool,
    ) -> Failure {
        match trouble {
            Trouble::Chain(error) if error.is_refusal() && !self.split_fan_in && !self.placed() => {
                let (network, calibration) = (&self.network, self.calibration.get());
                Refused {
                    network,
                    profile,
                    settings,
                    asked,
                    calibration,
                    listed,
                    own_default: false,
                }
                .explained(error)
            }
            trouble => trouble.into(),
        }
    }

    fn prepared(
        &self,
        network: Imported,
        profile: Profile,
        settings: Settings,
        calibration: &Calibrated,
        tracer: Option<&Tracer>,
    ) -> Result<(Prepared, Vec<Outcome>), Trouble> {
        let mut prepared =
            pipeline::prepare(network.clone(), profile, settings, calibration.get())?;
        let Some((graph, feeding)) = network.network.graph().zip(self.feeding.as_ref()) else {
            let (_progress, steps) = Progress::of_steps("emulating", prepared.steps());
            let outcome = prepared.emulate_traced(None, tracer, || steps.step())?;
            return Ok((prepared, vec![outcome]));
        };
        prepared.setup.detector = feeding.describe();
        prepared.setup.notes.extend(feeding.notes());
        let sample = |index: usize, item: &InputItem| -> Result<Cow<Sample>, Failure> {
            match calibration.sample(index) {
                Some(sample) => Ok(Cow::Borrowed(sample)),
                None => Ok(Cow::Owned(feeding::sample(graph, item)?)),
            }
        };
        let part = match self.inputs.first() {
            Some(item) => {
                let first = sample(0, item)?;
                timing::settle(&mut prepared, &first, self.inputs(), self.fit_timing)?
            }
            None => Part::default(),
        };
        let progress = Progress::new("emulating", 1);
        let steps = progress.part(part);
        let outcome = |(index, item): (usize, &InputItem)| -> Result<Outcome, Trouble> {
            let sample = sample(index, item)?;
            let mut outcome = prepared.emulate_traced(Some(&sample), tracer, || steps.step())?;
            if self.keep_heads {
                outcome.float_heads = sample.heads(graph);
            }
            outcome.detections = feeding.detections(graph, item, &sample, &outcome.heads)?;
            outcome.classification = feeding.classification(graph, &sample, &outcome.heads);
            Ok(outcome)
        };
        let outcomes = self.inputs.iter().enumerate().map(outcome).collect::<Result<_, _>>()?;
        Ok((prepared, outcomes))
    }
}

/// The inputs of a trained network; none for one that brings its own.
fn list(files: &Files, trained: Option<(&Graph, &Feeding)>) -> Result<Vec<InputItem>> {
    match (trained, &files.input) {
        (Some((graph, feeding)), Some(path)) => feeding.list(graph, path),
        (_, None) if files.calibrate.is_none() => Ok(vec![]),
        _ => {
            let (network, advice) = (files.network.clone(), "leave out --input and --calibrate");
            Err(Error::OwnInputs { network, advice }.into())
        }
    }
}
