//! The next whole number above.

use serde::{Deserialize, Serialize};

use super::{Form, Numbers, Pointwise};

/// The next whole number above.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ceil;

impl Pointwise for Ceil {
    const NAME: &'static str = "Ceil";
    const ONNX: &'static [&'static str] = &["Ceil"];

    fn at(&self, x: f32) -> f32 {
        x.ceil()
    }

    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Ok(Ceil)
    }

    fn becomes(&self) -> Form<'_> {
        Form::None("it is not linear and not an activation")
    }
}
