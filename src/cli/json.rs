//! `--json`.

use super::Result;
use super::heading;
use super::output::{self, Mode};
use crate::report;
use clap::Args;
use serde::Serialize;
use std::path::Path;

/// For commands with a table.
#[derive(Debug, Clone, Args)]
pub struct JsonArguments {
    /// Prints the table as JSON (docs/csv.md), and no text
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

impl JsonArguments {
    /// From here on the table is JSON, if that was asked for.
    pub fn settle(&self) {
        if self.json {
            output::set(Mode::Json);
        }
    }

    /// Whether that was asked for.
    pub fn asked(&self) -> bool {
        self.json
    }
}

/// What is printed: rows of the main table, and where everything else lies.
#[derive(Serialize)]
struct Printed<'a, T> {
    version: &'a str,
    command: String,
    /// Where the files are; empty where none were written.
    folder: String,
    rows: &'a [T],
}

/// Prints `rows` as JSON, where that was asked for.
pub fn print<T: Serialize>(folder: Option<&Path>, rows: &[T]) -> Result<()> {
    let folder = folder.map_or(String::new(), |folder| folder.display().to_string());
    let (version, command) = (env!("CARGO_PKG_VERSION"), super::command_line());
    output::json(&Printed { version, command, folder, rows })
}

/// Prints the rows of a CSV file as JSON, where that was asked for.
pub fn print_csv(folder: &Path, name: &str) -> Result<()> {
    print(Some(folder), &report::json_rows(folder, name)?)
}
