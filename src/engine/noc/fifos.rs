//! FIFOs of finite capacity, the lines of ports before them, and the wake-ups of both.

use crate::engine::wheel::Wheel;
use crate::kernel::prefetch;

pub(super) const NONE: u32 = u32::MAX;

/// A packet in a FIFO.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(16))]
pub(super) struct Entry {
    /// Tick of arrival.
    pub ready: u64,
    pub packet: u32,
    pub destination: u32,
}

/// A link, a core's receiving end, or a core's sending end: what a packet touches there, in one
/// cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Port {
    /// Tick from which the next packet may leave.
    pub free: u64,
    /// Ticks that packets waited here.
    pub stall: u64,
    /// Ticks in which the first packet could have left, had there been room for it.
    pub blocked: u64,
    pub packets: u32,
    /// First place of the FIFO; of a sending end its first packet.
    pub head: u32,
    pub len: u32,
    /// Packets here, and places promised to waiters.
    taken: u32,
    /// The ports that wait for a place here, and the next in the line that this port stands in.
    line: Line,
    next_waiter: u32,
    /// Tile of a sending end, or the tile at the far end of a link.
    pub x: u16,
    pub y: u16,
    /// Index of the latency.
    pub class: u8,
    /// This port stands in the line of the next FIFO, or a place there is promised to it.
    waits: bool,
    granted: bool,
}

const _: () = assert!(size_of::<Port>() == 64);

/// First and last of some ports in a line.
#[derive(Debug, Clone, Copy)]
struct Line {
    first: u32,
    last: u32,
}

const NOBODY: Line = Line { first: NONE, last: NONE };

impl Port {
    pub fn new([x, y]: [u16; 2], class: u8) -> Port {
        Port {
            free: 0,
            stall: 0,
            blocked: 0,
            packets: 0,
            head: 0,
            len: 0,
            taken: 0,
            line: NOBODY,
            next_waiter: NONE,
            x,
            y,
            class,
            waits: false,
            granted: false,
        }
    }
}

/// All ports; the first of them own a FIFO each.
#[derive(Clone, Default)]
pub(super) struct Fifos {
    pub ports: Vec<Port>,
    pub wheel: Wheel,
    /// Ring buffers of `stride` places each: the first place of every FIFO, then the second, and so
    /// on. Most queues are short, so that what is in use lies close together.
    places: Vec<Entry>,
    /// FIFOs.
    fifos: usize,
    /// By port: those that wait for two free places, where links close to rings.
    pairs: Vec<Line>,
    stride: usize,
    capacity: u32,
}

impl Fifos {
    pub fn new(ports: Vec<Port>, rings: bool) -> Fifos {
        let pairs = vec![NOBODY; if rings { ports.len() } else { 0 }];
        Fifos { ports, pairs, stride: 1, ..Fifos::default() }
    }

    /// Empties all ports; the first `fifos` of them hold `capacity` packets each. `None` if those
    /// do not fit into memory.
    pub fn reset(&mut self, fifos: usize, capacity: u32, horizon: u64) -> Option<()> {
        self.wheel.reset(horizon);
        for port in &mut self.ports {
            *port = Port::new([port.x, port.y], port.class);
        }
        self.pairs.fill(NOBODY);
        self.capacity = capacity;
        self.stride = (capacity.max(1) as usize).next_power_of_two();
        self.fifos = fifos;
        let places = fifos.saturating_mul(self.stride);
        if places > 1 << 30 {
            return None;
        }
        if self.places.len() < places {
            self.places.resize(places, Entry::default());
        }
        Some(())
    }

    /// Where place `place` of the FIFO of `unit` is stored.
    #[inline(always)]
    fn at(&self, unit: u32, place: u32) -> usize {
        place as usize * self.fifos + unit as usize
    }

    /// The first packet of `unit`, which holds one.
    #[inline]
    pub fn head(&self, unit: u32) -> Entry {
        self.places[self.at(unit, self.ports[unit as usize].head)]
    }

    /// Fetches the first packet of `unit` into the cache.
    #[inline]
    pub fn prefetch_head(&self, unit: u32) {
        prefetch(&self.places, self.at(unit, self.ports[unit as usize].head));
    }

    /// Takes a place in FIFO `to` for the first packet of `from`, or puts `from` in the line. Of
    /// `room` places that must be free, one or two, it takes one.
    #[inline(always)]
    pub fn claim(&mut self, from: u32, to: u32, room: u32) -> bool {
        let port = &mut self.ports[from as usize];
        if port.granted {
            (port.waits, port.granted) = (false, false);
            return true;
        }
        let next = &mut self.ports[to as usize];
        if next.taken + room <= self.capacity {
            next.taken += 1;
            return true;
        }
        self.wait(from, to, room);
        false
    }

