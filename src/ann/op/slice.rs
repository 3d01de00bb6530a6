//! Some of the channels.

use serde::{Deserialize, Serialize};

use super::{Form, Operator, Tensor, same_map};
use crate::ann::Shape;

/// The channels from `first` on, as many as the node's shape says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The first channel that is kept.
    pub first: usize,
}

impl Operator for Slice {
    fn name(&self) -> &'static str {
        "Slice"
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        let &[from] = inputs else { return false };
        let end = self.first.checked_add(out.channels);
        same_map(&from, &out) && end.is_some_and(|end| end <= from.channels)
    }

    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32> {
        let plane = out.height * out.width;
        inputs[0].values[self.first * plane..][..out.len()].to_vec()
    }

    fn form(&self) -> Form<'_> {
        Form::Slice { first: self.first }
    }
}
