//! SiLU, also called swish: a number times its own logistic function.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x / (1 + exp(-alpha x))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silu {
    /// Factor on the input of the sigmoid.
    pub alpha: f32,
}

impl Pointwise for Silu {
    const NAME: &'static str = "Silu";
    const ONNX: &'static [&'static str] = &["Swish"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha"];
    const DARKNET: &'static [(&'static str, Self)] = &[("swish", Silu { alpha: 1.0 })];

    fn at(&self, x: f32) -> f32 {
        let x = f64::from(x);
        (x / (1.0 + libm::exp(-f64::from(self.alpha) * x))) as f32
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Silu { alpha: numbers.float("alpha", 1.0)? })
    }

    fn straight(&self) -> [f64; 2] {
        // A slope of 0 makes it straight everywhere.
        let reach = 12.0 / f64::from(self.alpha.abs().max(1e-6));
        [-reach, reach]
    }

    fn odd(&self) -> Option<String> {
        (!self.alpha.is_finite()).then(|| format!("its slope is {}", self.alpha))
    }
}
