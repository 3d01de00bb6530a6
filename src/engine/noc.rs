//! The packets of one step, hop by hop and event by event.
//!
//! Routing is dimension order, x first. Every router has one FIFO of finite capacity per output
//! port: four links, and one port per core of the tile. A packet leaves its FIFO only when the
//! next one has a free place, which it takes at once; it arrives there one hop latency later.
//! Ports that find no place wait in a line of their own and are served first come, first served.
//! A core injects its packets one after another from an unbounded list, and receives one packet
//! at a time. Dimension order has no cycles and cores always drain, so the mesh cannot deadlock;
//! a watchdog says so if it ever did.

use super::wheel::Wheel;
use crate::activity::{Link, PacketLatency};
use crate::kernel::prefetch;
use crate::profile::Hops;

const NONE: u32 = u32::MAX;

/// The mesh and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Tiles in x and y, over all chips.
    pub width: usize,
    pub height: usize,
    /// Tiles in x and y of one chip: links across its border take [`Network::chip_link_ps`].
    pub chip_width: usize,
    pub chip_height: usize,
    /// Tile `[x, y]` of every core.
    pub cores: Vec<[usize; 2]>,
    /// Latency of a link within a chip, by direction of travel.
    pub hop_ps: Hops<u64>,
    /// Latency from a core to a core of the same tile.
    pub local_ps: u64,
    /// Latency of a link between two chips.
    pub chip_link_ps: u64,
    /// Shortest time between two packets on one link.
    pub link_interval_ps: u64,
    /// Packets that one output port can hold.
    pub port_buffer: usize,
}

/// One packet on its way to a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Time at which it enters the source port.
    pub inject_ps: u64,
    /// Core that receives it.
    pub destination: u32,
    /// How long the receiver is busy with it.
    pub service_ps: u64,
}

/// What became of the packets of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Packets received; all that were sent.
    pub count: u64,
    /// End of the last service.
    pub finish_ps: u64,
    /// From the time of injection to the start of the service at the receiving core.
    pub latency: PacketLatency,
    /// Links crossed within chips.
    pub hops: Hops<u64>,
    /// Links crossed between chips.
    pub chip_links: u64,
}

/// Why packets cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NocError {
    #[error("core {core} is placed at tile ({x}, {y}), outside the mesh")]
    OutsideMesh { core: usize, x: usize, y: usize },
    #[error("the mesh is too large: at most 65535 tiles in x and y, and 2^31 ports")]
    TooLarge,
    #[error("chips must have at least one tile in x and y")]
    EmptyChip,
    #[error("packets are listed for {found} cores, but the network has {expected}")]
    CoreCount { expected: usize, found: usize },
    #[error("the packet offsets do not grow from 0 to the number of packets, {packets}")]
    Offsets { packets: usize },
    #[error("packet {packet} goes to core {core}, which does not exist")]
    Destination { packet: usize, core: u32 },
    #[error("port buffers of {capacity} packets do not fit into memory on this mesh")]
    Buffers { capacity: u32 },
    /// The watchdog: nothing is pending, and packets remain.
    #[error("no packet can move after {time_ps} ps, though {remaining} have not arrived")]
    NoProgress { time_ps: u64, remaining: u64 },
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(align(16))]
struct Entry {
    /// Tick of arrival.
    ready: u64,
    packet: u32,
    destination: u32,
}

/// A link, a core's receiving end, or a core's sending end.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Port {
    /// Tick from which the next packet may leave.
    free: u64,
    /// Ticks that packets waited here.
    stall: u64,
    packets: u32,
    head: u32,
    len: u32,
    /// Packets here, and places promised to waiters.
    taken: u32,
    /// Ports that wait for a place here, and the next in the line that this port stands in.
    first_waiter: u32,
    last_waiter: u32,
    next_waiter: u32,
    /// Tile of a sending end, or the tile at the far end of a link.
    x: u16,
    y: u16,
    /// Index of the latency: 0 to 3 by direction, 4 between chips.
    class: u8,
    /// A place in the next FIFO is promised to this port.
    granted: bool,
}

const EMPTY: Port = Port {
    free: 0,
    stall: 0,
    packets: 0,
    head: 0,
    len: 0,
    taken: 0,
    first_waiter: NONE,
    last_waiter: NONE,
    next_waiter: NONE,
    x: 0,
    y: 0,
    class: 0,
    granted: false,
};

