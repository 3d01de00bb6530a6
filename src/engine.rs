//! Emulates a network step by step: counts events and measures times; it knows no joule and no file format.

pub mod chip;
pub mod functional;
pub mod noc;
pub mod sparse;
pub mod spikes;
pub mod state;
mod timing;
pub mod wheel;
