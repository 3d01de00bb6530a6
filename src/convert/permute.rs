//! Elements in another order: whole channels, or cells that lie apart.

use super::Error;
use super::drive::{Drive, Term, View};
use super::flat::Flat;
use super::walk::{Value, Walk};
use crate::ann::op::Permute;
use crate::ann::{NodeId, Shape, Window};
use std::ops::Range;

const OTHER: &str = "spikes keep the order of rows and columns: whole channels may change places, \
                     and cells may be taken with a stride; end the network before it";

impl Walk<'_> {
    /// Channels in another order cost nothing: who reads them reads each where it is. Cells with a
    /// stride are a convolution with a single 1.
    pub fn permute(&mut self, id: NodeId, permute: &Permute) -> Result<Value, Error> {
        let (input, to) = (self.graph.nodes[id].inputs[0], self.graph.nodes[id].shape);
        let from = self.graph.nodes[input].shape;
        if let Some(channels) = permute.of_channels(from, to) {
            return self.reordered(id, input, &channels);
        }
        let Some(strided) = permute.strided(from, to) else { return self.refuse(id, OTHER) };
        let view = self.view_of(input, id)?;
        let mut drive = Drive { shape: to, parts: vec![], bias: vec![0.0; to.channels] };
        let same_tap = |a: &(usize, usize), b: &(usize, usize)| a.1 == b.1;
        for (first, run) in runs(&strided.channels, |c| c.0, same_tap) {
            let tap = strided.channels[first].1;
            let [_, width] = strided.window.kernel;
            // The window ends with the cell that it takes.
            let window = Window { kernel: [tap / width + 1, tap % width + 1], ..strided.window };
            let last = window.kernel[0] * window.kernel[1] - 1;
            let part = view.channels(run.clone());
            let shape = Shape { channels: run.len(), ..to };
            let one = |tap: usize, _: usize, _: usize| if tap == last { 1.0 } else { 0.0 };
            let taken = Drive::conv(&part, shape, window, run.len(), vec![0.0; run.len()], one);
            drive.parts.extend(taken.parts.into_iter().map(|part| part.moved(first)));
        }
        Ok(Value::Drive(drive))
    }

    fn reordered(&mut self, id: NodeId, input: NodeId, channels: &[usize]) -> Result<Value, Error> {
        let shape = self.graph.nodes[id].shape;
        let runs = runs(channels, |&c| c, |_, _| true);
        if let Value::Flat(flat) = self.spiking(input)? {
            let plane = shape.height * shape.width;
            let part = |(_, run): &(usize, Range<usize>)| {
                flat.clone().slice(run.start * plane..run.end * plane)
            };
            return Ok(Value::Flat(Flat::join(runs.iter().map(part).collect())));
        }
        let view = self.view_of(input, id)?;
        let mut terms: Vec<Term> = vec![];
        for (first, run) in runs {
            let moved = |term: Term| Term { offset: term.offset + first, ..term };
            terms.extend(view.channels(run).terms.into_iter().map(moved));
        }
        Ok(Value::View(View { shape, terms }))
    }
}

/// Neighbours that are neighbours in the input, too: the first output channel, and the input's.
fn runs<T>(
    channels: &[T],
    of: impl Fn(&T) -> usize,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<(usize, Range<usize>)> {
    let mut first = 0;
    let mut out = vec![];
    for run in channels.chunk_by(|a, b| of(b) == of(a) + 1 && alike(a, b)) {
        out.push((first, of(&run[0])..of(&run[0]) + run.len()));
        first += run.len();
    }
    out
}
