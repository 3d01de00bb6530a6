//! The magnitude.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `|x|`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abs;

impl Pointwise for Abs {
    const NAME: &'static str = "Abs";
    const ONNX: &'static [&'static str] = &["Abs"];

    fn at(&self, x: f32) -> f32 {
        x.abs()
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Abs)
    }

    fn straight(&self) -> [f64; 2] {
        [-1.0, 1.0]
    }
}
