//! `layers.csv`: one row per layer, beside the float layer it stands for.

use super::csv_file::{Maybe, Table};
use super::totals::{bill, rate, units};
use super::units::uj;
use super::{Error, LAYERS};
use crate::pipeline::Outcome;
use crate::profile::Profile;
use std::path::Path;

/// Columns of `layers.csv`.
pub const HEADER: [&str; 33] = [
    "layer",
    "class",
    "height",
    "width",
    "channels",
    "depth",
    "neurons",
    "synapses",
    "cores",
    "spikes",
    "events",
    "firings",
    "neuron_accesses",
    "neuron_updates",
    "synaptic_operations",
    "pool_operations",
    "packets",
    "packets_in",
    "local_packets",
    "hops",
    "chip_links",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
    "rate",
    "correlation",
    "relative_error",
    "spikes_per_neuron_step",
    "shift_min",
    "shift_max",
    "threshold_min",
    "threshold_max",
    "nonzero_operations",
];

pub(super) fn write(dir: &Path, profile: &Profile, outcome: &Outcome) -> Result<(), Error> {
    Table::write(dir, LAYERS, &HEADER, |table| rows(table, profile, outcome))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    profile: &Profile,
    outcome: &Outcome,
) -> Result<(), Error> {
    let activity = &outcome.activity;
    for (index, layer) in activity.layers.iter().enumerate() {
        let counts = &layer.counts;
        let energy = bill(activity, counts, profile).total();
        let shape = |size: usize| Maybe((!layer.shapeless).then_some(size));
        let like = outcome.layers.iter().find(|like| like.layer == index);
        let shift = like.and_then(|like| like.shift);
        let threshold = like.and_then(|like| like.threshold);
        table.row([
            &layer.name,
            &layer.class,
            &shape(layer.height),
            &shape(layer.width),
            &shape(layer.channels),
            &layer.depth,
            &layer.neurons,
            &layer.synapses,
            &layer.cores,
            &counts.spikes,
            &counts.events,
            &counts.firings.iter().sum::<u64>(),
            &counts.total_accesses(),
            &counts.updates(profile.update_rule).iter().sum::<u64>(),
            &counts.total_synaptic_operations(),
            &counts.pool_operations,
            &counts.packets,
            &counts.packets_in,
            &counts.local_packets,
            &counts.total_hops(),
            &counts.chip_links,
            &uj(energy.nominal),
            &uj(energy.low),
            &uj(energy.high),
            &Maybe(rate(counts.spikes, units(layer), activity.inference_steps)),
            &Maybe(like.and_then(|like| like.correlation)),
            &Maybe(like.and_then(|like| like.relative_error)),
            &Maybe(like.map(|like| like.spikes_per_neuron_step)),
            &Maybe(shift.map(|range| range[0])),
            &Maybe(shift.map(|range| range[1])),
            &Maybe(threshold.map(|range| range[0])),
            &Maybe(threshold.map(|range| range[1])),
            &Maybe(layer.nonzero_operations),
        ])?;
    }
    Ok(())
}
