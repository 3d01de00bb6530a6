//! Operations of chips that skip weights of zero: no product over the axes, but a sum over taps.

use super::{Taps, Targets, size};
use crate::kernel::source_index;
use crate::snn::{Connection, Conv, Network, Projection};

/// By source index: what tells the weights between it and the blocks of `reached` apart.
pub(super) fn taps(
    network: &Network,
    projections: &[&Projection],
    axis: usize,
    edges: &[usize],
    reached: &[Targets],
) -> Vec<Taps> {
    let blocks = |targets: &Targets| targets.iter().map(|t| vec![vec![]; t.len()]).collect();
    let mut all: Vec<Taps> = reached.iter().map(blocks).collect();
    for (p, projection) in projections.iter().enumerate() {
        let Connection::Conv(conv) = &projection.connection else { continue };
        if axis == 2 {
            // Every input channel has weights of its own.
            for (c, taps) in all.iter_mut().enumerate() {
                taps[p].iter_mut().for_each(|taps| taps.push(c as u32));
            }
            continue;
        }
        let source = size(network.populations[projection.source].shape, axis);
        for (block, edge) in edges.windows(2).enumerate() {
            for o in edge[0]..edge[1] {
                for k in 0..conv.window.kernel[axis] {
                    let Some(at) = source_index(conv, axis, o, k, source) else { continue };
                    let block = reached[at][p].iter().position(|&(b, _)| b as usize == block);
                    if let Some(block) = block {
                        all[at][p][block].push(k as u32);
                    }
                }
            }
        }
    }
    // In one order, so that equal ones meet in a class.
    all.iter_mut().flatten().flatten().for_each(|taps| taps.sort_unstable());
    all
}

/// Weights of a convolution that are not zero, for spikes of one sign at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// By tap, input channel and block of output channels.
    counts: Vec<u32>,
    columns: usize,
    /// The first input channel, and how many there are.
    first: usize,
    inputs: usize,
    blocks: usize,
}

impl Table {
    /// `None` where there are no weights. `edges` cut the target's channels into blocks.
    pub fn new(network: &Network, projection: &Projection, edges: &[usize]) -> Option<Table> {
        let Connection::Conv(conv) = &projection.connection else { return None };
        let outputs = network.populations[projection.target].shape.channels / conv.groups.max(1);
        let [rows, columns] = conv.window.kernel;
        let (inputs, blocks) = (conv.inputs.len(), edges.len() - 1);
        let mut table = Table { counts: vec![], columns, first: conv.inputs.start, inputs, blocks };
        for row in 0..rows * columns * inputs {
            table.counts.extend(in_blocks(conv, row, outputs, edges));
        }
        Some(table)
    }

    /// Weights other than zero of input channel `c` to a block of output channels, over the taps of
    /// `rows` with those of `columns`.
    pub fn operations(&self, [rows, columns]: [&[u32]; 2], c: usize, block: u32) -> u64 {
        let Some(input) = c.checked_sub(self.first) else { return 0 };
        let at = |row: &u32, column: &u32| {
            let tap = *row as usize * self.columns + *column as usize;
            u64::from(self.counts[(tap * self.inputs + input) * self.blocks + block as usize])
        };
        rows.iter().map(|row| columns.iter().map(|column| at(row, column)).sum::<u64>()).sum()
    }
}

/// By block of output channels: weights of `row`, a tap of an input channel, that are not zero.
fn in_blocks(conv: &Conv, row: usize, outputs: usize, edges: &[usize]) -> Vec<u32> {
    let per_group = (conv.inputs.len() / conv.groups.max(1)).max(1);
    let first = row % conv.inputs.len() / per_group * outputs;
    let of = |edge: &[usize]| {
        // Only the outputs of its own group read it.
        let within = |at: usize| at.clamp(first, first + outputs) - first;
        let block = within(edge[0])..within(edge[1]);
        let mut lies = vec![false; block.len()];
        for weights in [&conv.weights, &conv.negative].into_iter().filter(|w| !w.is_empty()) {
            weights.row(row, outputs, block.clone(), |o, weight| {
                lies[o - block.start] |= weight != 0;
            });
        }
        lies.into_iter().map(u32::from).sum()
    };
    edges.windows(2).map(of).collect()
}
