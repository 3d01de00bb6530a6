//! The spiking network: populations, neuron models, projections.
//!
//! Tensors of a population are stored position by position, channels innermost
//! (`[height, width, channels]`), so that the spikes of a position are neighbours.
//! All arithmetic of converted networks is in integers: weights `i8` or `i16`, membranes `i32`.
//!
//! ```
//! use spikemesh::snn::retime::retime;
//! use spikemesh::snn::{
//!     Connection, Model, Network, Population, Projection, Readout, Shape,
//! };
//!
//! let shape = Shape { height: 1, width: 1, channels: 1 };
//! let population = |model| Population {
//!     name: String::new(), shape, model, analogue: false, depth: 0,
//! };
//! let readout = || population(Model::Readout(Readout { bias: vec![0], shift: vec![0] }));
//! let one = |source, target| Projection {
//!     source, target, connection: Connection::OneToOne, delay: 1,
//! };
//! // From an input through a relay, and past it.
//! let network = Network {
//!     name: "tiny".into(),
//!     weight_bits: 8,
//!     populations: vec![population(Model::Input(1)), population(Model::Relay), readout()],
//!     projections: vec![one(0, 1), one(1, 2), one(0, 2)],
//!     heads: vec![],
//!     first_phase: None,
//! };
//! let retimed = retime(&network, None);
//! assert_eq!(retimed.depth, 2);
//! // What goes past takes as long.
//! assert!(retimed.network.projections.iter().any(|projection| projection.delay == 2));
//! ```

mod class;
mod cuba;
mod curve;
mod feed;
pub mod loops;
mod phases;
pub mod retime;
pub mod sparse;
mod weights;

use crate::ann::Window;
use crate::kernel::Blocks;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub use class::Class;
pub use cuba::{ALL, Cuba, CubaReset};
pub use curve::{Curve, CurveFault};
pub use feed::{Fed, Train};
pub use phases::FirstPhase;
pub use weights::Weights;

/// Most channels of a population: a spike holds its channel in 20 bits.
pub const MOST_CHANNELS: usize = 1 << 20;
/// Most spikes of either sign that a neuron sends in a step: a spike holds their count in 12 bits.
pub const MOST_SPIKES: i32 = 2047;

/// Index into [`Network::populations`].
pub type PopulationId = usize;

/// Size of a population: `height * width` positions of `channels` neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels, the innermost axis.
    pub channels: usize,
}

impl Shape {
    /// Elements: rows x columns x channels.
    pub fn neurons(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Rows x columns.
    pub fn positions(self) -> usize {
        self.height * self.width
    }
}

/// A converted network. Populations are in topological order, as far as loops let them: a
/// projection from a population to itself or to one before it closes a loop ([`loops`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Name of the network.
    pub name: String,
    /// Bits that a stored weight needs, its sign included: 2 to 16.
    pub weight_bits: u32,
    /// Populations; a [`PopulationId`] is an index of these.
    pub populations: Vec<Population>,
    /// Synapses between populations.
    pub projections: Vec<Projection>,
    /// What is read.
    pub heads: Vec<Head>,
    /// Other thresholds at first.
    pub first_phase: Option<FirstPhase>,
}

impl Network {
    /// The same with a name for each population that no other has, so that rows of reports can be
    /// told apart. Heads keep theirs; the units of a head that other layers read are `NAME.inner`.
    /// Of others of one name the second becomes `NAME-2` and so on, and one without a name
    /// `unnamed`.
    pub fn named_apart(mut self) -> Network {
        let mut taken: HashSet<String> = HashSet::new();
        let mut next: HashMap<String, usize> = HashMap::new();
        let is_head = |p: &PopulationId| self.heads.iter().any(|head| head.population == *p);
        let (heads, others): (Vec<_>, Vec<_>) = (0..self.populations.len()).partition(is_head);
        let heads_end = heads.len();
        for (n, p) in heads.into_iter().chain(others).enumerate() {
            let mut stem = std::mem::take(&mut self.populations[p].name);
            if stem.trim().is_empty() {
                stem = "unnamed".into();
            }
            let read = n >= heads_end && self.heads.iter().any(|head| head.name == stem);
            let mut name = if read { format!("{stem}.inner") } else { stem.clone() };
            // Remembered, so that a thousand equal names are not tried a million times.
            let number = next.entry(stem.clone()).or_insert(2);
            while !taken.insert(name.clone()) {
                name = format!("{stem}-{number}");
                *number += 1;
            }
            self.populations[p].name = name;
        }
        self
    }

