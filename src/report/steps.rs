//! `steps.csv` and `latency.csv`: one row per emulated step, the fill included.

use super::csv_file::{Maybe, Table};
use super::totals::bill;
use super::{Error, LATENCY, STEPS};
use crate::activity::Activity;
use crate::energy::{Bill, Component, processor_steps, static_energy};
use crate::profile::Profile;
use std::path::Path;

/// Columns of `steps.csv`.
pub const HEADER: [&str; 16] = [
    "step",
    "spikes",
    "neuron_accesses",
    "neuron_updates",
    "synaptic_operations",
    "packets",
    "hops",
    "energy_neuron_pj",
    "energy_dendrite_pj",
    "energy_synapse_pj",
    "energy_network_pj",
    "energy_static_pj",
    "step_time_ps",
    "busiest_core",
    "energy_low_pj",
    "energy_high_pj",
];

/// Columns of `latency.csv`.
pub const LATENCY_HEADER: [&str; 25] = [
    "step",
    "generation_ps",
    "receive_ps",
    "network_ps",
    "sync_ps",
    "step_time_ps",
    "step_time_low_ps",
    "step_time_high_ps",
    "overrun",
    "packet_latency_p50_ps",
    "packet_latency_p99_ps",
    "packet_latency_max_ps",
    "stall_ps",
    "blocked_ps",
    "injection_ps",
    "isi_intervals",
    "isi_distortion_mean_ps",
    "isi_distortion_max_ps",
    "spike_disorder",
    "overfull",
    "estimated",
    "work_ps",
    "processor_ps",
    "processor_low_ps",
    "processor_high_ps",
];

const NEURON: [Component; 3] = [Component::Access, Component::Update, Component::Spike];
const NETWORK: [Component; 4] =
    [Component::AxonOut, Component::AxonIn, Component::Hop, Component::ChipLink];

pub(super) fn write(dir: &Path, activity: &Activity, profile: &Profile) -> Result<(), Error> {
    Table::write(dir, STEPS, &HEADER, |table| rows(table, activity, profile))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
    profile: &Profile,
) -> Result<(), Error> {
    for (index, step) in activity.steps.iter().enumerate() {
        let counts = &step.counts;
        let bill = bill(activity, counts, profile);
        let fixed = static_energy(profile, activity.chips, step.timing.total);
        let all = bill.total() + fixed;
        table.row([
            &(index + 1),
            &counts.spikes,
            &counts.total_accesses(),
            &counts.updates(profile.update_rule).iter().sum::<u64>(),
            &counts.total_synaptic_operations(),
            &counts.packets,
            &counts.total_hops(),
            &nominal(&bill, &NEURON),
            &nominal(&bill, &[Component::Dendrite]),
            &nominal(&bill, &[Component::Synapse]),
            &nominal(&bill, &NETWORK),
            &fixed.nominal,
            &step.timing.total.nominal,
            &step.timing.busiest_core,
            &all.low,
            &all.high,
        ])?;
    }
    Ok(())
}

fn nominal(bill: &Bill, components: &[Component]) -> f64 {
    // From +0: the sum of no floats would be -0, and print so.
    components.iter().fold(0.0, |sum, &component| sum + bill.get(component).nominal)
}

pub(super) fn write_latency(
    dir: &Path,
    activity: &Activity,
    profile: &Profile,
) -> Result<(), Error> {
    Table::write(dir, LATENCY, &LATENCY_HEADER, |table| latency_rows(table, activity, profile))
}

pub(super) fn latency_rows(
    table: &mut Table<{ LATENCY_HEADER.len() }>,
    activity: &Activity,
    profile: &Profile,
) -> Result<(), Error> {
    let processor = processor_steps(activity, profile);
    for (index, step) in activity.steps.iter().enumerate() {
        let timing = &step.timing;
        let (packet, waits, order) = (timing.packet_latency, timing.waits, timing.order);
        // Without an interval there is no distortion.
        let intervals = order.filter(|order| order.intervals > 0);
        let beside = processor.as_ref().map(|steps| steps[index]);
        let received = order.filter(|order| order.packets > 0);
        table.row([
            &(index + 1),
            &timing.generation_ps,
            &timing.receive_ps,
            &timing.network_ps,
            &timing.sync_ps,
            &timing.total.nominal,
            &timing.total.low,
            &timing.total.high,
            &timing.overrun,
            &Maybe(packet.map(|p| p.p50_ps)),
            &Maybe(packet.map(|p| p.p99_ps)),
            &Maybe(packet.map(|p| p.max_ps)),
            &Maybe(waits.map(|w| w.links_ps)),
            &Maybe(waits.map(|w| w.blocked_ps)),
            &Maybe(waits.map(|w| w.injection_ps)),
            &Maybe(order.map(|o| o.intervals)),
            &Maybe(intervals.map(|o| o.distortion_ps as f64 / o.intervals as f64)),
            &Maybe(intervals.map(|o| o.distortion_max_ps)),
            &Maybe(received.map(|o| o.disordered as f64 / o.packets as f64)),
            &timing.overfull,
            &timing.estimated,
            &timing.work(),
            &Maybe(beside.map(|time| time.nominal)),
            &Maybe(beside.map(|time| time.low)),
            &Maybe(beside.map(|time| time.high)),
        ])?;
    }
    Ok(())
}
