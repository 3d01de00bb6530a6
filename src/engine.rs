//! Emulates a network step by step and counts what happens; it knows no joule and no file format.

pub mod functional;
pub mod sparse;
pub mod spikes;
pub mod state;
//! Simulation proper: it counts events and measures time; it knows no joule and no file format.

pub mod noc;
pub mod wheel;
