//! The image.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// The image, which reads no node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input;

impl Operator for Input {
    fn name(&self) -> &'static str {
        "Input"
    }

    fn fits(&self, inputs: &[Shape], _out: Shape) -> bool {
        inputs.is_empty()
    }

    /// The executor puts the image in its place.
    fn run(&self, _inputs: &[Tensor], out: Shape) -> Vec<f32> {
        vec![0.0; out.len()]
    }

    fn form(&self) -> Form<'_> {
        Form::Image
    }
}
