//! What events, links and powers of a chip cost: each number with its band, its basis and its
//! source.

use std::collections::BTreeMap;

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
    /// By neuron class (`if`, `gate`, `telescoping`, `relay`, `readout`, `lif`, `truenorth`,
    /// `input`); `default` serves the rest and is always present.
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
    /// Supply for which the file says them, volts.
    pub reference_volts: f64,
    /// Of the static power.
    pub static_exponent: f64,
    /// Of the energies of events on the chip; links from chip to chip have a supply of their own.
    pub event_exponent: f64,
    /// How the figures came about.
    pub basis: Basis,
    /// Who says so, and where.
    pub source: String,
}

impl Voltage {
    /// What the static power that the file says was multiplied by.
    pub fn static_factor(&self) -> f64 {
        (self.volts / self.reference_volts).powf(self.static_exponent)
    }
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
    pub(super) fn all(&self) -> [&Cost; 5] {
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
    pub(super) fn hops(&self) -> impl Iterator<Item = &EventCost> {
        self.hop.by_direction().into_iter().filter(|event| **event != EventCost::no_link())
    }

    /// Costs of every event of every class.
    pub(super) fn events(&self) -> Vec<&EventCost> {
        let soma = self.soma.values().flat_map(|soma| [&soma.access, &soma.update, &soma.spike]);
        let traffic = [&self.dendrite, &self.axon_out, &self.axon_in, &self.local, &self.chip_link];
        soma.chain(self.synapse.values()).chain(traffic).chain(self.hops()).collect()
    }

    /// Energies of events but those of links from chip to chip.
    pub(super) fn energies_on_chip_mut(&mut self) -> Vec<&mut Cost> {
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

    /// Whether anything draws power all the time.
    pub fn draw_power(&self) -> bool {
        let board = self.board.iter().map(|board| &board.static_mw);
        let processor = self.processor.iter().filter(|processor| processor.count > 0);
        let idle = processor.map(|processor| &processor.idle_mw);
        let mut powers = [&self.static_mw_per_chip].into_iter().chain(board).chain(idle);
        powers.any(|power| power.high > 0.0)
    }

    /// Whether packets take time between cores.
    pub fn ways_take_time(&self) -> bool {
        let Costs { local, chip_link, link_interval_ns, .. } = self;
        let events = self.hop.by_direction().into_iter().chain([local, chip_link]);
        events.map(|event| &event.latency_ns).chain([link_interval_ns]).any(|cost| cost.high > 0.0)
    }

    /// Whether an event, a link or a processor takes time.
    pub(super) fn take_time(&self) -> bool {
        let processors = self.processor.iter().filter(|processor| processor.count > 0);
        let processors = processors.flat_map(|p| [&p.management_ns, &p.injection_ns, &p.start_ns]);
        self.latencies_ns().into_iter().chain(processors).any(|cost| cost.high > 0.0)
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
