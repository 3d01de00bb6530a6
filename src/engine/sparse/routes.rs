//! Where the spikes of each neuron go. Placement is fixed, so that every spike of a neuron sends
//! the same packets.

use super::layout::Layout;
use super::synapses;
use crate::activity::{Counts, Span};
use crate::engine::links::Links;
use crate::engine::network_timing::StepPackets;
use crate::engine::noc::{self, Cast, Leaf};
use crate::engine::timing::{Latencies, Load};
use crate::engine::watch::Watch;
use crate::kernel::{self, SPIKES};
use crate::mapping::Grid;
use crate::mapping::route::{Crossed, DIRECTIONS};
use crate::profile::Multicast;
use crate::snn::sparse::SparseNetwork;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

pub(super) struct Routes {
    /// One packet per neuron and destination core. Where a packet forks, they are its copies.
    packets: Vec<Packet>,
    /// By neuron, its first packet; at the end their number.
    first: Vec<usize>,
    /// By packet, and there by layer and class of the targets.
    synapses: Vec<(u32, u32, u32)>,
    /// For how long packets keep their cores busy: the values that occur, and the number of each.
    /// Many packets are read in no order, so that they had better be small.
    services: Vec<Span>,
    numbers: FxHashMap<Span, u32>,
    /// What a spike of a neuron adds to the counts of its step, one row each: packets at the sender
    /// and at receivers, local ones, links between chips, hops by direction, synaptic operations by
    /// class.
    sent: Vec<u32>,
    /// Columns of it.
    width: usize,
    forks: bool,
    watch: Watch,
    table: Option<Table>,
    /// By core: distinct neurons that send to it.
    pub(super) axons_in: Vec<u64>,
    /// By core: destination cores, summed over its neurons.
    pub(super) axons_out: Vec<u64>,
}

/// A packet and what it causes at its destination.
pub(super) struct Packet {
    pub(super) core: u32,
    /// Layer of the first synapse it serves: where one packet serves several, it counts here.
    pub(super) layer: u32,
    /// First and last of its entries in `Routes::synapses`.
    synapses: [u32; 2],
    /// Its entry in `Routes::services`.
    service: u32,
}

/// Columns of [`Routes::sent`] before the synaptic operations.
const SENT: usize = 10;

/// Synapses of every neuron in every core, where they are few and of one class: adding up rows of
/// it takes less than a walk over the packets.
struct Table {
    rows: Vec<u8>,
    cores: usize,
}

/// Bytes that a [`Table`] may take.
const TABLE: usize = 1 << 26;

impl Routes {
    pub(super) fn new(
        network: &SparseNetwork,
        layout: &Layout,
        latencies: &Latencies,
        grid: &Grid,
    ) -> Self {
        let starts = synapses::starts(network);
        let neurons = network.neurons.len();
        let mut routes = Routes {
            packets: vec![],
            first: vec![0],
            synapses: vec![],
            services: vec![],
            numbers: FxHashMap::default(),
            sent: vec![],
            width: SENT + layout.synapse_classes.len(),
            forks: grid.multicast == Multicast::Tree,
            watch: Watch::over(vec![], std::iter::empty::<u64>),
            table: None,
            axons_in: vec![0; layout.cores.len()],
            axons_out: vec![0; layout.cores.len()],
        };
        let ends = Ends::new(layout, neurons);
        let mut counted = vec![0; ends.kinds.len()];
        let mut reached = vec![];
        for id in 0..neurons {
            for synapse in &network.synapses[synapses::range(&starts, id)] {
                let kind = ends.of[synapse.post as usize] as usize;
                if counted[kind] == 0 {
                    reached.push(kind);
                }
                counted[kind] += 1;
            }
            // Stable: the kind that is met first stands first.
            reached.sort_by_key(|&kind| ends.kinds[kind][0]);
            let entries = reached
                .drain(..)
                .map(|kind| (ends.kinds[kind], std::mem::take(&mut counted[kind])));
            routes.add(entries, layout.core[id], latencies);
            let from = routes.first[id];
            let cores = routes.packets[from..].iter().map(|packet| packet.core as usize);
            let sent = sent(layout, grid, layout.core[id], cores);
            let row = routes.sent.len() - routes.width;
            routes.sent[row..row + SENT].copy_from_slice(&sent);
        }
        let packets = || routes.first.windows(2).map(|range| (range[1] - range[0]) as u64);
        routes.watch = Watch::over(vec![0], packets);
        routes.table = routes.tabulated(layout.cores.len());
        routes
    }

