//! `mapping.csv`: where every core sits, as a run wrote it or a hand changed it.

use super::csv_network::Error;
use super::csv_table::Table;
use std::path::{Path, PathBuf};

/// Columns of `mapping.csv`; `core`, `x`, `y` and `slot` are read back, `layer` is compared.
pub const COLUMNS: [&str; 16] = [
    "core",
    "x",
    "y",
    "slot",
    "chip",
    "layer",
    "row_first",
    "row_last",
    "column_first",
    "column_last",
    "channel_first",
    "channel_last",
    "neurons",
    "synapse_memory_bits",
    "axons_in",
    "axons_out",
];

/// The rows of a file, not yet compared with any network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementFile {
    /// Where it was read.
    pub path: PathBuf,
    /// Its rows, in order.
    pub rows: Vec<PlacementRow>,
    /// Number of the last line.
    pub lines: u64,
}

/// Where one core sits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// Number of the core within its layer.
    pub core: usize,
    /// Global tile coordinates.
    pub x: usize,
    /// Global tile row.
    pub y: usize,
    /// Core within the tile.
    pub slot: usize,
    /// Layer that the core holds; empty where the file does not say.
    pub layer: String,
}

/// Reads a placement.
///
/// # Errors
/// The file cannot be read, or a cell is no number; with its line.
pub fn load(path: &Path) -> Result<PlacementFile, Error> {
    let mut table = Table::open(path, &COLUMNS, &["core", "x", "y", "slot"])?;
    let mut file = PlacementFile { path: path.to_owned(), rows: vec![], lines: 1 };
    while let Some(row) = table.next_row()? {
        file.lines = row.line;
        file.rows.push(PlacementRow {
            line: row.line,
            core: row.whole("core", None)?,
            x: row.whole("x", None)?,
            y: row.whole("y", None)?,
            slot: row.whole("slot", None)?,
            layer: row.cell("layer").to_owned(),
        });
    }
    Ok(file)
}
