//! Weights in the order of NIR.

use crate::snn::{Conv, Shape};

/// `[out][in][ky][kx]`; channels that are not read have zeros.
pub fn convolution(conv: &Conv, from: Shape, to: Shape) -> Vec<i32> {
    let taps = conv.window.kernel[0] * conv.window.kernel[1];
    let mut weights = vec![0; to.channels * from.channels * taps];
    each(conv, to, |tap, c, out, w| weights[(out * from.channels + c) * taps + tap] = w);
    weights
}

/// `[out][in]` over all elements of the source, `[channels, height, width]`.
pub fn dense(conv: &Conv, from: Shape, to: Shape) -> Vec<i32> {
    let (window, width) = (conv.window, conv.window.kernel[1]);
    let mut weights = vec![0; to.channels * from.neurons()];
    each(conv, to, |tap, c, out, w| {
        let at = |axis: usize, k: usize, size: usize| {
            (k * window.dilation[axis]).checked_sub(window.pad[axis]).filter(|&at| at < size)
        };
        let row = at(0, tap / width, from.height);
        let column = at(1, tap % width, from.width);
        if let (Some(y), Some(x)) = (row, column) {
            weights[out * from.neurons() + (c * from.height + y) * from.width + x] = w;
        }
    });
    weights
}

/// Shows every weight with its tap, the channel that it reads, and its output.
fn each(conv: &Conv, to: Shape, mut show: impl FnMut(usize, usize, usize, i32)) {
    let taps = conv.window.kernel[0] * conv.window.kernel[1];
    let (inputs, within) = (conv.inputs.len(), to.channels / conv.groups);
    let group = inputs / conv.groups;
    for tap in 0..taps {
        for i in 0..inputs {
            for o in 0..within {
                let w = conv.weights.get((tap * inputs + i) * within + o);
                show(tap, conv.inputs.start + i, i / group * within + o, w);
            }
        }
    }
}