    /// The packets of the next neuron: `(core, layer, class)` of its targets, by core, and how many
    /// they are.
    fn add(
        &mut self,
        entries: impl Iterator<Item = ([u32; 3], u32)>,
        from: usize,
        latencies: &Latencies,
    ) {
        let (before, first) = (self.sent.len() + SENT, self.packets.len());
        self.sent.resize(self.sent.len() + self.width, 0);
        for ([core, layer, class], count) in entries {
            let at = self.synapses.len() as u32;
            match self.packets[first..].last() {
                Some(last) if last.core == core => {}
                _ => {
                    self.axons_in[core as usize] += 1;
                    self.axons_out[from] += 1;
                    self.packets.push(Packet { core, layer, synapses: [at; 2], service: 0 });
                }
            }
            self.synapses.push((layer, class, count));
            self.sent[before + class as usize] += count;
            if let Some(packet) = self.packets.last_mut() {
                packet.synapses[1] = at + 1;
            }
        }
        for packet in &mut self.packets[first..] {
            let [from, to] = packet.synapses.map(|at| at as usize);
            let service = self.synapses[from..to].iter().fold(
                latencies.axon_in,
                |sum, &(_, class, count)| {
                    sum + latencies.synapse[class as usize] * u64::from(count)
                },
            );
            packet.service = *self.numbers.entry(service).or_insert_with(|| {
                self.services.push(service);
                self.services.len() as u32 - 1
            });
        }
        self.first.push(self.packets.len());
    }

    /// For how long a packet keeps its core busy.
    #[inline]
    pub(super) fn service(&self, packet: &Packet) -> Span {
        self.services[packet.service as usize]
    }

    /// The packets of a spike of a neuron, or their copies.
    pub(super) fn of(&self, neuron: usize) -> &[Packet] {
        &self.packets[self.first[neuron]..self.first[neuron + 1]]
    }

    /// What a packet reaches: layer, synapse class and number of synapses.
    pub(super) fn synapses(&self, packet: &Packet) -> &[(u32, u32, u32)] {
        &self.synapses[packet.synapses[0] as usize..packet.synapses[1] as usize]
    }

    /// Packets that a spike of a neuron is.
    pub(super) fn sent(&self, neuron: usize) -> u64 {
        u64::from(self.sent[neuron * self.width])
    }

    /// Adds to the counts of a step what a spike of each neuron in `fired` is.
    pub(super) fn count(&self, fired: &[u32], counts: &mut Counts) {
        let mut sums = vec![0; self.width];
        kernel::add_rows(&self.sent, fired, &mut sums);
        counts.packets_in += sums[1];
        for (operations, sum) in counts.synaptic_operations.iter_mut().zip(&sums[SENT..]) {
            *operations += sum;
        }
        add_sent(&sums, counts, 1);
    }

    /// Adds to the counts of their sender what `spikes` spikes of a neuron are.
    pub(super) fn count_sent(&self, neuron: usize, spikes: u64, counts: &mut Counts) {
        let row: Vec<u64> =
            self.sent[neuron * self.width..][..SENT].iter().map(|&n| u64::from(n)).collect();
        add_sent(&row, counts, spikes);
    }

    fn tabulated(&self, cores: usize) -> Option<Table> {
        let neurons = self.first.len() - 1;
        let bytes = neurons
            .checked_mul(cores)
            .filter(|&bytes| bytes <= TABLE && bytes <= 8 * self.packets.len())?;
        if self.width != SENT + 1 {
            return None;
        }
        let mut rows = vec![0; bytes];
        for neuron in 0..neurons {
            for packet in self.of(neuron) {
                let count = self.synapses(packet).iter().map(|(_, _, count)| count).sum::<u32>();
                rows[neuron * cores + packet.core as usize] = u8::try_from(count).ok()?;
            }
        }
        Some(Table { rows, cores })
    }

    /// Adds what cores have to receive of a spike of each neuron in `fired`.
    pub(super) fn receive(&self, fired: &[u32], latencies: &Latencies, loads: &mut [Load]) {
        let Some(Table { rows, cores }) = &self.table else {
            for packet in fired.iter().flat_map(|&id| self.of(id as usize)) {
                loads[packet.core as usize].receive += self.service(packet);
            }
            return;
        };
        for fired in fired.chunks(SPIKES) {
            let (mut operations, mut packets) = (vec![0; *cores], vec![0; *cores]);
            kernel::receive(rows, fired, &mut operations, &mut packets);
            for ((load, operations), packets) in loads.iter_mut().zip(operations).zip(packets) {
                load.receive += latencies.axon_in * u64::from(packets);
                load.receive += latencies.synapse[0] * u64::from(operations);
            }
        }
    }

    /// The tree of every neuron with its source, if packets fork.
    pub(super) fn trees(&self, layout: &Layout) -> impl Iterator<Item = (u32, Vec<Leaf>)> {
        let neurons = layout.core.iter().enumerate().filter(|_| self.forks);
        neurons.map(|(id, &core)| {
            let leaf = |packet: &Packet| Leaf {
                core: packet.core,
                packet_ps: self.service(packet).nominal,
                spike_ps: 0,
            };
            (core as u32, self.of(id).iter().map(leaf).collect())
        })
    }

