//! Step times with a network: the packets of steps moved through the mesh, hop by hop or link by link.
//!
//! Spikes are known before times, and steps end with all packets delivered, so that the packets
//! of one step do not depend on those of another: as many steps as there are threads run at once.

use super::Timing;
use super::noc::{self, Delivered, Noc, NocError, Packet};
use super::sweep::{Swept, sweep};
use super::timing::{Work, ns_to_ps, ps};
use crate::activity::{Link, StepTiming};
use crate::mapping::Grid;
use crate::profile::Profile;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Under `sampled` timing, packets are moved in every step whose index is a multiple of this.
const SAMPLE: usize = 8;

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

/// Times of all steps.
pub(crate) struct Timed {
    pub steps: Vec<StepTiming>,
    /// See [`crate::activity::Activity::time_error_ps`].
    pub error_ps: u64,
}

/// Times the steps of a run, a few at once.
#[derive(Clone)]
pub(crate) struct Timer<'a> {
    timing: Timing,
    profile: &'a Profile,
    used_tiles: u64,
    /// One per thread; none where no packet is moved.
    meshes: Vec<Mesh>,
    pending: Vec<(Option<StepPackets>, Work)>,
    works: Vec<Work>,
    steps: Vec<StepTiming>,
    stalls: BTreeMap<[[usize; 2]; 2], u64>,
}

#[derive(Clone)]
enum Mesh {
    Event(Box<Noc>),
    Sweep(noc::Network),
}

impl Mesh {
    fn run(&mut self, step: &StepPackets) -> Result<Swept, NocError> {
        match self {
            Mesh::Sweep(network) => sweep(network, &step.packets, &step.offsets),
            Mesh::Event(noc) => {
                let delivered = noc.run(&step.packets, &step.offsets)?;
                Ok(Swept { delivered, overfull: 0, links: noc.links().collect() })
            }
        }
    }
}

