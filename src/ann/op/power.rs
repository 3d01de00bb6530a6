//! Powers with a constant exponent.

use serde::{Deserialize, Serialize};

use super::{Activation, Form, Pointwise};

/// `x` to the power of `exponent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// The exponent.
    pub exponent: f32,
}

/// Largest exponent of a unit; beyond, no table follows it.
const MOST_WHOLE: f32 = 8.0;

impl Pointwise for Power {
    const NAME: &'static str = "Power";

    fn at(&self, x: f32) -> f32 {
        libm::pow(x.into(), self.exponent.into()) as f32
    }

    fn becomes(&self) -> Form<'_> {
        // Others have no value below 0, or at 0, where spikes begin.
        match (0.0..=MOST_WHOLE).contains(&self.exponent) && self.exponent.fract() == 0.0 {
            true => Form::Units(Activation::Curve(self)),
            false => Form::None("a power that is no small whole number"),
        }
    }

    fn straight(&self) -> [f64; 2] {
        [f64::NEG_INFINITY, f64::INFINITY]
    }

    fn odd(&self) -> Option<String> {
        (!self.exponent.is_finite()).then(|| format!("its exponent is {}", self.exponent))
    }
}
