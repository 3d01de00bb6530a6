//! The spikes of one population in one step, sorted by position.

/// One neuron's spikes of a step: channel and signed count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spike(u32);

impl Spike {
    /// `channel` below 2^24, `count` in -128..=127 and not zero.
    pub fn new(channel: usize, count: i8) -> Self {
        Spike((channel as u32) << 8 | u32::from(count as u8))
    }

    pub fn channel(self) -> usize {
        (self.0 >> 8) as usize
    }

    /// `channel << 8 | count`, the count as a byte.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Spikes sent, negative for negative ones.
    pub fn count(self) -> i32 {
        i32::from(self.0 as u8 as i8)
    }
}

/// Position by position, row-major; positions are filled in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeList {
    entries: Vec<Spike>,
    /// Entries before each position, one more than positions once complete.
    offsets: Vec<u32>,
    /// Spikes (bursts counted by their size) before each position.
    spikes_before: Vec<u32>,
}

impl SpikeList {
    /// A complete list in which nothing fired.
    pub fn silent(positions: usize) -> Self {
        SpikeList {
            entries: Vec::new(),
            offsets: vec![0; positions + 1],
            spikes_before: vec![0; positions + 1],
        }
    }

    /// Forgets everything, keeping the memory; then positions are added one after another.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.offsets.truncate(1);
        self.spikes_before.truncate(1);
    }

    /// A complete list in which nothing fired, in the memory of this one.
    pub fn silence(&mut self, positions: usize) {
        self.entries.clear();
        self.offsets.clear();
        self.offsets.resize(positions + 1, 0);
        self.spikes_before.clear();
        self.spikes_before.resize(positions + 1, 0);
    }

    /// Appends the positions of `next`.
    pub fn append(&mut self, next: &SpikeList) {
        let (entries, spikes) = (self.entries.len() as u32, self.spikes(0, self.positions()) as u32);
        self.entries.extend_from_slice(&next.entries);
        self.offsets.extend(next.offsets[1..].iter().map(|&o| o + entries));
        self.spikes_before.extend(next.spikes_before[1..].iter().map(|&s| s + spikes));
    }

    /// Whether every event is a single spike.
    pub fn is_single(&self) -> bool {
        self.offsets.last() == self.spikes_before.last()
    }

    pub fn push(&mut self, spike: Spike) {
        self.entries.push(spike);
    }

    /// Closes the position that is being filled.
    pub fn end_position(&mut self) {
        let from = self.offsets.last().map_or(0, |&o| o as usize);
        let before = self.spikes_before.last().copied().unwrap_or(0);
        let here: u32 = self.entries[from..].iter().map(|s| s.count().unsigned_abs()).sum();
        self.offsets.push(self.entries.len() as u32);
        self.spikes_before.push(before + here);
    }

    /// All of them, position by position.
    pub fn entries(&self) -> &[Spike] {
        &self.entries
    }

    /// Entries before each position, and all.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
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
        u64::from(self.spikes_before[to] - self.spikes_before[from])
    }

    pub fn positions(&self) -> usize {
        self.offsets.len() - 1
    }
}