/// The simulator of one mesh; its buffers serve step after step.
#[derive(Clone)]
pub struct Noc {
    network: Network,
    /// Links (four per tile: east, west, north, south), receiving ends, sending ends.
    ports: Vec<Port>,
    tiles: Vec<[u16; 2]>,
    width: u32,
    links: u32,
    senders: u32,
    /// Ring buffers of all links and receiving ends, `stride` places each.
    places: Vec<Entry>,
    stride: usize,
    capacity: u32,
    wheel: Wheel,
    latencies: Vec<u64>,
    tick: u64,
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Noc {
    /// Checks the network and lays out its ports.
    pub fn new(network: Network) -> Result<Self, NocError> {
        check(&network)?;
        let Network { width, height, chip_width, chip_height, .. } = network;
        let units = width * height * 4;
        let mut ports = Vec::with_capacity(units + 2 * network.cores.len());
        for y in 0..height {
            for x in 0..width {
                // Ports at the border of the mesh lead nowhere and are never used.
                let ends = [(x + 1, y), (x.wrapping_sub(1), y), (x, y + 1), (x, y.wrapping_sub(1))];
                for (direction, (to_x, to_y)) in ends.into_iter().enumerate() {
                    let crosses =
                        to_x / chip_width != x / chip_width || to_y / chip_height != y / chip_height;
                    let class = if crosses { 4 } else { direction as u8 };
                    ports.push(Port { x: to_x as u16, y: to_y as u16, class, ..EMPTY });
                }
            }
        }
        let tiles: Vec<[u16; 2]> = network.cores.iter().map(|&[x, y]| [x as u16, y as u16]).collect();
        for _ in 0..2 {
            ports.extend(tiles.iter().map(|&[x, y]| Port { x, y, ..EMPTY }));
        }
        Ok(Noc {
            width: width as u32,
            links: units as u32,
            senders: (units + tiles.len()) as u32,
            ports,
            tiles,
            network,
            places: Vec::new(),
            stride: 1,
            capacity: 0,
            wheel: Wheel::default(),
            latencies: Vec::new(),
            tick: 1,
        })
    }

    /// The network simulated.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Sends the packets of one step. Core `c` sends `packets[offsets[c]..offsets[c + 1]]`, in
    /// that order. Times must stay far below 2^63 ps.
    pub fn run(&mut self, packets: &[Packet], offsets: &[usize]) -> Result<Delivered, NocError> {
        check_packets(&self.network, packets, offsets)?;
        self.prepare(packets)?;
        let Network { hop_ps, local_ps, chip_link_ps, link_interval_ps, .. } = self.network;
        let tick = self.tick;
        let latency =
            [hop_ps.east, hop_ps.west, hop_ps.north, hop_ps.south, chip_link_ps].map(|ps| ps / tick);
        let (interval, local) = (link_interval_ps / tick, local_ps / tick);
        for (core, range) in offsets.windows(2).enumerate() {
            let sender = self.senders + core as u32;
            let port = &mut self.ports[sender as usize];
            port.head = range[0] as u32;
            port.len = (range[1] - range[0]) as u32;
            if port.len > 0 {
                self.wheel.schedule(sender, packets[range[0]].inject_ps / tick);
            }
        }
        let mut finish = 0;
        while let Some((now, unit)) = self.wheel.pop() {
            self.look_ahead();
            if unit < self.links {
                let port = self.ports[unit as usize];
                let entry = self.places[unit as usize * self.stride + port.head as usize];
                let to = self.route(port.x, port.y, entry.destination);
                if self.claim(unit, to) {
                    self.leave(unit, now, now + interval);
                    let ready = now + latency[port.class as usize];
                    self.enter(to, Entry { ready, ..entry });
                }
            } else if unit < self.senders {
                let head = self.ports[unit as usize].head;
                let entry = self.places[unit as usize * self.stride + head as usize];
                let packet = &packets[entry.packet as usize];
                let end = now + packet.service_ps / tick;
                self.latencies.push(now * tick - packet.inject_ps);
                finish = finish.max(end);
                self.leave(unit, now, end);
            } else {
                let port = self.ports[unit as usize];
                let packet = &packets[port.head as usize];
                let to = self.route(port.x, port.y, packet.destination);
                if self.claim(unit, to) {
                    let sender = &mut self.ports[unit as usize];
                    sender.head += 1;
                    sender.len -= 1;
                    if sender.len > 0 {
                        let next = packets[sender.head as usize].inject_ps / tick;
                        self.wheel.schedule(unit, next.max(now));
                    }
                    let destination = packet.destination;
                    let ready = if to >= self.links { now + local } else { now };
                    self.enter(to, Entry { ready, packet: port.head, destination });
                }
            }
        }
        let remaining = (packets.len() - self.latencies.len()) as u64;
        if remaining > 0 {
            return Err(NocError::NoProgress { time_ps: self.wheel.now() * tick, remaining });
        }
        Ok(self.summary(finish * tick))
    }

    /// The links that carried packets in the last run, by tile and direction.
    pub fn links(&self) -> impl Iterator<Item = Link> + '_ {
        let links = self.ports[..self.links as usize].iter().enumerate();
        links.filter(|(_, port)| port.packets > 0).map(|(at, port)| {
            let tile = at / 4;
            Link {
                from: [tile % self.network.width, tile / self.network.width],
                to: [port.x as usize, port.y as usize],
                between_chips: port.class == 4,
                packets: u64::from(port.packets),
                stall_ps: port.stall * self.tick,
            }
        })
    }

