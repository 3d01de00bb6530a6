//! Where the spikes of a population go, known before any spike: counts from geometry.
//!
//! Neurons that sit on the same core and reach the same cores with the same number of synapses
//! form a cell. Counting a step is then counting the spikes of every cell; packets, hops and
//! synaptic operations are products with what the cell's geometry says.

use crate::mapping::fanout::{Axis, Fanout};
use crate::mapping::route::Crossed;
use crate::mapping::{CoreId, Mapping, Tiling};
use crate::profile::{Multicast, Profile};
use crate::snn::{Network, PopulationId};
use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::spikes::SpikeList;

/// What a spike's packets cross: one to each destination, or one that forks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    pub packets: u64,
    /// Packets within the tile; of one that forks, whether it reaches a core there.
    pub local: u64,
    pub crossed: Crossed,
}

/// Neurons with one source core and one list of destinations.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub core: CoreId,
    /// Index into [`Traffic::lists`].
    pub list: u32,
    pub route: Route,
}

/// Cores that a spike reaches, each once, and the synapses there.
pub(crate) type Destinations = Vec<(CoreId, u64)>;

/// Spikes of one cell in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Neurons that fired.
    pub events: u64,
    /// Spikes, bursts by their size.
    pub spikes: u64,
    /// Packets to each destination: as many as the chip needs for the bursts.
    pub copies: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, other: Sent) {
        self.events += other.events;
        self.spikes += other.spikes;
        self.copies += other.copies;
    }
}

/// The outgoing traffic of one population.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    width: usize,
    /// Cells of a position begin here; the segment of the channel is added.
    region: Vec<u32>,
    segment: Vec<u32>,
    segments: usize,
    pub cells: Vec<Cell>,
    pub lists: Vec<Destinations>,
}

impl Traffic {
    /// Of `population`, over all of `fanouts` that leave it.
    pub fn new(
        network: &Network,
        mapping: &Mapping,
        fanouts: &[Fanout],
        population: PopulationId,
    ) -> Traffic {
        let shape = network.populations[population].shape;
        let tiling = &mapping.tilings[population];
        let out: Vec<&Fanout> = fanouts.iter().filter(|f| f.source == population).collect();
        let rows = Groups::new(shape.height, &tiling.rows, &out, |f| &f.rows);
        let columns = Groups::new(shape.width, &tiling.columns, &out, |f| &f.columns);
        let channels = Groups::new(shape.channels, &tiling.channels, &out, |f| &f.channels);
        let segments = channels.first.len();
        let mut known: BTreeMap<[u32; 3], u32> = BTreeMap::new();
        let (mut cells, mut lists) = (vec![], vec![]);
        for (row, &y) in rows.first.iter().enumerate() {
            for (column, &x) in columns.first.iter().enumerate() {
                for (segment, &c) in channels.first.iter().enumerate() {
                    let reach = [rows.reach[row], columns.reach[column], channels.reach[segment]];
                    let list = *known.entry(reach).or_insert_with(|| {
                        lists.push(out.iter().flat_map(|f| f.destinations(y, x, c)).collect());
                        lists.len() as u32 - 1
                    });
                    let core = tiling.core_at(y, x, c);
                    let route = route(mapping, core, &lists[list as usize]);
                    cells.push(Cell { core, list, route });
                }
            }
        }
        let region = |position: usize| {
            let (row, column) = (rows.of[position / shape.width], columns.of[position % shape.width]);
            (row as usize * columns.first.len() + column as usize) * segments
        };
        Traffic {
            width: shape.width,
            region: (0..shape.positions()).map(|p| region(p) as u32).collect(),
            segment: channels.of,
            segments,
            cells,
            lists,
        }
    }

    /// Positions in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Index of the cell of neuron `channel` at `position`.
    #[inline]
    pub fn cell_of(&self, position: usize, channel: usize) -> usize {
        (self.region[position] + self.segment[channel]) as usize
    }

