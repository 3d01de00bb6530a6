//! GELU: a number times the share of a bell curve below it.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `x (1 + erf(x / sqrt(2))) / 2`; or, where `tanh` says so, what is usually taken in its place:
/// `x (1 + tanh(0.797885 x + 0.035677 x^3)) / 2`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gelu {
    /// Whether the formula with tanh is taken.
    pub tanh: bool,
}

/// `sqrt(2 / pi)`.
const FIRST: f64 = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
/// Of the cube (Hendrycks and Gimpel 2016).
const THIRD: f64 = 0.044715;

impl Pointwise for Gelu {
    const NAME: &'static str = "Gelu";
    const ONNX: &'static [&'static str] = &["Gelu"];
    const ATTRIBUTES: &'static [&'static str] = &["approximate"];
    const DARKNET: &'static [(&'static str, Self)] = &[("gelu", Gelu { tanh: true })];

    fn at(&self, x: f32) -> f32 {
        let x = f64::from(x);
        let share = match self.tanh {
            true => libm::tanh(FIRST * (x + THIRD * x * x * x)),
            false => libm::erf(x * std::f64::consts::FRAC_1_SQRT_2),
        };
        (0.5 * x * (1.0 + share)) as f32
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        match &numbers.text("approximate", "none")?[..] {
            "none" => Ok(Gelu { tanh: false }),
            "tanh" => Ok(Gelu { tanh: true }),
            other => Err(format!("approximate={other} is not known; none and tanh are")),
        }
    }

    fn straight(&self) -> [f64; 2] {
        [-4.5, 4.5]
    }
}
