//! Spikes that leave the cells of a population, of one step and summed over steps.

use crate::kernel;
use std::ops::AddAssign;

/// Spikes of one cell in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Neurons that fired.
    pub events: u64,
    /// Spikes, bursts by their size.
    pub spikes: u64,
    /// Packets to each destination: as many as the chip needs for the bursts.
    pub copies: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, other: Sent) {
        self.events += other.events;
        self.spikes += other.spikes;
        self.copies += other.copies;
    }
}

/// Spikes of all cells of a population in one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sending {
    /// By cell: neurons that fired.
    pub(super) events: Vec<u32>,
    /// Spikes; empty where every event is a single one, since these are the events then.
    pub(super) spikes: Vec<u32>,
    /// Packets to each destination; empty where each spike, or each event of one, is a packet.
    pub(super) copies: Vec<u32>,
}

impl Sending {
    pub fn spikes(&self) -> &[u32] {
        if self.spikes.is_empty() { &self.events } else { &self.spikes }
    }

    pub fn copies(&self) -> &[u32] {
        if self.copies.is_empty() { self.spikes() } else { &self.copies }
    }

    /// Of one cell.
    pub fn sent(&self, cell: usize) -> Sent {
        let [events, spikes, copies] =
            [&self.events, self.spikes(), self.copies()].map(|n| u64::from(n[cell]));
        Sent { events, spikes, copies }
    }
}

/// Spikes of all cells of a population, summed over steps.
#[derive(Debug, Clone)]
pub(crate) struct AllSent {
    events: Vec<u64>,
    /// Spikes and copies, once they differ from events.
    others: Option<[Vec<u64>; 2]>,
}

impl AllSent {
    pub fn new(cells: usize) -> AllSent {
        AllSent { events: vec![0; cells], others: None }
    }

    pub fn add(&mut self, sending: &Sending) {
        if self.others.is_none() && !sending.spikes.is_empty() {
            self.others = Some([self.events.clone(), self.events.clone()]);
        }
        kernel::add_counts(&mut self.events, &sending.events);
        if let Some([spikes, copies]) = &mut self.others {
            kernel::add_counts(spikes, sending.spikes());
            kernel::add_counts(copies, sending.copies());
        }
    }

    pub fn copies(&self) -> &[u64] {
        self.others.as_ref().map_or(&self.events, |[_, copies]| copies)
    }

    /// Of all cells.
    pub fn sent(&self) -> impl Iterator<Item = Sent> {
        let spikes = self.others.as_ref().map_or(&self.events, |[spikes, _]| spikes);
        let all = self.events.iter().zip(spikes).zip(self.copies());
        all.map(|((&events, &spikes), &copies)| Sent { events, spikes, copies })
    }
}
