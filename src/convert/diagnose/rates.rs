//! Where the rates of a layer lie.

/// A range of net rates in spikes per neuron and step. The end that is farther from zero belongs to
/// it, the nearer one does not; the bin of silence is zero alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateBin {
    /// Tenths of lambda: -10 to 10, 0 for silence, beyond for bursts that exceed lambda.
    pub tenth: i32,
    /// Lower end, spikes per neuron and step.
    pub from: f64,
    /// Upper end, spikes per neuron and step.
    pub to: f64,
    /// Neurons of all inputs.
    pub neurons: u64,
}

/// Bins of a side that reach up to lambda.
pub const TENTHS: i32 = 10;

/// Histogram of net `counts` of `steps` steps: tenths of lambda (`spikes` spikes a step) on each
/// side that units can reach with `[up, down]` spikes, one bin for what bursts send beyond, one for
/// silence.
pub fn histogram(counts: &[i32], [up, down]: [i32; 2], spikes: u32, steps: usize) -> Vec<RateBin> {
    let side = |most: i32| match i64::from(most) {
        0 => 0,
        most if most > i64::from(spikes) => TENTHS + 1,
        _ => TENTHS,
    };
    let (least, most) = (-side(down), side(up));
    let mut neurons = vec![0u64; (most - least + 1) as usize];
    for &count in counts {
        let size = (i64::from(count.abs()) * i64::from(TENTHS)) as u64;
        // Whole numbers, so that a rate at an edge is in the bin that ends there.
        let tenth = size.div_ceil(steps as u64 * u64::from(spikes)).min(TENTHS as u64 + 1) as i32;
        let tenth = (if count < 0 { -tenth } else { tenth }).clamp(least, most);
        neurons[(tenth - least) as usize] += 1;
    }
    let edge = |tenth: i32| match tenth.abs() {
        beyond if beyond > TENTHS => f64::from(if tenth > 0 { up } else { -down }),
        _ => f64::from(tenth) * f64::from(spikes) / f64::from(TENTHS),
    };
    let bin = |(tenth, neurons): (i32, u64)| {
        let ends = [edge(tenth), edge(tenth - tenth.signum())];
        RateBin { tenth, from: ends[0].min(ends[1]), to: ends[0].max(ends[1]), neurons }
    };
    (least..=most).zip(neurons).map(bin).collect()
}
