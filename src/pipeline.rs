//! The chain as one call: network, profile, settings and input in, outcome out.
//!
//! [`Setup`] holds what all inputs of a run share, [`Outcome`] what one input did. Both are plain
//! data: `report` writes them, and what was written can be read and priced again.

use crate::activity::Activity;
pub use crate::activity::SpikeRecord;
use crate::convert::LayerMatch;
use crate::mapping::{Gap, Grid};
use serde::{Deserialize, Serialize};

/// How packets take their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Every packet, hop by hop, with finite buffers.
    Event,
    /// The busiest core; no network.
    Analytic,
}

/// What all inputs of a run share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub network: String,
    /// SHA-256 of the network's file or files, hexadecimal.
    pub network_sha256: String,
    pub profile: String,
    /// SHA-256 of the profile as resolved (inheritance applied), hexadecimal.
    pub profile_sha256: String,
    /// The conversion in words, e.g. `if gate channel-p99.9 w8`; `as given` for networks from CSV.
    pub recipe: String,
    pub timing: Timing,
    /// Limits of the chip were dropped.
    pub idealised: bool,
    pub gaps: Vec<Gap>,
    pub grid: Grid,
    pub seed: u64,
    /// Multiply-accumulates of the float network for one input; 0 where there is none.
    pub float_macs: u64,
    /// Names of the inputs that calibrated the conversion.
    pub calibration: Vec<String>,
    /// Version of spikemesh.
    pub version: String,
    /// The command line.
    pub command: String,
}

/// What one input did on the chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the input.
    pub input: String,
    /// SHA-256 of its bytes, hexadecimal; empty where a network brings its own input.
    pub input_sha256: String,
    pub activity: Activity,
    /// The spiking layers beside the float ones; empty for networks without float values.
    pub layers: Vec<LayerMatch>,
    /// Every event, if recorded.
    pub spikes: Option<Vec<SpikeRecord>>,
}
