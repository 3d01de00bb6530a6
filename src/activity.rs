//! What happened: event counts per step, layer, core and link, and the times of each step.
//!
//! The one thing the engine writes. No joule stands here; `energy` prices it, again and again if
//! wanted. Counts of neuron and synapse events are kept by cost class (see the two name lists).
//!
//! ```
//! use spikemesh::activity::Counts;
//!
//! // One class of neurons, one of synapses.
//! let mut run = Counts::new(1, 1);
//! let step = Counts { packets: 3, synaptic_operations: vec![40], ..Counts::new(1, 1) };
//! run.add(&step);
//! run.add(&step);
//! assert_eq!((run.packets, run.total_synaptic_operations()), (6, 80));
//! ```

mod conservation;
mod flows;
mod histogram;
mod spikes;

use crate::profile::{Hops, UpdateRule};
pub use conservation::{Unsound, check};
pub use flows::{Busiest, Flow, PARTNERS};
pub use histogram::{Bin, Histogram};
use serde::{Deserialize, Serialize};
pub use spikes::Spikes;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// What a run did: every event, by step, layer, core and link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Neuron classes; index of the soma vectors in [`Counts`].
    pub soma_classes: Vec<String>,
    /// Synapse classes; index of [`Counts::synaptic_operations`].
    pub synapse_classes: Vec<String>,
    /// Steps of one inference (T), without the fill of the pipeline.
    pub inference_steps: u64,
    /// Depth of the network: steps of the fill.
    pub depth: u64,
    /// Every step, the fill included, in order.
    pub steps: Vec<Step>,
    /// Populations of the network; of a network from CSV its model classes.
    pub layers: Vec<Layer>,
    /// Every core in use.
    pub cores: Vec<CoreActivity>,
    /// Links that carried packets, over the whole run.
    pub links: Vec<Link>,
    /// Of each core, its partners of most packets, as [`Busiest`] keeps them.
    #[serde(default)]
    pub flows: Vec<Flow>,
    /// Multiply-accumulates of the analogue input layer, once per image.
    pub input_macs: u64,
    /// Bias writes into the first layer, one per neuron and image.
    pub input_writes: u64,
    /// Numbers that a host makes of the heads, once per image.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub host_operations: u64,
    /// Membranes clamped to the chip's width, summed over neurons and steps.
    pub saturations: u64,
    /// Chips that are powered.
    pub chips: u64,
    /// Half width of the 95 % interval of the time of all steps; 0 unless timing is `sampled`.
    pub time_error_ps: u64,
    /// Of a chip without steps: when the first spike left a head, or the first packet reached one,
    /// if any did.
    #[serde(default)]
    pub first_output_ps: Option<u64>,
    /// Latencies of all packets that were moved, as [`PacketLatency`] has them.
    #[serde(default)]
    pub latencies: Histogram,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Counts of events. `packets` and `hops` belong to the sender, `packets_in`, synaptic and pool
/// operations to the receiver; all stand in the step of the spike. In sums over everything
/// `packets == packets_in`, but where packets fork: one that is sent is received by several cores.
/// What else holds between sums is [`check`]ed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Visits of mapped neurons, by soma class.
    pub accesses: Vec<u64>,
    /// Neurons that received input or fired, by soma class ([`UpdateRule::Input`]).
    pub updates_input: Vec<u64>,
    /// The same under [`UpdateRule::InputOrState`].
    pub updates_state: Vec<u64>,
    /// Times a soma paid for a spike, by soma class: spikes, or events where bursts are graded.
    pub firings: Vec<u64>,
    /// Spikes; a burst of n counts n.
    pub spikes: u64,
    /// Neurons that fired, whatever the burst.
    pub events: u64,
    /// By synapse class.
    pub synaptic_operations: Vec<u64>,
    /// Reads of pool units and relays.
    pub pool_operations: u64,
    /// Packets sent; one that forks is one.
    pub packets: u64,
    /// Packets received; of one that forks, a copy at every core that it reaches.
    pub packets_in: u64,
    /// Packets (of the sender) that stay within their tile, or leave a copy there.
    pub local_packets: u64,
    /// Links crossed within chips, by direction.
    pub hops: Hops<u64>,
    /// Links crossed between chips.
    pub chip_links: u64,
}

impl Counts {
    /// All zero, with room for the given numbers of soma and synapse classes.
    pub fn new(soma_classes: usize, synapse_classes: usize) -> Self {
        Counts {
            accesses: vec![0; soma_classes],
            updates_input: vec![0; soma_classes],
            updates_state: vec![0; soma_classes],
            firings: vec![0; soma_classes],
            synaptic_operations: vec![0; synapse_classes],
            ..Counts::default()
        }
    }

