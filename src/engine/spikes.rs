//! The spikes of one population in one step, sorted by position.

use crate::snn::{MOST_CHANNELS, MOST_SPIKES};

/// One neuron's spikes of a step: channel and signed count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Spike(u32);

impl Spike {
    /// Binary digits of a count; the others are the channel's.
    pub const COUNT_BITS: u32 = 12;

    /// `channel` below [`MOST_CHANNELS`], `count` in -2048..=2047 and not zero.
    #[inline]
    pub fn new(channel: usize, count: i32) -> Self {
        debug_assert!(channel < MOST_CHANNELS && (-MOST_SPIKES - 1..=MOST_SPIKES).contains(&count));
        // The upper digits of a channel and of a count that fit are all alike.
        let count = count as u32 & ((1 << Spike::COUNT_BITS) - 1);
        Spike((channel as u32) << Spike::COUNT_BITS | count)
    }

    /// Channel of the neuron.
    #[inline]
    pub fn channel(self) -> usize {
        (self.0 >> Spike::COUNT_BITS) as usize
    }

    /// Spikes sent, negative for negative ones.
    #[inline]
    pub fn count(self) -> i32 {
        const ABOVE: u32 = 32 - Spike::COUNT_BITS;
        (self.0 << ABOVE).cast_signed() >> ABOVE
    }

    /// Channel and count as they lie side by side, for kernels.
    #[inline]
    pub(crate) fn bits(self) -> u32 {
        self.0
    }
}

// What a network may hold fits a spike.
const _: () = assert!(MOST_CHANNELS <= 1 << (32 - Spike::COUNT_BITS));
const _: () = assert!(MOST_SPIKES < 1 << (Spike::COUNT_BITS - 1));

/// Entries that a list may have room for without need: more than a band's, so that buffers of small
/// populations, which change places with their bands', stay as they are.
const LITTLE: usize = 64 * 1024;

/// Position by position, row-major; positions are filled in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeList {
    entries: Vec<Spike>,
    /// Entries before each position, one more than positions once complete.
    offsets: Vec<u32>,
    /// Spikes (bursts counted by their size) before each position; empty while every event is a
    /// single spike, since these are the offsets then.
    spikes_before: Vec<u32>,
    /// Most spikes of a position.
    most: u32,
}

impl Default for SpikeList {
    /// Without positions.
    fn default() -> Self {
        SpikeList::silent(0)
    }
}

impl SpikeList {
    /// A complete list in which nothing fired.
    pub fn silent(positions: usize) -> Self {
        SpikeList {
            entries: vec![],
            offsets: vec![0; positions + 1],
            spikes_before: vec![],
            most: 0,
        }
    }

