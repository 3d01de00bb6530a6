//! Runs a [`Graph`] in `f32`: the reference that every conversion is judged by.

use rayon::prelude::*;
use std::ops::Range;
use std::slice::ChunksExact;

use crate::kernel::copies;

use super::{Graph, Node, NodeId, Op, Shape, Window};

/// Why a graph could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the input has {found} numbers, the network needs {needed}")]
    InputLength { found: usize, needed: usize },
    #[error(
        "{operator} `{node}` computes {value} at element {at} of its output; are weights and \
         input of this network?"
    )]
    NoNumber { operator: &'static str, node: String, value: String, at: usize },
}

/// Outputs of all nodes, by node id, for one image `[channels, height, width]`.
///
/// The graph's shapes must fit its operations, as importers guarantee; otherwise this may panic.
///
/// # Errors
/// The input has another length, or a node computes what is no finite number.
pub fn run(graph: &Graph, input: &[f32]) -> Result<Vec<Vec<f32>>, Error> {
    run_with(graph, input, |_, _| ())
}

/// The same; `change` gets every node's values before another node reads them, and may replace them
/// by as many.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    graph: &Graph,
    input: &[f32],
    mut change: impl FnMut(NodeId, &mut [f32]),
) -> Result<Vec<Vec<f32>>, Error> {
    let needed = graph.input_shape().len();
    if input.len() != needed {
        return Err(Error::InputLength { found: input.len(), needed });
    }
    let mut values: Vec<Vec<f32>> = Vec::with_capacity(graph.nodes.len());
    for (id, node) in graph.nodes.iter().enumerate() {
        let arg = |i: usize| &values[node.inputs[i]][..];
        let shape = |i: usize| graph.nodes[node.inputs[i]].shape;
        let map = |f: &dyn Fn(f32) -> f32| arg(0).iter().map(|&x| f(x)).collect::<Vec<f32>>();
        let zip =
            |f: fn(f32, f32) -> f32| arg(0).iter().zip(arg(1)).map(|(&a, &b)| f(a, b)).collect();
        let mut out: Vec<f32> = match &node.op {
            Op::Input => input.to_vec(),
            Op::Conv { window, groups, weight, bias } => {
                conv(arg(0), shape(0), node.shape, *window, *groups, weight, bias)
            }
            Op::Dense { weight, bias } => {
                let x = arg(0);
                let rows = weight.chunks_exact(x.len().max(1));
                rows.zip(bias)
                    .map(|(row, b)| b + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
                    .collect()
            }
            Op::Affine { scale, shift } => {
                let plane = (node.shape.height * node.shape.width).max(1);
                let planes = arg(0).chunks_exact(plane).zip(scale.iter().zip(shift));
                planes.flat_map(|(p, (s, t))| p.iter().map(move |x| s * x + t)).collect()
            }
            Op::AffineMap { scale, shift } => {
                arg(0).iter().zip(scale.iter().zip(shift)).map(|(x, (s, t))| s * x + t).collect()
            }
            Op::Relu => map(&|x| x.max(0.0)),
            Op::LeakyRelu { alpha } => map(&|x| if x < 0.0 { alpha * x } else { x }),
            // Not `clamp`, which panics on crossed bounds.
            Op::Clip { low, high } => map(&|x| x.max(*low).min(*high)),
            Op::Round => map(&f32::round_ties_even),
            Op::Floor => map(&f32::floor),
            Op::MaxPool { window } => {
                // What is no number leads nowhere.
                let larger = |a, v| if v > a { v } else { a };
                pool(arg(0), shape(0), node.shape, *window, f32::NEG_INFINITY, larger)
            }
            Op::AveragePool { window, count_pad } => {
                let mut sums = pool(arg(0), shape(0), node.shape, *window, 0.0, |a, v| a + v);
                let ones = Shape { channels: 1, ..shape(0) };
                let to = Shape { channels: 1, ..node.shape };
                let cells = pool(&vec![1.0; ones.len()], ones, to, *window, 0.0, |a, v| a + v);
                let area = (window.kernel[0] * window.kernel[1]) as f32;
                for plane in sums.chunks_exact_mut(cells.len().max(1)) {
                    let divide = |(sum, n): (&mut f32, &f32)| {
                        *sum /= if *count_pad { area } else { n.max(1.0) }
                    };
                    plane.iter_mut().zip(&cells).for_each(divide);
                }
                sums
            }
            Op::GlobalAveragePool => {
                let plane = (shape(0).height * shape(0).width).max(1);
                arg(0).chunks_exact(plane).map(|p| p.iter().sum::<f32>() / plane as f32).collect()
            }
            Op::Add => zip(|a, b| a + b),
            Op::Sub => zip(|a, b| a - b),
            Op::Mul => zip(|a, b| a * b),
            Op::Div => zip(|a, b| a / b),
            Op::Concat => node.inputs.iter().flat_map(|&i| values[i].iter().copied()).collect(),
            Op::Slice { first } => {
                let plane = node.shape.height * node.shape.width;
                arg(0)[first * plane..][..node.shape.len()].to_vec()
            }
            Op::Upsample { factor } => {
                let (from, to) = (shape(0), node.shape);
                let x = arg(0);
                let row = |c: usize, y: usize| (c * from.height + y / factor[0]) * from.width;
                (0..to.channels * to.height)
                    .map(|cy| row(cy / to.height, cy % to.height))
                    .flat_map(|start| (0..to.width).map(move |ox| x[start + ox / factor[1]]))
                    .collect()
            }
            Op::Pad { pad, value } => {
                let (from, to) = (shape(0), node.shape);
                let mut out = vec![*value; to.len()];
                for (cy, row) in arg(0).chunks_exact(from.width.max(1)).enumerate() {
                    let y = cy / from.height * to.height + cy % from.height + pad[0];
                    out[y * to.width + pad[1]..][..from.width].copy_from_slice(row);
                }
                out
            }
            Op::Reshape => arg(0).to_vec(),
        };
        change(id, &mut out);
        if !finite(&out) {
            return Err(no_number(node, &out));
        }
        values.push(out);
    }
    Ok(values)
}

/// Whether all values are numbers and none is infinite.
fn finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = f32::INFINITY.to_bits();
    // No early way out, so that many are looked at together.
    !values.iter().fold(false, |bad, x| bad | (x.to_bits() & EXPONENT == EXPONENT))
}

