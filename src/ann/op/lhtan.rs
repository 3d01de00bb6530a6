//! A clip to 0..1 with a slope of a thousandth outside.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `lhtan` of Darknet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lhtan;

impl Pointwise for Lhtan {
    const NAME: &'static str = "Lhtan";
    const DARKNET: &'static [(&'static str, Self)] = &[("lhtan", Lhtan)];

    fn at(&self, x: f32) -> f32 {
        match x {
            _ if x < 0.0 => 0.001 * x,
            _ if x > 1.0 => 0.001 * (x - 1.0) + 1.0,
            _ => x,
        }
    }

    fn straight(&self) -> [f64; 2] {
        [-0.125, 1.125]
    }
}
