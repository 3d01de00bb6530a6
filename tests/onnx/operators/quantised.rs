//! Features rounded to integers: their types, who may read them, and what a range cuts off.

use super::Case;
use super::arithmetic::raw;
use crate::onnx::small::{Net, int};
use spikemesh::ann::op::Activation;
use spikemesh::ann::{Form, Graph, exec};
use spikemesh::import::onnx::{self, proto::AttributeProto, proto::TensorProto};

/// Steps of a quarter, and the zero point `z` of this type.
fn scaled(kind: i32, zero: &[u8]) -> Net {
    raw(Net::new(&[1, 3, 4, 5]).given("s", &[], &[0.25]), "z", kind, &[], zero)
}

/// Rounded to `q` with the zero point `zero`.
fn rounded(net: Net, zero: &str) -> Net {
    net.node("QuantizeLinear", &["x", "s", zero], "q", vec![])
}

/// Rounded with `zero`, and scaled back with the same.
fn there_and_back(net: Net, zero: &str) -> Net {
    rounded(net, zero).node("DequantizeLinear", &["q", "s", zero], "y", vec![])
}

/// Quarters from `low` to `high`.
fn steps(x: &[f64], low: f64, high: f64) -> Vec<f64> {
    x.iter().map(|x| (x / 0.25).round_ties_even().clamp(low, high) * 0.25).collect()
}

pub fn cases() -> Vec<Case> {
    [types(), readers()].into_iter().flatten().collect()
}

/// The range is that of the type, wherever the file says it.
fn types() -> Vec<Case> {
    let signed = |x: &[f64]| steps(x, -128.0, 127.0);
    let plain = || Net::new(&[1, 3, 4, 5]).given("s", &[], &[0.25]);
    let cast = plain().longs("whole", &[0]).node("Cast", &["whole"], "z", vec![int("to", 3)]);
    let squeezed = raw(plain(), "list", 3, &[1], &[0]).node("Squeeze", &["list"], "z", vec![]);
    let value = AttributeProto {
        name: "value".into(),
        t: Some(TensorProto {
            dims: vec![1],
            data_type: 3,
            raw_data: vec![0],
            ..Default::default()
        }),
        r#type: 4,
        ..Default::default()
    };
    let filled = plain().longs("n", &[1]).node("ConstantOfShape", &["n"], "z", vec![value]);
    let typed = |kind: i64| {
        let mut net = plain();
        net.opset = 21;
        let net = net.node("QuantizeLinear", &["x", "s"], "q", vec![int("output_dtype", kind)]);
        net.node("DequantizeLinear", &["q", "s"], "y", vec![])
    };
    let floats = plain().given("z", &[], &[0.0]);
    vec![
        Case::by("a zero point by Cast", there_and_back(cast, "z"), signed),
        Case::by("a zero point by Squeeze", there_and_back(squeezed, "z"), signed),
        Case::by("a zero point by ConstantOfShape", there_and_back(filled, "z"), signed),
        Case::by("output_dtype int8", typed(3), signed),
        Case::by("integers of a type that no file names", typed(0), |x| steps(x, 0.0, 255.0)),
        Case::by("activations of int4", there_and_back(scaled(22, &[0]), "z"), |x| {
            steps(x, -8.0, 7.0)
        }),
        Case::by("activations of uint4", there_and_back(scaled(21, &[6]), "z"), |x| {
            steps(x, -6.0, 9.0)
        }),
        Case::refused("output_dtype float8", typed(17), &["the QuantizeLinear q", "type 17"]),
        Case::refused("a zero point of floats", there_and_back(floats, "z"), &["type 1;"]),
    ]
}

/// Integers are read by what scales them back alone, and as they were made.
fn readers() -> Vec<Case> {
    let middle = || scaled(2, &[8]);
    let scaled_by = |zero: Option<&str>| {
        let net = raw(rounded(middle(), "z"), "other", 2, &[], &[9]);
        let net = raw(net, "signed", 3, &[], &[8]);
        let inputs: Vec<&str> = ["q", "s"].into_iter().chain(zero).collect();
        net.node("DequantizeLinear", &inputs, "y", vec![])
    };
    let joined = |zero: &str| {
        let net = raw(rounded(middle(), "z"), "other", 2, &[], &[9]);
        let net = net.node("QuantizeLinear", &["x", "s", zero], "p", vec![]);
        let net = net.node("Concat", &["q", "p"], "c", vec![int("axis", 1)]);
        net.node("DequantizeLinear", &["c", "s", "z"], "y", vec![])
    };
    let read = |op: &str, attributes| rounded(middle(), "z").node(op, &["q"], "y", attributes);
    let mut made = rounded(middle(), "z");
    made.graph.output[0].name = "q".into();
    vec![
        Case::by("two of the same integers", joined("z"), |x| {
            let once = steps(x, -8.0, 247.0);
            [once.clone(), once].concat()
        }),
        Case::refused("two of other integers", joined("other"), &["the Concat c", "zero points"]),
        Case::refused(
            "another zero point",
            scaled_by(Some("other")),
            &["the DequantizeLinear y", "zero point 9 is not that of QuantizeLinear, 8"],
        ),
        Case::refused("no zero point", scaled_by(None), &["zero point 0 is not that"]),
        Case::refused("a zero point of another type", scaled_by(Some("signed")), &["type 3"]),
        Case::refused(
            "integers by Cast",
            read("Cast", vec![int("to", 1)]),
            &["the Cast y", "integers of QuantizeLinear"],
        ),
        Case::refused("integers by Relu", read("Relu", vec![]), &["integers of QuantizeLinear"]),
        Case::refused("integers as output", made, &["output 'q' holds integers"]),
    ]
}

