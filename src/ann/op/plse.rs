//! Three lines that look like a logistic function.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `plse` of Darknet: a steep line between -4 and 4, flat ones outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plse;

impl Pointwise for Plse {
    const NAME: &'static str = "Plse";
    const DARKNET: &'static [(&'static str, Self)] = &[("plse", Plse)];

    fn at(&self, x: f32) -> f32 {
        match x {
            _ if x < -4.0 => 0.01 * (x + 4.0),
            _ if x > 4.0 => 0.01 * (x - 4.0) + 1.0,
            _ => 0.125 * x + 0.5,
        }
    }

    fn straight(&self) -> [f64; 2] {
        [-5.0, 5.0]
    }
}