impl<'a> Timer<'a> {
    /// For cores at `tiles` of `grid`.
    pub fn new(
        timing: Timing,
        profile: &'a Profile,
        grid: &Grid,
        tiles: Vec<[usize; 2]>,
        used_tiles: u64,
    ) -> Result<Timer<'a>, NocError> {
        let mesh = match timing {
            Timing::Analytic => None,
            Timing::Sweep => {
                let network = network(profile, grid, tiles);
                noc::check_swept(&network)?;
                Some(Mesh::Sweep(network))
            }
            Timing::Sampled | Timing::Event => {
                Some(Mesh::Event(Box::new(Noc::new(network(profile, grid, tiles))?)))
            }
        };
        let meshes = mesh.map_or(vec![], |mesh| vec![mesh; rayon::current_num_threads().max(1)]);
        let (pending, works, steps, stalls) = (vec![], vec![], vec![], BTreeMap::new());
        Ok(Timer { timing, profile, used_tiles, meshes, pending, works, steps, stalls })
    }

    /// Whether the next step's packets are wanted.
    pub fn moves_packets(&self) -> bool {
        match self.timing {
            Timing::Analytic => false,
            Timing::Sweep | Timing::Event => true,
            Timing::Sampled => (self.steps.len() + self.pending.len()).is_multiple_of(SAMPLE),
        }
    }

    /// The next step; its time comes once enough steps wait.
    pub fn push(&mut self, packets: Option<StepPackets>, work: Work) -> Result<(), NocError> {
        self.pending.push((packets, work));
        let moved = self.pending.iter().filter(|(packets, _)| packets.is_some()).count();
        if moved >= self.meshes.len() { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), NocError> {
        let moved: Vec<&StepPackets> = self.pending.iter().filter_map(|(step, _)| step.as_ref()).collect();
        let swept: Vec<Swept> = (self.meshes.par_iter_mut().zip(&moved))
            .map(|(mesh, step)| mesh.run(step))
            .collect::<Result<_, _>>()?;
        let sent = moved.iter().map(|step| step.packets.len() as u64);
        debug_assert!(sent.eq(swept.iter().map(|s| s.delivered.count)), "every packet arrives");
        let mut swept = swept.into_iter();
        for (packets, work) in std::mem::take(&mut self.pending) {
            let swept = packets.and_then(|_| swept.next());
            self.close(work, swept);
        }
        Ok(())
    }

    fn close(&mut self, work: Work, swept: Option<Swept>) {
        let Delivered { finish_ps, latency, .. } =
            swept.as_ref().map_or(Delivered::default(), |s| s.delivered);
        let mut step = work.close(finish_ps, self.profile, self.used_tiles);
        step.estimated = self.timing == Timing::Sampled && swept.is_none();
        if let Some(swept) = swept {
            step.packet_latency = Some(latency);
            step.overfull = swept.overfull;
            for link in swept.links {
                *self.stalls.entry([link.from, link.to]).or_default() += link.stall_ps;
            }
        }
        self.steps.push(step);
        self.works.push(work);
    }

    /// Times of all steps; adds to `links` how long packets waited at their ports.
    pub fn finish(&mut self, links: &mut [Link]) -> Result<Timed, NocError> {
        self.flush()?;
        for link in links {
            link.stall_ps += self.stalls.get(&[link.from, link.to]).copied().unwrap_or(0);
        }
        let error_ps = if self.timing == Timing::Sampled { self.interpolate() } else { 0 };
        Ok(Timed { steps: std::mem::take(&mut self.steps), error_ps })
    }

    /// Times of the steps between two sampled ones, by the share that the network adds to the busiest
    /// core's time, drawn as a line from one to the other. Gives the half width of the 95 % interval of
    /// all steps together: each sampled step is also drawn from its two neighbours, which are twice as
    /// far away, and what that misses is taken for the error of all steps of a gap alike.
    fn interpolate(&mut self) -> u64 {
        let sampled: Vec<usize> = (0..self.steps.len()).step_by(SAMPLE).collect();
        let share = |&at: &usize| {
            let local = self.works[at].local_ps();
            if local == 0 { 0.0 } else { self.steps[at].network_ps as f64 / local as f64 }
        };
        let shares: Vec<f64> = sampled.iter().map(share).collect();
        let closed = |at: usize, share: f64| {
            let local = self.works[at].local_ps() as f64;
            let finish_ps = (local * (1.0 + share)).round() as u64;
            self.works[at].close(finish_ps, self.profile, self.used_tiles)
        };
        let estimates: Vec<(usize, StepTiming)> = (0..self.steps.len())
            .filter(|at| at % SAMPLE != 0)
            .map(|at| {
                let (before, part) = (at / SAMPLE, (at % SAMPLE) as f64 / SAMPLE as f64);
                let after = (before + 1).min(shares.len() - 1);
                let share = shares[before] * (1.0 - part) + shares[after] * part;
                (at, StepTiming { estimated: true, ..closed(at, share) })
            })
            .collect();
        let missed: Vec<f64> = (1..sampled.len().saturating_sub(1))
            .map(|n| {
                let guess = closed(sampled[n], (shares[n - 1] + shares[n + 1]) / 2.0).total.nominal;
                guess as f64 - self.steps[sampled[n]].total.nominal as f64
            })
            .collect();
        for (at, step) in estimates {
            self.steps[at] = step;
        }
        let square = missed.iter().map(|m| m * m).sum::<f64>() / missed.len().max(1) as f64;
        (1.96 * square.sqrt() * (SAMPLE - 1) as f64 * (sampled.len() as f64).sqrt()).round() as u64
    }
}

/// The mesh of a chip and its times.
pub(super) fn network(profile: &Profile, grid: &Grid, cores: Vec<[usize; 2]>) -> noc::Network {
    let costs = &profile.costs;
    noc::Network {
        grid: *grid,
        cores,
        hop_ps: costs.hop.map(|event| ps(&event.latency_ns)),
        local_ps: ps(&costs.local.latency_ns),
        chip_link_ps: ps(&costs.chip_link.latency_ns),
        link_interval_ps: ns_to_ps(costs.link_interval_ns.nominal),
        port_buffer: profile.topology.port_buffer,
    }
}
