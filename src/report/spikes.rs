//! `spikes.csv`: every event, where a run recorded them.

use super::csv_file::{Maybe, Table};
use super::{Error, Forms, SPIKES};
use crate::activity::Activity;
use crate::pipeline::Spikes;
use std::path::Path;

/// Columns of `spikes.csv`.
pub const HEADER: [&str; 8] = ["step", "neuron", "sign", "layer", "channel", "y", "x", "count"];

pub(super) fn write(
    dir: &Path,
    activity: &Activity,
    spikes: &Spikes,
    forms: &Forms,
) -> Result<(), Error> {
    Table::write_large(dir, SPIKES, &HEADER, forms, |table| rows(table, activity, spikes)).map_err(
        |stopped| match stopped {
            Stopped::Report(error) => error,
            Stopped::Spikes(source) => Error::Write { path: dir.join(SPIKES), source },
        },
    )
}

fn rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
    spikes: &Spikes,
) -> Result<(), Stopped> {
    spikes.each(|spike| -> Result<(), Stopped> {
        let layer = spike.of_layer().and_then(|layer| activity.layers.get(layer));
        let place = layer.filter(|layer| !layer.shapeless && layer.width * layer.channels > 0).map(
            |layer| {
                let (position, channel) = (
                    spike.neuron as usize / layer.channels,
                    spike.neuron as usize % layer.channels,
                );
                [channel, position / layer.width, position % layer.width]
            },
        );
        table.row([
            &spike.step,
            &spike.neuron,
            &spike.count.signum(),
            &Maybe(layer.map(|layer| &layer.name)),
            &Maybe(place.map(|place| place[0])),
            &Maybe(place.map(|place| place[1])),
            &Maybe(place.map(|place| place[2])),
            &spike.count.unsigned_abs(),
        ])?;
        Ok(())
    })
}

/// Why not all rows were written.
enum Stopped {
    Report(Error),
    /// What the run recorded cannot be read.
    Spikes(std::io::Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Stopped {
        Stopped::Report(error)
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Stopped {
        Stopped::Spikes(error)
    }
}
