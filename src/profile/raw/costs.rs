//! `[costs]`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;

use super::numbers::{
    Bound, ENERGY_PJ, LATENCY_NS, PIECES, POWER_MW, amount, at_most, bounded, text,
};
use super::{Checked, fault};
use crate::profile::{Basis, Board, Cost, Costs, EventCost, Hops, Processor, SomaCost};

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
pub(super) struct RawEvent {
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
pub(super) struct RawHops {
    east: RawEvent,
    west: RawEvent,
    north: RawEvent,
    south: RawEvent,
    pub(super) north_east: Option<RawEvent>,
    pub(super) south_west: Option<RawEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBoard {
    chips: Spanned<u64>,
    static_mw: RawCost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProcessor {
    count: Option<Spanned<u64>>,
    management_ns: RawCost,
    injection_ns: RawCost,
    start_ns: RawCost,
    idle_mw: RawCost,
    busy_mw: RawCost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCosts {
    soma: Spanned<BTreeMap<String, RawSoma>>,
    synapse: Spanned<BTreeMap<String, RawEvent>>,
    dendrite: RawEvent,
    axon_out: RawEvent,
    axon_in: RawEvent,
    local: RawEvent,
    pub(super) hop: RawHops,
    chip_link: RawEvent,
    link_interval_ns: RawCost,
    static_mw_per_chip: RawCost,
    board: Option<RawBoard>,
    processor: Option<RawProcessor>,
    input_mac_pj: RawCost,
    input_write_pj: RawCost,
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

    /// A time within the network. Its times together have the band of latencies as a factor, which
    /// 0 has none of.
    fn check_way(self) -> Checked<Cost> {
        let at = self.high.as_ref().unwrap_or(&self.nominal).span();
        let cost = self.check(&LATENCY_NS)?;
        if cost.nominal == 0.0 && cost.high > 0.0 {
            let message = "the `nominal` latency is 0, and so must `high` be: bands of times are \
                           multiples of the nominal one";
            return fault(at, message);
        }
        Ok(cost)
    }
}

/// Both ends of a band, in order around the nominal figure.
fn ends(low: &Spanned<f64>, nominal: f64, high: &Spanned<f64>, bound: &Bound) -> Checked<[f64; 2]> {
    let ends = [amount(low, "low", &bound.of_low_ends())?, amount(high, "high", bound)?];
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
pub(in crate::profile) fn band(value: &Spanned<toml::Value>) -> Checked<[f64; 2]> {
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

    /// Of a packet within the network.
    fn check_way(self) -> Checked<EventCost> {
        let energy_pj = self.energy_pj.check(&ENERGY_PJ)?;
        Ok(EventCost { energy_pj, latency_ns: self.latency_ns.check_way()? })
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
            |cost: Option<RawEvent>| cost.map_or(Ok(EventCost::no_link()), RawEvent::check_way);
        Ok(Hops {
            east: self.east.check_way()?,
            west: self.west.check_way()?,
            north: self.north.check_way()?,
            south: self.south.check_way()?,
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

impl RawProcessor {
    fn check(self) -> Checked<Processor> {
        let count = self.count.map(|count| at_most(count, "count", PIECES as u64)).transpose()?;
        Ok(Processor {
            count: count.unwrap_or(0),
            management_ns: self.management_ns.check(&LATENCY_NS)?,
            injection_ns: self.injection_ns.check(&LATENCY_NS)?,
            start_ns: self.start_ns.check(&LATENCY_NS)?,
            idle_mw: self.idle_mw.check(&POWER_MW)?,
            busy_mw: self.busy_mw.check(&POWER_MW)?,
        })
    }
}

impl RawCosts {
    /// Where the file says that processors work.
    pub(super) fn processors(&self) -> Option<Range<usize>> {
        let count = self.processor.as_ref()?.count.as_ref()?;
        (*count.get_ref() > 0).then(|| count.span())
    }

    pub(super) fn check(self) -> Checked<Costs> {
        Ok(Costs {
            soma: classes(self.soma, "soma", RawSoma::check)?,
            synapse: classes(self.synapse, "synapse", RawEvent::check)?,
            dendrite: self.dendrite.check()?,
            axon_out: self.axon_out.check()?,
            axon_in: self.axon_in.check()?,
            local: self.local.check_way()?,
            hop: self.hop.check()?,
            chip_link: self.chip_link.check_way()?,
            link_interval_ns: self.link_interval_ns.check_way()?,
            static_mw_per_chip: self.static_mw_per_chip.check(&POWER_MW)?,
            board: self.board.map(RawBoard::check).transpose()?,
            processor: self.processor.map(RawProcessor::check).transpose()?,
            input_mac_pj: self.input_mac_pj.check(&ENERGY_PJ)?,
            input_write_pj: self.input_write_pj.check(&ENERGY_PJ)?,
        })
    }
}
