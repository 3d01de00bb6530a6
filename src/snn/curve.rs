//! Units that follow a curve of their mean input: any activation, as a table of straight segments.

use serde::{Deserialize, Serialize};

/// Sends what the value of a curve of its mean input changes.
///
/// U is the sum of all input up to the unit's own step t = 1, 2, ..; an input is `(sum << shift) +
/// bias`, or the current of an analogue layer. After step t the net count is to be N(t) = round(t
/// f(U / t)), ties up, with f the curve of the channel. At most [`Curve::most_up`] spikes +1 or
/// [`Curve::most_down`] spikes -1 of a step leave; the rest is caught up with later.
///
/// The state is U, clamped to `saturation`, and the net count so far. All arithmetic is in whole
/// numbers ([`Curve::target`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Mean input at the first knot, in membrane units per step, by channel.
    pub from: Vec<i32>,
    /// Membrane units per step between two knots, as a power of two, by channel.
    pub width: Vec<u8>,
    /// f at the knots, `[channel][segments + 1]`, in 2^-[`Curve::FRACTION`] spikes per step. Beyond
    /// both ends the first and the last segment go on.
    pub knots: Vec<i32>,
    /// Straight pieces between the knots of a channel.
    pub segments: usize,
    /// Added in every step, by channel, membrane units.
    pub bias: Vec<i32>,
    /// Membrane units per weight step, as a power of two.
    pub shift: Vec<u8>,
    /// Most spikes +1 of a step.
    pub most_up: i32,
    /// Most spikes -1 of a step.
    pub most_down: i32,
    /// Largest magnitude that the chip's word for U holds.
    pub saturation: i32,
}

/// Why a curve cannot be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CurveFault {
    /// Tables of another length than channels and segments ask for.
    #[error("its tables do not fit its channels and segments")]
    Lengths,
    /// A knot that is too high.
    #[error("a knot lies beyond {} spikes per step", Curve::MOST_KNOT >> Curve::FRACTION)]
    Knot,
    /// A segment that is too wide.
    #[error("a segment is wider than 2^{} membrane units", Curve::MOST_WIDTH)]
    Width,
    /// A table that reaches too far.
    #[error("the table reaches beyond 2^{} membrane units", Curve::MOST_REACH.trailing_zeros())]
    Reach,
    /// A curve that is too steep.
    #[error("the curve is too steep for exact sums")]
    Steep,
}

impl Curve {
    /// Binary digits of a knot behind the point.
    pub const FRACTION: u32 = 12;
    /// Largest magnitude of a knot: 4096 spikes per step.
    pub const MOST_KNOT: i32 = 1 << (12 + Curve::FRACTION);
    /// Largest `width`.
    pub const MOST_WIDTH: u8 = 30;
    /// Most segments of a channel.
    pub const MOST_SEGMENTS: usize = 1 << 16;
    /// Largest magnitude of the mean input at any knot.
    pub const MOST_REACH: i64 = 1 << 30;
    /// Most steps that a run of such units may have: within them no sum leaves 52 bits.
    pub const MOST_STEPS: u32 = 1 << 12;
    /// Beyond every product of a slope and a distance.
    const PRODUCTS: i64 = 1 << 52;

    /// Knots of a channel.
    ///
    /// # Panics
    /// If there are none.
    pub fn row(&self, channel: usize) -> &[i32] {
        let knots = self.segments + 1;
        &self.knots[channel * knots..(channel + 1) * knots]
    }

    /// N(t): the net count that `sum`, all input of the first `step` steps, asks for.
    ///
    /// With d = U - t `from` the segment is q = floor(d / (t << width)), within the table, and what
    /// is left r = d - q (t << width); then `t f = t K[q] + floor((K[q + 1] - K[q]) r / 2^width)`.
    ///
    /// No sum overflows where [`Curve::check`] finds no fault and `step` is 1 to
    /// [`Curve::MOST_STEPS`], 2^12. |d| is below 2^31 + 2^42, `t K[q]` at most 2^36, and the
    /// product below 2^52, as was checked.
    ///
    /// # Panics
    /// If there is no such channel, or `step` is 0.
    pub fn target(&self, channel: usize, sum: i32, step: u32) -> i64 {
        let (row, width) = (self.row(channel), self.width[channel]);
        let step = i64::from(step);
        let distance = i64::from(sum) - step * i64::from(self.from[channel]);
        let span = step << width;
        let last = self.segments as i64 - 1;
        let segment = distance.div_euclid(span).clamp(0, last);
        let rest = distance - segment * span;
        let [low, high] = [0, 1].map(|n| i64::from(row[segment as usize + n]));
        let value = step * low + (((high - low) * rest) >> width);
        (value + (1 << (Curve::FRACTION - 1))) >> Curve::FRACTION
    }