    /// Forgets everything, keeping the memory; then positions are added one after another.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.offsets.truncate(1);
        self.spikes_before.clear();
        self.most = 0;
    }

    /// A complete list in which nothing fired, in the memory of this one.
    pub fn silence(&mut self, positions: usize) {
        self.clear();
        self.offsets.resize(positions + 1, 0);
    }

    /// Appends the positions of `next`.
    pub fn append(&mut self, next: &SpikeList) {
        let entries = self.entries.len() as u32;
        if !next.spikes_before.is_empty() {
            self.weigh();
        }
        if let Some(&spikes) = self.spikes_before.last() {
            let before = if next.is_single() { &next.offsets } else { &next.spikes_before };
            self.spikes_before.extend(before[1..].iter().map(|&s| s + spikes));
        }
        self.most = self.most.max(next.most);
        self.entries.extend_from_slice(&next.entries);
        self.offsets.extend(next.offsets[1..].iter().map(|&o| o + entries));
    }

    /// Makes room for `positions` in all and for `entries` more; if that is not there, for as many
    /// in each of `rounds`, at once: lists that grow bit by bit leave holes between them, and what
    /// is not written takes no memory.
    pub fn reserve(&mut self, positions: usize, entries: usize, rounds: usize) {
        self.offsets.reserve_exact((positions + 1).saturating_sub(self.offsets.len()));
        if self.entries.capacity() - self.entries.len() >= entries {
            return;
        }
        if self.entries.is_empty() {
            // Nothing to copy, and its place may serve.
            self.entries = vec![];
        }
        let likely = entries * rounds;
        self.entries.reserve_exact(likely + (self.entries.len() + likely) / 16);
    }

    /// Gives back memory that longer lists before it took, unless it is little.
    pub fn shrink(&mut self) {
        let enough = self.entries.len() + self.entries.len() / 4;
        if self.entries.capacity() > enough + LITTLE {
            self.entries.shrink_to(enough);
        }
    }

    /// Appends position `position` of each of `strips`, lists of the same positions and of
    /// neighbouring channels.
    pub fn append_across<'s>(
        &mut self,
        strips: impl Iterator<Item = &'s SpikeList>,
        position: usize,
    ) {
        for strip in strips {
            self.entries.extend_from_slice(strip.at(position));
        }
        self.end_position();
    }

    /// Whether every event is a single spike.
    pub fn is_single(&self) -> bool {
        self.spikes_before.is_empty()
    }

    /// Counts spikes apart from events from here on.
    fn weigh(&mut self) {
        if self.is_single() {
            self.spikes_before.extend_from_slice(&self.offsets);
        }
    }

    /// Appends a spike to the position that is open.
    pub fn push(&mut self, spike: Spike) {
        self.entries.push(spike);
    }

    /// Closes the position that is being filled.
    pub fn end_position(&mut self) {
        let from = self.offsets.last().map_or(0, |&o| o as usize);
        let here: u32 = self.entries[from..].iter().map(|s| s.count().unsigned_abs()).sum();
        self.end_position_of(here);
    }

    /// The same, where its spikes have been counted.
    #[inline]
    fn end_position_of(&mut self, spikes: u32) {
        let from = self.offsets.last().map_or(0, |&o| o);
        let events = self.entries.len() as u32 - from;
        if spikes != events {
            self.weigh();
        }
        self.most = self.most.max(spikes);
        self.offsets.push(self.entries.len() as u32);
        if let Some(&before) = self.spikes_before.last() {
            self.spikes_before.push(before + spikes);
        }
    }

    /// Closes positions that were filled by a kernel: `ends` has, for each, the entries before its
    /// end, and `sizes` its spikes.
    pub fn end_positions(&mut self, ends: &[u32], sizes: &[u32]) {
        let before = self.offsets.last().map_or(0, |&o| o);
        let total = sizes.iter().sum::<u32>();
        let entries = ends.last().map_or(before, |&end| end);
        if total != entries - before {
            self.weigh();
        }
        self.most = sizes.iter().copied().fold(self.most, u32::max);
        self.offsets.extend_from_slice(ends);
        if let Some(&last) = self.spikes_before.last() {
            let mut spikes = last;
            self.spikes_before.extend(sizes.iter().map(|size| {
                spikes += size;
                spikes
            }));
        }
    }

    /// For kernels that append entries before they call [`SpikeList::end_positions`].
    pub(crate) fn entries_mut(&mut self) -> &mut Vec<Spike> {
        &mut self.entries
    }

    /// All of them, position by position.
    pub fn entries(&self) -> &[Spike] {
        &self.entries
    }

    /// That the entries take.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.entries[..])
    }

    /// Entries before each position, and all.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Most spikes of a position; a burst of n counts n.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Spikes before each position, and all; a burst of n counts n.
    pub fn spikes_before(&self) -> &[u32] {
        if self.is_single() { &self.offsets } else { &self.spikes_before }
    }

    /// Spikes of one position.
    pub fn at(&self, position: usize) -> &[Spike] {
        &self.entries[self.offsets[position] as usize..self.offsets[position + 1] as usize]
    }

    /// Neurons that fired at positions `from..to`.
    pub fn events(&self, from: usize, to: usize) -> u64 {
        u64::from(self.offsets[to] - self.offsets[from])
    }

    /// Spikes of positions `from..to`; a burst of n counts n.
    pub fn spikes(&self, from: usize, to: usize) -> u64 {
        let before = self.spikes_before();
        u64::from(before[to] - before[from])
    }

    /// Positions that are closed.
    pub fn positions(&self) -> usize {
        self.offsets.len() - 1
    }
}
