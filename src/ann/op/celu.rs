//! An ELU whose slope is the same on both sides of zero.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x` where it is not negative, `alpha (exp(x / alpha) - 1)` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Celu {
    /// Scale of the exponential; the output tends to minus this far below zero.
    pub alpha: f32,
}

impl Pointwise for Celu {
    const NAME: &'static str = "Celu";
    const ONNX: &'static [&'static str] = &["Celu"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha"];

    fn at(&self, x: f32) -> f32 {
        let alpha = f64::from(self.alpha);
        if x < 0.0 { (alpha * libm::expm1(f64::from(x) / alpha)) as f32 } else { x }
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Celu { alpha: numbers.float("alpha", 1.0)? })
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0 * f64::from(self.alpha.abs()), 1.0]
    }

    fn odd(&self) -> Option<String> {
        let fits = self.alpha.is_finite() && self.alpha != 0.0;
        (!fits).then(|| format!("its factor is {}", self.alpha))
    }
}
