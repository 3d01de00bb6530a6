//! A function of one number that a file spells out in several operators.

use serde::{Deserialize, Serialize};

use super::{Op, Pointwise};

/// The steps of a small program on one number, in their order; the last is its value.
///
/// Each step is computed as the operator alone would, so that the values are those of the file's
/// own nodes, bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Composite {
    /// Operators, each on what the one before gives.
    pub steps: Vec<Step>,
}

/// An operator on one or two numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The operator.
    pub op: Op,
    /// 0 is the number given, and n the value of the n-th step.
    pub inputs: Vec<usize>,
}

/// Most steps; a file's functions have ten at most.
pub const MOST_STEPS: usize = 32;

/// Largest number at which a function may still bend.
const FARTHEST: f64 = 4096.0;
/// What it may miss a line by.
const STRAIGHT: f64 = 1e-4;

/// What one of the four operations makes of two numbers.
pub fn join(op: &Op, a: f32, b: f32) -> Option<f32> {
    match op {
        Op::Add(_) => Some(a + b),
        Op::Sub(_) => Some(a - b),
        Op::Mul(_) => Some(a * b),
        Op::Div(_) => Some(a / b),
        _ => None,
    }
}

impl Composite {
    /// What is wrong with a step at this place.
    fn fault(&self, place: usize) -> Option<String> {
        let Step { op, inputs } = &self.steps[place];
        let takes = match op {
            Op::Composite(_) => 0,
            op if op.function(0.0).is_some() => 1,
            op if join(op, 0.0, 0.0).is_some() => 2,
            _ => 0,
        };
        let fits = takes > 0 && inputs.len() == takes && inputs.iter().all(|&i| i <= place);
        match fits {
            true => op.no_number(),
            false => Some(format!("step {place} of its function does not fit")),
        }
    }

    /// How far on the side of `sign` it bends.
    fn reach(&self, sign: f64) -> f64 {
        let at = |x: f64| f64::from(self.at((sign * x) as f32));
        let mut reach = FARTHEST;
        while reach > 1.0 {
            let x = reach / 2.0;
            let slope = (at(8.0 * FARTHEST) - at(4.0 * FARTHEST)) / (4.0 * FARTHEST);
            let line = |x: f64| at(4.0 * FARTHEST) + slope * (x - 4.0 * FARTHEST);
            let size = slope.abs().max(at(x).abs().min(1.0));
            let straight = |by: f64| (at(x * by) - line(x * by)).abs() <= STRAIGHT * size * by;
            if ![1.0, 1.25, 1.5, 1.75].into_iter().all(straight) {
                break;
            }
            reach = x;
        }
        reach
    }
}

impl Pointwise for Composite {
    const NAME: &'static str = "Composite";

    fn at(&self, x: f32) -> f32 {
        let mut values = [x; MOST_STEPS + 1];
        for (n, Step { op, inputs }) in self.steps.iter().take(MOST_STEPS).enumerate() {
            let value = match inputs[..] {
                [a] => op.function(values[a]),
                [a, b] => join(op, values[a], values[b]),
                _ => None,
            };
            values[n + 1] = value.unwrap_or(f32::NAN);
        }
        values[self.steps.len().min(MOST_STEPS)]
    }

    /// Where no line is found, it bends everywhere.
    fn straight(&self) -> [f64; 2] {
        let side = |reach: f64| if reach == FARTHEST { f64::INFINITY } else { reach };
        [-side(self.reach(-1.0)), side(self.reach(1.0))]
    }

    fn odd(&self) -> Option<String> {
        if !(1..=MOST_STEPS).contains(&self.steps.len()) {
            return Some(format!("its function has {} steps", self.steps.len()));
        }
        (0..self.steps.len()).find_map(|place| self.fault(place))
    }
}
