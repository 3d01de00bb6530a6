//! Functions whose bounds and bends lie far from where the inputs do.

use super::corpus::{error_of, head_error};
use crate::convert::Build;
use spikemesh::ann::op::{
    Affine, Clip, HardSigmoid, HardTanh, LeakyRelu, Power, Sigmoid, Silu, Tanh,
};
use spikemesh::ann::{Graph, Op, exec};
use spikemesh::convert::{Recipe, convert};

/// Two layers with this function behind each, and a head.
fn network(function: &[Op]) -> Graph {
    let mut b = Build::new();
    let mut x = 0;
    for _ in 0..2 {
        x = b.conv(x, 4, 1);
        for op in function {
            x = b.same(op.clone(), x);
        }
    }
    let head = b.conv(x, 3, 1);
    b.graph(head)
}

fn image(largest: f32) -> Vec<f32> {
    (0..128).map(|n| (n * 29 % 31) as f32 / 31.0 * largest).collect()
}

#[track_caller]
fn right(name: &str, function: &[Op]) {
    let error = head_error(&network(function), &image(1.0), "best").unwrap();
    assert!(error < 0.06, "{name}: {error}");
}

#[test]
fn clips_far_above_the_activations_silence_nothing() {
    for high in [1.0, 2.0, 3.0, 5.0, 6.0, 12.0, 20.0, 100.0, 1000.0, 9999.0, 65504.0, f32::MAX] {
        right(&format!("a clip at {high}"), &[Op::Clip(Clip { low: 0.0, high })]);
        right(&format!("a clip at +-{high}"), &[Op::Clip(Clip { low: -high, high })]);
    }
}

#[test]
fn slopes_of_almost_nothing_are_none() {
    for alpha in [1e-30, 1e-9, 1e-5, 9e-4, 1.1e-3, 1e-2] {
        right(&format!("slope {alpha}"), &[Op::LeakyRelu(LeakyRelu { alpha })]);
    }
}

#[test]
fn powers_are_right() {
    for exponent in [1.0, 2.0, 3.0] {
        right(&format!("to the {exponent}"), &[Op::Power(Power { exponent })]);
    }
}

#[test]
fn steep_functions_are_right() {
    for alpha in [1.0, 100.0, 1e5] {
        right(&format!("alpha {alpha}"), &[Op::HardSigmoid(HardSigmoid { alpha, beta: 0.5 })]);
    }
    for scale in [30.0, 1000.0] {
        let scaled = Op::Affine(Affine { scale: vec![scale; 4], shift: vec![0.0; 4] });
        right(&format!("{scale} times the input"), &[scaled, Op::Sigmoid(Sigmoid)]);
    }
}

/// Inputs of sixteen times what calibration saw meet the bounds, not what the tables end with.
#[test]
fn bounds_hold_beyond_the_calibration() {
    for function in [Op::Sigmoid(Sigmoid), Op::Tanh(Tanh), Op::HardTanh(HardTanh)] {
        let graph = network(&[function]);
        let values = exec::run(&graph, &image(1.0)).unwrap();
        let settings = Recipe::parse("best").unwrap().settings(&graph).unwrap();
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let error = error_of(&conversion, &graph, &image(16.0), 16);
        assert!(error < 0.06, "{}: {error}", graph.nodes[2].op.name());
    }
}

/// Units that sum all input say how many steps their membranes hold, and are right up to there.
#[test]
fn sums_fit_the_steps_that_are_allowed() {
    let graph = network(&[Op::Silu(Silu { alpha: 1.0 })]);
    let values = exec::run(&graph, &image(1.0)).unwrap();
    let mut most = vec![];
    for membrane_bits in [18, 20, 24, 32] {
        let mut settings = Recipe::parse("best").unwrap().settings(&graph).unwrap();
        settings.membrane_bits = membrane_bits;
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let error = error_of(&conversion, &graph, &image(1.0), conversion.most_steps);
        assert!(error < 0.02, "{membrane_bits} bits, {} steps: {error}", conversion.most_steps);
        most.push(conversion.most_steps);
    }
    assert!(most[0] < 200 && most.is_sorted() && most[3] == 1024, "{most:?}");
}
