//! Rounds half to even.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// Rounds half to even.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round;

impl Pointwise for Round {
    const NAME: &'static str = "Round";
    const ONNX: &'static [&'static str] = &["Round"];

    fn at(&self, x: f32) -> f32 {
        x.round_ties_even()
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Round)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("it is not linear and not an activation")
    }
}
