//! Where the spikes of a population go, known before any spike: counts from geometry.
//!
//! Neurons that sit on the same core and reach the same cores with the same number of synapses
//! form a cell. Counting a step is then counting the spikes of every cell; packets, hops and
//! synaptic operations are products with what the cell's geometry says. What arrives at a core is
//! summed axis by axis, since the cores that a cell reaches are a product of rows, columns and
//! channels: no list of destinations is kept or walked.

mod sent;
mod tolls;

use crate::kernel;
use crate::mapping::fanout::{Axis, Fanout};
use crate::mapping::{CoreId, Mapping, Tiling};
use crate::profile::Profile;
use crate::snn::{Network, PopulationId};
use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::spikes::SpikeList;
use super::tally::Tally;

pub(crate) use sent::{AllSent, Sending, Sent};
pub(crate) use tolls::Route;
use tolls::{Tolls, routes};

/// Neurons with one source core and one list of destinations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub core: CoreId,
    /// Cells of one list reach the same cores, see [`Traffic::each_destination`].
    pub list: u32,
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

/// Neighbouring columns, from and to, of one group.
#[derive(Debug, Clone, Copy)]
struct Run {
    columns: [u32; 2],
    group: u32,
}

/// The outgoing traffic of one population.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    width: usize,
    /// Cells of a position begin here; the segment of the channel is added.
    region: Vec<u32>,
    segment: Vec<u32>,
    /// Row, column and channel of the first neuron of each group along these axes: a cell is a
    /// group of each.
    groups: [Vec<usize>; 3],
    pub cells: Vec<Cell>,
    tolls: Tolls,
    /// Group of every row.
    row_groups: Vec<u32>,
    /// Stretches of columns of one group.
    runs: Vec<Run>,
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
            let (row, column) =
                (rows.of[position / shape.width], columns.of[position % shape.width]);
            (row as usize * width + column as usize) * segments
        };
        let mut traffic = Traffic {
            width: shape.width,
            region: (0..shape.positions()).map(|p| region(p) as u32).collect(),
            segment: channels.of,
            groups: [rows.first, columns.first, channels.first],
            cells: vec![],
            tolls: Tolls::default(),
            row_groups: rows.of,
            runs: runs(&columns.of),
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
                    traffic.cells.push(Cell { core, list });
                }
            }
        }
        traffic.tolls = Tolls::new(&routes(mapping, &traffic));
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

    /// What a packet of a cell, to each destination, comes to.
    pub fn route(&self, cell: usize) -> Route {
        self.tolls.route(cell)
    }

    /// The cells of each list.
    pub fn by_list(&self) -> Vec<Vec<u32>> {
        let mut cells = vec![vec![]; self.lists.len()];
        self.cells.iter().zip(0..).for_each(|(cell, n)| cells[cell.list as usize].push(n));
        cells
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

    /// Adds what arrives in a step, by core, of the spikes that the cells sent. A packet meets each
    /// of its synapses once, whatever its payload.
    pub fn receive(&self, sent: &Sending, received: &mut [Received]) {
        for fanout in &self.fanouts {
            if fanout.is_product() {
                self.receive_product(fanout, sent, received);
                continue;
            }
            let cells = self.cells.iter().enumerate().map(|(n, cell)| (cell, sent.sent(n)));
            let cells = cells.filter(|(_, sent)| sent.events > 0);
            for (cell, sent) in cells {
                fanout.each_destination(self.lists[cell.list as usize], |core, synapses| {
                    received[core as usize] +=
                        Received { packets: sent.copies, operations: sent.copies * synapses };
                });
            }
        }
    }

    /// Sums over the channels of a class, then spreads over rows, columns and channels of the
    /// target.
    fn receive_product(&self, fanout: &Fanout, sending: &Sending, received: &mut [Received]) {
        let [rows, columns, channels] = &self.groups;
        let classes = fanout.channels.targets.len();
        let [row_blocks, column_blocks, channel_blocks] = fanout.blocks();
        let line = columns.len() * classes;
        let in_classes = |counts: &[u32]| -> Vec<u64> {
            let mut of_class = vec![0; rows.len() * line];
            if channels.len() == 1 && classes == 1 {
                kernel::add_counts(&mut of_class, counts);
                return of_class;
            }
            for (counts, of_class) in
                counts.chunks_exact(channels.len()).zip(of_class.chunks_exact_mut(classes))
            {
                for (&count, &channel) in counts.iter().zip(channels) {
                    of_class[fanout.channels.classes[channel] as usize] += u64::from(count);
                }
            }
            of_class
        };
        let copies = in_classes(sending.copies());
        // Packets and operations, side by side.
        let mut of_row = vec![[0; 2]; row_blocks * line];
        for (&row, copies) in rows.iter().zip(copies.chunks_exact(line)) {
            for &(block, synapses) in &fanout.rows.of(row)[0] {
                let to = &mut of_row[block as usize * line..][..line];
                kernel::add_received(to, copies, synapses);
            }
        }
        let steps: Vec<[usize; 3]> = (columns.iter().enumerate())
            .flat_map(|(n, &column)| {
                fanout.columns.of(column)[0].iter().map(move |&(block, synapses)| {
                    [n * classes, block as usize * classes, synapses as usize]
                })
            })
            .collect();
        let mut at = vec![[0; 2]; row_blocks * column_blocks * classes];
        for (from, to) in
            of_row.chunks_exact(line).zip(at.chunks_exact_mut(column_blocks * classes))
        {
            for &[column, block, synapses] in &steps {
                for class in 0..classes {
                    let ([packets, operations], to) =
                        (from[column + class], &mut to[block + class]);
                    *to = [to[0] + packets, to[1] + operations * synapses as u64];
                }
            }
        }
        for (at, cores) in at.chunks_exact(classes).zip(fanout.cores().chunks_exact(channel_blocks))
        {
            let each = at.iter().zip(&fanout.channels.targets);
            for (&[packets, operations], targets) in each.filter(|([packets, _], _)| *packets > 0) {
                for &(block, synapses) in &targets[0] {
                    received[cores[block as usize] as usize] +=
                        Received { packets, operations: operations * synapses };
                }
            }
        }
    }

    /// Counts the spikes of a step by cell.
    pub fn count(&self, spikes: &SpikeList, largest: u64, into: &mut Sending) {
        let Sending { events, spikes: sizes, copies } = into;
        let clear = |counts: &mut Vec<u32>, wanted: bool| {
            counts.clear();
            counts.resize(if wanted { self.cells.len() } else { 0 }, 0);
        };
        let single = spikes.is_single();
        let packed = !single && largest > 1;
        clear(events, true);
        clear(sizes, !single);
        clear(copies, packed);
        if self.groups[2].len() == 1 && !packed {
            self.count_runs(spikes.offsets(), events);
            if !single {
                self.count_runs(spikes.spikes_before(), sizes);
            }
            return;
        }
        for (position, &region) in self.region.iter().enumerate() {
            for spike in spikes.at(position) {
                let cell = (region + self.segment[spike.channel()]) as usize;
                events[cell] += 1;
                if !single {
                    let size = spike.count().unsigned_abs();
                    sizes[cell] += size;
                    if packed {
                        copies[cell] += u64::from(size).div_ceil(largest) as u32;
                    }
                }
            }
        }
    }

    /// Adds the differences of `before`, a sum over the positions before each, by cell, where cells
    /// do not part channels.
    fn count_runs(&self, before: &[u32], counts: &mut [u32]) {
        let columns = self.groups[1].len();
        for (row, &group) in self.row_groups.iter().enumerate() {
            let cells = &mut counts[group as usize * columns..][..columns];
            let before = &before[row * self.width..];
            for run in &self.runs {
                cells[run.group as usize] +=
                    before[run.columns[1] as usize] - before[run.columns[0] as usize];
            }
        }
    }

    /// What the spikes of a step are at their senders.
    pub fn tally(&self, sending: &Sending) -> Tally {
        let sum = |column: &[u32]| kernel::dot(column, sending.copies());
        let all = |counts: &[u32]| counts.iter().map(|&n| u64::from(n)).sum();
        Tally {
            firings: all(sending.copies()),
            spikes: all(sending.spikes()),
            events: all(&sending.events),
            packets: sum(&self.tolls.packets),
            local_packets: sum(&self.tolls.local),
            hops: self.tolls.hops.map(|column| sum(column)),
            chip_links: sum(&self.tolls.chip_links),
            ..Tally::default()
        }
    }

    /// Adds, by core, firings (one for each copy) and packets of a step.
    pub fn by_core(&self, sending: &Sending, cores: &mut [[u64; 2]]) {
        let each = self.cells.iter().zip(sending.copies()).zip(&self.tolls.packets);
        for ((cell, &copies), &each) in each {
            let [firings, packets] = &mut cores[cell.core as usize];
            *firings += u64::from(copies);
            *packets += u64::from(copies) * u64::from(each);
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

fn runs(groups: &[u32]) -> Vec<Run> {
    let mut end = 0;
    let run = |run: &[u32]| {
        let from = end;
        end += run.len() as u32;
        Run { columns: [from, end], group: run[0] }
    };
    groups.chunk_by(|a, b| a == b).map(run).collect()
}

/// Core of every block of a tiling with the rows, columns and channels it holds.
pub(crate) fn blocks_of(tiling: &Tiling) -> impl Iterator<Item = (CoreId, [[usize; 2]; 3])> {
    let pairs =
        |edges: &[usize]| -> Vec<[usize; 2]> { edges.windows(2).map(|e| [e[0], e[1]]).collect() };
    let (rows, columns, channels) =
        (pairs(&tiling.rows), pairs(&tiling.columns), pairs(&tiling.channels));
    tiling.cores.iter().enumerate().map(move |(block, &core)| {
        let (position, channel) = (block / channels.len(), block % channels.len());
        (
            core,
            [rows[position / columns.len()], columns[position % columns.len()], channels[channel]],
        )
    })
}
