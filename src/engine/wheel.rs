//! Time wheel: at most one pending wake-up per unit, in the order (time, sequence).
//!
//! Near wake-ups sit in one FIFO per tick, linked through the units themselves, so that nothing
//! is allocated and a wake-up can be moved. Those beyond the horizon wait in a keyed queue and
//! enter the wheel in order as soon as their tick comes into reach; a later wake-up for the same
//! tick can only be appended behind them, so each FIFO is sorted by sequence.

use crate::kernel::prefetch;
use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;
use std::cmp::Reverse;

const NONE: u32 = u32::MAX;
const IDLE: u64 = u64::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Tick of the pending wake-up, or `IDLE`.
    time: u64,
    previous: u32,
    next: u32,
}

const FREE: Node = Node { time: IDLE, previous: NONE, next: NONE };

/// Pending wake-ups of units `0..n`, by tick.
#[derive(Clone, Default)]
pub struct Wheel {
    nodes: Vec<Node>,
    /// First and last unit of every slot.
    slots: Vec<[u32; 2]>,
    /// One bit per slot that is not empty, and one per word of those that is not zero.
    filled: Vec<u64>,
    summary: Vec<u64>,
    far: PriorityQueue<u32, Reverse<(u64, u64)>, FxBuildHasher>,
    /// Tick of the last wake-up; the slots stand for `now..now + slots`.
    now: u64,
    sequence: u64,
    near: usize,
}

impl Wheel {
    /// A wheel for `units` units that holds at least `horizon` ticks without the keyed queue.
    pub fn new(units: usize, horizon: u64) -> Self {
        let mut wheel = Wheel::default();
        wheel.reset(units, horizon);
        wheel
    }

    /// Drops everything pending and starts again at tick 0; memory is kept. Horizons are rounded
    /// up to a power of two between 4096 and 2^18.
    pub fn reset(&mut self, units: usize, horizon: u64) {
        let slots = horizon.clamp(1 << 12, 1 << 18).next_power_of_two() as usize;
        self.nodes.clear();
        self.nodes.resize(units, FREE);
        self.slots.clear();
        self.slots.resize(slots, [NONE; 2]);
        self.filled.clear();
        self.filled.resize(slots / 64, 0);
        self.summary.clear();
        self.summary.resize((slots / 64).div_ceil(64), 0);
        self.far.clear();
        self.now = 0;
        self.sequence = 0;
        self.near = 0;
    }

    /// Tick of the last wake-up handed out.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Units with a pending wake-up.
    pub fn len(&self) -> usize {
        self.near + self.far.len()
    }

    /// Nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Wakes `unit` at tick `time`, in place of its pending wake-up if it has one. A time in the
    /// past means now.
    #[inline]
    pub fn schedule(&mut self, unit: u32, time: u64) {
        let time = time.max(self.now);
        if self.nodes[unit as usize].time != IDLE {
            self.cancel(unit);
        }
        if time - self.now < self.slots.len() as u64 {
            self.append(unit, time);
        } else {
            self.nodes[unit as usize].time = time;
            self.far.push(unit, Reverse((time, self.sequence)));
        }
        self.sequence += 1;
    }

    /// Moves the wake-up of `unit` to tick `time`, if it has one and that is earlier.
    #[inline]
    pub(super) fn postpone(&mut self, unit: u32, time: u64) {
        let pending = self.nodes[unit as usize].time;
        if pending != IDLE && pending <= time {
            self.schedule(unit, time);
        }
    }

    /// Takes back the wake-up of `unit`, if it has one.
    pub fn cancel(&mut self, unit: u32) {
        let node = self.nodes[unit as usize];
        if node.time == IDLE {
            return;
        }
        self.nodes[unit as usize] = FREE;
        if node.time - self.now >= self.slots.len() as u64 {
            self.far.remove(&unit);
            return;
        }
        let slot = self.slot(node.time);
        if node.previous == NONE {
            self.slots[slot][0] = node.next;
        } else {
            self.nodes[node.previous as usize].next = node.next;
        }
        if node.next == NONE {
            self.slots[slot][1] = node.previous;
        } else {
            self.nodes[node.next as usize].previous = node.previous;
        }
        self.near -= 1;
        if self.slots[slot][0] == NONE {
            self.mark_empty(slot);
        }
    }

