//! Numbers on the command line: what is outside their range is a usage error that names the range.

use crate::pipeline::MOST_STEPS;
use std::ops::RangeInclusive;

/// Most worker threads; more than there are cores help nobody, and each takes memory.
pub const MOST_THREADS: u64 = 1024;
/// Most pictures, inputs and the like that can be asked for.
pub const MOST_INPUTS: u64 = 1_000_000_000;

/// Whole numbers from `low` to `high`, all of which fit `T`.
pub fn whole<T: TryFrom<u64>>(low: u64, high: u64) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| (low..=high).contains(number));
        let fitting = number.and_then(|number| T::try_from(number).ok());
        fitting.ok_or_else(|| format!("give a whole number from {low} to {high}"))
    }
}

/// Steps of an inference.
pub fn steps<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole(1, MOST_STEPS)(text)
}

/// Steps of a run, both ends included; a run has more than an inference.
pub fn steps_range(text: &str) -> Result<RangeInclusive<usize>, String> {
    let range = text.split_once("..").and_then(|(first, last)| {
        let [first, last] = [first, last].map(whole(1, u32::MAX.into()));
        Some(first.ok()?..=last.ok()?)
    });
    let fitting = range.filter(|range| !range.is_empty());
    fitting.ok_or_else(|| "give two steps, such as 3..5; the first is 1".into())
}

/// Pictures, inputs and the like: at least one.
pub fn inputs<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole(1, MOST_INPUTS)(text)
}

/// Worker threads; 0 stands for one per core.
pub fn threads(text: &str) -> Result<usize, String> {
    whole(0, MOST_THREADS)(text)
}

/// The largest seed: tables, and TOML, hold no larger whole number.
pub const MOST_SEED: u64 = i64::MAX as u64;

/// Seeds.
pub fn seed(text: &str) -> Result<u64, String> {
    whole(0, MOST_SEED)(text)
}

/// Shares.
pub fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "give a number from 0 to 1".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept_and_named() {
        let steps = |text| steps::<usize>(text);
        assert_eq!([steps("1"), steps("1024")], [Ok(1), Ok(1024)]);
        for bad in ["0", "1025", "-1", "", "1.5", "NaN", "18446744073709551616", "+ 1"] {
            assert_eq!(steps(bad), Err("give a whole number from 1 to 1024".into()), "{bad}");
        }
        assert_eq!(steps_range("3..5"), Ok(3..=5));
        for bad in ["0..5", "5..3", "3", "3..", "..5", "3..=5", "a..b"] {
            assert!(steps_range(bad).is_err(), "{bad}");
        }
        assert_eq!(seed("9223372036854775807"), Ok(MOST_SEED));
        assert!(seed("9223372036854775808").is_err());
        assert_eq!(whole::<u8>(0, 1000)("300"), Err("give a whole number from 0 to 1000".into()));
        assert_eq!([share("0"), share("1")], [Ok(0.0), Ok(1.0)]);
        assert!(["NaN", "-0.1", "1.1", "inf"].iter().all(|bad| share(bad).is_err()));
    }
}
