//! Step times with a network: the packets of steps moved through the mesh, hop by hop or link by
//! link.
//!
//! Spikes are known before times, and steps end with all packets delivered, so that the packets
//! of one step do not depend on those of another: as many steps as there are threads run at once.

use super::noc::{self, Cast, Crossing, Delivered, Leaf, Noc, NocError, Packet};
use super::sweep::sweep;
use super::timing::{Work, ns_to_ps, ps};
use super::trace::{StepTrace, Tracer};
use super::{Options, Timing};
use crate::activity::{Histogram, Link, SpikeOrder, StepTiming};
use crate::mapping::Grid;
use crate::profile::{Multicast, Profile};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Whether `sampled` timing moves the packets of a step (0-based): every third one of the first
/// 126, every fifth until 511, every ninth then. Gaps are odd: layers in a row alternate, so that
/// steps do, too, and every second or fourth step sees one kind alone. On ten runs of trained
/// detectors the root mean square of the error was 2.5 % with every third step, 2.3 % with every
/// second and 5.1 % with every fourth (docs/profiles.md). The length of the run has no say, so that
/// a run read halfway is a run of half the length.
fn is_sampled(step: usize) -> bool {
    let gap = match step {
        0..126 => 3,
        126..511 => 5,
        _ => 9,
    };
    step.is_multiple_of(gap)
}

/// The packets of one step, core by core in the order in which each core sends them.
#[derive(Clone, Default)]
pub(crate) struct StepPackets {
    pub packets: Vec<Packet>,
    /// In place of them on a chip whose packets fork.
    pub casts: Vec<Cast>,
    /// Destinations of all packets.
    pub deliveries: u32,
    /// Deliveries from watched neurons, and the pair of neuron and destination of each
    /// ([`super::watch`]).
    pub watched: Vec<(u32, u32)>,
    /// Packets of the cores that have finished.
    offsets: Vec<usize>,
}

impl StepPackets {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.packets.len() + self.casts.len()
    }

    /// The next core comes.
    pub fn end_core(&mut self) {
        self.offsets.push(self.count());
    }

    /// The packets of every core, each by itself.
    pub fn of(cores: impl Iterator<Item = StepPackets>) -> StepPackets {
        let mut step = StepPackets::default();
        for core in cores {
            let before = step.deliveries;
            step.watched
                .extend(core.watched.into_iter().map(|(delivery, pair)| (before + delivery, pair)));
            step.deliveries += core.deliveries;
            step.packets.extend(core.packets);
            step.casts.extend(core.casts);
            step.end_core();
        }
        step
    }

    /// First packet of each core, and the number of packets at the end.
    fn offsets(&self) -> Vec<usize> {
        [&[0], &self.offsets[..]].concat()
    }
}

/// Times of all steps.
pub(crate) struct Timed {
    pub steps: Vec<StepTiming>,
    /// See [`crate::activity::Activity::time_error_ps`].
    pub error_ps: u64,
    /// Of all packets that were moved.
    pub latencies: Histogram,
}

/// Times the steps of a run, a few at once.
#[derive(Clone)]
pub(crate) struct Timer<'a> {
    timing: Timing,
    tracer: Option<&'a Tracer>,
    moved: Option<&'a AtomicU64>,
    profile: &'a Profile,
    used_tiles: u64,
    /// One per thread; none where no packet is moved.
    meshes: Vec<Mesh>,
    pending: Vec<(Option<StepPackets>, Work)>,
    works: Vec<Work>,
    steps: Vec<StepTiming>,
    /// Begin of the next step, from the beginning of the run.
    now_ps: u64,
    latencies: Histogram,
    /// By watched pair: latency of its last packet.
    last_ps: Vec<Option<u64>>,
    /// By the two ends of a link, as [`Link`] has them.
    stalls: BTreeMap<[[usize; 2]; 2], [u64; 2]>,
}

#[derive(Clone)]
enum Mesh {
    Event(Box<Noc>),
    Sweep(noc::Network),
}

/// What became of the packets of one step.
struct Moved {
    delivered: Delivered,
    overfull: u64,
    links: Vec<Link>,
    latencies: Histogram,
    /// Latency of the packets of watched neurons, with their pairs.
    watched: Vec<(u32, u64)>,
    crossings: Vec<Crossing>,
}

