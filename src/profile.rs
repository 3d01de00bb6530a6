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

use std::collections::BTreeMap;

mod change;
mod compare;
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
pub use error::{Error, Invalid};
pub use excerpt::Excerpt;
pub use load::{all, load, load_changed, load_list, load_list_changed};
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

/// How a published number came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// On the chip.
    Measured,
    /// By the designers, before silicon.
    Simulated,
    /// Fitted to measurements of whole programs.
    Regressed,
    /// Power divided by events, idle power included.
    Average,
    /// Assumed, as the source says.
    Assumed,
}

/// One priced event or clock figure: `low <= nominal <= high`, in the unit of its key
/// (pJ for energies, ns for latencies, mW for powers).
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Least plausible value.
    pub low: f64,
    /// Most plausible value.
    pub nominal: f64,
    /// Largest plausible value.
    pub high: f64,
    /// How the value came about.
    pub basis: Basis,
    /// Who says so, and where.
    pub source: String,
}

/// Energy and duration of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventCost {
    /// Picojoules of one event.
    pub energy_pj: Cost,
    /// Nanoseconds of one event.
    pub latency_ns: Cost,
}

impl EventCost {
    /// Of a link that does not exist, so that no packet ever pays it.
    pub fn no_link() -> EventCost {
        let source = "the chip has no such link".to_owned();
        let free = Cost { low: 0.0, nominal: 0.0, high: 0.0, basis: Basis::Assumed, source };
        EventCost { energy_pj: free.clone(), latency_ns: free }
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

/// Soma costs of one neuron class, additive: a spike costs access, update and spike.
#[derive(Debug, Clone, PartialEq)]
pub struct SomaCost {
    /// One visit of a mapped neuron in a step.
    pub access: EventCost,
    /// What an update costs in addition.
    pub update: EventCost,
    /// What a spike costs in addition.
    pub spike: EventCost,
}

/// Prices of events; a cost says how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// By neuron class (`if`, `gate`, `telescoping`, `relay`, `readout`, `lif`, `truenorth`, `input`);
    /// `default` serves the rest and is always present.
    pub soma: BTreeMap<String, SomaCost>,
    /// By synapse class (`conv`, `dense`, `sparse`, `pool`, or a name from a CSV network);
    /// `default` serves the rest and is always present.
    pub synapse: BTreeMap<String, EventCost>,
    /// Per synaptic operation, beside the synapse.
    pub dendrite: EventCost,
    /// Per packet, at the sending core.
    pub axon_out: EventCost,
    /// Per packet, at the receiving core.
    pub axon_in: EventCost,
    /// Per packet whose destination lies in the source's own tile.
    pub local: EventCost,
    /// Per packet and link, by the direction of travel; diagonals are free where a chip has none.
    pub hop: Hops<EventCost>,
    /// Per packet crossing from one chip to the next, in place of that link's hop.
    pub chip_link: EventCost,
    /// Shortest time between two packets on one link.
    pub link_interval_ns: Cost,
    /// Static power of one powered chip; a chip is powered whole.
    pub static_mw_per_chip: Cost,
    /// What else is powered with the chips, scope `system`; `None`: not known.
    pub board: Option<Board>,
    /// `None`: not known.
    pub processor: Option<Processor>,
    /// One multiply-accumulate of the analogue input layer, scope `system`, picojoules.
    pub input_mac_pj: Cost,
    /// One write of a result of the analogue input layer, picojoules.
    pub input_write_pj: Cost,
}

/// Supply of the chip, and the powers of it that energies follow. Costs are those at `volts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Voltage {
    /// Supply of the costs, volts.
    pub volts: f64,
    /// Of the static power.
    pub static_exponent: f64,
    /// Of the energies of events on the chip; links from chip to chip have a supply of their own.
    pub event_exponent: f64,
    /// How the figures came about.
    pub basis: Basis,
    /// Who says so, and where.
    pub source: String,
}

/// What embedded processors beside the cores take, scope `system`: they end the steps and inject
/// the spikes of inputs. Nothing without a processor.
#[derive(Debug, Clone, PartialEq)]
pub struct Processor {
    /// How many share the injections; 0: none works, and nothing of this is counted.
    pub count: u64,
    /// Management of a step, ns.
    pub management_ns: Cost,
    /// One spike that one of them injects, ns.
    pub injection_ns: Cost,
    /// Once for a sample, ns.
    pub start_ns: Cost,
    /// One processor at all times, mW.
    pub idle_mw: Cost,
    /// One processor in addition while it works, mW.
    pub busy_mw: Cost,
}

