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
    /// Adds pairs of packets and operations: what was sent, and packets with so many synapses each.
    pub fn add_received(sums: &mut [[u64; 2]], copies: &[u64], synapses: u64) {
        for (sum, &copies) in sums.iter_mut().zip(copies) {
            *sum = [sum[0] + copies, sum[1] + copies * synapses];
        }
    }
}

copies! {
    /// Adds the differences of neighbours: `ends` has one value more than `sums`.
    pub fn add_differences(sums: &mut [u64], ends: &[u32]) {
        let n = sums.len();
        let (from, to) = (&ends[..n], &ends[1..n + 1]);
        for at in 0..n {
            sums[at] += u64::from(to[at] - from[at]);
        }
    }
}

copies! {
    /// Adds counters to larger ones.
    pub fn add_words(sums: &mut [u32], counts: &[u16]) {
        sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u32::from(count));
    }
}

copies! {
    /// Sums of pairs: `edges` are where the columns of a sum begin, and where the last ends.
    pub fn sum_pairs(pairs: &[[u32; 2]], edges: &[usize], into: &mut Vec<[u32; 2]>) {
        for ends in edges.windows(2) {
            let columns = pairs[ends[0]..ends[1]].iter();
            into.push(columns.fold([0; 2], |sum, pair| [sum[0] + pair[0], sum[1] + pair[1]]));
        }
    }
}
