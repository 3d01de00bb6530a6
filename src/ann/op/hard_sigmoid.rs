//! A line between 0 and 1.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `alpha x + beta`, clipped to 0..1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardSigmoid {
    /// Slope.
    pub alpha: f32,
    /// Value at zero.
    pub beta: f32,
}

impl Pointwise for HardSigmoid {
    const NAME: &'static str = "HardSigmoid";
    const ONNX: &'static [&'static str] = &["HardSigmoid"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha", "beta"];

    fn at(&self, x: f32) -> f32 {
        (self.alpha * x + self.beta).clamp(0.0, 1.0)
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        let (alpha, beta) = (numbers.float("alpha", 0.2)?, numbers.float("beta", 0.5)?);
        Ok(HardSigmoid { alpha, beta })
    }

    fn straight(&self) -> [f64; 2] {
        let slope = f64::from(self.alpha);
        let at = |y: f64| if slope == 0.0 { y } else { (y - f64::from(self.beta)) / slope };
        let (low, high) = (at(0.0).min(at(1.0)), at(0.0).max(at(1.0)));
        let margin = (high - low) / 8.0;
        [low - margin, high + margin]
    }

    fn odd(&self) -> Option<String> {
        let odd = [self.alpha, self.beta].into_iter().find(|x| !x.is_finite());
        odd.map(|x| format!("one of its numbers is {x}"))
    }
}
