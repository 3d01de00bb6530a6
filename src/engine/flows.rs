//! Packets from core to core: of a few steps, or estimated from geometry. They weigh placements,
//! and do not depend on where cores sit.

use super::functional::{Currents, each_step};
use super::links::Links;
use super::traffic::{Cell, Sent, Traffic, spikes_per_packet};
use crate::activity::Link;
use crate::mapping::fanout::Fanout;
use crate::mapping::{CoreId, Flow, Mapping};
use crate::profile::Profile;
use crate::snn::Network;
use crate::snn::retime::Retimed;

/// The packets that an emulation of `steps` steps sends; `currents` as in [`each_step`].
pub fn calibrated(
    retimed: &Retimed,
    currents: &Currents,
    mapping: &Mapping,
    profile: &Profile,
    steps: usize,
) -> Vec<Flow> {
    let traffic = outgoing(&retimed.network, mapping);
    let mut sent: Vec<_> = traffic.iter().map(|t| vec![Sent::default(); t.cells.len()]).collect();
    let largest = spikes_per_packet(profile);
    each_step(retimed, currents, steps, |observed| {
        for o in observed {
            traffic[o.population].count(o.spikes, largest, &mut sent[o.population]);
        }
    });
    flows(mapping, &traffic, &sent)
}

/// The packets if every unit fired once.
pub fn estimated(network: &Network, mapping: &Mapping) -> Vec<Flow> {
    let traffic = outgoing(network, mapping);
    let fired = |(traffic, population): (&Traffic, &crate::snn::Population)| {
        let mut sent = vec![Sent::default(); traffic.cells.len()];
        for position in 0..population.shape.positions() {
            for channel in 0..population.shape.channels {
                sent[traffic.cell_of(position, channel)] += Sent { events: 1, spikes: 1, copies: 1 };
            }
        }
        sent
    };
    let sent: Vec<_> = traffic.iter().zip(&network.populations).map(fired).collect();
    flows(mapping, &traffic, &sent)
}

fn outgoing(network: &Network, mapping: &Mapping) -> Vec<Traffic> {
    let fanouts = Fanout::all(network, mapping);
    (0..network.populations.len()).map(|p| Traffic::new(network, mapping, &fanouts, p)).collect()
}

/// By sender and receiver, each pair once; `sent` by population and cell. Cells of one core are of one
/// population, and cores are counted population by population.
fn flows(mapping: &Mapping, traffic: &[Traffic], sent: &[Vec<Sent>]) -> Vec<Flow> {
    let mut flows = vec![];
    let mut packets = vec![0; mapping.cores.len()];
    for (traffic, sent) in traffic.iter().zip(sent) {
        let mut cells: Vec<(&Cell, u64)> = traffic.cells.iter().zip(sent.iter().map(|s| s.copies)).collect();
        cells.sort_by_key(|(cell, _)| cell.core);
        for of_core in cells.chunk_by(|(a, _), (b, _)| a.core == b.core) {
            let mut reached = vec![];
            for &(cell, copies) in of_core.iter().filter(|(_, copies)| *copies > 0) {
                for &(to, _) in &traffic.lists[cell.list as usize] {
                    if packets[to as usize] == 0 {
                        reached.push(to);
                    }
                    packets[to as usize] += copies;
                }
            }
            reached.sort_unstable();
            let flow = |to: CoreId| Flow {
                from: of_core[0].0.core,
                to,
                packets: std::mem::take(&mut packets[to as usize]),
            };
            flows.extend(reached.into_iter().map(flow));
        }
    }
    flows
}

/// How flows cross the mesh of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Travel {
    pub packets: u64,
    /// Links crossed, those between chips included.
    pub hops: u64,
    /// The link that most packets cross.
    pub busiest_link: Option<Link>,
    /// The core that sends and receives most packets, and how many.
    pub busiest_core: Option<(CoreId, u64)>,
}

impl Travel {
    pub fn new(mapping: &Mapping, flows: &[Flow]) -> Travel {
        let mut links = Links::new(mapping.grid);
        let mut of_core = vec![0; mapping.cores.len()];
        for flow in flows {
            let [from, to] = [flow.from, flow.to].map(|core| &mapping.cores[core as usize]);
            links.add([from.x, from.y], [to.x, to.y], flow.packets);
            of_core[flow.from as usize] += flow.packets;
            of_core[flow.to as usize] += flow.packets;
        }
        let cores = of_core.into_iter().enumerate().rev();
        Travel {
            packets: flows.iter().map(|flow| flow.packets).sum(),
            hops: mapping.hops(flows),
            // Of equals, the first.
            busiest_link: links.finish().into_iter().rev().max_by_key(|link| link.packets),
            busiest_core: cores.max_by_key(|&(_, packets)| packets).map(|(core, n)| (core as CoreId, n)),
        }
    }
}
