//! What one point gave, as its file holds it.

use super::Point;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `points/ID.json`: the same bytes wherever the point ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the point, which follows from its options.
    pub id: String,
    /// Its options.
    pub options: Point,
    /// Version of the program that ran it.
    pub version: String,
    /// SHA-256 of the files that the options name.
    pub files: BTreeMap<String, String>,
    /// What came of the point.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Record {
    /// Why it is no result of the point `id` by this version.
    pub(super) fn fault(&self, id: &str, version: &str) -> Option<&'static str> {
        match &self.outcome {
            _ if self.id != id || self.options.id() != id => Some("it is of another point"),
            _ if self.version != version => Some("it is of another version of spikemesh"),
            Outcome::Done { columns, rows, .. }
                if rows.iter().any(|row| row.len() != columns.len()) =>
            {
                Some("a row has not all columns")
            }
            _ => None,
        }
    }
}

/// Codes of a chip that refuses: conversion, mapping, emulation, sums.
const REFUSALS: [&str; 4] = ["E06", "E07", "E08", "E09"];

impl Outcome {
    /// Whether the chip is the reason of a failure: it fails whenever it runs.
    pub fn is_refusal(&self) -> bool {
        match self {
            Outcome::Done { .. } => false,
            Outcome::Failed { code, .. } => REFUSALS.iter().any(|begin| code.starts_with(begin)),
        }
    }
}

/// What came of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// The point ran.
    Done {
        /// Names of the columns of `summary.csv`.
        columns: Vec<String>,
        /// A row for each input.
        rows: Vec<Vec<String>>,
        /// What a run would have said on standard error.
        remarks: Vec<String>,
    },
    /// The point failed.
    Failed {
        /// Of the error, such as `E0702`; `usage` where the options are none of `run`.
        code: String,
        /// What the error says.
        message: String,
    },
}
