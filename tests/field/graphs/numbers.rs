//! Weights and constants that are no numbers, or lead to none.

use crate::field::{refused, shared, spikemesh};
use crate::onnx::small::{Net, float, int, ints};
use spikemesh::ann::exec;
use spikemesh::import::onnx;
use std::path::Path;

/// Both commands refuse each of the files, naming each of the words.
fn refuses(folder: &str, detector: &str, input: &str, cases: &[(&str, &[&str])]) {
    let Some(folder) = shared(folder) else { return };
    let out = tempfile::tempdir().unwrap();
    for (case, words) in cases {
        let (network, input) = (folder.join(case), folder.join(input));
        let mut convert = spikemesh();
        convert.arg("convert").arg(&network).arg("--calibrate").arg(&input);
        convert.arg("--detector").arg(folder.join(detector)).args(["--steps", "2", "--out"]);
        refused(convert.arg(out.path().join("out.spikemesh")), words);
        let mut run = spikemesh();
        run.arg("run").arg(&network).arg("--input").arg(&input);
        run.arg("--detector").arg(folder.join(detector)).args(["--steps", "2", "--out"]);
        refused(run.arg(out.path().join("out")), words);
    }
    assert_eq!(out.path().read_dir().unwrap().count(), 0);
}

#[test]
fn shared_networks_without_numbers_are_refused() {
    let (nan, inf): (&[&str], &[&str]) = (&["NaN at element", "Conv"], &["inf at element", "Conv"]);
    refuses(
        ".",
        "any.detector.toml",
        "x-3x8x8.npy",
        &[("nan-weight.onnx", nan), ("inf-weight.onnx", inf)],
    );
    let cases = [("nan.onnx", nan), ("inf.onnx", inf), ("nan_bias.onnx", nan)];
    refuses("attack", "d2.toml", "img.png", &cases);
}

const NAMES: [&str; 4] = ["scale", "bias", "mean", "var"];

/// A batch norm of two channels, one of whose tensors begins with `x`.
fn norm(name: &str, x: f32) -> Net {
    let given =
        |net: Net, own: &&str| net.given(own, &[2], &[if *own == name { x } else { 0.5 }, 0.5]);
    let net = NAMES.iter().fold(Net::new(&[1, 2, 4, 4]), given);
    net.node(
        "BatchNormalization",
        &["x", "scale", "bias", "mean", "var"],
        "y",
        vec![float("epsilon", 1e-6)],
    )
}

#[test]
fn every_tensor_of_every_layer_is_looked_at() {
    let says = |net: Net, words: &[&str]| {
        let error = net.error().to_string();
        words.iter().for_each(|word| assert!(error.contains(word), "`{word}` is missing: {error}"));
    };
    for (x, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        for name in NAMES {
            says(
                norm(name, x),
                &["the BatchNormalization y", &format!("'{name}'"), text, "element 0"],
            );
        }
        let net =
            || Net::new(&[1, 2, 4, 4]).given("w", &[1, 2, 1, 1], &[1.0, x]).given("b", &[1], &[x]);
        says(net().node("Conv", &["x", "w"], "y", vec![]), &["'w'", text, "element 1"]);
        let bias = net().given("v", &[1, 2, 1, 1], &[1.0, 1.0]);
        says(bias.node("Conv", &["x", "v", "b"], "y", vec![]), &["'b'", text]);
        for op in ["Add", "Sub", "Mul", "Div"] {
            says(net().node(op, &["x", "b"], "y", vec![]), &["'b'", text]);
        }
        says(
            net().node("Add", &["b", "b"], "c", vec![]).node("Add", &["x", "c"], "y", vec![]),
            &["'b'", text],
        );
        let flat = || Net::new(&[1, 2]).given("w", &[2, 1], &[1.0, x]).given("b", &[1], &[x]);
        says(flat().node("MatMul", &["x", "w"], "y", vec![]), &["'w'", text]);
        let gemm = flat().given("v", &[2, 1], &[1.0, 1.0]);
        says(gemm.node("Gemm", &["x", "v", "b"], "y", vec![]), &["'b'", text]);
        let gemm = flat().given("v", &[2, 1], &[1.0, 1.0]);
        says(gemm.node("Gemm", &["x", "v"], "y", vec![float("alpha", x)]), &["alpha", text]);
        says(net().node("LeakyRelu", &["x"], "y", vec![float("alpha", x)]), &["alpha", text]);
        let padded = net().longs("p", &[0, 0, 1, 1, 0, 0, 1, 1]).given("k", &[], &[x]);
        says(padded.node("Pad", &["x", "p", "k"], "y", vec![]), &["'k'", text]);
    }
    let bound = Net::new(&[1, 2, 4, 4]).given("low", &[], &[f32::NAN]);
    says(bound.node("Clip", &["x", "low"], "y", vec![]), &["NaN", "the Clip y"]);
    let crossed = Net::new(&[1, 2, 4, 4]).given("low", &[], &[f32::INFINITY]);
    says(crossed.node("Clip", &["x", "low"], "y", vec![]), &["bounds inf and inf"]);
}

