//! `energy.csv`: one row per layer and component.

use super::csv_file::Table;
use super::totals::{DYNAMIC, Totals, bill};
use super::units::uj;
use super::{ENERGY, Error};
use crate::activity::Activity;
use crate::energy::{Band, Component};
use crate::profile::Profile;
use std::path::Path;

/// Columns of `energy.csv`.
pub const HEADER: [&str; 6] = ["layer", "component", "scope", "low_uj", "nominal_uj", "high_uj"];

pub(super) fn write(
    dir: &Path,
    activity: &Activity,
    profile: &Profile,
    totals: &Totals,
) -> Result<(), Error> {
    Table::write(dir, ENERGY, &HEADER, |table| rows(table, activity, profile, totals))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
    profile: &Profile,
    totals: &Totals,
) -> Result<(), Error> {
    let mut row = |layer: &str, component: Component, scope: &str, band: Band| {
        let [low, nominal, high] = [band.low, band.nominal, band.high].map(uj);
        table.row([&layer, &component.to_string(), &scope, &low, &nominal, &high])
    };
    for layer in &activity.layers {
        let bill = bill(activity, &layer.counts, profile);
        for component in DYNAMIC {
            row(&layer.name, component, "dynamic", bill.get(component))?;
        }
    }
    // Chips and the input are not any layer's.
    row("", Component::Static, "static", totals.fixed)?;
    // Most networks leave nothing to a host.
    let host = (activity.host_operations > 0).then_some(Component::Host);
    let beside = [Component::InputMac, Component::InputWrite].into_iter().chain(host);
    // Nor does any processor work but where the run says so.
    let processor = (totals.processor.high > 0).then_some(Component::Processor);
    for component in beside.chain([Component::Board]).chain(processor) {
        row("", component, "system", totals.system.get(component))?;
    }
    Ok(())
}
