//! Which known function a program of several steps computes.
//!
//! The kinds of its steps leave few functions to compare with; products and constants may stand in
//! any order. Programs of those kinds that agree in two thousand points from the smallest numbers
//! to the largest are the same function: none has room for a corner between them.

use super::bends;
use crate::ann::Op;
use crate::ann::op::{
    Composite, Gelu, HardSwish, LeakyRelu, Mish, Pointwise, Relu, Sigmoid, Silu, Softplus,
};

/// How far values may differ, as a share of the larger of 1 and the value.
const ALIKE: f64 = 1e-5;

/// The known function that a program computes.
pub fn find(program: &Composite) -> Option<Op> {
    candidates(program).into_iter().find(|op| agree(program, op))
}

/// Functions that steps of these kinds may be.
fn candidates(program: &Composite) -> Vec<Op> {
    let bending = program.steps.iter().filter(|step| bends(&step.op));
    let mut kinds: Vec<&str> = bending.map(|step| step.op.name()).collect();
    kinds.sort_unstable();
    match kinds[..] {
        ["Sigmoid"] | ["Exp"] | ["Silu"] => vec![silu(program)],
        ["Exp", "Reciprocal"] => vec![Sigmoid.into(), silu(program)],
        ["HardSigmoid"] | ["Clip"] => vec![HardSwish.into()],
        ["Exp", "Log"] => vec![Softplus.into()],
        ["Softplus", "Tanh"] | ["Exp", "Log", "Tanh"] => vec![Mish.into()],
        ["Erf"] => vec![Gelu { tanh: false }.into()],
        ["Tanh"] => vec![Gelu { tanh: true }.into(), silu(program)],
        ["Power", "Tanh"] => vec![Gelu { tanh: true }.into()],
        ["Relu", "Relu"] => vec![leaky(program)],
        ["Abs"] => vec![Relu.into(), leaky(program)],
        _ => vec![],
    }
}

/// The SiLU that agrees at 1.
fn silu(program: &Composite) -> Op {
    let share = f64::from(program.at(1.0));
    let alpha = (share / (1.0 - share)).ln() as f32;
    let one = (alpha - 1.0).abs() < 1e-5;
    Silu { alpha: if one { 1.0 } else { alpha } }.into()
}

/// The leaky ReLU that agrees at -1.
fn leaky(program: &Composite) -> Op {
    LeakyRelu { alpha: -program.at(-1.0) }.into()
}

/// Whether both have the same values all over.
fn agree(program: &Composite, op: &Op) -> bool {
    let near = (-480..=480).map(|n: i16| f32::from(n) / 16.0);
    let far = (-80..=100).map(|n| 2f32.powi(n));
    let mut points = near.chain(far.clone()).chain(far.map(|x| -x));
    points.all(|x| {
        let (a, b) = (f64::from(program.at(x)), op.function(x).map_or(f64::NAN, f64::from));
        // An exponential on the way may overflow where the whole does not.
        let overflow = !a.is_finite() && x.abs() > 64.0;
        overflow || (a - b).abs() <= ALIKE * b.abs().max(1.0)
    })
}
