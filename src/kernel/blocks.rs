//! Weights of dense convolutions in the order in which kernels read them.
//!
//! A layer's weights are most of what it takes in memory, so they are held once: networks that have
//! been packed ([`Network::packed`](crate::snn::Network::packed)) hold them in this order, and a
//! [`Field`](super::Field) shares them.

use super::lines::Lines;
use crate::snn::{Conv, Shape, Weights};
use std::ops::Range;
use std::sync::Arc;

/// Weights of 8 bits of a convolution, `[block][ky][kx][input][output of the block]`, without those
/// that repeat others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Each weight plus 128; those of outputs that are none are zero.
    lines: Lines,
    /// Of the convolution, along both axes.
    kernel: [usize; 2],
    /// How many neighbours in the kernel, along both axes, have the same weights.
    repeat: [usize; 2],
    inputs: usize,
    outputs: usize,
    /// Outputs of a block: 128, 64 or 32. The last one may have outputs that are none.
    block: usize,
}

/// The order of weights in a network, `[ky][kx][input][output]`, of which the blocks are made.
struct Rows<'a> {
    steps: &'a [i8],
    kernel: [usize; 2],
    /// Weights of a tap.
    tap: usize,
}

impl Rows<'_> {
    fn tap(&self, [ky, kx]: [usize; 2]) -> &[i8] {
        &self.steps[(ky * self.kernel[1] + kx) * self.tap..][..self.tap]
    }

    /// How many neighbours along `axis` of the kernel have the same weights: the stride, where that
    /// divides the kernel and all of them do, else 1.
    fn repeat(&self, axis: usize, stride: usize) -> usize {
        if stride < 2 || !self.kernel[axis].is_multiple_of(stride) {
            return 1;
        }
        let same = |at: [usize; 2]| {
            let mut first = at;
            first[axis] -= at[axis] % stride;
            self.tap(at) == self.tap(first)
        };
        let all = (0..self.kernel[0]).all(|ky| (0..self.kernel[1]).all(|kx| same([ky, kx])));
        if all { stride } else { 1 }
    }
}

impl Blocks {
    /// Those of `conv` from a population of shape `source` to one of `outputs` channels. `None`
    /// where the convolution has another form: groups, gaps, two tables, weights of 16 bits, a part
    /// of the source's channels.
    pub fn new(conv: &Conv, source: Shape, outputs: usize) -> Option<Arc<Blocks>> {
        let inputs = source.channels;
        let plain = conv.groups == 1
            && conv.upsample == [1, 1]
            && conv.window.dilation == [1, 1]
            && conv.negative.is_empty()
            && conv.inputs == (0..inputs)
            && outputs > 0;
        if !plain {
            return None;
        }
        let blocks = match &conv.weights {
            Weights::Blocks(blocks) if blocks.fits(conv, outputs) => Arc::clone(blocks),
            Weights::Bytes(steps) => Arc::new(Blocks::of(steps, conv, outputs)?),
            _ => return None,
        };
        let aligned = (0..2).all(|axis| conv.window.pad[axis].is_multiple_of(blocks.repeat[axis]));
        // A column with its channel is a number of 24 bits.
        (aligned && source.width * inputs < 1 << 24).then_some(blocks)
    }

