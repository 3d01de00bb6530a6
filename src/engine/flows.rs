//! Packets from core to core, estimated from geometry and a few steps. They weigh placements, and
//! do not depend on where cores sit.

use super::chip::assemble::links;
use super::functional::{Currents, each_step};
use super::links::Links;
use super::traffic::{Cell, Sending, Traffic, spikes_per_packet};
use crate::activity::{self, Busiest, Link};
use crate::mapping;
use crate::mapping::fanout::Fanout;
use crate::mapping::{CoreId, Flow, Mapping, Placement};
use crate::profile::{Multicast, Profile, ZeroWeights};
use crate::snn::Network;
use crate::snn::retime::Retimed;
use std::collections::BTreeMap;

/// The packets of `steps` steps, spread evenly over each layer; `currents` as in [`each_step`].
///
/// Spread, because which neurons fire is a matter of the picture: a placement that weighs every
/// neuron of one picture by itself is worse on the next picture than one that knows no picture at
/// all.
pub fn calibrated(
    retimed: &Retimed,
    currents: &Currents,
    mapping: &Mapping,
    profile: &Profile,
    steps: usize,
) -> Vec<Flow> {
    let network = &retimed.network;
    let traffic = outgoing(network, mapping);
    let (mut sending, mut copies) = (Sending::default(), vec![0u64; traffic.len()]);
    let largest = spikes_per_packet(profile);
    each_step(retimed, currents, steps, &[], |observed| {
        for o in observed {
            traffic[o.population].count(o.spikes, largest, &mut sending);
            copies[o.population] += sending.copies().iter().map(|&n| u64::from(n)).sum::<u64>();
        }
    });
    flows(mapping, &traffic, &spread(network, &traffic, copies.into_iter()))
}

/// The packets if every unit fired once.
pub fn estimated(network: &Network, mapping: &Mapping) -> Vec<Flow> {
    let traffic = outgoing(network, mapping);
    let once = network.populations.iter().map(|population| population.shape.neurons() as u64);
    flows(mapping, &traffic, &spread(network, &traffic, once))
}

/// Places `mapping` as [`Mapping::place`] does. On a chip whose packets fork, annealing, which
/// weighs pairs of cores, may lengthen trees: there it stands only where trees cross fewer links
/// than along the Hilbert curve, if every unit fires once.
///
/// # Errors
/// Those of [`Mapping::place`].
pub fn place(
    mapping: &mut Mapping,
    network: &Network,
    placement: &Placement,
    flows: &[Flow],
) -> Result<(), mapping::Error> {
    mapping.place(network, placement, flows)?;
    if matches!(placement, Placement::Anneal { .. }) && mapping.grid.multicast == Multicast::Tree {
        let mut hilbert = mapping.clone();
        hilbert.place(network, &Placement::Hilbert, &[])?;
        let hops = |mapping: &Mapping| Travel::estimated(network, mapping).hops;
        if hops(&hilbert) < hops(mapping) {
            *mapping = hilbert;
        }
    }
    Ok(())
}

/// By population and cell, the share of the population's packets (to each destination).
fn spread(
    network: &Network,
    traffic: &[Traffic],
    copies: impl Iterator<Item = u64>,
) -> Vec<Vec<u64>> {
    let shares = network.populations.iter().zip(traffic).zip(copies).map(
        |((population, traffic), copies)| {
            let units = population.shape.neurons() as u64;
            let mut cells = vec![0; traffic.cells.len()];
            for position in 0..population.shape.positions() {
                (0..population.shape.channels)
                    .for_each(|c| cells[traffic.cell_of(position, c)] += 1);
            }
            cells.iter_mut().for_each(|cell| *cell = (*cell * copies + units / 2) / units);
            cells
        },
    );
    shares.collect()
}

fn outgoing(network: &Network, mapping: &Mapping) -> Vec<Traffic> {
    let fanouts = Fanout::all(network, mapping, ZeroWeights::Cost);
    (0..network.populations.len()).map(|p| Traffic::new(network, mapping, &fanouts, p)).collect()
}

/// All pairs of cores, as [`each_flow`] has them.
fn flows(mapping: &Mapping, traffic: &[Traffic], copies: &[Vec<u64>]) -> Vec<Flow> {
    let mut flows = vec![];
    each_flow(mapping, traffic, copies, |flow| flows.push(flow));
    flows
}

/// Of each core, its partners of most packets; `copies` by population and cell.
pub(crate) fn busiest(
    mapping: &Mapping,
    traffic: &[Traffic],
    copies: &[impl AsRef<[u64]>],
) -> Vec<activity::Flow> {
    let mut busiest = Busiest::new(mapping.cores.len());
    // Layers that share a core send from one place: what they send to another is one flow.
    let mut shared: BTreeMap<(CoreId, CoreId), u64> = BTreeMap::new();
    let is_shared = shares(mapping);
    each_flow(mapping, traffic, copies, |Flow { from, to, packets }| {
        if is_shared[from as usize] {
            *shared.entry((from, to)).or_default() += packets;
        } else {
            busiest.add(activity::Flow { from, to, packets });
        }
    });
    for ((from, to), packets) in shared {
        busiest.add(activity::Flow { from, to, packets });
    }
    busiest.finish()
}

