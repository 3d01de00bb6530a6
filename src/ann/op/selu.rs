//! An ELU with a factor.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pointwise};

/// `gamma x` where it is not negative, `gamma alpha (exp(x) - 1)` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selu {
    /// Factor on the exponential below zero.
    pub alpha: f32,
    /// Factor on all values.
    pub gamma: f32,
}

/// Those that keep mean and variance (Klambauer, Unterthiner, Mayr and Hochreiter 2017).
const USUAL: Selu = Selu { alpha: 1.673_263_2, gamma: 1.050_701 };

impl Pointwise for Selu {
    const NAME: &'static str = "Selu";
    const ONNX: &'static [&'static str] = &["Selu"];
    const ATTRIBUTES: &'static [&'static str] = &["alpha", "gamma"];
    const DARKNET: &'static [(&'static str, Self)] = &[("selu", Selu { alpha: 1.6732, gamma: 1.0507 })];

    fn at(&self, x: f32) -> f32 {
        let (alpha, gamma) = (f64::from(self.alpha), f64::from(self.gamma));
        let x = f64::from(x);
        (gamma * if x < 0.0 { alpha * libm::expm1(x) } else { x }) as f32
    }

    fn from_onnx(numbers: &dyn Numbers) -> Result<Self, String> {
        let alpha = numbers.float("alpha", USUAL.alpha)?;
        Ok(Selu { alpha, gamma: numbers.float("gamma", USUAL.gamma)? })
    }

    fn straight(&self) -> [f64; 2] {
        [-10.0, 1.0]
    }

    fn odd(&self) -> Option<String> {
        let odd = [self.alpha, self.gamma].into_iter().find(|x| !x.is_finite());
        odd.map(|x| format!("one of its numbers is {x}"))
    }
}
