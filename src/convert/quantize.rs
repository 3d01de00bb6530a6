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
}

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
    /// Power of two by which thresholds grow at first, and by which spikes do; see [`crate::snn::FirstPhase`].
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
/// (already normalised). `bursts` is the largest spike count of each part's source. The error is
/// the channels that do not fit.
pub fn quantize(drive: &Drive, bursts: &[i32], limits: &Limits) -> Result<Integers, Vec<usize>> {
    let channels = drive.shape.channels;
    let mut step = steps(drive, bursts, limits);
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
    let mut weights = Vec::new();
    for (part, &burst) in drive.parts.iter().zip(bursts) {
        let mut whole = vec![0i16; part.weights.len()];
        each(part, |n, c, w| {
            // Within the weight's bits, by the choice of the step.
            whole[n] = (w / step[c]).round() as i16;
            bound[c] += f64::from(whole[n]).abs() * f64::from(burst) * limits.largest_spike();
        });
        weights.push(whole);
    }
    let (shift, bias, threshold, unit) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut out = Integers { weights, shift, bias, threshold, unit, clamped: false };
    let mut tight = vec![];
    for c in 0..channels {
        let threshold = limits.largest_threshold() / step[c];
        // A first phase with smaller spikes shifts their sums less.
        let least = (-limits.spike_octaves).max(0) as u8;
        let k = match self::shift(bound[c], threshold, limits.membrane_bits) {
            Some(k) if k >= least => k,
            // A readout is never clamped.
            None if limits.threshold > 0.0
                && least == 0
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
        if limits.threshold > 0.0 && threshold < 1.0 {
            tight.push(c);
            continue;
        }
        out.shift.push(k);
        out.unit.push(unit);
        out.threshold.push(threshold as i32);
        out.bias.push((drive.bias[c] / unit).round() as i32);
    }
    if tight.is_empty() { Ok(out) } else { Err(tight) }
}

/// Bits that every channel has, whatever its sums; its membrane has fractions of them, or is clamped.
const SURE_BITS: u32 = 8;

/// What one weight step is worth, by channel: the largest weight has all bits. Of more than
/// [`SURE_BITS`] those are left out, down to these, that would leave no room for the sums of 1024 steps.
fn steps(drive: &Drive, bursts: &[i32], limits: &Limits) -> Vec<f64> {
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
        if limits.weight_bits <= SURE_BITS {
            return finest;
        }
        // The bounds of `shift` at k = 0.
        let room = |bits: u32, sum: f64| match 2f64.powi(bits as i32) - rounding[c] {
            steps if steps > 0.0 => sum / steps,
            _ => f64::INFINITY,
        };
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
        1024.0 * (fine * bound + 0.5) < 2f64.powi(31)
            && fine * (threshold + bound) < 2f64.powi(membrane_bits.min(32) as i32 - 1)
    })
}

/// Whether a step's largest membrane fits [`CLAMP`] and the chip.
fn fits_clamped(most: f64, membrane_bits: u32) -> bool {
    most < f64::from(CLAMP) && most < 2f64.powi(membrane_bits.min(32) as i32 - 1)
}

/// Calls `f` with index, output channel and value of each weight.
pub fn each(part: &Part, mut f: impl FnMut(usize, usize, f64)) {
    part.weights.iter().enumerate().for_each(|(n, &w)| f(n, part.output(n), w));
}
