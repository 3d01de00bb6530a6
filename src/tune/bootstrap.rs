//! Intervals of figures over pictures.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

/// Resamples of an interval.
const RESAMPLES: usize = 2000;

/// A figure and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its low end.
    pub low: f64,
    /// The figure itself.
    pub value: f64,
    /// Its high end.
    pub high: f64,
}

/// Percentile bootstrap (Efron 1979): the `statistics` of the pictures 0 to `pictures` - 1, and of
/// as many drawn from them with replacement, again and again; 2.5 % of those lie below `low`, and
/// 2.5 % above `high`. A statistic has no interval where that of all pictures is `None`, and none
/// has one without pictures. `statistics` tell the same number of them each time.
pub fn bootstrap(
    pictures: usize,
    seed: u64,
    statistics: impl Fn(&[usize]) -> Vec<Option<f64>> + Sync,
) -> Vec<Option<Interval>> {
    let all: Vec<usize> = (0..pictures).collect();
    let values = statistics(&all);
    if all.is_empty() {
        return vec![None; values.len()];
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut draw = || all.iter().map(|_| random.random_range(0..pictures)).collect::<Vec<usize>>();
    let draws: Vec<Vec<usize>> = (0..RESAMPLES).map(|_| draw()).collect();
    let drawn: Vec<Vec<Option<f64>>> = draws.par_iter().map(|drawn| statistics(drawn)).collect();
    let interval = |(n, value): (usize, Option<f64>)| {
        let value = value?;
        let mut drawn: Vec<f64> = drawn.iter().filter_map(|drawn| *drawn.get(n)?).collect();
        drawn.sort_by(f64::total_cmp);
        let last = drawn.len().max(1) - 1;
        let at = |share: f64| drawn.get((last as f64 * share).round() as usize).copied();
        Some(Interval { low: at(0.025).unwrap_or(value), value, high: at(0.975).unwrap_or(value) })
    };
    values.into_iter().enumerate().map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of 100 values 0 to 99 has a standard error of 2.887; 1.96 of them are 5.66.
    #[test]
    fn intervals_of_a_mean() {
        let mean = |drawn: &[usize]| {
            let mean = drawn.iter().sum::<usize>() as f64 / drawn.len() as f64;
            vec![None, (!drawn.is_empty()).then_some(mean)]
        };
        let intervals = bootstrap(100, 1, mean);
        assert_eq!(intervals[0], None);
        let interval = intervals[1].unwrap();
        assert_eq!(interval.value, 49.5);
        assert!((interval.low - (49.5 - 5.66)).abs() < 0.6, "{interval:?}");
        assert!((interval.high - (49.5 + 5.66)).abs() < 0.6, "{interval:?}");
        assert_eq!(bootstrap(100, 1, mean), intervals);
        assert_eq!(bootstrap(0, 1, mean), [None, None]);
    }
}
