//! `mapping.csv`: what every core holds and where it sits; `--placement` reads it back.

use super::csv_file::{Maybe, Table};
use super::{Error, MAPPING};
use crate::engine::traffic::blocks_of;
use crate::import::placement_file::COLUMNS;
use crate::mapping::Mapping;
use crate::snn::Network;
use std::path::Path;

pub(super) fn write(dir: &Path, network: &Network, mapping: &Mapping) -> Result<(), Error> {
    Table::write(dir, MAPPING, &COLUMNS, |table| rows(table, network, mapping))
}

pub(super) fn rows(
    table: &mut Table<{ COLUMNS.len() }>,
    network: &Network,
    mapping: &Mapping,
) -> Result<(), Error> {
    let mut blocks = vec![None; mapping.cores.len()];
    let all = mapping.tilings.iter().flat_map(blocks_of);
    all.for_each(|(core, block)| blocks[core as usize] = Some(block));
    for (index, (core, block)) in mapping.cores.iter().zip(blocks).enumerate() {
        // Of a core that layers share there is no single block.
        let block = block.filter(|_| core.population.is_some());
        let edge = |axis: usize, end: usize| Maybe(block.map(|b| b[axis][end] - end));
        table.row([
            &index,
            &core.x,
            &core.y,
            &core.slot,
            &mapping.grid.chip_at(core.x, core.y),
            &Maybe(core.population.map(|p| &network.populations[p].name)),
            &edge(0, 0),
            &edge(0, 1),
            &edge(1, 0),
            &edge(1, 1),
            &edge(2, 0),
            &edge(2, 1),
            &core.neurons,
            &core.synapse_memory_bits,
            &core.axons_in,
            &core.axons_out,
        ])?;
    }
    Ok(())
}
