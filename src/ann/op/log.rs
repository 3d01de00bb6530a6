//! The natural logarithm.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// `ln(x)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log;

impl Pointwise for Log {
    const NAME: &'static str = "Log";
    const ONNX: &'static [&'static str] = &["Log"];

    fn at(&self, x: f32) -> f32 {
        libm::log(x.into()) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Log)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("a logarithm, which has no value at 0, where spikes begin")
    }
}