    /// The next wake-up, `(tick, unit)`.
    #[inline]
    pub fn pop(&mut self) -> Option<(u64, u32)> {
        if self.slots.is_empty() {
            return None;
        }
        let mut slot = self.slot(self.now);
        if self.slots[slot][0] == NONE {
            let next = if self.near > 0 {
                let found = self.first_filled(slot);
                let ahead = found.wrapping_sub(slot) & (self.slots.len() - 1);
                self.now + ahead as u64
            } else {
                let (_, Reverse((time, _))) = self.far.peek()?;
                *time
            };
            self.now = next;
            self.admit();
            slot = self.slot(next);
        }
        let unit = self.slots[slot][0];
        let next = self.nodes[unit as usize].next;
        self.nodes[unit as usize] = FREE;
        self.slots[slot][0] = next;
        self.near -= 1;
        if next == NONE {
            self.slots[slot][1] = NONE;
            self.mark_empty(slot);
        } else {
            self.nodes[next as usize].previous = NONE;
        }
        Some((self.now, unit))
    }

    /// The next three units to wake in the tick of the last wake-up; `u32::MAX` for none.
    #[inline]
    pub(super) fn upcoming(&self) -> [u32; 3] {
        let mut out = [NONE; 3];
        let mut next = self.slots.get(self.slot(self.now)).map_or(NONE, |slot| slot[0]);
        for place in &mut out {
            *place = next;
            next = self.nodes.get(next as usize).map_or(NONE, |node| node.next);
        }
        prefetch(&self.nodes, next as usize);
        out
    }

    /// Fetches the entry of `unit` into the cache.
    #[inline]
    pub(super) fn prefetch(&self, unit: usize) {
        prefetch(&self.nodes, unit);
    }

    /// Moves into the wheel what has come within the horizon.
    fn admit(&mut self) {
        let reach = self.slots.len() as u64;
        while let Some((&unit, &Reverse((time, _)))) = self.far.peek() {
            if time - self.now >= reach {
                break;
            }
            self.far.pop();
            self.append(unit, time);
        }
    }

    #[inline]
    fn slot(&self, time: u64) -> usize {
        time as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn append(&mut self, unit: u32, time: u64) {
        let slot = self.slot(time);
        let last = self.slots[slot][1];
        self.nodes[unit as usize] = Node { time, previous: last, next: NONE };
        if last == NONE {
            self.slots[slot] = [unit; 2];
            self.filled[slot / 64] |= 1 << (slot % 64);
            self.summary[slot / 4096] |= 1 << (slot / 64 % 64);
        } else {
            self.nodes[last as usize].next = unit;
            self.slots[slot][1] = unit;
        }
        self.near += 1;
    }

    #[inline]
    fn mark_empty(&mut self, slot: usize) {
        let word = &mut self.filled[slot / 64];
        *word &= !(1 << (slot % 64));
        if *word == 0 {
            self.summary[slot / 4096] &= !(1 << (slot / 64 % 64));
        }
    }

    /// The first filled slot from `from` on, around the end; at least one is filled.
    #[inline]
    fn first_filled(&self, from: usize) -> usize {
        let word = self.filled[from / 64] >> (from % 64);
        if word != 0 {
            return from + word.trailing_zeros() as usize;
        }
        let start = from / 64 + 1;
        let mut group = start / 64;
        let mut mask = u64::MAX << (start % 64);
        loop {
            if group >= self.summary.len() {
                group = 0;
                mask = u64::MAX;
            }
            let bits = self.summary[group] & mask;
            if bits != 0 {
                let at = group * 64 + bits.trailing_zeros() as usize;
                return at * 64 + self.filled[at].trailing_zeros() as usize;
            }
            group += 1;
            mask = u64::MAX;
        }
    }
}
