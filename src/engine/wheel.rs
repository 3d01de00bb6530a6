//! Time wheel: pending wake-ups of units, in the order (time, sequence).
//!
//! The near wake-ups of one tick stand in one list, in the order in which they were made. The list
//! of a tick that has passed serves a later one: few are in use at once, and those stay in the
//! cache. Wake-ups beyond the horizon wait in a keyed queue and enter the wheel in order as soon as
//! their tick comes into reach; a later one for the same tick can only be appended behind them, so
//! that each list is sorted by sequence.

use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;
use std::cmp::Reverse;

const NONE: u32 = u32::MAX;

/// Pending wake-ups by tick, at most one of each unit.
#[derive(Clone, Default)]
pub struct Wheel {
    /// Tick of the last wake-up.
    now: u64,
    /// The list of that tick, and how much of it has been handed out. Wake-ups that were taken back
    /// leave `NONE` behind.
    current: Vec<u32>,
    done: usize,
    /// The lists of the ticks from the next one to `now + slots - 1`.
    slots: Vec<Vec<u32>>,
    /// Empty lists.
    spare: Vec<Vec<u32>>,
    /// One bit per slot that has a list, and one per word of those that is not zero.
    filled: Vec<u64>,
    summary: Vec<u64>,
    far: PriorityQueue<u32, Reverse<(u64, u64)>, FxBuildHasher>,
    /// Wake-ups that have gone to the keyed queue.
    sequence: u64,
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
        while let Some(slot) = self.next_filled(0) {
            let list = self.close(slot);
            self.spare.push(list);
        }
        self.slots.resize_with(slots, Vec::new);
        self.filled.resize(slots / 64, 0);
        self.summary.resize((slots / 64).div_ceil(64), 0);
        self.far.clear();
        self.current.clear();
        (self.now, self.done, self.sequence) = (0, 0, 0);
    }

    /// Tick of the last wake-up handed out.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Units with a pending wake-up.
    pub fn len(&self) -> usize {
        let lists = self.slots.iter().map(Vec::as_slice).chain(self.current.get(self.done..));
        lists.flatten().filter(|&&unit| unit != NONE).count() + self.far.len()
    }

    /// Nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Wakes `unit`, which has no pending wake-up, at tick `time`. A time in the past means now.
    #[inline(always)]
    pub fn schedule(&mut self, unit: u32, time: u64) {
        let ahead = time.saturating_sub(self.now);
        if ahead == 0 {
            self.current.push(unit);
        } else if ahead < self.slots.len() as u64 {
            self.append(unit, time);
        } else {
            self.far.push(unit, Reverse((time, self.sequence)));
            self.sequence += 1;
        }
    }

    /// Takes back the wake-up of `unit` that is pending for tick `time`.
    pub fn cancel(&mut self, unit: u32, time: u64) {
        let (ahead, slot) = (time.saturating_sub(self.now), self.slot(time));
        let (list, done) = match ahead {
            0 => (&mut self.current, self.done),
            _ if ahead < self.slots.len() as u64 => (&mut self.slots[slot], 0),
            _ => {
                self.far.remove(&unit);
                return;
            }
        };
        // It is rare, and lists are short.
        if let Some(place) = list[done..].iter_mut().find(|there| **there == unit) {
            *place = NONE;
        }
    }

    /// The next wake-up, `(tick, unit)`.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(u64, u32)> {
        loop {
            match self.current.get(self.done) {
                Some(&unit) => {
                    self.done += 1;
                    if unit != NONE {
                        return Some((self.now, unit));
                    }
                }
                None => self.turn()?,
            }
        }
    }

    /// The unit that is `ahead` wake-ups after the next one of this tick; `u32::MAX` for none.
    #[inline(always)]
    pub(super) fn upcoming(&self, ahead: usize) -> u32 {
        self.current.get(self.done + ahead).copied().unwrap_or(NONE)
    }

    /// Goes on to the next tick that has a list, if there is one.
    fn turn(&mut self) -> Option<()> {
        let here = self.slot(self.now);
        match self.next_filled(here) {
            Some(slot) => self.now += (slot.wrapping_sub(here) & (self.slots.len() - 1)) as u64,
            None => {
                let (_, Reverse((time, _))) = self.far.peek()?;
                self.now = *time;
            }
        }
        if !self.far.is_empty() {
            self.admit();
        }
        let list = self.close(self.slot(self.now));
        let mut before = std::mem::replace(&mut self.current, list);
        before.clear();
        self.spare.push(before);
        self.done = 0;
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

    #[inline(always)]
    fn slot(&self, time: u64) -> usize {
        time as usize & (self.slots.len().wrapping_sub(1))
    }

    /// Appends to the list of a tick.
    #[inline(always)]
    fn append(&mut self, unit: u32, time: u64) {
        let slot = self.slot(time);
        if self.slots[slot].is_empty() {
            self.open(slot);
        }
        self.slots[slot].push(unit);
    }

    /// Gives a slot a list.
    #[inline(never)]
    fn open(&mut self, slot: usize) {
        if let Some(list) = self.spare.pop() {
            self.slots[slot] = list;
        }
        self.filled[slot / 64] |= 1 << (slot % 64);
        self.summary[slot / 4096] |= 1 << (slot / 64 % 64);
    }

    /// Takes the list of a slot.
    #[inline(always)]
    fn close(&mut self, slot: usize) -> Vec<u32> {
        let word = &mut self.filled[slot / 64];
        *word &= !(1 << (slot % 64));
        if *word == 0 {
            self.summary[slot / 4096] &= !(1 << (slot / 64 % 64));
        }
        std::mem::take(&mut self.slots[slot])
    }

    /// The first slot with a list from `from` on, around the end.
    #[inline(always)]
    fn next_filled(&self, from: usize) -> Option<usize> {
        let word = self.filled.get(from / 64)? >> (from % 64);
        if word != 0 {
            return Some(from + word.trailing_zeros() as usize);
        }
        let groups = self.summary.len();
        let start = from / 64 + 1;
        let (mut group, mut mask) = (start / 64, u64::MAX << (start % 64));
        // The group that it begins in comes once more, whole, at the end.
        for _ in 0..=groups {
            if group >= groups {
                (group, mask) = (0, u64::MAX);
            }
            let bits = self.summary[group] & mask;
            if bits != 0 {
                let at = group * 64 + bits.trailing_zeros() as usize;
                return Some(at * 64 + self.filled[at].trailing_zeros() as usize);
            }
            (group, mask) = (group + 1, u64::MAX);
        }
        None
    }
}
