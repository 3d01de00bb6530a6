//! `summary.csv`: one row per image.

use super::csv_file::Cell;
use super::csv_file::{Maybe, Table};
use super::totals::{Totals, rests_on};
use super::units::{uj, us};
use super::{Error, Glance, Noted, SUMMARY};
use crate::pipeline::{Outcome, Setup};
use crate::profile::Profile;
use std::path::Path;

/// Columns of `summary.csv`.
pub const HEADER: [&str; 55] = [
    "image",
    "network",
    "profile",
    "recipe",
    "T",
    "depth",
    "steps",
    "spikes",
    "events",
    "synaptic_operations",
    "pool_operations",
    "packets",
    "hops",
    "input_macs",
    "float_macs",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
    "energy_static_uj",
    "energy_static_low_uj",
    "energy_static_high_uj",
    "energy_system_uj",
    "energy_system_low_uj",
    "energy_system_high_uj",
    "latency_us",
    "latency_low_us",
    "latency_high_us",
    "latency_error_us",
    "first_output_us",
    "timing",
    "spikes_per_synapse",
    "mean_rate",
    "cores",
    "chips",
    "idealised",
    "assumption_count",
    "seed",
    "version",
    "energy_uj",
    "energy_low_uj",
    "energy_high_uj",
    "mean_power_mw",
    "energy_delay_uj_s",
    "inferences_per_s",
    "pipelined_inferences_per_s",
    "effective_macs",
    "effective_acs",
    "dense_operations",
    "activation_sparsity",
    "membrane_updates",
    "profile_changes",
    "head_error",
    "processor_us",
    "processor_low_us",
    "processor_high_us",
];

pub(super) fn write(dir: &Path, inputs: &[Noted]) -> Result<(), Error> {
    Table::write(dir, SUMMARY, &HEADER, |table| {
        inputs.iter().try_for_each(|input| table.row(input.row()))
    })
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    setup: &Setup,
    profile: &Profile,
    outcomes: &[Outcome],
) -> Result<(), Error> {
    let mut each = outcomes.iter();
    each.try_for_each(|outcome| row(setup, profile, outcome, |cells| table.row(cells)))
}

/// Makes something of the row of one input.
pub(super) fn row<T>(
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
    of: impl FnOnce([&dyn Cell; HEADER.len()]) -> T,
) -> T {
    let assumptions = rests_on(setup).count();
    let changes = profile.provenance.changes.join("; ");
    let activity = &outcome.activity;
    let totals = Totals::new(activity, profile);
    let in_uj = |band: crate::energy::Band| [band.nominal, band.low, band.high].map(uj);
    let dynamic = in_uj(totals.dynamic.total());
    let fixed = in_uj(totals.fixed);
    let system = in_uj(totals.system.total());
    let all = in_uj(totals.all());
    let glance = Glance::new(setup, profile, outcome);
    // A profile without times knows no latency, which is not one of 0.
    let timed = |ps: u64| Maybe((totals.time.nominal > 0).then(|| us(ps)));
    of([
        &outcome.input,
        &setup.network,
        &profile.name,
        &setup.recipe,
        &activity.inference_steps,
        &activity.depth,
        &activity.steps.len(),
        &totals.counts.spikes,
        &totals.counts.events,
        &totals.counts.total_synaptic_operations(),
        &totals.counts.pool_operations,
        &totals.counts.packets,
        &totals.counts.total_hops(),
        &activity.input_macs,
        &setup.float_macs,
        &dynamic[0],
        &dynamic[1],
        &dynamic[2],
        &fixed[0],
        &fixed[1],
        &fixed[2],
        &system[0],
        &system[1],
        &system[2],
        &timed(totals.time.nominal),
        &timed(totals.time.low),
        &timed(totals.time.high),
        &us(activity.time_error_ps),
        &Maybe(activity.first_output_ps.map(us)),
        &setup.timing.name(),
        &Maybe(totals.spikes_per_synapse(setup, activity)),
        &Maybe(totals.mean_rate(activity)),
        &activity.cores.len(),
        &activity.chips,
        &setup.idealised,
        &assumptions,
        &setup.seed,
        &setup.version,
        &all[0],
        &all[1],
        &all[2],
        &Maybe(glance.mean_power_mw),
        &Maybe(glance.energy_delay_uj_s),
        &Maybe(glance.inferences_per_s),
        &Maybe(glance.pipelined_inferences_per_s),
        &glance.counts.effective_macs,
        &glance.counts.effective_acs,
        &glance.counts.dense_operations,
        &Maybe(glance.counts.activation_sparsity),
        &glance.counts.membrane_updates,
        &changes,
        &Maybe(outcome.head_error),
        &us(totals.processor.nominal),
        &us(totals.processor.low),
        &us(totals.processor.high),
    ])
}
