//! Where the spikes of a population go, known before any spike: counts from geometry.
//!
//! Neurons that sit on the same core and reach the same cores with the same number of synapses
//! form a cell. Counting a step is then counting the spikes of every cell; packets, hops and
//! synaptic operations are products with what the cell's geometry says. What arrives at a core is
//! summed axis by axis, since the cores that a cell reaches are a product of rows, columns and
//! channels: no list of destinations is kept or walked.

use crate::mapping::fanout::{Axis, Fanout};
use crate::mapping::route::Crossed;
use crate::mapping::{CoreId, Mapping, Tiling};
use crate::profile::{Multicast, Profile};
use crate::snn::{Network, PopulationId};
use rayon::prelude::*;
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
    /// Cells of one list reach the same cores, see [`Traffic::each_destination`].
    pub list: u32,
    pub route: Route,
}

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

/// What arrives at one core in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub packets: u64,
    /// One weight, or one read of a pool.
    pub operations: u64,
}

impl AddAssign for Received {
    fn add_assign(&mut self, other: Received) {
        self.packets += other.packets;
        self.operations += other.operations;
    }
}

/// The outgoing traffic of one population.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    width: usize,
    /// Cells of a position begin here; the segment of the channel is added.
    region: Vec<u32>,
    segment: Vec<u32>,
    /// Row, column and channel of the first neuron of each group along these axes: a cell is a group of each.
    groups: [Vec<usize>; 3],
    pub cells: Vec<Cell>,
    /// By list: a neuron whose destinations they are.
    lists: Vec<[usize; 3]>,
    fanouts: Vec<Fanout>,
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
        let (width, segments) = (columns.first.len(), channels.first.len());
        let region = |position: usize| {
            let (row, column) = (rows.of[position / shape.width], columns.of[position % shape.width]);
            (row as usize * width + column as usize) * segments
        };
        let mut traffic = Traffic {
            width: shape.width,
            region: (0..shape.positions()).map(|p| region(p) as u32).collect(),
            segment: channels.of,
            groups: [rows.first, columns.first, channels.first],
            cells: vec![],
            lists: vec![],
            fanouts: out.into_iter().cloned().collect(),
        };
        let mut known: BTreeMap<[u32; 3], u32> = BTreeMap::new();
        for (&y, &row) in traffic.groups[0].iter().zip(&rows.reach) {
            for (&x, &column) in traffic.groups[1].iter().zip(&columns.reach) {
                for (&c, &channel) in traffic.groups[2].iter().zip(&channels.reach) {
                    let list = *known.entry([row, column, channel]).or_insert_with(|| {
                        traffic.lists.push([y, x, c]);
                        traffic.lists.len() as u32 - 1
                    });
                    let core = tiling.core_at(y, x, c);
                    traffic.cells.push(Cell { core, list, route: Route::default() });
                }
            }
        }
        let routes: Vec<Route> =
            traffic.cells.par_iter().map(|cell| route(mapping, cell.core, traffic.list(cell.list))).collect();
        traffic.cells.iter_mut().zip(routes).for_each(|(cell, route)| cell.route = route);
        traffic
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

    /// Shows the cores that a spike of a cell of `list` reaches, each once, and the synapses there.
    pub fn each_destination(&self, list: u32, mut visit: impl FnMut(CoreId, u64)) {
        let neuron = self.lists[list as usize];
        self.fanouts.iter().for_each(|fanout| fanout.each_destination(neuron, &mut visit));
    }

    /// The same, for who wants them more than once.
    pub fn list(&self, list: u32) -> Vec<(CoreId, u64)> {
        let mut destinations = vec![];
        self.each_destination(list, |core, synapses| destinations.push((core, synapses)));
        destinations
    }

    /// All of them.
    pub fn lists(&self) -> Vec<Vec<(CoreId, u64)>> {
        (0..self.lists.len() as u32).map(|list| self.list(list)).collect()
    }

    /// By list, how many cores it has.
    pub fn sizes(&self) -> Vec<u32> {
        let size = |list: u32| {
            let mut size = 0;
            self.each_destination(list, |_, _| size += 1);
            size
        };
        (0..self.lists.len() as u32).map(size).collect()
    }

    /// Adds what arrives in a step, by core, of the spikes that the cells sent.
    pub fn receive(&self, sent: &[Sent], received: &mut [Received]) {
        for fanout in &self.fanouts {
            if fanout.is_product() {
                self.receive_product(fanout, sent, received);
                continue;
            }
            let cells = self.cells.iter().zip(sent).filter(|(_, sent)| sent.events > 0);
            for (cell, sent) in cells {
                fanout.each_destination(self.lists[cell.list as usize], |core, synapses| {
                    received[core as usize] +=
                        Received { packets: sent.copies, operations: sent.spikes * synapses };
                });
            }
        }
    }

    /// Sums over the channels of a class, then spreads over rows, columns and channels of the target.
    fn receive_product(&self, fanout: &Fanout, sent: &[Sent], received: &mut [Received]) {
        let [rows, columns, channels] = &self.groups;
        let classes = fanout.channels.targets.len();
        let mut of_class = vec![Received::default(); rows.len() * columns.len() * classes];
        for (cells, of_class) in sent.chunks_exact(channels.len()).zip(of_class.chunks_exact_mut(classes)) {
            for (sent, &channel) in cells.iter().zip(channels) {
                of_class[fanout.channels.classes[channel] as usize] +=
                    Received { packets: sent.copies, operations: sent.spikes };
            }
        }
        let [row_blocks, column_blocks, channel_blocks] = fanout.blocks();
        let line = columns.len() * classes;
        let mut of_row = vec![Received::default(); row_blocks * line];
        for (&row, from) in rows.iter().zip(of_class.chunks_exact(line)) {
            for &(block, synapses) in &fanout.rows.of(row)[0] {
                add_times(from, synapses, &mut of_row[block as usize * line..][..line]);
            }
        }
        let mut at = vec![Received::default(); row_blocks * column_blocks * classes];
        for (from, to) in of_row.chunks_exact(line).zip(at.chunks_exact_mut(column_blocks * classes)) {
            for (&column, from) in columns.iter().zip(from.chunks_exact(classes)) {
                for &(block, synapses) in &fanout.columns.of(column)[0] {
                    add_times(from, synapses, &mut to[block as usize * classes..][..classes]);
                }
            }
        }
        for (at, cores) in at.chunks_exact(classes).zip(fanout.cores().chunks_exact(channel_blocks)) {
            for (at, targets) in at.iter().zip(&fanout.channels.targets).filter(|(at, _)| at.packets > 0) {
                for &(block, synapses) in &targets[0] {
                    received[cores[block as usize] as usize] +=
                        Received { packets: at.packets, operations: at.operations * synapses };
                }
            }
        }
    }

    /// Adds the spikes of a step to `sent`, one entry per cell.
    pub fn count(&self, spikes: &SpikeList, largest: u64, sent: &mut [Sent]) {
        if self.groups[2].len() == 1 && spikes.is_single() {
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

/// `synapses` times the operations of as many packets.
fn add_times(from: &[Received], synapses: u64, to: &mut [Received]) {
    for (from, to) in from.iter().zip(to) {
        *to += Received { packets: from.packets, operations: from.operations * synapses };
    }
}

fn route(mapping: &Mapping, from: CoreId, list: Vec<(CoreId, u64)>) -> Route {
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
