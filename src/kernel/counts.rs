//! Sums over many counters.

use super::instructions::copies;

copies! {
    /// Sum of the values, modulo 2^64: of many it takes as long as reading them.
    pub fn total(values: &[u64]) -> u64 {
        values.iter().fold(0, |sum, &value| sum.wrapping_add(value))
    }
}

copies! {
    /// Sum of the products.
    pub fn dot(a: &[u32], b: &[u32]) -> u64 {
        a.iter().zip(b).map(|(&a, &b)| u64::from(a) * u64::from(b)).sum()
    }
}

copies! {
    /// Adds counters to larger ones.
    pub fn add_counts(sums: &mut [u64], counts: &[u32]) {
        sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u64::from(count));
    }
}

copies! {
    /// Adds counters, each `times` over.
    pub fn add_times(sums: &mut [u64], counts: &[u64], times: u64) {
        sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += count * times);
    }
}

copies! {
    /// Adds the differences of neighbours: `ends` has one value more than `sums`.
    pub fn add_differences(sums: &mut [u32], ends: &[u32]) {
        let n = sums.len();
        let (from, to) = (&ends[..n], &ends[1..n + 1]);
        for at in 0..n {
            sums[at] += to[at] - from[at];
        }
    }
}

copies! {
    /// Adds counters to larger ones.
    pub fn add_words(sums: &mut [u32], counts: &[u16]) {
        sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u32::from(count));
    }
}
