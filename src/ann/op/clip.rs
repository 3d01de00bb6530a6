//! Clips: bounds below and above.

use serde::{Deserialize, Serialize};

use super::{Activation, Form, Pointwise};

/// `min(max(x, low), high)`; bounds may be infinite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Least value.
    pub low: f32,
    /// Largest value.
    pub high: f32,
}

/// A bound that no feature meets: exporters write the largest number of some type.
const WIDE: f32 = 1e4;

impl Pointwise for Clip {
    const NAME: &'static str = "Clip";
    const DARKNET: &'static [(&'static str, Self)] = &[("relu6", Clip { low: 0.0, high: 6.0 })];

    /// Not `clamp`, which panics on crossed bounds.
    fn at(&self, x: f32) -> f32 {
        x.max(self.low).min(self.high)
    }

    fn becomes(&self) -> Form<'_> {
        Form::Units(match (self.low, self.high) {
            (0.0, WIDE..) => Activation::Relu,
            (0.0, high) if high > 0.0 => Activation::Clip(high),
            // It bounds nothing, but has spikes of its own.
            (f32::NEG_INFINITY, f32::INFINITY) => Activation::Linear,
            _ => Activation::Curve(self),
        })
    }

    fn straight(&self) -> [f64; 2] {
        let bound = |bound: f32| if bound.is_finite() { Some(f64::from(bound)) } else { None };
        let (low, high) = (bound(self.low), bound(self.high));
        let ends = [low.or(high).unwrap_or(-1.0), high.or(low).unwrap_or(1.0)];
        // Both corners lie inside.
        let margin = (ends[1] - ends[0]).abs().max(1.0) / 8.0;
        [ends[0] - margin, ends[1] + margin]
    }

    fn odd(&self) -> Option<String> {
        let Clip { low, high } = *self;
        if low.is_nan() || high.is_nan() {
            return Some("a bound is NaN".into());
        }
        let empty = low == f32::INFINITY || high == f32::NEG_INFINITY;
        empty.then(|| format!("nothing lies between its bounds {low} and {high}"))
    }
}