/// A layer whose features are rounded with this zero point, and a layer behind it.
fn hidden(activation: &str, kind: i32, zero: u8) -> Graph {
    let net = scaled(kind, &[zero]).floats("w", &[4, 3, 3, 3]).floats("v", &[2, 4, 1, 1]);
    let net = net.node("Conv", &["x", "w"], "a", vec![]).node(activation, &["a"], "r", vec![]);
    let net = net.node("QuantizeLinear", &["r", "s", "z"], "q", vec![]);
    let net = net.node("DequantizeLinear", &["q", "s", "z"], "d", vec![]);
    let net = net.node("Conv", &["d", "v"], "y", vec![]);
    onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap()
}

fn operators(graph: &Graph) -> Vec<&'static str> {
    graph.nodes[1..].iter().map(|node| node.op.name()).collect()
}

/// Exporters leave out a ReLU whose zero point is the least integer.
#[test]
fn a_range_from_zero_is_an_activation() {
    for (kind, zero) in [(2, 0), (3, 0x80)] {
        let graph = hidden("Identity", kind, zero);
        assert_eq!(operators(&graph), ["Conv", "Saturation", "Quantized", "Conv"]);
        let form = graph.nodes[2].op.form();
        assert!(matches!(form, Form::Units(Activation::Saturated(high)) if high == 255.0 / 4.0));
        // As with the ReLU itself, which needs no second one.
        let twin = hidden("Relu", kind, zero);
        assert_eq!(operators(&twin), ["Conv", "Relu", "Quantized", "Conv"]);
        let input: Vec<f32> = super::spread(60);
        let head = |graph: &Graph| exec::run(graph, &input).unwrap().pop();
        assert_eq!(head(&graph), head(&twin));
    }
    let negative = hidden("Identity", 2, 255);
    assert_eq!(operators(&negative), ["Conv", "Quantized", "Conv"]);
}

/// One that is rounded from 0 on before it, too, needs no second layer of units; and what rounds a
/// tensor twice needs one.
#[test]
fn a_range_from_zero_before_a_relu_is_none() {
    let net = || {
        let net = scaled(2, &[0]).floats("w", &[4, 3, 3, 3]).floats("v", &[2, 4, 1, 1]);
        net.node("Conv", &["x", "w"], "a", vec![])
    };
    let parsed = |net: Net| onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap();
    let rounded = |net: Net, from: &str, to: &str| {
        let whole = format!("{to}_whole");
        let net = net.node("QuantizeLinear", &[from, "s", "z"], &whole, vec![]);
        net.node("DequantizeLinear", &[&whole, "s", "z"], to, vec![])
    };
    let kept = rounded(net(), "a", "d").node("Relu", &["d"], "r", vec![]);
    let kept = rounded(kept, "r", "e").node("Conv", &["e", "v"], "y", vec![]);
    let wanted = ["Conv", "Quantized", "Relu", "Quantized", "Conv"];
    assert_eq!(operators(&parsed(kept)), wanted);
    let twice = rounded(rounded(net(), "a", "d"), "a", "e").node("Add", &["d", "e"], "f", vec![]);
    let graph = parsed(twice.node("Conv", &["f", "v"], "y", vec![]));
    assert_eq!(operators(&graph).iter().filter(|name| **name == "Saturation").count(), 1);
}

/// Zeros around features stand in the convolution that reads them, rounded or not.
#[test]
fn zeros_are_put_around_what_is_rounded() {
    let net = scaled(2, &[0]).floats("w", &[4, 3, 1, 1]).floats("v", &[2, 4, 3, 3]);
    let net = net.node("Conv", &["x", "w"], "a", vec![]).node("Relu", &["a"], "r", vec![]);
    let net = net.longs("pads", &[0, 0, 1, 1, 0, 0, 1, 1]).node("Pad", &["r", "pads"], "p", vec![]);
    let net = net.node("QuantizeLinear", &["p", "s", "z"], "q", vec![]);
    let net = net.node("DequantizeLinear", &["q", "s", "z"], "d", vec![]);
    let net = net.node("Conv", &["d", "v"], "y", vec![]);
    let graph = onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap();
    let names = operators(&graph);
    assert_eq!(names[..3], ["Conv", "Relu", "Quantized"]);
    assert!(names[3..] == ["Conv"] || names[3..] == ["Pad", "Conv"], "{names:?}");
}

/// Weights by channel, as training for few bits leaves them.
#[test]
fn weights_are_rounded_by_channel() {
    let net = raw(Net::new(&[1, 3, 4, 5]).floats("w", &[4, 3, 3, 3]), "z", 3, &[4], &[0; 4]);
    let net = net.given("s", &[4], &[0.25, 0.5, 0.125, 1.0]);
    let axis = || vec![int("axis", 0)];
    let net = net.node("QuantizeLinear", &["w", "s", "z"], "q", axis());
    let net = net.node("DequantizeLinear", &["q", "s", "z"], "d", axis());
    let net = net.node("Conv", &["x", "d"], "y", vec![]);
    let graph = onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap();
    let Form::Conv(conv) = graph.nodes[1].op.form() else { panic!("{:?}", operators(&graph)) };
    let whole = |(n, w): (usize, &f32)| (w / [0.25, 0.5, 0.125, 1.0][n / 27]).fract() == 0.0;
    assert!(conv.weight.iter().enumerate().all(whole));
    assert!(conv.weight.iter().any(|&w| w != 0.0));
}

#[test]
fn a_range_around_zero_or_of_a_picture_is_none() {
    let signed = hidden("Identity", 2, 100);
    assert_eq!(operators(&signed), ["Conv", "Quantized", "Conv"]);
    let net = there_and_back(scaled(2, &[0]), "z");
    let graph = onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap();
    assert_eq!(operators(&graph), ["Quantized"]);
}
