//! Functions of single numbers, from their definitions.

use super::{Case, Expected};
use crate::onnx::small::{Net, float, ints, text};
use spikemesh::ann::op::{Activation, Form};
use spikemesh::ann::{Op, Shape, op};
use spikemesh::import::onnx::proto::AttributeProto;

type Function = fn(f64) -> f64;

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The error function by Simpson's rule; 1 beyond 6.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let step = x / 2000.0;
    let bell = |n: u32| (-(step * f64::from(n)).powi(2)).exp();
    let weight = |n: u32| if n % 2 == 1 { 4.0 } else { 2.0 };
    let inner: f64 = (1..2000).map(|n| weight(n) * bell(n)).sum();
    (bell(0) + inner + bell(2000)) * step / 3.0 * std::f64::consts::FRAC_2_SQRT_PI
}

fn gelu_tanh(x: f64) -> f64 {
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
    0.5 * x * (1.0 + inner.tanh())
}

/// From -30 to 30, dense at zero.
fn points() -> Vec<f32> {
    (-60..60).map(|i: i32| (i as f32 / 10.0).powi(3) / 7.2 + i as f32 / 100.0).collect()
}

fn case(op: &str, attributes: Vec<AttributeProto>, opset: i64, f: Function) -> Case {
    let input = points();
    let mut net = Net::new(&[1, 2, 6, 10]).node(op, &["x"], "y", attributes);
    net.opset = opset;
    let values = input.iter().map(|&x| f(x.into())).collect();
    let name = format!("{op}, opset {opset}");
    Case { name, net, input, expected: Expected::Values(values) }
}

/// The same where the function has values above zero only.
fn positive(op: &str, f: Function) -> Case {
    let mut case = case(op, vec![], 13, f);
    case.input.iter_mut().for_each(|x| *x = x.abs() + 0.01);
    case.expected = Expected::Values(case.input.iter().map(|&x| f(x.into())).collect());
    case
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("Sigmoid", vec![], 13, logistic),
        case("Sigmoid", vec![], 6, logistic),
        case("Sigmoid", vec![ints("consumed_inputs", &[0])], 1, logistic),
        case("HardSigmoid", vec![], 13, |x| (0.2 * x + 0.5).clamp(0.0, 1.0)),
        case("HardSigmoid", vec![float("alpha", 0.5), float("beta", 0.25)], 6, |x| {
            (0.5 * x + 0.25).clamp(0.0, 1.0)
        }),
        case("Tanh", vec![], 13, f64::tanh),
        case("Swish", vec![], 24, |x| x * logistic(x)),
        case("Swish", vec![float("alpha", 1.5)], 24, |x| x * logistic(1.5 * x)),
        case("HardSwish", vec![], 14, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        case("Mish", vec![], 18, |x| x * softplus(x).tanh()),
        case("Elu", vec![], 13, |x| if x < 0.0 { x.exp_m1() } else { x }),
        case("Elu", vec![float("alpha", 0.25)], 6, |x| if x < 0.0 { 0.25 * x.exp_m1() } else { x }),
        case("Celu", vec![], 12, |x| if x < 0.0 { x.exp_m1() } else { x }),
        case("Celu", vec![float("alpha", 2.0)], 12, |x| {
            if x < 0.0 { 2.0 * (x / 2.0).exp_m1() } else { x }
        }),
        case("Selu", vec![], 13, |x| {
            1.0507010221481323 * if x < 0.0 { 1.6732631921768188 * x.exp_m1() } else { x }
        }),
        case("Selu", vec![float("alpha", 2.0), float("gamma", 3.0)], 6, |x| {
            3.0 * if x < 0.0 { 2.0 * x.exp_m1() } else { x }
        }),
        case("Gelu", vec![], 20, |x| 0.5 * x * (1.0 + erf(x / 2f64.sqrt()))),
        case("Gelu", vec![text("approximate", "none")], 20, |x| {
            0.5 * x * (1.0 + erf(x / 2f64.sqrt()))
        }),
        case("Gelu", vec![text("approximate", "tanh")], 20, gelu_tanh),
        case("Softplus", vec![], 13, softplus),
        case("Softsign", vec![], 13, |x| x / (1.0 + x.abs())),
        case("Erf", vec![], 13, erf),
        case("Exp", vec![], 13, f64::exp),
        case("Abs", vec![], 13, f64::abs),
        case("Neg", vec![], 13, |x| -x),
        case("Ceil", vec![], 13, f64::ceil),
        case("ThresholdedRelu", vec![], 10, |x| if x > 1.0 { x } else { 0.0 }),
        case("ThresholdedRelu", vec![float("alpha", -0.5)], 10, |x| if x > -0.5 { x } else { 0.0 }),
        positive("Log", f64::ln),
        positive("Sqrt", f64::sqrt),
        positive("Reciprocal", f64::recip),
    ];
    let net = || Net::new(&[1, 3, 2, 4]);
    let slopes = [0.25f32, -0.5, 1.5];
    let bent = move |x: &[f64]| -> Vec<f64> {
        let slope = |i: usize| f64::from(slopes[i / 8]);
        x.iter().enumerate().map(|(i, &x)| if x < 0.0 { slope(i) * x } else { x }).collect()
    };
    let prelu = |dims: &[i64], numbers: &[f32], opset: i64| {
        let mut net = net().given("k", dims, numbers).node("PRelu", &["x", "k"], "y", vec![]);
        net.opset = opset;
        net
    };
    cases.extend([
        Case::by("PRelu by channel", prelu(&[3, 1, 1], &slopes, 16), bent),
        Case::by("PRelu by channel, four dimensions", prelu(&[1, 3, 1, 1], &slopes, 9), bent),
        Case::by("PRelu by channel, opset 6", prelu(&[3], &slopes, 6), bent),
        Case::by("PRelu of one slope", prelu(&[1], &[0.25], 7), move |x| {
            x.iter().map(|&x| if x < 0.0 { 0.25 * x } else { x }).collect()
        }),
        Case::refused(
            "PRelu along the width",
            prelu(&[4], &[0.1, 0.2, 0.3, 0.4], 7),
            &["the PRelu y", "one for each channel"],
        ),
        Case::refused(
            "Gelu of another kind",
            Net::new(&[1, 2]).node("Gelu", &["x"], "y", vec![text("approximate", "sigmoid")]),
            &["the Gelu y", "approximate=sigmoid", "none and tanh"],
        ),
        Case::refused(
            "Elu with an attribute of others",
            Net::new(&[1, 2]).node("Elu", &["x"], "y", vec![float("gamma", 1.0)]),
            &["gamma is not known"],
        ),
        Case::refused(
            "Selu of infinite factor",
            Net::new(&[1, 2]).node("Selu", &["x"], "y", vec![float("gamma", f32::INFINITY)]),
            &["gamma is inf"],
        ),
    ]);
    cases
}