impl Processor {
    /// Every cost.
    fn all(&self) -> [&Cost; 5] {
        let Processor { management_ns, injection_ns, start_ns, idle_mw, busy_mw, .. } = self;
        [management_ns, injection_ns, start_ns, idle_mw, busy_mw]
    }
}

/// Power of a board without its chips.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// Chips that a board carries, at least one; a board is powered whole.
    pub chips: u64,
    /// Milliwatts of one board.
    pub static_mw: Cost,
}

impl Costs {
    /// Costs of a neuron class; those of `default` where the profile does not name it.
    pub fn soma_of(&self, class: &str) -> &SomaCost {
        class_or_default(&self.soma, class)
    }

    /// Costs of a link, by direction, but those of links that do not exist.
    fn hops(&self) -> impl Iterator<Item = &EventCost> {
        self.hop.by_direction().into_iter().filter(|event| **event != EventCost::no_link())
    }

    /// Costs of every event of every class.
    fn events(&self) -> Vec<&EventCost> {
        let soma = self.soma.values().flat_map(|soma| [&soma.access, &soma.update, &soma.spike]);
        let traffic = [&self.dendrite, &self.axon_out, &self.axon_in, &self.local, &self.chip_link];
        soma.chain(self.synapse.values()).chain(traffic).chain(self.hops()).collect()
    }

    /// Energies of events but those of links from chip to chip.
    fn energies_on_chip_mut(&mut self) -> Vec<&mut Cost> {
        let soma = self.soma.values_mut();
        let soma = soma.flat_map(|soma| [&mut soma.access, &mut soma.update, &mut soma.spike]);
        let Hops { east, west, north, south, north_east, south_west } = &mut self.hop;
        let hops = [east, west, north, south, north_east, south_west];
        let traffic = [&mut self.dendrite, &mut self.axon_out, &mut self.axon_in, &mut self.local];
        let events = soma.chain(self.synapse.values_mut()).chain(traffic).chain(hops);
        events.map(|event| &mut event.energy_pj).collect()
    }

    /// Every cost of every class.
    pub fn all(&self) -> Vec<&Cost> {
        let single = [
            &self.link_interval_ns,
            &self.static_mw_per_chip,
            &self.input_mac_pj,
            &self.input_write_pj,
        ];
        let board = self.board.iter().map(|board| &board.static_mw);
        let processor = self.processor.iter().flat_map(Processor::all);
        self.events()
            .into_iter()
            .flat_map(|event| [&event.energy_pj, &event.latency_ns])
            .chain(single)
            .chain(board)
            .chain(processor)
            .collect()
    }

    /// Every latency of every class, and the interval of a link.
    pub fn latencies_ns(&self) -> Vec<&Cost> {
        self.events()
            .into_iter()
            .map(|event| &event.latency_ns)
            .chain([&self.link_interval_ns])
            .collect()
    }

    /// Costs of a synapse class; those of `default` where the profile does not name it.
    pub fn synapse_of(&self, class: &str) -> &EventCost {
        class_or_default(&self.synapse, class)
    }
}

fn class_or_default<'a, T>(costs: &'a BTreeMap<String, T>, class: &str) -> &'a T {
    // Both maps have a `default`; see the fields of `Costs`.
    costs
        .get(class)
        .or_else(|| costs.get("default"))
        .expect("loading refuses a profile without `default`")
}

/// One value per direction of travel: east is growing x, north is growing y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Hops<T> {
    /// To growing x.
    pub east: T,
    /// To falling x.
    pub west: T,
    /// To growing y.
    pub north: T,
    /// To falling y.
    pub south: T,
    /// To growing x and y at once.
    #[serde(default)]
    pub north_east: T,
    /// To falling x and y at once.
    #[serde(default)]
    pub south_west: T,
}

impl<T> Hops<T> {
    /// East, west, north, south, north-east, south-west.
    pub fn by_direction(&self) -> [&T; 6] {
        [&self.east, &self.west, &self.north, &self.south, &self.north_east, &self.south_west]
    }

    /// What `f` makes of every value.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Hops<U> {
        Hops {
            east: f(&self.east),
            west: f(&self.west),
            north: f(&self.north),
            south: f(&self.south),
            north_east: f(&self.north_east),
            south_west: f(&self.south_west),
        }
    }
}

impl std::ops::AddAssign for Hops<u64> {
    fn add_assign(&mut self, other: Hops<u64>) {
        self.east += other.east;
        self.west += other.west;
        self.north += other.north;
        self.south += other.south;
        self.north_east += other.north_east;
        self.south_west += other.south_west;
    }
}

impl Hops<u64> {
    /// All directions together.
    pub fn total(self) -> u64 {
        self.by_direction().into_iter().sum()
    }
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
