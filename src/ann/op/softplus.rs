//! A ReLU with a round corner.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `ln(1 + exp(x))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Softplus;

impl Pointwise for Softplus {
    const NAME: &'static str = "Softplus";
    const ONNX: &'static [&'static str] = &["Softplus"];

    fn at(&self, x: f32) -> f32 {
        let x = f64::from(x);
        (x.max(0.0) + libm::log1p(libm::exp(-x.abs()))) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Softplus)
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0, 10.0]
    }
}