/// Darknet's functions by their definitions in its sources (`activations.h`).
#[test]
fn darknet_activations_are_its_own() {
    let f = |x: f64, below: f64| if x < 0.0 { below } else { x };
    let expected = |name: &str, x: f64| match name {
        "logistic" => logistic(x),
        "loggy" => 2.0 * logistic(x) - 1.0,
        "relu" => x.max(0.0),
        "relu6" => x.clamp(0.0, 6.0),
        "elu" => f(x, x.exp_m1()),
        "selu" => 1.0507 * f(x, 1.6732 * x.exp_m1()),
        "relie" => f(x, 0.01 * x),
        "ramp" => x.max(0.0) + 0.1 * x,
        "leaky" | "revleaky" => f(x, 0.1 * x),
        "tanh" => x.tanh(),
        "gelu" => gelu_tanh(x),
        "plse" if x < -4.0 => 0.01 * (x + 4.0),
        "plse" if x > 4.0 => 0.01 * (x - 4.0) + 1.0,
        "plse" => 0.125 * x + 0.5,
        "hardtan" => x.clamp(-1.0, 1.0),
        "lhtan" if x < 0.0 => 0.001 * x,
        "lhtan" if x > 1.0 => 0.001 * (x - 1.0) + 1.0,
        "lhtan" => x,
        "swish" => x * logistic(x),
        "mish" => x * softplus(x).tanh(),
        "hard_mish" if x > 0.0 => x,
        "hard_mish" if x > -2.0 => x * x / 2.0 + x,
        "hard_mish" => 0.0,
        other => panic!("{other} has no definition here"),
    };
    for name in Op::darknet_names() {
        let op = Op::from_darknet(name).unwrap();
        let input = points();
        let shape = Shape::new(input.len(), 1, 1);
        let found = op.run(&[op::Tensor { values: &input, shape }], shape);
        for (&x, &y) in input.iter().zip(&found) {
            let right = expected(name, x.into());
            assert!(
                (f64::from(y) - right).abs() <= 1e-6 * right.abs().max(1e-2),
                "{name}({x}): {y}"
            );
        }
    }
}

/// Outside of what an operator calls its bend, it is a line but for a ten-thousandth.
#[test]
fn bends_hold_all_that_bends() {
    for case in cases() {
        let Ok(graph) = spikemesh::import::onnx::parse("a.onnx".as_ref(), &case.net.bytes()) else {
            continue;
        };
        let Form::Units(Activation::Curve(curve)) = graph.nodes[1].op.form() else { continue };
        let [low, high] = curve.bend();
        for (edge, outwards) in [(low, -1.0), (high, 1.0)] {
            for channel in 0..graph.nodes[1].shape.channels {
                let value = |by: f64| curve.value(channel, edge + outwards * by);
                let far = 1000.0;
                let slope = (value(2.0 * far) - value(far)) / far;
                let miss = value(0.0) - (value(far) - slope * far);
                let size = slope.abs().max(value(far).abs()).max(1.0);
                assert!(miss.abs() <= 1e-4 * size, "{}: {miss} at {edge}", case.name);
            }
        }
    }
}
