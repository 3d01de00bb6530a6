//! Pictures to spikes: values from 0 to 1 become spikes by step, each way with a loss of its own.
//!
//! A value outside of 0 to 1 counts as the nearer of the two, and what is no number as 0.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How a value becomes spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// A spike in every step with the value as its probability, drawn for each step anew. Lost is
    /// all that chance hides: after T steps the mean has a standard deviation of up to
    /// 0.5 / sqrt(T).
    Bernoulli,
    /// One spike, the earlier the larger the value: in step round((1 - v)(T - 1)), and none for 0.
    /// Lost are differences of less than 1 / (T - 1); and the smallest values above 0 share the
    /// last step.
    FirstSpike,
    /// The eight bits of round(255 v) in turn, the highest first, over and over: a spike where the
    /// bit is set. Lost is the weight of the bits: a plain spike of the lowest bit counts as much
    /// as one of the highest, unless the network weighs its steps itself; steps that are no
    /// multiple of 8 end within a value.
    Phase,
}

/// Phases of [`Encoding::Phase`].
const PHASES: usize = 8;

/// The elements that spike in each step, in ascending order. Only [`Encoding::Bernoulli`] takes
/// notice of the seed; the same seed gives the same spikes on every machine.
///
/// ```
/// use spikemesh::encode::rates::{Encoding, spikes};
///
/// assert_eq!(spikes(Encoding::FirstSpike, &[1.0, 0.0, 0.5], 3, 0), [vec![0], vec![2], vec![]]);
/// ```
pub fn spikes(encoding: Encoding, values: &[f64], steps: usize, seed: u64) -> Vec<Vec<u32>> {
    let values: Vec<f64> = values.iter().copied().map(clamped).collect();
    match encoding {
        Encoding::Bernoulli => {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            by_step(&values, steps, |_, value| random.random::<f64>() < value)
        }
        Encoding::FirstSpike => {
            by_step(&values, steps, |step, value| first_step(value, steps) == Some(step))
        }
        Encoding::Phase => by_step(&values, steps, |step, value| {
            let byte = (value * 255.0).round() as u8;
            byte >> (PHASES - 1 - step % PHASES) & 1 == 1
        }),
    }
}

fn clamped(value: f64) -> f64 {
    // `clamp` keeps what is no number.
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

fn first_step(value: f64, steps: usize) -> Option<usize> {
    let last = steps.checked_sub(1)? as f64;
    (value > 0.0).then(|| ((1.0 - value) * last).round() as usize)
}

/// Asks for every step and element in turn.
fn by_step(
    values: &[f64],
    steps: usize,
    mut fires: impl FnMut(usize, f64) -> bool,
) -> Vec<Vec<u32>> {
    let step = |step: usize| {
        let elements = (0u32..).zip(values);
        elements.filter(|&(_, &value)| fires(step, value)).map(|(element, _)| element).collect()
    };
    (0..steps).map(step).collect()
}
