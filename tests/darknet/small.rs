//! Files that the tests write, against graphs and loops written by hand.

use std::path::Path;

use spikemesh::ann::op::{
    Add, Affine, Clip, Concat, Conv, Input, LeakyRelu, MaxPool, Relu, Slice, Upsample,
};
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window, exec};
use spikemesh::import::darknet;

use super::common::{Random, network, parse, run, weights};

const CFG: &str = "
[net]
# Testing
batch=1
width=5
height = 6
channels=4
learning_rate=0.001
steps=400000,450000

[convolutional]  ; layer 0
batch_normalize=1
filters=8
size=3
groups=2
stride=2
pad=1
activation=leaky

[maxpool]        # layer 1
size=2
stride=1

[route]
layers=-1
groups=2
group_id=1

[dropout]
probability=.15

[convolutional]
filters=4
size=1
activation=relu6

[shortcut]
from=-3
activation=relu

[upsample]
stride=2

[route]
layers = -1, 6

[convolutional]
filters=14
size=1
activation=linear

[yolo]
mask=0,1
classes=2
anchors=1,2,3,4,5,6
num=3
";

/// What [`CFG`] means, from the same numbers.
fn by_hand(numbers: &[f32]) -> Graph {
    let mut rest = numbers;
    let mut take = |n: usize| {
        let (own, other) = rest.split_at(n);
        rest = other;
        own.to_vec()
    };
    let point = Window { kernel: [1; 2], stride: [1; 2], pad: [0; 2], dilation: [1; 2] };
    let (beta, gamma, mean, variance) = (take(8), take(8), take(8), take(8));
    let scale: Vec<f32> = (0..8)
        .map(|c| (f64::from(gamma[c]) / (f64::from(variance[c]) + 1e-6).sqrt()) as f32)
        .collect();
    let shift = (0..8)
        .map(|c| {
            let exact = f64::from(gamma[c]) / (f64::from(variance[c]) + 1e-6).sqrt();
            (f64::from(beta[c]) - exact * f64::from(mean[c])) as f32
        })
        .collect();
    let first = Window { kernel: [3; 2], stride: [2; 2], pad: [1; 2], dilation: [1; 2] };
    let first =
        Op::Conv(Conv { window: first, groups: 2, weight: take(8 * 2 * 9), bias: vec![0.0; 8] });
    let (bias, weight) = (take(4), take(4 * 4));
    let second = Op::Conv(Conv { window: point, groups: 1, weight, bias });
    let (bias, weight) = (take(14), take(14 * 8));
    let third = Op::Conv(Conv { window: point, groups: 1, weight, bias });
    let pool = Op::MaxPool(MaxPool { window: Window { kernel: [2; 2], ..point } });
    let small = |c| Shape::new(c, 3, 3);
    let nodes = [
        ("image", Op::Input(Input), vec![], Shape::new(4, 6, 5)),
        ("l0_conv", first, vec![0], small(8)),
        ("l0_bn", Op::Affine(Affine { scale, shift }), vec![1], small(8)),
        ("l0_act", Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), vec![2], small(8)),
        ("l1_pool", pool, vec![3], small(8)),
        ("l2_slice", Op::Slice(Slice { first: 4 }), vec![4], small(4)),
        ("l4_conv", second, vec![5], small(4)),
        ("l4_act", Op::Clip(Clip { low: 0.0, high: 6.0 }), vec![6], small(4)),
        ("l5_add", Op::Add(Add), vec![7, 5], small(4)),
        ("l5_act", Op::Relu(Relu), vec![8], small(4)),
        ("l6_up", Op::Upsample(Upsample { factor: [2; 2] }), vec![9], Shape::new(4, 6, 6)),
        ("l7_cat", Op::Concat(Concat), vec![10, 10], Shape::new(8, 6, 6)),
        ("l8_conv", third, vec![11], Shape::new(14, 6, 6)),
    ];
    let node = |(name, op, inputs, shape): (&str, Op, Vec<usize>, Shape)| Node {
        name: name.into(),
        op,
        inputs,
        shape,
    };
    let heads = vec![Head { name: "head0".into(), node: 12 }];
    Graph { name: "small".into(), nodes: nodes.into_iter().map(node).collect(), input: 0, heads }
}

/// The numbers that [`CFG`] asks for.
fn numbers() -> Vec<f32> {
    let mut numbers = Random(1).floats(4 * 8 + 144 + 20 + 126);
    numbers[24..32].iter_mut().for_each(|v| *v = v.abs());
    numbers
}

#[test]
fn layers_are_read_as_by_hand() {
    let graph = parse(CFG, &numbers()).unwrap();
    assert_eq!(graph, by_hand(&numbers()));
    assert!(run(&graph).0.iter().all(|x| x.is_finite()));
}

#[test]
fn the_header_tells_its_length() {
    let numbers = numbers();
    let head = |version: [i32; 3], seen: usize| {
        let mut bytes: Vec<u8> = version.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(vec![1; seen]);
        bytes.extend(&weights(&numbers)[20..]);
        darknet::parse(Path::new("small.cfg"), CFG.as_bytes(), &bytes)
    };
    for (version, seen) in [([0, 1, 0], 4), ([0, 2, 5], 8), ([1, 0, 0], 8)] {
        assert_eq!(head(version, seen).unwrap(), by_hand(&numbers), "{version:?}");
    }
    assert!(head([0, 2, 0], 4).unwrap_err().to_string().contains("small.weights"));
    assert!(head([1000, 0, 0], 8).unwrap_err().to_string().contains("version 1000.0"));
}

