//! Sums over many counters.

/// Sum of the products.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn dot(a: &[u32], b: &[u32]) -> u64 {
    a.iter().zip(b).map(|(&a, &b)| u64::from(a) * u64::from(b)).sum()
}

/// Adds counters to larger ones.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn add_counts(sums: &mut [u64], counts: &[u32]) {
    sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u64::from(count));
}

/// Adds counters, each `times` over.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn add_times(sums: &mut [u64], counts: &[u64], times: u64) {
    sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += count * times);
}

/// Adds the differences of neighbours: `ends` has one value more than `sums`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn add_differences(sums: &mut [u32], ends: &[u32]) {
    let n = sums.len();
    let (from, to) = (&ends[..n], &ends[1..n + 1]);
    for at in 0..n {
        sums[at] += to[at] - from[at];
    }
}

/// Adds counters to larger ones.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512bw", "x86_64+avx2", "aarch64+neon"))]
pub fn add_words(sums: &mut [u32], counts: &[u16]) {
    sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u32::from(count));
}
