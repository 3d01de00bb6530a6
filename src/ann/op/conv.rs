//! Convolutions, grouped and dilated ones included.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::slice::ChunksExact;

use super::taps::{each, under};
use super::{Form, Operator, Tensor, as_many, grouped, not_finite};
use crate::ann::{Shape, Window};
use crate::kernel::copies;

/// `weight` is `[out, in / groups, kh, kw]`, `bias` is `[out]`; zero padding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conv {
    /// Size, stride, padding and dilation of the kernel.
    pub window: Window,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// `[out, in / groups, kh, kw]`.
    pub weight: Vec<f32>,
    /// One per output channel.
    pub bias: Vec<f32>,
}

impl Operator for Conv {
    fn name(&self) -> &'static str {
        "Conv"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let Some([taps, fan, _]) = grouped(&self.window, self.groups, from, out) else {
            return false;
        };
        as_many(&self.weight, [taps, fan, out.channels]) && self.bias.len() == out.channels
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let Tensor { values, shape } = inputs[0];
        conv(values, shape, out, self.window, self.groups, &self.weight, &self.bias)
    }

    fn no_number(&self) -> Option<String> {
        not_finite("weight", &self.weight).or_else(|| not_finite("bias", &self.bias))
    }

    fn form(&self) -> Form<'_> {
        Form::Conv(self)
    }

    fn weights(&self) -> usize {
        self.weight.len()
    }

    fn weights_mut(&mut self) -> Option<&mut Vec<f32>> {
        Some(&mut self.weight)
    }

    fn macs(&self, inputs: &[Shape], out: Shape) -> u64 {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        (out.len() * (inputs[0].channels / self.groups) * taps) as u64
    }
}

/// Input channels whose products are summed up by themselves, one kernel tap after the other; then
/// the sums of all blocks, then the bias. Many small numbers lose less by that than one by one, and
/// inference engines sum so: YOLOX-Nano is nearest to onnxruntime with these.
const BLOCK: usize = 16;

/// Values of a channel's rows that are summed up together: they stay in the first-level cache while
/// all inputs pass.
const TILE: usize = 4096;

/// Adds whole rows, one kernel tap at a time, so that the inner loop runs over contiguous memory.
fn conv(
    x: &[f32],
    from: Shape,
    to: Shape,
    w: Window,
    groups: usize,
    weight: &[f32],
    bias: &[f32],
) -> Vec<f32> {
    let (fan, per_group) = (from.channels / groups, to.channels / groups);
    let (taps, in_plane, plane) =
        (w.kernel[0] * w.kernel[1], from.height * from.width, to.height * to.width);
    let mut out = vec![0.0; to.len()];
    if to.width < NARROW && taps > 1 && per_group.is_multiple_of(TOGETHER) {
        let mut cells = vec![vec![]; plane];
        for tap in 0..taps {
            for (own, start) in under(tap, w, from, to, 0..to.height) {
                own.zip((start..).step_by(w.stride[1]))
                    .for_each(|(o, cell)| cells[o].push((tap, cell)));
            }
        }
        out.par_chunks_mut((TOGETHER * plane).max(1)).enumerate().for_each(|(block, planes)| {
            let oc = block * TOGETHER;
            let inputs = x[oc / per_group * fan * in_plane..][..fan * in_plane]
                .chunks_exact(in_plane.max(1));
            let weight = &weight[oc * fan * taps..][..TOGETHER * fan * taps];
            add_together(planes, inputs, weight, &bias[oc..oc + TOGETHER], &cells);
        });
        return out;
    }
    out.par_chunks_mut(plane.max(1)).enumerate().for_each(|(oc, acc)| {
        let inputs = &x[oc / per_group * fan * in_plane..][..fan * in_plane];
        add_inputs(acc, inputs, &weight[oc * fan * taps..][..fan * taps], from, to, w);
        acc.iter_mut().for_each(|sum| *sum += bias[oc]);
    });
    out
}

