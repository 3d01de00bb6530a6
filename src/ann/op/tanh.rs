//! The hyperbolic tangent.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `tanh(x)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tanh;

impl Pointwise for Tanh {
    const NAME: &'static str = "Tanh";
    const ONNX: &'static [&'static str] = &["Tanh"];
    const DARKNET: &'static [(&'static str, Self)] = &[("tanh", Tanh)];

    fn at(&self, x: f32) -> f32 {
        libm::tanh(x.into()) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Tanh)
    }

    fn straight(&self) -> [f64; 2] {
        [-5.5, 5.5]
    }
}
