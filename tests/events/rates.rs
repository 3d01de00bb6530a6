//! Pictures to spikes.

use spikemesh::encode::rates::{Encoding, spikes};

const VALUES: [f64; 6] = [0.0, 1.0, 0.5, 0.25, f64::NAN, 7.0];

/// Spikes of each element over all steps.
fn counts(steps: &[Vec<u32>]) -> [usize; VALUES.len()] {
    let mut counts = [0; VALUES.len()];
    steps.iter().flatten().for_each(|&element| counts[element as usize] += 1);
    counts
}

#[test]
fn chance_has_the_value_as_its_mean_and_the_seed_as_its_cause() {
    let steps = spikes(Encoding::Bernoulli, &VALUES, 4000, 1);
    let [never, always, half, quarter, none, above] = counts(&steps);
    assert_eq!((never, always, none, above), (0, 4000, 0, 4000));
    // Four standard deviations.
    assert!(half.abs_diff(2000) < 127 && quarter.abs_diff(1000) < 110, "{half} {quarter}");
    assert!(steps.iter().all(|step| step.is_sorted_by(|a, b| a < b)));
    assert_eq!(steps, spikes(Encoding::Bernoulli, &VALUES, 4000, 1));
    assert_ne!(steps, spikes(Encoding::Bernoulli, &VALUES, 4000, 2));
    // More steps begin as fewer do.
    assert_eq!(steps[..10], spikes(Encoding::Bernoulli, &VALUES, 10, 1));
}

#[test]
fn the_first_spike_is_earlier_for_larger_values() {
    let steps = spikes(Encoding::FirstSpike, &VALUES, 9, 0);
    assert_eq!(counts(&steps), [0, 1, 1, 1, 0, 1]);
    assert_eq!((&steps[0], &steps[4], &steps[6]), (&vec![1, 5], &vec![2], &vec![3]));
    assert_eq!(spikes(Encoding::FirstSpike, &VALUES, 1, 0), [vec![1, 2, 3, 5]]);
    assert!(spikes(Encoding::FirstSpike, &VALUES, 0, 0).is_empty());
}

#[test]
fn phases_are_the_bits_of_a_byte() {
    let values: Vec<f64> = (0..=255).map(|byte| f64::from(byte) / 255.0).collect();
    let steps = spikes(Encoding::Phase, &values, 16, 0);
    assert_eq!(steps[..8], steps[8..]);
    for element in 0..=255u32 {
        let bit = |byte: u32, step: &Vec<u32>| 2 * byte + u32::from(step.contains(&element));
        assert_eq!(steps[..8].iter().fold(0, bit), element);
    }
}
