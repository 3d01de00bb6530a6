//! Mish: a smooth ReLU that dips below zero.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x tanh(ln(1 + exp(x)))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mish;

impl Pointwise for Mish {
    const NAME: &'static str = "Mish";
    const ONNX: &'static [&'static str] = &["Mish"];
    const DARKNET: &'static [(&'static str, Self)] = &[("mish", Mish)];

    fn at(&self, x: f32) -> f32 {
        let x = f64::from(x);
        // tanh(ln(1 + e)) = n / (n + 2); beyond 20 it is 1.
        let e = libm::exp(x.min(20.0));
        let n = e * (e + 2.0);
        (x * n / (n + 2.0)) as f32
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Mish)
    }

    fn straight(&self) -> [f64; 2] {
        [-12.0, 12.0]
    }
}