/// By core, whether several populations lie on it.
fn shares(mapping: &Mapping) -> Vec<bool> {
    let mut owner: Vec<Option<usize>> = vec![None; mapping.cores.len()];
    let mut shared = vec![false; mapping.cores.len()];
    for (population, tiling) in mapping.tilings.iter().enumerate() {
        for &core in &tiling.cores {
            let before = owner[core as usize].replace(population);
            shared[core as usize] |= before.is_some_and(|before| before != population);
        }
    }
    shared
}

/// By population, sender and receiver, each pair once, whether or not one packet goes to several
/// receivers; `copies` by population and cell.
fn each_flow(
    mapping: &Mapping,
    traffic: &[Traffic],
    copies: &[impl AsRef<[u64]>],
    mut visit: impl FnMut(Flow),
) {
    let mut packets = vec![0; mapping.cores.len()];
    for (traffic, copies) in traffic.iter().zip(copies) {
        let mut cells: Vec<(&Cell, u64)> =
            traffic.cells.iter().zip(copies.as_ref().iter().copied()).collect();
        cells.sort_by_key(|(cell, _)| (cell.core, cell.list));
        for of_core in cells.chunk_by(|(a, _), (b, _)| a.core == b.core) {
            let mut reached = vec![];
            for of_list in of_core.chunk_by(|(a, _), (b, _)| a.list == b.list) {
                let copies: u64 = of_list.iter().map(|(_, copies)| copies).sum();
                if copies == 0 {
                    continue;
                }
                traffic.each_destination(of_list[0].0.list, |to, _| {
                    if packets[to as usize] == 0 {
                        reached.push(to);
                    }
                    packets[to as usize] += copies;
                });
            }
            reached.sort_unstable();
            for to in reached {
                let packets = std::mem::take(&mut packets[to as usize]);
                visit(Flow { from: of_core[0].0.core, to, packets });
            }
        }
    }
}

/// How flows cross the mesh of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Travel {
    /// Packets in all.
    pub packets: u64,
    /// Links crossed, those between chips included.
    pub hops: u64,
    /// The link that most packets cross.
    pub busiest_link: Option<Link>,
    /// The core that sends and receives most packets, and how many.
    pub busiest_core: Option<(CoreId, u64)>,
}

impl Travel {
    /// The packets if every unit fired once: those of [`estimated`], or trees where packets fork.
    pub fn estimated(network: &Network, mapping: &Mapping) -> Travel {
        let traffic = outgoing(network, mapping);
        let once = network.populations.iter().map(|population| population.shape.neurons() as u64);
        let copies = spread(network, &traffic, once);
        let mut travel = Travel { packets: 0, hops: 0, busiest_link: None, busiest_core: None };
        let mut of_core = vec![0; mapping.cores.len()];
        for (traffic, copies) in traffic.iter().zip(&copies) {
            for ((n, Cell { core, list }), &copies) in traffic.cells.iter().enumerate().zip(copies)
            {
                let route = traffic.route(n);
                travel.packets += copies * route.packets;
                travel.hops += copies * (route.crossed.hops.total() + route.crossed.chip_links);
                of_core[*core as usize] += copies * route.packets;
                traffic.each_destination(*list, |to, _| of_core[to as usize] += copies);
            }
        }
        travel.busiest(links(mapping, &traffic, &copies), of_core)
    }

    /// The ways of these flows on the mesh of `mapping`.
    pub fn new(mapping: &Mapping, flows: &[Flow]) -> Travel {
        let mut links = Links::new(mapping.grid);
        let mut of_core = vec![0; mapping.cores.len()];
        for flow in flows {
            let [from, to] = [flow.from, flow.to].map(|core| &mapping.cores[core as usize]);
            links.add([from.x, from.y], [to.x, to.y], flow.packets);
            of_core[flow.from as usize] += flow.packets;
            of_core[flow.to as usize] += flow.packets;
        }
        let packets = flows.iter().map(|flow| flow.packets).sum();
        let travel =
            Travel { packets, hops: mapping.hops(flows), busiest_link: None, busiest_core: None };
        travel.busiest(links, of_core)
    }

    fn busiest(self, links: Links, of_core: Vec<u64>) -> Travel {
        let cores = of_core.into_iter().enumerate().rev();
        Travel {
            // Of equals, the first.
            busiest_link: links.finish().into_iter().rev().max_by_key(|link| link.packets),
            busiest_core: cores
                .max_by_key(|&(_, packets)| packets)
                .map(|(core, n)| (core as CoreId, n)),
            ..self
        }
    }
}
