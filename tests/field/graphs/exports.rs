//! Graph forms that exporters write: what the shared files show, and others of their kinds made
//! here.

use crate::field::{refused, shared, spikemesh, succeeds};
use crate::onnx::small::{Net, float, int, ints, text};
use spikemesh::ann::{Graph, Shape, exec};
use spikemesh::import::{self, Options, onnx};
use std::path::Path;

fn inspect(path: &Path) -> assert_cmd::Command {
    let mut command = spikemesh();
    command.arg("inspect").arg(path);
    command
}

fn operators(graph: &Graph) -> Vec<&'static str> {
    graph.nodes.iter().map(|node| node.op.name()).collect()
}

fn parsed(net: &Net) -> Graph {
    onnx::parse(Path::new("small.onnx"), &net.bytes()).unwrap()
}

/// The head's values on numbers from -1 to 1.
fn head(graph: &Graph) -> Vec<f32> {
    let n = graph.input_shape().len();
    let input: Vec<f32> = (0..n).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
    exec::run(graph, &input).unwrap().swap_remove(graph.heads[0].node)
}

#[test]
fn shared_exports_are_read() {
    for (file, names) in [
        ("view-shape-chain.onnx", &["Input", "Conv", "Relu", "Reshape", "Dense"][..]),
        ("nhwc-input.onnx", &["Input", "Conv", "Relu", "Conv"]),
        (
            "dropout-softmax.onnx",
            &["Input", "Conv", "Relu", "Conv", "GlobalAveragePool", "Reshape", "Softmax"],
        ),
    ] {
        let Some(path) = shared(file) else { return };
        let graph = import::load(&path).unwrap();
        assert_eq!(operators(&graph), names, "{file}");
        assert_eq!(graph.input_shape(), Shape::new(3, 8, 8), "{file}");
        succeeds(&mut inspect(&path));
    }
}

#[test]
fn a_free_size_is_given() {
    let Some(path) = shared("dynamic-size.onnx") else { return };
    refused(&mut inspect(&path), &["dimension 2 has no fixed size", "--input-size 640x640"]);
    succeeds(inspect(&path).args(["--input-size", "32x48"]));
    let options = Options { input_size: Some([32, 48]), ..Options::default() };
    let (imported, notes) = import::open_with(&path, &options).unwrap();
    assert_eq!(imported.network.graph().unwrap().input_shape(), Shape::new(3, 32, 48));
    assert!(notes.is_empty());
    let Some(fixed) = shared("nhwc-input.onnx") else { return };
    refused(inspect(&fixed).args(["--input-size", "32x32"]), &["fixes dimension 1 at 8"]);
    succeeds(inspect(&fixed).args(["--input-size", "8x8"]));
    for wrong in ["32", "0x32", "32x", "x", "32x99999"] {
        let output = inspect(&path).args(["--input-size", wrong]).assert().code(2);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains("416x416"), "{text}");
    }
}

/// Zeros around features that may be negative are no part of a maximum.
#[test]
fn padding_before_a_maximum_of_negative_features_is_told() {
    let Some(path) = shared("pad-maxpool-stride1.onnx") else { return };
    succeeds(&mut inspect(&path));
    refused(
        inspect(&path).args(["--profile", "ideal-45nm"]),
        &["zeros around spiking features", "a maximum of features that are never negative"],
    );
}

