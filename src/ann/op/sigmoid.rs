//! The logistic function.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `1 / (1 + exp(-x))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid;

impl Pointwise for Sigmoid {
    const NAME: &'static str = "Sigmoid";
    const ONNX: &'static [&'static str] = &["Sigmoid"];
    const DARKNET: &'static [(&'static str, Self)] = &[("logistic", Sigmoid)];

    fn at(&self, x: f32) -> f32 {
        (1.0 / (1.0 + libm::exp(-f64::from(x)))) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Sigmoid)
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0, 10.0]
    }
}
