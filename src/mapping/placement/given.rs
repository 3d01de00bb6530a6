//! Places from a file, checked against the cores and the mesh that there are.

use super::Site;
use crate::import::placement_file::{PlacementFile, PlacementRow};
use crate::mapping::{Error, Grid, Mapping};
use crate::plain::shown;
use crate::snn::Network;
use rustc_hash::FxHashMap;

/// A site for every core.
pub fn sites(
    file: &PlacementFile,
    mapping: &Mapping,
    network: &Network,
) -> Result<Vec<Site>, Error> {
    let mut rows: Vec<Option<&PlacementRow>> = vec![None; mapping.cores.len()];
    let mut taken: FxHashMap<Site, u64> = FxHashMap::default();
    for row in &file.rows {
        let refused = |what: String| Error::File { path: file.path.clone(), line: row.line, what };
        known(row, mapping, network).map_err(refused)?;
        if let Some(first) = rows[row.core].replace(row) {
            return Err(refused(format!(
                "core {} stands in line {} already",
                row.core, first.line
            )));
        }
        let PlacementRow { x, y, slot, .. } = *row;
        if let Some(line) = taken.insert(Site { x, y, slot }, row.line) {
            return Err(refused(format!("slot {slot} of tile ({x}, {y}) is taken by line {line}")));
        }
    }
    let site = |(core, row): (usize, Option<&PlacementRow>)| match row {
        Some(&PlacementRow { x, y, slot, .. }) => Ok(Site { x, y, slot }),
        None => {
            let what = format!(
                "the file ends without core {core}; the network has {}",
                mapping.cores.len()
            );
            Err(Error::File { path: file.path.clone(), line: file.lines, what })
        }
    };
    rows.into_iter().enumerate().map(site).collect()
}

/// Whether the row names a core and a place that exist.
fn known(row: &PlacementRow, mapping: &Mapping, network: &Network) -> Result<(), String> {
    let count = mapping.cores.len();
    let PlacementRow { core, x, y, slot, .. } = *row;
    let Some(held) = mapping.cores.get(core) else {
        return Err(format!("no core {core}; the network has {count}, from 0"));
    };
    on_mesh(Site { x, y, slot }, &mapping.grid)?;
    let layer = held.population.map_or("", |p| &network.populations[p].name);
    if !row.layer.is_empty() && shown(&row.layer) != shown(layer) {
        return Err(format!(
            "core {core} holds layer {layer}, not {}: a file of another network",
            row.layer
        ));
    }
    Ok(())
}

/// Whether the mesh has such a place.
pub(super) fn on_mesh(Site { x, y, slot }: Site, grid: &Grid) -> Result<(), String> {
    if x >= grid.width || y >= grid.height {
        return Err(format!("tile ({x}, {y}) is off the mesh of {} x {}", grid.width, grid.height));
    }
    if slot >= grid.cores_per_tile {
        return Err(format!("no slot {slot}; a tile has {}, from 0", grid.cores_per_tile));
    }
    Ok(())
}