/// The maximum as Darknet loops over it: offset `-padding / 2`, cells outside never win.
fn pooled(input: &[f32], size: usize, stride: usize, padding: usize) -> Vec<f32> {
    let (h, w) = (6usize, 5usize);
    let [rows, columns] = [h, w].map(|n| (n + padding - size) / stride + 1);
    let mut out = Vec::new();
    for c in 0..4 {
        for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
            let cells =
                (0..size).flat_map(|n| (0..size).map(move |m| (n, m))).filter_map(|(n, m)| {
                    let (row, column) = (
                        (y * stride + n).checked_sub(padding / 2)?,
                        (x * stride + m).checked_sub(padding / 2)?,
                    );
                    (row < h && column < w).then(|| input[(c * h + row) * w + column])
                });
            out.push(cells.fold(f32::NEG_INFINITY, f32::max));
        }
    }
    out
}

/// A head of 9 channels over the pool, so that the pool is the only thing that counts.
#[test]
fn pools_pad_as_darknet_does() {
    for (size, stride, padding) in [
        (2, 1, None),
        (2, 2, None),
        (3, 1, None),
        (3, 2, None),
        (8, 2, None),
        (4, 2, Some(1)),
        (5, 1, Some(2)),
    ] {
        let key = padding.map_or(String::new(), |p| format!("padding={p}\n"));
        let layers =
            format!("[maxpool]\nsize={size}\nstride={stride}\n{key}[route]\nlayers=-1,-1\n");
        let graph = parse(&network(&layers, 8), &[]).unwrap();
        let (found, input) = run(&graph);
        let expected = pooled(&input, size, stride, padding.unwrap_or(size - 1));
        assert_eq!(found, [&expected[..], &expected].concat(), "size {size} stride {stride}");
    }
}

/// A convolution of 4 channels by loops, zero outside.
fn convolved(input: &[f32], weight: &[f32], stride: [usize; 2], dilation: usize) -> Vec<f32> {
    let (h, w, pad) = (6usize, 5usize, dilation);
    let [rows, columns] = [(h, stride[0]), (w, stride[1])].map(|(n, s)| (n - 1) / s + 1);
    let mut out = Vec::new();
    for (o, y, x) in
        (0..6).flat_map(|o| (0..rows).flat_map(move |y| (0..columns).map(move |x| (o, y, x))))
    {
        let mut sum = 0.0;
        for (n, k) in weight[o * 36..][..36].iter().enumerate() {
            let (c, ky, kx) = (n / 9, n / 3 % 3, n % 3);
            let row = (y * stride[0] + ky * dilation).checked_sub(pad);
            let column = (x * stride[1] + kx * dilation).checked_sub(pad);
            if let (Some(row), Some(column)) = (row, column)
                && row < h
                && column < w
            {
                sum += k * input[(c * h + row) * w + column];
            }
        }
        out.push(sum);
    }
    out
}

#[test]
fn strides_and_dilation_agree_with_loops() {
    for (stride, dilation) in [([1, 1], 1), ([2, 2], 1), ([2, 1], 1), ([1, 1], 2), ([2, 2], 2)] {
        let layers = format!(
            "[conv]\nfilters=6\nsize=3\npad=1\nstride_y={}\nstride_x={}\ndilation={dilation}\nactivation=linear\n",
            stride[0], stride[1]
        );
        let mut numbers = Random(3).floats(6 + 6 * 36);
        numbers[..6].fill(0.0);
        let graph = parse(&network(&layers, 6), &numbers).unwrap();
        let (found, input) = run(&graph);
        let expected = convolved(&input, &numbers[6..], stride, dilation);
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5, "{a} and {b}");
        }
    }
}

#[test]
fn heads_read_all_anchors_of_a_region() {
    let layers = "[route]\nlayers=0,0\n[region]\nnum=2\nclasses=3\ncoords=4\n";
    let cfg = format!("[net]\nwidth=4\nheight=4\nchannels=8\n[dropout]\n{layers}");
    let graph = parse(&cfg, &[]).unwrap();
    assert_eq!(
        (graph.heads.len(), graph.nodes[graph.heads[0].node].shape),
        (1, Shape::new(16, 4, 4))
    );
}

/// A list may hold more anchors than are meant.
#[test]
fn anchors_beyond_their_number_are_none() {
    let folder = tempfile::tempdir().unwrap();
    for (head, kept) in [
        ("[region]\nnum=2\nclasses=3\nanchors=1,2,3,4,5,6\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("[yolo]\nnum=2\nclasses=3\nanchors=1,2,3,4,5,6\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("[yolo]\nnum=3\nmask=0,2\nclasses=3\nanchors=1,2,3,4,5,6\n", [[1.0, 2.0], [5.0, 6.0]]),
    ] {
        let layers = format!("[route]\nlayers=0,0\n{head}");
        let text = format!("[net]\nwidth=4\nheight=4\nchannels=8\n[dropout]\n{layers}");
        let path = folder.path().join("n.cfg");
        std::fs::write(&path, text).unwrap();
        let weights = [0u8; 16];
        std::fs::write(path.with_extension("weights"), weights).unwrap();
        let imported = spikemesh::import::open(&path).unwrap();
        let spikemesh::import::Facts::Darknet(facts) = imported.facts else { panic!() };
        assert_eq!(facts.heads[0].anchors, kept, "{head}");
    }
}

#[test]
fn an_average_is_over_the_plane() {
    let graph = parse(&network("[avgpool]\n[route]\nlayers=-1,-1\n", 8), &[]).unwrap();
    let (found, input) = run(&graph);
    for (c, plane) in input.chunks_exact(30).enumerate() {
        assert!((found[c] - plane.iter().sum::<f32>() / 30.0).abs() < 1e-6);
    }
    assert_eq!(exec::run(&graph, &input).unwrap().len(), 3);
}
