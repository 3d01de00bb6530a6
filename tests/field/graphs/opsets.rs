//! Operators whose meaning changed between versions of the standard.

use crate::field::shared;
use crate::onnx::small::{Net, float, floats, int, ints, text};
use spikemesh::ann::{Op, exec};
use spikemesh::import::onnx::{self, proto::AttributeProto};
use std::path::Path;

fn at(opset: i64, dims: &[usize]) -> Net {
    let mut net = Net::new(dims);
    net.opset = opset;
    net
}

/// Values of the head for an input that counts up from 1.
#[track_caller]
fn values(net: &Net) -> Vec<f32> {
    let graph = onnx::parse(Path::new("small.onnx"), &net.bytes()).unwrap();
    let input: Vec<f32> = (1..=graph.input_shape().len()).map(|n| n as f32).collect();
    exec::run(&graph, &input).unwrap().swap_remove(graph.heads[0].node)
}

#[test]
fn old_broadcasts_lie_along_their_axis() {
    let k = [10.0, 20.0, 30.0];
    // Three channels, rows and columns: only the axis says which is meant.
    let net = |attributes: Vec<AttributeProto>, dims: &[i64], op: &str| {
        at(6, &[1, 3, 3, 3]).given("k", dims, &k).node(op, &["x", "k"], "y", attributes)
    };
    let along = |stride: usize, op: fn(f32, f32) -> f32| {
        (0..27).map(|n| op(n as f32 + 1.0, k[n / stride % 3])).collect::<Vec<_>>()
    };
    for (axis, stride) in [(1, 9), (2, 3), (3, 1), (-3, 9)] {
        let attributes = || vec![int("broadcast", 1), int("axis", axis)];
        assert_eq!(values(&net(attributes(), &[3], "Add")), along(stride, |x, k| x + k));
        assert_eq!(values(&net(attributes(), &[3], "Sub")), along(stride, |x, k| x - k));
        assert_eq!(values(&net(attributes(), &[3], "Mul")), along(stride, |x, k| x * k));
    }
    // Without an axis, along the last ones.
    assert_eq!(values(&net(vec![int("broadcast", 1)], &[3], "Add")), along(1, |x, k| x + k));
    assert_eq!(values(&net(vec![int("broadcast", 1)], &[3, 1, 1], "Add")), along(9, |x, k| x + k));
    // Among constants, too.
    let folded = at(6, &[1, 3, 1, 2]).given("a", &[3, 2], &[0.0; 6]).given("k", &[3], &k);
    let folded = folded.node("Add", &["a", "k"], "c", vec![int("broadcast", 1), int("axis", 0)]);
    let folded = folded.node("Add", &["x", "c"], "y", vec![int("broadcast", 1), int("axis", 1)]);
    assert!(folded.error().to_string().contains("does not lie along"));
    let folded = at(6, &[1, 3, 2, 2]).given("a", &[3, 2], &[0.0; 6]).given("k", &[3], &k);
    let folded = folded.node("Add", &["a", "k"], "c", vec![int("broadcast", 1), int("axis", 0)]);
    let folded = folded.node("Add", &["x", "c"], "y", vec![int("broadcast", 1), int("axis", 1)]);
    let expected: Vec<f32> = (0..12).map(|n| n as f32 + 1.0 + k[n / 4]).collect();
    assert_eq!(values(&folded), expected);
}

#[test]
fn a_shared_network_of_opset_6_adds_along_channels() {
    let Some(path) = shared("opset6-add-axis1.onnx") else { return };
    let graph = spikemesh::import::load(&path).unwrap();
    assert!(graph.nodes.iter().any(|node| matches!(node.op, Op::Affine(_))));
    assert!(!graph.nodes.iter().any(|node| matches!(node.op, Op::AffineMap(_))));
}

