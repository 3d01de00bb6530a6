//! Features after a reshape: what is by channel before it is by element behind it.

use super::corpus::head_error;
use crate::convert::Build;
use crate::field::{shared, spikemesh, succeeds};
use spikemesh::ann::op::{
    Add, Affine, AffineMap, Concat, Dense, GlobalAveragePool, MaxPool, Relu, Reshape, Slice,
};
use spikemesh::ann::{Graph, Op, Shape};

/// Two channels of 4 x 4 that are not alike, from an image of 2 x 8 x 8.
fn features(b: &mut Build) -> usize {
    let layer = b.layer(0);
    let pooled = Shape::new(4, 4, 4);
    b.op(Op::MaxPool(MaxPool { window: crate::convert::HALF }), &[layer], pooled)
}

fn reshape(b: &mut Build, from: usize, shape: Shape) -> usize {
    b.op(Op::Reshape(Reshape), &[from], shape)
}

/// A batch norm whose channels differ widely.
fn affine(b: &mut Build, from: usize) -> usize {
    let n = b.nodes[from].shape.channels;
    let scale = (0..n).map(|c| 0.5 + (c * 7 % 5) as f32 * 0.4).collect();
    let shift = (0..n).map(|c| (c * 5 % 7) as f32 * 0.1 - 0.1).collect();
    b.same(Op::Affine(Affine { scale, shift }), from)
}

fn dense(b: &mut Build, from: usize, out: usize) -> usize {
    let n = b.nodes[from].shape.len();
    let weight = (0..n * out).map(|i| (i * 37 % 23) as f32 / 40.0 - 0.15).collect();
    b.op(Op::Dense(Dense { weight, bias: vec![0.1; out] }), &[from], Shape::new(out, 1, 1))
}

/// All elements in one row, normed, through units, and a layer on them.
fn flat_head(b: &mut Build, from: usize) -> usize {
    let row = Shape::new(b.nodes[from].shape.len(), 1, 1);
    let x = reshape(b, from, row);
    let x = affine(b, x);
    let x = b.same(Op::Relu(Relu), x);
    dense(b, x, 4)
}

fn image() -> Vec<f32> {
    (0..128).map(|n| (n * 29 % 31) as f32 / 31.0).collect()
}

#[track_caller]
fn right(name: &str, build: impl Fn(&mut Build) -> usize) {
    let mut b = Build::new();
    let head = build(&mut b);
    let graph: Graph = b.graph(head);
    for recipe in ["best,lambda=max", "paper,lambda=max", "best,residual=forward"] {
        match head_error(&graph, &image(), recipe) {
            Ok(error) => assert!(error < 0.05, "{name}, {recipe}: {error}"),
            Err(error) => panic!("{name}, {recipe}: {error}"),
        }
    }
}

/// Parts of a joined layer that units have in another shape.
#[test]
fn reshaped_layers_are_joined() {
    right("twice the same", |b| {
        let x = features(b);
        let x = reshape(b, x, Shape::new(8, 4, 2));
        let x = b.op(Op::Concat(Concat), &[x, x], Shape::new(16, 4, 2));
        flat_head(b, x)
    });
    right("joined, then in another shape", |b| {
        let x = features(b);
        let y = reshape(b, x, Shape::new(4, 2, 8));
        let x = reshape(b, x, Shape::new(4, 2, 8));
        let x = b.op(Op::Concat(Concat), &[x, y], Shape::new(8, 2, 8));
        let x = reshape(b, x, Shape::new(8, 4, 4));
        let x = affine(b, x);
        let x = b.same(Op::Relu(Relu), x);
        dense(b, x, 4)
    });
}

