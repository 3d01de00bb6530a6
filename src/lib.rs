//! spikemesh: how much energy and time would a trained detector take on a neuromorphic chip?
//!
//! This is the foundation: the plain types that pass from one stage to the next. Data goes one
//! way, `import -> ann -> convert -> snn -> mapping -> engine -> activity -> energy -> report`.

pub mod activity;
pub mod ann;
pub mod cli;
pub mod convert;
pub mod detect;
pub mod encode;
pub mod energy;
pub mod engine;
pub mod import;
pub mod kernel;
pub mod mapping;
pub mod pipeline;
pub mod profile;
pub mod report;
pub mod snn;
