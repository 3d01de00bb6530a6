//! `spikes.csv`: every event, where a run recorded them.

use super::csv_file::{Maybe, Table};
use super::{Error, SPIKES};
use crate::activity::Activity;
use crate::pipeline::SpikeRecord;
use std::path::Path;

/// Columns of `spikes.csv`.
pub const HEADER: [&str; 8] = ["step", "neuron", "sign", "layer", "channel", "y", "x", "count"];

pub(super) fn write(dir: &Path, activity: &Activity, spikes: &[SpikeRecord]) -> Result<(), Error> {
    let mut table = Table::create(dir, SPIKES, &HEADER)?;
    for spike in spikes {
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
    }
    table.finish()
}
