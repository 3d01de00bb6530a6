//! Counts of durations in bins that grow with them.

use serde::{Deserialize, Serialize};

/// Bins within a factor of two are 2^`FINE`, equally wide.
const FINE: u32 = 2;

/// How many durations fell into which bin: single picoseconds up to 7, then four bins between a
/// power of two and the next, so that a bin is no wider than a quarter of its lower bound. All
/// counts are exact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// By number of the bin, up to the last that is not empty.
    counts: Vec<u64>,
}

/// One bin: durations from `from_ps` up to and including `to_ps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// Least latency of the bin, picoseconds.
    pub from_ps: u64,
    /// Its end, picoseconds.
    pub to_ps: u64,
    /// Packets in it.
    pub count: u64,
}

impl Histogram {
    /// One more duration.
    #[inline]
    pub fn add(&mut self, ps: u64) {
        let bin = bin_of(ps);
        if bin >= self.counts.len() {
            self.counts.resize(bin + 1, 0);
        }
        self.counts[bin] += 1;
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// Durations in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bins that are not empty, in order.
    pub fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        let bins = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        bins.map(|(bin, &count)| Bin { from_ps: first_of(bin), to_ps: last_of(bin), count })
    }
}

fn bin_of(ps: u64) -> usize {
    let exponent = u64::BITS - 1 - (ps | 1).leading_zeros();
    if exponent <= FINE {
        return ps as usize;
    }
    let octave = exponent - FINE;
    ((octave as usize) << FINE) + (ps >> octave) as usize
}

fn first_of(bin: usize) -> u64 {
    let whole = 1 << FINE;
    if bin < 2 * whole {
        return bin as u64;
    }
    let octave = bin / whole - 1;
    ((whole + bin % whole) as u64) << octave
}

fn last_of(bin: usize) -> u64 {
    // Of the last bin there is no next.
    let next = first_of(bin + 1);
    if next > first_of(bin) { next - 1 } else { u64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_meet_and_hold_what_belongs_to_them() {
        for bin in 0..200 {
            assert_eq!((bin_of(first_of(bin)), bin_of(last_of(bin))), (bin, bin));
            assert_eq!(first_of(bin + 1), last_of(bin) + 1);
            assert!((last_of(bin) - first_of(bin)) * 4 <= first_of(bin));
        }
        let largest = bin_of(u64::MAX);
        assert_eq!(last_of(largest), u64::MAX);
        assert!(first_of(largest) < u64::MAX);
    }

    #[test]
    fn sums_are_exact() {
        let (mut one, mut other) = (Histogram::default(), Histogram::default());
        [0, 7, 8, 9, 4100].into_iter().for_each(|ps| one.add(ps));
        [4100, 1_000_000].into_iter().for_each(|ps| other.add(ps));
        one.merge(&other);
        let bins: Vec<_> = one.bins().map(|bin| (bin.from_ps, bin.to_ps, bin.count)).collect();
        assert_eq!(
            bins,
            [(0, 0, 1), (7, 7, 1), (8, 9, 2), (4096, 5119, 2), (917_504, 1_048_575, 1)]
        );
        assert_eq!(one.total(), 7);
    }
}
