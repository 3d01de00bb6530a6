//! Where every neuron lives: populations cut into cores, cores placed on the mesh of chips.
//!
//! ```
//! use spikemesh::mapping::map;
//! use spikemesh::snn::{Model, Network, Population, Readout, Shape};
//!
//! // 2000 units that are read, on a chip whose cores hold 1024 neurons.
//! let shape = Shape { height: 1, width: 1, channels: 2000 };
//! let model = Model::Readout(Readout { bias: vec![0; 2000], shift: vec![0; 2000] });
//! let layer = Population { name: "out".into(), shape, model, analogue: true, depth: 0 };
//! let network = Network {
//!     name: "tiny".into(),
//!     weight_bits: 8,
//!     populations: vec![layer],
//!     projections: vec![],
//!     heads: vec![],
//!     first_phase: None,
//! };
//! let profile = spikemesh::profile::load("loihi1-davies2018")?;
//! let mapping = map(&network, &profile, false)?;
//! assert_eq!((mapping.cores.len(), mapping.grid.chips), (2, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod fanout;
mod gaps;
mod given;
mod grid;
mod packed;
mod partition;
pub mod placed;
pub mod placement;
mod places;
pub mod route;
mod share;
mod tree;

use crate::import::mapping_file::MappingFile;
use crate::plain::counted;
use crate::profile::{Kind, Multicast, Profile, Routing, SignedSpikes};
use crate::snn::{Network, PopulationId};
use partition::Usage;
pub use placement::Objective;
pub use placement::Placement;
pub use places::{PlaceError, Places};
use std::path::PathBuf;
pub use tree::{Branch, Tree};

/// Index into [`Mapping::cores`]: only cores that hold neurons, counted population by population
/// and there in the order of blocks, wherever they sit.
pub type CoreId = u32;

/// A network placed on a chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Cores in use; a [`CoreId`] is an index of these.
    pub cores: Vec<Core>,
    /// One per population (converted networks); empty for networks that bring their own placement.
    pub tilings: Vec<Tiling>,
    /// Tiles of the chips in use.
    pub grid: Grid,
    /// Differences between what the network needs and what the chip can do, in layer order.
    pub gaps: Vec<Gap>,
}

/// The global grid of tiles: those of all used chips joined edge to edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Grid {
    /// Tiles in x over all used chips.
    pub width: usize,
    /// Tiles in y over all used chips.
    pub height: usize,
    /// Tiles in x of one chip.
    pub chip_width: usize,
    /// Tiles in y of one chip.
    pub chip_height: usize,
    /// Chips in use.
    pub chips: usize,
    /// Cores of one tile.
    pub cores_per_tile: usize,
    /// How routers are joined, and the ways between them: see [`route`].
    #[serde(default)]
    pub kind: Kind,
    /// How packets choose their ways.
    #[serde(default)]
    pub routing: Routing,
    /// Whether one packet reaches all destinations of a spike.
    #[serde(default)]
    pub multicast: Multicast,
}

/// One core in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Core {
    /// Global tile coordinates.
    pub x: usize,
    /// Global tile row.
    pub y: usize,
    /// Core within the tile.
    pub slot: usize,
    /// `None` where layers share a core, or a network brings its own placement.
    pub population: Option<PopulationId>,
    /// Chip neurons that it holds.
    pub neurons: u64,
    /// Bits of synapse memory that it uses.
    pub synapse_memory_bits: u64,
    /// Axons in: source neurons whose packets it receives.
    pub axons_in: u64,
    /// Axons out: destination cores, summed over its neurons.
    pub axons_out: u64,
}

/// How a population is cut: a regular grid of blocks. Block `(r, c, b)` holds rows
/// `rows[r]..rows[r+1]`, columns `columns[c]..columns[c+1]`, channels `channels[b]..channels[b+1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tiling {
    /// Borders of the blocks along y.
    pub rows: Vec<usize>,
    /// Borders of the blocks along x.
    pub columns: Vec<usize>,
    /// Borders of the blocks along channels.
    pub channels: Vec<usize>,
    /// Core of block `(r, c, b)` at `[(r * (columns.len()-1) + c) * (channels.len()-1) + b]`.
    pub cores: Vec<CoreId>,
    /// Chip neurons per unit: 2 where negative spikes take a second neuron.
    pub neurons_per_unit: u64,
}

