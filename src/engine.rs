//! Emulates a network step by step: counts events and measures times; it knows no joule and no file format.

pub mod chip;
mod event;
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
mod traffic;
pub mod wheel;
