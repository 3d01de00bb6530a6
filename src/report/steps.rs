//! `steps.csv` and `latency.csv`: one row per emulated step, the fill included.

use super::csv_file::{Maybe, Table};
use super::totals::bill;
use super::units::{uj, us, us_of};
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
    "energy_neuron_uj",
    "energy_dendrite_uj",
    "energy_synapse_uj",
    "energy_network_uj",
    "energy_static_uj",
    "step_time_us",
    "busiest_core",
    "energy_low_uj",
    "energy_high_uj",
];

/// Columns of `latency.csv`.
pub const LATENCY_HEADER: [&str; 25] = [
    "step",
    "generation_us",
    "receive_us",
    "network_us",
    "sync_us",
    "step_time_us",
    "step_time_low_us",
    "step_time_high_us",
    "overrun",
    "packet_latency_p50_us",
    "packet_latency_p99_us",
    "packet_latency_max_us",
    "stall_us",
    "blocked_us",
    "injection_us",
    "isi_intervals",
    "isi_distortion_mean_us",
    "isi_distortion_max_us",
    "spike_disorder",
    "overfull",
    "estimated",
    "work_us",
    "processor_us",
    "processor_low_us",
    "processor_high_us",
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
            &uj(nominal(&bill, &NEURON)),
            &uj(nominal(&bill, &[Component::Dendrite])),
            &uj(nominal(&bill, &[Component::Synapse])),
            &uj(nominal(&bill, &NETWORK)),
            &uj(fixed.nominal),
            &us(step.timing.total.nominal),
            &step.timing.busiest_core,
            &uj(all.low),
            &uj(all.high),
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
            &us(timing.generation_ps),
            &us(timing.receive_ps),
            &us(timing.network_ps),
            &us(timing.sync_ps),
            &us(timing.total.nominal),
            &us(timing.total.low),
            &us(timing.total.high),
            &timing.overrun,
            &Maybe(packet.map(|p| us(p.p50_ps))),
            &Maybe(packet.map(|p| us(p.p99_ps))),
            &Maybe(packet.map(|p| us(p.max_ps))),
            &Maybe(waits.map(|w| us(w.links_ps))),
            &Maybe(waits.map(|w| us(w.blocked_ps))),
            &Maybe(waits.map(|w| us(w.injection_ps))),
            &Maybe(order.map(|o| o.intervals)),
            &Maybe(intervals.map(|o| us_of(o.distortion_ps as f64 / o.intervals as f64))),
            &Maybe(intervals.map(|o| us(o.distortion_max_ps))),
            &Maybe(received.map(|o| o.disordered as f64 / o.packets as f64)),
            &timing.overfull,
            &timing.estimated,
            &us(timing.work()),
            &Maybe(beside.map(|time| us(time.nominal))),
            &Maybe(beside.map(|time| us(time.low))),
            &Maybe(beside.map(|time| us(time.high))),
        ])?;
    }
    Ok(())
}
