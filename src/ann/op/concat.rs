//! Tensors one after the other along channels.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, same_map};
use crate::ann::Shape;

/// Along channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Concat;

impl Operator for Concat {
    fn name(&self) -> &'static str {
        "Concat"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let sum = |sum: usize, shape: &Shape| sum.checked_add(shape.channels);
        let channels = inputs.iter().try_fold(0usize, sum);
        !inputs.is_empty()
            && channels == Some(out.channels)
            && inputs.iter().all(|shape| same_map(shape, &out))
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        inputs.iter().flat_map(|input| input.values).copied().collect()
    }

    fn form(&self) -> Form<'_> {
        Form::Join
    }
}
