//! Time wheel: pending wake-ups of units, in the order (time, sequence).
//!
//! The near wake-ups of one tick stand in one list, in the order in which they were made. The list of a tick that has
//! passed serves a later one: few are in use at once, and those stay in the cache. Wake-ups beyond the horizon wait in a
//! keyed queue and enter the wheel in order as soon as their tick comes into reach; a later one for the same tick can only be
//! appended behind them, so that each list is sorted by sequence.

use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;
use std::cmp::Reverse;

const NONE: u32 = u32::MAX;

/// Where a pending wake-up stands: [`Wheel::cancel`] asks for it. Twelve bytes, so that others fit into its cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub struct Wake {
    /// Its tick.
    pub time: u64,
    /// Its place in the list of that tick, unless it was made beyond the horizon.
    place: u32,
}

impl Wake {
    /// In place of one that is not pending.
    pub(super) const NEVER: Wake = Wake { time: u64::MAX, place: NONE };
}

/// Pending wake-ups by tick, at most one of each unit.
#[derive(Clone, Default)]
pub struct Wheel {
    /// The lists. Wake-ups that were taken back leave `NONE` behind, but not at the end of a list.
    slots: Vec<Vec<u32>>,
    /// Empty lists.
    spare: Vec<Vec<u32>>,
    /// One bit per slot with a list that is not empty, and one per word of those that is not zero.
    filled: Vec<u64>,
    summary: Vec<u64>,
    far: PriorityQueue<u32, Reverse<(u64, u64)>, FxBuildHasher>,
    /// Tick of the last wake-up; the slots stand for `now..now + slots`.
    now: u64,
    /// How much of the list of that tick has been handed out.
    done: usize,
    sequence: u64,
    near: usize,
}

impl Wheel {
    /// A wheel that holds at least `horizon` ticks without the keyed queue.
    pub fn new(horizon: u64) -> Self {
        let mut wheel = Wheel::default();
        wheel.reset(horizon);
        wheel
    }

    /// Drops everything pending and starts again at tick 0; memory is kept. Horizons are rounded
    /// up to a power of two between 4096 and 2^18.
    pub fn reset(&mut self, horizon: u64) {
        let slots = horizon.clamp(1 << 12, 1 << 18).next_power_of_two() as usize;
        for slot in (0..self.filled.len() * 64).filter(|slot| self.filled[slot / 64] >> (slot % 64) & 1 == 1) {
            let mut list = std::mem::take(&mut self.slots[slot]);
            list.clear();
            self.spare.push(list);
        }
        self.slots.resize_with(slots, Vec::new);
        self.filled.clear();
        self.filled.resize(slots / 64, 0);
        self.summary.clear();
        self.summary.resize((slots / 64).div_ceil(64), 0);
        self.far.clear();
        self.now = 0;
        self.done = 0;
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

    /// Wakes `unit`, which has no pending wake-up, at tick `time`. A time in the past means now.
    #[inline]
    pub fn schedule(&mut self, unit: u32, time: u64) -> Wake {
        let time = time.max(self.now);
        let near = time - self.now < self.slots.len() as u64;
        let place = if near { self.append(unit, time) } else { self.postpone(unit, time) };
        self.sequence += 1;
        Wake { time, place }
    }

    #[cold]
    fn postpone(&mut self, unit: u32, time: u64) -> u32 {
        self.far.push(unit, Reverse((time, self.sequence)));
        NONE
    }

    /// Takes back the pending wake-up of `unit`.
    pub fn cancel(&mut self, unit: u32, wake: Wake) {
        if wake.time - self.now >= self.slots.len() as u64 {
            self.far.remove(&unit);
            return;
        }
        let slot = self.slot(wake.time);
        let done = if wake.time == self.now { self.done } else { 0 };
        let list = &mut self.slots[slot];
        let place = match list.get(wake.place as usize) {
            Some(&there) if there == unit => Some(wake.place as usize),
            // It came from beyond the horizon.
            _ => (done..list.len()).find(|&at| list[at] == unit),
        };
        let Some(place) = place else { return };
        list[place] = NONE;
        self.near -= 1;
        while list.len() > done && list.last() == Some(&NONE) {
            list.pop();
        }
        if list.is_empty() {
            self.put_back(slot);
        }
    }

    /// The next wake-up, `(tick, unit)`.
    #[inline]
    pub fn pop(&mut self) -> Option<(u64, u32)> {
        loop {
            let slot = self.slot(self.now);
            match self.slots.get(slot).and_then(|list| list.get(self.done)) {
                Some(&unit) => {
                    self.done += 1;
                    if unit != NONE {
                        self.near -= 1;
                        return Some((self.now, unit));
                    }
                }
                None => self.turn()?,
            }
        }
    }

    /// The unit that is `ahead` wake-ups after the next one of this tick; `u32::MAX` for none.
    #[inline]
    pub(super) fn upcoming(&self, ahead: usize) -> u32 {
        let list = &self.slots[self.slot(self.now)];
        list.get(self.done + ahead).copied().unwrap_or(NONE)
    }

    /// Goes on to the next tick with a wake-up, if there is one.
    fn turn(&mut self) -> Option<()> {
        if self.is_empty() {
            return None;
        }
        let slot = self.slot(self.now);
        if self.done > 0 {
            self.done = 0;
            self.put_back(slot);
        }
        self.now = if self.near > 0 {
            let ahead = self.first_filled(slot).wrapping_sub(slot) & (self.slots.len() - 1);
            self.now + ahead as u64
        } else {
            let (_, Reverse((time, _))) = self.far.peek()?;
            *time
        };
        self.admit();
        Some(())
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
        time as usize & (self.slots.len().wrapping_sub(1))
    }

    /// Appends to the list of a tick, and says at which place.
    #[inline]
    fn append(&mut self, unit: u32, time: u64) -> u32 {
        let slot = self.slot(time);
        self.near += 1;
        if self.slots[slot].is_empty() {
            self.take_out(slot);
        }
        let list = &mut self.slots[slot];
        list.push(unit);
        list.len() as u32 - 1
    }

    /// Gives a slot a list.
    #[inline]
    fn take_out(&mut self, slot: usize) {
        if let Some(list) = self.spare.pop() {
            self.slots[slot] = list;
        }
        self.filled[slot / 64] |= 1 << (slot % 64);
        self.summary[slot / 4096] |= 1 << (slot / 64 % 64);
    }

    /// Takes the list of a slot away.
    #[inline]
    fn put_back(&mut self, slot: usize) {
        let mut list = std::mem::take(&mut self.slots[slot]);
        list.clear();
        self.spare.push(list);
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
