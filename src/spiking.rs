//! The float spiking graph: what a network that already spikes computes, in `f64`.
//!
//! It stands beside [`crate::ann::Graph`]: importers make it, [`exec`] runs it as plainly as
//! possible, and `convert` turns it into the integers of a chip. Populations keep state from step
//! to step; projections are chains of linear maps between them, which keep none. Tensors are
//! stored as the exchange formats have them: `[channels, height, width]`.
//!
//! Times are steps here. Importers turn seconds into steps and time constants into factors.
//!
//! ```
//! use spikemesh::import::{self, Network};
//! use spikemesh::spiking::exec::Run;
//!
//! let imported = import::open("assets/networks/digit-events.nir".as_ref())?;
//! let Network::Spiking(graph) = &imported.network else { panic!("no such network") };
//! let mut run = Run::new(graph);
//! run.step(|input| vec![1.0; graph.populations[input].shape.len()]);
//! let sent: f64 = (0..graph.populations.len()).flat_map(|p| run.sent(p)).sum();
//! assert!(sent > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod count;
pub mod exec;
pub mod map;

pub use map::{Conv, Map, MapKind, Matrix, Pool};

use crate::ann::Shape;

/// Index into [`Graph::populations`].
pub type PopulationId = usize;

/// A spiking network in floats, recurrence allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// Name of the network.
    pub name: String,
    /// Seconds that a step of the network stands for, as factors were made with it.
    pub dt: f64,
    /// In the order in which data goes, as far as loops let it.
    pub populations: Vec<Population>,
    /// What leads from one population to another.
    pub projections: Vec<Projection>,
    /// Populations that are read, each once.
    pub outputs: Vec<PopulationId>,
    /// Whether any delay was asked for by the network itself.
    pub delayed: bool,
}

/// Neurons that share a model, or an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// Name of the layer.
    pub name: String,
    /// Its extent.
    pub shape: Shape,
    /// What its units do.
    pub unit: Unit,
}

/// What a population is made of.
#[expect(clippy::large_enum_variant, reason = "a network has few of them, and most are neurons")]
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// Sends in each step what it is fed: spikes, or a constant image.
    Input,
    /// A neuron that integrates.
    Neuron(Neuron),
}

/// A value by element of a population, `[channels, height, width]`, or one for all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub Vec<f64>);

/// One step of a neuron whose input is `x`:
///
/// `u = current.keep u + current.gain x` (`u = x` without a current), then
/// `v = keep v + gain u + leak`; it fires where `v > threshold`, or where [`Fires::at`] says so at
/// the threshold, too. A neuron that fired less than
/// `refractory` steps ago keeps its `v` and tests nothing, while `u` goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Neuron {
    /// What the network's file calls it, for tables: `IF`, `LIF`, `CubaLIF`.
    pub kind: String,
    /// A current that lasts, if it has one.
    pub current: Option<Current>,
    /// Of the potential, what a step leaves: `1 - dt / tau`.
    pub keep: Values,
    /// Potential by input: `r dt / tau`, or `r` of a neuron without a leak.
    pub gain: Values,
    /// What is added in every step: `v_leak dt / tau`.
    pub leak: Values,
    /// `None` for a neuron whose potential is read.
    pub fires: Option<Fires>,
    /// Steps after a spike in which the potential rests.
    pub refractory: u32,
    /// Whole numbers that the floats stand for, where the file says so.
    pub whole: Option<Box<Whole>>,
}

/// Whole numbers of a population, by channel; files that spikemesh wrote have them.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// Float of the potential per weight step.
    pub step: Vec<f64>,
    /// Membrane units per weight step, as a power of two.
    pub shift: Vec<u8>,
}

/// The synaptic current of a neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// What a step leaves: `1 - dt / tau_syn`.
    pub keep: Values,
    /// Current by input: `w_in dt / tau_syn`.
    pub gain: Values,
}

/// When a neuron fires, one spike a step, and what that does.
#[derive(Debug, Clone, PartialEq)]
pub struct Fires {
    /// Fires strictly above.
    pub threshold: Values,
    /// What a spike does to the potential.
    pub reset: Reset,
    /// Fires at the threshold, too.
    pub at: bool,
}

/// What a spike does to the potential.
#[derive(Debug, Clone, PartialEq)]
pub enum Reset {
    /// The threshold is subtracted.
    Subtract,
    /// The potential becomes this.
    To(Values),
}

/// What one population adds to the input of another: its output `lag` steps ago, taken through
/// `maps` one after the other. Several into one population add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Population that sends.
    pub source: PopulationId,
    /// Population that receives.
    pub target: PopulationId,
    /// Linear maps, one after the other.
    pub maps: Vec<Map>,
    /// 0: in the same step. At least 1 within a loop, where every projection takes a step.
    pub lag: usize,
}

impl Values {
    /// One for all.
    pub fn all(value: f64) -> Values {
        Values(vec![value])
    }

    /// That of element `n`.
    ///
    /// # Panics
    /// Without any value.
    pub fn at(&self, n: usize) -> f64 {
        self.0[n % self.0.len()]
    }

    /// The one that all share, if they do.
    pub fn single(&self) -> Option<f64> {
        let first = *self.0.first()?;
        self.0.iter().all(|&value| value == first).then_some(first)
    }
}

impl Graph {
    /// The populations that are fed.
    pub fn inputs(&self) -> impl Iterator<Item = PopulationId> {
        (0..self.populations.len()).filter(|&p| matches!(self.populations[p].unit, Unit::Input))
    }

    /// Whether it matters how long a step is: something decays, is added in every step, or waits
    /// for some.
    pub fn knows_steps(&self) -> bool {
        let changes = |values: &[f64], still: f64| values.iter().any(|&value| value != still);
        let of_unit = |unit: &Unit| match unit {
            Unit::Input => false,
            Unit::Neuron(neuron) => {
                neuron.current.is_some()
                    || neuron.refractory > 0
                    || changes(&neuron.keep.0, 1.0)
                    || changes(&neuron.leak.0, 0.0)
            }
        };
        let of_map = |map: &Map| match &map.kind {
            MapKind::Matrix(matrix) => changes(&matrix.bias, 0.0),
            MapKind::Conv(conv) => changes(&conv.bias, 0.0),
            MapKind::Pool(_) | MapKind::Scale(_) | MapKind::Reshape => false,
        };
        self.populations.iter().any(|population| of_unit(&population.unit))
            || self.projections.iter().any(|q| q.lag > 0 || q.maps.iter().any(of_map))
    }
}