fn no_number(node: &Node, values: &[f32]) -> Error {
    let at = values.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let (operator, value) =
        (node.op.name(), values.get(at).map_or_else(String::new, f32::to_string));
    Error::NoNumber { operator, node: node.name.clone(), value, at }
}

/// Output positions `lo..hi` along one axis whose tap at `offset` falls inside `0..size`.
fn inside(offset: usize, pad: usize, stride: usize, size: usize, out: usize) -> (usize, usize) {
    let lo = pad.saturating_sub(offset).div_ceil(stride);
    let hi = (size + pad).saturating_sub(offset).div_ceil(stride).min(out);
    (lo.min(hi), hi)
}

/// Values of a channel's rows that are summed up together: they stay in the first-level cache while all inputs pass.
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
            under(tap, w, from, to, 0..to.height, |own, start| {
                own.zip((start..).step_by(w.stride[1]))
                    .for_each(|(o, cell)| cells[o].push((tap, cell)));
            });
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
        acc.fill(bias[oc]);
        let inputs = &x[oc / per_group * fan * in_plane..][..fan * in_plane];
        add_inputs(acc, inputs, &weight[oc * fan * taps..][..fan * taps], from, to, w);
    });
    out
}

copies! {
    /// Adds to one channel, row after row, what its inputs bring; an output sums inputs and taps in their order, whatever the
    /// instructions.
    fn add_inputs(acc: &mut [f32], inputs: &[f32], weight: &[f32], from: Shape, to: Shape, w: Window) {
        let (taps, in_plane) = (w.kernel[0] * w.kernel[1], (from.height * from.width).max(1));
        let pointwise = taps == 1 && w.stride == [1, 1] && w.pad == [0, 0] && in_plane == acc.len();
        let rows = (TILE / to.width.max(1)).max(1);
        for y in (0..to.height).step_by(rows) {
            let rows = y..(y + rows).min(to.height);
            for (source, kernel) in inputs.chunks_exact(in_plane).zip(weight.chunks_exact(taps)) {
                if pointwise {
                    let tile = rows.start * to.width..rows.end * to.width;
                    each(&mut acc[tile.clone()], &source[tile], 1, |a, v| a + kernel[0] * v);
                    continue;
                }
                for (tap, &k) in kernel.iter().enumerate() {
                    under(tap, w, from, to, rows.clone(), |own, start| {
                        each(&mut acc[own], &source[start..], w.stride[1], |a, v| a + k * v);
                    });
                }
            }
        }
    }
}

