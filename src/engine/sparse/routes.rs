//! Where the spikes of each neuron go. Placement is fixed, so that every spike of a neuron sends
//! the same packets.

use super::layout::{Layout, PlacedCore};
use crate::activity::Counts;
use crate::activity::Span;
use crate::engine::noc;
use crate::engine::timing::Latencies;
use crate::mapping::Grid;
use crate::mapping::route::Crossed;
use crate::snn::sparse::SparseNetwork;
use std::collections::BTreeMap;

pub(super) struct Routes {
    /// By neuron, one packet per destination core.
    pub(super) packets: Vec<Vec<Packet>>,
    /// By core: distinct neurons that send to it.
    pub(super) axons_in: Vec<u64>,
    /// By core: destination cores, summed over its neurons.
    pub(super) axons_out: Vec<u64>,
}

/// A packet and what it causes at its destination.
pub(super) struct Packet {
    pub(super) core: usize,
    /// Layer of the first synapse it serves: where one packet serves several, it counts here.
    pub(super) layer: usize,
    /// `(layer, synapse class, synapses)`.
    pub(super) operations: Vec<(usize, usize, u64)>,
    pub(super) receive: Span,
    crossed: Crossed,
    local: bool,
    /// Links from router to router.
    pub(super) links: Vec<[[usize; 2]; 2]>,
}

impl Routes {
    pub(super) fn new(network: &SparseNetwork, layout: &Layout, latencies: &Latencies, grid: &Grid) -> Self {
        let starts = synapse_starts(network);
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
            by_core.into_values().collect()
        });
        let packets = packets.collect();
        Routes { packets, axons_in, axons_out }
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
            crossed: grid.crossed(from, to),
            local: from == to,
            links: grid.walk(from, to).map(|hop| [hop.from, hop.to]).collect(),
        }
    }
}

/// The packets of one spike leave a core one after another; `sending` is its time and its packets.
pub(super) fn send(packets: &[Packet], axon_out_ps: u64, sending: &mut (u64, Vec<noc::Packet>)) {
    for packet in packets {
        sending.0 += axon_out_ps;
        let service_ps = packet.receive.nominal;
        sending.1.push(noc::Packet { inject_ps: sending.0, destination: packet.core as u32, service_ps });
    }
}

/// Adds what a packet is at its sender.
pub(super) fn count_sent(counts: &mut Counts, packet: &Packet) {
    counts.packets += 1;
    counts.local_packets += u64::from(packet.local);
    counts.hops += packet.crossed.hops;
    counts.chip_links += packet.crossed.chip_links;
}

/// By neuron the index of its first synapse, and at the end the number of synapses.
pub(super) fn synapse_starts(network: &SparseNetwork) -> Vec<usize> {
    let ids = 0..=network.neurons.len();
    ids.map(|id| network.synapses.partition_point(|synapse| (synapse.pre as usize) < id)).collect()
}
