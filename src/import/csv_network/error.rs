//! Why a folder of CSV files is no network.

use crate::memory::TooMuch;
use std::path::PathBuf;

/// Why a folder is not a network; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be opened.
    #[error("{}: cannot be opened", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line that is no row.
    #[error("{}, line {line}: not a CSV row of this table: {reason}", path.display())]
    Csv {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// The cause, in words.
        reason: String,
    },
    /// A run of the rows would take more memory than it may.
    #[error("{}: a run of its rows: {source}", path.display())]
    Memory {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: TooMuch,
    },
    /// A column that no table has.
    #[error("{}, line 1: unknown column `{column}`", path.display())]
    UnknownColumn {
        /// The file or folder.
        path: PathBuf,
        /// Name of the column.
        column: String,
    },
    /// A column that stands twice.
    #[error("{}, line 1: column `{column}` stands twice", path.display())]
    RepeatedColumn {
        /// The file or folder.
        path: PathBuf,
        /// Name of the column.
        column: String,
    },
    /// A column that is not there.
    #[error("{}, line 1: column `{column}` is missing", path.display())]
    MissingColumn {
        /// The file or folder.
        path: PathBuf,
        /// Name of the column.
        column: &'static str,
    },
    /// A neuron of an unknown model.
    #[error(
        "{}, line {line}: unknown model `{model}` (known: input, lif, truenorth)", path.display()
    )]
    UnknownModel {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Name of the model.
        model: String,
    },
    /// A cell of another form.
    #[error("{}, line {line}: column `{column}`: `{value}` is not {wanted}", path.display())]
    BadValue {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What the cell holds.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A cell that would change nothing.
    #[error(
        "{}, line {line}: column `{column}`: `{value}` has no effect on {on}; leave the cell empty",
        path.display()
    )]
    NoEffect {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What the cell holds.
        value: String,
        /// What it would act on.
        on: &'static str,
    },
    /// Neurons out of their order.
    #[error(
        "{}, line {line}: id {id} where {expected} was expected; ids count up from 0",
        path.display()
    )]
    IdOrder {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Number of the neuron.
        id: u32,
        /// Number that it has to have.
        expected: usize,
    },
    /// A number without a neuron.
    #[error(
        "{}, line {line}: column `{column}`: no neuron {id}, the network has {neurons}",
        path.display()
    )]
    IdRange {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Number that the cell holds.
        id: u32,
        /// Neurons of the network.
        neurons: usize,
    },
    /// A step before the first.
    #[error("{}, line {line}: steps count from 1, this is step 0", path.display())]
    StepZero {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
    },
    /// A place without its tile or its core, or neurons of which only some have one.
    #[error(
        "{}, line {line}: neuron {id} has {}; give every neuron tile and core_in_tile, or none of \
         them a place",
        path.display(), of_place(*tile, *core, *first)
    )]
    HalfPlaced {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Number of the neuron.
        id: u32,
        /// Whether it has a tile.
        tile: bool,
        /// Whether it has a core.
        core: bool,
        /// Whether the first neuron has a place.
        first: bool,
    },
    /// An input to a neuron of another model.
    #[error("{}, line {line}: neuron {id} is not an input", path.display())]
    NotAnInput {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Number of the neuron.
        id: u32,
    },
    /// The same input twice.
    #[error(
        "{}, line {line}: input {id} fires in step {step} already, and once a step at most; leave \
         this row out",
        path.display()
    )]
    RepeatedInput {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Number of the neuron.
        id: u32,
        /// Step of the input.
        step: u64,
    },
    /// A core whose number contradicts its tile.
    #[error(
        "{}, line {line}: core {core} is not tile {tile} x cores per tile + core_in_tile {slot}{}",
        path.display(), as_before(*per_tile)
    )]
    WrongCore {
        /// The file.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// Global number of the core.
        core: usize,
        /// Tile of the core.
        tile: usize,
        /// Core within the tile.
        slot: usize,
        /// Cores of a tile, where they are known.
        per_tile: Option<usize>,
    },
}

fn as_before(per_tile: Option<usize>) -> String {
    per_tile.map_or(String::new(), |cores| {
        format!(", with {cores} cores per tile as in the rows before")
    })
}

/// What a neuron has of a place, beside what the first one has.
fn of_place(tile: bool, core: bool, first: bool) -> &'static str {
    match (tile, core, first) {
        (true, false, _) => "a tile and no core_in_tile",
        (false, true, _) => "a core_in_tile and no tile",
        (false, false, false) => "a chip or core and no tile",
        (false, false, true) => "no place, and neuron 0 has one",
        (true, true, _) => "a place, and neuron 0 has none",
    }
}
