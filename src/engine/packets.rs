//! The packets that one core sends in one step, in order and with their times.

use super::functional::Observed;
use super::network_timing::StepPackets;
use super::noc::{Cast, Leaf, Packet};
use super::timing::Latencies;
use super::traffic::Traffic;
use super::watch::Watch;
use crate::activity::Span;
use crate::kernel::FIRED;

/// One synaptic or pool operation at a core.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub time: Span,
    /// A read of a pool unit or relay.
    pub pooled: bool,
}

pub(crate) struct PacketWriter<'a> {
    pub latencies: &'a Latencies,
    /// By core: what arrives there.
    pub operation: &'a [Operation],
    /// Spikes that one packet can carry.
    pub largest: u64,
    pub traffic: &'a [Traffic],
    /// By population: [`Traffic::sizes`].
    pub sizes: &'a [Vec<u32>],
    /// Neurons whose packets are told apart.
    pub watch: Option<&'a Watch>,
    /// Where packets fork, by population the tree of its first cell; those of the others follow.
    pub trees: Option<&'a [u32]>,
}

/// The tree of every cell, with its source, population by population.
pub(crate) fn trees(
    traffic: &[Traffic],
    latencies: &Latencies,
    operation: &[Operation],
) -> impl Iterator<Item = (u32, Vec<Leaf>)> {
    traffic.iter().flat_map(move |traffic| {
        traffic.cells.iter().map(move |cell| {
            let leaf = |&(core, synapses): &(u32, u64)| Leaf {
                core,
                packet_ps: latencies.axon_in.nominal,
                spike_ps: synapses.saturating_mul(operation[core as usize].time.nominal),
            };
            (cell.core, traffic.list(cell.list).iter().map(leaf).collect())
        })
    })
}

impl PacketWriter<'_> {
    /// Visits the neurons of a block (rows, columns, channels) in order; a packet leaves at the
    /// running sum of the soma and axon-out latencies before it. Times that do not fit stay at the
    /// largest, which the simulator refuses.
    pub fn write(
        &self,
        observed: &Observed,
        class: usize,
        units: u64,
        [rows, columns, channels]: [[usize; 2]; 3],
        out: &mut StepPackets,
    ) {
        if observed.flags.is_empty() {
            return;
        }
        let [access, update, spike] = self.latencies.of_soma(class).map(|time| time.nominal);
        let [axon_out, axon_in] =
            [self.latencies.axon_out, self.latencies.axon_in].map(|time| time.nominal);
        let updated = self.latencies.update_flag();
        let traffic = &self.traffic[observed.population];
        let per_position = observed.flags.len() / observed.spikes.positions();
        let sizes = &self.sizes[observed.population];
        let width = traffic.width();
        let tree = self.trees.map(|first| first[observed.population]);
        let mut now = 0u64;
        for y in rows[0]..rows[1] {
            for x in columns[0]..columns[1] {
                let position = y * width + x;
                let flags = &observed.flags[position * per_position..(position + 1) * per_position];
                let mut spikes = observed.spikes.at(position).iter();
                for (c, &flag) in (channels[0]..channels[1]).zip(&flags[channels[0]..channels[1]]) {
                    let visit = access.saturating_add(if flag & updated != 0 { update } else { 0 });
                    now = now.saturating_add(units.saturating_mul(visit));
                    if flag & FIRED == 0 {
                        continue;
                    }
                    // Entries are in the order of channels; those of other cores are passed over.
                    let Some(event) = spikes.find(|spike| spike.channel() == c) else { continue };
                    let cell = traffic.cell_of(position, c);
                    let list = traffic.cells[cell].list;
                    let size = sizes[list as usize];
                    let neuron = position * per_position + c;
                    let pair =
                        self.watch.and_then(|watch| watch.first_pair(observed.population, neuron));
                    let mut left = u64::from(event.count().unsigned_abs());
                    while left > 0 {
                        left -= left.min(self.largest);
                        now = now.saturating_add(spike);
                        if let Some(pair) = pair {
                            let next = out.deliveries;
                            out.watched.extend((0..size).map(|n| (next + n, pair + n)));
                        }
                        out.deliveries += size;
                        if let Some(first) = tree {
                            if size > 0 {
                                now = now.saturating_add(axon_out);
                                out.casts.push(Cast {
                                    inject_ps: now,
                                    tree: first + cell as u32,
                                    spikes: 1,
                                });
                            }
                            continue;
                        }
                        traffic.each_destination(list, |core, synapses| {
                            now = now.saturating_add(axon_out);
                            let time = self.operation[core as usize].time.nominal;
                            let service_ps = axon_in.saturating_add(synapses.saturating_mul(time));
                            out.packets.push(Packet {
                                inject_ps: now,
                                destination: core,
                                service_ps,
                            });
                        });
                    }
                }
            }
        }
    }
}
