//! The spiking layers beside the float ones, after a run.

use serde::{Deserialize, Serialize};

/// How one population's rates agree with the float activations it stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerMatch {
    /// Population; index into the activity's layers once a run has placed it.
    pub layer: usize,
    pub name: String,
    /// Pearson correlation of rate (as a float activation) and activation; `None` where one is constant.
    pub correlation: Option<f64>,
    /// L2 norm of the difference over that of the activations; `None` where those are all zero.
    pub relative_error: Option<f64>,
    /// Spikes (bursts by size) per unit and step of the population's window; 0 for readouts.
    pub spikes_per_neuron_step: f64,
    /// Smallest and largest k (membrane units per weight step, as a power of two), if it has weights.
    pub shift: Option<[u8; 2]>,
    /// Smallest and largest threshold in membrane units, if it fires by threshold.
    pub threshold: Option<[i32; 2]>,
}
