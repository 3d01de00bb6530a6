//! A SiLU of straight lines and one parabola.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x` times `x / 6 + 1 / 2`, the latter clipped to 0..1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardSwish;

impl Pointwise for HardSwish {
    const NAME: &'static str = "HardSwish";
    const ONNX: &'static [&'static str] = &["HardSwish"];

    fn at(&self, x: f32) -> f32 {
        x * (x / 6.0 + 0.5).clamp(0.0, 1.0)
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(HardSwish)
    }

    fn straight(&self) -> [f64; 2] {
        [-3.75, 3.75]
    }
}
