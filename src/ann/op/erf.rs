//! The error function.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// The integral of the bell curve `2 / sqrt(pi) exp(-t^2)` from 0 to `x`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Erf;

impl Pointwise for Erf {
    const NAME: &'static str = "Erf";
    const ONNX: &'static [&'static str] = &["Erf"];

    fn at(&self, x: f32) -> f32 {
        libm::erf(x.into()) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Erf)
    }

    fn straight(&self) -> [f64; 2] {
        [-3.0, 3.0]
    }
}
