//! A network from CSV: single neurons, single synapses, given inputs, and often places of its own.
//!
//! Arithmetic is in `f64`, so that results can be compared with those of other simulators.

use super::Class;
use std::collections::BTreeMap;

/// Neurons, synapses and input spikes; ids are indices into `neurons`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseNetwork {
    /// Neurons; synapses name them by index.
    pub neurons: Vec<Neuron>,
    /// Sorted by `pre`; synapses of one `pre` keep the order of the file.
    pub synapses: Vec<Synapse>,
    /// Input neurons that fire in a step (the first is 1), sorted, each once.
    pub inputs: BTreeMap<u64, Vec<u32>>,
}

/// One neuron and, where the network gives it, its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Neuron {
    /// What the neuron does.
    pub model: Model,
    /// Its cost class; `None`: that of its model.
    pub class: Option<Class>,
    /// Cost class of every synapse into this neuron.
    pub synapse_class: String,
    /// `None`: the mapper chooses it. Either all neurons of a network have one or none.
    pub place: Option<Place>,
}

impl Neuron {
    /// The class that a profile prices it by.
    pub fn class(&self) -> Class {
        self.class.unwrap_or_else(|| self.model.class())
    }
}

/// A core of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Counted row by row over the board.
    pub chip: usize,
    /// On the chip, counted as the profile's `tile_order` says.
    pub tile: usize,
    /// Core within the tile.
    pub core_in_tile: usize,
}

/// Most steps of a delay: as many as a run has.
pub const MOST_DELAY: u32 = 1024;

/// `weight` from `pre` to `post`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synapse {
    /// Neuron that sends.
    pub pre: u32,
    /// Neuron that receives.
    pub post: u32,
    /// What a spike adds to the input of `post`.
    pub weight: f64,
    /// Steps from spike to effect, 1 to [`MOST_DELAY`].
    pub delay: u32,
}

impl SparseNetwork {
    /// Whether it brings its own placement.
    pub fn is_placed(&self) -> bool {
        self.neurons.iter().all(|neuron| neuron.place.is_some())
    }
}

/// How a neuron updates and when it fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Fires in the steps of [`SparseNetwork::inputs`].
    Input,
    /// Leaky integrate and fire.
    Lif(Lif),
    /// With a leak by subtraction.
    TrueNorth(TrueNorth),
}

impl Model {
    /// The cost class, which a profile may price separately.
    pub fn class(&self) -> Class {
        match self {
            Model::Input => Class::Input,
            Model::Lif(_) => Class::Lif,
            Model::TrueNorth(_) => Class::TrueNorth,
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

    /// Its numbers but weights, by name: those that a membrane has to hold.
    pub fn numbers(&self) -> Vec<(&'static str, f64)> {
        let (own, reset, reverse) = match self {
            Model::Input => return vec![],
            Model::Lif(lif) => {
                let own = [lif.threshold, lif.bias, lif.potential, lif.reverse_threshold];
                (own, lif.reset, lif.reverse)
            }
            Model::TrueNorth(neuron) => {
                let own =
                    [neuron.threshold, neuron.bias, neuron.potential, neuron.reverse_threshold];
                (own, neuron.reset, neuron.reverse)
            }
        };
        let names = ["threshold", "bias", "potential", "reverse_threshold"];
        let mut numbers: Vec<_> = names.into_iter().zip(own).collect();
        if reverse == Reverse::None {
            numbers.pop();
        }
        if let Reset::Hard(value) = reset {
            numbers.push(("reset", value));
        }
        if let Reverse::Hard(value) = reverse {
            numbers.push(("reverse_reset", value));
        }
        numbers
    }

    /// Whether it keeps more than its potential from step to step.
    pub fn keeps_more(&self) -> bool {
        matches!(self, Model::Lif(lif) if lif.input_decay != 0.0 || lif.refractory_delay > 1)
    }

    /// Whether all it does is add up, fire and reset.
    pub fn is_plain(&self) -> bool {
        match self {
            Model::Lif(lif) => {
                lif.leak_decay == 1.0 && lif.reverse == Reverse::None && !self.keeps_more()
            }
            Model::Input | Model::TrueNorth(_) => false,
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
    /// A neuron fires above this potential.
    pub threshold: f64,
    /// What a spike does to the potential.
    pub reset: Reset,
    /// Factor on `v` per step, from the second step on.
    pub leak_decay: f64,
    /// Factor on `u` per step; 0: `u` is the input of the step.
    pub input_decay: f64,
    /// Added to the potential in every step.
    pub bias: f64,
    /// `v` before the first step.
    pub potential: f64,
    /// Blocks this many steps, the spiking one included.
    pub refractory_delay: u64,
    /// Below this potential `reverse` acts.
    pub reverse_threshold: f64,
    /// What happens beyond the reverse threshold.
    pub reverse: Reverse,
    /// Counts as updated in every step.
    pub force_update: bool,
}

/// Subtractive leak towards zero, fires where `v >= threshold`.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueNorth {
    /// A neuron fires at this potential and above.
    pub threshold: f64,
    /// What a spike does to the potential.
    pub reset: Reset,
    /// Taken off towards zero in every step.
    pub leak: f64,
    /// Added to the potential in every step.
    pub bias: f64,
    /// `v` before the first step.
    pub potential: f64,
    /// At this potential and below `reverse` acts, unless the neuron fires.
    pub reverse_threshold: f64,
    /// What happens beyond the reverse threshold.
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
    /// Nothing.
    None,
    /// The potential is set to the reverse threshold.
    Saturate,
    /// The potential is set to this value.
    Hard(f64),
    /// The reverse threshold is subtracted.
    Soft,
}
