//! One point of a sweep, run as the command line would.

use crate::cli::call::{self, Call, Listener};
use crate::cli::{Parsed, parse};
use crate::error_code::{Code, Coded};
use crate::report::{self, Column, Columns, SUMMARY, read_columns};
use crate::scratch::ScratchFolder;
use crate::sweep::{self, Outcome, Point, Record, Sweep};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Runs point `n` of `sweep` and keeps its result.
///
/// # Errors
/// The result cannot be written; whatever fails within the point is its result.
pub fn run_point(sweep: &Sweep, n: usize) -> Result<Record, sweep::Error> {
    sweep.run_point(n, of_run)
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

/// What a point gives.
pub fn of_run(point: &Point) -> Outcome {
    made(point.words(), |parsed, remarks| match parsed.finished() {
        // Its words are those of a run.
        None => Outcome::Failed { code: "usage".into(), message: "no run".into() },
        Some(Ok(finished)) => {
            let tables = finished.tables();
            // What inputs lost stands nowhere else in a sweep.
            let told = remarks().into_iter().chain(tables.setup.notes.iter().cloned()).collect();
            table(tables.columns(SUMMARY, 0), told)
        }
        Some(Err(failure)) => failed(failure.code(), &failure),
    })
}

/// What another command with such options writes into a folder below `dir`, as its file `name`; the
/// folder goes.
pub fn table_of(words: Vec<String>, dir: &Path, name: &str) -> Outcome {
    let scratch = match ScratchFolder::create(dir) {
        Ok(scratch) => scratch,
        Err(error) => return Outcome::Failed { code: "write".into(), message: error.to_string() },
    };
    let folder = scratch.path().join("written");
    let mut all = words;
    // Behind the command, and before what is no option.
    all.insert(1, format!("--out={}", folder.display()));
    made(all, |parsed, remarks| match parsed.run() {
        Ok(()) => table(read_columns(&folder.join(name)).map(Some), remarks()),
        Err(failure) => failed(failure.code(), &failure),
    })
}

/// Makes a call of `words`; its remarks are those so far.
fn made(
    words: Vec<String>,
    done: impl FnOnce(Parsed, &dyn Fn() -> Vec<String>) -> Outcome,
) -> Outcome {
    let parsed = match parse(words.clone()) {
        Ok(parsed) => parsed,
        Err(usage) => {
            return Outcome::Failed { code: "usage".into(), message: usage.message() };
        }
    };
    let remarks = Arc::new(Remarks::default());
    let listener: Arc<dyn Listener> = remarks.clone();
    let call = Call { words, listener: Some(listener), stop: call::stop() };
    let lines = || remarks.0.lock().map(|lines| lines.clone()).unwrap_or_default();
    // What was asked to end has no result.
    call.make(|| done(parsed, &lines)).unwrap_or_else(|stopped| stopped.unwind())
}

fn failed(code: Code, error: &impl std::fmt::Display) -> Outcome {
    Outcome::Failed { code: code.to_string(), message: error.to_string() }
}

fn table(columns: Result<Option<Columns>, report::Error>, remarks: Vec<String>) -> Outcome {
    let table = match columns {
        Ok(table) => table.unwrap_or_default(),
        Err(error) => return failed(error.code(), &error),
    };
    let rows = table.iter().map(|(_, column)| len(column)).min().unwrap_or(0);
    let columns = table.iter().map(|(name, _)| name.clone()).collect();
    let row = |row| table.iter().map(|(_, column)| cell(column, row)).collect();
    Outcome::Done { columns, rows: (0..rows).map(row).collect(), remarks }
}

fn len(column: &Column) -> usize {
    match column {
        Column::Text(cells) => cells.len(),
        Column::Whole(cells) => cells.len(),
        Column::Truth(cells) => cells.len(),
        Column::Float(cells) => cells.len(),
    }
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
