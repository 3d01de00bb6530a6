//! `cores.csv`, `links.csv` and `flows.csv`: a row for each core that holds neurons, for each link
//! that carried packets, and for each pair of cores that share many.

use super::csv_file::{Maybe, Table};
use super::totals::bill;
use super::units::{uj, us};
use super::{CORES, Error, FLOWS, Forms, LINKS};
use crate::activity::Activity;
use crate::profile::Profile;
use std::path::Path;

/// Columns of `cores.csv`.
pub const HEADER: [&str; 29] = [
    "core",
    "x",
    "y",
    "slot",
    "layer",
    "neurons",
    "synapse_memory_bits",
    "axons_in",
    "axons_out",
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
    "hops_east",
    "hops_west",
    "hops_north",
    "hops_south",
    "hops_north_east",
    "hops_south_west",
    "chip_links",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
];

/// Columns of `links.csv`.
pub const LINKS_HEADER: [&str; 8] =
    ["from_x", "from_y", "to_x", "to_y", "between_chips", "packets", "stall_us", "blocked_us"];

/// Columns of `flows.csv`.
pub const FLOWS_HEADER: [&str; 3] = ["from_core", "to_core", "packets"];

pub(super) fn write(
    dir: &Path,
    activity: &Activity,
    profile: &Profile,
    forms: &Forms,
) -> Result<(), Error> {
    Table::write_large(dir, CORES, &HEADER, forms, |table| rows(table, activity, profile))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
    profile: &Profile,
) -> Result<(), Error> {
    for (index, core) in activity.cores.iter().enumerate() {
        let counts = &core.counts;
        let energy = bill(activity, counts, profile).total();
        let layer = core.layer.and_then(|layer| activity.layers.get(layer));
        table.row([
            &index,
            &core.x,
            &core.y,
            &core.slot,
            &Maybe(layer.map(|layer| &layer.name)),
            &core.neurons,
            &core.synapse_memory_bits,
            &core.axons_in,
            &core.axons_out,
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
            &counts.hops.east,
            &counts.hops.west,
            &counts.hops.north,
            &counts.hops.south,
            &counts.hops.north_east,
            &counts.hops.south_west,
            &counts.chip_links,
            &uj(energy.nominal),
            &uj(energy.low),
            &uj(energy.high),
        ])?;
    }
    Ok(())
}

pub(super) fn write_links(dir: &Path, activity: &Activity, forms: &Forms) -> Result<(), Error> {
    Table::write_large(dir, LINKS, &LINKS_HEADER, forms, |table| link_rows(table, activity))
}

pub(super) fn link_rows(
    table: &mut Table<{ LINKS_HEADER.len() }>,
    activity: &Activity,
) -> Result<(), Error> {
    for link in &activity.links {
        let ([from_x, from_y], [to_x, to_y]) = (link.from, link.to);
        table.row([
            &from_x,
            &from_y,
            &to_x,
            &to_y,
            &link.between_chips,
            &link.packets,
            &us(link.stall_ps),
            &us(link.blocked_ps),
        ])?;
    }
    Ok(())
}

pub(super) fn write_flows(dir: &Path, activity: &Activity) -> Result<(), Error> {
    Table::write(dir, FLOWS, &FLOWS_HEADER, |table| flow_rows(table, activity))
}

pub(super) fn flow_rows(
    table: &mut Table<{ FLOWS_HEADER.len() }>,
    activity: &Activity,
) -> Result<(), Error> {
    activity.flows.iter().try_for_each(|flow| table.row([&flow.from, &flow.to, &flow.packets]))
}