/// Packets from one core to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Core that sends.
    pub from: CoreId,
    /// Core that receives.
    pub to: CoreId,
    /// Packets.
    pub packets: u64,
}

/// A difference between network and chip, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// What became of it.
    pub verdict: Verdict,
    /// First layer concerned; empty where the whole network is, or cores or neurons of a network
    /// that brings its own placement.
    pub layer: String,
    /// The limit or capability, as named in the profile.
    pub limit: String,
    /// One sentence with the numbers.
    pub message: String,
}

/// What becomes of a gap.
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

/// Why a network does not go onto a chip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something the chip cannot do.
    #[error("{}{}; --idealised drops \
             {}", first.message, further(*.more), if *.more == 0 { "it" } else { "them" })]
    Refused {
        /// The first in layer order.
        first: Box<Gap>,
        /// Further refusals.
        more: usize,
    },
    /// More cores than the largest board has.
    #[error(
        "the network needs {}; the largest board has {available} ({}); --idealised drops the limit",
        counted(needed, "core"),
        counted(chips, "chip")
    )]
    Board {
        /// Cores that the network needs.
        needed: usize,
        /// Cores of the largest board.
        available: usize,
        /// Chips of that board.
        chips: usize,
    },
    /// A file that does not put every core on a place of its own, or gives blocks that are no cut.
    #[error("{}, line {line}: {what}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong, in words.
        what: String,
    },
    /// A place that a network gives to a neuron and the board does not have.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

fn further(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" (and {count} more)") }
}

/// By population, chip neurons per unit: 2 where negative spikes leave through second neurons.
fn neurons_per_unit(network: &Network, profile: &Profile) -> Vec<u64> {
    let pairs = profile.capabilities.signed_spikes == SignedSpikes::TwoNeurons;
    network.signed().into_iter().map(|signed| if pairs && signed { 2 } else { 1 }).collect()
}

/// Cuts a retimed network into cores and places them along a Hilbert curve; [`Mapping::place`]
/// moves them elsewhere. With `idealised`, a limit that a population
/// cannot respect is ignored for that population, and the board grows to as many chips as it takes.
///
/// # Errors
/// What the chip refuses, the first in layer order; a board that is too small.
pub fn map(network: &Network, profile: &Profile, idealised: bool) -> Result<Mapping, Error> {
    map_beside(network, profile, vec![], None, idealised)
}

/// The same where the conversion has met gaps already: they take their places among the others.
/// Layers that `given` has are cut as it says; blocks beyond a limit are refusals, and no core is
/// shared.
///
/// # Errors
/// As [`map`], and blocks that do not cover their layer as a grid.
pub fn map_beside(
    network: &Network,
    profile: &Profile,
    known: Vec<Gap>,
    given: Option<&MappingFile>,
    idealised: bool,
) -> Result<Mapping, Error> {
    let per_unit = neurons_per_unit(network, profile);
    let mut gaps = gaps::Gaps::new(network, profile, &per_unit);
    known.into_iter().for_each(|gap| gaps.take(gap));
    let tilings = match given {
        Some(file) => given::tilings(file, network, &per_unit)?,
        None => vec![None; network.populations.len()],
    };
    let (mut tilings, usages) = cut(network, profile, &per_unit, tilings, &mut gaps);
    let mut gaps = gaps.in_layer_order();
    refuse(&gaps, idealised)?;
    let mut cores = number(&mut tilings, &usages);
    let blocks = cores.len();
    let mut grid = grid::of_board(&profile.topology, blocks);
    if grid.is_err() && given.is_none() && share::shares(profile) {
        let mut shared = tilings.clone();
        let fewer = share::join(network, &profile.limits, cores.clone(), &mut shared);
        if let Ok(held) = grid::of_board(&profile.topology, fewer.len()) {
            gaps.push(share::gap(blocks, fewer.len()));
            (cores, tilings, grid) = (fewer, shared, Ok(held));
        }
    }
    let (grid, dropped) = grid::or_unbounded(grid, &profile.topology, idealised)?;
    gaps.extend(dropped);
    let mut mapping = Mapping { cores, tilings, grid, gaps };
    mapping.place(network, &Placement::Hilbert, &[])?;
    Ok(mapping)
}

