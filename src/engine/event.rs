//! Event timing: the packets of every step, moved hop by hop.
//!
//! Spikes are known before times, and steps end with all packets delivered, so that the packets
//! of one step do not depend on those of another: as many steps as there are threads run at once.

use super::noc::{self, Noc, NocError, Packet};
use super::timing::{Work, ns_to_ps, ps};
use crate::activity::{Link, StepTiming};
use crate::mapping::Grid;
use crate::profile::{Hops, Profile};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The packets of one step, core by core in the order in which each core sends them.
#[derive(Clone, Default)]
pub(crate) struct StepPackets {
    pub packets: Vec<Packet>,
    /// First packet of each core, and the number of packets at the end.
    pub offsets: Vec<usize>,
}

impl StepPackets {
    /// From the packets of every core.
    pub fn of(cores: impl Iterator<Item = Vec<Packet>>) -> StepPackets {
        let mut step = StepPackets { packets: vec![], offsets: vec![0] };
        for packets in cores {
            step.packets.extend(packets);
            step.offsets.push(step.packets.len());
        }
        step
    }
}

/// Moves the packets of steps, a few steps at a time.
#[derive(Clone)]
pub(crate) struct EventTimer<'a> {
    profile: &'a Profile,
    used_tiles: u64,
    meshes: Vec<Noc>,
    pending: Vec<(StepPackets, Work)>,
    timings: Vec<StepTiming>,
    stalls: BTreeMap<[[usize; 2]; 2], u64>,
}

impl<'a> EventTimer<'a> {
    /// For cores at `tiles` of `grid`.
    pub fn new(
        profile: &'a Profile,
        grid: &Grid,
        tiles: Vec<[usize; 2]>,
        used_tiles: u64,
    ) -> Result<EventTimer<'a>, NocError> {
        let costs = &profile.costs;
        let hop = &costs.hop;
        let mesh = Noc::new(noc::Network {
            width: grid.width,
            height: grid.height,
            chip_width: grid.chip_width,
            chip_height: grid.chip_height,
            cores: tiles,
            hop_ps: Hops {
                east: ps(&hop.east.latency_ns),
                west: ps(&hop.west.latency_ns),
                north: ps(&hop.north.latency_ns),
                south: ps(&hop.south.latency_ns),
            },
            local_ps: ps(&costs.local.latency_ns),
            chip_link_ps: ps(&costs.chip_link.latency_ns),
            link_interval_ps: ns_to_ps(costs.link_interval_ns.nominal),
            port_buffer: profile.topology.port_buffer,
        })?;
        let meshes = vec![mesh; rayon::current_num_threads().max(1)];
        Ok(EventTimer {
            profile,
            used_tiles,
            meshes,
            pending: vec![],
            timings: vec![],
            stalls: BTreeMap::new(),
        })
    }

    /// The next step; its time comes once enough steps wait.
    pub fn push(&mut self, packets: StepPackets, work: Work) -> Result<(), NocError> {
        self.pending.push((packets, work));
        if self.pending.len() >= self.meshes.len() { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), NocError> {
        let count = self.pending.len();
        let delivered: Vec<_> = (self.meshes.par_iter_mut().zip(&self.pending))
            .map(|(mesh, (step, _))| mesh.run(&step.packets, &step.offsets))
            .collect::<Result<_, _>>()?;
        let sent = self.pending.iter().map(|(step, _)| step.packets.len() as u64);
        debug_assert!(sent.eq(delivered.iter().map(|d| d.count)), "every packet arrives");
        for mesh in &self.meshes[..count] {
            for link in mesh.links() {
                *self.stalls.entry([link.from, link.to]).or_default() += link.stall_ps;
            }
        }
        for ((_, work), delivered) in self.pending.drain(..).zip(delivered) {
            let network = Some((delivered.finish_ps, delivered.latency));
            self.timings.push(work.close(network, &self.profile.clock, self.used_tiles));
        }
        Ok(())
    }

    /// Times of all steps; adds to `links` how long packets waited at their ports.
    pub fn finish(mut self, links: &mut [Link]) -> Result<Vec<StepTiming>, NocError> {
        self.flush()?;
        for link in links {
            link.stall_ps += self.stalls.get(&[link.from, link.to]).copied().unwrap_or(0);
        }
        Ok(self.timings)
    }
}
