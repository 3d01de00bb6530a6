//! A network that brings its own placement: single neurons, single synapses, given inputs.
//!
//! Arithmetic is in `f64`, so that results can be compared with those of other simulators.

use std::collections::BTreeMap;

/// Neurons, synapses and input spikes; ids are indices into `neurons`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseNetwork {
    pub neurons: Vec<Neuron>,
    /// Sorted by `pre`; synapses of one `pre` keep the order of the file.
    pub synapses: Vec<Synapse>,
    /// Input neurons that fire in a step (the first is 1), sorted, each once.
    pub inputs: BTreeMap<u64, Vec<u32>>,
}

/// One neuron and its place on the chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Neuron {
    pub model: Model,
    /// Cost class of every synapse into this neuron.
    pub synapse_class: String,
    pub tile: usize,
    pub core_in_tile: usize,
}

/// `weight` from `pre` to `post`, effective one step after the spike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synapse {
    pub pre: u32,
    pub post: u32,
    pub weight: f64,
}

/// How a neuron updates and when it fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Fires in the steps of [`SparseNetwork::inputs`].
    Input,
    Lif(Lif),
    TrueNorth(TrueNorth),
}

impl Model {
    /// Name of the cost class a profile may price separately.
    pub fn class(&self) -> &'static str {
        match self {
            Model::Input => "input",
            Model::Lif(_) => "lif",
            Model::TrueNorth(_) => "truenorth",
        }
    }

    /// Potential before the first step.
    pub fn potential(&self) -> f64 {
        match self {
            Model::Input => 0.0,
            Model::Lif(lif) => lif.potential,
            Model::TrueNorth(neuron) => neuron.potential,
        }
    }

    /// What is added in every step.
    pub fn bias(&self) -> f64 {
        match self {
            Model::Input => 0.0,
            Model::Lif(lif) => lif.bias,
            Model::TrueNorth(neuron) => neuron.bias,
        }
    }
}

/// Leaky integrate and fire: a decaying current `u` and potential `v`, `v` cut to 1/64 each step,
/// fires where `v > threshold`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lif {
    pub threshold: f64,
    pub reset: Reset,
    /// Factor on `v` per step, from the second step on.
    pub leak_decay: f64,
    /// Factor on `u` per step; 0: `u` is the input of the step.
    pub input_decay: f64,
    pub bias: f64,
    /// `v` before the first step.
    pub potential: f64,
    /// Blocks this many steps, the spiking one included.
    pub refractory_delay: u64,
    pub reverse_threshold: f64,
    pub reverse: Reverse,
    /// Counts as updated in every step.
    pub force_update: bool,
}

/// Subtractive leak towards zero, fires where `v >= threshold`.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueNorth {
    pub threshold: f64,
    pub reset: Reset,
    pub leak: f64,
    pub bias: f64,
    /// `v` before the first step.
    pub potential: f64,
    pub reverse_threshold: f64,
    pub reverse: Reverse,
    /// Counts as updated in every step.
    pub force_update: bool,
}

/// What a spike does to the potential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reset {
    /// Sets it to this value.
    Hard(f64),
    /// Subtracts the threshold.
    Soft,
}

/// What happens beyond the reverse threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reverse {
    None,
    /// The potential is set to the reverse threshold.
    Saturate,
    /// The potential is set to this value.
    Hard(f64),
    /// The reverse threshold is subtracted.
    Soft,
}
