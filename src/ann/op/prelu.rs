//! PReLU: a slope below zero for each channel.

use serde::{Deserialize, Serialize};

use super::{Activation, Curve, Form, Operator, Tensor, not_finite};
use crate::ann::Shape;

/// `x` where it is not negative, `slope[c] x` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PRelu {
    /// Factor below zero, by channel.
    pub slope: Vec<f32>,
}

impl Operator for PRelu {
    fn name(&self) -> &'static str {
        "PRelu"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        inputs == [out] && self.slope.len() == out.channels
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let plane = (out.height * out.width).max(1);
        let planes = inputs[0].values.chunks_exact(plane).zip(&self.slope);
        let bent = |slope: f32, x: f32| if x < 0.0 { slope * x } else { x };
        planes.flat_map(|(p, &slope)| p.iter().map(move |&x| bent(slope, x))).collect()
    }

    fn no_number(&self) -> Option<String> {
        not_finite("slope", &self.slope)
    }

    fn form(&self) -> Form<'_> {
        Form::Units(Activation::Curve(self))
    }
}

impl Curve for PRelu {
    fn value(&self, channel: usize, x: f64) -> f64 {
        let slope = self.slope.get(channel).map_or(1.0, |&slope| f64::from(slope));
        if x < 0.0 { slope * x } else { x }
    }

    fn bend(&self) -> [f64; 2] {
        [-1.0, 1.0]
    }
}
