//! Counts of one core, or of one population: one neuron class, no memory of its own.

use super::traffic::{Received, Route, Sent};
use crate::activity::Counts;
use crate::profile::Hops;
use std::ops::AddAssign;

/// As [`Counts`], for neurons of one class and synapses of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub accesses: u64,
    pub updates_input: u64,
    pub updates_state: u64,
    pub firings: u64,
    pub spikes: u64,
    pub events: u64,
    pub synaptic_operations: u64,
    pub pool_operations: u64,
    pub packets: u64,
    pub packets_in: u64,
    pub local_packets: u64,
    pub hops: Hops<u64>,
    pub chip_links: u64,
}

impl Tally {
    /// What the spikes of a cell are at their sender.
    pub fn of_sent(route: &Route, sent: Sent) -> Tally {
        let copies = sent.copies;
        Tally {
            firings: copies,
            spikes: sent.spikes,
            events: sent.events,
            packets: copies * route.packets,
            local_packets: copies * route.local,
            hops: route.crossed.hops.map(|hops| copies * hops),
            chip_links: copies * route.crossed.chip_links,
            ..Tally::default()
        }
    }

    /// What arrives; `pooled` at pool units and relays.
    pub fn of_received(received: Received, pooled: bool) -> Tally {
        let Received { packets, operations } = received;
        let [synaptic_operations, pool_operations] =
            if pooled { [0, operations] } else { [operations, 0] };
        Tally { packets_in: packets, synaptic_operations, pool_operations, ..Tally::default() }
    }

    /// Adds to `counts`, whose vectors have this tally's classes at `class` and `synapses`.
    pub fn add_to(&self, counts: &mut Counts, class: usize, synapses: usize) {
        counts.accesses[class] += self.accesses;
        counts.updates_input[class] += self.updates_input;
        counts.updates_state[class] += self.updates_state;
        counts.firings[class] += self.firings;
        counts.spikes += self.spikes;
        counts.events += self.events;
        counts.synaptic_operations[synapses] += self.synaptic_operations;
        counts.pool_operations += self.pool_operations;
        counts.packets += self.packets;
        counts.packets_in += self.packets_in;
        counts.local_packets += self.local_packets;
        counts.hops += self.hops;
        counts.chip_links += self.chip_links;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.accesses += other.accesses;
        self.updates_input += other.updates_input;
        self.updates_state += other.updates_state;
        self.firings += other.firings;
        self.spikes += other.spikes;
        self.events += other.events;
        self.synaptic_operations += other.synaptic_operations;
        self.pool_operations += other.pool_operations;
        self.packets += other.packets;
        self.packets_in += other.packets_in;
        self.local_packets += other.local_packets;
        self.hops += other.hops;
        self.chip_links += other.chip_links;
    }
}
