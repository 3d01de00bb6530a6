//! Places of blocks that a file gives: where it says, or along a curve in its order.

use super::given::on_mesh;
use super::{Site, curve};
use crate::import::mapping_file::{BlockRow, MappingFile};
use crate::mapping::given::{population, refused};
use crate::mapping::{CoreId, Error, Mapping};
use crate::snn::Network;
use rustc_hash::FxHashMap;

/// A site for every core; cores of layers that the file leaves out take free ones along the curve.
pub fn sites(file: &MappingFile, mapping: &Mapping, network: &Network) -> Result<Vec<Site>, Error> {
    let taken = taken(file, mapping)?;
    let mut free =
        curve::hilbert(&mapping.grid).into_iter().filter(|site| !taken.contains_key(site));
    let mut sites = vec![None; mapping.cores.len()];
    for row in &file.rows {
        // A cut by this file has every layer of it.
        let Some(core) = core(row, mapping, network) else { continue };
        sites[core as usize] = site(row).or_else(|| free.next());
    }
    // The mesh has as many places as there are cores at least.
    Ok(sites.into_iter().flat_map(|site| site.or_else(|| free.next())).collect())
}

/// The core that holds the block of a row.
fn core(row: &BlockRow, mapping: &Mapping, network: &Network) -> Option<CoreId> {
    let [y, x, c] = row.first;
    let tiling = mapping.tilings.get(population(row, network)?)?;
    Some(tiling.core_at(y, x, c))
}

fn site(row: &BlockRow) -> Option<Site> {
    row.place.map(|[x, y, slot]| Site { x, y, slot })
}

/// The places that the file names, with their lines.
fn taken(file: &MappingFile, mapping: &Mapping) -> Result<FxHashMap<Site, u64>, Error> {
    let mut taken = FxHashMap::default();
    for row in &file.rows {
        let Some(site) = site(row) else { continue };
        on_mesh(site, &mapping.grid).map_err(|what| refused(file, row.line, what))?;
        if let Some(line) = taken.insert(site, row.line) {
            let Site { x, y, slot } = site;
            let what = format!("slot {slot} of tile ({x}, {y}) is taken by line {line}");
            return Err(refused(file, row.line, what));
        }
    }
    Ok(taken)
}
