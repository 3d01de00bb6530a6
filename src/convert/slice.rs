//! A range of a tensor's channels.

use super::Error;
use super::drive::{Term, View};
use super::walk::{Value, Walk};
use crate::ann::{NodeId, Shape};
use std::ops::Range;

impl Walk<'_> {
    /// The channels of `id`, which begin at `first` of its input: what reads them reads those of
    /// the populations there, and nothing is made.
    pub fn slice(&mut self, id: NodeId, first: usize) -> Result<Value, Error> {
        let shape = self.graph.nodes[id].shape;
        let input = self.graph.nodes[id].inputs[0];
        if let Value::Flat(flat) = self.spiking(input)? {
            let first = first * shape.height * shape.width;
            return Ok(Value::Flat(flat.slice(first..first + shape.len())));
        }
        let view = self.view_of(input, id)?;
        let terms = view.channels(first..first + shape.channels).terms;
        Ok(Value::View(View { shape, terms }))
    }
}

impl View {
    /// Some of its channels.
    pub fn channels(&self, range: Range<usize>) -> View {
        let within = |term: &Term| {
            let from = term.channels().start.max(range.start);
            let to = term.channels().end.min(range.end);
            let skipped = from - term.offset;
            (from < to).then(|| Term {
                first: term.first + skipped,
                offset: from - range.start,
                scale: term.scale[skipped..to - term.offset].to_vec(),
                ..*term
            })
        };
        let terms = self.terms.iter().filter_map(within).collect();
        View { shape: Shape { channels: range.len(), ..self.shape }, terms }
    }
}
