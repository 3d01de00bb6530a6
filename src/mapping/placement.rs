//! Gives every core its place on the mesh: along a curve, by the packets between cores, or as a
//! file says.

mod anneal;
pub(super) mod curve;
mod given;
mod greedy;
mod mapped;
mod partners;

use super::{Error, Flow, Grid, Mapping, Tiling};
use crate::import::mapping_file::MappingFile;
use crate::import::placement_file::PlacementFile;
use crate::snn::Network;
use partners::Partners;

/// How cores find their places; `docs/mapping.md` compares them.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// Cores by number; tiles row by row, each row from the west.
    Linear,
    /// Cores by number; tiles row by row, every other row from the east.
    Snake,
    /// Cores along a Hilbert curve over the image, tiles along one over the mesh.
    Hilbert,
    /// Core after core, each as near as possible to those that it exchanges packets with.
    Greedy,
    /// Simulated annealing of packets times hops that begins with [`Placement::Hilbert`].
    Anneal {
        /// Moves that are tried.
        moves: u64,
        /// Seed of the moves.
        seed: u64,
    },
    /// The best of several by what a few steps show.
    Best {
        /// What becomes small.
        objective: Objective,
        /// Those of [`Placement::Anneal`], which is one of them.
        moves: u64,
        /// Seed of the moves.
        seed: u64,
    },
    /// Every core where a file puts it.
    Given(PlacementFile),
    /// Layers cut as a file says, and every block where it puts it: if nowhere, blocks in the order
    /// of the file along the curve of [`Placement::Hilbert`] over the mesh.
    Mapped(MappingFile),
}

/// Seeds of annealing that are timed.
const LOTS: u64 = 4;

/// What a placement is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Least packets times hops.
    Energy,
    /// Least time, packets moved event by event.
    Latency,
}

impl Objective {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Objective::Energy => "energy",
            Objective::Latency => "latency",
        }
    }
}

impl Placement {
    /// Those that are tried: of [`Placement::Best`] several, else itself alone. Of equals, the
    /// first is taken.
    pub fn candidates(&self) -> Vec<Placement> {
        match *self {
            Placement::Best { objective, moves, seed } => {
                // Which receivers share ways is a matter of chance, which hops do not see.
                let seeds = if objective == Objective::Latency { LOTS } else { 1 };
                let anneal = |lot| Placement::Anneal { moves, seed: seed.wrapping_add(lot) };
                let plain = [Placement::Hilbert, Placement::Greedy];
                plain.into_iter().chain((0..seeds).map(anneal)).collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// Whether it depends on the packets between cores.
    pub fn weighs_packets(&self) -> bool {
        matches!(self, Placement::Greedy | Placement::Anneal { .. } | Placement::Best { .. })
    }

    /// The file that says how layers are cut, where there is one.
    pub fn cut(&self) -> Option<&MappingFile> {
        match self {
            Placement::Mapped(file) => Some(file),
            _ => None,
        }
    }

    /// A site for each of `cores` cores, of which `hilbert` gives those along the curve; `None`
    /// where a file says it.
    pub(super) fn sites(
        &self,
        grid: &Grid,
        cores: usize,
        flows: &[Flow],
        hilbert: impl FnOnce() -> Vec<Site>,
    ) -> Option<Vec<Site>> {
        let partners = || Partners::new(cores, flows);
        Some(match self {
            Placement::Linear => curve::linear(grid),
            Placement::Snake => curve::snake(grid),
            Placement::Hilbert => hilbert(),
            Placement::Greedy => greedy::sites(grid, &partners()),
            // Of single neurons nothing is timed, so that hops alone decide.
            Placement::Anneal { moves, seed } | Placement::Best { moves, seed, .. } => {
                anneal::sites(grid, &partners(), hilbert(), *moves, *seed)
            }
            Placement::Given(_) | Placement::Mapped(_) => return None,
        })
    }

    /// Name for reports: as on the command line, with what else decides the result.
    pub fn describe(&self) -> String {
        match self {
            Placement::Linear => "linear".into(),
            Placement::Snake => "snake".into(),
            Placement::Hilbert => "hilbert".into(),
            Placement::Greedy => "greedy".into(),
            Placement::Anneal { moves, seed } => format!("anneal, {moves} moves, seed {seed}"),
            Placement::Best { objective, moves, seed } => {
                format!("best for {}, {moves} moves, seed {seed}", objective.name())
            }
            Placement::Given(file) => file.path.display().to_string(),
            Placement::Mapped(file) => file.path.display().to_string(),
        }
    }
}

/// Where one core sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// Global tile coordinates.
    pub x: usize,
    /// Global tile row.
    pub y: usize,
    /// Core within the tile.
    pub slot: usize,
}

impl Mapping {
    /// Moves every core to its place. `flows` are the packets that [`Placement::Greedy`] and
    /// [`Placement::Anneal`] weigh; the others take no notice of them. Nothing but places changes.
    ///
    /// # Errors
    /// A file that does not give every core a place of its own on the mesh, with the line.
    pub fn place(
        &mut self,
        network: &Network,
        placement: &Placement,
        flows: &[Flow],
    ) -> Result<(), Error> {
        let along = || self.along_hilbert(network);
        let sites = match placement {
            Placement::Given(file) => given::sites(file, self, network)?,
            Placement::Mapped(file) => mapped::sites(file, self, network)?,
            _ => {
                let found = placement.sites(&self.grid, self.cores.len(), flows, along);
                found.unwrap_or_default()
            }
        };
        for (core, site) in self.cores.iter_mut().zip(sites) {
            (core.x, core.y, core.slot) = (site.x, site.y, site.slot);
        }
        Ok(())
    }

    /// Packets times hops of `flows`, links between chips included.
    pub fn hops(&self, flows: &[Flow]) -> u64 {
        let tile = |core: u32| self.cores[core as usize].tile();
        let distance = |flow: &Flow| self.grid.distance(tile(flow.from), tile(flow.to));
        flows.iter().map(|flow| flow.packets * distance(flow)).sum()
    }

    /// By core: neighbours in the image become neighbours on the chip.
    fn along_hilbert(&self, network: &Network) -> Vec<Site> {
        let mut order = vec![];
        for (tiling, population) in self.tilings.iter().zip(&network.populations) {
            let (height, width) = (population.shape.height, population.shape.width);
            for (y, x, cores) in stacks(tiling) {
                let index = curve::stretched([y[0], y[1]], height, [x[0], x[1]], width);
                order.extend(cores.iter().map(|&core| (index, population.depth, core)));
            }
        }
        order.sort_unstable();
        // A core that layers share is met once for each of them.
        let mut met = vec![false; self.cores.len()];
        order.retain(|&(_, _, core)| !std::mem::replace(&mut met[core as usize], true));
        let mut sites = vec![Site { x: 0, y: 0, slot: 0 }; self.cores.len()];
        for ((_, _, core), site) in order.into_iter().zip(curve::hilbert(&self.grid)) {
            sites[core as usize] = site;
        }
        sites
    }
}

/// The edges of rows and columns of every block position, and the cores of its channels.
fn stacks(tiling: &Tiling) -> impl Iterator<Item = (&[usize], &[usize], &[u32])> {
    let positions =
        tiling.rows.windows(2).flat_map(|y| tiling.columns.windows(2).map(move |x| (y, x)));
    positions
        .zip(tiling.cores.chunks(tiling.channels.len() - 1))
        .map(|((y, x), cores)| (y, x, cores))
}
