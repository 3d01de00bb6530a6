//! A slow step from -1 to 1.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x / (1 + |x|)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Softsign;

impl Pointwise for Softsign {
    const NAME: &'static str = "Softsign";
    const ONNX: &'static [&'static str] = &["Softsign"];

    fn at(&self, x: f32) -> f32 {
        x / (1.0 + x.abs())
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Softsign)
    }

    fn straight(&self) -> [f64; 2] {
        [-1e4, 1e4]
    }
}
