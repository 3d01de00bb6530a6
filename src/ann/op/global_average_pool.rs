//! The mean of each channel.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// The mean of each channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalAveragePool;

impl Operator for GlobalAveragePool {
    fn name(&self) -> &'static str {
        "GlobalAveragePool"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        out.len() == from.channels && out.channels == from.channels
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        let Tensor { values, shape } = inputs[0];
        let plane = (shape.height * shape.width).max(1);
        values.chunks_exact(plane).map(|p| p.iter().sum::<f32>() / plane as f32).collect()
    }

    fn form(&self) -> Form<'_> {
        Form::GlobalAveragePool
    }
}
