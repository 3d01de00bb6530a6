//! Which neurons are watched from spike to spike, so that their inter-spike intervals can be
//! compared.
//!
//! A pair of a neuron and a core that it sends to needs one number between two spikes. Small
//! networks are watched whole; of larger ones every n-th neuron is, counted over all populations,
//! with n so that memory stays bounded. n is odd: channels are the innermost axis and often a power
//! of two.

use super::traffic::Traffic;
use crate::snn::{Network, PopulationId};

/// Most pairs that are watched.
const PAIRS: u64 = 1 << 20;

#[derive(Clone)]
pub(crate) struct Watch {
    /// Every so many-th neuron is watched.
    stride: u64,
    /// By population: neurons before it.
    before: Vec<u64>,
    /// By watched neuron: its first pair.
    first: Vec<u32>,
}

impl Watch {
    /// Over the neurons of a converted network; `traffic` by population.
    pub fn new(network: &Network, traffic: &[Traffic]) -> Watch {
        let mut next = 0;
        let before = network.populations.iter().map(|population| {
            let before = next;
            next += population.shape.neurons() as u64;
            before
        });
        Watch::over(before.collect(), || {
            network.populations.iter().zip(traffic).flat_map(|(population, traffic)| {
                let channels = population.shape.channels;
                let sizes = traffic.sizes();
                (0..population.shape.neurons()).map(move |neuron| {
                    let cell =
                        &traffic.cells[traffic.cell_of(neuron / channels, neuron % channels)];
                    u64::from(sizes[cell.list as usize])
                })
            })
        })
    }

    /// Over neurons of which `before` precede each population; `pairs` are those of each neuron.
    pub fn over<P: Iterator<Item = u64>>(before: Vec<u64>, pairs: impl Fn() -> P) -> Watch {
        Watch::within(PAIRS, before, pairs)
    }

    fn within<P: Iterator<Item = u64>>(
        limit: u64,
        before: Vec<u64>,
        pairs: impl Fn() -> P,
    ) -> Watch {
        let watched = |stride: u64| pairs().step_by(stride as usize);
        let mut stride = pairs().sum::<u64>().div_ceil(limit).max(1) | 1;
        while watched(stride).sum::<u64>() > limit {
            // What suffices on average may not suffice for those that are taken.
            stride += 2;
        }
        let mut next = 0;
        let first = watched(stride).map(|pairs| {
            let first = next;
            next += pairs as u32;
            first
        });
        let first = first.collect();
        Watch { stride, before, first }
    }

    /// The first pair of a neuron, if it is watched; those of its further destinations follow.
    #[inline]
    pub fn first_pair(&self, population: PopulationId, neuron: usize) -> Option<u32> {
        let number = self.before[population] + neuron as u64;
        number.is_multiple_of(self.stride).then(|| self.first[(number / self.stride) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_networks_are_watched_in_part() {
        let pairs = || (0..1000).map(|neuron| neuron % 7);
        let all = Watch::within(10_000, vec![0, 400], pairs);
        assert_eq!(
            [all.first_pair(0, 0), all.first_pair(0, 3), all.first_pair(1, 0)].map(Option::unwrap),
            [0, 3, 1197]
        );
        let some = Watch::within(500, vec![0, 400], pairs);
        let watched: Vec<usize> = (0..1000).filter(|&n| some.first_pair(0, n).is_some()).collect();
        assert!(watched.iter().map(|&n| n as u64 % 7).sum::<u64>() <= 500);
        assert_eq!(watched[..3], [0, some.stride as usize, 2 * some.stride as usize]);
        assert_eq!(some.stride % 2, 1);
    }
}