    /// The packets of one spike leave a core one after another, from `now` on.
    pub(super) fn send(
        &self,
        neuron: usize,
        axon_out_ps: u64,
        now: &mut u64,
        out: &mut StepPackets,
    ) {
        let packets = self.of(neuron);
        if let Some(pair) = self.watch.first_pair(0, neuron) {
            let next = out.deliveries;
            out.watched.extend((0..packets.len() as u32).map(|n| (next + n, pair + n)));
        }
        out.deliveries += packets.len() as u32;
        if self.forks {
            if !packets.is_empty() {
                *now = now.saturating_add(axon_out_ps);
                out.casts.push(Cast { inject_ps: *now, tree: neuron as u32, spikes: 1 });
            }
            return;
        }
        for packet in packets {
            *now = now.saturating_add(axon_out_ps);
            let (inject_ps, destination, service_ps) =
                (*now, packet.core, self.service(packet).nominal);
            out.packets.push(noc::Packet { inject_ps, destination, service_ps });
        }
    }

    /// Packets of all spikes by sender and receiver; `spikes` by neuron.
    pub(super) fn between(&self, spikes: &[u64], layout: &Layout) -> BTreeMap<(u32, u32), u64> {
        let mut between: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (id, &spikes) in spikes.iter().enumerate().filter(|(_, spikes)| **spikes > 0) {
            let from = layout.core[id] as u32;
            for packet in self.of(id) {
                *between.entry((from, packet.core)).or_default() += spikes;
            }
        }
        between
    }

    /// Adds to `links` the packets of all spikes, which are those `between` cores where no packet
    /// forks; `spikes` by neuron.
    pub(super) fn load(
        &self,
        (spikes, between): (&[u64], &BTreeMap<(u32, u32), u64>),
        layout: &Layout,
        grid: &Grid,
        links: &mut Links,
    ) {
        let tile = |core: u32| layout.cores[core as usize].tile();
        if self.forks {
            for (id, &spikes) in spikes.iter().enumerate().filter(|(_, spikes)| **spikes > 0) {
                let from = layout.core[id] as u32;
                let cores = self.of(id).iter().map(|packet| packet.core);
                links.add_tree(&grid.tree(tile(from), cores.map(tile)), spikes);
            }
        } else {
            for (&(from, to), &packets) in between {
                links.add(tile(from), tile(to), packets);
            }
        }
    }
}

/// What the neurons are as targets.
struct Ends {
    /// By neuron, its kind.
    of: Vec<u32>,
    /// Core, layer, and class of the synapses into it.
    kinds: Vec<[u32; 3]>,
}

impl Ends {
    fn new(layout: &Layout, neurons: usize) -> Ends {
        let mut known = BTreeMap::new();
        let mut kinds = vec![];
        let of = (0..neurons).map(|id| {
            let kind =
                [layout.core[id], layout.layer[id], layout.synapse_class[id]].map(|n| n as u32);
            *known.entry(kind).or_insert_with(|| {
                kinds.push(kind);
                kinds.len() as u32 - 1
            })
        });
        Ends { of: of.collect(), kinds }
    }
}

/// Packets from one core to others, or one that forks, as the first columns of [`Routes::sent`].
fn sent(
    layout: &Layout,
    grid: &Grid,
    core: usize,
    to: impl Iterator<Item = usize> + Clone,
) -> [u32; SENT] {
    let from = layout.cores[core].tile();
    let tiles = to.map(|core| layout.cores[core].tile());
    let count = tiles.clone().count();
    let local = tiles.clone().filter(|&tile| tile == from).count();
    let (packets, local, crossed) = if grid.multicast == Multicast::Tree {
        (count.min(1), local.min(1), grid.tree(from, tiles).crossed(grid))
    } else {
        let mut crossed = Crossed::default();
        tiles.for_each(|tile| crossed += grid.crossed(from, tile));
        (count, local, crossed)
    };
    // A way has no more links than the mesh has tiles.
    let [east, west, north, south, north_east, south_west] =
        crossed.hops.by_direction().map(|&hops| hops as u32);
    let (chip_links, links) =
        (crossed.chip_links as u32, [east, west, north, south, north_east, south_west]);
    let mut row = [packets as u32, count as u32, local as u32, chip_links, 0, 0, 0, 0, 0, 0];
    row[4..].copy_from_slice(&links);
    row
}

fn add_sent(row: &[u64], counts: &mut Counts, spikes: u64) {
    counts.packets += row[0] * spikes;
    counts.local_packets += row[2] * spikes;
    counts.chip_links += row[3] * spikes;
    for (direction, links) in DIRECTIONS.into_iter().zip(&row[4..]) {
        *counts.hops.along(direction) += links * spikes;
    }
}
