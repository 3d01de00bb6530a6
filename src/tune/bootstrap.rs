//! Intervals of figures over pictures.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

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

/// Percentile bootstrap (Efron 1979): `statistic` of the pictures 0 to `pictures` - 1, and of as
/// many drawn from them with replacement, again and again; 2.5 % of those lie below `low`, and 2.5
/// % above `high`. `None` without pictures, or where the statistic of all is `None`.
pub fn bootstrap(
    pictures: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    let all: Vec<usize> = (0..pictures).collect();
    if all.is_empty() {
        return None;
    }
    let value = statistic(&all)?;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let drawn = (0..RESAMPLES).filter_map(|_| {
        let drawn: Vec<usize> = all.iter().map(|_| random.random_range(0..pictures)).collect();
        statistic(&drawn)
    });
    let mut drawn: Vec<f64> = drawn.collect();
    drawn.sort_by(f64::total_cmp);
    let at =
        |share: f64| drawn.get(((drawn.len().max(1) - 1) as f64 * share).round() as usize).copied();
    Some(Interval { low: at(0.025).unwrap_or(value), value, high: at(0.975).unwrap_or(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of 100 values 0 to 99 has a standard error of 2.887; 1.96 of them are 5.66.
    #[test]
    fn intervals_of_a_mean() {
        let mean = |drawn: &[usize]| Some(drawn.iter().sum::<usize>() as f64 / drawn.len() as f64);
        let interval = bootstrap(100, 1, mean).unwrap();
        assert_eq!(interval.value, 49.5);
        assert!((interval.low - (49.5 - 5.66)).abs() < 0.6, "{interval:?}");
        assert!((interval.high - (49.5 + 5.66)).abs() < 0.6, "{interval:?}");
        assert_eq!(bootstrap(100, 1, mean), Some(interval));
        assert_eq!(bootstrap(0, 1, mean), None);
    }
}
