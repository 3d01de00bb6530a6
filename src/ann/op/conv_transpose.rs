//! Transposed convolutions: each input cell adds a window of outputs.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, as_many, grouped, not_finite};
use crate::ann::{Shape, Window};

/// `weight` is `[in, out / groups, kh, kw]`, `bias` is `[out]`. The window lies on the output:
/// input cell `i` adds to `i * stride + tap * dilation - pad`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvTranspose {
    /// Size, stride, padding and dilation of the kernel, on the output.
    pub window: Window,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// `[in, out / groups, kh, kw]`.
    pub weight: Vec<f32>,
    /// One per output channel.
    pub bias: Vec<f32>,
}

impl ConvTranspose {
    /// Adds what one channel of the input brings to one of the output.
    fn spread(&self, x: &[f32], kernel: &[f32], from: Shape, to: Shape, plane: &mut [f32]) {
        let Window { kernel: [_, kw], stride, pad, dilation } = self.window;
        for (tap, &k) in kernel.iter().enumerate() {
            let (dy, dx) = (tap / kw * dilation[0], tap % kw * dilation[1]);
            let inside = |at: usize, pad: usize, size: usize| {
                at.checked_sub(pad).filter(|&place| place < size)
            };
            for y in 0..from.height {
                let Some(oy) = inside(y * stride[0] + dy, pad[0], to.height) else { continue };
                for (column, &value) in x[y * from.width..][..from.width].iter().enumerate() {
                    if let Some(ox) = inside(column * stride[1] + dx, pad[1], to.width) {
                        plane[oy * to.width + ox] += k * value;
                    }
                }
            }
        }
    }
}

impl Operator for ConvTranspose {
    fn name(&self) -> &'static str {
        "ConvTranspose"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let Some([taps, _, each]) = grouped(&self.window, self.groups, from, out) else {
            return false;
        };
        as_many(&self.weight, [taps, each, from.channels]) && self.bias.len() == out.channels
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let Tensor { values, shape: from } = inputs[0];
        let (area, plane) = (from.height * from.width, out.height * out.width);
        let (fan, per_group) = (from.channels / self.groups, out.channels / self.groups);
        let taps = self.window.kernel[0] * self.window.kernel[1];
        let mut sums = vec![0.0; out.len()];
        for (o, sum) in sums.chunks_exact_mut(plane).enumerate() {
            sum.fill(self.bias[o]);
            let group = o / per_group;
            for i in group * fan..(group + 1) * fan {
                let kernel = &self.weight[(i * per_group + o % per_group) * taps..][..taps];
                self.spread(&values[i * area..][..area], kernel, from, out, sum);
            }
        }
        sums
    }

    fn no_number(&self) -> Option<String> {
        not_finite("weight", &self.weight).or_else(|| not_finite("bias", &self.bias))
    }

    fn form(&self) -> Form<'_> {
        Form::ImageOnly(
            "a transposed convolution of spikes; nearest upsampling and a convolution work",
        )
    }

    fn weights(&self) -> usize {
        self.weight.len()
    }

    fn macs(&self, inputs: &[Shape], out: Shape) -> u64 {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        (inputs[0].len() * (out.channels / self.groups) * taps) as u64
    }
}
