//! Fully connected layers.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, not_finite};
use crate::ann::Shape;

/// Fully connected over the flattened `[c, h, w]` input; `weight` is `[out, in]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// `[out, in]`.
    pub weight: Vec<f32>,
    /// One per output.
    pub bias: Vec<f32>,
}

impl Operator for Dense {
    fn name(&self) -> &'static str {
        "Dense"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        self.bias.len() == out.len() && from.len().checked_mul(out.len()) == Some(self.weight.len())
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        let x = inputs[0].values;
        let rows = self.weight.chunks_exact(x.len().max(1));
        rows.zip(&self.bias)
            .map(|(row, b)| b + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
            .collect()
    }

    fn no_number(&self) -> Option<String> {
        not_finite("weight", &self.weight).or_else(|| not_finite("bias", &self.bias))
    }

    fn form(&self) -> Form<'_> {
        Form::Dense(self)
    }

    fn weights(&self) -> usize {
        self.weight.len()
    }

    fn weights_mut(&mut self) -> Option<&mut Vec<f32>> {
        Some(&mut self.weight)
    }

    fn macs(&self, _inputs: &[Shape], _out: Shape) -> u64 {
        self.weight.len() as u64
    }
}
