//! Leaky ReLU: a slope below zero.

use serde::{Deserialize, Serialize};

use super::{Activation, Form, Numbers, Pointwise};

/// `x` where it is not negative, `alpha x` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeakyRelu {
    /// Slope below zero.
    pub alpha: f32,
}

/// A slope below this is none: what it lets through is lost in the rounding of what is positive.
const LEAST_SLOPE: f32 = 1e-3;

impl Pointwise for LeakyRelu {
    const NAME: &'static str = "LeakyRelu";
    const ONNX: &'static [&'static str] = &["LeakyRelu"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha"];
    const DARKNET: &'static [(&'static str, Self)] = &[
        ("leaky", LeakyRelu { alpha: 0.1 }),
        ("relie", LeakyRelu { alpha: 0.01 }),
        ("revleaky", LeakyRelu { alpha: 0.1 }),
    ];

    fn at(&self, x: f32) -> f32 {
        if x < 0.0 { self.alpha * x } else { x }
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(LeakyRelu { alpha: numbers.float("alpha", 0.01)? })
    }

    fn becomes(&self) -> Form<'_> {
        match self.alpha {
            alpha if (0.0..LEAST_SLOPE).contains(&alpha) => Form::Units(Activation::Relu),
            alpha if alpha > 0.0 => Form::Units(Activation::Leaky(alpha)),
            _ => Form::Units(Activation::Curve(self)),
        }
    }

    fn odd(&self) -> Option<String> {
        (!self.alpha.is_finite()).then(|| format!("its slope is {}", self.alpha))
    }
}
