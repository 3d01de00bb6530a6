//! Saturation: a ReLU that ends where the integers do that its values become.

use serde::{Deserialize, Serialize};

use super::{Activation, Form, Pointwise};

/// `min(max(x, 0), high)`. As a [`Clip`](super::Clip) computes it, but `high` is the largest value
/// that somebody saw, and no bound of the network: it is no scale of spikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saturation {
    /// Largest value.
    pub high: f32,
}

impl Pointwise for Saturation {
    const NAME: &'static str = "Saturation";

    fn at(&self, x: f32) -> f32 {
        x.max(0.0).min(self.high)
    }

    fn becomes(&self) -> Form<'_> {
        Form::Units(Activation::Saturated(self.high))
    }

    fn odd(&self) -> Option<String> {
        let high = self.high;
        (!(high.is_finite() && high > 0.0)).then(|| format!("its bound is {high}"))
    }
}
