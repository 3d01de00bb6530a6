//! Cuts a population into cores: the fewest blocks of a regular grid that respect every limit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Tiling;
use super::fanout::{AXES, Axis, Fanout, Reads, size};
use crate::profile::{Profile, Support, ZeroWeights};
use crate::snn::{Connection, Conv, Network, PopulationId, Projection};

/// What a core holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Usage {
    pub neurons: u64,
    pub memory: u64,
    pub axons_in: u64,
    pub axons_out: u64,
    pub synapses: u64,
}

impl Usage {
    fn max(self, other: Usage) -> Usage {
        Usage {
            neurons: self.neurons.max(other.neurons),
            memory: self.memory.max(other.memory),
            axons_in: self.axons_in.max(other.axons_in),
            axons_out: self.axons_out.max(other.axons_out),
            synapses: self.synapses.max(other.synapses),
        }
    }
}

/// Limits in force for one population.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub neurons: Option<u64>,
    pub memory: Option<u64>,
    pub axons_in: Option<u64>,
    pub axons_out: Option<u64>,
}

impl Bounds {
    pub(super) fn hold(&self, usage: &Usage) -> bool {
        let within = |value: u64, limit: Option<u64>| limit.is_none_or(|l| value <= l);
        within(usage.neurons, self.neurons)
            && within(usage.memory, self.memory)
            && within(usage.axons_in, self.axons_in)
            && within(usage.axons_out, self.axons_out)
    }
}

/// How many indices along an axis concern which projections (a bit each).
type Histogram = BTreeMap<u64, u64>;

/// Bit of a projection. Beyond 64 parallel projections bits are shared, which counts too much.
fn bit(projection: usize) -> u64 {
    1 << (projection % 64)
}

/// Index triples that some projection covers on all three axes.
fn covered(rows: &Histogram, columns: &Histogram, channels: &Histogram) -> u64 {
    let mut sum = 0;
    for (r, rows) in rows {
        for (c, columns) in columns {
            let both = r & c;
            for (k, channels) in channels {
                if both & k != 0 {
                    sum += rows * columns * channels;
                }
            }
        }
    }
    sum
}

/// One block along one axis; all that usage depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    length: u64,
    /// Sources read, by source population.
    reads: Vec<Histogram>,
    /// Synapses, by projection.
    synapses: Vec<u64>,
    /// Destination blocks, by target population.
    fans: Vec<Histogram>,
}

/// A population about to be cut; its targets are cut already.
pub(super) struct Cutter<'a> {
    network: &'a Network,
    id: PopulationId,
    shared: bool,
    neurons_per_unit: u64,
    /// Incoming projections by source population, and the neurons per unit there.
    sources: Vec<(u64, Vec<&'a Projection>)>,
    /// By axis, in the order of `sources` and its projections.
    reads: [Vec<Vec<Reads>>; 3],
    /// By axis, target population and source index.
    fans: [Vec<Vec<Histogram>>; 3],
}

