//! One divided by a number.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// `1 / x`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reciprocal;

impl Pointwise for Reciprocal {
    const NAME: &'static str = "Reciprocal";
    const ONNX: &'static [&'static str] = &["Reciprocal"];

    fn at(&self, x: f32) -> f32 {
        1.0 / x
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Reciprocal)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("a quotient, which has no value at 0, where spikes begin")
    }
}
