//! Which cores a spike reaches, and with how many synapses: products over rows, columns and
//! channels, because projections and tilings are regular on each of these axes.

mod nonzero;

use std::collections::BTreeMap;

use super::{CoreId, Mapping, Tiling};
use crate::kernel::source_index;
use crate::profile::ZeroWeights;
use crate::snn::{Connection, Network, PopulationId, Projection, Shape};

/// Rows, columns, channels.
pub(super) const AXES: [usize; 3] = [0, 1, 2];

/// Size of a shape along an axis.
pub(super) fn size(shape: Shape, axis: usize) -> usize {
    [shape.height, shape.width, shape.channels][axis]
}

/// What the targets of a projection read along one axis.
pub(super) struct Reads {
    /// Index into `lists` by target index; equal neighbours share one list.
    pub list_of: Vec<usize>,
    /// Source indices, repeated where several taps read the same.
    pub lists: Vec<Vec<usize>>,
}

impl Reads {
    pub fn new(network: &Network, projection: &Projection, axis: usize) -> Reads {
        let source = size(network.populations[projection.source].shape, axis);
        let target = size(network.populations[projection.target].shape, axis);
        match &projection.connection {
            Connection::Conv(conv) if axis == 2 => {
                let (inputs, outputs) = (conv.inputs.len() / conv.groups, target / conv.groups);
                let first = |group: usize| conv.inputs.start + group * inputs;
                Reads {
                    list_of: (0..target).map(|o| o / outputs).collect(),
                    lists: (0..conv.groups).map(|g| (first(g)..first(g + 1)).collect()).collect(),
                }
            }
            Connection::Conv(conv) => Reads::each(target, |o| {
                (0..conv.window.kernel[axis])
                    .filter_map(|k| source_index(conv, axis, o, k, source))
                    .collect()
            }),
            Connection::Pool(window) if axis < 2 => Reads::each(target, |o| {
                (0..window.kernel[axis])
                    .filter_map(|k| {
                        (o * window.stride[axis] + k * window.dilation[axis])
                            .checked_sub(window.pad[axis])
                    })
                    .filter(|&at| at < source)
                    .collect()
            }),
            Connection::Pool(_) | Connection::OneToOne => Reads::each(target, |o| vec![o]),
        }
    }

    fn each(target: usize, list: impl Fn(usize) -> Vec<usize>) -> Reads {
        Reads { list_of: (0..target).collect(), lists: (0..target).map(list).collect() }
    }
}

/// Target blocks along one axis and the synapses there, by projection.
pub type Targets = Vec<Vec<(u32, u64)>>;

/// By projection, what tells apart the weights that lie between a source index and each block of
/// its [`Targets`]: taps of the kernel, or the input channel. Empty where zeros count like others.
pub(super) type Taps = Vec<Vec<Vec<u32>>>;

/// One axis of a [`Fanout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Class by source row, column or channel; members of a class reach the same blocks alike.
    pub classes: Vec<u32>,
    /// By class.
    pub targets: Vec<Targets>,
    /// By class.
    taps: Vec<Taps>,
}

impl Axis {
    fn new(
        network: &Network,
        projections: &[&Projection],
        axis: usize,
        edges: &[usize],
        zeros: ZeroWeights,
    ) -> Axis {
        let sources =
            projections.first().map_or(0, |p| size(network.populations[p.source].shape, axis));
        let mut by_source: Vec<Targets> = vec![vec![vec![]; projections.len()]; sources];
        for (p, projection) in projections.iter().enumerate() {
            let reads = Reads::new(network, projection, axis);
            for (block, edge) in edges.windows(2).enumerate() {
                for run in reads.list_of[edge[0]..edge[1]].chunk_by(|a, b| a == b) {
                    for &source in &reads.lists[run[0]] {
                        let reached = &mut by_source[source][p];
                        match reached.last_mut() {
                            Some(last) if last.0 == block as u32 => last.1 += run.len() as u64,
                            _ => reached.push((block as u32, run.len() as u64)),
                        }
                    }
                }
            }
        }
        let told = match zeros {
            ZeroWeights::Cost => vec![vec![]; sources],
            ZeroWeights::Skipped => nonzero::taps(network, projections, axis, edges, &by_source),
        };
        let mut known = BTreeMap::new();
        let (mut targets, mut taps) = (vec![], vec![]);
        let mut classes = Vec::with_capacity(sources);
        for (reached, told) in by_source.into_iter().zip(told) {
            let next = targets.len() as u32;
            classes.push(*known.entry((reached.clone(), told.clone())).or_insert_with(|| {
                targets.push(reached);
                taps.push(told);
                next
            }));
        }
        Axis { classes, targets, taps }
    }

    /// Blocks and synapses that source index `i` reaches, by projection.
    pub fn of(&self, i: usize) -> &Targets {
        &self.targets[self.classes[i] as usize]
    }

    /// What tells the weights to these blocks apart.
    fn taps_of(&self, i: usize) -> &Taps {
        &self.taps[self.classes[i] as usize]
    }
}

