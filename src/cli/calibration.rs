//! What calibrates a conversion: what was asked for, what is known of the network, or its own
//! inputs.

use super::Result;
use super::feeding::{self, Feeding};
use crate::ann::Graph;
use crate::convert::ranges::{self, Ranges};
use crate::encode::InputItem;
use crate::pipeline::{Calibration, Sample};
use std::path::Path;

/// Inputs that calibrate the conversion where nothing else does: the first.
const OWN_INPUTS: usize = 8;

/// What calibrates, read and run.
pub enum Calibrated {
    /// Inputs, and the float network's view of them.
    Inputs { items: Vec<InputItem>, samples: Vec<Sample> },
    /// The same, of the first inputs themselves.
    Own { items: Vec<InputItem>, samples: Vec<Sample> },
    /// With the inputs that stand in where ranges say nothing.
    Ranges { ranges: Box<Ranges>, instead: Vec<InputItem> },
}

impl Calibrated {
    /// Nothing to calibrate.
    pub fn none() -> Calibrated {
        Calibrated::Inputs { items: vec![], samples: vec![] }
    }

    /// Takes `asked`, a file of ranges or inputs; else the ranges inside the program; else the
    /// first of `own`, with a warning. `network_sha256` is the hash of the network's files.
    pub fn new(
        asked: Option<&Path>,
        graph: &Graph,
        network_sha256: &str,
        feeding: &Feeding,
        own: &[InputItem],
    ) -> Result<Calibrated> {
        let first = || own.iter().take(OWN_INPUTS).cloned().collect::<Vec<_>>();
        let stored = match asked {
            Some(path) if ranges::is_ranges(path) => Some(Ranges::open(path, network_sha256)?),
            Some(_) => None,
            None => Ranges::built_in(network_sha256),
        };
        if let Some(ranges) = stored {
            return Ok(Calibrated::Ranges { ranges: Box::new(ranges), instead: first() });
        }
        match asked {
            Some(path) => {
                let items = feeding.list(graph, path)?;
                let samples = feeding::samples(graph, &items)?;
                Ok(Calibrated::Inputs { items, samples })
            }
            None => {
                let calibrated = Calibrated::own(graph, first())?;
                if let Some(remark) = calibrated.get().remark() {
                    super::output::remark(format_args!("warning: {}", remark.message));
                }
                Ok(calibrated)
            }
        }
    }

    fn own(graph: &Graph, items: Vec<InputItem>) -> Result<Calibrated> {
        let samples = feeding::samples(graph, &items)?;
        Ok(Calibrated::Own { items, samples })
    }

    /// The same for another graph that stands for the network, made of parts of it.
    pub fn again(&self, graph: &Graph) -> Result<Calibrated> {
        match self {
            Calibrated::Inputs { items, .. } => {
                let samples = feeding::samples(graph, items)?;
                Ok(Calibrated::Inputs { items: items.clone(), samples })
            }
            Calibrated::Own { items, .. } | Calibrated::Ranges { instead: items, .. } => {
                Calibrated::own(graph, items.clone())
            }
        }
    }

    pub fn get(&self) -> Calibration<'_> {
        match self {
            Calibrated::Inputs { samples, .. } => Calibration::Inputs(samples),
            Calibrated::Own { samples, .. } => Calibration::Own(samples),
            Calibrated::Ranges { ranges, .. } => Calibration::Ranges(ranges),
        }
    }

    /// The float network's view of emulated input `index`, where it calibrates.
    pub fn sample(&self, index: usize) -> Option<&Sample> {
        match self {
            Calibrated::Own { samples, .. } => samples.get(index),
            _ => None,
        }
    }
}
