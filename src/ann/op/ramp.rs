//! A ReLU over a slope of a tenth.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `max(x, 0) + 0.1 x`: `ramp` of Darknet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ramp;

impl Pointwise for Ramp {
    const NAME: &'static str = "Ramp";
    const DARKNET: &'static [(&'static str, Self)] = &[("ramp", Ramp)];

    fn at(&self, x: f32) -> f32 {
        x.max(0.0) + 0.1 * x
    }

    fn straight(&self) -> [f64; 2] {
        [-1.0, 1.0]
    }
}