#[test]
fn zeros_stand_in_what_reads_them() {
    let kernel = || ints("kernel_shape", &[2, 2]);
    let net = |activation: &str| {
        let net = Net::new(&[1, 2, 6, 6])
            .floats("w", &[3, 2, 3, 3])
            .longs("p", &[0, 0, 0, 0, 0, 0, 1, 1]);
        let net = net.node("Conv", &["x", "w"], "a", vec![]).node(activation, &["a"], "b", vec![]);
        net.node("Pad", &["b", "p"], "c", vec![])
    };
    let pool = |net: Net| net.node("MaxPool", &["c"], "y", vec![kernel()]);
    assert_eq!(operators(&parsed(&pool(net("Relu")))), ["Input", "Conv", "Relu", "MaxPool"]);
    let kept = ["Input", "Conv", "LeakyRelu", "Pad", "MaxPool"];
    assert_eq!(operators(&parsed(&pool(net("LeakyRelu")))), kept);
    let conv = net("LeakyRelu").floats("v", &[2, 3, 2, 2]).node("Conv", &["c", "v"], "y", vec![]);
    assert_eq!(operators(&parsed(&conv)), ["Input", "Conv", "LeakyRelu", "Conv"]);
    // Around the image they stay.
    let image =
        Net::new(&[1, 2, 6, 6]).floats("w", &[3, 2, 3, 3]).longs("p", &[0, 0, 0, 0, 0, 0, 1, 1]);
    let image = image.node("Pad", &["x", "p"], "c", vec![]).node("Conv", &["c", "w"], "y", vec![]);
    assert_eq!(operators(&parsed(&image)), ["Input", "Pad", "Conv"]);
}

/// Keras puts channels last: pairs of transposes cancel, and a picture is a picture.
#[test]
fn channels_that_come_last_come_first() {
    let perm = |list: &[i64]| vec![ints("perm", list)];
    let plain = Net::new(&[1, 3, 8, 6]).floats("w", &[4, 3, 3, 3]).floats("v", &[2, 4, 3, 3]);
    let (first, last) = (perm(&[0, 3, 1, 2]), perm(&[0, 2, 3, 1]));
    let twin = plain.node("Conv", &["x", "w"], "a", vec![]).node("Relu", &["a"], "b", vec![]);
    let twin = parsed(&twin.node("Conv", &["b", "v"], "y", vec![]));
    // The same seeds make the same weights.
    let keras = Net::new(&[1, 8, 6, 3]).floats("w", &[4, 3, 3, 3]).floats("v", &[2, 4, 3, 3]);
    let keras =
        keras.given("mean", &[3], &[0.5, 0.25, 0.125]).node("Sub", &["x", "mean"], "m", vec![]);
    let keras = keras.node("Transpose", &["m"], "t", first.clone());
    let keras =
        keras.node("Conv", &["t", "w"], "a", vec![]).node("Transpose", &["a"], "u", last.clone());
    let keras = keras.node("Relu", &["u"], "b", vec![]).node("Transpose", &["b"], "c", first);
    let keras = keras.node("Conv", &["c", "v"], "d", vec![]).node("Transpose", &["d"], "y", last);
    let graph = parsed(&keras);
    assert_eq!(graph.input_shape(), Shape::new(3, 8, 6));
    assert_eq!(operators(&graph), ["Input", "Affine", "Conv", "Relu", "Conv", "Permute"]);
    let input: Vec<f32> = (0..144).map(|i| (i * 37 % 101) as f32 / 50.0).collect();
    let mean = [0.5, 0.25, 0.125];
    let less: Vec<f32> = input.iter().enumerate().map(|(i, x)| x - mean[i / 48]).collect();
    let ours = exec::run(&graph, &input).unwrap().swap_remove(graph.heads[0].node);
    let theirs = exec::run(&twin, &less).unwrap().swap_remove(twin.heads[0].node);
    for (place, value) in ours.iter().enumerate() {
        let (y, x, c) = (place / 4, place / 2 % 2, place % 2);
        let twin = theirs[c * 8 + y * 2 + x];
        assert!((value - twin).abs() < 1e-5, "{value} and {twin}");
    }
}