    /// Adds `other`, class by class.
    pub fn add(&mut self, other: &Counts) {
        let pairs = [
            (&mut self.accesses, &other.accesses),
            (&mut self.updates_input, &other.updates_input),
            (&mut self.updates_state, &other.updates_state),
            (&mut self.firings, &other.firings),
            (&mut self.synaptic_operations, &other.synaptic_operations),
        ];
        for (mine, theirs) in pairs {
            for (m, t) in mine.iter_mut().zip(theirs) {
                *m += t;
            }
        }
        self.spikes += other.spikes;
        self.events += other.events;
        self.pool_operations += other.pool_operations;
        self.packets += other.packets;
        self.packets_in += other.packets_in;
        self.local_packets += other.local_packets;
        self.hops += other.hops;
        self.chip_links += other.chip_links;
    }

    /// Links crossed, chip borders included: every packet's distance in tiles.
    pub fn total_hops(&self) -> u64 {
        self.hops.total() + self.chip_links
    }

    /// Neurons that were visited, over all soma classes.
    pub fn total_accesses(&self) -> u64 {
        self.accesses.iter().sum()
    }

    /// Neurons updated under `rule`, by soma class.
    pub fn updates(&self, rule: UpdateRule) -> &[u64] {
        match rule {
            UpdateRule::Input => &self.updates_input,
            UpdateRule::InputOrState => &self.updates_state,
        }
    }

    /// Synaptic operations, over all synapse classes.
    pub fn total_synaptic_operations(&self) -> u64 {
        self.synaptic_operations.iter().sum()
    }
}

/// Picoseconds if every event takes what the low, nominal and high ends of the chip's latencies
/// say. Sums and products that do not fit stay at the largest number, which [`check`] refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// Least, at the low latencies.
    pub low: u64,
    /// At the nominal latencies.
    pub nominal: u64,
    /// Most, at the high latencies.
    pub high: u64,
}

impl Span {
    /// A time without a band.
    pub fn exactly(ps: u64) -> Span {
        Span { low: ps, nominal: ps, high: ps }
    }

    /// The later of the two at each end.
    pub fn max(self, other: Span) -> Span {
        self.zip(other, u64::max)
    }

    fn zip(self, other: Span, f: impl Fn(u64, u64) -> u64) -> Span {
        Span {
            low: f(self.low, other.low),
            nominal: f(self.nominal, other.nominal),
            high: f(self.high, other.high),
        }
    }
}

impl Add for Span {
    type Output = Span;

    #[inline]
    fn add(self, other: Span) -> Span {
        self.zip(other, u64::saturating_add)
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Mul<u64> for Span {
    type Output = Span;

    #[inline]
    fn mul(self, count: u64) -> Span {
        self.zip(Span::exactly(count), u64::saturating_mul)
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Span>>(spans: I) -> Span {
        spans.fold(Span::default(), Span::add)
    }
}

impl Activity {
    /// From the first step to the end of the last.
    pub fn time(&self) -> Span {
        self.steps.iter().map(|step| step.timing.total).sum()
    }
}

/// Counts and times of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Events of the step.
    pub counts: Counts,
    /// How long the step took.
    pub timing: StepTiming,
}

/// Times of one step in picoseconds, at nominal latencies but for `total`, whose nominal time is
/// the longer of generation and receipt, the network's part and the synchronisation together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepTiming {
    /// Longest generation time (soma and axon-out) of a core; 0 without steps, where cores send
    /// beside receiving.
    pub generation_ps: u64,
    /// Longest receive time (axon-in, synapses, dendrite) of a core; without steps, of its service
    /// in the period.
    pub receive_ps: u64,
    /// Of chips whose cores generate and receive one after the other: both of the busiest core,
    /// whose times the two above then are. `None` where the two overlap.
    #[serde(default)]
    pub work_ps: Option<u64>,
    /// Time by which the network makes the step longer than the two above (0 under `analytic`).
    pub network_ps: u64,
    /// Synchronisation; without steps, the time of the period in which the busiest core served no
    /// packet.
    pub sync_ps: u64,
    /// The step, synchronisation included. Of its ends, the work of the cores is what their events
    /// take at that end; the network's part is scaled by the farthest that any latency of the chip
    /// lies from its nominal one. Without steps (`async`) the ends are the nominal time: other
    /// latencies would be another order of events.
    pub total: Span,
    /// Core with the longest generation or receive time, whichever is longer.
    pub busiest_core: u32,
    /// Under `tick`: the work did not fit into the period.
    pub overrun: bool,
    /// Latency of packets from being sent to the moment that their core begins to serve them, where
    /// they were moved.
    pub packet_latency: Option<PacketLatency>,
    /// How long packets waited on their way, where they were moved.
    #[serde(default)]
    pub waits: Option<Waits>,
    /// What the network did to the order of spikes, where packets were moved.
    #[serde(default)]
    pub order: Option<SpikeOrder>,
    /// Under `links`: packets that came to a port as full as the chip's are.
    pub overfull: u64,
    /// Under `sampled`: the network's part was not measured in this step but interpolated.
    pub estimated: bool,
}

impl StepTiming {
    /// The work of the busiest core, picoseconds: the longer of its two parts, or their sum.
    pub fn work(&self) -> u64 {
        self.work_ps.unwrap_or(self.generation_ps.max(self.receive_ps))
    }
}

/// Latencies of the packets of a step, from injection to the start of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PacketLatency {
    /// Median, picoseconds.
    pub p50_ps: u64,
    /// 99th percentile, picoseconds.
    pub p99_ps: u64,
    /// Longest, picoseconds.
    pub max_ps: u64,
}

