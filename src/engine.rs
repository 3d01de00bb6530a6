//! Simulation proper: it counts events and measures time; it knows no joule and no file format.

pub mod noc;
pub mod wheel;
