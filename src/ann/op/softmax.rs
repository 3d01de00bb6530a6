//! Softmax along an axis.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// `exp(x) / sum of exp` over `count` elements that are `stride` apart; or its logarithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Softmax {
    /// Elements that sum to one.
    pub count: usize,
    /// Distance between two of them in the flat input.
    pub stride: usize,
    /// Whether the logarithm is taken.
    pub log: bool,
}

impl Softmax {
    /// One row of values in the place of itself.
    fn row(&self, values: &mut [f32], start: usize) {
        let at = |k: usize| start + k * self.stride;
        let largest = (0..self.count).map(|k| values[at(k)]).fold(f32::NEG_INFINITY, f32::max);
        let above = |x: f32| f64::from(x) - f64::from(largest);
        let sum: f64 = (0..self.count).map(|k| libm::exp(above(values[at(k)]))).sum();
        for k in 0..self.count {
            let x = above(values[at(k)]);
            let y = if self.log { x - libm::log(sum) } else { libm::exp(x) / sum };
            values[at(k)] = y as f32;
        }
    }
}

impl Operator for Softmax {
    fn name(&self) -> &'static str {
        if self.log { "LogSoftmax" } else { "Softmax" }
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let block = self.count.checked_mul(self.stride);
        inputs == [out] && block.is_some_and(|block| block > 0 && out.len().is_multiple_of(block))
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let mut values = inputs[0].values.to_vec();
        let block = self.count * self.stride;
        for start in (0..out.len()).step_by(block) {
            (start..start + self.stride).for_each(|start| self.row(&mut values, start));
        }
        values
    }

    fn form(&self) -> Form<'_> {
        Form::None("each of its values depends on all others")
    }
}