    /// Whether units of a channel send spikes without any input: the curve is not zero there.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn is_restless(&self, channel: usize) -> bool {
        let (row, width) = (self.row(channel), self.width[channel]);
        let distance = -i64::from(self.from[channel]);
        let segment = (distance >> width).clamp(0, self.segments as i64 - 1);
        let rest = distance - (segment << width);
        let [low, high] = [0, 1].map(|n| i64::from(row[segment as usize + n]));
        (low << width) + (high - low) * rest != 0
    }

    /// Whether it can be run: tables of the right lengths, of numbers that overflow no sum of a
    /// run.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, channels: usize) -> Result<(), CurveFault> {
        let long = [self.from.len(), self.width.len(), self.bias.len(), self.shift.len()];
        if !(1..=Curve::MOST_SEGMENTS).contains(&self.segments)
            || (self.segments + 1).checked_mul(channels) != Some(self.knots.len())
            || long.iter().any(|&length| length != channels)
            || self.knots.len() >= 1 << 30
        {
            return Err(CurveFault::Lengths);
        }
        if self.width.iter().any(|&width| width > Curve::MOST_WIDTH) {
            return Err(CurveFault::Width);
        }
        if self.knots.iter().any(|knot| knot.unsigned_abs() > Curve::MOST_KNOT.unsigned_abs()) {
            return Err(CurveFault::Knot);
        }
        (0..channels).try_for_each(|channel| self.check_reach(channel))
    }

    fn check_reach(&self, channel: usize) -> Result<(), CurveFault> {
        let (from, width) = (i64::from(self.from[channel]), self.width[channel]);
        // At most 2^16 segments of 2^30.
        let last = from + ((self.segments as i64 - 1) << width);
        let end = last + (1 << width);
        if from < -Curve::MOST_REACH || end > Curve::MOST_REACH {
            return Err(CurveFault::Reach);
        }
        let (steps, sum) = (i64::from(Curve::MOST_STEPS), i64::from(self.saturation));
        // Within a segment the rest is below t << width. Before the first one it is U - t from,
        // behind the last one U - t last, which the sign of either bounds by U where the table
        // holds zero.
        let within = steps << width;
        let before = sum + steps * from.max(0);
        let behind = sum + steps * (-last).max(0);
        let steep = |segment: usize, rest: i64| {
            let [low, high] = [0, 1].map(|n| i64::from(self.row(channel)[segment + n]));
            (high - low).abs().checked_mul(rest).is_none_or(|product| product >= Curve::PRODUCTS)
        };
        let inner = (0..self.segments).any(|segment| steep(segment, within));
        match inner || steep(0, before) || steep(self.segments - 1, behind) {
            true => Err(CurveFault::Steep),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the mean input above zero, nothing below: 16 membrane units are a spike.
    fn bent() -> Curve {
        let spike = 1 << Curve::FRACTION;
        Curve {
            from: vec![-32],
            width: vec![4],
            knots: vec![0, 0, 0, 2 * spike, 4 * spike],
            segments: 4,
            bias: vec![0],
            shift: vec![0],
            most_up: 9,
            most_down: 9,
            saturation: i32::MAX,
        }
    }

    #[test]
    fn targets_follow_the_curve_and_go_on_behind_it() {
        let curve = bent();
        assert_eq!(curve.check(1), Ok(()));
        assert_eq!(
            [-900, -1, 0, 3, 4, 16, 32, 160].map(|u| curve.target(0, u, 1)),
            [0, 0, 0, 0, 1, 2, 4, 20]
        );
        // A mean of 16 in three steps.
        assert_eq!(curve.target(0, 48, 3), 6);
        assert!(!curve.is_restless(0));
    }

    #[test]
    fn ties_go_up_on_both_sides() {
        let half = 1 << (Curve::FRACTION - 1);
        let flat = |knot: i32| Curve { knots: vec![knot; 5], ..bent() };
        assert_eq!([half, -half, 3 * half].map(|k| flat(k).target(0, 0, 1)), [1, 0, 2]);
        assert!(flat(1).is_restless(0));
    }

    #[test]
    fn faults_are_found() {
        let check = |change: &dyn Fn(&mut Curve)| {
            let mut curve = bent();
            change(&mut curve);
            curve.check(1)
        };
        assert_eq!(check(&|c| c.segments = 0), Err(CurveFault::Lengths));
        assert_eq!(check(&|c| c.segments = usize::MAX), Err(CurveFault::Lengths));
        assert_eq!(check(&|c| c.knots[0] = i32::MIN), Err(CurveFault::Knot));
        assert_eq!(check(&|c| c.width[0] = 31), Err(CurveFault::Width));
        assert_eq!(check(&|c| c.width[0] = 30), Err(CurveFault::Reach));
        assert_eq!(check(&|c| c.from[0] = i32::MIN), Err(CurveFault::Reach));
        let steep = |c: &mut Curve| {
            (c.width[0], c.from[0]) = (27, 0);
            c.knots[1] = Curve::MOST_KNOT;
        };
        assert_eq!(check(&steep), Err(CurveFault::Steep));
    }
}
