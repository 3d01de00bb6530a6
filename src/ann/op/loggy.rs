//! The logistic function between -1 and 1.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `2 / (1 + exp(-x)) - 1`, as in Darknet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loggy;

impl Pointwise for Loggy {
    const NAME: &'static str = "Loggy";
    const DARKNET: &'static [(&'static str, Self)] = &[("loggy", Loggy)];

    fn at(&self, x: f32) -> f32 {
        libm::tanh(f64::from(x) / 2.0) as f32
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0, 10.0]
    }
}
