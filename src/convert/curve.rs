//! Tables of activations, in the integers of the units that follow them.

use super::neurons::Membrane;
use crate::ann::op;
use crate::snn::Curve;

/// Two lie on either side of the range that a table covers.
pub const LEAST_SEGMENTS: usize = 8;
/// Most of them, so that the tables of a large network fit into memory.
pub const MOST_SEGMENTS: usize = 1 << 12;

/// How far beyond the largest input of the calibration the table goes, so that what has a bound
/// keeps it.
const ROOM: f64 = 4.0;

/// Samples of the function in a piece of its table.
const SAMPLES: f64 = 2.5;

/// One spike a step, in a table.
const FRACTION: f64 = (1u32 << Curve::FRACTION) as f64;

/// What a table may miss its function by where inputs were seen, of the function's range there.
const MISS: f64 = 0.02;

const TOO_STEEP: &str = "its function bends too fast for its table, or for the sums of a run; take \
                         more `segments`, or scale the layer before it, so that it bends over a \
                         wider range of inputs";

/// The activation of some channels of a layer.
pub struct Target<'a> {
    pub function: &'a dyn op::Curve,
    /// The layer's channel that the first one is.
    pub first: usize,
    /// Least and largest summed input of the calibration, by channel.
    pub seen: &'a [[f64; 2]],
    /// Float value of one spike a step, by channel.
    pub amplitude: &'a [f64],
    /// Most spikes of a unit in a step.
    pub burst: i32,
    /// Straight pieces of a table, [`LEAST_SEGMENTS`] or more.
    pub segments: usize,
}

impl Target<'_> {
    /// Units whose membranes are `membrane`, following the activation.
    fn units(&self, membrane: Membrane) -> Curve {
        let (mut from, mut width, mut knots) = (vec![], vec![], vec![]);
        for c in 0..self.amplitude.len() {
            let unit = membrane.unit[c] * self.amplitude[c];
            let (start, power) = grid(self.range(c), unit, self.segments);
            from.push(start);
            width.push(power);
            let value = |n: usize| {
                let x = (f64::from(start) + n as f64 * f64::from(1u32 << power)) * unit;
                self.function.value(self.first + c, x)
            };
            let values: Vec<f64> = (0..=self.segments).map(value).collect();
            let knot = |value: &f64| {
                let most = f64::from(Curve::MOST_KNOT);
                let spikes = value / self.amplitude[c];
                (spikes * f64::from(1u32 << Curve::FRACTION)).round().clamp(-most, most) as i32
            };
            knots.extend(defined(&values).iter().map(knot));
        }
        Curve {
            from,
            width,
            knots,
            segments: self.segments,
            bias: membrane.bias,
            shift: membrane.shift,
            most_up: self.burst,
            most_down: self.burst,
            saturation: membrane.saturation,
        }
    }

    /// Those units, if their table tells the function; `seen`: where the inputs lie is known, so
    /// that the two are compared there. `unit` is one membrane unit in floats, by channel.
    ///
    /// # Errors
    /// Why it does not.
    pub fn checked(
        &self,
        membrane: Membrane,
        unit: &[f64],
        seen: bool,
    ) -> Result<Curve, &'static str> {
        let curve = self.units(membrane);
        match if seen { self.miss(&curve, unit) } else { 0.0 } {
            f64::INFINITY => Err("it has no value at inputs of the calibration"),
            miss if miss > MISS || curve.check(unit.len()).is_err() => Err(TOO_STEEP),
            _ => Ok(curve),
        }
    }

    /// How much the table misses the function in the mean of the inputs that were seen, as a share
    /// of what the function's values span there, all channels together; infinite where the function
    /// has no value. A miss of less than half a spike is none. `unit` is one membrane unit in
    /// floats, by channel.
    fn miss(&self, table: &Curve, unit: &[f64]) -> f64 {
        let channels = (0..unit.len()).map(|c| self.channel_miss(table, c, unit[c]));
        let add = |sum: [f64; 2], of: [f64; 2]| [sum[0] + of[0], sum[1] + of[1]];
        match channels.fold([0.0; 2], add) {
            [0.0, _] => 0.0,
            [missed, span] => missed / span,
        }
    }

    /// What is missed in the mean, and the span of the values.
    fn channel_miss(&self, table: &Curve, c: usize, unit: f64) -> [f64; 2] {
        let [low, high] = self.seen[c];
        let piece = f64::from(1u32 << table.width[c]);
        let steps = ((high - low) / (unit * piece) * SAMPLES).ceil().max(1.0);
        let (mut least, mut most, mut missed) = (f64::INFINITY, f64::NEG_INFINITY, 0f64);
        for n in 0..=steps as usize {
            let x = low + (high - low) * n as f64 / steps;
            let value = self.function.value(self.first + c, x);
            if !value.is_finite() {
                return [f64::INFINITY, 0.0];
            }
            (least, most) = (least.min(value), most.max(value));
            let place = (x / unit - f64::from(table.from[c])) / piece;
            let at = place.floor().clamp(0.0, (self.segments - 1) as f64);
            let [below, above] = [0, 1].map(|n| f64::from(table.row(c)[at as usize + n]));
            let spikes = (below + (above - below) * (place - at)) / FRACTION;
            missed += (spikes * self.amplitude[c] - value).abs();
        }
        let mean = missed / (steps + 1.0);
        let told = mean > self.amplitude[c] / 2.0;
        [if told { mean } else { 0.0 }, most - least]
    }

    /// The inputs of a channel that the table covers: those of the calibration and some more, as
    /// far as the activation is not straight there.
    fn range(&self, c: usize) -> [f64; 2] {
        let [least, most] = self.seen[c].map(f64::abs);
        let far = (ROOM * least.max(most)).max(self.amplitude[c]);
        let [low, high] = self.function.bend();
        match [low.max(-far), high.min(far)] {
            [low, high] if low < high => [low, high],
            // Straight wherever inputs were seen.
            _ => [-far, far],
        }
    }
}