impl Mesh {
    fn run(&mut self, step: &StepPackets) -> Result<Moved, NocError> {
        match self {
            Mesh::Sweep(network) => {
                let swept = sweep(network, &step.packets, &step.offsets())?;
                let (latencies, watched) = sorted(step, &swept.latencies_ps);
                let (delivered, overfull, links) = (swept.delivered, swept.overfull, swept.links);
                Ok(Moved { delivered, overfull, links, latencies, watched, crossings: vec![] })
            }
            Mesh::Event(noc) => {
                let delivered = match noc.network().grid.multicast {
                    Multicast::Unicast => noc.run(&step.packets, &step.offsets())?,
                    Multicast::Tree => noc.run_trees(&step.casts, &step.offsets())?,
                };
                let (latencies, watched) = sorted(step, noc.latencies_ps());
                let (links, crossings) = (noc.links().collect(), noc.crossings());
                Ok(Moved { delivered, overfull: 0, links, latencies, watched, crossings })
            }
        }
    }
}

/// Latencies of packets into a histogram, and those that are watched with their pairs.
fn sorted(step: &StepPackets, latencies_ps: &[u64]) -> (Histogram, Vec<(u32, u64)>) {
    let mut histogram = Histogram::default();
    latencies_ps.iter().for_each(|&ps| histogram.add(ps));
    let watched =
        step.watched.iter().map(|&(delivery, pair)| (pair, latencies_ps[delivery as usize]));
    (histogram, watched.collect())
}

