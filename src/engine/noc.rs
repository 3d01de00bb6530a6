//! Packets on the mesh, hop by hop and event by event.
//!
//! Every router has FIFOs of finite capacity at its output ports: its links, and one port per core
//! of the tile. A packet leaves its FIFO only when the next one has a free place, which it takes at
//! once; it arrives there one hop latency later. Ports that find no place wait in a line of their
//! own and are served first come, first served. A core injects its packets one after another from
//! an unbounded list, and receives one packet at a time.
//!
//! Nothing can deadlock, whatever the buffers, and a watchdog says so if it ever did. Cores always
//! drain, and no circle of FIFOs can be full, each waiting for the next:
//! - On a mesh with x before y, and on a star, links stand in an order in which packets only go
//!   forward.
//! - A ring of a torus is a circle. The bubble rule (Carrion and others 1997) keeps one of its
//!   places free: a packet that enters the ring needs two free places, one that goes on in it needs
//!   one. So there is always a packet in the ring that can go on or out. Packets leave a ring for
//!   one of a later axis only.
//! - Where ways may turn from any axis to any other, packets that have a turn before them and those
//!   that have none stand in FIFOs of their own and share only the link. The second kind waits for
//!   no FIFO but those of its own line or ring, and for cores; so it drains, and then so does the
//!   first.
//!
//! A packet to several cores may fork ([`Noc::run_trees`]). It stays in its FIFO, at the head, and
//! sends a copy into every port that it needs at the next router, one after the other: those of
//! cores first, then those of links that turn off, then that of the link straight on; the last of
//! these is the packet itself. A copy that finds no room waits for it, and those after it wait,
//! too; the packet's own place is free, and its link open to the next one, when the last has gone.
//! Copies that have gone are packets of their own and wait for nobody. So a packet waits for one
//! FIFO at a time, in the orders above: the copy that goes on in a ring comes last and takes its
//! place as a single packet would, so that the ring's bubble stays. A copy that has destinations
//! behind a turn counts as one that turns.
//!
//! [`Noc::run`] moves the packets of a step, all known before. Where packets answer packets,
//! [`Noc::start`], [`Noc::send`] and [`Noc::next`] add them while the mesh runs.

mod crossing;
mod fifos;
mod layout;
mod network;
mod periods;
mod sent;
mod tick;
mod trees;
mod ways;

use crate::activity::{Link, PacketLatency, Waits};
use crate::kernel::prefetch;
use crate::mapping::route::DIRECTIONS;
use crossing::Passed;
pub use crossing::{Crossing, PortName};
use fifos::{Entry, Fifos, NONE};
use layout::{CHIP_LINK, Layout};
pub use network::{Delivered, Network, NocError, Packet};
pub(super) use network::{check, check_packets, check_swept};
use network::{check_casts, check_times};
use sent::Sent;
use std::ops::Range;
use std::sync::Arc;
use tick::Tick;
use trees::Trees;
pub use trees::{Cast, Leaf};
use ways::{Forked, Ways};

/// A packet that a core begins to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Core that received it.
    pub core: u32,
    /// What [`Noc::send`] called it; from now on another one may be called so.
    pub packet: u32,
    /// When the core began with it, picoseconds.
    pub start_ps: u64,
    /// The core is busy with it until then.
    pub end_ps: u64,
}

/// The simulator of one mesh; its buffers serve step after step.
#[derive(Clone)]
pub struct Noc {
    network: Network,
    layout: Layout,
    fifos: Fifos,
    times: Times,
    trees: Arc<Trees>,
    /// By port: copies of its first packet that have gone, where packets fork.
    copies: Vec<u32>,
    /// By packet of the last run.
    latencies: Vec<u64>,
    /// By core: when the packet was sent that was sent last, of those received.
    latest: Vec<u64>,
    /// Time that packets waited to enter the network.
    injection_ps: u64,
    /// What packets passed, if that is recorded.
    passed: Option<Vec<Passed>>,
    sent: Sent,
}

/// Times in ticks.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    tick: Tick,
    /// By class of a link.
    latency: [u64; DIRECTIONS.len() + 1],
    interval: u64,
    local: u64,
}

