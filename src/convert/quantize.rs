//! Integers: weights with one step per output channel, membranes in a fraction of that step.

use super::drive::{Drive, Part};

/// What arrives at a population, in integers.
pub struct Integers {
    /// By part of the drive.
    pub weights: Vec<Vec<i16>>,
    pub shift: Vec<u8>,
    pub bias: Vec<i32>,
    /// One threshold in membrane units.
    pub threshold: Vec<i32>,
    /// One membrane unit in thresholds.
    pub unit: Vec<f64>,
    /// Sums of 1024 steps may exceed 32 bits: membranes are to be clamped to [`CLAMP`].
    pub clamped: bool,
    /// Most steps whose sums fit: 32 bits of a readout, the membrane of units that sum all input.
    pub steps: usize,
}

/// Steps of the longest run.
pub const MOST_STEPS: usize = 1024;

/// Steps that the heads may hold where [`MOST_STEPS`] are too many.
const FEWER: [usize; 6] = [512, 256, 128, 64, 32, 16];

/// Largest magnitude of a membrane whose sums over all steps are not proven to fit: what it and the
/// input of one step sum to stays below 2^31.
pub const CLAMP: i32 = (1 << 30) - 1;

/// How a population's membrane is bounded.
pub struct Limits {
    /// Larger of the two thresholds, in thresholds; 0 for a readout.
    pub threshold: f64,
    pub membrane_bits: u32,
    /// Bits of a weight, up to 16.
    pub weight_bits: u32,
    /// Power of two by which thresholds grow at first, and by which spikes do; see
    /// [`crate::snn::FirstPhase`].
    pub octaves: i32,
    pub spike_octaves: i32,
}

impl Limits {
    /// The larger threshold of a run.
    pub fn largest_threshold(&self) -> f64 {
        self.threshold * 2f64.powi(self.octaves.max(0))
    }

    /// What a spike adds at most against what it adds at the end.
    fn largest_spike(&self) -> f64 {
        2f64.powi(self.spike_octaves.max(0))
    }
}

/// Quantises `drive`, its weights in units of the target's thresholds times the source's spikes
/// (already normalised). `bursts` is the largest spike count of each part's source. `peaks`, of
/// units that hold the sum of all their input, is the largest input of a step on the calibration,
/// by channel. Those that fire are clamped beyond it; readouts hold fewer steps, if they must.
/// `means`, where they are known, are each part's mean inputs in spikes a step: what these lose by
/// the rounding of weights the bias makes up for. The error is the channels that do not fit.
pub fn quantize(
    drive: &Drive,
    bursts: &[i32],
    limits: &Limits,
    peaks: Option<&[f64]>,
    means: &[Vec<f64>],
) -> Result<Integers, Vec<usize>> {
    let channels = drive.shape.channels;
    let mut step = steps(drive, bursts, limits, peaks);
    let room = 2f64.powi(limits.membrane_bits.min(32) as i32 - 2);
    for (s, b) in step.iter_mut().zip(&drive.bias) {
        // Weights too small to matter beside bias and threshold must not make these too large: the
        // channel becomes a constant.
        let least = b.abs().max(limits.largest_threshold()) / f64::from(1 << 20);
        if *s < least {
            *s = least.max((b.abs() + limits.largest_threshold()) / room);
        }
        if *s == 0.0 {
            *s = 1.0;
        }
    }
    let mut bound: Vec<f64> = (drive.bias.iter().zip(&step)).map(|(b, s)| b.abs() / s).collect();
    let mut biases = drive.bias.clone();
    let mut weights = Vec::new();
    for (n, (part, &burst)) in drive.parts.iter().zip(bursts).enumerate() {
        let mut whole = vec![0i16; part.weights.len()];
        let (inputs, outputs) = (part.inputs(), channels / part.groups);
        let mean = means.get(n).filter(|means| means.len() == inputs);
        each(part, |n, c, w| {
            // Within the weight's bits, by the choice of the step.
            whole[n] = (w / step[c]).round() as i16;
            bound[c] += f64::from(whole[n]).abs() * f64::from(burst) * limits.largest_spike();
            if let Some(mean) = mean {
                biases[c] -= (f64::from(whole[n]) * step[c] - w) * mean[n / outputs % inputs];
            }
        });
        weights.push(whole);
    }
    (0..channels).for_each(|c| bound[c] += (biases[c] - drive.bias[c]).abs() / step[c]);
    let (shift, bias, threshold, unit) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let clamped = false;
    let mut out = Integers { weights, shift, bias, threshold, unit, clamped, steps: MOST_STEPS };
    let mut tight = vec![];
    for c in 0..channels {
        let threshold = limits.largest_threshold() / step[c];
        // A first phase with smaller spikes shifts their sums less.
        let least = (-limits.spike_octaves).max(0) as u8;
        let fires = limits.threshold > 0.0;
        let peak = peaks.map(|peaks| peaks[c] / step[c]);
        let k = match (self::shift(bound[c], threshold, limits.membrane_bits), peak) {
            (_, Some(peak)) if fires => {
                out.clamped = true;
                let k = summed(peak, bound[c], limits.membrane_bits);
                let steps = k.map_or(MOST_STEPS, |k| held(k, 2.0 * peak, limits.membrane_bits));
                out.steps = out.steps.min(steps);
                k
            }
            (None, Some(peak)) => {
                let least = FEWER.iter().find(|&&steps| {
                    let all = steps as f64 * (bound[c] + 0.5);
                    let held = steps as f64 * 2.0 * peak;
                    all < 2f64.powi(31) && held < 2f64.powi(limits.membrane_bits.min(32) as i32 - 1)
                });
                out.steps = out.steps.min(least.copied().unwrap_or(MOST_STEPS));
                least.map(|_| 0)
            }
            (k, _) => k,
        };
        let k = match k {
            Some(k) if k >= least => k,
            // A readout is never clamped.
            None if fires
                && least == 0
                && peaks.is_none()
                && fits_clamped(bound[c] + threshold, limits.membrane_bits) =>
            {
                out.clamped = true;
                0
            }
            Some(_) | None => {
                tight.push(c);
                continue;
            }
        };
        let unit = step[c] / f64::from(1u32 << k);
        let threshold = (1.0 / unit).round();
        if fires && threshold < 1.0 {
            tight.push(c);
            continue;
        }
        out.shift.push(k);
        out.unit.push(unit);
        out.threshold.push(threshold as i32);
        out.bias.push((biases[c] / unit).round() as i32);
    }
    if tight.is_empty() { Ok(out) } else { Err(tight) }
}