    /// What a spike that `population` sends in `step` of the chip (1-based) weighs in a sum of its
    /// spikes: 1, but for one of two phases.
    pub fn spike_weight(&self, population: PopulationId, step: usize) -> i32 {
        let own = step.saturating_sub(self.populations[population].depth);
        self.first_phase.map_or(1, |phase| phase.weight(own))
    }
}

/// An output: the membrane of a readout population, read after its own T steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Name of the output.
    pub name: String,
    /// Population that is read.
    pub population: PopulationId,
    /// Float output per membrane unit and step, by channel: `y = scale[c] * V / T`.
    pub scale: Vec<f64>,
}

/// The neurons of a layer, sharing a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// Name of the layer.
    pub name: String,
    /// Its extent.
    pub shape: Shape,
    /// What its units do.
    pub model: Model,
    /// True where a constant current per neuron (the analogue input layer) flows in; the
    /// currents come with each image, in membrane units, and replace `bias`.
    pub analogue: bool,
    /// Steps by which this population starts after the first layer. 0 until retimed.
    pub depth: usize,
}

/// What the units of a population do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Model {
    /// Integrate and fire.
    If(IntegrateFire),
    /// Sends what its input changes.
    Tracking(Tracking),
    /// Maximum pooling.
    Pool(PoolKind),
    /// Sends on in the next step what arrived: carries a delay that the chip's axons cannot.
    Relay,
    /// Never fires, and is read.
    Readout(Readout),
    /// Follows a curve of its mean input.
    Curve(Curve),
    /// Leaky integrate and fire with a current, once a step.
    Cuba(Cuba),
    /// Sends what it is fed ([`Fed::Spikes`]), at most so many spikes of a unit in a step.
    Input(i32),
}

/// Integrate and fire with reset by subtraction, signed, in bursts (Kim et al. 2020, eq. 5 to 8).
///
/// Each step `V += (x << shift) + bias`, where `x` is the sum of weights in weight steps. Then
/// while `V >= fire_above` a spike +1 leaves and `V -= reset_above`; while `V <= -fire_below`
/// a spike -1 leaves and `V += reset_below`; at most `burst` spikes a step. All by channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntegrateFire {
    /// A spike +1 leaves at this membrane and above.
    pub fire_above: Vec<i32>,
    /// What a spike +1 takes off.
    pub reset_above: Vec<i32>,
    /// [`NEVER`] for a one-sided unit (ReLU).
    pub fire_below: Vec<i32>,
    /// What a spike -1 adds.
    pub reset_below: Vec<i32>,
    /// Membrane before the first step.
    pub initial: Vec<i32>,
    /// Added in every step, membrane units.
    pub bias: Vec<i32>,
    /// Membrane units per weight step, as a power of two.
    pub shift: Vec<u8>,
    /// Most spikes of a step.
    pub burst: i32,
    /// Largest magnitude the chip's membrane holds; `i32::MAX` if it is as wide as ours.
    pub saturation: i32,
}

/// `fire_below` of a unit that never sends a negative spike.
pub const NEVER: i32 = i32::MAX;

impl IntegrateFire {
    /// Whether any channel can send negative spikes.
    pub fn is_signed(&self) -> bool {
        self.fire_below.iter().any(|&t| t != NEVER)
    }
}