/// Sums of times beyond this are refused: half of what 64 bits hold, and 53 days.
const LARGEST_PS: u64 = 1 << 62;

/// Greatest common divisor; that of 0 and a number is the number.
pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Noc {
    /// Checks the network and lays out its ports.
    ///
    /// # Errors
    /// A network that cannot be laid out.
    pub fn new(network: Network) -> Result<Self, NocError> {
        check(&network)?;
        let (layout, ports) = Layout::new(network.grid, &network.cores);
        Ok(Noc {
            fifos: Fifos::new(ports, layout.rings),
            layout,
            network,
            times: Times::default(),
            trees: Arc::default(),
            copies: Vec::new(),
            latencies: Vec::new(),
            latest: Vec::new(),
            injection_ps: 0,
            passed: None,
            sent: Sent::default(),
        })
    }

    /// The network simulated.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Sends the packets of one step. Core `c` sends `packets[offsets[c]..offsets[c + 1]]`, in
    /// that order.
    ///
    /// # Errors
    /// Lists that do not fit the network; times that may not fit 64 bits of picoseconds; FIFOs that
    /// do not fit into memory; no progress.
    pub fn run(&mut self, packets: &[Packet], offsets: &[usize]) -> Result<Delivered, NocError> {
        check_packets(&self.network, packets, offsets)?;
        let times = packets.iter().flat_map(|packet| [packet.inject_ps, packet.service_ps]);
        let tick = Tick::dividing(self.network.grain_ps(), times);
        self.prepare(tick, packets.len())?;
        self.latencies.resize(packets.len(), 0);
        self.move_all(Ways::Single(packets), offsets)
    }

    /// A tree from `core` to every one of `leaves`, which are distinct; gives its number, for
    /// [`Noc::run_trees`].
    ///
    /// # Errors
    /// A core that does not exist.
    pub fn plant(&mut self, core: u32, leaves: &[Leaf]) -> Result<u32, NocError> {
        let trees = Arc::make_mut(&mut self.trees);
        let cores = self.network.cores.len();
        match leaves.iter().map(|leaf| leaf.core).chain([core]).find(|&core| core as usize >= cores)
        {
            Some(core) => Err(NocError::Destination { packet: trees.count(), core }),
            None => Ok(trees.plant(&self.network, &self.layout, core, leaves)),
        }
    }

    /// As [`Noc::run`], for packets that fork: each of them reaches all destinations of its tree.
    ///
    /// # Errors
    /// As [`Noc::run`].
    pub fn run_trees(&mut self, casts: &[Cast], offsets: &[usize]) -> Result<Delivered, NocError> {
        let trees = Arc::clone(&self.trees);
        check_casts(&self.network, &trees, casts, offsets)?;
        let times = casts.iter().map(|cast| cast.inject_ps).chain([trees.grain_ps]);
        let tick = Tick::dividing(self.network.grain_ps(), times);
        let mut deliveries = 0;
        let before = casts.iter().map(|cast| {
            let before = deliveries as u32;
            deliveries += trees.destinations(cast.tree) as usize;
            before
        });
        let before: Vec<u32> = before.collect();
        if deliveries >= u32::MAX as usize {
            return Err(NocError::Offsets { packets: deliveries });
        }
        let work = casts.iter().map(|cast| trees.work_ps(cast.tree, cast.spikes));
        check_times(&self.network, casts.iter().map(|cast| cast.inject_ps), work, deliveries)?;
        self.prepare(tick, deliveries)?;
        self.copies.clear();
        self.copies.resize(self.fifos.ports.len(), 0);
        self.latencies.resize(deliveries, 0);
        self.move_all(Ways::Forked(Forked { casts, trees: &trees, before: &before }), offsets)
    }

    /// Moves all packets of an empty mesh, of which core `c` sends `offsets[c]..offsets[c + 1]`.
    #[inline(always)]
    fn move_all(&mut self, ways: Ways, offsets: &[usize]) -> Result<Delivered, NocError> {
        for (core, range) in offsets.windows(2).enumerate() {
            let sender = self.layout.senders + core as u32;
            let port = &mut self.fifos.ports[sender as usize];
            port.head = range[0] as u32;
            port.len = (range[1] - range[0]) as u32;
            if port.len > 0 {
                let first = self.times.tick.count(ways.inject_ps(range[0] as u32));
                self.fifos.wheel.schedule(sender, first);
            }
        }
        let out = match self.passed {
            None => self.deliver::<false>(ways),
            Some(_) => self.deliver::<true>(ways),
        };
        self.progress(self.latencies.len() - out.count as usize)?;
        Ok(self.summary(out))
    }

    /// Receives all packets; what it gives lacks the parts of [`Noc::summary`].
    #[inline(always)]
    fn deliver<const RECORD: bool>(&mut self, ways: Ways) -> Delivered {
        let mut out = Delivered::default();
        while let Some((received, destination)) = self.advance::<RECORD, false>(ways, &[]) {
            let sent_ps = ways.inject_ps(received.packet);
            let delivery = ways.delivery(received.packet, destination);
            self.latencies[delivery as usize] = received.start_ps - sent_ps;
            let latest = &mut self.latest[received.core as usize];
            out.disordered += u64::from(sent_ps < *latest);
            *latest = sent_ps.max(*latest);
            out.count += 1;
            out.finish_ps = out.finish_ps.max(received.end_ps);
        }
        out
    }

    /// By packet of the last [`Noc::run`], or by packet and there by destination of
    /// [`Noc::run_trees`]: from the time of injection to the start of the service at the receiving
    /// core.
    pub fn latencies_ps(&self) -> &[u64] {
        &self.latencies
    }

    /// The links that have carried packets since the mesh was empty, by router and direction.
    pub fn links(&self) -> impl Iterator<Item = Link> + '_ {
        let fifos = self.layout.fifos as usize;
        let links = self.fifos.ports[..self.layout.links as usize].chunks(fifos);
        let links = links.zip(self.layout.starts.iter().step_by(fifos)).enumerate();
        let used = links.filter(|(_, (ports, _))| ports.iter().any(|port| port.packets > 0));
        used.map(move |(_, (ports, (start, _)))| Link {
            from: start.map(usize::from),
            to: [ports[0].x, ports[0].y].map(usize::from),
            between_chips: ports[0].class == CHIP_LINK,
            packets: ports.iter().map(|port| u64::from(port.packets)).sum(),
            stall_ps: self.picoseconds(ports.iter().map(|port| port.stall)),
            blocked_ps: self.picoseconds(ports.iter().map(|port| port.blocked)),
        })
    }

    /// Empties all ports; at most `most` packets will be under way at once.
    fn prepare(&mut self, tick: Tick, most: usize) -> Result<(), NocError> {
        let Network { hop_ps, local_ps, chip_link_ps, link_interval_ps, port_buffer, .. } =
            self.network;
        let [east, west, north, south, north_east, south_west] = hop_ps.by_direction();
        let latency = [east, west, north, south, north_east, south_west, &chip_link_ps]
            .map(|&ps| tick.count(ps));
        let (interval, local) = (tick.count(link_interval_ps), tick.count(local_ps));
        self.times = Times { tick, latency, interval, local };
        let longest = latency.into_iter().fold(interval.max(local), u64::max);
        // A FIFO never holds more than all packets; in a ring a place stays free beside them.
        let most = most.saturating_add(usize::from(self.layout.rings));
        let capacity = port_buffer.min(most).min(NONE as usize) as u32;
        let fits =
            self.fifos.reset(self.layout.senders as usize, capacity, longest.saturating_mul(2));
        self.latencies.clear();
        self.latest.clear();
        self.latest.resize(self.network.cores.len(), 0);
        self.injection_ps = 0;
        self.passed.iter_mut().for_each(Vec::clear);
        fits.ok_or(NocError::Buffers { capacity })
    }

    /// Runs until a core begins to serve a packet; gives its destination, too, as [`Ways`] has it.
    /// Packet `n` of a core is followed by `following[n]`, or by `n + 1` where that is not listed.
    #[inline(always)]
    fn advance<const RECORD: bool, const PERIODS: bool>(
        &mut self,
        ways: Ways,
        following: &[u32],
    ) -> Option<(Received, u32)> {
        let Times { tick, latency, interval, local } = self.times;
        while let Some((now, unit)) = self.fifos.wheel.pop() {
            if PERIODS && self.period_ended(now) {
                self.end_periods(now);
            }
            if self.layout.large {
                self.look_ahead(ways);
            }
            if unit < self.layout.links {
                let port = self.fifos.ports[unit as usize];
                let entry = self.fifos.head(unit);
                let ready = now + latency[port.class as usize];
                let next = match ways {
                    Ways::Single(_) => {
                        let to = self.layout.route(unit, port.x, port.y, entry.destination);
                        let free = self.fifos.claim(unit, to, self.layout.room(unit, to));
                        free.then_some((to, Entry { ready, ..entry }))
                    }
                    Ways::Forked(Forked { trees, .. }) => {
                        let nodes = trees.behind(entry.destination);
                        self.copy(trees, nodes, unit, entry.packet, now, [ready; 2])
                    }
                };
                if let Some((to, next)) = next {
                    if RECORD {
                        self.pass(entry.packet, unit, [entry.ready, now, ready]);
                    }
                    if self.layout.fifos == 2 {
                        // The other FIFO of the link.
                        self.fifos.hold(unit ^ 1, now + interval);
                    }
                    self.fifos.leave(unit, now, now + interval);
                    self.fifos.enter(to, next);
                }
            } else if unit < self.layout.senders {
                let entry = self.fifos.head(unit);
                let end = now + tick.count(ways.service_ps(entry.packet, entry.destination));
                if RECORD {
                    self.pass(entry.packet, unit, [entry.ready, now, end]);
                }
                self.fifos.leave(unit, now, end);
                let (core, packet) = (unit - self.layout.links, entry.packet);
                let received =
                    Received { core, packet, start_ps: now * tick.ps, end_ps: end * tick.ps };
                return Some((received, entry.destination));
            } else {
                let port = self.fifos.ports[unit as usize];
                let packet = port.head;
                let next = match ways {
                    Ways::Single(packets) => {
                        let destination = packets[packet as usize].destination;
                        let to = self.layout.route(unit, port.x, port.y, destination);
                        let ready = if to >= self.layout.links { now + local } else { now };
                        let free = self.fifos.claim(unit, to, self.layout.room(unit, to));
                        free.then_some((to, Entry { ready, packet, destination }))
                    }
                    Ways::Forked(Forked { casts, trees, .. }) => {
                        let nodes = trees.roots(casts[packet as usize].tree);
                        self.copy(trees, nodes, unit, packet, now, [now, now + local])
                    }
                };
                if let Some((to, next)) = next {
                    self.inject::<RECORD>(ways, following, unit, now);
                    self.fifos.enter(to, next);
                }
            }
        }
        None
    }

    /// The first packet of a sending end leaves it.
    #[inline(always)]
    fn inject<const RECORD: bool>(&mut self, ways: Ways, following: &[u32], unit: u32, now: u64) {
        let tick = self.times.tick;
        let sender = &mut self.fifos.ports[unit as usize];
        let packet = sender.head;
        sender.head = following.get(packet as usize).copied().unwrap_or(packet + 1);
        sender.len -= 1;
        if sender.len > 0 {
            let next = tick.count(ways.inject_ps(sender.head));
            self.fifos.wheel.schedule(unit, next.max(now));
        }
        let inject_ps = ways.inject_ps(packet);
        self.injection_ps = self.injection_ps.saturating_add(now * tick.ps - inject_ps);
        if RECORD {
            self.pass(packet, unit, [tick.count(inject_ps), now, now]);
        }
    }

    /// Copies the first packet of `unit` into the ports of `nodes`, one after the other, until one
    /// has no room. The last of them is for the packet itself: its port has taken a place, and it
    /// goes there when it has left. Copies at links and at cores are ready at the two times of
    /// `ready`.
    fn copy(
        &mut self,
        trees: &Trees,
        nodes: Range<u32>,
        unit: u32,
        packet: u32,
        now: u64,
        ready: [u64; 2],
    ) -> Option<(u32, Entry)> {
        let gone = std::mem::take(&mut self.copies[unit as usize]);
        for node in nodes.start + gone..nodes.end {
            let to = trees.port(node);
            if !self.fifos.claim(unit, to, self.layout.room(unit, to)) {
                self.copies[unit as usize] = node - nodes.start;
                return None;
            }
            let ready = ready[usize::from(to >= self.layout.links)];
            let copy = Entry { ready, packet, destination: node };
            if node + 1 == nodes.end {
                return Some((to, copy));
            }
            self.fifos.enter(to, copy);
            if self.layout.fifos == 2 && unit < self.layout.links {
                self.fifos.hold(unit ^ 1, now + self.times.interval);
            }
        }
        None
    }

    #[cold]
    fn pass(&mut self, packet: u32, port: u32, [arrives, leaves, done]: [u64; 3]) {
        if let Some(passed) = &mut self.passed {
            passed.push(Passed { packet, port, arrives, leaves, done });
        }
    }

    /// The watchdog: `remaining` packets are under way, and nothing is pending.
    fn progress(&self, remaining: usize) -> Result<(), NocError> {
        let time_ps = self.fifos.wheel.now() * self.times.tick.ps;
        match remaining as u64 {
            0 => Ok(()),
            remaining => Err(NocError::NoProgress { time_ps, remaining }),
        }
    }

    /// Fetches what the next wake-ups of this tick will touch: the mesh is larger than a cache.
    #[inline(always)]
    fn look_ahead(&self, ways: Ways) {
        let Fifos { ports, wheel, .. } = &self.fifos;
        prefetch(ports, wheel.upcoming(7) as usize);
        let unit = wheel.upcoming(4);
        if unit < self.layout.senders {
            self.fifos.prefetch_head(unit);
        }
        // Elsewhere the way costs more than the fetch saves.
        let unit = wheel.upcoming(2);
        let (Ways::Single(packets), true) = (ways, self.layout.plain) else { return };
        if unit < self.layout.links {
            let port = &ports[unit as usize];
            let to = self.layout.route(unit, port.x, port.y, self.fifos.head(unit).destination);
            prefetch(ports, to as usize);
        } else if unit < self.layout.senders {
            prefetch(packets, self.fifos.head(unit).packet as usize);
        } else if unit < NONE {
            prefetch(packets, ports[unit as usize].head as usize);
        }
    }

    /// How long packets have waited since the mesh was empty.
    fn waits(&self) -> Waits {
        let ports = || self.fifos.ports[..self.layout.links as usize].iter();
        Waits {
            links_ps: self.picoseconds(ports().map(|port| port.stall)),
            blocked_ps: self.picoseconds(ports().map(|port| port.blocked)),
            injection_ps: self.injection_ps,
        }
    }

    /// Sum of times in ticks; the largest number where it does not fit.
    fn picoseconds(&self, ticks: impl Iterator<Item = u64>) -> u64 {
        ticks.fold(0u64, u64::saturating_add).saturating_mul(self.times.tick.ps)
    }

    /// Adds to `out` what links and latencies tell.
    fn summary(&self, mut out: Delivered) -> Delivered {
        for port in &self.fifos.ports[..self.layout.links as usize] {
            let hops = match DIRECTIONS.get(port.class as usize) {
                Some(&direction) => out.hops.along(direction),
                None => &mut out.chip_links,
            };
            *hops += u64::from(port.packets);
        }
        out.waits = self.waits();
        out.latency = latency(&mut self.latencies.clone());
        out
    }
}

/// Median, 99th percentile and largest, by nearest rank; reorders `latencies`.
pub(super) fn latency(latencies: &mut [u64]) -> PacketLatency {
    let count = latencies.len();
    if count == 0 {
        return PacketLatency::default();
    }
    let mut rank =
        |percent: usize| *latencies.select_nth_unstable((count * percent).div_ceil(100) - 1).1;
    PacketLatency { p50_ps: rank(50), p99_ps: rank(99), max_ps: rank(100) }
}
