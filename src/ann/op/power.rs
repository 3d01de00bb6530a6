//! Powers with a constant exponent.

use serde::{Deserialize, Serialize};

use super::{Form, Pointwise};

/// `x` to the power of `exponent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Power {
    pub exponent: f32,
}

impl Pointwise for Power {
    const NAME: &'static str = "Power";

    fn at(&self, x: f32) -> f32 {
        libm::pow(x.into(), self.exponent.into()) as f32
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("a power, which grows without bounds")
    }

    fn odd(&self) -> Option<String> {
        (!self.exponent.is_finite()).then(|| format!("its exponent is {}", self.exponent))
    }
}