/// Every population cut, and what each block holds: as `given` has it, or into the fewest blocks.
fn cut(
    network: &Network,
    profile: &Profile,
    per_unit: &[u64],
    given: Vec<Option<Tiling>>,
    gaps: &mut gaps::Gaps,
) -> (Vec<Tiling>, Vec<Vec<Usage>>) {
    let mut cut: Vec<Option<Tiling>> = vec![None; network.populations.len()];
    let mut usages = vec![vec![]; network.populations.len()];
    for (id, tiling) in given.iter().enumerate().rev() {
        let cutter = partition::Cutter::new(network, profile, per_unit, id, &cut);
        let single = cutter.single();
        gaps.neuron(id, &single);
        let tiling = match tiling {
            Some(tiling) => tiling.clone(),
            None => cutter.cut(&gaps.bounds(id, &single)),
        };
        usages[id] = cutter.usages(&tiling);
        cut[id] = Some(tiling);
    }
    // What leads back was not cut when its source was.
    for id in (0..network.populations.len()).filter(|&id| leads_back(network, id)) {
        let cutter = partition::Cutter::new(network, profile, per_unit, id, &cut);
        if let Some(tiling) = &cut[id] {
            usages[id] = cutter.usages(tiling);
            if given[id].is_none() {
                gaps.axons_out(id, &usages[id]);
            }
        }
    }
    for (id, _) in given.iter().enumerate().filter(|(_, tiling)| tiling.is_some()) {
        gaps.blocks(id, &usages[id]);
    }
    (cut.into_iter().flatten().collect(), usages)
}

/// Whether a population sends to itself or to one before it.
fn leads_back(network: &Network, id: PopulationId) -> bool {
    network.projections.iter().any(|p| p.source == id && p.target <= id)
}

/// Stops at the first refusal, unless `idealised`.
fn refuse(gaps: &[Gap], idealised: bool) -> Result<(), Error> {
    let mut refused = gaps.iter().filter(|gap| gap.verdict == Verdict::Refused);
    match refused.next() {
        Some(first) if !idealised => {
            Err(Error::Refused { first: Box::new(first.clone()), more: refused.count() })
        }
        _ => Ok(()),
    }
}

/// Cores in the order of populations and blocks, on no place yet; fills `cores` of every tiling.
fn number(tilings: &mut [Tiling], usages: &[Vec<Usage>]) -> Vec<Core> {
    let mut cores = vec![];
    for (id, (tiling, usages)) in tilings.iter_mut().zip(usages).enumerate() {
        let first = cores.len() as CoreId;
        tiling.cores = (first..first + usages.len() as CoreId).collect();
        cores.extend(usages.iter().map(|usage| Core {
            x: 0,
            y: 0,
            slot: 0,
            population: Some(id),
            neurons: usage.neurons,
            synapse_memory_bits: usage.memory,
            axons_in: usage.axons_in,
            axons_out: usage.axons_out,
        }));
    }
    cores
}

impl Core {
    /// Global coordinates of its tile, `[x, y]`.
    pub fn tile(&self) -> [usize; 2] {
        [self.x, self.y]
    }
}

impl Grid {
    /// A mesh of one chip with a core per tile.
    pub fn of_one_chip(width: usize, height: usize) -> Grid {
        let (kind, routing, multicast) = (Kind::Mesh, Routing::Xy, Multicast::Unicast);
        Grid {
            width,
            height,
            chip_width: width,
            chip_height: height,
            chips: 1,
            cores_per_tile: 1,
            kind,
            routing,
            multicast,
        }
    }

    /// Number of the chip with this tile; chips are counted row by row.
    pub fn chip_at(&self, x: usize, y: usize) -> usize {
        y / self.chip_height * (self.width / self.chip_width) + x / self.chip_width
    }
}

impl Tiling {
    /// Core that holds unit `(y, x, c)`.
    pub fn core_at(&self, y: usize, x: usize, c: usize) -> CoreId {
        let block = |edges: &[usize], i: usize| edges.partition_point(|&edge| edge <= i) - 1;
        let position = block(&self.rows, y) * (self.columns.len() - 1) + block(&self.columns, x);
        self.cores[position * (self.channels.len() - 1) + block(&self.channels, c)]
    }
}
