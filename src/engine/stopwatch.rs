//! How long the parts of a step take.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Time of one population's step, summed over its bands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Laps {
    /// Sums of what arrives.
    pub scatter: Duration,
    /// Membranes.
    pub update: Duration,
    /// Resets and lists of spikes; pools and relays as a whole.
    pub lists: Duration,
    /// Neurons with input, and active ones, by block.
    pub counts: Duration,
}

impl AddAssign for Laps {
    fn add_assign(&mut self, other: Laps) {
        self.scatter += other.scatter;
        self.update += other.update;
        self.lists += other.lists;
        self.counts += other.counts;
    }
}

/// Sums over a run: scatter, update, lists, counts.
#[derive(Debug, Default)]
pub struct Stopwatch([AtomicU64; 4]);

impl Stopwatch {
    /// `counts`: time of the observer.
    pub(super) fn add(&self, laps: Laps, counts: Duration) {
        for (sum, part) in
            self.0.iter().zip([laps.scatter, laps.update, laps.lists, laps.counts + counts])
        {
            sum.fetch_add(part.as_nanos() as u64, Relaxed);
        }
    }

    /// Seconds of scatter, update, lists and counts so far, summed over threads.
    pub fn read(&self) -> [f64; 4] {
        self.0.each_ref().map(|sum| sum.load(Relaxed) as f64 / 1e9)
    }
}
