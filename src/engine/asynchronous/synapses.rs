//! What one spike reaches on one core, synapse by synapse.

use crate::snn::{Connection, Conv, Network, Projection};

/// A source neuron: row, column, channel.
pub(super) type Neuron = [usize; 3];

/// Neurons of the target within `block` (rows, columns, channels) that `count` spikes of `source`
/// reach through a convolution, and the weight steps that they get, in the order of neurons.
pub(super) fn reached<'a>(
    network: &Network,
    projections: impl Iterator<Item = &'a Projection>,
    block: [[usize; 2]; 3],
    source: Neuron,
    count: i32,
    all: &mut Vec<(usize, i32)>,
) {
    for projection in projections {
        if let Connection::Conv(conv) = &projection.connection {
            let target = network.populations[projection.target].shape;
            through(conv, target.width, target.channels, block, source, count, all);
        }
    }
    // Several taps and projections may join the same two neurons.
    if !all.is_sorted_by(|(one, _), (next, _)| one < next) {
        all.sort_unstable_by_key(|&(neuron, _)| neuron);
        all.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 = first.1.wrapping_add(next.1);
            }
            same
        });
    }
}

fn through(
    conv: &Conv,
    width: usize,
    channels: usize,
    [rows, columns, reached]: [[usize; 2]; 3],
    [y, x, c]: Neuron,
    count: i32,
    out: &mut Vec<(usize, i32)>,
) {
    if !conv.inputs.contains(&c) {
        return;
    }
    let (input, outputs) = (c - conv.inputs.start, channels / conv.groups);
    let first = input / (conv.inputs.len() / conv.groups) * outputs;
    let range = first.max(reached[0])..(first + outputs).min(reached[1]);
    if range.is_empty() {
        return;
    }
    let weights =
        if count < 0 && !conv.negative.is_empty() { &conv.negative } else { &conv.weights };
    let across = taps(conv, 1, x, columns);
    for (oy, ky) in taps(conv, 0, y, rows) {
        for &(ox, kx) in &across {
            let row = (ky * conv.window.kernel[1] + kx) * conv.inputs.len() + input;
            let at = (oy * width + ox) * channels + first;
            let held = range.start - first..range.end - first;
            weights.row(row, outputs, held, |o, weight| {
                out.push((at + o, weight.wrapping_mul(count)))
            });
        }
    }
}

/// Outputs along `axis` within `from..to`, and the taps through which they read source index `i`;
/// in the order of outputs, but for sources that stand for several indices.
fn taps(conv: &Conv, axis: usize, i: usize, [from, to]: [usize; 2]) -> Vec<(usize, usize)> {
    let (window, factor) = (&conv.window, conv.upsample[axis]);
    let mut all = vec![];
    for at in i * factor..(i + 1) * factor {
        for k in (0..window.kernel[axis]).rev() {
            let ahead = (at + window.pad[axis]).checked_sub(k * window.dilation[axis]);
            let Some(ahead) = ahead else { continue };
            let o = ahead / window.stride[axis];
            if ahead % window.stride[axis] == 0 && (from..to).contains(&o) {
                all.push((o, k));
            }
        }
    }
    all
}
