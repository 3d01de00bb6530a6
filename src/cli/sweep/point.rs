//! One point of a sweep, run as the command line would.

use crate::cli::call::{Call, Listener};
use crate::cli::{Finished, parse};
use crate::error_code::{Code, Coded};
use crate::report::{Column, SUMMARY};
use crate::sweep::{self, Outcome, Point, Record, Sweep};
use std::sync::{Arc, Mutex};

/// Runs point `n` of `sweep` and keeps its result.
///
/// # Errors
/// The result cannot be written; whatever fails within the point is its result.
pub fn run_point(sweep: &Sweep, n: usize) -> Result<Record, sweep::Error> {
    sweep.run_point(n, outcome)
}

/// Keeps what a run says beside its results.
#[derive(Default)]
struct Remarks(Mutex<Vec<String>>);

impl Listener for Remarks {
    fn remark(&self, line: &str) {
        if let Ok(mut remarks) = self.0.lock() {
            remarks.push(line.to_owned());
        }
    }

    fn progress(&self, _what: &str, _share: f64) {}
}

fn outcome(point: &Point) -> Outcome {
    let words = point.words();
    let parsed = match parse(words.clone()) {
        Ok(parsed) => parsed,
        Err(usage) => {
            return Outcome::Failed { code: "usage".into(), message: usage.message() };
        }
    };
    let remarks = Arc::new(Remarks::default());
    let listener: Arc<dyn Listener> = remarks.clone();
    let call = Call { listener: Some(listener), ..Call::of_words(words) };
    let done = call.make(|| parsed.finished());
    let remarks = remarks.0.lock().map(|lines| lines.clone()).unwrap_or_default();
    match done {
        // Its words are those of a run.
        Ok(None) => Outcome::Failed { code: "usage".into(), message: "no run".into() },
        Ok(Some(Ok(finished))) => rows(&finished, remarks),
        Ok(Some(Err(failure))) => failed(failure.code(), &failure),
        // Nobody else holds what stops it.
        Err(stopped) => Outcome::Failed { code: "stopped".into(), message: format!("{stopped:?}") },
    }
}

fn failed(code: Code, error: &impl std::fmt::Display) -> Outcome {
    Outcome::Failed { code: code.to_string(), message: error.to_string() }
}

fn rows(finished: &Finished, remarks: Vec<String>) -> Outcome {
    let table = match finished.tables().columns(SUMMARY, 0) {
        Ok(table) => table.unwrap_or_default(),
        Err(error) => return failed(error.code(), &error),
    };
    let columns = table.iter().map(|(name, _)| name.clone()).collect();
    let rows = (0..finished.outcomes.len())
        .map(|row| table.iter().map(|(_, column)| cell(column, row)).collect())
        .collect();
    Outcome::Done { columns, rows, remarks }
}

/// As the CSV file has it.
fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Text(cells) => cells[row].clone().unwrap_or_default(),
        Column::Whole(cells) => cells[row].to_string(),
        Column::Truth(cells) => cells[row].to_string(),
        Column::Float(cells) if cells[row].is_nan() => String::new(),
        Column::Float(cells) => cells[row].to_string(),
    }
}
