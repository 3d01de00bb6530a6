//! What all inputs of a run share.

use super::Timing;
use crate::mapping::{Gap, Grid};
use serde::{Deserialize, Serialize};

/// What all inputs of a run share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Name of the network.
    pub network: String,
    /// SHA-256 of the network's file or files, hexadecimal.
    pub network_sha256: String,
    /// Name of the profile.
    pub profile: String,
    /// SHA-256 of the profile as resolved (inheritance applied), hexadecimal.
    pub profile_sha256: String,
    /// Name of the conversion's recipe, with changes to it; `as given` for networks from CSV.
    pub recipe: String,
    /// All choices of the conversion, as [`crate::convert::Settings::describe`] has them.
    #[serde(default)]
    pub conversion: String,
    /// Where the cores sit, as [`crate::mapping::Placement::describe`] has it; `as given` for
    /// networks from CSV.
    #[serde(default)]
    pub placement: String,
    /// How times were found.
    pub timing: Timing,
    /// Limits of the chip were dropped: `--idealised` alone is no reason.
    pub idealised: bool,
    /// What the chip lacks, and what became of it.
    pub gaps: Vec<Gap>,
    /// What was left out of the run and is no matter of the chip, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Tiles of the chips in use.
    pub grid: Grid,
    /// Seed of what is drawn.
    pub seed: u64,
    /// Multiply-accumulates of the float network for one input; 0 where there is none.
    pub float_macs: u64,
    /// Names of the inputs that calibrated the conversion.
    pub calibration: Vec<String>,
    /// Where the rule comes from by which pictures become inputs; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detector: String,
    /// Version of spikemesh.
    pub version: String,
    /// The command line.
    pub command: String,
}

impl Setup {
    /// What titles have behind the name of the chip.
    pub fn mark(&self) -> &'static str {
        if self.idealised { " (IDEALISED)" } else { "" }
    }
}