    #[inline(never)]
    fn wait(&mut self, from: u32, to: u32, room: u32) {
        let line = if room == 1 {
            &mut self.ports[to as usize].line
        } else {
            &mut self.pairs[to as usize]
        };
        let last = std::mem::replace(&mut line.last, from);
        if last == NONE {
            line.first = from;
        } else {
            self.ports[last as usize].next_waiter = from;
        }
        self.ports[from as usize].waits = true;
    }

    /// No packet leaves `unit` before `free`; a wake-up until then goes behind all others of that
    /// tick.
    #[inline]
    pub fn hold(&mut self, unit: u32, free: u64) {
        let head = self.head(unit).ready;
        let port = &mut self.ports[unit as usize];
        let before = std::mem::replace(&mut port.free, free);
        let pending = head.max(before).max(self.wheel.now());
        if port.len > 0 && (!port.waits || port.granted) && pending <= free {
            self.wheel.cancel(unit, pending);
            self.wheel.schedule(unit, free);
        }
    }

    /// The first packet leaves `unit`; its place goes to the first port in the line.
    #[inline(always)]
    pub fn leave(&mut self, unit: u32, now: u64, free: u64) {
        let ready = self.head(unit).ready;
        let (mask, fifos) = (self.stride as u32 - 1, self.fifos);
        let port = &mut self.ports[unit as usize];
        port.stall = port.stall.saturating_add(now - ready);
        port.blocked = port.blocked.saturating_add(now - ready.max(port.free).min(now));
        port.packets += 1;
        port.free = free;
        port.head = (port.head + 1) & mask;
        port.len -= 1;
        let waiter = port.line.first;
        if port.len > 0 {
            let ready = self.places[port.head as usize * fifos + unit as usize].ready;
            self.wheel.schedule(unit, ready.max(free));
        } else {
            // Short queues stay in one cache line.
            port.head = 0;
        }
        if waiter != NONE || !self.pairs.is_empty() {
            self.promise(unit, now);
        } else {
            port.taken -= 1;
        }
    }

    /// Gives a place that has become free to the first port in the line, if there is one. Ports
    /// that need one free place go before those that need two.
    #[inline(never)]
    fn promise(&mut self, unit: u32, now: u64) {
        let port = &mut self.ports[unit as usize];
        let room = self.capacity - port.taken + 1;
        let (line, needed) = match port.line.first {
            NONE => (&mut self.pairs[unit as usize], 2),
            _ => (&mut port.line, 1),
        };
        let waiter = line.first;
        if waiter == NONE || room < needed {
            port.taken -= 1;
            return;
        }
        let first = &mut self.ports[waiter as usize];
        first.granted = true;
        self.wheel.schedule(waiter, now.max(first.free));
        let next = std::mem::replace(&mut first.next_waiter, NONE);
        let line = if needed == 1 {
            &mut self.ports[unit as usize].line
        } else {
            &mut self.pairs[unit as usize]
        };
        line.first = next;
        if next == NONE {
            line.last = NONE;
        }
    }

    /// Puts a packet into the place taken for it, in order of arrival.
    #[inline(always)]
    pub fn enter(&mut self, to: u32, entry: Entry) {
        let (mask, fifos) = (self.stride as u32 - 1, self.fifos);
        let at = |place: u32| (place & mask) as usize * fifos + to as usize;
        let port = &mut self.ports[to as usize];
        let last = at((port.head + port.len).wrapping_sub(1));
        if port.len > 0 && self.places[last].ready > entry.ready {
            self.overtake(to, entry);
            return;
        }
        self.places[at(port.head + port.len)] = entry;
        port.len += 1;
        if port.len == 1 {
            self.wheel.schedule(to, entry.ready.max(port.free));
        }
    }

    /// The same for one that arrives before the last: links of different latency lead to one port.
    #[inline(never)]
    fn overtake(&mut self, to: u32, entry: Entry) {
        let (mask, fifos) = (self.stride as u32 - 1, self.fifos);
        let at = |place: u32| (place & mask) as usize * fifos + to as usize;
        let port = &mut self.ports[to as usize];
        let mut place = port.len;
        port.len += 1;
        while place > 0 {
            let before = self.places[at(port.head + place - 1)];
            if before.ready <= entry.ready {
                break;
            }
            self.places[at(port.head + place)] = before;
            place -= 1;
        }
        self.places[at(port.head + place)] = entry;
        if place == 0 {
            let second = self.places[at(port.head + 1)].ready;
            self.wheel.cancel(to, second.max(port.free));
            self.wheel.schedule(to, entry.ready.max(port.free));
        }
    }
}