copies! {
    /// Adds to one channel of zeros, row after row, what its inputs bring; an output sums blocks of
    /// inputs and taps in their order, whatever the instructions.
    fn add_inputs(
        acc: &mut [f32],
        inputs: &[f32],
        weight: &[f32],
        from: Shape,
        to: Shape,
        w: Window,
    ) {
        let (taps, in_plane) = (w.kernel[0] * w.kernel[1], (from.height * from.width).max(1));
        let pointwise = taps == 1 && w.stride == [1, 1] && w.pad == [0, 0] && in_plane == acc.len();
        let rows = (TILE / to.width.max(1)).max(1);
        let mut part = vec![0.0; acc.len()];
        for y in (0..to.height).step_by(rows) {
            let rows = y..(y + rows).min(to.height);
            let tile = rows.start * to.width..rows.end * to.width;
            let blocks = inputs.chunks(BLOCK * in_plane).zip(weight.chunks(BLOCK * taps));
            for (inputs, weight) in blocks {
                part[tile.clone()].fill(0.0);
                for tap in 0..taps {
                    let kernels = weight.iter().skip(tap).step_by(taps);
                    for (source, &k) in inputs.chunks_exact(in_plane).zip(kernels) {
                        if pointwise {
                            let (sums, source) = (&mut part[tile.clone()], &source[tile.clone()]);
                            each(sums, source, 1, |a, v| a + k * v);
                            continue;
                        }
                        for (own, start) in under(tap, w, from, to, rows.clone()) {
                            each(&mut part[own], &source[start..], w.stride[1], |a, v| a + k * v);
                        }
                    }
                }
                each(&mut acc[tile.clone()], &part[tile.clone()], 1, |a, v| a + v);
            }
        }
    }
}

/// Channels that are summed up together, where rows have fewer than [`NARROW`] outputs.
const TOGETHER: usize = 64;
const NARROW: usize = 32;

copies! {
    /// As [`add_inputs`] for [`TOGETHER`] channels, position by position; `cells` are, for each,
    /// the taps that lie inside and what they read.
    fn add_together(
        planes: &mut [f32],
        inputs: ChunksExact<f32>,
        weight: &[f32],
        bias: &[f32],
        cells: &[Vec<(usize, usize)>],
    ) {
        let each = weight.len() / TOGETHER;
        let mut rows = vec![[0.0f32; TOGETHER]; each];
        for (channel, kernel) in weight.chunks_exact(each.max(1)).enumerate() {
            rows.iter_mut().zip(kernel).for_each(|(row, &k)| row[channel] = k);
        }
        let (taps, plane) = (each / inputs.len().max(1), cells.len());
        let inputs: Vec<&[f32]> = inputs.collect();
        for (position, cells) in cells.iter().enumerate() {
            let mut sums = [0.0f32; TOGETHER];
            for (inputs, rows) in inputs.chunks(BLOCK).zip(rows.chunks(BLOCK * taps.max(1))) {
                let mut part = [0.0f32; TOGETHER];
                for &(tap, cell) in cells {
                    for (source, rows) in inputs.iter().zip(rows.chunks_exact(taps.max(1))) {
                        let v = source[cell];
                        part.iter_mut().zip(&rows[tap]).for_each(|(sum, k)| *sum += k * v);
                    }
                }
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
            let outputs = planes.iter_mut().skip(position).step_by(plane);
            outputs.zip(sums.iter().zip(bias)).for_each(|(out, (sum, bias))| *out = sum + bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channels together and one by one give the same bits; groups, borders, strides and dilations
    /// included.
    #[test]
    fn narrow_planes_sum_as_rows_do() {
        let value = |n: usize| ((n * 7919 % 1009) as f32 - 500.0) / 97.0;
        for (groups, stride, pad, dilation) in
            [(1, 1, 1, 1), (2, 2, 1, 1), (1, 1, 2, 2), (2, 3, 0, 1)]
        {
            let from = Shape { height: 9, width: 11, channels: 6 };
            let w = Window {
                kernel: [3, 2],
                stride: [stride; 2],
                pad: [pad; 2],
                dilation: [dilation; 2],
            };
            let size = |axis: usize, all: usize| {
                (all + 2 * pad - dilation * (w.kernel[axis] - 1) - 1) / stride + 1
            };
            let to = Shape { height: size(0, 9), width: size(1, 11), channels: 2 * TOGETHER };
            let fan = from.channels / groups;
            let x: Vec<f32> = (0..from.len()).map(value).collect();
            let weight: Vec<f32> = (0..to.channels * fan * 6).map(|n| value(n + 5)).collect();
            let bias: Vec<f32> = (0..to.channels).map(|n| value(n + 3)).collect();
            let together = conv(&x, from, to, w, groups, &weight, &bias);
            let plane = to.height * to.width;
            for oc in 0..to.channels {
                let inputs = &x[oc * groups / to.channels * fan * from.height * from.width..]
                    [..fan * from.height * from.width];
                let mut alone = vec![bias[oc]; plane];
                add_inputs(&mut alone, inputs, &weight[oc * fan * 6..][..fan * 6], from, to, w);
                assert_eq!(alone, together[oc * plane..][..plane], "channel {oc} of {to:?}");
            }
        }
    }
}
