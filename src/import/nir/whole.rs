//! Whole numbers in metadata: what spikemesh wrote is read as what it was.
//!
//! NIR has floats, fires strictly above thresholds and knows no steps of weights. Files that
//! spikemesh wrote say in the metadata of their neurons which whole numbers the floats are.

use super::cell::spread;
use super::inline::Node;
use super::parameters::Parameters;
use super::words::number;
use crate::spiking::{Reset, Values, Whole};

/// Most bits by which a membrane unit is finer than a weight step.
const FINEST: usize = 24;
/// Part of a threshold by which it may stand below the number that fires.
const NEAR: f64 = 1e-3;

/// `weight_step` and `weight_shift` by channel; `None` without either.
///
/// # Errors
/// They are no such numbers.
pub fn numbers(node: &Node, dims: &[usize]) -> Result<Option<Whole>, String> {
    let metadata = &node.metadata;
    let of = |what| format!("metadata: {what}");
    let (step, shift) = (metadata.array("weight_step"), metadata.array("weight_shift"));
    let (Some(step), Some(shift)) = (step.map_err(of)?, shift.map_err(of)?) else {
        return Ok(None);
    };
    let channels = dims.first().copied().unwrap_or(1);
    let step = step.values.clone();
    let good = |step: &f64| step.is_finite() && *step > 0.0;
    if step.len() != channels || !step.iter().all(good) {
        return Err(of(format!("weight_step is not {channels} numbers above 0")));
    }
    let bits = |&bits: &f64| {
        let fits = bits.fract() == 0.0 && (0.0..=FINEST as f64).contains(&bits);
        fits.then_some(bits as u8)
    };
    match shift.values.iter().map(bits).collect::<Option<Vec<u8>>>() {
        Some(shift) if shift.len() == channels => Ok(Some(Whole { step, shift })),
        _ => Err(of(format!("weight_shift is not {channels} whole numbers from 0 to {FINEST}"))),
    }
}

/// The potentials at which neurons fire, and which a spike subtracts; `None` where metadata do not
/// say. `threshold` stands just below them, as NIR fires strictly above it.
///
/// # Errors
/// They do not fit the threshold, or the reset.
pub fn fires_at(
    metadata: &Parameters,
    threshold: &Values,
    dims: &[usize],
    reset: &Reset,
) -> Result<Option<Values>, String> {
    let of = |what| format!("metadata: {what}");
    let Some(exact) = metadata.array("fires_at").map_err(of)? else { return Ok(None) };
    if *reset != Reset::Subtract {
        return Err(of("fires_at goes with reset = subtract alone; delete one of both".into()));
    }
    let exact = spread("fires_at", exact, dims).map_err(of)?;
    for n in 0..exact.0.len().max(threshold.0.len()) {
        let (exact, threshold) = (exact.at(n), threshold.at(n));
        if !(threshold <= exact && exact - threshold <= NEAR * exact) {
            let (exact, threshold) = (number(exact), number(threshold));
            return Err(of(format!(
                "fires_at is {exact}, and v_threshold {threshold} is not just below it; delete \
                 fires_at where v_threshold was changed"
            )));
        }
    }
    Ok(Some(exact))
}