    /// Adds the spikes of a step to `sent`, one entry per cell.
    pub fn count(&self, spikes: &SpikeList, largest: u64, sent: &mut [Sent]) {
        if self.segments == 1 && spikes.is_single() {
            // Runs of positions of one region within a row are differences of offsets.
            for (row, regions) in self.region.chunks(self.width.max(1)).enumerate() {
                let mut at = row * self.width;
                for run in regions.chunk_by(|a, b| a == b) {
                    let n = spikes.events(at, at + run.len());
                    at += run.len();
                    if n > 0 {
                        sent[run[0] as usize] += Sent { events: n, spikes: n, copies: n };
                    }
                }
            }
            return;
        }
        for (position, &region) in self.region.iter().enumerate() {
            for spike in spikes.at(position) {
                let size = u64::from(spike.count().unsigned_abs());
                let one = Sent { events: 1, spikes: size, copies: size.div_ceil(largest) };
                sent[(region + self.segment[spike.channel()]) as usize] += one;
            }
        }
    }
}

/// Spikes that one packet can carry.
pub(crate) fn spikes_per_packet(profile: &Profile) -> u64 {
    match profile.capabilities.graded_bits {
        0 => 1,
        bits => (1 << bits.min(32)) - 1,
    }
}

/// Source indices along one axis that share block and reach.
struct Groups {
    /// Group by index, and the first index of each group.
    of: Vec<u32>,
    first: Vec<usize>,
    /// By group: which indices reach the same, whatever their own block.
    reach: Vec<u32>,
}

impl Groups {
    fn new<'f>(
        size: usize,
        edges: &[usize],
        fanouts: &[&'f Fanout],
        axis: impl Fn(&'f Fanout) -> &'f Axis,
    ) -> Groups {
        let mut reaches: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut groups: BTreeMap<(usize, u32), u32> = BTreeMap::new();
        let mut all = Groups { of: vec![], first: vec![], reach: vec![] };
        for i in 0..size {
            let classes = fanouts.iter().map(|f| axis(f).classes[i]).collect();
            let next = reaches.len() as u32;
            let reach = *reaches.entry(classes).or_insert(next);
            let block = edges.partition_point(|&edge| edge <= i);
            let next = groups.len() as u32;
            let group = *groups.entry((block, reach)).or_insert(next);
            if group == next {
                all.first.push(i);
                all.reach.push(reach);
            }
            all.of.push(group);
        }
        all
    }
}

fn route(mapping: &Mapping, from: CoreId, list: &Destinations) -> Route {
    let from = mapping.cores[from as usize].tile();
    let tiles = || list.iter().map(|&(core, _)| mapping.cores[core as usize].tile());
    match mapping.grid.multicast {
        Multicast::Unicast => tiles().fold(Route::default(), |mut route, to| {
            route.packets += 1;
            route.local += u64::from(from == to);
            route.crossed += mapping.grid.crossed(from, to);
            route
        }),
        Multicast::Tree => Route {
            packets: u64::from(!list.is_empty()),
            local: u64::from(tiles().any(|to| to == from)),
            crossed: mapping.grid.tree(from, tiles()).crossed(&mapping.grid),
        },
    }
}

/// Core of every block of a tiling with the rows, columns and channels it holds.
pub(crate) fn blocks_of(tiling: &Tiling) -> impl Iterator<Item = (CoreId, [[usize; 2]; 3])> {
    let pairs = |edges: &[usize]| -> Vec<[usize; 2]> { edges.windows(2).map(|e| [e[0], e[1]]).collect() };
    let (rows, columns, channels) = (pairs(&tiling.rows), pairs(&tiling.columns), pairs(&tiling.channels));
    tiling.cores.iter().enumerate().map(move |(block, &core)| {
        let (position, channel) = (block / channels.len(), block % channels.len());
        (core, [rows[position / columns.len()], columns[position % columns.len()], channels[channel]])
    })
}
