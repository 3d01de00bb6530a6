//! Where the spikes of each neuron go. Placement is fixed, so that every spike of a neuron sends
//! the same packets.

use super::layout::{Layout, PlacedCore};
use crate::activity::Counts;
use crate::activity::Span;
use crate::engine::network_timing::StepPackets;
use crate::engine::noc::{self, Cast, Leaf};
use crate::engine::timing::Latencies;
use crate::engine::watch::Watch;
use crate::mapping::Grid;
use crate::mapping::route::Crossed;
use crate::profile::Multicast;
use crate::snn::sparse::SparseNetwork;
use std::collections::BTreeMap;

pub(super) struct Routes {
    /// By neuron, one packet per destination core. Where a packet forks, they are its copies.
    pub(super) packets: Vec<Vec<Packet>>,
    forks: bool,
    watch: Watch,
    /// By core: distinct neurons that send to it.
    pub(super) axons_in: Vec<u64>,
    /// By core: destination cores, summed over its neurons.
    pub(super) axons_out: Vec<u64>,
}

/// A packet and what it causes at its destination. Of copies, the first one leaves the core, and each crosses
/// those links that no copy before it has crossed.
pub(super) struct Packet {
    pub(super) core: usize,
    /// Layer of the first synapse it serves: where one packet serves several, it counts here.
    pub(super) layer: usize,
    /// `(layer, synapse class, synapses)`.
    pub(super) operations: Vec<(usize, usize, u64)>,
    pub(super) receive: Span,
    /// Whether it leaves the core as a packet of its own.
    pub(super) sent: bool,
    crossed: Crossed,
    local: bool,
    /// Links from router to router.
    pub(super) links: Vec<[[usize; 2]; 2]>,
}

impl Routes {
    pub(super) fn new(network: &SparseNetwork, layout: &Layout, latencies: &Latencies, grid: &Grid) -> Self {
        let starts = synapse_starts(network);
        let forks = grid.multicast == Multicast::Tree;
        let mut axons_in = vec![0; layout.cores.len()];
        let mut axons_out = axons_in.clone();
        let packets = (0..network.neurons.len()).map(|id| {
            let mut by_core: BTreeMap<usize, Packet> = BTreeMap::new();
            let source = &layout.cores[layout.core[id]];
            for synapse in &network.synapses[starts[id]..starts[id + 1]] {
                let post = synapse.post as usize;
                let (core, layer, class) =
                    (layout.core[post], layout.layer[post], layout.synapse_class[post]);
                let packet = by_core
                    .entry(core)
                    .or_insert_with(|| Packet::new(source, layout, grid, core, layer, latencies.axon_in));
                packet.receive += latencies.synapse[class];
                let known = packet.operations.iter_mut().find(|(l, c, _)| (*l, *c) == (layer, class));
                match known {
                    Some((_, _, count)) => *count += 1,
                    None => packet.operations.push((layer, class, 1)),
                }
            }
            for &core in by_core.keys() {
                axons_in[core] += 1;
            }
            axons_out[layout.core[id]] += by_core.len() as u64;
            let mut packets: Vec<Packet> = by_core.into_values().collect();
            if forks {
                join(&mut packets, layout, source.tile(), grid);
            }
            packets
        });
        let packets: Vec<Vec<Packet>> = packets.collect();
        let watch = Watch::over(vec![0], || packets.iter().map(|packets| packets.len() as u64));
        Routes { packets, forks, watch, axons_in, axons_out }
    }

    /// The tree of every neuron with its source, if packets fork.
    pub(super) fn trees(&self, layout: &Layout) -> impl Iterator<Item = (u32, Vec<Leaf>)> {
        let neurons = self.packets.iter().zip(&layout.core).filter(|_| self.forks);
        neurons.map(|(packets, &core)| {
            let leaf = |packet: &Packet| Leaf {
                core: packet.core as u32,
                packet_ps: packet.receive.nominal,
                spike_ps: 0,
            };
            (core as u32, packets.iter().map(leaf).collect())
        })
    }

    /// The packets of one spike leave a core one after another; `sending` is its time and its packets.
    pub(super) fn send(&self, neuron: usize, axon_out_ps: u64, sending: &mut (u64, StepPackets)) {
        let (now, out) = sending;
        let packets = &self.packets[neuron];
        if let Some(pair) = self.watch.first_pair(0, neuron) {
            let next = out.deliveries;
            out.watched.extend((0..packets.len() as u32).map(|n| (next + n, pair + n)));
        }
        out.deliveries += packets.len() as u32;
        for packet in packets.iter().filter(|packet| packet.sent) {
            *now += axon_out_ps;
            let (inject_ps, destination, service_ps) = (*now, packet.core as u32, packet.receive.nominal);
            match self.forks {
                true => out.casts.push(Cast { inject_ps, tree: neuron as u32, spikes: 1 }),
                false => out.packets.push(noc::Packet { inject_ps, destination, service_ps }),
            }
        }
    }
}

/// Makes the packets of a neuron the copies of one that forks.
fn join(packets: &mut [Packet], layout: &Layout, from: [usize; 2], grid: &Grid) {
    let tree = grid.tree(from, packets.iter().map(|packet| layout.cores[packet.core].tile()));
    let mut taken = vec![false; tree.branches.len()];
    let mut local = false;
    for (nth, packet) in packets.iter_mut().enumerate() {
        packet.sent = nth == 0;
        (packet.local, local) = (packet.local && !local, packet.local || local);
        packet.crossed = Crossed::default();
        packet.links.clear();
        let mut at = tree.ends[nth];
        while let Some(branch) = at.filter(|&branch| !std::mem::replace(&mut taken[branch], true)) {
            let hop = tree.branches[branch].hop;
            packet.crossed.count(grid, &hop);
            packet.links.push([hop.from, hop.to]);
            at = tree.branches[branch].parent;
        }
    }
}

impl Packet {
    fn new(
        source: &PlacedCore,
        layout: &Layout,
        grid: &Grid,
        core: usize,
        layer: usize,
        axon_in: Span,
    ) -> Self {
        let (from, to) = (source.tile(), layout.cores[core].tile());
        Packet {
            core,
            layer,
            operations: Vec::new(),
            receive: axon_in,
            sent: true,
            crossed: grid.crossed(from, to),
            local: from == to,
            links: grid.walk(from, to).map(|hop| [hop.from, hop.to]).collect(),
        }
    }
}

/// Adds what a packet is at its sender.
pub(super) fn count_sent(counts: &mut Counts, packet: &Packet) {
    counts.packets += u64::from(packet.sent);
    counts.local_packets += u64::from(packet.local);
    counts.hops += packet.crossed.hops;
    counts.chip_links += packet.crossed.chip_links;
}

/// By neuron the index of its first synapse, and at the end the number of synapses.
pub(super) fn synapse_starts(network: &SparseNetwork) -> Vec<usize> {
    let ids = 0..=network.neurons.len();
    ids.map(|id| network.synapses.partition_point(|synapse| (synapse.pre as usize) < id)).collect()
}
