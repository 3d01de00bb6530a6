//! What the spikes of a step may add up to, which sums of 32 bits hold.

use super::linear::Linear;
use super::numbers::Numbers;
use super::{MOST_INPUT, SpikingError};
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
    channels: Vec<Channel>,
    /// A setting by which weights are smaller.
    smaller: &'static str,
}

/// What arrives at a unit of one channel.
#[derive(Debug, Clone, PartialEq)]
struct Channel {
    /// What neurons add at most.
    others: i64,
    /// By projection from an input.
    inputs: Vec<Reach>,
}

/// Magnitudes of the weights of one projection into one channel.
#[derive(Debug, Clone, PartialEq)]
struct Reach {
    /// How many steps later its spikes act.
    lag: usize,
    /// By element of the input, where every unit reads all of them; else empty.
    each: Vec<i64>,
    sum: i64,
    largest: i64,
}

impl Weigh<'_> {
    /// The most that arrives at a unit of channel `c`, in steps of weights.
    pub fn most(&self, c: usize) -> i64 {
        let sum = |inputs| self.reaches(c, inputs).map(|reach| reach.sum).sum::<i64>();
        sum(true) * i64::from(MOST_INPUT) + sum(false)
    }

    /// The layer called `name`, if the spikes of inputs may be too many for it.
    ///
    /// # Errors
    /// Those of neurons may be.
    pub fn tight(&self, name: &str) -> Result<Option<Tight>, &'static str> {
        let channels = 0..self.numbers.layer.unit.len();
        if channels.clone().all(|c| self.most(c) <= MOST_SUM) {
            return Ok(None);
        }
        let channel = |c: usize| Channel {
            others: self.reaches(c, false).map(|reach| reach.sum).sum(),
            inputs: self.reaches(c, true).collect(),
        };
        let channels: Vec<Channel> = channels.map(channel).collect();
        if channels.iter().any(|channel| channel.others > MOST_SUM) {
            return Err("what can arrive in a step does not fit sums of 32 bits");
        }
        // Weights that are whole numbers keep their bits.
        let as_given = self.numbers.layer.as_given;
        let smaller = if as_given { "scale=0.01" } else { "weights=8" };
        Ok(Some(Tight { layer: name.to_owned(), channels, smaller }))
    }

    /// The projections into channel `c`, from inputs or from neurons.
    fn reaches(&self, c: usize, inputs: bool) -> impl Iterator<Item = Reach> {
        let from = self.arriving.iter().filter(move |(_, q)| {
            let is_input = matches!(self.graph.populations[q.source].unit, Unit::Input);
            is_input == inputs
        });
        from.map(move |(linear, q)| {
            let each = linear.weights.len() / linear.outputs.max(1);
            let own = linear.weights[c * each..(c + 1) * each].iter();
            let each: Vec<i64> = own.map(|&w| i64::from(self.numbers.weight(c, w).abs())).collect();
            let source = self.graph.populations[q.source].shape;
            let reads_all = linear.groups == 1 && linear.kernel == [source.height, source.width];
            Reach {
                lag: q.lag,
                sum: each.iter().sum(),
                largest: each.iter().copied().max().unwrap_or(0),
                each: if reads_all { each } else { vec![] },
            }
        })
    }
}

impl Reach {
    /// The most that the spikes of a step add: element and count.
    fn most(&self, spikes: &[(u32, i32)]) -> i64 {
        let counts = || spikes.iter().map(|&(_, count)| i64::from(count));
        let all = counts().sum::<i64>() * self.largest;
        let crowded = counts().max().unwrap_or(0) * self.sum;
        let each = |&(element, count): &(u32, i32)| {
            self.each.get(element as usize).map_or(0, |weight| weight * i64::from(count))
        };
        match self.each.is_empty() {
            true => all.min(crowded),
            false => spikes.iter().map(each).sum(),
        }
    }
}

impl Tight {
    /// Checks the spikes of an input, whose elements are in the order of the graph.
    ///
    /// # Errors
    /// Those of a step may add up to more than the sum holds.
    pub fn takes(&self, train: &Train) -> Result<(), SpikingError> {
        let reaches = self.channels.iter().flat_map(|channel| &channel.inputs);
        let last = train.steps.len() + reaches.map(|reach| reach.lag).max().unwrap_or(0);
        let sent = |step: usize, lag: usize| {
            let at = step.checked_sub(lag).and_then(|at| train.steps.get(at));
            at.map_or(&[][..], Vec::as_slice)
        };
        let most = |channel: &Channel, step: usize| {
            let inputs = channel.inputs.iter().map(|reach| reach.most(sent(step, reach.lag)));
            channel.others + inputs.sum::<i64>()
        };
        let fits = |step: usize| self.channels.iter().all(|one| most(one, step) <= MOST_SUM);
        let Some(step) = (0..last).find(|&step| !fits(step)) else { return Ok(()) };
        Err(SpikingError::Layer {
            layer: self.layer.clone(),
            why: format!(
                "the spikes of step {} may add up to more than sums of 32 bits hold; take smaller \
                 weights with --recipe {}, or shorter steps of a recording",
                step + 1,
                self.smaller
            ),
        })
    }
}