    /// Chooses the tick, so that every time is a whole number of ticks, and empties all ports.
    fn prepare(&mut self, packets: &[Packet]) -> Result<(), NocError> {
        let Network { hop_ps, local_ps, chip_link_ps, link_interval_ps, .. } = self.network;
        let Hops { east, west, north, south } = hop_ps;
        let times = [east, west, north, south, local_ps, chip_link_ps, link_interval_ps];
        let mut tick = times.into_iter().fold(0, gcd);
        for packet in packets {
            if tick == 1 {
                break;
            }
            tick = gcd(gcd(packet.inject_ps, tick), packet.service_ps);
        }
        self.tick = tick.max(1);
        let longest = times.into_iter().max().unwrap_or(0) / self.tick;
        self.wheel.reset(self.ports.len(), longest.saturating_mul(2));
        for port in &mut self.ports {
            *port = Port { x: port.x, y: port.y, class: port.class, ..EMPTY };
        }
        // A FIFO never holds more than all packets.
        self.capacity = self.network.port_buffer.min(packets.len()) as u32;
        self.stride = (self.capacity.max(1) as usize).next_power_of_two();
        let places = self.senders as usize * self.stride;
        if places > 1 << 30 {
            return Err(NocError::Buffers { capacity: self.capacity });
        }
        if self.places.len() < places {
            self.places.resize(places, Entry::default());
        }
        self.latencies.clear();
        Ok(())
    }

    /// Fetches what the next wake-ups of this tick will touch: the mesh is larger than a cache.
    #[inline]
    fn look_ahead(&self) {
        let [first, second, third] = self.wheel.upcoming();
        prefetch(&self.ports, third as usize);
        if second < self.senders {
            let port = &self.ports[second as usize];
            prefetch(&self.places, second as usize * self.stride + port.head as usize);
        }
        if first < self.links {
            let port = &self.ports[first as usize];
            let entry = self.places[first as usize * self.stride + port.head as usize];
            let to = self.route(port.x, port.y, entry.destination) as usize;
            prefetch(&self.ports, to);
            self.wheel.prefetch(to);
        }
    }

    /// Output port at tile `(x, y)` on the way to a core.
    #[inline]
    fn route(&self, x: u16, y: u16, destination: u32) -> u32 {
        let [to_x, to_y] = self.tiles[destination as usize];
        let direction = if to_x != x {
            u32::from(to_x < x)
        } else if to_y != y {
            2 + u32::from(to_y < y)
        } else {
            return self.links + destination;
        };
        4 * (u32::from(y) * self.width + u32::from(x)) + direction
    }

    /// Takes a place in FIFO `to` for the first packet of `from`, or puts `from` in the line.
    #[inline]
    fn claim(&mut self, from: u32, to: u32) -> bool {
        let port = &mut self.ports[from as usize];
        if port.granted {
            port.granted = false;
            return true;
        }
        let next = &mut self.ports[to as usize];
        if next.taken < self.capacity {
            next.taken += 1;
            return true;
        }
        let last = std::mem::replace(&mut next.last_waiter, from);
        if last == NONE {
            next.first_waiter = from;
        } else {
            self.ports[last as usize].next_waiter = from;
        }
        false
    }

