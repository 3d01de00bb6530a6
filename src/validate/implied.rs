//! Measurements of applications whose rates nobody published: no prediction, but what activity
//! the figure would mean.

use super::RATES;

/// A sentence on `measured` of `what`, from the figure at the lowest and the highest of [`RATES`],
/// between and beyond which it grows as a line.
pub(super) fn activity(
    (what, unit): (&str, &str),
    measured: f64,
    [low, high]: [f64; 2],
    source: &str,
) -> String {
    let [least, _, most] = RATES.map(|rate| rate.share());
    let rate = least + (measured - low) / (high - low) * (most - least);
    let meaning = if rate <= 0.0 {
        "less than the chip takes without a spike, so that it cannot hold all of its leakage".into()
    } else if rate > 1.0 {
        "more than a spike of every neuron in every step: something else is in it".into()
    } else {
        format!("every neuron fires in {:.1} % of the steps", rate * 100.0)
    };
    format!("{what}, {measured} {unit}: {meaning} ({source})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_both_ends() {
        let told = |measured| activity(("power", "mW"), measured, [11.0, 30.0], "made up");
        assert!(told(20.0).contains("20 mW: every neuron fires in 10.0 % of the steps"));
        assert!(told(9.0).contains("without a spike"));
        assert!(told(200.0).contains("something else"));
    }
}
