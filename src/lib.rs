//! spikemesh answers two questions about a trained detector: *how much energy and time would it
//! take on a neuromorphic chip?* and *which chip does this simulate?*
//!
//! A float network is converted to integrate-and-fire neurons ([`convert`]), placed on the cores
//! of a modelled chip ([`mapping`]) and emulated event by event ([`engine`]): every spike travels
//! as packets through routers to synapse memory, and every event is counted ([`activity`]). A
//! [`profile`] prices the counts ([`energy`]); [`report`] writes them down.
//!
//! Data goes one way, and plain owned types cross the borders:
//! `import -> ann -> convert -> snn -> mapping -> engine -> activity -> energy -> report`.
//! [`pipeline`] is this chain as one call.
//!
//! Units stand in every name: energies in picojoules (`_pj`), times in integer picoseconds
//! (`_ps`), powers in milliwatts (`_mw`). Every priced figure has a band of low, nominal, high;
//! events, leakage and the input layer are three scopes, which reports keep apart.
//!
//! ```
//! use spikemesh::activity::Span;
//! use spikemesh::energy::{Band, static_energy};
//!
//! let profile = spikemesh::profile::load("loihi1-davies2018")?;
//! // Two powered chips for a millisecond, before anything has spiked:
//! let Band { low, nominal, high } = static_energy(&profile, 2, Span::exactly(1_000_000_000));
//! assert!(low <= nominal && nominal <= high && nominal > 0.0);
//! # Ok::<(), spikemesh::profile::Error>(())
//! ```

// Only `cli::output` writes to the terminal.
#![deny(clippy::print_stdout, clippy::print_stderr)]
// Only `kernel` calls instructions that a processor may not have.
#![deny(unsafe_code)]
// Tests read what they wrote themselves; all else goes through `files` (clippy.toml).
#![cfg_attr(test, allow(clippy::disallowed_methods))]
// A library is read by its documentation.
#![warn(missing_docs)]

pub mod activity;
pub mod ann;
pub mod baseline;
pub mod cli;
pub mod compare;
pub mod convert;
mod csv_lines;
pub mod detect;
pub mod digest;
pub mod encode;
pub mod energy;
pub mod engine;
pub mod error_code;
pub mod eval;
pub mod explore;
pub mod export;
pub mod files;
pub mod import;
pub mod journal;
#[allow(unsafe_code)]
pub mod kernel;
pub mod mapping;
pub mod memory;
pub mod pipeline;
pub mod plain;
pub mod profile;
pub mod report;
pub mod scratch;
pub mod snn;
pub mod spiking;
pub mod suggest;
pub mod sweep;
pub mod tune;
pub mod validate;