/// Sends what its input changes: U the sum of all input so far, f(U) = U / `above` where it is not
/// negative and U / `below` elsewhere; +1 leaves while f(U) - n >= 1/2 for the net count n so far,
/// -1 while it is <= -1/2.
///
/// The state is n and the residue r = U - g(n), with g(n) = n `above` for n >= 0 and n `below`
/// elsewhere. A step from n to n + 1 takes s = g(n + 1) - g(n) off the residue, and the rule above
/// is: +1 while 2 r >= s, -1 while 2 r <= -(g(n) - g(n - 1)). No spike makes |r| larger, so |r|
/// never exceeds the sum of |input| over the run, which the conversion keeps below 2^31, or else
/// clamps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracking {
    /// Membrane units of the spikes from net count n >= 0 to n + 1, by channel.
    pub above: Vec<i32>,
    /// Those from n <= 0 to n - 1; [`NEVER`] for a unit whose net count is not negative (ReLU).
    pub below: Vec<i32>,
    /// Added in every step, membrane units.
    pub bias: Vec<i32>,
    /// Membrane units per weight step, as a power of two.
    pub shift: Vec<u8>,
    /// Most spikes +1 of a step: the burst, but no more than a clip of the activation allows.
    pub most_up: i32,
    /// Most spikes -1 of a step.
    pub most_down: i32,
    /// Largest magnitude that the chip's word for the residue holds.
    pub saturation: i32,
}

/// Form of maximum pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolKind {
    /// Passes the spikes of the input with the largest signed sum, this step included; ties go
    /// to the first in row-major order.
    Gate,
    /// Sends the change of the maximum of the running sums.
    Telescoping,
    /// Sends the largest spike count of this step; a silent input counts 0.
    Or,
}

/// Never fires; `V += (x << shift) + bias`, `V(0) = 0`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Readout {
    /// Added in every step, by channel, membrane units.
    pub bias: Vec<i32>,
    /// Membrane units per weight step, by channel, as a power of two.
    pub shift: Vec<u8>,
}

/// The synapses between two populations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Population that sends.
    pub source: PopulationId,
    /// Population that receives.
    pub target: PopulationId,
    /// Which neurons are connected, and with what weights.
    pub connection: Connection,
    /// Steps from spike to effect: until retimed 1, or more where the network itself delays.
    pub delay: usize,
}

/// Which neurons of two populations are connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Connection {
    /// A convolution, or a dense layer as one.
    Conv(Conv),
    /// Window of a pool population over its one source.
    Pool(Window),
    /// A relay's input.
    OneToOne,
}

/// Convolution over the source, upsampled by whole factors first (nearest neighbour).
///
/// Output `(oy, ox)` reads the virtual map of `height * upsample[0]` rows at
/// `vy = oy * stride[0] + ky * dilation[0] - pad[0]`, that is source row `vy / upsample[0]`.
/// A dense layer is a convolution whose kernel is the whole source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conv {
    /// Channels of the source that it reads.
    pub inputs: Range<usize>,
    /// Size, stride, padding and dilation of the kernel, `[y, x]` each.
    pub window: Window,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Times that a cell of the source is repeated in y and in x.
    pub upsample: [usize; 2],
    /// Weight steps, numbered as in `[ky][kx][in channel of inputs][out channel within the group]`.
    pub weights: Weights,
    /// Weights of negative spikes, in the same order; empty where they are the same.
    pub negative: Weights,
}

impl Network {
    /// By population, whether negative spikes may leave it: its own, or those of its sources that
    /// it passes on. Populations are in topological order.
    pub fn signed(&self) -> Vec<bool> {
        let mut signed: Vec<bool> = Vec::with_capacity(self.populations.len());
        for (id, population) in self.populations.iter().enumerate() {
            let passes = matches!(population.model, Model::Pool(_) | Model::Relay);
            let from_source = self
                .projections
                .iter()
                .any(|p| p.target == id && p.source < id && signed[p.source]);
            signed.push(population.model.is_signed() || passes && from_source);
        }
        signed
    }

    /// The same network with the weights of dense convolutions in the order in which kernels read
    /// them, so that a run needs none of its own.
    pub fn packed(mut self) -> Network {
        for Projection { source, target, connection, .. } in &mut self.projections {
            let shape = |population: PopulationId| self.populations[population].shape;
            if let Connection::Conv(conv) = connection
                && let Some(blocks) = Blocks::new(conv, shape(*source), shape(*target).channels)
            {
                conv.weights = Weights::Blocks(blocks);
            }
        }
        self
    }

