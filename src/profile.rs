//! A chip profile: limits, capabilities, costs and clocks of one chip, read from TOML.
//!
//! Every cost is a [`Cost`] with its band, basis and source. The engine sees only limits and
//! latencies; joules are for `energy` alone.
//!
//! ```
//! use spikemesh::profile::{self, Change};
//!
//! let change: Change = "limits.neurons_per_core=512".parse()?;
//! let profile = profile::load_changed("loihi2", &[change])?;
//! assert_eq!(profile.limits.neurons_per_core, Some(512));
//! let synapse = &profile.costs.synapse_of("default").energy_pj;
//! assert!(synapse.low <= synapse.nominal && synapse.nominal <= synapse.high);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod compare;
mod costs;
mod embedded;
mod error;
mod excerpt;
mod files;
mod load;
mod missing;
mod raw;
mod scalars;
mod schema;
mod sheet;
mod show;
mod unknown;
mod write;

pub use change::{Change, ChangeError};
pub use compare::compare;
pub use costs::{Basis, Board, Cost, Costs, EventCost, Hops, Processor, SomaCost, Voltage};
pub use error::{Error, Invalid};
pub use excerpt::Excerpt;
pub use load::{all, load, load_changed, load_list, load_list_changed};
pub(crate) use schema::DEFAULT_CLASS;
pub use schema::{keys, keys_called};
pub use sheet::sources;
pub use show::{brief, render};
pub use write::{starter, to_toml};

/// A resolved profile: inheritance applied, every value checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// File stem, the name on the command line; with a mark where values were changed.
    pub name: String,
    /// Name of the chip, for reports.
    pub title: String,
    /// How far the numbers can be trusted, in a sentence or two; printed by `profiles show`.
    pub trust: String,
    /// Tiles, chips and the ways between them.
    pub topology: Topology,
    /// What a core holds.
    pub limits: Limits,
    /// What the chip does by itself.
    pub capabilities: Capabilities,
    /// Prices of events.
    pub costs: Costs,
    /// How steps end.
    pub clock: Clock,
    /// Which neurons of a step count as updated.
    pub update_rule: UpdateRule,
    /// What another supply makes of the energies; `None`: not known.
    pub voltage: Option<Voltage>,
    /// Hex SHA-256 of the resolved text, for the manifest.
    pub hash: String,
    /// Whose it is.
    pub provenance: Provenance,
}

/// What the name of a profile ends with whose values were changed for a run.
pub const CHANGED: &str = " (changed)";

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The name or path that it was asked for by.
    pub asked: String,
    /// Whether its user wrote or changed it, so that no chip stands behind it as documented.
    pub own: bool,
    /// Values that were changed for a run, `key=value`.
    pub changes: Vec<String>,
}

impl Provenance {
    /// The words of a command line that ask for it.
    pub fn words(&self) -> Vec<String> {
        let asked = ["--profile".to_owned(), self.asked.clone()];
        let changes = self.changes.iter().flat_map(|change| ["--set".to_owned(), change.clone()]);
        asked.into_iter().chain(changes).collect()
    }
}

impl Profile {
    /// Its name as a part of a file's name.
    pub fn file_name(&self) -> String {
        match self.name.strip_suffix(CHANGED) {
            Some(name) => format!("{name}-changed"),
            None => self.name.clone(),
        }
    }
}

/// Cores sit in tiles, tiles in the mesh of a chip, chips in the grid of a board; every tile has
/// one router, and the meshes of neighbouring chips join edge to edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    /// Form of the mesh.
    pub kind: Kind,
    /// How packets choose their ways.
    pub routing: Routing,
    /// Whether a packet reaches several cores.
    pub multicast: Multicast,
    /// Tiles of one chip, `[width, height]`.
    pub mesh: [usize; 2],
    /// Cores of one tile.
    pub cores_per_tile: usize,
    /// Numbering of tiles where a network brings its own placement.
    pub tile_order: TileOrder,
    /// Largest board, `[chips in x, chips in y]`.
    pub board: [usize; 2],
    /// Packets that one router output port can hold.
    pub port_buffer: usize,
}

/// How the routers of the used chips are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Each to its neighbours in x and y.
    #[default]
    Mesh,
    /// A mesh that closes to rings around all used chips.
    Torus,
    /// A torus whose routers have links to the north-east and south-west, too.
    TriangularTorus,
    /// The tiles of a chip around one hub, the hubs of neighbouring chips joined.
    Star,
    /// One core: a chip without links.
    Single,
}

/// Which leg of a way comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// Diagonals before x, x before y.
    #[default]
    Xy,
    /// The longest; of equals as [`Routing::Xy`].
    LongestDimensionFirst,
}

/// How a spike with several destination cores leaves its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Multicast {
    /// As one packet for each of them.
    #[default]
    Unicast,
    /// As one packet that forks where their ways part, so that it crosses each link once.
    Tree,
}

/// How tiles are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TileOrder {
    /// `x = tile % width, y = tile / width`.
    RowMajor,
    /// `x = tile / height, y = tile % height`.
    ColumnMajor,
}