/// Times that packets waited, summed over the packets of a step; without steps, in the period in
/// which the wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Waits {
    /// At links: from arrival at the port to departure over the link.
    pub links_ps: u64,
    /// The part of it in which the first packet of a port could not leave over its free link,
    /// because the next FIFO was full.
    pub blocked_ps: u64,
    /// At their cores: from the time at which they are sent until the first FIFO has room for them.
    pub injection_ps: u64,
}

/// How the network changed the times and the order of spikes, after SpiNeMap (Balaji et al. 2020).
///
/// The inter-spike interval of a neuron is the time between two of its spikes that follow each
/// other. With `sent` and `received` the times of spike i of a neuron, and of its packet to one
/// destination core, the distortion is
///
/// `| (received[i] - received[i-1]) - (sent[i] - sent[i-1]) |`
///
/// and, as a step begins at one time for all cores, equal to the difference of the two packets'
/// latencies. It stands in the step of spike i. A packet is out of order if its core has received
/// one before it that was sent later in the same step. The quantities are SpiNeMap's; its own
/// equations could not be opened to compare, and these are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpikeOrder {
    /// Packets received.
    pub packets: u64,
    /// Packets received out of order.
    pub disordered: u64,
    /// Intervals measured: those of the neurons that are watched.
    pub intervals: u64,
    /// Sum of their distortions, picoseconds.
    pub distortion_ps: u64,
    /// Largest single distortion, picoseconds.
    pub distortion_max_ps: u64,
}

/// One population of the network, and what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Name of the layer.
    pub name: String,
    /// Model class.
    pub class: String,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// Steps by which it starts after the first layer.
    pub depth: usize,
    /// Chip neurons (two per unit where signs take a second neuron).
    pub neurons: u64,
    /// Synapses into it.
    pub synapses: u64,
    /// Cores that hold it.
    pub cores: u64,
    /// Events of its neurons and synapses over the run.
    pub counts: Counts,
    /// Spikes of each step, the fill included.
    pub spikes_per_step: Vec<u64>,
    /// Spikes by position `[height][width]`, summed over channels and steps.
    pub spikes_per_position: Vec<u64>,
    /// Synaptic operations that read a weight other than zero, where the spikes of each neuron in
    /// the run say how many there were: none of signed spikes, of pools and of chips without steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonzero_operations: Option<u64>,
    /// Set for networks from CSV, whose layers are model classes without a shape.
    pub shapeless: bool,
}

/// One core, what it holds and what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoreActivity {
    /// Global tile column.
    pub x: usize,
    /// Global tile row.
    pub y: usize,
    /// Core within the tile.
    pub slot: usize,
    /// Index into `layers`, if the core belongs to one.
    pub layer: Option<usize>,
    /// Chip neurons that it holds.
    pub neurons: u64,
    /// Bits of synapse memory that it uses.
    pub synapse_memory_bits: u64,
    /// Axons in: source neurons whose packets it receives.
    pub axons_in: u64,
    /// Axons out: destination cores, summed over its neurons.
    pub axons_out: u64,
    /// Events of the core over the run.
    pub counts: Counts,
}

/// One neuron that fired in one step. Plain memory, so that other programs can look at it where it
/// lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(C)]
pub struct SpikeRecord {
    /// 1-based.
    pub step: u32,
    /// Index into [`Activity::layers`]; [`SpikeRecord::NO_LAYER`] for networks from CSV.
    pub layer: i32,
    /// Index within the layer, `[height, width, channels]`; of all neurons for networks from CSV.
    pub neuron: u32,
    /// Signed spikes of the step.
    pub count: i16,
}

impl SpikeRecord {
    /// Stands in place of a layer where there is none.
    pub const NO_LAYER: i32 = -1;

    /// Its layer, if it has one.
    pub fn of_layer(&self) -> Option<usize> {
        usize::try_from(self.layer).ok()
    }
}

/// Packets over one link of the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Tile that the link leaves, `[x, y]`.
    pub from: [usize; 2],
    /// Tile that it enters, `[x, y]`.
    pub to: [usize; 2],
    /// Crosses a chip border.
    pub between_chips: bool,
    /// Packets that crossed it.
    pub packets: u64,
    /// Where packets were moved: time that they waited at its port, in all.
    pub stall_ps: u64,
    /// The part of it in which the first of them waited for a full FIFO, as in
    /// [`Waits::blocked_ps`].
    #[serde(default)]
    pub blocked_ps: u64,
}
