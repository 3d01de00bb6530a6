//! A range of a tensor's channels.

use super::Error;
use super::drive::{Drive, POINT, View};
use super::walk::{Value, Walk};
use crate::ann::NodeId;

impl Walk<'_> {
    /// The channels of `id`, which begin at `first` of its input. Where no population reaches over
    /// the range's edges, nothing is made; else a linear population copies what is asked for.
    pub fn slice(&mut self, id: NodeId, first: usize) -> Result<Value, Error> {
        let node = &self.graph.nodes[id];
        let mut view = self.view_of(node.inputs[0], id)?;
        let end = first + node.shape.channels;
        view.terms.retain(|t| t.channels().start < end && first < t.channels().end);
        if view.terms.iter().all(|t| first <= t.channels().start && t.channels().end <= end) {
            view.terms.iter_mut().for_each(|t| t.offset -= first);
            return Ok(Value::View(View { shape: node.shape, terms: view.terms }));
        }
        let bias = vec![0.0; node.shape.channels];
        Ok(Value::Drive(Drive::conv(&view, node.shape, POINT, 1, bias, |_, i, o| f64::from(i == first + o))))
    }
}