/// What one core holds. `None`: no limit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Chip neurons.
    pub neurons_per_core: Option<u64>,
    /// Bits of memory for synapses.
    pub synapse_memory_bits_per_core: Option<u64>,
    /// Distinct source neurons whose packets a core can receive.
    pub axons_in_per_core: Option<u64>,
    /// Sum over a core's neurons of their destination cores.
    pub axons_out_per_core: Option<u64>,
    /// Synapses into one neuron.
    pub fan_in: Option<u64>,
    /// Destination cores of one neuron.
    pub destinations: Option<u64>,
    /// Bits of one stored weight.
    pub weight_bits: Option<u32>,
    /// Distinct weight values per neuron (TrueNorth: 4).
    pub weight_levels: Option<u32>,
    /// Bits of the membrane, sign included.
    pub membrane_bits: Option<u32>,
    /// Largest axonal delay in steps, the one step of plain delivery included.
    pub max_delay: Option<usize>,
}

/// What the chip does by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// How spikes of negative sign are sent.
    pub signed_spikes: SignedSpikes,
    /// Payload bits of a packet: a burst of up to `2^bits - 1` spikes is one packet; 0: binary.
    pub graded_bits: u32,
    /// Neuron models that run: names of model classes, or empty if programmable.
    pub neuron_models: Vec<String>,
    /// Whether units may pass the largest of their inputs.
    pub max_pool: Support,
    /// Whether a core stores a kernel once.
    pub shared_kernels: Support,
    /// How cores store synapses of networks of layers.
    pub encoding: Encoding,
    /// What the profile says of weights of zero; [`Capabilities::zero_weights`] decides.
    pub zero_weights: Option<ZeroWeights>,
}

impl Capabilities {
    /// Whether operations at weights of zero cost: lists of synapses hold none of them.
    pub fn zero_weights(&self) -> ZeroWeights {
        self.zero_weights.unwrap_or(match self.encoding {
            Encoding::Sparse => ZeroWeights::Skipped,
            Encoding::Auto | Encoding::Conv | Encoding::Dense => ZeroWeights::Cost,
        })
    }
}

/// What an operation at a weight of zero costs, in networks of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroWeights {
    /// As much as any other.
    Cost,
    /// Nothing: it does not take place.
    Skipped,
}

/// How a core stores the synapses of a layer, which decides the class that prices them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// `conv` for layers of several positions, whose weights are shared, and `dense` for others.
    #[default]
    Auto,
    /// Kernels.
    Conv,
    /// Rows of weights.
    Dense,
    /// Lists of targets and weights.
    Sparse,
}

/// How a core divides a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phases {
    /// It takes in packets beside visiting its neurons and sending.
    #[default]
    Overlap,
    /// It does one after the other, so that their times add.
    Add,
}

/// How spikes of negative sign are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedSpikes {
    /// A packet carries the sign.
    Native,
    /// A second neuron sends the negative ones.
    TwoNeurons,
    /// Not at all.
    None,
}

/// Whether the chip does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// The chip does it.
    Native,
    /// Not documented; runs, and every report lists it as an assumption.
    Assumed,
    /// Refused unless `--idealised`.
    None,
}

/// How steps end.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// What ends a step.
    pub sync: Sync,
    /// Of chips with steps.
    pub phases: Phases,
    /// Where the numbers of `sync` come from.
    pub source: String,
    /// How those numbers came about.
    pub basis: Basis,
}

impl Profile {
    /// Whether anything in it takes time: an event, a link, a processor, or a step.
    pub fn takes_time(&self) -> bool {
        self.costs.take_time() || self.clock.takes_time()
    }
}

impl Clock {
    /// Whether steps take time whatever happens in them.
    fn takes_time(&self) -> bool {
        match &self.sync {
            Sync::Barrier { points, .. } => points.iter().any(|(_, cost_ns)| *cost_ns > 0.0),
            Sync::Tick { .. } | Sync::Async { .. } => true,
        }
    }
}

/// What ends a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Sync {
    /// All cores wait for each other; `(tiles, cost in ns)` with growing tile counts.
    Barrier {
        /// Used tiles, and nanoseconds of a barrier over so many.
        points: Vec<(u64, f64)>,
        /// What holds between two points.
        between: Between,
    },
    /// A fixed period.
    Tick {
        /// Nanoseconds of a step.
        period_ns: f64,
    },
    /// None: a packet acts when it arrives. A constant input and the biases come once a period.
    Async {
        /// Nanoseconds between two presentations of a constant input.
        period_ns: f64,
    },
}

/// What holds between two points of a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Between {
    /// Linear between the points, constant outside.
    Linear,
    /// The largest point not above the tile count.
    Step,
}

/// Which neurons of a step count as updated (a neuron that fires always does).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateRule {
    /// Those that received at least one synaptic operation.
    Input,
    /// Those, and those whose potential or bias is not zero, and forced ones.
    InputOrState,
}
