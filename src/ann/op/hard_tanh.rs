//! HardTanh: a number between -1 and 1.

use serde::{Deserialize, Serialize};

use super::Pointwise;

/// `min(max(x, -1), 1)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardTanh;

impl Pointwise for HardTanh {
    const NAME: &'static str = "HardTanh";
    const DARKNET: &'static [(&'static str, Self)] = &[("hardtan", HardTanh)];

    fn at(&self, x: f32) -> f32 {
        x.clamp(-1.0, 1.0)
    }

    fn straight(&self) -> [f64; 2] {
        // Both corners lie inside.
        [-1.25, 1.25]
    }
}
