//! Where every neuron lives: populations cut into cores, cores placed on the mesh of chips.

use crate::snn::PopulationId;

/// Index into [`Mapping::cores`]: only cores that hold neurons.
pub type CoreId = u32;

/// A network placed on a chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub cores: Vec<Core>,
    /// One per population (converted networks); empty for networks that bring their own placement.
    pub tilings: Vec<Tiling>,
    pub grid: Grid,
    /// Differences between what the network needs and what the chip can do, in layer order.
    pub gaps: Vec<Gap>,
}

/// The global mesh of tiles: the meshes of all used chips joined edge to edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Grid {
    /// Tiles in x and y over all used chips.
    pub width: usize,
    pub height: usize,
    /// Tiles in x and y of one chip.
    pub chip_width: usize,
    pub chip_height: usize,
    pub chips: usize,
    pub cores_per_tile: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Core {
    /// Global tile coordinates.
    pub x: usize,
    pub y: usize,
    /// Core within the tile.
    pub slot: usize,
    /// `None` where a network brings its own placement and layers are not known.
    pub population: Option<PopulationId>,
    pub neurons: u64,
    pub synapse_memory_bits: u64,
    pub axons_in: u64,
    pub axons_out: u64,
}

/// How a population is cut: a regular grid of blocks. Block `(r, c, b)` holds rows
/// `rows[r]..rows[r+1]`, columns `columns[c]..columns[c+1]`, channels `channels[b]..channels[b+1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tiling {
    pub rows: Vec<usize>,
    pub columns: Vec<usize>,
    pub channels: Vec<usize>,
    /// Core of block `(r, c, b)` at `[(r * (columns.len()-1) + c) * (channels.len()-1) + b]`.
    pub cores: Vec<CoreId>,
    /// Chip neurons per unit: 2 where negative spikes take a second neuron.
    pub neurons_per_unit: u64,
}

/// A difference between network and chip, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    pub verdict: Verdict,
    /// First layer concerned.
    pub layer: String,
    /// The limit or capability, as named in the profile.
    pub limit: String,
    /// One sentence with the numbers.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Costs more, and is billed.
    Paid,
    /// Runs; every report says so.
    Assumed,
    /// Stops, unless idealised.
    Refused,
}
