//! Choices of a run that are no property of network or chip.

use super::{Feed, Probe, Timing};
use crate::convert;
use crate::mapping::{Gap, Placement};

/// Most steps of an inference: the emulator's sums hold as many.
pub const MOST_STEPS: u64 = 1024;

/// Choices of a run that are no property of network or chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Steps of one inference, 1 to [`MOST_STEPS`].
    pub steps: usize,
    /// How times are found.
    pub timing: Timing,
    /// Whether limits of the chip are dropped.
    pub idealised: bool,
    /// Whether every spike is kept.
    pub record_spikes: bool,
    /// Seed of what is drawn.
    pub seed: u64,
    /// How a trained network is converted, apart from what the chip decides.
    pub conversion: convert::Recipe,
    /// What [`super::split_fan_in`] did to the network; reported beside what the chip lacks.
    pub split: Vec<Gap>,
    /// Where the cores of a trained network sit, and how it is cut where a file says it.
    pub placement: Placement,
    /// Steps of the first calibration input whose packets a placement weighs. 0, or no calibration:
    /// one packet from every unit instead.
    pub placement_steps: usize,
    /// Neurons whose potentials the outcome holds.
    pub probes: Vec<Probe>,
    /// What the inputs of a network that spikes already get.
    pub feed: Feed,
    /// Command line, for the reports.
    pub command: String,
}
