//! What exporters write behind the last layer, and pads of every kind: right on a chip, too.

use super::corpus::{diagnosed, error_of};
use crate::onnx::small::{Net, int, ints};
use spikemesh::ann::{Graph, exec};
use spikemesh::convert::{Conversion, Recipe, convert};
use spikemesh::import::onnx;
use std::path::Path;

/// Two layers of sixteen channels on an image of 2 x 6 x 6; the last one is `b`.
fn body() -> Net {
    let same = || vec![ints("pads", &[1, 1, 1, 1])];
    Net::new(&[1, 2, 6, 6])
        .floats("w", &[16, 2, 3, 3])
        .floats("v", &[16, 16, 3, 3])
        .node("Conv", &["x", "w"], "c0", same())
        .node("Relu", &["c0"], "a", vec![])
        .node("Conv", &["a", "v"], "c1", same())
        .node("Relu", &["c1"], "b", vec![])
}

#[track_caller]
fn right(name: &str, net: &Net) -> (Graph, Conversion) {
    let graph = onnx::parse(Path::new("small.onnx"), &net.bytes()).unwrap();
    let graph = spikemesh::ann::host::last(graph);
    let image: Vec<f32> =
        (0..graph.input_shape().len()).map(|n| (n * 29 % 31) as f32 / 31.0).collect();
    let values = exec::run(&graph, &image).unwrap();
    let settings = Recipe::parse("best").unwrap().settings(&graph).unwrap();
    let conversion =
        convert(&graph, &[&values], &settings).unwrap_or_else(|error| panic!("{name}: {error}"));
    diagnosed(&graph, &image, &conversion, &settings);
    let error = error_of(&conversion, &graph, &image, 16);
    assert!(error < 0.05, "{name}: {error}");
    (graph, conversion)
}

#[test]
fn outputs_in_another_order_are_the_hosts() {
    let perm = |list: &[i64]| vec![ints("perm", list)];
    let head = || body().floats("h", &[8, 16, 1, 1]).node("Conv", &["b", "h"], "d", vec![]);
    let turned = || head().node("Transpose", &["d"], "t", perm(&[0, 2, 3, 1]));
    let rows = turned().longs("s", &[1, -1, 4]).node("Reshape", &["t", "s"], "y", vec![]);
    let blocks = head().node("DepthToSpace", &["d"], "y", vec![int("blocksize", 2)]);
    let some = turned().longs("i", &[3, 0, 2]);
    let some = some.node("Gather", &["t", "i"], "y", vec![int("axis", 2)]);
    for (name, net) in [("rows of boxes", rows), ("blocks", blocks), ("some columns", some)] {
        let (_, conversion) = right(name, &net);
        assert_eq!(conversion.host.operations(), 0, "{name}");
        assert!(!conversion.host.is_idle(), "{name}");
    }
}

/// The distances of YOLOv8: a layer of constant weights behind a softmax.
#[test]
fn a_light_layer_behind_a_softmax_is_the_hosts() {
    let net = |channels: i64| {
        let net = body().floats("h", &[64, 16, 3, 3]).longs("s", &[1, 4, 16, 36]);
        let net = net.node("Conv", &["b", "h"], "d", vec![ints("pads", &[1, 1, 1, 1])]);
        let net = net.node("Reshape", &["d", "s"], "r", vec![]);
        let net = net.node("Transpose", &["r"], "t", vec![ints("perm", &[0, 2, 1, 3])]);
        let net = net.node("Softmax", &["t"], "m", vec![int("axis", 1)]);
        net.floats("k", &[channels, 16, 1, 1]).node("Conv", &["m", "k"], "y", vec![])
    };
    let (graph, conversion) = right("distances", &net(1));
    // The softmax, and sixteen multiplications for each of four sides and 36 cells.
    assert_eq!(conversion.host.operations(), 2 * 16 * 4 * 36);
    assert_eq!(graph.nodes.len() - conversion.host.first, 3);
    // A layer that matters stays the chip's, which cannot have what is before it.
    let heavy = onnx::parse(Path::new("small.onnx"), &net(64).bytes()).unwrap();
    let image = vec![0.5; 72];
    let values = exec::run(&heavy, &image).unwrap();
    let settings = Recipe::parse("best").unwrap().settings(&heavy).unwrap();
    let refused = convert(&heavy, &[&values], &settings).unwrap_err().to_string();
    assert!(refused.contains("no spiking form"), "{refused}");
}

