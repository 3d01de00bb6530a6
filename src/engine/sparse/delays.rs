//! Synapses by their delay: what arrives in a step was sent in several steps before.
//!
//! Sums of weights run from the oldest spikes to the newest, and there as [`super::synapses`] says.

use super::synapses::{Received, Synapses, unit};
use crate::snn::sparse::{SparseNetwork, Synapse};
use std::borrow::Cow;

/// All synapses, and the spikes that some of them still hold back.
pub(super) struct Delayed<'a> {
    /// The synapses of each delay that occurs, longest first.
    groups: Vec<(usize, Synapses<'a>)>,
    /// By step modulo their number, the neurons that fired.
    past: Vec<Vec<u32>>,
    /// Steps that have been delivered.
    steps: usize,
}

impl<'a> Delayed<'a> {
    /// `places` of neurons as in [`Received`].
    pub(super) fn new(network: &'a SparseNetwork, places: &[u32]) -> Delayed<'a> {
        let mut delays: Vec<u32> = network.synapses.iter().map(|synapse| synapse.delay).collect();
        delays.sort_unstable();
        delays.dedup();
        if delays.is_empty() {
            delays.push(1);
        }
        let unit = unit(&network.synapses);
        let of = |delay: u32| -> Cow<[Synapse]> {
            if delays.len() == 1 {
                return Cow::Borrowed(&network.synapses);
            }
            network.synapses.iter().copied().filter(|synapse| synapse.delay == delay).collect()
        };
        let groups: Vec<_> = delays
            .iter()
            .rev()
            .map(|&delay| (delay as usize, Synapses::new(of(delay), unit, places)))
            .collect();
        let longest = groups.first().map_or(1, |&(delay, _)| delay);
        Delayed { groups, past: vec![vec![]; longest], steps: 0 }
    }

    /// Takes the neurons that fired in a step, in order, and delivers what acts in the next one.
    pub(super) fn deliver(&mut self, fired: &[u32], received: &mut Received) {
        let slots = self.past.len();
        let now = &mut self.past[self.steps % slots];
        now.clear();
        now.extend_from_slice(fired);
        self.steps += 1;
        for (nth, (delay, synapses)) in self.groups.iter_mut().enumerate() {
            let sent = self.steps.checked_sub(*delay);
            let spikes = sent.map_or(&[][..], |step| &self.past[step % slots]);
            synapses.deliver(spikes, nth == 0, received);
        }
    }
}
