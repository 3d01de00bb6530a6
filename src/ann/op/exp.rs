//! The exponential function.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// `exp(x)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exp;

impl Pointwise for Exp {
    const NAME: &'static str = "Exp";
    const ONNX: &'static [&'static str] = &["Exp"];

    fn at(&self, x: f32) -> f32 {
        libm::exp(x.into()) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Exp)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("an exponential, which grows without bounds")
    }
}
