//! A spiking network by shape alone: counts that follow from layers, a firing rate and the steps.
//!
//! Nothing is emulated. Every unit that feeds synapses fires at the one rate; a packet per spike
//! and no hop is the least a chip can do, and pools are left out: dynamic energies are lower
//! bounds.

use super::{Spiking, published};
use crate::activity::Counts;
use crate::ann::count::{LayerWork, Work};
use crate::profile::{Hops, Profile};

/// Spikes per unit and step, and steps, for which the report prices the shape of Tiny YOLO v2: the
/// published count over its 3500 steps, the same over fewer, and livelier networks over few.
pub const RATES: [(Rate, u64); 4] = [
    (Rate::Published, published::STEPS),
    (Rate::Published, 128),
    (Rate::Share(0.06), 16),
    (Rate::Share(0.12), 8),
];

/// Spikes per unit and step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// That of the published count, [`published::rate`].
    Published,
    /// So many.
    Share(f64),
}

impl Rate {
    /// Spikes per unit and step.
    pub fn value(self) -> f64 {
        match self {
            Rate::Published => published::rate(),
            Rate::Share(share) => share,
        }
    }
}

/// The layers of `work` at `rate` over `steps` steps on `profile`. The first layer is the analogue
/// input, the last is read and never fires.
pub fn shape(work: &Work, profile: &Profile, rate: Rate, steps: u64) -> Spiking {
    let share = rate.value();
    let times = |count: u64| (count as f64 * share * steps as f64).round() as u64;
    let (first, rest) =
        work.layers.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    let neurons: u64 = work.layers.iter().map(|layer| layer.writes).sum();
    let firing = neurons - work.layers.last().map_or(0, |layer| layer.writes);
    let updated = rest.iter().map(|layer| reached(layer, share, steps)).sum::<u64>()
        + first.map_or(0, |layer| layer.writes * steps);
    let counts = Counts {
        // A layer a step later than the one before it.
        accesses: vec![neurons * (steps + rest.len() as u64)],
        updates_input: vec![updated],
        updates_state: vec![updated],
        firings: vec![times(firing)],
        spikes: times(firing),
        events: times(firing),
        synaptic_operations: vec![times(rest.iter().map(|layer| layer.macs).sum())],
        packets: times(firing),
        packets_in: times(firing),
        hops: Hops::default(),
        ..Counts::default()
    };
    Spiking {
        system: format!("{}, {:.3} % x {steps} steps", profile.name, 100.0 * share),
        profile: profile.clone(),
        inputs: 1,
        steps,
        counts,
        soma_classes: vec!["if".into()],
        synapse_classes: vec!["conv".into()],
        input_macs: first.map_or(0, |layer| layer.macs),
        input_writes: first.map_or(0, |layer| layer.writes),
        host_operations: 0,
        float_macs: work.macs(),
        time: None,
        chips: 0,
        core_neurons: 1024,
        core_bytes: 131_072,
        note: "counted from the shape, not emulated: a packet per spike, no hops, no pools, and \
               where the profile has no limits cores of 1024 neurons and 128 KB"
            .into(),
        unverified: rate == Rate::Published,
    }
}

/// Neurons and steps in which a layer's neurons receive something, by chance.
fn reached(layer: &LayerWork, share: f64, steps: u64) -> u64 {
    let fan_in = layer.macs as f64 / layer.writes.max(1) as f64;
    (layer.writes as f64 * steps as f64 * (1.0 - (1.0 - share).powf(fan_in))).round() as u64
}
