//! `membranes.csv`: what probed neurons hold after every step.

use super::csv_file::{Maybe, Table};
use super::{Error, MEMBRANES};
use crate::activity::Activity;
use crate::engine::probe::Membrane;
use std::path::Path;

/// Columns of `membranes.csv`.
pub const HEADER: [&str; 6] = ["step", "layer", "neuron", "potential", "current", "value"];

pub(super) fn write(dir: &Path, activity: &Activity, membranes: &[Membrane]) -> Result<(), Error> {
    Table::write(dir, MEMBRANES, &HEADER, |table| rows(table, activity, membranes))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
    membranes: &[Membrane],
) -> Result<(), Error> {
    for membrane in membranes {
        let layer = activity.layers.get(membrane.layer as usize);
        table.row([
            &membrane.step,
            &Maybe(layer.map(|layer| &layer.name)),
            &membrane.neuron,
            &membrane.potential,
            &Maybe(membrane.current),
            &Maybe(membrane.value),
        ])?;
    }
    Ok(())
}
