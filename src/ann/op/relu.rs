//! ReLU: what is not negative.

use serde::{Deserialize, Serialize};

use super::{Activation, Form, Numbers, Pointwise};

/// `max(x, 0)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relu;

impl Pointwise for Relu {
    const NAME: &'static str = "Relu";
    const ONNX: &'static [&'static str] = &["Relu"];
    const DARKNET: &'static [(&'static str, Self)] = &[("relu", Relu)];

    fn at(&self, x: f32) -> f32 {
        x.max(0.0)
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Relu)
    }

    fn becomes(&self) -> Form<'_> {
        Form::Units(Activation::Relu)
    }
}