#[test]
fn a_batch_is_read_as_one_image() {
    let net = Net::new(&[4, 3, 5, 5]).longs("s", &[4, -1]).floats("w", &[75, 2]);
    let net = net.node("Relu", &["x"], "a", vec![]).node("Reshape", &["a", "s"], "b", vec![]);
    let net = net.node("MatMul", &["b", "w"], "y", vec![]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("batch.onnx");
    std::fs::write(&path, net.bytes()).unwrap();
    let (imported, notes) = import::open_with(&path, &Options::default()).unwrap();
    assert_eq!(imported.network.graph().unwrap().input_shape(), Shape::new(3, 5, 5));
    assert_eq!(notes, ["a batch of 4 is read as one image"]);
    let (_, said) = succeeds(&mut inspect(&path));
    assert!(said.contains("a batch of 4 is read as one image"), "{said}");
}

/// An array of it could be read either way.
#[test]
fn channels_last_of_a_cube_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let notes = |height: usize| {
        let net = Net::new(&[1, height, 3, 3]).floats("w", &[2, 3, 1, 1]);
        let net = net.node("Transpose", &["x"], "t", vec![ints("perm", &[0, 3, 1, 2])]);
        let net = net.node("Conv", &["t", "w"], "y", vec![]);
        let path = folder.path().join(format!("{height}.onnx"));
        std::fs::write(&path, net.bytes()).unwrap();
        import::open_with(&path, &Options::default()).unwrap().1
    };
    let told = "input 'x' has its channels last, but arrays of 3 x 3 x 3 are read with channels \
                first";
    assert_eq!(notes(3), [told]);
    assert!(notes(4).is_empty());
}