    /// By population, most spikes of either sign that a neuron of it sends in a step: its own, or
    /// those of its sources that it passes on. Populations are in topological order.
    pub fn bursts(&self) -> Vec<i32> {
        let mut bursts: Vec<i32> = Vec::with_capacity(self.populations.len());
        for (id, population) in self.populations.iter().enumerate() {
            let into = self.projections.iter().filter(|p| p.target == id && p.source < id);
            bursts.push(match &population.model {
                Model::If(unit) => unit.burst,
                Model::Tracking(unit) => unit.most_up.max(unit.most_down),
                Model::Curve(curve) => curve.most_up.max(curve.most_down),
                Model::Pool(_) | Model::Relay => into.map(|p| bursts[p.source]).max().unwrap_or(0),
                Model::Input(most) => *most,
                Model::Cuba(unit) => unit.fires().into(),
                Model::Readout(_) => 0,
            });
        }
        bursts
    }

    /// The first population that the engine cannot hold, and why: more channels than
    /// [`MOST_CHANNELS`], or spikes of a step that 32 bits do not count.
    pub fn too_large(&self) -> Option<(PopulationId, &'static str)> {
        let all = self.populations.iter().zip(self.bursts()).enumerate();
        all.into_iter().find_map(|(id, (population, burst))| {
            let neurons = population.shape.neurons() as u64;
            let spikes = neurons.saturating_mul(u64::from(burst.unsigned_abs()));
            if population.shape.channels > MOST_CHANNELS {
                Some((id, "a position of it has more than 2^20 channels"))
            } else if spikes > u64::from(u32::MAX) {
                Some((
                    id,
                    "its units could send more than 2^32 spikes in a step: take a smaller burst",
                ))
            } else {
                None
            }
        })
    }

    /// Synapses into `population`, counted densely: taps in the padding included.
    pub fn synapses(&self, population: PopulationId) -> u64 {
        let shape = self.populations[population].shape;
        let into = self.projections.iter().filter(|p| p.target == population);
        into.map(|projection| match &projection.connection {
            Connection::Conv(conv) => (conv.weights.len() * shape.positions()) as u64,
            Connection::Pool(window) => {
                (window.kernel[0] * window.kernel[1] * shape.neurons()) as u64
            }
            Connection::OneToOne => shape.neurons() as u64,
        })
        .sum()
    }
}

impl Model {
    /// Whether a unit may send negative spikes of its own, below zero or to take one back; what
    /// pools and relays pass on is for [`Network::signed`].
    pub fn is_signed(&self) -> bool {
        match self {
            Model::If(unit) => unit.is_signed(),
            Model::Tracking(_) | Model::Curve(_) => true,
            Model::Pool(_) | Model::Relay | Model::Readout(_) => false,
            Model::Cuba(_) | Model::Input(_) => false,
        }
    }

    /// Whether its units never fire and their membranes are read.
    pub fn is_read(&self) -> bool {
        match self {
            Model::Readout(_) => true,
            Model::Cuba(unit) => !unit.fires(),
            Model::If(_)
            | Model::Tracking(_)
            | Model::Curve(_)
            | Model::Pool(_)
            | Model::Relay
            | Model::Input(_) => false,
        }
    }

    /// The cost class, which a profile may price separately.
    pub fn class(&self) -> Class {
        match self {
            Model::If(_) => Class::If,
            // A sum and a net count, too; profiles price both alike.
            Model::Tracking(_) | Model::Curve(_) => Class::Tracking,
            Model::Pool(PoolKind::Gate) => Class::Gate,
            Model::Pool(PoolKind::Telescoping) => Class::Telescoping,
            Model::Pool(PoolKind::Or) => Class::Or,
            Model::Relay => Class::Relay,
            Model::Readout(_) => Class::Readout,
            Model::Cuba(unit) => unit.class(),
            Model::Input(_) => Class::Input,
        }
    }
}
