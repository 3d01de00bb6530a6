//! Which neurons are watched from spike to spike, so that their inter-spike intervals can be compared.
//!
//! A pair of a neuron and a core that it sends to needs one number between two spikes. Small networks are watched
//! whole; of larger ones every n-th neuron is, counted over all populations, with n so that memory stays bounded. n is
//! odd: channels are the innermost axis and often a power of two.

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
    /// `traffic` by population.
    pub fn new(network: &Network, traffic: &[Traffic]) -> Watch {
        Watch::within(PAIRS, network, traffic)
    }

    /// The same with a limit of its own.
    fn within(limit: u64, network: &Network, traffic: &[Traffic]) -> Watch {
        let pairs = || {
            network.populations.iter().zip(traffic).flat_map(|(population, traffic)| {
                let channels = population.shape.channels;
                (0..population.shape.neurons()).map(move |neuron| {
                    let cell = &traffic.cells[traffic.cell_of(neuron / channels, neuron % channels)];
                    traffic.lists[cell.list as usize].len() as u64
                })
            })
        };
        // A neuron has a pair per core at most, so that the stride that suffices on average is tried first.
        let mut stride = pairs().sum::<u64>().div_ceil(limit).max(1) | 1;
        while pairs().step_by(stride as usize).sum::<u64>() > limit {
            stride += 2;
        }
        let mut next = 0;
        let first = pairs().step_by(stride as usize).map(|pairs| {
            let first = next;
            next += pairs as u32;
            first
        });
        let first = first.collect();
        let mut before = 0;
        let neurons = network.populations.iter().map(|population| {
            let own = before;
            before += population.shape.neurons() as u64;
            own
        });
        Watch { stride, before: neurons.collect(), first }
    }

    /// The first pair of a neuron, if it is watched; those of its further destinations follow.
    #[inline]
    pub fn first_pair(&self, population: PopulationId, neuron: usize) -> Option<u32> {
        let number = self.before[population] + neuron as u64;
        number.is_multiple_of(self.stride).then(|| self.first[(number / self.stride) as usize])
    }
}
