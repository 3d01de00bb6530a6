//! Maxima of windows.

use serde::{Deserialize, Serialize};

use super::taps::pool;
use super::{Form, Operator, Tensor};
use crate::ann::{Shape, Window, check};

/// Padding is ignored: the maximum is over the cells inside the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MaxPool {
    /// Size, stride, padding and dilation of the window.
    pub window: Window,
}

impl Operator for MaxPool {
    fn name(&self) -> &'static str {
        "MaxPool"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        check::window(&self.window) && from.channels == out.channels
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let Tensor { values, shape } = inputs[0];
        // What is no number leads nowhere.
        let larger = |a, v| if v > a { v } else { a };
        pool(values, shape, out, self.window, f32::NEG_INFINITY, larger)
    }

    fn form(&self) -> Form<'_> {
        Form::MaxPool(self.window)
    }
}
