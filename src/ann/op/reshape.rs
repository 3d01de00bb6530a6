//! Another shape.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// Same elements in another shape (flatten, reshape of a vector).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reshape;

impl Operator for Reshape {
    fn name(&self) -> &'static str {
        "Reshape"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        from.len() == out.len()
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        inputs[0].values.to_vec()
    }

    fn form(&self) -> Form<'_> {
        Form::Reshape
    }
}
