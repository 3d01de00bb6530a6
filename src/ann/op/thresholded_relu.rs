//! A ReLU that begins with a jump.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x` above `alpha`, 0 elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdedRelu {
    /// Inputs up to this give zero.
    pub alpha: f32,
}

impl Pointwise for ThresholdedRelu {
    const NAME: &'static str = "ThresholdedRelu";
    const ONNX: &'static [&'static str] = &["ThresholdedRelu"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha"];

    fn at(&self, x: f32) -> f32 {
        if x > self.alpha { x } else { 0.0 }
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(ThresholdedRelu { alpha: numbers.float("alpha", 1.0)? })
    }

    fn straight(&self) -> [f64; 2] {
        let alpha = f64::from(self.alpha);
        [alpha - 1.0, alpha + 1.0]
    }

    fn odd(&self) -> Option<String> {
        (!self.alpha.is_finite()).then(|| format!("its threshold is {}", self.alpha))
    }
}
