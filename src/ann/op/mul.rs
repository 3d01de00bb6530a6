//! The product of two tensors.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, alike, zip};
use crate::ann::Shape;

/// Element by element, over two tensors of one shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mul;

impl Operator for Mul {
    fn name(&self) -> &'static str {
        "Mul"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        alike(inputs, out)
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        zip(inputs, |a, b| a * b)
    }

    fn form(&self) -> Form<'_> {
        Form::None(
            "a product of two features, as squeeze-and-excitation and attention have it; train a \
             network without it, or end this one before it",
        )
    }
}
