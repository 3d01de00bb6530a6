//! Means of windows.

use serde::{Deserialize, Serialize};

use super::taps::pool;
use super::{Form, Operator, Tensor};
use crate::ann::{Shape, Window, check};

/// `count_pad`: padded cells count in the divisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AveragePool {
    /// Size, stride, padding and dilation of the window.
    pub window: Window,
    /// Whether padding counts as elements of the mean.
    pub count_pad: bool,
}

impl Operator for AveragePool {
    fn name(&self) -> &'static str {
        "AveragePool"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        check::window(&self.window) && from.channels == out.channels
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let Tensor { values, shape } = inputs[0];
        let window = self.window;
        let mut sums = pool(values, shape, out, window, 0.0, |a, v| a + v);
        let ones = Shape { channels: 1, ..shape };
        let to = Shape { channels: 1, ..out };
        let cells = pool(&vec![1.0; ones.len()], ones, to, window, 0.0, |a, v| a + v);
        let area = (window.kernel[0] * window.kernel[1]) as f32;
        for plane in sums.chunks_exact_mut(cells.len().max(1)) {
            let divide = |(sum, n): (&mut f32, &f32)| {
                *sum /= if self.count_pad { area } else { n.max(1.0) }
            };
            plane.iter_mut().zip(&cells).for_each(divide);
        }
        sums
    }

    fn form(&self) -> Form<'_> {
        Form::AveragePool { window: self.window, count_pad: self.count_pad }
    }
}
