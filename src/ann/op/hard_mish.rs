//! A Mish of straight lines and one parabola.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `x` above 0, 0 below -2, `x^2 / 2 + x` between: `hard_mish` of Darknet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardMish;

impl Pointwise for HardMish {
    const NAME: &'static str = "HardMish";
    const DARKNET: &'static [(&'static str, Self)] = &[("hard_mish", HardMish)];

    fn at(&self, x: f32) -> f32 {
        match x {
            _ if x > 0.0 => x,
            _ if x > -2.0 => x * x / 2.0 + x,
            _ => 0.0,
        }
    }

    fn straight(&self) -> [f64; 2] {
        [-2.25, 0.25]
    }
}