/// Squeeze and excite: read and computed, and refused by name where spikes would multiply.
#[test]
fn squeeze_and_excite_is_refused_by_name() {
    let net = Net::new(&[1, 2, 6, 6])
        .floats("w", &[4, 2, 3, 3])
        .floats("v", &[4, 4, 1, 1])
        .floats("u", &[2, 4, 1, 1]);
    let net = net.node("Conv", &["x", "w"], "a", vec![]).node("Relu", &["a"], "b", vec![]);
    let net =
        net.node("GlobalAveragePool", &["b"], "g", vec![]).node("Conv", &["g", "v"], "e", vec![]);
    let net = net.node("Sigmoid", &["e"], "s", vec![]).node("Mul", &["b", "s"], "m", vec![]);
    let net = net.node("Conv", &["m", "u"], "y", vec![]);
    let graph = parsed(&net);
    assert!(operators(&graph).contains(&"Mul"));
    assert!(head(&graph).iter().all(|x| x.is_finite()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("se.onnx");
    std::fs::write(&path, net.bytes()).unwrap();
    let mut command = inspect(&path);
    let output = command.args(["--profile", "ideal-45nm"]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(!text.contains("panicked") && text.contains("has no spiking form"), "{text}");
}

/// A time series, and a transposed convolution as upsampling.
#[test]
fn sequences_and_transposed_convolutions_are_read() {
    let net = Net::new(&[1, 2, 32]).floats("w", &[4, 2, 3]).given("low", &[], &[0.0]).given(
        "high",
        &[],
        &[6.0],
    );
    let net = net.node("Conv", &["x", "w"], "a", vec![ints("pads", &[1, 1])]);
    let net = net.node("Clip", &["a", "low", "high"], "b", vec![]);
    let net =
        net.node("MaxPool", &["b"], "y", vec![ints("kernel_shape", &[2]), ints("strides", &[2])]);
    let graph = parsed(&net);
    assert_eq!(operators(&graph), ["Input", "Conv", "Clip", "MaxPool"]);
    assert_eq!(graph.nodes[3].shape, Shape::new(4, 16, 1));
    let net = Net::new(&[1, 2, 4, 4]).floats("w", &[2, 3, 2, 2]);
    let net = net.node("ConvTranspose", &["x", "w"], "y", vec![ints("strides", &[2, 2])]);
    assert_eq!(parsed(&net).nodes[1].shape, Shape::new(3, 8, 8));
}

/// Shuffled channels and cells taken with a stride pass as spikes: what they compute stays.
#[test]
fn rearranged_spikes_keep_their_values() {
    use crate::field::graphs::corpus::head_error;
    let layer = |dims: &[usize]| {
        let net = Net::new(dims).floats("w", &[4, 2, 3, 3]).floats("u", &[3, 4, 1, 1]);
        net.node("Conv", &["x", "w"], "conv", vec![ints("pads", &[1, 1, 1, 1])]).node(
            "Relu",
            &["conv"],
            "b",
            vec![],
        )
    };
    let last = |net: Net, from: &str| net.node("Conv", &[from, "u"], "y", vec![]);
    let shuffled = layer(&[1, 2, 6, 6]).longs("s", &[1, 2, 2, 6, 6]).longs("t", &[1, 4, 6, 6]);
    let shuffled = shuffled.node("Reshape", &["b", "s"], "c", vec![]);
    let shuffled = shuffled.node("Transpose", &["c"], "d", vec![ints("perm", &[0, 2, 1, 3, 4])]);
    let shuffled = shuffled.node("Reshape", &["d", "t"], "e", vec![]);
    let turned = layer(&[1, 2, 6, 6]).longs("i", &[3, 1, 0, 2]).node(
        "Gather",
        &["b", "i"],
        "e",
        vec![int("axis", 1)],
    );
    let strided = layer(&[1, 2, 6, 6])
        .longs("s", &[1, 0])
        .longs("f", &[6, 6])
        .longs("a", &[2, 3])
        .longs("t", &[2, 2]);
    let strided = strided.node("Slice", &["b", "s", "f", "a", "t"], "e", vec![]);
    let blocks = Net::new(&[1, 2, 6, 6]).floats("w", &[1, 2, 3, 3]).floats("u", &[3, 4, 1, 1]);
    let blocks = blocks.node("Conv", &["x", "w"], "conv", vec![ints("pads", &[1, 1, 1, 1])]);
    let blocks = blocks.node("Relu", &["conv"], "b", vec![]);
    let blocks = blocks.node("SpaceToDepth", &["b"], "e", vec![int("blocksize", 2)]);
    for (name, net) in
        [("shuffled", shuffled), ("turned", turned), ("strided", strided), ("blocks", blocks)]
    {
        let graph = parsed(&last(net, "e"));
        assert!(operators(&graph).contains(&"Permute"), "{name}: {:?}", operators(&graph));
        let image: Vec<f32> = (0..72).map(|n| (n * 29 % 31) as f32 / 31.0).collect();
        let error = head_error(&graph, &image, "best,lambda=max");
        println!("{name}: {error:?}");
        assert!(error.as_ref().is_ok_and(|error| *error < 0.05), "{name}: {error:?}");
    }
    let transposed =
        layer(&[1, 2, 6, 6]).node("Transpose", &["b"], "e", vec![ints("perm", &[0, 1, 3, 2])]);
    let graph = parsed(&last(transposed, "e"));
    let why = head_error(&graph, &[0.5; 72], "best").unwrap_err().to_string();
    assert!(why.contains("keep the order of rows and columns"), "{why}");
}

/// Upsampling as Keras writes it, and detectors whose heads end with a sigmoid.
#[test]
fn other_rows_of_what_is_wanted() {
    let rule = vec![
        text("coordinate_transformation_mode", "tf_half_pixel_for_nn"),
        text("nearest_mode", "floor"),
    ];
    let net = Net::new(&[1, 2, 3, 3]).given("s", &[4], &[1.0, 1.0, 2.0, 2.0]);
    let net = net.node("Resize", &["x", "", "s"], "y", rule);
    assert_eq!(operators(&parsed(&net)), ["Input", "Upsample"]);
    let net =
        Net::new(&[1, 2, 3, 3]).node("GlobalAveragePool", &["x"], "g", vec![]).longs("a", &[2, 3]);
    let net = net.node("Squeeze", &["g", "a"], "y", vec![]);
    assert_eq!(operators(&parsed(&net)), ["Input", "GlobalAveragePool"]);
    let net = Net::new(&[1, 2, 3, 3]).node("Elu", &["x"], "a", vec![float("alpha", 0.5)]);
    let net = net.node("Sum", &["x", "a", "x"], "y", vec![]);
    assert_eq!(operators(&parsed(&net)), ["Input", "Elu", "Add", "Add"]);
}
