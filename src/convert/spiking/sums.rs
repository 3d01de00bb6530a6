//! What the spikes of a step may add up to, which sums of 32 bits hold.

use super::linear::Linear;
use super::numbers::Numbers;
use super::{MOST_INPUT, SpikingError};
use crate::plain::counted;
use crate::snn::Train;
use crate::spiking::{Graph, Projection, Unit};

/// Largest magnitude of a sum, in steps of weights.
const MOST_SUM: i64 = i32::MAX as i64;

/// What leads into a layer.
pub(super) struct Weigh<'a> {
    pub graph: &'a Graph,
    pub arriving: &'a [(Linear, &'a Projection)],
    pub numbers: &'a Numbers,
}

/// A layer that overflows where all inputs send as much as they can.
#[derive(Debug, Clone, PartialEq)]
pub struct Tight {
    layer: String,
    /// Largest weight of an input, in steps.
    weight: i64,
    /// What all other neurons add at most.
    others: i64,
    /// A setting by which weights are smaller.
    smaller: &'static str,
}

impl Weigh<'_> {
    /// The most that arrives at a unit of channel `c`, in steps of weights.
    pub fn most(&self, c: usize) -> i64 {
        self.sum(c, true) * i64::from(MOST_INPUT) + self.sum(c, false)
    }

    /// The layer called `name`, if the spikes of inputs may be too many for it.
    ///
    /// # Errors
    /// Those of neurons may be.
    pub fn tight(&self, name: &str) -> Result<Option<Tight>, &'static str> {
        let channels = 0..self.numbers.layer.unit.len();
        let others = channels.clone().map(|c| self.sum(c, false)).max().unwrap_or(0);
        if others > MOST_SUM {
            return Err("what can arrive in a step does not fit sums of 32 bits");
        }
        if channels.clone().all(|c| self.most(c) <= MOST_SUM) {
            return Ok(None);
        }
        let weight = channels.flat_map(|c| self.weights(c, true)).max().unwrap_or(0);
        // Weights that are whole numbers keep their bits.
        let as_given = self.numbers.layer.as_given;
        let smaller = if as_given { "scale=0.01" } else { "weights=8" };
        Ok(Some(Tight { layer: name.to_owned(), weight, others, smaller }))
    }

    fn sum(&self, c: usize, inputs: bool) -> i64 {
        self.weights(c, inputs).sum()
    }

    /// Magnitudes of the weights into channel `c`, from inputs or from neurons.
    fn weights(&self, c: usize, inputs: bool) -> impl Iterator<Item = i64> {
        let is_input =
            move |q: &Projection| matches!(self.graph.populations[q.source].unit, Unit::Input);
        let from = self.arriving.iter().filter(move |(_, q)| is_input(q) == inputs);
        from.flat_map(move |(linear, _)| {
            let each = linear.weights.len() / linear.outputs.max(1);
            let own = linear.weights[c * each..(c + 1) * each].iter();
            own.map(move |&w| i64::from(self.numbers.weight(c, w).abs()))
        })
    }
}

impl Tight {
    /// Checks the spikes of an input.
    ///
    /// # Errors
    /// Those of a step may add up to more than the sum holds.
    pub fn takes(&self, train: &Train) -> Result<(), SpikingError> {
        let count = |step: &Vec<(u32, i32)>| step.iter().map(|&(_, n)| i64::from(n)).sum::<i64>();
        let counts = train.steps.iter().map(count).enumerate();
        // Of equals the first.
        let Some((step, most)) = counts.rev().max_by_key(|&(_, count)| count) else {
            return Ok(());
        };
        if most * self.weight + self.others <= MOST_SUM {
            return Ok(());
        }
        Err(SpikingError::Layer {
            layer: self.layer.clone(),
            why: format!(
                "{} of step {} may add up to more than sums of 32 bits hold; take shorter steps \
                 with --bin, or smaller weights with --recipe {}",
                counted(most as u64, "input spike"),
                step + 1,
                self.smaller
            ),
        })
    }
}