/// Channels that are summed up together, where rows have fewer than [`NARROW`] outputs.
const TOGETHER: usize = 64;
const NARROW: usize = 32;

copies! {
    /// As [`add_inputs`] for [`TOGETHER`] channels, position by position; `cells` are, for each, the taps that lie inside and what
    /// they read.
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
        for (position, cells) in cells.iter().enumerate() {
            let mut sums = [0.0; TOGETHER];
            sums.copy_from_slice(bias);
            for (source, rows) in inputs.clone().zip(rows.chunks_exact(taps.max(1))) {
                for &(tap, cell) in cells {
                    let v = source[cell];
                    sums.iter_mut().zip(&rows[tap]).for_each(|(sum, k)| *sum += k * v);
                }
            }
            planes.iter_mut().skip(position).step_by(plane).zip(sums).for_each(|(out, sum)| *out = sum);
        }
    }
}

/// Shows those of some rows of outputs whose cell under one tap of the window lies inside the input, and where the cell of
/// their first output is.
#[inline(always)]
fn under(
    tap: usize,
    w: Window,
    from: Shape,
    to: Shape,
    rows: Range<usize>,
    mut row: impl FnMut(Range<usize>, usize),
) {
    let dy = tap / w.kernel[1] * w.dilation[0];
    let dx = tap % w.kernel[1] * w.dilation[1];
    let (y0, y1) = inside(dy, w.pad[0], w.stride[0], from.height, to.height);
    let (x0, x1) = inside(dx, w.pad[1], w.stride[1], from.width, to.width);
    if x0 == x1 {
        return;
    }
    for oy in y0.max(rows.start)..y1.min(rows.end) {
        let iy = oy * w.stride[0] + dy - w.pad[0];
        row(
            oy * to.width + x0..oy * to.width + x1,
            iy * from.width + x0 * w.stride[1] + dx - w.pad[1],
        );
    }
}

/// Joins every `stride`th cell to the values of a row.
#[inline(always)]
fn each(row: &mut [f32], cells: &[f32], stride: usize, join: impl Fn(f32, f32) -> f32) {
    match stride {
        1 => row.iter_mut().zip(cells).for_each(|(a, v)| *a = join(*a, *v)),
        _ => row.iter_mut().zip(cells.iter().step_by(stride)).for_each(|(a, v)| *a = join(*a, *v)),
    }
}

/// Joins the cells of each window that lie inside the input, row by row, to `start`.
fn pool(
    x: &[f32],
    from: Shape,
    to: Shape,
    w: Window,
    start: f32,
    join: impl Fn(f32, f32) -> f32 + Copy + Sync,
) -> Vec<f32> {
    let (in_plane, plane) = (from.height * from.width, to.height * to.width);
    let mut out = vec![start; to.len()];
    out.par_chunks_mut(plane.max(1)).zip(x.par_chunks(in_plane.max(1))).for_each(
        |(acc, source)| {
            for tap in 0..w.kernel[0] * w.kernel[1] {
                under(tap, w, from, to, 0..to.height, |own, start| {
                    each(&mut acc[own], &source[start..], w.stride[1], join);
                });
            }
        },
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channels together and one by one give the same bits; groups, borders, strides and dilations included.
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