#[test]
fn rules_by_channel_take_elements_by_their_place() {
    let vector = Shape::new(64, 1, 1);
    let others = [
        vector,
        Shape::new(2, 4, 8),
        Shape::new(8, 8, 1),
        Shape::new(16, 1, 4),
        Shape::new(4, 16, 1),
    ];
    for shape in others {
        let start = |b: &mut Build| {
            let from = features(b);
            reshape(b, from, shape)
        };
        right("head", start);
        right("affine", |b| {
            let x = start(b);
            affine(b, x)
        });
        right("affine, dense", |b| {
            let x = start(b);
            let x = affine(b, x);
            let x = reshape(b, x, vector);
            dense(b, x, 5)
        });
        right("affine, relu, dense", |b| {
            let x = start(b);
            let x = affine(b, x);
            let x = b.same(Op::Relu(Relu), x);
            dense(b, x, 5)
        });
        right("add", |b| {
            let x = start(b);
            let y = affine(b, x);
            let sum = b.op(Op::Add(Add), &[x, y], shape);
            dense(b, sum, 3)
        });
        right("concat, slice", |b| {
            let x = start(b);
            let y = affine(b, x);
            let both = Shape { channels: 2 * shape.channels, ..shape };
            let joined = b.op(Op::Concat(Concat), &[x, y], both);
            let cut = Shape { channels: shape.channels + 1, ..shape };
            let part = b.op(Op::Slice(Slice { first: shape.channels / 2 }), &[joined], cut);
            dense(b, part, 3)
        });
        right("global pool", |b| {
            let x = start(b);
            b.op(Op::GlobalAveragePool(GlobalAveragePool), &[x], Shape::new(shape.channels, 1, 1))
        });
        right("map of constants", |b| {
            let x = start(b);
            let scale = (0..64).map(|n| 0.5 + (n % 3) as f32).collect();
            let shift = (0..64).map(|n| (n % 4) as f32 * 0.1).collect();
            let x = b.same(Op::AffineMap(AffineMap { scale, shift }), x);
            dense(b, x, 3)
        });
        right("convolution", |b| {
            let x = start(b);
            let x = b.conv(x, 3, 1);
            b.same(Op::Relu(Relu), x)
        });
        right("back again", |b| {
            let x = start(b);
            let x = reshape(b, x, Shape::new(4, 4, 4));
            let x = affine(b, x);
            let x = b.conv(x, 2, 1);
            b.same(Op::Relu(Relu), x)
        });
    }
}

#[test]
fn a_waiting_convolution_may_be_reshaped() {
    right("conv, flatten, affine, relu, dense", |b| {
        let conv = b.conv(0, 3, 1);
        flat_head(b, conv)
    });
    right("layer, conv, flatten, affine, relu, dense", |b| {
        let x = features(b);
        let conv = b.conv(x, 3, 1);
        flat_head(b, conv)
    });
    right("layer, dense, map, conv", |b| {
        let x = features(b);
        let x = reshape(b, x, Shape::new(64, 1, 1));
        let x = dense(b, x, 12);
        let x = b.same(Op::Relu(Relu), x);
        let x = reshape(b, x, Shape::new(3, 2, 2));
        let x = b.conv(x, 2, 1);
        b.same(Op::Relu(Relu), x)
    });
}

/// The largest error of a head that `convert` prints.
fn converted(case: &str) -> Option<f64> {
    let (network, input) = (shared(case)?, shared("x-3x8x8.npy")?);
    let out = tempfile::tempdir().unwrap();
    let mut command = spikemesh();
    command.arg("convert").arg(network).arg("--calibrate").arg(input);
    command.arg("--detector").arg(shared("any.detector.toml")?).args(["--steps", "512", "--out"]);
    succeeds(command.arg(out.path().join("out.spikemesh")));
    let mut layers = csv::Reader::from_path(out.path().join("out-report/conversion.csv")).unwrap();
    let column =
        |name: &str, header: &csv::StringRecord| header.iter().position(|h| h == name).unwrap();
    let header = layers.headers().unwrap().clone();
    let (kind, error) = (column("kind", &header), column("error", &header));
    let heads = layers.records().map(Result::unwrap).filter(|row| &row[kind] == "head");
    heads.map(|row| row[error].parse::<f64>().unwrap()).reduce(f64::max)
}

#[test]
fn shared_networks_convert() {
    for case in ["flatten-batchnorm.onnx", "reshape-batchnorm-panic.onnx"] {
        let Some(error) = converted(case) else { continue };
        println!("{case}: {error}");
        assert!(error < 0.03, "{case}: {error}");
    }
}

#[test]
fn what_takes_too_many_synapses_is_refused_by_name() {
    let mut b = Build::new();
    b.nodes[0].shape = Shape::new(2, 128, 128);
    let x = b.layer(0);
    let n = b.nodes[x].shape.len();
    let x = reshape(&mut b, x, Shape::new(n, 1, 1));
    let x = affine(&mut b, x);
    let x = b.same(Op::Relu(Relu), x);
    let input: Vec<f32> = (0..2 * 128 * 128).map(|i| (i * 29 % 31) as f32 / 31.0).collect();
    let error = head_error(&b.graph(x), &input, "best").unwrap_err().to_string();
    assert!(error.contains("Relu `n5`") && error.contains("too many synapses"), "{error}");
}
