//! Emulates a network step by step: counts events and measures times; it knows no joule and no file format.

pub mod chip;
mod event;
mod fire;
pub mod flows;
pub mod functional;
mod links;
pub mod noc;
mod packets;
mod pool;
pub mod sparse;
pub mod spikes;
pub mod state;
mod tally;
mod timing;
pub(crate) mod traffic;
pub mod wheel;

/// How a run is timed, and what is kept beside its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Move every packet hop by hop, instead of taking the busiest core's time.
    pub event_timing: bool,
    pub record_spikes: bool,
}
