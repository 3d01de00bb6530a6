//! A line above zero, an exponential below.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x` where it is not negative, `alpha (exp(x) - 1)` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Elu {
    /// What the output tends to far below zero, with its sign turned.
    pub alpha: f32,
}

impl Pointwise for Elu {
    const NAME: &'static str = "Elu";
    const ONNX: &'static [&'static str] = &["Elu"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha"];
    const DARKNET: &'static [(&'static str, Self)] = &[("elu", Elu { alpha: 1.0 })];

    fn at(&self, x: f32) -> f32 {
        if x < 0.0 { (f64::from(self.alpha) * libm::expm1(x.into())) as f32 } else { x }
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Elu { alpha: numbers.float("alpha", 1.0)? })
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0, 1.0]
    }

    fn odd(&self) -> Option<String> {
        (!self.alpha.is_finite()).then(|| format!("its factor is {}", self.alpha))
    }
}
