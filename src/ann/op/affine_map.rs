//! A factor and a constant by element.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, not_finite};
use crate::ann::Shape;

/// Arithmetic with a constant that differs by position (full `[c, h, w]`): `y = scale * x + shift`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AffineMap {
    /// Factor by element.
    pub scale: Vec<f32>,
    /// Summand by element.
    pub shift: Vec<f32>,
}

impl Operator for AffineMap {
    fn name(&self) -> &'static str {
        "AffineMap"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        inputs == [out] && [self.scale.len(), self.shift.len()] == [out.len(); 2]
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        let numbers = self.scale.iter().zip(&self.shift);
        inputs[0].values.iter().zip(numbers).map(|(x, (s, t))| s * x + t).collect()
    }

    fn no_number(&self) -> Option<String> {
        not_finite("scale", &self.scale).or_else(|| not_finite("shift", &self.shift))
    }

    fn form(&self) -> Form<'_> {
        Form::AffineMap { scale: &self.scale, shift: &self.shift }
    }
}
