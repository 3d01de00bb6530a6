//! The square root.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// The square root of `x`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sqrt;

impl Pointwise for Sqrt {
    const NAME: &'static str = "Sqrt";
    const ONNX: &'static [&'static str] = &["Sqrt"];

    fn at(&self, x: f32) -> f32 {
        x.sqrt()
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Sqrt)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("a square root, which has no value below 0")
    }
}