impl<'a> Timer<'a> {
    /// For cores at `tiles` of `grid`.
    pub fn new(
        options: Options<'a>,
        profile: &'a Profile,
        grid: &Grid,
        tiles: Vec<[usize; 2]>,
        used_tiles: u64,
    ) -> Result<Timer<'a>, NocError> {
        let Options { timing, tracer, moved, .. } = options;
        let mesh = match timing {
            Timing::Analytic => None,
            Timing::Links => {
                let network = network(profile, grid, tiles);
                noc::check_swept(&network)?;
                Some(Mesh::Sweep(network))
            }
            Timing::Sampled | Timing::Event => {
                let mut noc = Noc::new(network(profile, grid, tiles))?;
                noc.record(tracer.is_some());
                Some(Mesh::Event(Box::new(noc)))
            }
        };
        // Traces are large: those of one step at once are enough.
        let at_once = if tracer.is_some() { 1 } else { rayon::current_num_threads().max(1) };
        Ok(Timer {
            timing,
            tracer,
            moved,
            profile,
            used_tiles,
            meshes: mesh.map_or(vec![], |mesh| vec![mesh; at_once]),
            pending: vec![],
            works: vec![],
            steps: vec![],
            now_ps: 0,
            latencies: Histogram::default(),
            last_ps: vec![],
            stalls: BTreeMap::new(),
        })
    }

    /// Plants the trees along which packets fork, each with its source, in the order of their
    /// numbers.
    ///
    /// # Errors
    /// A core that does not exist.
    pub fn plant(&mut self, trees: impl Iterator<Item = (u32, Vec<Leaf>)>) -> Result<(), NocError> {
        let (copies, mut trees) = (self.meshes.len(), trees.peekable());
        if let (Some(Mesh::Event(noc)), Some(_)) = (self.meshes.first_mut(), trees.peek()) {
            for (core, leaves) in trees {
                noc.plant(core, &leaves)?;
            }
            let planted = self.meshes.swap_remove(0);
            self.meshes = vec![planted; copies];
        }
        Ok(())
    }

    /// Whether the next step's packets are wanted.
    pub fn moves_packets(&self) -> bool {
        match self.timing {
            Timing::Analytic => false,
            Timing::Links | Timing::Event => true,
            Timing::Sampled => is_sampled(self.steps.len() + self.pending.len()),
        }
    }

    /// The next step; its time comes once enough steps wait.
    pub fn push(&mut self, packets: Option<StepPackets>, work: Work) -> Result<(), NocError> {
        self.pending.push((packets, work));
        let moved = self.pending.iter().filter(|(packets, _)| packets.is_some()).count();
        if moved >= self.meshes.len() { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), NocError> {
        // With a tracer there is one mesh, which moves one step.
        if let (Some(tracer), Some(Mesh::Event(noc))) = (self.tracer, self.meshes.first_mut()) {
            noc.record(tracer.wants(self.steps.len() + 1));
        }
        let moved: Vec<&StepPackets> =
            self.pending.iter().filter_map(|(step, _)| step.as_ref()).collect();
        let told = |step: &StepPackets| {
            if let Some(count) = self.moved {
                count.fetch_add(u64::from(step.deliveries), Relaxed);
            }
        };
        let done: Vec<Moved> = (self.meshes.par_iter_mut().zip(&moved))
            .map(|(mesh, step)| mesh.run(step).inspect(|_| told(step)))
            .collect::<Result<_, _>>()?;
        let sent = moved.iter().map(|step| u64::from(step.deliveries));
        debug_assert!(
            sent.eq(done.iter().map(|moved| moved.delivered.count)),
            "every packet arrives"
        );
        let mut done = done.into_iter();
        for (packets, work) in std::mem::take(&mut self.pending) {
            let moved = packets.and_then(|_| done.next());
            self.close(work, moved);
        }
        Ok(())
    }

    fn close(&mut self, work: Work, moved: Option<Moved>) {
        let finish_ps = moved.as_ref().map_or(0, |moved| moved.delivered.finish_ps);
        let mut step = work.close(finish_ps, self.profile, self.used_tiles);
        step.estimated = self.timing == Timing::Sampled && moved.is_none();
        if let Some(moved) = moved {
            step.packet_latency = Some(moved.delivered.latency);
            step.waits = Some(moved.delivered.waits);
            step.order = Some(self.order(&moved));
            step.overfull = moved.overfull;
            self.latencies.merge(&moved.latencies);
            for link in moved.links {
                let stalls = self.stalls.entry([link.from, link.to]).or_default();
                *stalls = [
                    stalls[0].saturating_add(link.stall_ps),
                    stalls[1].saturating_add(link.blocked_ps),
                ];
            }
            let (number, start_ps) = (self.steps.len() + 1, self.now_ps);
            let end_ps = start_ps.saturating_add(step.total.nominal);
            if let Some(tracer) = self.tracer.filter(|tracer| tracer.wants(number)) {
                let crossings = moved.crossings;
                tracer.tell(&StepTrace { step: number, start_ps, end_ps, crossings });
            }
        }
        self.now_ps = self.now_ps.saturating_add(step.total.nominal);
        self.steps.push(step);
        self.works.push(work);
    }

    /// Sets the packets of watched neurons against those of their spikes before.
    fn order(&mut self, moved: &Moved) -> SpikeOrder {
        let Delivered { count: packets, disordered, .. } = moved.delivered;
        let mut order = SpikeOrder { packets, disordered, ..SpikeOrder::default() };
        // Between sampled steps there are spikes whose packets are not moved.
        let watched = if self.timing == Timing::Sampled { &[][..] } else { &moved.watched };
        for &(pair, ps) in watched {
            let pair = pair as usize;
            if pair >= self.last_ps.len() {
                self.last_ps.resize(pair + 1, None);
            }
            if let Some(last_ps) = self.last_ps[pair].replace(ps) {
                let distortion_ps = ps.abs_diff(last_ps);
                order.intervals += 1;
                order.distortion_ps = order.distortion_ps.saturating_add(distortion_ps);
                order.distortion_max_ps = order.distortion_max_ps.max(distortion_ps);
            }
        }
        order
    }

    /// Times of all steps; adds to `links` how long packets waited at their ports.
    pub fn finish(&mut self, links: &mut [Link]) -> Result<Timed, NocError> {
        self.flush()?;
        for link in links {
            let [stall_ps, blocked_ps] =
                self.stalls.get(&[link.from, link.to]).copied().unwrap_or_default();
            link.stall_ps += stall_ps;
            link.blocked_ps += blocked_ps;
        }
        let error_ps = if self.timing == Timing::Sampled { self.interpolate() } else { 0 };
        let latencies = std::mem::take(&mut self.latencies);
        Ok(Timed { steps: std::mem::take(&mut self.steps), error_ps, latencies })
    }

    /// Times of the steps between two sampled ones, by what the network adds, drawn as a line from
    /// one to the other. Gives the half width of the 95 % interval of all steps together: each
    /// sampled step is also drawn from its two neighbours, and what that misses is taken for the
    /// error of every step that is drawn, each by itself. On the runs that `is_sampled` names, 93 %
    /// of the intervals of all ways to begin held the time of `event`.
    fn interpolate(&mut self) -> u64 {
        let sampled: Vec<usize> = (0..self.steps.len()).filter(|&step| is_sampled(step)).collect();
        let added: Vec<f64> = sampled.iter().map(|&at| self.steps[at].network_ps as f64).collect();
        let closed = |at: usize, network_ps: f64| {
            let finish_ps = self.works[at].local_ps().saturating_add(network_ps.round() as u64);
            self.works[at].close(finish_ps, self.profile, self.used_tiles)
        };
        // Behind the last sampled step what it has holds.
        let ends = sampled.iter().copied().skip(1).chain([self.steps.len()]);
        let gaps: Vec<Range<usize>> =
            sampled.iter().zip(ends).map(|(&from, to)| from..to).collect();
        let estimates: Vec<(usize, StepTiming)> = (gaps.iter().enumerate())
            .flat_map(|(n, gap)| gap.clone().skip(1).map(move |at| (n, gap, at)))
            .map(|(n, gap, at)| {
                let part = (at - gap.start) as f64 / gap.len() as f64;
                let next = added.get(n + 1).unwrap_or(&added[n]);
                let network_ps = added[n] * (1.0 - part) + next * part;
                (at, StepTiming { estimated: true, ..closed(at, network_ps) })
            })
            .collect();
        let missed: Vec<f64> = (1..sampled.len().saturating_sub(1))
            .map(|n| {
                let part = gaps[n - 1].len() as f64 / (gaps[n - 1].len() + gaps[n].len()) as f64;
                let network_ps = added[n - 1] * (1.0 - part) + added[n + 1] * part;
                let guess = closed(sampled[n], network_ps).total.nominal;
                guess as f64 - self.steps[sampled[n]].total.nominal as f64
            })
            .collect();
        let drawn = estimates.len();
        for (at, step) in estimates {
            self.steps[at] = step;
        }
        let square = missed.iter().map(|m| m * m).sum::<f64>() / missed.len().max(1) as f64;
        (1.96 * (square * drawn as f64).sqrt()).round() as u64
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Span;
    use crate::engine::noc::Packet;
    use crate::engine::timing::Load;
    use crate::profile::{Phases, Sync, load};

    /// One neuron of core 0 sends to core 1 in three steps, with 0, 2 and 1 packets of another
    /// core's before it at the link, and a neuron of core 0 to core 0 twice.
    #[test]
    fn distortions_are_differences_of_latencies() {
        let mut profile = load("loihi1-davies2018").expect("an embedded profile");
        profile.costs.link_interval_ns.nominal = 3.0;
        let grid = Grid { cores_per_tile: 2, ..Grid::of_one_chip(2, 1) };
        let options = Options { timing: Timing::Event, ..Options::default() };
        let tiles = vec![[0, 0], [1, 0], [0, 0]];
        let mut timer = Timer::new(options, &profile, &grid, tiles, 2).expect("it fits");
        let to = |destination, inject_ps| Packet { inject_ps, destination, service_ps: 0 };
        for before in [0, 2, 1] {
            let of = |packets: Vec<Packet>, watched| StepPackets {
                deliveries: packets.len() as u32,
                packets,
                watched,
                ..StepPackets::default()
            };
            let own = of(vec![to(1, 100), to(0, 100)], vec![(0, 7), (1, 8)]);
            let step = StepPackets::of(
                [own, of(vec![], vec![]), of(vec![to(1, 0); before], vec![])].into_iter(),
            );
            timer.push(Some(step), Work::default()).expect("packets move");
        }
        let timed = timer.finish(&mut []).expect("packets move");
        let order: Vec<_> = timed.steps.iter().filter_map(|step| step.order).collect();
        // The packet waits 0, 5900 and 2900 ps at the link; those to core 0 do not.
        let of =
            |n: usize| (order[n].intervals, order[n].distortion_ps, order[n].distortion_max_ps);
        assert_eq!([of(0), of(1), of(2)], [(0, 0, 0), (2, 5900, 5900), (2, 3000, 3000)]);
        assert_eq!(timed.latencies.total(), 9);
    }

    /// The network adds 1000 ps in every sampled step but the last, where it adds nothing: what is
    /// drawn between is a line, behind the last sample nothing, and the interval knows of the bend.
    #[test]
    fn the_networks_part_is_drawn_between_samples_however_far_apart() {
        let mut profile = load("loihi1-davies2018").expect("an embedded profile");
        profile.clock.sync = Sync::Tick { period_ns: 0.0 };
        let options = Options { timing: Timing::Sampled, ..Options::default() };
        let grid = Grid::of_one_chip(1, 1);
        let mut timer = Timer::new(options, &profile, &grid, vec![[0, 0]], 1).expect("it fits");
        let steps = 134;
        for step in 0..steps {
            let expected = if step < 126 { step % 3 == 0 } else { step % 5 == 0 };
            assert_eq!(timer.moves_packets(), expected, "{step}");
            let load = Load { receive: Span::exactly(1000 + step as u64), ..Load::default() };
            timer.close(Work::of(Phases::Overlap, &[load]), None);
            let network_ps = if step < 130 { 1000 } else { 0 };
            timer.steps[step].network_ps = network_ps;
            timer.steps[step].total = Span::exactly(1000 + step as u64 + network_ps);
        }
        let error_ps = timer.interpolate();
        let drawn: Vec<u64> =
            [1, 124, 126, 127, 128, 129, 130, 131].map(|at| timer.steps[at].network_ps).to_vec();
        assert_eq!(drawn, [1000, 857, 571, 429, 286, 143, 0, 0]);
        assert!(error_ps > 0);
    }
}