    /// Of `steps`, the weights of `conv`.
    fn of(steps: &[i8], conv: &Conv, outputs: usize) -> Option<Blocks> {
        let (kernel, inputs) = (conv.window.kernel, conv.inputs.len());
        if steps.len() != kernel[0] * kernel[1] * inputs * outputs {
            return None;
        }
        let rows = Rows { steps, kernel, tap: inputs * outputs };
        let repeat = [0, 1].map(|axis| rows.repeat(axis, conv.window.stride[axis]));
        let cells = [kernel[0] / repeat[0], kernel[1] / repeat[1]];
        // Blocks as wide as they are filled.
        let block =
            [128, 64].into_iter().find(|block| outputs.next_multiple_of(*block) < outputs + 32);
        let block = block.unwrap_or(32);
        let count = cells[0] * cells[1] * inputs;
        // A row of weights is a number of 24 bits, and a row begins below 2^31.
        if count >= 1 << 24 || count * block >= 1 << 31 {
            return None;
        }
        let mut weights = Vec::with_capacity(count * outputs.next_multiple_of(block));
        for first in (0..outputs).step_by(block) {
            for tap in 0..cells[0] * cells[1] {
                let tap = rows.tap([tap / cells[1] * repeat[0], tap % cells[1] * repeat[1]]);
                for input in tap.chunks_exact(outputs) {
                    let held = &input[first..(first + block).min(outputs)];
                    weights.extend(held.iter().map(|&w| biased(w)));
                    weights.extend(std::iter::repeat_n(biased(0), block - held.len()));
                }
            }
        }
        Some(Blocks { lines: Lines::new(&weights), kernel, repeat, inputs, outputs, block })
    }

    /// Whether these can be the weights of `conv`, as they are once made of it.
    fn fits(&self, conv: &Conv, outputs: usize) -> bool {
        let whole = (0..2).all(|axis| conv.window.stride[axis].is_multiple_of(self.repeat[axis]));
        whole
            && (self.kernel, self.inputs, self.outputs)
                == (conv.window.kernel, conv.inputs.len(), outputs)
    }

    /// Weights of the convolution, with those that repeat others.
    pub fn count(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.inputs * self.outputs
    }

    /// Weights of some outputs of a row, of which the network has one for each tap and input.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn get(&self, row: usize, outputs: Range<usize>) -> impl Iterator<Item = i8> {
        let (cell, input) = (self.cell(row / self.inputs), row % self.inputs);
        let blocks = outputs.start / self.block..outputs.end.div_ceil(self.block);
        blocks.flat_map(move |block| {
            let first = block * self.block;
            let held =
                outputs.start.max(first) - first..outputs.end.min(first + self.block) - first;
            self.row(cell, input, block)[held].iter().map(|&byte| plain(byte))
        })
    }

    /// Adds a row of weights, in the order of the network, `count` times to the sums of all
    /// outputs.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn add_row(&self, row: usize, count: i32, sums: &mut [i32]) {
        let weights = self.get(row, 0..self.outputs);
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i32::from(weight) * count);
    }

    /// All weights in the order of the network.
    pub fn steps(&self) -> Vec<i8> {
        let rows = 0..self.kernel[0] * self.kernel[1] * self.inputs;
        rows.flat_map(|row| self.get(row, 0..self.outputs)).collect()
    }

    /// Weights of an input at a place of the kernel, in cells, to the outputs of the first block.
    pub fn narrow(&self, cell: [usize; 2], input: usize) -> impl Iterator<Item = i8> {
        self.row(cell, input, 0)[..self.outputs.min(self.block)].iter().map(|&byte| plain(byte))
    }

    /// Cell of a tap of the convolution.
    fn cell(&self, tap: usize) -> [usize; 2] {
        [tap / self.kernel[1] / self.repeat[0], tap % self.kernel[1] / self.repeat[1]]
    }

    fn row(&self, [ky, kx]: [usize; 2], input: usize, block: usize) -> &[u8] {
        let [rows, columns] = self.cells();
        let row = ((block * rows + ky) * columns + kx) * self.inputs + input;
        &self.lines.bytes()[row * self.block..][..self.block]
    }

    /// The kernel in cells, of which the positions are those that share weights.
    pub fn cells(&self) -> [usize; 2] {
        [self.kernel[0] / self.repeat[0], self.kernel[1] / self.repeat[1]]
    }

    /// Times that a cell of the source is repeated in y and in x.
    pub fn repeat(&self) -> [usize; 2] {
        self.repeat
    }

    /// Output channels.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Outputs of a block.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Block by block; each weight plus 128.
    pub fn bytes(&self) -> &[u8] {
        self.lines.bytes()
    }
}

fn biased(step: i8) -> u8 {
    step as u8 ^ 0x80
}

fn plain(byte: u8) -> i8 {
    (byte ^ 0x80) as i8
}