#[test]
fn what_becomes_no_number_is_refused() {
    let says = |net: Net, words: &[&str]| {
        let error = net.error().to_string();
        words.iter().for_each(|word| assert!(error.contains(word), "`{word}` is missing: {error}"));
    };
    says(norm("var", -3.0), &["variance -3 of channel 0", "the BatchNormalization y"]);
    says(norm("var", -1e-6), &["variance"]);
    // A hair below 0, as training leaves it.
    assert!(onnx::parse(Path::new("small.onnx"), &norm("var", -7e-44).bytes()).is_ok());
    // Numbers that are finite each, but not together.
    let huge = NAMES.iter().zip([3e38, 0.0, 0.0, 0.0]);
    let huge =
        huge.fold(Net::new(&[1, 2, 4, 4]), |net, (name, x)| net.given(name, &[2], &[x, 1.0]));
    let huge = huge.node("BatchNormalization", &["x", "scale", "bias", "mean", "var"], "y", vec![]);
    says(huge, &["scale becomes inf at element 0"]);
    let net =
        || Net::new(&[1, 2, 4, 4]).given("k", &[2, 1, 1], &[1.0, 0.0]).given("one", &[], &[1.0]);
    says(net().node("Div", &["x", "k"], "y", vec![]), &["divides by zero", "element 1"]);
    let folded =
        net().node("Div", &["one", "k"], "c", vec![]).node("Mul", &["x", "c"], "y", vec![]);
    says(folded, &["divides by zero", "the Div c"]);
    let many = net().given("big", &[], &[3e38]).node("Mul", &["big", "big"], "c", vec![]);
    says(many.node("Mul", &["x", "c"], "y", vec![]), &["the Mul c", "inf"]);
    let gemm = Net::new(&[1, 2]).given("w", &[2, 1], &[1e38, 1.0]);
    says(gemm.node("Gemm", &["x", "w"], "y", vec![float("alpha", 100.0)]), &["weight becomes inf"]);
}

#[test]
fn infinite_bounds_bound_nothing() {
    let net =
        Net::new(&[1, 2, 4, 4]).given("low", &[], &[0.0]).given("high", &[], &[f32::INFINITY]);
    net.node("Clip", &["x", "low", "high"], "y", vec![]).agree(&[0.5; 32]);
}

#[test]
fn values_that_overflow_are_refused_where_they_do() {
    let net = Net::new(&[1, 2, 4, 4]).given("w", &[1, 2, 1, 1], &[3e38, 3e38]);
    let net = net.node("Conv", &["x", "w"], "c", vec![ints("pads", &[0; 4]), int("group", 1)]);
    let graph =
        onnx::parse(Path::new("small.onnx"), &net.node("Relu", &["c"], "y", vec![]).bytes())
            .unwrap();
    let error = exec::run(&graph, &[1.0; 32]).unwrap_err().to_string();
    assert!(error.contains("Conv `the Conv c` computes inf at element 0"), "{error}");
    assert!(exec::run(&graph, &[0.5; 32]).is_ok());
    let error = exec::run(&graph, &[f32::NAN; 32]).unwrap_err().to_string();
    assert!(error.contains("Input `x` computes NaN"), "{error}");
}