impl<'a> Cutter<'a> {
    pub fn new(
        network: &'a Network,
        profile: &Profile,
        per_unit: &[u64],
        id: PopulationId,
        tilings: &[Option<Tiling>],
    ) -> Cutter<'a> {
        let mut by_source: BTreeMap<PopulationId, Vec<&Projection>> = BTreeMap::new();
        for projection in network.projections.iter().filter(|p| p.target == id) {
            by_source.entry(projection.source).or_default().push(projection);
        }
        let sources: Vec<_> = by_source.into_iter().map(|(s, list)| (per_unit[s], list)).collect();
        let read = |axis| {
            let of = |list: &Vec<&Projection>| {
                list.iter().map(|p| Reads::new(network, p, axis)).collect()
            };
            sources.iter().map(|(_, list)| of(list)).collect()
        };
        let reads = AXES.map(read);
        let targets: BTreeSet<PopulationId> =
            network.projections.iter().filter(|p| p.source == id).map(|p| p.target).collect();
        let mut fans: [Vec<Vec<Histogram>>; 3] = Default::default();
        for target in targets {
            // Populations are in topological order and cut from the last to the first.
            let Some(tiling) = &tilings[target] else { continue };
            let fanout = Fanout::new(network, id, target, tiling, ZeroWeights::Cost);
            fans[0].push(fan_histograms(&fanout.rows));
            fans[1].push(fan_histograms(&fanout.columns));
            fans[2].push(fan_histograms(&fanout.channels));
        }
        Cutter {
            network,
            id,
            shared: profile.capabilities.shared_kernels != Support::None,
            neurons_per_unit: per_unit[id],
            sources,
            reads,
            fans,
        }
    }

    fn stretch(&self, axis: usize, from: usize, to: usize) -> Stretch {
        let mut reads = vec![];
        let mut synapses = vec![];
        for ((_, projections), list) in self.sources.iter().zip(&self.reads[axis]) {
            let source = self.network.populations[projections[0].source].shape;
            let mut masks = vec![0u64; size(source, axis)];
            for (p, read) in list.iter().enumerate() {
                let mut count = 0;
                for run in read.list_of[from..to].chunk_by(|a, b| a == b) {
                    let indices = &read.lists[run[0]];
                    count += (run.len() * indices.len()) as u64;
                    for &i in indices {
                        masks[i] |= bit(p);
                    }
                }
                synapses.push(count);
            }
            let mut histogram = Histogram::new();
            for mask in masks.into_iter().filter(|&m| m != 0) {
                *histogram.entry(mask).or_default() += 1;
            }
            reads.push(histogram);
        }
        let fans = self.fans[axis].iter().map(|by_index| {
            let mut sum = Histogram::new();
            for (mask, count) in by_index[from..to].iter().flatten() {
                *sum.entry(*mask).or_default() += count;
            }
            sum
        });
        Stretch { length: (to - from) as u64, reads, synapses, fans: fans.collect() }
    }

    fn usage(&self, [rows, columns, channels]: [&Stretch; 3]) -> Usage {
        let mut usage = Usage {
            neurons: rows.length * columns.length * channels.length * self.neurons_per_unit,
            ..Usage::default()
        };
        let mut p = 0;
        for (s, (per_unit, projections)) in self.sources.iter().enumerate() {
            usage.axons_in +=
                per_unit * covered(&rows.reads[s], &columns.reads[s], &channels.reads[s]);
            for projection in projections {
                let synapses =
                    per_unit * rows.synapses[p] * columns.synapses[p] * channels.synapses[p];
                usage.synapses += synapses;
                let (taps, tables) = match &projection.connection {
                    // A second neuron has rows of its own; without one, a table of its own.
                    Connection::Conv(Conv { window, negative, .. }) => {
                        let own = if negative.is_empty() { 1 } else { 2 };
                        (window.kernel[0] * window.kernel[1], own.max(*per_unit))
                    }
                    Connection::Pool(window) => (window.kernel[0] * window.kernel[1], *per_unit),
                    Connection::OneToOne => (1, *per_unit),
                };
                // The channel axis has no padding: its synapses are inputs times outputs.
                let weights = if self.shared {
                    taps as u64 * channels.synapses[p]
                } else {
                    rows.synapses[p] * columns.synapses[p] * channels.synapses[p]
                };
                usage.memory += u64::from(self.network.weight_bits) * tables * weights;
                p += 1;
            }
        }
        for ((r, c), k) in rows.fans.iter().zip(&columns.fans).zip(&channels.fans) {
            usage.axons_out += self.neurons_per_unit * covered(r, c, k);
        }
        usage
    }

    /// The distinct stretches when `axis` is cut into `blocks`.
    fn stretches(&self, axis: usize, blocks: usize) -> Vec<Stretch> {
        let edges = edges(size(self.network.populations[self.id].shape, axis), blocks);
        let set: BTreeSet<_> = edges.windows(2).map(|e| self.stretch(axis, e[0], e[1])).collect();
        set.into_iter().collect()
    }

    /// The largest of each usage over the neurons taken one by one.
    pub fn single(&self) -> Usage {
        let shape = self.network.populations[self.id].shape;
        let axes = AXES.map(|axis| self.stretches(axis, size(shape, axis)));
        triples(AXES.map(|a| axes[a].as_slice()))
            .fold(Usage::default(), |max, t| max.max(self.usage(t)))
    }

    /// The fewest blocks within `bounds`, which every single neuron respects; ties go to larger
    /// channel blocks, then to tiles nearer to a square. Cores are numbered later.
    pub fn cut(&self, bounds: &Bounds) -> Tiling {
        let shape = self.network.populations[self.id].shape;
        let counts = AXES.map(|axis| useful_counts(size(shape, axis)));
        let mut candidates = vec![];
        for (r, &rows) in counts[0].iter().enumerate() {
            for (c, &columns) in counts[1].iter().enumerate() {
                for (k, &channels) in counts[2].iter().enumerate() {
                    let (h, w) = (shape.height.div_ceil(rows), shape.width.div_ceil(columns));
                    let block = shape.channels.div_ceil(channels);
                    let neurons = (h * w * block) as u64 * self.neurons_per_unit;
                    if bounds.neurons.is_none_or(|limit| neurons <= limit) {
                        let key = (rows * columns * channels, Reverse(block), h.abs_diff(w), h);
                        candidates.push((key, [r, c, k]));
                    }
                }
            }
        }
        candidates.sort_unstable();
        let mut known: [Vec<Option<Vec<Stretch>>>; 3] =
            AXES.map(|axis| vec![None; counts[axis].len()]);
        let mut chosen = AXES.map(|axis| size(shape, axis));
        for (_, at) in candidates {
            for axis in AXES {
                let blocks = counts[axis][at[axis]];
                known[axis][at[axis]].get_or_insert_with(|| self.stretches(axis, blocks));
            }
            let axes = AXES.map(|axis| known[axis][at[axis]].as_deref().unwrap_or_default());
            if triples(axes).all(|t| bounds.hold(&self.usage(t))) {
                chosen = AXES.map(|axis| counts[axis][at[axis]]);
                break;
            }
        }
        Tiling {
            rows: edges(shape.height, chosen[0]),
            columns: edges(shape.width, chosen[1]),
            channels: edges(shape.channels, chosen[2]),
            cores: vec![],
            neurons_per_unit: self.neurons_per_unit,
        }
    }

    /// What each block of `tiling` holds, in the order of blocks.
    pub fn usages(&self, tiling: &Tiling) -> Vec<Usage> {
        let axes =
            [(0, &tiling.rows), (1, &tiling.columns), (2, &tiling.channels)].map(|(axis, e)| {
                e.windows(2).map(|e| self.stretch(axis, e[0], e[1])).collect::<Vec<_>>()
            });
        triples(AXES.map(|a| axes[a].as_slice())).map(|t| self.usage(t)).collect()
    }
}

