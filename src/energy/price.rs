//! Prices of counted events.

use super::{Band, Component};
use crate::activity::{Activity, Counts, Span};
use crate::profile::{Cost, Profile};
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Mul, Sub};

/// Picojoules by component; what is not listed is zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bill {
    /// By what it is paid for, picojoules.
    pub components: BTreeMap<Component, Band>,
}

impl Bill {
    /// The band of a component.
    pub fn get(&self, component: Component) -> Band {
        self.components.get(&component).copied().unwrap_or_default()
    }

    /// Sum over all components.
    pub fn total(&self) -> Band {
        self.components.values().fold(Band::default(), |sum, &band| sum + band)
    }

    /// Adds to a component.
    pub fn add(&mut self, component: Component, band: Band) {
        *self.components.entry(component).or_default() += band;
    }

    fn charge(&mut self, component: Component, count: u64, cost: &Cost) {
        self.add(component, Band::of(cost, count as f64));
    }
}

impl Band {
    /// `amount` times a cost.
    pub fn of(cost: &Cost, amount: f64) -> Band {
        Band { low: amount * cost.low, nominal: amount * cost.nominal, high: amount * cost.high }
    }

    /// Mean of each end; 0 of none.
    pub fn mean(bands: impl IntoIterator<Item = Band>) -> Band {
        let add = |(sum, count), band| (sum + band, count + 1);
        let (sum, count) = bands.into_iter().fold((Band::default(), 0u32), add);
        sum * (1.0 / f64::from(count.max(1)))
    }

    /// A value that is known.
    pub fn exactly(value: f64) -> Band {
        Band { low: value, nominal: value, high: value }
    }
}

impl From<Span> for Band {
    /// Picoseconds.
    fn from(time: Span) -> Band {
        Band { low: time.low as f64, nominal: time.nominal as f64, high: time.high as f64 }
    }
}

impl Add for Band {
    type Output = Band;

    fn add(self, other: Band) -> Band {
        Band {
            low: self.low + other.low,
            nominal: self.nominal + other.nominal,
            high: self.high + other.high,
        }
    }
}

impl Sub for Band {
    type Output = Band;

    fn sub(self, other: Band) -> Band {
        self + other * -1.0
    }
}

impl Mul<f64> for Band {
    type Output = Band;

    fn mul(self, factor: f64) -> Band {
        Band { low: self.low * factor, nominal: self.nominal * factor, high: self.high * factor }
    }
}

impl AddAssign for Band {
    fn add_assign(&mut self, other: Band) {
        *self = *self + other;
    }
}

/// Dynamic energy of counted events. The names give the classes of the vectors in `counts`.
pub fn price(
    counts: &Counts,
    soma_classes: &[String],
    synapse_classes: &[String],
    profile: &Profile,
) -> Bill {
    let costs = &profile.costs;
    let mut bill = Bill::default();
    let updates = counts.updates(profile.update_rule);
    for (index, class) in soma_classes.iter().enumerate() {
        let soma = profile.costs.soma_of(class);
        bill.charge(Component::Access, counts.accesses[index], &soma.access.energy_pj);
        bill.charge(Component::Update, updates[index], &soma.update.energy_pj);
        bill.charge(Component::Spike, counts.firings[index], &soma.spike.energy_pj);
    }
    for (class, &operations) in synapse_classes.iter().zip(&counts.synaptic_operations) {
        bill.charge(Component::Synapse, operations, &profile.costs.synapse_of(class).energy_pj);
    }
    let pool = &profile.costs.synapse_of("pool").energy_pj;
    bill.charge(Component::Synapse, counts.pool_operations, pool);
    let operations = counts.total_synaptic_operations() + counts.pool_operations;
    bill.charge(Component::Dendrite, operations, &costs.dendrite.energy_pj);
    bill.charge(Component::AxonOut, counts.packets, &costs.axon_out.energy_pj);
    bill.charge(Component::AxonIn, counts.packets_in, &costs.axon_in.energy_pj);
    for (&count, cost) in counts.hops.by_direction().into_iter().zip(costs.hop.by_direction()) {
        bill.charge(Component::Hop, count, &cost.energy_pj);
    }
    bill.charge(Component::Hop, counts.local_packets, &costs.local.energy_pj);
    bill.charge(Component::ChipLink, counts.chip_links, &costs.chip_link.energy_pj);
    bill
}

/// Counts of what is computed beside the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// Multiply-accumulates of the analogue input layer.
    pub input_macs: u64,
    /// Writes of its results.
    pub input_writes: u64,
    /// Operations of the host behind the last layer.
    pub host_operations: u64,
}

impl Beside {
    /// Those of an inference.
    pub fn of(activity: &Activity) -> Beside {
        let &Activity { input_macs, input_writes, host_operations, .. } = activity;
        Beside { input_macs, input_writes, host_operations }
    }
}

/// Energy of what is computed beside the chip, once per image and not by step: the analogue input
/// layer, and what a host makes of the heads. A number of the host costs a multiply-accumulate of
/// the input: both are floats outside the chip, and a sigmoid costs more than one, a copy less.
pub fn beside_energy(profile: &Profile, beside: Beside) -> Bill {
    let costs = &profile.costs;
    let mut bill = Bill::default();
    bill.charge(Component::InputMac, beside.input_macs, &costs.input_mac_pj);
    bill.charge(Component::InputWrite, beside.input_writes, &costs.input_write_pj);
    bill.charge(Component::Host, beside.host_operations, &costs.input_mac_pj);
    bill
}

/// Static energy of `chips` powered chips over a time, in picojoules: the least power over the
/// shortest time, up to the most over the longest.
pub fn static_energy(profile: &Profile, chips: u64, time: Span) -> Band {
    drawn(&profile.costs.static_mw_per_chip, chips, time)
}

/// Energy of what else stands on the boards of `chips` powered chips, as [`static_energy`]; zero
/// where a profile knows no board.
pub fn board_energy(profile: &Profile, chips: u64, time: Span) -> Band {
    let board = profile.costs.board.as_ref();
    board
        .map_or(Band::default(), |board| drawn(&board.static_mw, chips.div_ceil(board.chips), time))
}

fn drawn(power_mw: &Cost, pieces: u64, time: Span) -> Band {
    // 1 mW for 1 ps is 1e-15 J, which is 1e-3 pJ.
    let energy = |mw: f64, ps: u64| mw * pieces as f64 * ps as f64 * 1e-3;
    Band {
        low: energy(power_mw.low, time.low),
        nominal: energy(power_mw.nominal, time.nominal),
        high: energy(power_mw.high, time.high),
    }
}
