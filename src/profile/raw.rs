//! The TOML form of a profile, as written, and its check into the resolved form.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;

use super::{
    Basis, Between, Board, Capabilities, Clock, Cost, Costs, EventCost, Hops, Kind, Limits,
    Multicast, Profile, Provenance, Routing, SignedSpikes, SomaCost, Support, Sync, TileOrder,
    Topology, UpdateRule,
};

/// A value that reads as TOML but is not allowed.
pub(super) struct Fault {
    pub span: Range<usize>,
    pub message: String,
}

type Checked<T> = Result<T, Fault>;

fn fault<T>(span: Range<usize>, message: impl Into<String>) -> Checked<T> {
    Err(Fault { span, message: message.into() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProfile {
    title: Spanned<String>,
    trust: Spanned<String>,
    topology: RawTopology,
    #[serde(default)]
    limits: RawLimits,
    capabilities: RawCapabilities,
    costs: RawCosts,
    clock: RawClock,
    update_rule: UpdateRule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTopology {
    kind: Option<Spanned<Kind>>,
    routing: Option<Spanned<Routing>>,
    multicast: Option<Spanned<Multicast>>,
    mesh: [Spanned<usize>; 2],
    cores_per_tile: Spanned<usize>,
    tile_order: TileOrder,
    board: [Spanned<usize>; 2],
    port_buffer: Spanned<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    neurons_per_core: Option<Spanned<u64>>,
    synapse_memory_bits_per_core: Option<Spanned<u64>>,
    axons_in_per_core: Option<Spanned<u64>>,
    axons_out_per_core: Option<Spanned<u64>>,
    fan_in: Option<Spanned<u64>>,
    destinations: Option<Spanned<u64>>,
    weight_bits: Option<Spanned<u32>>,
    weight_levels: Option<Spanned<u32>>,
    membrane_bits: Option<Spanned<u32>>,
    max_delay: Option<Spanned<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCapabilities {
    signed_spikes: SignedSpikes,
    graded_bits: Spanned<u32>,
    neuron_models: Vec<String>,
    max_pool: Support,
    shared_kernels: Support,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCost {
    low: Option<Spanned<f64>>,
    nominal: Spanned<f64>,
    high: Option<Spanned<f64>>,
    /// In place of both ends.
    band: Option<Spanned<toml::Value>>,
    basis: Basis,
    source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvent {
    energy_pj: RawCost,
    latency_ns: RawCost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSoma {
    access: RawEvent,
    update: RawEvent,
    spike: RawEvent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHops {
    east: RawEvent,
    west: RawEvent,
    north: RawEvent,
    south: RawEvent,
    north_east: Option<RawEvent>,
    south_west: Option<RawEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBoard {
    chips: Spanned<u64>,
    static_mw: RawCost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCosts {
    soma: Spanned<BTreeMap<String, RawSoma>>,
    synapse: Spanned<BTreeMap<String, RawEvent>>,
    dendrite: RawEvent,
    axon_out: RawEvent,
    axon_in: RawEvent,
    local: RawEvent,
    hop: RawHops,
    chip_link: RawEvent,
    link_interval_ns: RawCost,
    static_mw_per_chip: RawCost,
    board: Option<RawBoard>,
    input_mac_pj: RawCost,
    input_write_pj: RawCost,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawSync {
    Barrier,
    Tick,
    Async,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoint {
    tiles: Spanned<u64>,
    cost_ns: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClock {
    sync: Spanned<RawSync>,
    points: Option<Spanned<Vec<RawPoint>>>,
    between: Option<Spanned<Between>>,
    period_ns: Option<Spanned<f64>>,
    basis: Basis,
    source: Spanned<String>,
}

impl RawProfile {
    /// Checks every value; name, hash and provenance are filled by the loader.
    pub(super) fn check(self) -> Checked<Profile> {
        self.topology.fits()?;
        self.topology.suits(&self.costs.hop)?;
        if let (RawSync::Async, Some(multicast)) =
            (self.clock.sync.get_ref(), &self.topology.multicast)
            && *multicast.get_ref() == Multicast::Tree
        {
            let message = "a chip without steps (`async`) sends a packet to each destination; leave out `multicast`";
            return fault(multicast.span(), message);
        }
        Ok(Profile {
            name: String::new(),
            title: text(self.title, "title")?,
            trust: text(self.trust, "trust")?,
            topology: self.topology.check()?,
            limits: self.limits.check()?,
            capabilities: self.capabilities.check()?,
            costs: self.costs.check()?,
            clock: self.clock.check()?,
            update_rule: self.update_rule,
            hash: String::new(),
            provenance: Provenance::default(),
        })
    }
}

fn text(value: Spanned<String>, key: &str) -> Checked<String> {
    if value.get_ref().trim().is_empty() {
        return fault(value.span(), format!("`{key}` is empty"));
    }
    Ok(value.into_inner())
}

fn positive<T: PartialEq + From<u8>>(value: Spanned<T>, key: &str) -> Checked<T> {
    if *value.get_ref() == T::from(0) {
        return fault(value.span(), format!("`{key}` must be at least 1"));
    }
    Ok(value.into_inner())
}

fn limit<T: PartialEq + From<u8>>(value: Option<Spanned<T>>, key: &str) -> Checked<Option<T>> {
    value.map(|value| positive(value, key)).transpose()
}

fn pair([x, y]: [Spanned<usize>; 2], key: &str) -> Checked<[usize; 2]> {
    Ok([bounded(x, key, SIDE)?, bounded(y, key, SIDE)?])
}

/// The largest number of a kind. No event of a chip comes near it, and all sums stay finite below
/// it.
struct Bound {
    most: f64,
    /// What it is in words.
    words: &'static str,
}

const ENERGY_PJ: Bound = Bound { most: 1e12, words: "1e12 pJ, which is a joule per event" };
const LATENCY_NS: Bound = Bound { most: 1e9, words: "1e9 ns, which is a second" };
const POWER_MW: Bound = Bound { most: 1e9, words: "1e9 mW, which is a megawatt" };
const PERIOD_NS: Bound = Bound { most: 1e12, words: "1e12 ns, which is 1000 seconds" };

fn amount(value: &Spanned<f64>, key: &str, bound: &Bound) -> Checked<f64> {
    let number = *value.get_ref();
    if !number.is_finite() {
        return fault(value.span(), format!("`{key}` is not a finite number"));
    }
    if number < 0.0 {
        return fault(value.span(), format!("`{key}` is negative: {number}"));
    }
    if number > bound.most {
        let message = format!("`{key}` is {number:e}, the most is {}; check the unit", bound.words);
        return fault(value.span(), message);
    }
    Ok(number)
}

/// A whole number from 1 to `most`.
fn bounded<T: PartialOrd + From<u8> + Display>(
    value: Spanned<T>,
    key: &str,
    most: T,
) -> Checked<T> {
    if *value.get_ref() > most {
        return fault(value.span(), format!("`{key}` is {}, the most is {most}", value.get_ref()));
    }
    positive(value, key)
}

/// Most tiles of a chip, or chips of a board, along one side.
const SIDE: usize = 4096;
/// Most cores of a chip, and most chips of a board.
const PIECES: usize = 1 << 20;
/// Most packets that a port can hold.
const PORT: usize = 1 << 20;

impl RawTopology {
    /// Whether chip and board are of a size that can be laid out.
    fn fits(&self) -> Checked<()> {
        for ([x, y], key) in [(&self.mesh, "mesh"), (&self.board, "board")] {
            pair([x.clone(), y.clone()], key)?;
        }
        let [mesh, board] = [&self.mesh, &self.board].map(|[x, y]| x.get_ref() * y.get_ref());
        let cores = bounded(self.cores_per_tile.clone(), "cores_per_tile", PIECES)?;
        if mesh * cores > PIECES {
            let message = format!(
                "a chip has at most {PIECES} cores, `mesh` and `cores_per_tile` give {}",
                mesh * cores
            );
            // Of the two the one that was written over the other: files follow those that inherit
            // them.
            let spans = [self.mesh[0].span(), self.cores_per_tile.span()];
            return fault(
                spans.into_iter().min_by_key(|span| span.start).unwrap_or_default(),
                message,
            );
        }
        if board > PIECES {
            let message = format!("a board has at most {PIECES} chips, `board` gives {board}");
            return fault(self.board[0].span(), message);
        }
        Ok(())
    }

    /// Whether the keys go together.
    fn suits(&self, hop: &RawHops) -> Checked<()> {
        let Some(kind) = &self.kind else { return Ok(()) };
        let [x, y] = [&self.mesh[0], &self.mesh[1]].map(Spanned::get_ref);
        let diagonals = hop.north_east.is_some() && hop.south_west.is_some();
        let rings = matches!(kind.get_ref(), Kind::Torus | Kind::TriangularTorus);
        if *kind.get_ref() == Kind::TriangularTorus && !diagonals {
            let message =
                "`triangular_torus` needs `costs.hop.north_east` and `costs.hop.south_west`";
            return fault(kind.span(), message);
        }
        if rings && *self.port_buffer.get_ref() < 2 {
            let message = "`port_buffer` must be at least 2 where links close to rings";
            return fault(self.port_buffer.span(), message);
        }
        if *kind.get_ref() == Kind::Single && (x * y, *self.cores_per_tile.get_ref()) != (1, 1) {
            return fault(kind.span(), "`single` takes `mesh = [1, 1]` and `cores_per_tile = 1`");
        }
        match (kind.get_ref(), &self.routing) {
            (Kind::Star | Kind::Single, Some(routing)) if *routing.get_ref() != Routing::Xy => {
                fault(routing.span(), "a star or a single core takes no `routing` but `xy`")
            }
            _ => Ok(()),
        }
    }

    fn check(self) -> Checked<Topology> {
        Ok(Topology {
            kind: self.kind.map_or(Kind::default(), Spanned::into_inner),
            routing: self.routing.map_or(Routing::default(), Spanned::into_inner),
            multicast: self.multicast.map_or(Multicast::default(), Spanned::into_inner),
            mesh: pair(self.mesh, "mesh")?,
            cores_per_tile: positive(self.cores_per_tile, "cores_per_tile")?,
            tile_order: self.tile_order,
            board: pair(self.board, "board")?,
            port_buffer: bounded(self.port_buffer, "port_buffer", PORT)?,
        })
    }
}

/// Most bits of a weight or a membrane: no chip and no file has more.
const BITS: u32 = 64;

/// A width in bits, of which `least` hold something.
fn width(bits: Option<Spanned<u32>>, key: &str, least: u32) -> Checked<Option<u32>> {
    let check = |bits: Spanned<u32>| {
        let span = bits.span();
        match bounded(bits, key, BITS)? {
            bits if bits < least => {
                let message = format!("`{key}` is {bits}: a sign and no number; give {least}");
                fault(span, format!("{message} or more"))
            }
            bits => Ok(bits),
        }
    };
    bits.map(check).transpose()
}

impl RawLimits {
    /// Whether a core holds one weight.
    fn fit(&self) -> Checked<()> {
        let (Some(memory), Some(weight)) = (&self.synapse_memory_bits_per_core, &self.weight_bits)
        else {
            return Ok(());
        };
        let (bits, least) = (*memory.get_ref(), u64::from(*weight.get_ref()));
        if bits < least {
            let message = format!(
                "`synapse_memory_bits_per_core` is {bits}: not one weight of `weight_bits`, \
                 {least}, fits"
            );
            return fault(memory.span(), message);
        }
        Ok(())
    }

    fn check(self) -> Checked<Limits> {
        self.fit()?;
        Ok(Limits {
            neurons_per_core: limit(self.neurons_per_core, "neurons_per_core")?,
            synapse_memory_bits_per_core: limit(
                self.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            )?,
            axons_in_per_core: limit(self.axons_in_per_core, "axons_in_per_core")?,
            axons_out_per_core: limit(self.axons_out_per_core, "axons_out_per_core")?,
            fan_in: limit(self.fan_in, "fan_in")?,
            destinations: limit(self.destinations, "destinations")?,
            weight_bits: width(self.weight_bits, "weight_bits", 1)?,
            weight_levels: limit(self.weight_levels, "weight_levels")?,
            membrane_bits: width(self.membrane_bits, "membrane_bits", 2)?,
            max_delay: limit(self.max_delay, "max_delay")?,
        })
    }
}

impl RawCapabilities {
    fn check(self) -> Checked<Capabilities> {
        if *self.graded_bits.get_ref() > 32 {
            return fault(self.graded_bits.span(), "`graded_bits` is above 32");
        }
        Ok(Capabilities {
            signed_spikes: self.signed_spikes,
            graded_bits: self.graded_bits.into_inner(),
            neuron_models: self.neuron_models,
            max_pool: self.max_pool,
            shared_kernels: self.shared_kernels,
        })
    }
}

impl RawCost {
    fn check(self, bound: &Bound) -> Checked<Cost> {
        let nominal = amount(&self.nominal, "nominal", bound)?;
        let [low, high] = match (&self.low, &self.high, &self.band) {
            (Some(low), Some(high), None) => ends(low, nominal, high, bound)?,
            (None, None, Some(factors)) => {
                let at = |factor: f64| Spanned::new(factors.span(), nominal * factor);
                let [low, high] = band(factors)?.map(at);
                ends(&low, nominal, &high, bound)?
            }
            (low, high, _) => {
                let at = low.as_ref().or(high.as_ref()).map(Spanned::span);
                let message = "a cost has `low` and `high`, or `band` in place of both";
                return fault(at.unwrap_or(self.nominal.span()), message);
            }
        };
        Ok(Cost { low, nominal, high, basis: self.basis, source: text(self.source, "source")? })
    }
}

/// Both ends of a band, in order around the nominal figure.
fn ends(low: &Spanned<f64>, nominal: f64, high: &Spanned<f64>, bound: &Bound) -> Checked<[f64; 2]> {
    let ends = [amount(low, "low", bound)?, amount(high, "high", bound)?];
    if ends[0] > nominal {
        let message = format!("`low` {} is above `nominal` {nominal}", ends[0]);
        return fault(low.span(), message);
    }
    if nominal > ends[1] {
        let message = format!("`high` {} is below `nominal` {nominal}", ends[1]);
        return fault(high.span(), message);
    }
    Ok(ends)
}

/// Low and high end as multiples of the nominal figure: `[0.5, 2.0]`, or a share each way, `0.2`.
pub(super) fn band(value: &Spanned<toml::Value>) -> Checked<[f64; 2]> {
    let number = |value: &toml::Value| match value {
        toml::Value::Integer(whole) => Some(*whole as f64),
        toml::Value::Float(number) => Some(*number),
        _ => None,
    };
    let factors = match value.get_ref() {
        toml::Value::Array(pair) => match &pair[..] {
            [low, high] => number(low).zip(number(high)).map(|(low, high)| [low, high]),
            _ => None,
        },
        share => number(share).map(|share| [1.0 - share, 1.0 + share]),
    };
    let fits = |[low, high]: &[f64; 2]| (0.0..=1.0).contains(low) && (1.0..=1e6).contains(high);
    factors.filter(fits).map_or_else(
        || {
            let message = "`band` is a share from 0 to 1, or the multiples `[low, high]` of the \
                           number, low from 0 to 1 and high from 1 to 1e6";
            fault(value.span(), message)
        },
        Ok,
    )
}

impl RawEvent {
    fn check(self) -> Checked<EventCost> {
        let energy_pj = self.energy_pj.check(&ENERGY_PJ)?;
        Ok(EventCost { energy_pj, latency_ns: self.latency_ns.check(&LATENCY_NS)? })
    }
}

impl RawSoma {
    fn check(self) -> Checked<SomaCost> {
        Ok(SomaCost {
            access: self.access.check()?,
            update: self.update.check()?,
            spike: self.spike.check()?,
        })
    }
}

impl RawHops {
    fn check(self) -> Checked<Hops<EventCost>> {
        let diagonal =
            |cost: Option<RawEvent>| cost.map_or(Ok(EventCost::no_link()), RawEvent::check);
        Ok(Hops {
            east: self.east.check()?,
            west: self.west.check()?,
            north: self.north.check()?,
            south: self.south.check()?,
            north_east: diagonal(self.north_east)?,
            south_west: diagonal(self.south_west)?,
        })
    }
}

fn classes<R, T>(
    raw: Spanned<BTreeMap<String, R>>,
    key: &str,
    check: impl Fn(R) -> Checked<T>,
) -> Checked<BTreeMap<String, T>> {
    if !raw.get_ref().contains_key("default") {
        return fault(raw.span(), format!("`{key}` has no class `default`"));
    }
    raw.into_inner().into_iter().map(|(name, class)| Ok((name, check(class)?))).collect()
}

impl RawBoard {
    fn check(self) -> Checked<Board> {
        let chips = bounded(self.chips, "chips", PIECES as u64)?;
        Ok(Board { chips, static_mw: self.static_mw.check(&POWER_MW)? })
    }
}

impl RawCosts {
    fn check(self) -> Checked<Costs> {
        Ok(Costs {
            soma: classes(self.soma, "soma", RawSoma::check)?,
            synapse: classes(self.synapse, "synapse", RawEvent::check)?,
            dendrite: self.dendrite.check()?,
            axon_out: self.axon_out.check()?,
            axon_in: self.axon_in.check()?,
            local: self.local.check()?,
            hop: self.hop.check()?,
            chip_link: self.chip_link.check()?,
            link_interval_ns: self.link_interval_ns.check(&LATENCY_NS)?,
            static_mw_per_chip: self.static_mw_per_chip.check(&POWER_MW)?,
            board: self.board.map(RawBoard::check).transpose()?,
            input_mac_pj: self.input_mac_pj.check(&ENERGY_PJ)?,
            input_write_pj: self.input_write_pj.check(&ENERGY_PJ)?,
        })
    }
}

impl RawClock {
    fn check(self) -> Checked<Clock> {
        let at = self.sync.span();
        let sync = match (self.sync.into_inner(), self.points, self.between, self.period_ns) {
            (RawSync::Barrier, Some(points), Some(between), None) => {
                Sync::Barrier { points: growing(points)?, between: between.into_inner() }
            }
            (RawSync::Barrier, ..) => {
                return fault(at, "a barrier takes `points` and `between`, and no `period_ns`");
            }
            (sync @ (RawSync::Tick | RawSync::Async), None, None, Some(period)) => {
                let period_ns = amount(&period, "period_ns", &PERIOD_NS)?;
                // A picosecond is the least that the engine knows.
                if period_ns < 0.001 {
                    return fault(
                        period.span(),
                        "`period_ns` must be above zero, and at least 0.001",
                    );
                }
                match sync {
                    RawSync::Tick => Sync::Tick { period_ns },
                    _ => Sync::Async { period_ns },
                }
            }
            (RawSync::Tick | RawSync::Async, ..) => {
                return fault(
                    at,
                    "a clock without barriers takes `period_ns`, and no `points` or `between`",
                );
            }
        };
        Ok(Clock { sync, source: text(self.source, "source")?, basis: self.basis })
    }
}

fn growing(points: Spanned<Vec<RawPoint>>) -> Checked<Vec<(u64, f64)>> {
    if points.get_ref().is_empty() {
        return fault(points.span(), "`points` is empty");
    }
    let mut checked: Vec<(u64, f64)> = Vec::new();
    for point in points.into_inner() {
        let at = point.tiles.span();
        let tiles = positive(point.tiles, "tiles")?;
        if let Some(&(last, _)) = checked.last()
            && last >= tiles
        {
            return fault(at, format!("barrier points must grow: {tiles} tiles after {last}"));
        }
        checked.push((tiles, amount(&point.cost_ns, "cost_ns", &LATENCY_NS)?));
    }
    Ok(checked)
}
