//! What one input did.

use super::{Classification, Detections, Membrane, Spikes};
use crate::activity::Activity;
use crate::ann;
use crate::convert::LayerMatch;
use serde::{Deserialize, Serialize};

/// What one input did on the chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the input.
    pub input: String,
    /// SHA-256 of its bytes, hexadecimal; empty where a network brings its own input.
    pub input_sha256: String,
    /// Every event, counted.
    pub activity: Activity,
    /// The spiking layers beside the float ones; empty for networks without float values.
    pub layers: Vec<LayerMatch>,
    /// Of all heads, host part included, `sum |spiking - float| / sum |float|`; `None` without
    /// float values, or where they are all zero.
    #[serde(default)]
    pub head_error: Option<f64>,
    /// Every event, if recorded.
    pub spikes: Option<Spikes>,
    /// What the heads say, as the float network would; not part of a saved activity.
    #[serde(skip)]
    pub heads: Vec<HeadValues>,
    /// What those of the float network say, where the caller keeps it; not part of a saved
    /// activity.
    #[serde(skip)]
    pub float_heads: Vec<HeadValues>,
    /// Boxes, where the caller had the heads decoded; not part of a saved activity.
    #[serde(skip)]
    pub detections: Option<Detections>,
    /// Classes, where the caller asked for them; not part of a saved activity.
    #[serde(skip)]
    pub classification: Option<Classification>,
    /// What the probed neurons held, step by step; not part of a saved activity.
    #[serde(skip)]
    pub membranes: Vec<Membrane>,
}

/// One output of the spiking network.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadValues {
    /// Name of the head.
    pub name: String,
    /// Shape of its values.
    pub shape: ann::Shape,
    /// `[channels, height, width]`.
    pub values: Vec<f32>,
}
