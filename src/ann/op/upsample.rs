//! Nearest neighbours.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor};
use crate::ann::Shape;

/// Nearest neighbour by whole factors `[y, x]`: `out[y][x] = in[y / fy][x / fx]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upsample {
    /// Times that a cell is repeated in y and in x.
    pub factor: [usize; 2],
}

impl Operator for Upsample {
    fn name(&self) -> &'static str {
        "Upsample"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let [y, x] = self.factor;
        from.channels == out.channels
            && from.height.checked_mul(y) == Some(out.height)
            && from.width.checked_mul(x) == Some(out.width)
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let Tensor { values, shape: from } = inputs[0];
        let [fy, fx] = self.factor;
        let row = |c: usize, y: usize| (c * from.height + y / fy) * from.width;
        (0..out.channels * out.height)
            .map(|cy| row(cy / out.height, cy % out.height))
            .flat_map(|start| (0..out.width).map(move |ox| values[start + ox / fx]))
            .collect()
    }

    fn form(&self) -> Form<'_> {
        Form::Repeat { factor: self.factor }
    }
}