#[test]
fn old_attributes_mean_what_they_meant() {
    let relu = |net: Net| values(&net.node("Relu", &["t"], "y", vec![]));
    let shaped = at(1, &[1, 2, 2, 2]).node("Reshape", &["x"], "t", vec![ints("shape", &[0, -1])]);
    assert_eq!(relu(shaped), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let padded = at(1, &[1, 1, 1, 2]).node(
        "Pad",
        &["x"],
        "t",
        vec![ints("paddings", &[0, 0, 0, 1, 0, 0, 0, 0])],
    );
    assert_eq!(relu(padded), [0.0, 1.0, 2.0]);
    let padded = [ints("pads", &[0, 0, 0, 0, 0, 0, 0, 1]), float("value", 7.0)];
    let padded = at(2, &[1, 1, 1, 2]).node("Pad", &["x"], "t", padded.to_vec());
    assert_eq!(relu(padded), [1.0, 2.0, 7.0]);
    let up = vec![float("height_scale", 1.0), float("width_scale", 2.0)];
    assert_eq!(relu(at(1, &[1, 1, 1, 2]).node("Upsample", &["x"], "t", up)), [1.0, 1.0, 2.0, 2.0]);
    let up = vec![floats("scales", &[1.0, 1.0, 2.0, 1.0])];
    assert_eq!(relu(at(7, &[1, 1, 1, 2]).node("Upsample", &["x"], "t", up)), [1.0, 2.0, 1.0, 2.0]);
    assert_eq!(
        relu(at(1, &[1, 1, 1, 2]).node("Concat", &["x", "x"], "t", vec![])),
        [1.0, 2.0, 1.0, 2.0]
    );
    let clip = vec![float("min", 0.5), float("max", 1.5)];
    assert_eq!(relu(at(6, &[1, 1, 1, 2]).node("Clip", &["x"], "t", clip)), [1.0, 1.5]);
    let rule = vec![
        text("coordinate_transformation_mode", "tf_half_pixel_for_nn"),
        text("nearest_mode", "floor"),
    ];
    let resized = at(11, &[1, 1, 1, 2]).given("s", &[4], &[1.0, 1.0, 1.0, 3.0]);
    let resized = resized.node("Resize", &["x", "", "s"], "t", rule);
    assert_eq!(relu(resized), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    let deeper = at(13, &[1, 2]).given("k", &[1, 1, 1, 2], &[1.0, 2.0]).node(
        "Mul",
        &["x", "k"],
        "t",
        vec![],
    );
    assert_eq!(relu(deeper), [1.0, 4.0]);
}

/// What one version has, another has not, or means something else by it.
#[test]
fn other_versions_are_refused_by_name() {
    let refuses = |net: Net, words: &[&str]| {
        let error = net.error().to_string();
        words.iter().for_each(|word| assert!(error.contains(word), "`{word}` is missing: {error}"));
    };
    let unary =
        |opset, op: &str, attributes| at(opset, &[1, 2, 4, 4]).node(op, &["x"], "y", attributes);
    let k = |opset, attributes| {
        let net = at(opset, &[1, 2, 4, 4]).given("k", &[2], &[1.0, 2.0]);
        net.node("Add", &["x", "k"], "y", attributes)
    };
    refuses(k(6, vec![]), &["broadcast=1"]);
    refuses(k(6, vec![int("broadcast", 1), int("axis", 2)]), &["does not lie along"]);
    refuses(k(7, vec![int("broadcast", 1), int("axis", 1)]), &["broadcast", "opset 7"]);
    refuses(unary(11, "Clip", vec![float("max", 6.0)]), &["max", "opset 11"]);
    let bounds =
        at(10, &[1, 2, 4, 4]).given("low", &[], &[0.0]).node("Clip", &["x", "low"], "y", vec![]);
    refuses(bounds, &["2 inputs", "opset 10"]);
    let pool = || ints("kernel_shape", &[2, 2]);
    refuses(unary(9, "MaxPool", vec![pool(), int("ceil_mode", 1)]), &["ceil_mode"]);
    refuses(unary(9, "MaxPool", vec![pool(), ints("dilations", &[2, 2])]), &["dilations"]);
    refuses(
        unary(6, "AveragePool", vec![pool(), int("count_include_pad", 1)]),
        &["count_include_pad"],
    );
    refuses(unary(11, "Pad", vec![ints("pads", &[0, 0, 1, 1, 0, 0, 1, 1])]), &["pads"]);
    refuses(unary(6, "Flatten", vec![int("axes", 1)]), &["axes"]);
    refuses(unary(13, "Concat", vec![]), &["axis is missing"]);
    refuses(unary(13, "Relu", vec![float("alpha", 0.1)]), &["alpha"]);
    refuses(unary(13, "LeakyRelu", vec![int("alpha", 1)]), &["alpha has a wrong type"]);
    refuses(unary(5, "Reshape", vec![ints("shape", &[1, -1])]), &["shape"]);
    let norm = |opset, attributes| {
        let names = ["scale", "bias", "mean", "var"];
        let net =
            names.iter().fold(at(opset, &[1, 2, 4, 4]), |n, name| n.given(name, &[2], &[1.0, 0.5]));
        net.node("BatchNormalization", &["x", "scale", "bias", "mean", "var"], "y", attributes)
    };
    refuses(norm(6, vec![int("is_test", 0)]), &["training"]);
    refuses(norm(14, vec![int("training_mode", 1)]), &["training"]);
    refuses(norm(7, vec![int("spatial", 0)]), &["spatial"]);
    refuses(norm(9, vec![int("spatial", 1)]), &["spatial", "opset 9"]);
    let gemm = at(6, &[1, 2]).given("w", &[2, 3], &[1.0; 6]).given("b", &[3], &[1.0; 3]);
    refuses(gemm.node("Gemm", &["x", "w", "b"], "y", vec![]), &["broadcast=1"]);
    let resize = |attributes: Vec<AttributeProto>| {
        let net = at(18, &[1, 2, 4, 4]).longs("s", &[1, 2, 8, 8]);
        net.node("Resize", &["x", "", "", "s"], "y", attributes)
    };
    refuses(
        resize(vec![text("keep_aspect_ratio_policy", "not_larger")]),
        &["keep_aspect_ratio_policy"],
    );
    refuses(
        resize(vec![text("coordinate_transformation_mode", "align_corners")]),
        &["align_corners"],
    );
    refuses(resize(vec![text("mode", "linear")]), &["linear"]);
}
