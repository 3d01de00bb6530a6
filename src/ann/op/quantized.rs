//! Values rounded to steps of few bits, as networks for integers have them between layers.

use serde::{Deserialize, Serialize};

use super::{Form, Pointwise};

/// `x` rounded to whole steps of `scale`, from `low` to `high` steps. A chip keeps what it reads:
/// spikes are steps of their own. So bounds that stand for an activation, as 0 does for a ReLU,
/// need a [`Clip`](super::Clip) before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantized {
    /// Size of a step.
    pub scale: f32,
    /// Least number of steps.
    pub low: f32,
    /// Largest number of steps.
    pub high: f32,
}

impl Pointwise for Quantized {
    const NAME: &'static str = "Quantized";

    fn at(&self, x: f32) -> f32 {
        (x / self.scale).round_ties_even().max(self.low).min(self.high) * self.scale
    }

    fn becomes(&self) -> Form<'_> {
        Form::Same
    }

    fn odd(&self) -> Option<String> {
        let bounds = self.low.is_finite() && self.high.is_finite() && self.low <= self.high;
        let fits = self.scale.is_finite() && self.scale > 0.0 && bounds;
        (!fits).then(|| format!("its steps of {} have no bounds", self.scale))
    }
}
