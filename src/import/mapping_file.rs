//! A mapping of one's own: the blocks that layers are cut into, and where these sit. The columns
//! are those of `mapping.csv`.

use super::csv_network::Error;
use super::csv_table::{Row, Table};
use super::placement_file::COLUMNS;
use std::path::{Path, PathBuf};

/// Columns that every such file has.
const BLOCKS: [&str; 7] = [
    "layer",
    "row_first",
    "row_last",
    "column_first",
    "column_last",
    "channel_first",
    "channel_last",
];

/// The blocks of a file, not yet compared with any network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingFile {
    /// Where it was read.
    pub path: PathBuf,
    /// Its rows, in order.
    pub rows: Vec<BlockRow>,
}

/// One block of a layer, which a core holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name of the layer.
    pub layer: String,
    /// First row, column and channel.
    pub first: [usize; 3],
    /// Last row, column and channel.
    pub last: [usize; 3],
    /// Number of the core, where the file has one.
    pub core: Option<usize>,
    /// Global tile coordinates and core within the tile, `[x, y, slot]`, where the file places
    /// cores.
    pub place: Option<[usize; 3]>,
}

/// Reads a mapping.
///
/// # Errors
/// The file cannot be read, a column is missing, or a cell is no number; with its line.
pub fn load(path: &Path) -> Result<MappingFile, Error> {
    let mut table = Table::open(path, &COLUMNS, &BLOCKS)?;
    let mut file = MappingFile { path: path.to_owned(), rows: vec![] };
    while let Some(row) = table.next_row()? {
        let numbered = !row.cell("core").is_empty();
        file.rows.push(BlockRow {
            line: row.line,
            layer: row.cell("layer").to_owned(),
            // Cores that layers share have no block; what to say of them is known later.
            first: edges(&row, ["row_first", "column_first", "channel_first"])?,
            last: edges(&row, ["row_last", "column_last", "channel_last"])?,
            core: numbered.then(|| row.whole("core", None)).transpose()?,
            place: place(&row)?,
        });
    }
    Ok(file)
}

fn edges(row: &Row, columns: [&'static str; 3]) -> Result<[usize; 3], Error> {
    let shared = row.cell("layer").is_empty().then_some(0);
    let [rows, columns, channels] = columns;
    Ok([row.whole(rows, shared)?, row.whole(columns, shared)?, row.whole(channels, shared)?])
}

/// Where the core of a row sits; a place needs all three numbers.
fn place(row: &Row) -> Result<Option<[usize; 3]>, Error> {
    let columns = ["x", "y", "slot"];
    if columns.iter().all(|column| row.cell(column).is_empty()) {
        return Ok(None);
    }
    let [x, y, slot] = columns;
    Ok(Some([row.whole(x, None)?, row.whole(y, None)?, row.whole(slot, None)?]))
}