/// Destinations of the neurons of one population in another, over all projections between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fanout {
    /// Population that sends.
    pub source: PopulationId,
    /// Population that receives.
    pub target: PopulationId,
    /// Classes of its rows, and blocks of rows that they reach.
    pub rows: Axis,
    /// Classes of its columns, and blocks of columns that they reach.
    pub columns: Axis,
    /// Classes of its channels, and blocks of channels that they reach.
    pub channels: Axis,
    /// Blocks of the target along columns and channels.
    blocks: [usize; 2],
    cores: Vec<CoreId>,
    /// By projection, weights other than zero, where only these make operations.
    nonzero: Vec<Option<nonzero::Table>>,
}

impl Fanout {
    /// From `source` to `target`, whose cut is `tiling`.
    pub fn new(
        network: &Network,
        source: PopulationId,
        target: PopulationId,
        tiling: &Tiling,
        zeros: ZeroWeights,
    ) -> Fanout {
        let projections: Vec<&Projection> = network
            .projections
            .iter()
            .filter(|p| p.source == source && p.target == target)
            .collect();
        Fanout {
            source,
            target,
            rows: Axis::new(network, &projections, 0, &tiling.rows, zeros),
            columns: Axis::new(network, &projections, 1, &tiling.columns, zeros),
            channels: Axis::new(network, &projections, 2, &tiling.channels, zeros),
            blocks: [tiling.columns.len() - 1, tiling.channels.len() - 1],
            cores: tiling.cores.clone(),
            nonzero: match zeros {
                ZeroWeights::Cost => vec![],
                ZeroWeights::Skipped => projections
                    .iter()
                    .map(|p| nonzero::Table::new(network, p, &tiling.channels))
                    .collect(),
            },
        }
    }

    /// All pairs of populations with at least one projection, by source, then target.
    pub fn all(network: &Network, mapping: &Mapping, zeros: ZeroWeights) -> Vec<Fanout> {
        let mut pairs: Vec<_> = network.projections.iter().map(|p| (p.source, p.target)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let of = |(s, t): (_, usize)| Fanout::new(network, s, t, &mapping.tilings[t], zeros);
        pairs.into_iter().map(of).collect()
    }

    /// Shows the cores that a spike of source neuron `(y, x, c)` reaches, each once, and the
    /// synaptic operations there, summed over the projections; in the order of blocks.
    pub fn each_destination(&self, [y, x, c]: [usize; 3], mut visit: impl FnMut(CoreId, u64)) {
        let (rows, columns, channels) = (self.rows.of(y), self.columns.of(x), self.channels.of(c));
        if !self.nonzero.is_empty() {
            return self.each_nonzero([y, x, c], visit);
        }
        if let ([rows], [columns], [channels]) = (&rows[..], &columns[..], &channels[..]) {
            for &(row, in_row) in rows {
                for &(column, in_column) in columns {
                    let cores = &self.cores[self.block(row, column, 0)..];
                    for &(channel, in_channel) in channels {
                        visit(cores[channel as usize], in_row * in_column * in_channel);
                    }
                }
            }
            return;
        }
        let mut reached: BTreeMap<usize, u64> = BTreeMap::new();
        for ((rows, columns), channels) in rows.iter().zip(columns).zip(channels) {
            for &(row, in_row) in rows {
                for &(column, in_column) in columns {
                    for &(channel, in_channel) in channels {
                        let block = self.block(row, column, channel);
                        *reached.entry(block).or_default() += in_row * in_column * in_channel;
                    }
                }
            }
        }
        reached.into_iter().for_each(|(block, synapses)| visit(self.cores[block], synapses));
    }

    /// The same where weights of zero make no operation; their packets still arrive.
    fn each_nonzero(&self, [y, x, c]: [usize; 3], mut visit: impl FnMut(CoreId, u64)) {
        let axes = [(&self.rows, y), (&self.columns, x), (&self.channels, c)];
        let [rows, columns, channels] = axes.map(|(axis, i)| axis.of(i));
        let [row_taps, column_taps, _] = axes.map(|(axis, i)| axis.taps_of(i));
        let mut reached: BTreeMap<usize, u64> = BTreeMap::new();
        for (p, table) in self.nonzero.iter().enumerate() {
            for (r, &(row, in_row)) in rows[p].iter().enumerate() {
                for (n, &(column, in_column)) in columns[p].iter().enumerate() {
                    for &(channel, in_channel) in &channels[p] {
                        let operations = match table {
                            Some(table) => {
                                let taps = [&row_taps[p][r][..], &column_taps[p][n]];
                                table.operations(taps, c, channel)
                            }
                            None => in_row * in_column * in_channel,
                        };
                        *reached.entry(self.block(row, column, channel)).or_default() += operations;
                    }
                }
            }
        }
        reached.into_iter().for_each(|(block, operations)| visit(self.cores[block], operations));
    }

    /// Whether destinations and operations are products over the axes: one projection makes them,
    /// and its zeros count like other weights.
    pub fn is_product(&self) -> bool {
        self.nonzero.is_empty() && self.channels.targets.iter().all(|targets| targets.len() == 1)
    }

    /// Blocks of the target along rows, columns and channels.
    pub fn blocks(&self) -> [usize; 3] {
        let [columns, channels] = self.blocks;
        [self.cores.len() / (columns * channels), columns, channels]
    }

    /// Core of every block, rows first, channels last.
    pub fn cores(&self) -> &[CoreId] {
        &self.cores
    }

    fn block(&self, row: u32, column: u32, channel: u32) -> usize {
        (row as usize * self.blocks[0] + column as usize) * self.blocks[1] + channel as usize
    }
}
