//! Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) of packets times hops.

use super::partners::Partners;
use super::{Grid, Site};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The last temperature over the first.
const COOLING: f64 = 1e-3;
/// Tiles, on each axis, by which the first moves may miss the tile that they aim at; the last by
/// one.
const REACH: f64 = 16.0;
/// Stages of equal temperature.
const STAGES: u64 = 200;
/// Moves that are only looked at, to find the first temperature.
const LOOKS: usize = 1000;

/// A site for every core, never worse than `start`.
pub fn sites(
    grid: &Grid,
    partners: &Partners,
    start: Vec<Site>,
    moves: u64,
    seed: u64,
) -> Vec<Site> {
    if start.is_empty() {
        return start;
    }
    let mut mesh = Mesh::new(grid, partners, &start);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let hot = mesh.typical_change(&mut random);
    let mut sum = 0;
    for stage in 0..STAGES {
        let progress = stage as f64 / STAGES as f64;
        let temperature = hot * COOLING.powf(progress);
        let reach = 1 + ((1.0 - progress) * REACH) as i32;
        for _ in moves * stage / STAGES..moves * (stage + 1) / STAGES {
            sum += mesh.attempt(&mut random, reach, temperature);
        }
    }
    if sum > 0 { start } else { mesh.sites() }
}

/// Who sits where, both ways.
struct Mesh<'a> {
    grid: &'a Grid,
    partners: &'a Partners,
    /// By core: index of its site, and its tile.
    site: Vec<usize>,
    tile: Vec<[i32; 2]>,
    /// By site, tile by tile: the core there.
    core: Vec<Option<u32>>,
}

impl<'a> Mesh<'a> {
    fn new(grid: &'a Grid, partners: &'a Partners, start: &[Site]) -> Mesh<'a> {
        let index = |s: &Site| (s.y * grid.width + s.x) * grid.cores_per_tile + s.slot;
        let mut core = vec![None; grid.width * grid.height * grid.cores_per_tile];
        let site: Vec<usize> = start.iter().map(index).collect();
        site.iter().enumerate().for_each(|(c, &s)| core[s] = Some(c as u32));
        let tile = start.iter().map(|s| [s.x as i32, s.y as i32]).collect();
        Mesh { grid, partners, site, tile, core }
    }

    fn sites(&self) -> Vec<Site> {
        let per_tile = self.grid.cores_per_tile;
        let site = |&s: &usize| {
            let tile = s / per_tile;
            Site { x: tile % self.grid.width, y: tile / self.grid.width, slot: s % per_tile }
        };
        self.site.iter().map(site).collect()
    }

    /// A random core, and a site near it or near a partner of it; none where that is its own tile.
    fn propose(&self, random: &mut Xoshiro256PlusPlus, reach: i32) -> Option<(usize, usize)> {
        let core = random.random_range(0..self.site.len());
        let partners = self.partners.of(core);
        let near = match partners.len() {
            0 => core,
            _ if random.random_range(0..2) == 0 => core,
            count => partners[random.random_range(0..count)].0 as usize,
        };
        let Grid { width, height, cores_per_tile, .. } = *self.grid;
        let mut off = |at: i32, size: usize| {
            (at + random.random_range(-reach..=reach)).clamp(0, size as i32 - 1)
        };
        let [x, y] = self.tile[near];
        let tile = [off(x, width), off(y, height)];
        let slot = random.random_range(0..cores_per_tile);
        let site = (tile[1] as usize * width + tile[0] as usize) * cores_per_tile + slot;
        (tile != self.tile[core]).then_some((core, site))
    }

    /// Tries one move and says by how much packets times hops have changed.
    fn attempt(&mut self, random: &mut Xoshiro256PlusPlus, reach: i32, temperature: f64) -> i64 {
        let Some((core, site)) = self.propose(random, reach) else { return 0 };
        let change = self.change(core, site);
        // Metropolis: what is worse is taken with the probability exp(-change / temperature).
        if change > 0 && random.random::<f64>() >= (-change as f64 / temperature).exp() {
            return 0;
        }
        self.swap(core, site);
        change
    }

    /// Change of packets times hops if `core` and whoever sits on `site` swap places.
    fn change(&self, core: usize, site: usize) -> i64 {
        let (from, to) = (self.tile[core], self.tile_of(site));
        let there = self.core[site].map(|other| other as usize);
        // The way between the two stays as long as it is.
        let moved = self.moved(core, from, to, there);
        moved + there.map_or(0, |other| self.moved(other, to, from, Some(core)))
    }

    fn moved(&self, core: usize, from: [i32; 2], to: [i32; 2], but: Option<usize>) -> i64 {
        let tile = |at: [i32; 2]| at.map(|c| c as usize);
        let distance = |a: [i32; 2], b: [i32; 2]| self.grid.distance(tile(a), tile(b)) as i64;
        let others =
            self.partners.of(core).iter().filter(|&&(other, _)| Some(other as usize) != but);
        let change = |&(other, packets): &(u32, u64)| {
            let at = self.tile[other as usize];
            packets as i64 * (distance(to, at) - distance(from, at))
        };
        others.map(change).sum()
    }

    fn swap(&mut self, core: usize, site: usize) {
        let old = std::mem::replace(&mut self.site[core], site);
        self.core[old] = self.core[site].replace(core as u32);
        if let Some(other) = self.core[old] {
            self.site[other as usize] = old;
            self.tile[other as usize] = self.tile_of(old);
        }
        self.tile[core] = self.tile_of(site);
    }

    fn tile_of(&self, site: usize) -> [i32; 2] {
        let tile = site / self.grid.cores_per_tile;
        [(tile % self.grid.width) as i32, (tile / self.grid.width) as i32]
    }

    /// Mean size of a change by a move to a neighbouring tile.
    fn typical_change(&self, random: &mut Xoshiro256PlusPlus) -> f64 {
        let looks = (0..LOOKS).filter_map(|_| self.propose(random, 1));
        let sizes: Vec<f64> =
            looks.map(|(core, site)| self.change(core, site).abs() as f64).collect();
        sizes.iter().sum::<f64>() / sizes.len().max(1) as f64
    }
}
