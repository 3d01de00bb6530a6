//! What a run emulates, whatever the profile: the network, its inputs, and the float network's view
//! of those that calibrate.

use super::feeding::{self, CALIBRATION_INPUTS, Feeding};
use super::progress;
use super::run::Files;
use crate::ann::Graph;
use crate::encode::InputItem;
use crate::import::{self, Imported, Network};
use crate::pipeline::{self, Outcome, Prepared, Sample, Settings};
use crate::profile::Profile;
use miette::{IntoDiagnostic, bail};
use std::borrow::Cow;
use std::path::Path;

pub struct Work {
    pub network: Imported,
    feeding: Option<Feeding>,
    inputs: Vec<InputItem>,
    calibration: Vec<Sample>,
    /// The first inputs are those that calibrate.
    by_itself: bool,
}

/// Why a profile gives no outcome.
pub enum Trouble {
    /// A link of the chain, perhaps the chip.
    Chain(pipeline::Error),
    Other(miette::Report),
}

impl From<pipeline::Error> for Trouble {
    fn from(error: pipeline::Error) -> Trouble {
        Trouble::Chain(error)
    }
}

impl From<miette::Report> for Trouble {
    fn from(report: miette::Report) -> Trouble {
        Trouble::Other(report)
    }
}

impl From<Trouble> for miette::Report {
    fn from(trouble: Trouble) -> miette::Report {
        match trouble {
            Trouble::Chain(error) => miette::Report::from_err(error),
            Trouble::Other(report) => report,
        }
    }
}

impl Work {
    /// Reads the network and lists its inputs, at most `limit`.
    pub fn open(files: &Files, detector: Option<&Path>, limit: Option<u64>) -> miette::Result<Work> {
        let network = import::open(&files.network).into_diagnostic()?;
        let graph = network.network.graph();
        if graph.is_some() && files.input.is_none() {
            bail!("a trained network needs --input: a photograph, a folder of them, or a .npy array");
        }
        let feeding = Feeding::of(detector, &network.network)?;
        let mut inputs = list(files, graph.zip(feeding.as_ref()))?;
        inputs.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
        Ok(Work { network, feeding, inputs, calibration: vec![], by_itself: false })
    }

    /// Whether the network brings a placement of its own.
    pub fn placed(&self) -> bool {
        matches!(self.network.network, Network::Placed(_))
    }

    /// Whether there is a conversion left to do.
    pub fn converted(&self) -> bool {
        matches!(self.network.network, Network::Converted(_))
    }

    pub fn inputs(&self) -> usize {
        // A network from CSV brings one of its own.
        self.inputs.len().max(1)
    }

    /// Runs the float network on the samples that calibrate: those asked for, or the first inputs.
    pub fn calibrate(&mut self, asked: Option<&Path>) -> miette::Result<()> {
        let Some((graph, feeding)) = self.trained().filter(|_| !self.converted()) else { return Ok(()) };
        let items = match asked {
            Some(path) => feeding.list(graph, path)?,
            None => self.inputs.iter().take(CALIBRATION_INPUTS).cloned().collect(),
        };
        self.calibration = feeding::samples(graph, &items)?;
        self.by_itself = asked.is_none();
        Ok(())
    }

    fn trained(&self) -> Option<(&Graph, &Feeding)> {
        self.network.network.graph().zip(self.feeding.as_ref())
    }

    /// Converts for `profile`, maps, and emulates every input.
    pub fn on(&self, profile: Profile, settings: Settings) -> Result<(Prepared, Vec<Outcome>), Trouble> {
        let prepared = pipeline::prepare(self.network.clone(), profile, settings, &self.calibration)?;
        let outcomes = self.emulate(&prepared)?;
        Ok((prepared, outcomes))
    }

    fn emulate(&self, prepared: &Prepared) -> Result<Vec<Outcome>, Trouble> {
        let bar = progress::bar(prepared.steps() * self.inputs(), "emulating");
        let Some((graph, feeding)) = self.trained() else {
            return Ok(vec![prepared.emulate(None, || bar.inc(1))?]);
        };
        let outcome = |(index, item): (usize, &InputItem)| -> Result<Outcome, Trouble> {
            let sample = self.sample(graph, index, item)?;
            let mut outcome = prepared.emulate(Some(&sample), || bar.inc(1))?;
            outcome.detections = feeding.detections(graph, item, &sample, &outcome.heads)?;
            Ok(outcome)
        };
        self.inputs.iter().enumerate().map(outcome).collect()
    }

    fn sample(&self, graph: &Graph, index: usize, item: &InputItem) -> miette::Result<Cow<'_, Sample>> {
        match self.calibration.get(index).filter(|_| self.by_itself) {
            Some(sample) => Ok(Cow::Borrowed(sample)),
            None => feeding::sample(graph, item).map(Cow::Owned),
        }
    }
}

/// The inputs of a trained network; none for one that brings its own.
fn list(files: &Files, trained: Option<(&Graph, &Feeding)>) -> miette::Result<Vec<InputItem>> {
    match (trained, &files.input) {
        (Some((graph, feeding)), Some(path)) => feeding.list(graph, path),
        (_, None) if files.calibrate.is_none() => Ok(vec![]),
        _ => {
            bail!("{} brings its own inputs; leave out --input and --calibrate", files.network.display())
        }
    }
}
