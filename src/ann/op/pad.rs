//! A constant around a tensor.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// Constant padding `[top, left, bottom, right]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pad {
    /// Cells added: `[top, left, bottom, right]`.
    pub pad: [usize; 4],
    /// What the added cells hold.
    pub value: f32,
}

const BEFORE_LAYERS: &str =
    "zeros around spiking features stand in what reads them: a convolution, an average that counts \
     them, or a maximum of features that are never negative";

impl Operator for Pad {
    fn name(&self) -> &'static str {
        "Pad"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let [top, left, bottom, right] = self.pad;
        let side = |a: usize, b: usize, c: usize| a.checked_add(b)?.checked_add(c);
        from.channels == out.channels
            && side(from.height, top, bottom) == Some(out.height)
            && side(from.width, left, right) == Some(out.width)
    }

    fn run(&self, inputs: &[Tensor], to: Shape) -> Vec<f32> {
        let Tensor { values, shape: from } = inputs[0];
        let mut out = vec![self.value; to.len()];
        for (cy, row) in values.chunks_exact(from.width.max(1)).enumerate() {
            let y = cy / from.height * to.height + cy % from.height + self.pad[0];
            out[y * to.width + self.pad[1]..][..from.width].copy_from_slice(row);
        }
        out
    }

    fn no_number(&self) -> Option<String> {
        (!self.value.is_finite()).then(|| format!("its padding is {}", self.value))
    }

    fn form(&self) -> Form<'_> {
        match self.pad == [0; 4] && self.value == 0.0 {
            true => Form::Same,
            false if self.value != 0.0 => {
                Form::ImageOnly("a number around features that is not zero has no spikes; pad with \
                                 0")
            }
            false => Form::ImageOnly(BEFORE_LAYERS),
        }
    }
}