    /// The first packet leaves `unit`; its place goes to the first port in the line.
    #[inline]
    fn leave(&mut self, unit: u32, now: u64, free: u64) {
        let base = unit as usize * self.stride;
        let port = &mut self.ports[unit as usize];
        port.stall += now - self.places[base + port.head as usize].ready;
        port.packets += 1;
        port.free = free;
        port.head = (port.head + 1) & (self.stride as u32 - 1);
        port.len -= 1;
        let waiter = port.first_waiter;
        if port.len > 0 {
            let ready = self.places[base + port.head as usize].ready;
            self.wheel.schedule(unit, ready.max(free));
        } else {
            // Short queues stay in one cache line.
            port.head = 0;
        }
        if waiter == NONE {
            port.taken -= 1;
            return;
        }
        let first = &mut self.ports[waiter as usize];
        first.granted = true;
        let next = std::mem::replace(&mut first.next_waiter, NONE);
        let port = &mut self.ports[unit as usize];
        port.first_waiter = next;
        if next == NONE {
            port.last_waiter = NONE;
        }
        self.wheel.schedule(waiter, now);
    }

    /// Puts a packet into the place taken for it, in order of arrival: links of different
    /// latency lead to one port.
    #[inline]
    fn enter(&mut self, to: u32, entry: Entry) {
        let base = to as usize * self.stride;
        let mask = self.stride as u32 - 1;
        let port = &mut self.ports[to as usize];
        let mut at = port.len;
        port.len += 1;
        while at > 0 {
            let before = self.places[base + ((port.head + at - 1) & mask) as usize];
            if before.ready <= entry.ready {
                break;
            }
            self.places[base + ((port.head + at) & mask) as usize] = before;
            at -= 1;
        }
        self.places[base + ((port.head + at) & mask) as usize] = entry;
        if at == 0 {
            self.wheel.schedule(to, entry.ready.max(port.free));
        }
    }

    fn summary(&mut self, finish_ps: u64) -> Delivered {
        let mut out = Delivered { count: self.latencies.len() as u64, finish_ps, ..Delivered::default() };
        for port in &self.ports[..self.links as usize] {
            let hops = match port.class {
                0 => &mut out.hops.east,
                1 => &mut out.hops.west,
                2 => &mut out.hops.north,
                3 => &mut out.hops.south,
                _ => &mut out.chip_links,
            };
            *hops += u64::from(port.packets);
        }
        out.latency = latency(&mut self.latencies);
        out
    }
}

/// Whether the mesh can be laid out.
pub(super) fn check(network: &Network) -> Result<(), NocError> {
    let &Network { width, height, chip_width, chip_height, .. } = network;
    if chip_width == 0 || chip_height == 0 {
        return Err(NocError::EmptyChip);
    }
    let most = u16::MAX as usize;
    let units = width.saturating_mul(height).saturating_mul(4);
    if width > most || height > most || units + 2 * network.cores.len() > 1 << 31 {
        return Err(NocError::TooLarge);
    }
    match network.cores.iter().position(|&[x, y]| x >= width || y >= height) {
        Some(core) => {
            let [x, y] = network.cores[core];
            Err(NocError::OutsideMesh { core, x, y })
        }
        None => Ok(()),
    }
}

/// Whether the packets are those of the network's cores.
pub(super) fn check_packets(
    network: &Network,
    packets: &[Packet],
    offsets: &[usize],
) -> Result<(), NocError> {
    let expected = network.cores.len();
    if offsets.len() != expected + 1 {
        return Err(NocError::CoreCount { expected, found: offsets.len().saturating_sub(1) });
    }
    let ends = offsets[0] == 0 && offsets[expected] == packets.len();
    if !ends || !offsets.is_sorted() || packets.len() >= NONE as usize {
        return Err(NocError::Offsets { packets: packets.len() });
    }
    match packets.iter().position(|p| p.destination as usize >= expected) {
        Some(packet) => Err(NocError::Destination { packet, core: packets[packet].destination }),
        None => Ok(()),
    }
}

/// Median, 99th percentile and largest, by nearest rank; reorders `latencies`.
pub(super) fn latency(latencies: &mut [u64]) -> PacketLatency {
    let count = latencies.len();
    if count == 0 {
        return PacketLatency::default();
    }
    let mut rank = |percent: usize| *latencies.select_nth_unstable((count * percent).div_ceil(100) - 1).1;
    PacketLatency { p50_ps: rank(50), p99_ps: rank(99), max_ps: rank(100) }
}
