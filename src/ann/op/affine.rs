//! A factor and a constant by channel.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, not_finite};
use crate::ann::Shape;

/// `y = scale[c] * x + shift[c]`: batch norm, and arithmetic with constants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// Factor by channel.
    pub scale: Vec<f32>,
    /// Summand by channel.
    pub shift: Vec<f32>,
}

impl Operator for Affine {
    fn name(&self) -> &'static str {
        "Affine"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let lengths = [self.scale.len(), self.shift.len()];
        inputs == [out] && lengths == [out.channels; 2]
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let plane = (out.height * out.width).max(1);
        let planes = inputs[0].values.chunks_exact(plane);
        let planes = planes.zip(self.scale.iter().zip(&self.shift));
        planes.flat_map(|(p, (s, t))| p.iter().map(move |x| s * x + t)).collect()
    }

    fn function(&self, x: f32) -> Option<f32> {
        let (&scale, &shift) = (self.scale.first()?, self.shift.first()?);
        let all = |list: &[f32], one: f32| list.iter().all(|&x| x == one);
        let alike = all(&self.scale, scale) && all(&self.shift, shift);
        alike.then_some(scale * x + shift)
    }

    fn no_number(&self) -> Option<String> {
        not_finite("scale", &self.scale).or_else(|| not_finite("shift", &self.shift))
    }

    fn form(&self) -> Form<'_> {
        Form::Affine { scale: &self.scale, shift: &self.shift }
    }
}
