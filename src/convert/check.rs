//! Settings that no conversion can follow.

use super::Error;
use super::settings::*;
use crate::snn::MOST_SPIKES;

/// Whether the choices are in range and do not exclude each other.
pub fn check(settings: &Settings) -> Result<(), Error> {
    let fail = |setting, why| Err(Error::Setting { setting, why });
    let (n, d) = settings.burst;
    let bursts = 1..=MOST_SPIKES.unsigned_abs();
    if !bursts.contains(&n) || !bursts.contains(&d) {
        return fail("burst", "1 to 2047 spikes of 1 to 1/2047 of the scale");
    }
    if !(8..=32).contains(&settings.membrane_bits) {
        return fail("membrane_bits", "8 to 32");
    }
    if let Lambda::Percentile(p) = settings.lambda
        && !(0.0..=100.0).contains(&p)
    {
        return fail("lambda", "a percentile is 0 to 100");
    }
    if !(0.0..=1.0).contains(&settings.initial) {
        return fail("v0", "0 to 1 thresholds");
    }
    let fits = |factor: &f64| (1.0 / LARGEST_FACTOR..=LARGEST_FACTOR).contains(factor);
    if !settings.thresholds.iter().all(|groups| !groups.is_empty() && groups.iter().all(fits)) {
        return fail("thresholds", "1/16 to 16 times lambda");
    }
    if let Some(Phases { octaves, switch }) = settings.phases {
        if octaves.abs() > MOST_OCTAVES || switch == 0 {
            return fail(
                "phases",
                "a first phase lasts a step at least, with 1/8 to 8 times the thresholds",
            );
        }
        if octaves < 0
            && (settings.neuron == Neuron::Tracking || settings.pool == MaxPool::Telescoping)
        {
            return fail(
                "phases",
                "lower thresholds first leave halves of spikes, and tracking units and telescoping \
                 pools count whole ones",
            );
        }
        if settings.delivery == Delivery::Unbalanced {
            return fail(
                "phases",
                "layers switch together only where delivery=balanced aligns their steps",
            );
        }
        if settings.readout == Readout::Count {
            return fail(
                "phases",
                "a head that counts spikes takes those of both phases for the same",
            );
        }
    }
    if !(2..=16).contains(&settings.weight_bits) {
        return fail("weights", "2 to 16 bits");
    }
    if settings.input_bits.is_some_and(|bits| !(2..=16).contains(&bits)) {
        return fail("input", "2 to 16 bits");
    }
    if settings.negative == Negative::Symmetric {
        if settings.neuron == Neuron::Tracking {
            return fail(
                "negative",
                "symmetric: a tracking unit has no threshold of its own below zero",
            );
        }
        if settings.pool == MaxPool::Telescoping {
            return fail(
                "negative",
                "symmetric: a change of the maximum mixes spikes of both weights",
            );
        }
    }
    Ok(())
}