#[test]
fn pads_between_layers_are_right() {
    let last = || vec![ints("perm", &[0, 2, 3, 1])];
    let first = || vec![ints("perm", &[0, 3, 1, 2])];
    let padded = |pads: &[i64]| body().longs("p", pads).node("Pad", &["b", "p"], "q", vec![]);
    // Shortcuts of old residual networks: more channels, the new ones zero.
    let wider = padded(&[0, 4, 0, 0, 0, 20, 0, 0]).floats("h", &[40, 16, 1, 1]);
    let wider = wider.node("Conv", &["b", "h"], "d", vec![]).node("Add", &["d", "q"], "s", vec![]);
    let wider = wider.node("Relu", &["s"], "e", vec![]).floats("g", &[3, 40, 1, 1]);
    right("channels", &wider.node("Conv", &["e", "g"], "y", vec![]));
    let narrower = padded(&[0, -3, -1, 0, 0, 0, 0, -2]).floats("h", &[5, 13, 3, 3]);
    right("negative", &narrower.node("Conv", &["q", "h"], "y", vec![]));
    // Channels last, as Keras pads before a layer.
    let keras = body().node("Transpose", &["b"], "t", last()).longs("p", &[0, 0, 0, 0, 0, 1, 1, 0]);
    let keras = keras.node("Pad", &["t", "p"], "q", vec![]).node("Transpose", &["q"], "u", first());
    let keras = keras.floats("h", &[5, 16, 3, 3]).node(
        "Conv",
        &["u", "h"],
        "y",
        vec![ints("strides", &[2, 2])],
    );
    let all = body().node("Transpose", &["b"], "t", last());
    let all = all.longs("p", &[0, -2, 1, 1, 0, -1, 2, -1]).node("Pad", &["t", "p"], "q", vec![]);
    let all = all.node("Transpose", &["q"], "u", first()).floats("h", &[5, 16, 2, 2]);
    right("cut, padded and narrowed", &all.node("Conv", &["u", "h"], "y", vec![]));
    let (graph, _) = right("channels last", &keras);
    let operators: Vec<&str> = graph.nodes.iter().map(|node| node.op.name()).collect();
    assert_eq!(operators, ["Input", "Conv", "Relu", "Conv", "Relu", "Conv"]);
}

/// Layers whose ReLUs an exporter left to ranges that begin at 0.
#[test]
fn ranges_from_zero_spike_as_relus() {
    let rounded = |net: Net, from: &str, scale: &str, to: &str| {
        let whole = format!("{to}_whole");
        let net = net.node("QuantizeLinear", &[from, scale, "z"], &whole, vec![]);
        net.node("DequantizeLinear", &[&whole, scale, "z"], to, vec![])
    };
    let same = || vec![ints("pads", &[1, 1, 1, 1])];
    let net = Net::new(&[1, 2, 6, 6]).floats("w", &[16, 2, 3, 3]).floats("v", &[16, 16, 3, 3]);
    let mut net = net.floats("h", &[8, 16, 1, 1]).longs("none", &[0]);
    net.opset = 21;
    // Integers of 16 bits, so that rounding them loses nothing to speak of.
    let net = net.given("s", &[], &[1e-3]).given("t", &[], &[4e-3]);
    let net = net.node("Cast", &["none"], "z", vec![int("to", 4)]);
    let net = rounded(net.node("Conv", &["x", "w"], "c0", same()), "c0", "s", "a");
    let net = rounded(net.node("Conv", &["a", "v"], "c1", same()), "c1", "t", "b");
    let (graph, conversion) = right("ranges", &net.node("Conv", &["b", "h"], "y", vec![]));
    let clips = |node: usize| graph.nodes[node].op.name() == "Saturation";
    assert_eq!(conversion.nodes.iter().filter(|&&(node, _)| clips(node)).count(), 2);
    assert!(conversion.host.is_idle());
}

/// Two layers, the second less the first, and the image less a layer.
fn added_less() -> Net {
    let net = body().node("Sub", &["b", "a"], "d", vec![]).floats("h", &[2, 16, 1, 1]);
    let net = net.node("Conv", &["d", "h"], "e", vec![]).node("Sub", &["x", "e"], "f", vec![]);
    net.floats("g", &[3, 2, 1, 1]).node("Conv", &["f", "g"], "y", vec![])
}

/// What the image makes by linear operations alone, beside spikes that are made of it.
#[test]
fn the_image_beside_spikes_is_right() {
    let same = || vec![ints("pads", &[1, 1, 1, 1])];
    let first = Net::new(&[1, 2, 6, 6]).floats("w", &[4, 2, 3, 3]);
    let first = first.node("Conv", &["x", "w"], "a", same()).node("Sigmoid", &["a"], "s", vec![]);
    let added = first.node("Mul", &["a", "s"], "m", vec![]).node("Add", &["a", "m"], "b", vec![]);
    let added = added.floats("v", &[3, 4, 3, 3]).node("Conv", &["b", "v"], "y", same());
    right("a linear layer and its SiLU", &added);
    let joined = Net::new(&[1, 2, 6, 6]).floats("w", &[4, 2, 3, 3]).floats("v", &[3, 6, 3, 3]);
    let joined = joined.node("Conv", &["x", "w"], "a", same()).node("Relu", &["a"], "r", vec![]);
    let less = added_less();
    right("the image less a layer", &less);
    let joined = joined.node("Concat", &["x", "r"], "c", vec![int("axis", 1)]);
    right("the image and a layer", &joined.node("Conv", &["c", "v"], "y", same()));
}

/// A slice that several nodes of a function read is one tensor.
#[test]
fn functions_of_a_slice_are_one() {
    let part = |net: Net, name: &str, from: i64| {
        let (start, end) = (format!("{name}s"), format!("{name}e"));
        let net = net.longs(&start, &[from]).longs(&end, &[from + 8]);
        net.node("Slice", &["b", &start, &end, "axes"], name, vec![])
    };
    let halves = part(part(body().longs("axes", &[1]), "l", 0), "r", 8);
    let silu = halves.node("Sigmoid", &["l"], "i", vec![]).node("Mul", &["l", "i"], "m", vec![]);
    let both = silu.node("Concat", &["m", "r"], "c", vec![int("axis", 1)]);
    let both = both.floats("h", &[3, 16, 1, 1]).node("Conv", &["c", "h"], "y", vec![]);
    let (graph, _) = right("a SiLU of one half", &both);
    assert!(graph.nodes.iter().any(|node| node.op.name() == "Silu"));
}
