//! Tables of activations, in the integers of the units that follow them.

use super::neurons::Membrane;
use crate::ann::op;
use crate::snn::Curve;

/// Straight pieces of a table: 64 and more of them lie within the range that is covered.
pub const SEGMENTS: usize = 128;

/// How far beyond the largest input of the calibration the table goes.
const ROOM: f64 = 1.25;

/// The activation of some channels of a layer.
pub struct Target<'a> {
    pub function: &'a dyn op::Curve,
    /// The layer's channel that the first one is.
    pub first: usize,
    /// Largest magnitude of the summed input on the calibration, by channel.
    pub peaks: &'a [f64],
    /// Float value of one spike a step, by channel.
    pub amplitude: &'a [f64],
    /// Most spikes of a unit in a step.
    pub burst: i32,
}

impl Target<'_> {
    /// Units whose membranes are `membrane`, following the activation.
    pub fn units(&self, membrane: Membrane) -> Curve {
        let (mut from, mut width, mut knots) = (vec![], vec![], vec![]);
        for c in 0..self.amplitude.len() {
            let unit = membrane.unit[c] * self.amplitude[c];
            let (start, power) = grid(self.range(c), unit);
            from.push(start);
            width.push(power);
            let knot = |n: usize| {
                let x = (f64::from(start) + n as f64 * f64::from(1u32 << power)) * unit;
                let spikes = self.function.value(self.first + c, x) / self.amplitude[c];
                let most = f64::from(Curve::MOST_KNOT);
                (spikes * f64::from(1u32 << Curve::FRACTION)).round().clamp(-most, most) as i32
            };
            knots.extend((0..=SEGMENTS).map(knot));
        }
        Curve {
            from,
            width,
            knots,
            segments: SEGMENTS,
            bias: membrane.bias,
            shift: membrane.shift,
            most_up: self.burst,
            most_down: self.burst,
            saturation: membrane.saturation,
        }
    }

    /// The inputs of a channel that the table covers: those of the calibration and some more, as
    /// far as the activation is not straight there.
    fn range(&self, c: usize) -> [f64; 2] {
        let [low, high] = self.function.bend();
        let far = (ROOM * self.peaks[c]).max(self.amplitude[c]);
        match [low.max(-far), high.min(far)] {
            [low, high] if low < high => [low, high],
            // Straight wherever inputs were seen.
            _ => [-far, far],
        }
    }
}

/// The first knot and the power of two between knots, in membrane units of the float value `unit`,
/// of a grid that covers a range with [`SEGMENTS`] pieces.
fn grid([low, high]: [f64; 2], unit: f64) -> (i32, u8) {
    let reach = Curve::MOST_REACH as f64;
    let [low, high] = [low / unit, high / unit].map(|x| x.clamp(-reach / 2.0, reach / 2.0));
    // The first knot lies below the range by less than a piece.
    let pieces = (SEGMENTS - 1) as f64;
    let power = ((high - low) / pieces).max(1.0).log2().ceil() as u8;
    let step = f64::from(1u32 << power.min(Curve::MOST_WIDTH));
    (((low / step).floor() * step) as i32, power.min(Curve::MOST_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_cover_their_range_with_half_their_pieces_at_least() {
        for (range, unit) in [([-8.0, 8.0], 0.001), ([0.0, 3.0], 0.5), ([-16.0, 2.0], 1e-7)] {
            let (start, power) = grid(range, unit);
            let step = f64::from(1u32 << power) * unit;
            let end = f64::from(start) * unit + SEGMENTS as f64 * step;
            assert!(f64::from(start) * unit <= range[0] && end >= range[1], "{range:?}");
            assert!(power == 0 || (range[1] - range[0]) / step >= 63.0, "{range:?}: {power}");
        }
    }
}
