//! Core after core, the one with the most packets to placed cores first, as near to those as
//! possible.

use super::partners::Partners;
use super::{Grid, Site};
use crate::profile::Kind;
use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;
use std::cmp::Reverse;

/// Key of an unplaced core: packets to placed cores, then packets at all, then the smaller number.
type Pull = (u64, u64, Reverse<u32>);

/// A site for every core.
pub fn sites(grid: &Grid, partners: &Partners) -> Vec<Site> {
    let all = |core: usize| partners.of(core).iter().map(|&(_, packets)| packets).sum();
    let mut waiting: PriorityQueue<u32, Pull, FxBuildHasher> = (0..partners.cores())
        .map(|core| (core as u32, (0, all(core), Reverse(core as u32))))
        .collect();
    let mut mesh = Mesh::new(grid);
    let mut sites: Vec<Option<Site>> = vec![None; partners.cores()];
    while let Some((core, _)) = waiting.pop() {
        let own = partners.of(core as usize);
        let placed =
            own.iter().filter_map(|&(other, packets)| Some((sites[other as usize]?, packets)));
        sites[core as usize] = mesh.take(placed);
        for &(other, packets) in own {
            waiting.change_priority_by(&other, |pull| pull.0 += packets);
        }
    }
    // The grid has a site for every core.
    sites.into_iter().flatten().collect()
}

/// Free sites.
struct Mesh {
    grid: Grid,
    /// By tile, row by row: cores that sit there.
    taken: Vec<usize>,
}

impl Mesh {
    fn new(grid: &Grid) -> Mesh {
        Mesh { grid: *grid, taken: vec![0; grid.width * grid.height] }
    }

    /// The free site with the least packets times hops to `placed`; the middle of the mesh decides
    /// between equals.
    fn take(&mut self, placed: impl Iterator<Item = (Site, u64)>) -> Option<Site> {
        let Grid { width, height, cores_per_tile, kind, .. } = self.grid;
        let costs = match kind {
            Kind::Mesh | Kind::Single => self.along_axes(placed),
            _ => self.tile_by_tile(placed),
        };
        let free = (0..self.taken.len()).filter(|&tile| self.taken[tile] < cores_per_tile);
        let best = free.min_by_key(|&tile| {
            let (x, y) = (tile % width, tile / width);
            (costs[tile], (2 * x + 1).abs_diff(width) + (2 * y + 1).abs_diff(height))
        })?;
        self.taken[best] += 1;
        Some(Site { x: best % width, y: best / width, slot: self.taken[best] - 1 })
    }

    /// By tile: packets times hops. On a mesh hops are a sum over the two axes, so the cost of
    /// every tile is, too.
    fn along_axes(&self, placed: impl Iterator<Item = (Site, u64)>) -> Vec<u64> {
        let (mut columns, mut rows) = (vec![0; self.grid.width], vec![0; self.grid.height]);
        for (site, packets) in placed {
            columns[site.x] += packets;
            rows[site.y] += packets;
        }
        let (columns, rows) = (distances(&columns), distances(&rows));
        rows.iter().flat_map(|row| columns.iter().map(move |column| column + row)).collect()
    }

    /// The same on any grid.
    fn tile_by_tile(&self, placed: impl Iterator<Item = (Site, u64)>) -> Vec<u64> {
        let width = self.grid.width;
        let mut costs = vec![0; self.taken.len()];
        for (site, packets) in placed {
            for (tile, cost) in costs.iter_mut().enumerate() {
                *cost +=
                    packets * self.grid.distance([tile % width, tile / width], [site.x, site.y]);
            }
        }
        costs
    }
}

/// By place on an axis: packets times distance to all of `packets` on it.
fn distances(packets: &[u64]) -> Vec<u64> {
    let mut sums = vec![0; packets.len()];
    let (mut below, mut sum) = (0, 0);
    for (place, &here) in packets.iter().enumerate() {
        sum += below;
        sums[place] += sum;
        below += here;
    }
    let (mut above, mut sum) = (0, 0);
    for (place, &here) in packets.iter().enumerate().rev() {
        sum += above;
        sums[place] += sum;
        above += here;
    }
    sums
}
