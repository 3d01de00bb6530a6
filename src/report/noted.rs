//! What the tables of several inputs keep of one, so that its outcome need not be held.

use super::columns::Value;
use super::csv_file::Cell;
use super::summary;
use crate::pipeline::{Outcome, Setup};
use crate::profile::Profile;
use serde::{Deserialize, Serialize};

/// One input in `summary.csv` and in the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    pub(super) name: String,
    pub(super) sha256: String,
    /// Steps of the inference (T), and of the fill.
    pub(super) steps: u64,
    pub(super) depth: u64,
    pub(super) membrane_saturations: u64,
    row: Vec<Value>,
}

impl Noted {
    /// Of an emulation.
    pub fn new(setup: &Setup, profile: &Profile, outcome: &Outcome) -> Noted {
        Noted {
            name: outcome.input.clone(),
            sha256: outcome.input_sha256.clone(),
            steps: outcome.activity.inference_steps,
            depth: outcome.activity.depth,
            membrane_saturations: outcome.activity.saturations,
            row: summary::row(setup, profile, outcome, |cells| cells.map(Cell::value).into()),
        }
    }

    /// Its row of `summary.csv`.
    pub(super) fn row(&self) -> [&dyn Cell; summary::HEADER.len()] {
        std::array::from_fn(|n| self.row.get(n).unwrap_or(&Value::Nothing) as &dyn Cell)
    }
}