/// All combinations, the last axis fastest.
fn triples(axes: [&[Stretch]; 3]) -> impl Iterator<Item = [&Stretch; 3]> {
    let [rows, columns, channels] = axes;
    rows.iter().flat_map(move |r| {
        columns.iter().flat_map(move |c| channels.iter().map(move |k| [r, c, k]))
    })
}

/// Edges of `blocks` blocks of nearly equal length.
fn edges(length: usize, blocks: usize) -> Vec<usize> {
    (0..=blocks).map(|i| i * length / blocks).collect()
}

/// Numbers of blocks that make the longest block shorter than any smaller number does.
fn useful_counts(length: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = (1..=length).collect();
    counts.dedup_by_key(|n| length.div_ceil(*n));
    counts
}

/// By source index: destination blocks by the projections that reach them.
fn fan_histograms(axis: &Axis) -> Vec<Histogram> {
    let by_class: Vec<Histogram> = axis
        .targets
        .iter()
        .map(|targets| {
            let mut masks: BTreeMap<u32, u64> = BTreeMap::new();
            for (p, reached) in targets.iter().enumerate() {
                for &(block, _) in reached {
                    *masks.entry(block).or_default() |= bit(p);
                }
            }
            let mut histogram = Histogram::new();
            for mask in masks.into_values() {
                *histogram.entry(mask).or_default() += 1;
            }
            histogram
        })
        .collect();
    axis.classes.iter().map(|&class| by_class[class as usize].clone()).collect()
}