/// The same values, those that are no numbers replaced by the next that is one: beyond the domain
/// of a function its last value goes on.
fn defined(values: &[f64]) -> Vec<f64> {
    let is_number = |at: &usize| values[*at].is_finite();
    let next = |at: usize| {
        let (mut above, mut below) = (at..values.len(), (0..at).rev());
        let near = [above.find(is_number), below.find(is_number)];
        let near = near.into_iter().flatten().min_by_key(|other| other.abs_diff(at));
        near.map_or(0.0, |other| values[other])
    };
    (0..values.len()).map(next).collect()
}

/// The first knot and the power of two between knots, in membrane units of the float value `unit`,
/// of a grid that covers a range with `segments` pieces.
fn grid([low, high]: [f64; 2], unit: f64, segments: usize) -> (i32, u8) {
    let reach = Curve::MOST_REACH as f64;
    let [low, high] = [low / unit, high / unit].map(|x| x.clamp(-reach / 2.0, reach / 2.0));
    // A piece and more lies on either side of the range: it goes on beyond the table.
    let pieces = (segments - 3) as f64;
    let power = ((high - low) / pieces).max(1.0).log2().ceil() as u8;
    let step = f64::from(1u32 << power.min(Curve::MOST_WIDTH));
    ((((low / step).floor() - 1.0) * step) as i32, power.min(Curve::MOST_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_cover_their_range_with_half_their_pieces_at_least() {
        for (range, unit) in [([-8.0, 8.0], 0.001), ([0.0, 3.0], 0.5), ([-16.0, 2.0], 1e-7)] {
            let (start, power) = grid(range, unit, 512);
            let step = f64::from(1u32 << power) * unit;
            let end = f64::from(start) * unit + 512.0 * step;
            assert!(f64::from(start) * unit + step <= range[0], "{range:?}");
            assert!(end - step >= range[1], "{range:?}");
            assert!(power == 0 || (range[1] - range[0]) / step >= 250.0, "{range:?}: {power}");
        }
    }
}
