//! The next whole number below.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// The next whole number below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Floor;

impl Pointwise for Floor {
    const NAME: &'static str = "Floor";
    const ONNX: &'static [&'static str] = &["Floor"];

    fn at(&self, x: f32) -> f32 {
        x.floor()
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Floor)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("it is not linear and not an activation")
    }
}