/// Bits that every channel has, whatever its sums; its membrane has fractions of them, or is
/// clamped.
const SURE_BITS: u32 = 8;

/// What one weight step is worth, by channel: the largest weight has all bits. Of more than
/// [`SURE_BITS`] those are left out, down to these, that would leave no room for the sums of 1024
/// steps.
fn steps(drive: &Drive, bursts: &[i32], limits: &Limits, peaks: Option<&[f64]>) -> Vec<f64> {
    let channels = drive.shape.channels;
    let (mut largest, mut sum, mut rounding) =
        (vec![0f64; channels], drive.bias.clone(), vec![1f64; channels]);
    sum.iter_mut().for_each(|b| *b = b.abs());
    for (part, &burst) in drive.parts.iter().zip(bursts) {
        each(part, |_, c, w| {
            largest[c] = largest[c].max(w.abs());
            let most = f64::from(burst) * limits.largest_spike();
            sum[c] += w.abs() * most;
            // Each weight is rounded by up to half a step.
            rounding[c] += 0.5 * most;
        });
    }
    let of_bits = |c: usize, bits: u32| largest[c] / f64::from((1 << (bits.clamp(2, 16) - 1)) - 1);
    let step = |c: usize| {
        let finest = of_bits(c, limits.weight_bits);
        // The bounds of `shift` at k = 0.
        let room = |bits: u32, sum: f64| match 2f64.powi(bits as i32) - rounding[c] {
            steps if steps > 0.0 => sum / steps,
            _ => f64::INFINITY,
        };
        let wide = bursts.iter().any(|&burst| burst > i32::from(i8::MAX));
        if let (Some(peaks), true) = (peaks, limits.threshold > 0.0 || wide) {
            let holding = |steps: f64| 2.0 * peaks[c] * steps / largest_sum(limits.membrane_bits);
            let wide = holding(MOST_STEPS as f64).max(room(30, sum[c])).min(of_bits(c, SURE_BITS));
            // Few weights are so small against what they sum up to that these take bits of them.
            return finest.max(wide).max(holding(HELD_STEPS as f64 + 1.0));
        }
        if limits.weight_bits <= SURE_BITS {
            return finest;
        }
        let all = room(31 - 10, sum[c]);
        let one = room(limits.membrane_bits.min(32) - 1, sum[c] + limits.largest_threshold());
        finest.max(all).max(one).min(of_bits(c, SURE_BITS))
    };
    (0..channels).map(step).collect()
}

/// The largest k up to 24 such that `bound` (of one step) and `threshold` fit the membrane.
pub fn shift(bound: f64, threshold: f64, membrane_bits: u32) -> Option<u8> {
    (0..=24u8).rev().find(|&k| {
        let fine = f64::from(1u32 << k);
        // Each step's bias is rounded by up to half a unit.
        MOST_STEPS as f64 * (fine * bound + 0.5) < 2f64.powi(31)
            && fine * (threshold + bound) < 2f64.powi(membrane_bits.min(32) as i32 - 1)
    })
}

/// Steps of inputs twice as large as any of the calibration's that a sum of all input must hold.
pub const HELD_STEPS: usize = 16;

/// Steps of inputs of `most` whose sum a membrane of 2^-`k` parts holds.
pub fn held(k: u8, most: f64, membrane_bits: u32) -> usize {
    (largest_sum(membrane_bits) / (f64::from(1u32 << k) * most)) as usize
}

/// Largest magnitude of a sum of all input.
fn largest_sum(membrane_bits: u32) -> f64 {
    f64::from(CLAMP).min(2f64.powi(membrane_bits.min(32) as i32 - 1) - 1.0)
}

/// The largest k up to 8 such that a membrane holds the sum of [`MOST_STEPS`] steps of inputs twice
/// as large as `peak`, the largest of the calibration; else 0 where it holds [`HELD_STEPS`].
/// `bound`, the largest of any input, leaves no sum of 32 bits.
fn summed(peak: f64, bound: f64, membrane_bits: u32) -> Option<u8> {
    let holds = |k: u8, steps: usize| {
        f64::from(1u32 << k) * bound < f64::from(CLAMP)
            && held(k, 2.0 * peak, membrane_bits) >= steps
    };
    let fine = (0..=8u8).rev().find(|&k| holds(k, MOST_STEPS));
    fine.or_else(|| holds(0, HELD_STEPS).then_some(0))
}

/// Whether a step's largest membrane fits [`CLAMP`] and the chip.
fn fits_clamped(most: f64, membrane_bits: u32) -> bool {
    most < f64::from(CLAMP) && most < 2f64.powi(membrane_bits.min(32) as i32 - 1)
}

/// Calls `f` with index, output channel and value of each weight.
pub fn each(part: &Part, mut f: impl FnMut(usize, usize, f64)) {
    part.weights.iter().enumerate().for_each(|(n, &w)| f(n, part.output(n), w));
}
