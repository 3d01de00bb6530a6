//! Conversions of small float networks against a plain float evaluation of them.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window};
use spikemesh::convert::{Error, Settings, convert, currents};
use spikemesh::engine::functional::layered;
use spikemesh::snn::PoolKind;

struct Build {
    nodes: Vec<Node>,
    rng: Xoshiro256PlusPlus,
}

impl Build {
    fn new() -> Self {
        let shape = Shape::new(2, 8, 8);
        let input = Node { name: "image".into(), op: Op::Input, inputs: vec![], shape };
        Build { nodes: vec![input], rng: Xoshiro256PlusPlus::seed_from_u64(7) }
    }

    fn op(&mut self, op: Op, inputs: &[usize], shape: Shape) -> usize {
        let name = format!("n{}", self.nodes.len());
        self.nodes.push(Node { name, op, inputs: inputs.to_vec(), shape });
        self.nodes.len() - 1
    }

    /// An operation that keeps the shape.
    fn same(&mut self, op: Op, input: usize) -> usize {
        let shape = self.nodes[input].shape;
        self.op(op, &[input], shape)
    }

    fn conv(&mut self, input: usize, channels: usize, groups: usize) -> usize {
        let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
        let from = self.nodes[input].shape;
        let count = channels * from.channels / groups * 9;
        let weight = (0..count).map(|_| self.rng.random_range(-0.3..0.4)).collect();
        let bias = (0..channels).map(|_| self.rng.random_range(-0.2..0.3)).collect();
        self.op(Op::Conv { window, groups, weight, bias }, &[input], Shape { channels, ..from })
    }

    fn layer(&mut self, input: usize) -> usize {
        let conv = self.conv(input, 4, 1);
        self.same(Op::Relu, conv)
    }

    fn pooled(&self, input: usize) -> Shape {
        let s = self.nodes[input].shape;
        Shape::new(s.channels, s.height / 2, s.width / 2)
    }

    fn graph(self, head: usize) -> Graph {
        let heads = vec![Head { name: "head".into(), node: head }];
        Graph { name: "small".into(), nodes: self.nodes, input: 0, heads }
    }
}

const HALF: Window = Window { kernel: [2, 2], stride: [2, 2], pad: [0, 0], dilation: [1, 1] };

fn evaluate(graph: &Graph, image: Vec<f32>) -> Vec<Vec<f32>> {
    let mut values: Vec<Vec<f32>> = vec![];
    for node in &graph.nodes {
        let s = node.shape;
        let mut out = vec![0.0; s.len()];
        for (n, out) in out.iter_mut().enumerate() {
            let (c, y, x) = (n / (s.height * s.width), n / s.width % s.height, n % s.width);
            let from = |k: usize| (&values[node.inputs[k]], graph.nodes[node.inputs[k]].shape);
            let at = |c: usize, y: i64, x: i64| {
                let (v, s) = from(0);
                let inside = (0..s.height as i64).contains(&y) && (0..s.width as i64).contains(&x);
                inside.then(|| v[(c * s.height + y as usize) * s.width + x as usize])
            };
            *out = match &node.op {
                Op::Input => image[n],
                Op::Conv { window, groups, weight, bias } => {
                    let ins = from(0).1.channels / groups;
                    let group = c / (s.channels / groups);
                    let mut sum = bias[c];
                    for i in 0..ins {
                        for k in 0..window.kernel[0] * window.kernel[1] {
                            let (ky, kx) = (k / window.kernel[1], k % window.kernel[1]);
                            let iy = (y * window.stride[0] + ky) as i64 - window.pad[0] as i64;
                            let ix = (x * window.stride[1] + kx) as i64 - window.pad[1] as i64;
                            let w = weight[(c * ins + i) * window.kernel[0] * window.kernel[1] + k];
                            sum += w * at(group * ins + i, iy, ix).unwrap_or(0.0);
                        }
                    }
                    sum
                }
                Op::Dense { weight, bias } => {
                    let v = from(0).0;
                    let row = &weight[c * v.len()..(c + 1) * v.len()];
                    bias[c] + v.iter().zip(row).map(|(v, w)| v * w).sum::<f32>()
                }
                Op::Affine { scale, shift } => scale[c] * from(0).0[n] + shift[c],
                Op::Relu => from(0).0[n].max(0.0),
                Op::LeakyRelu { alpha } => from(0).0[n].max(alpha * from(0).0[n]),
                Op::Clip { low, high } => from(0).0[n].clamp(*low, *high),
                Op::Add => from(0).0[n] + from(1).0[n],
                Op::Concat => {
                    let first = from(0).0.len();
                    if n < first { from(0).0[n] } else { from(1).0[n - first] }
                }
                Op::Upsample { factor } => at(c, (y / factor[0]) as i64, (x / factor[1]) as i64).unwrap(),
                Op::MaxPool { .. } | Op::AveragePool { .. } => {
                    let cell = |k: usize| at(c, (2 * y + k / 2) as i64, (2 * x + k % 2) as i64).unwrap();
                    match &node.op {
                        Op::MaxPool { .. } => (0..4).map(cell).fold(f32::MIN, f32::max),
                        _ => (0..4).map(cell).sum::<f32>() / 4.0,
                    }
                }
                _ => from(0).0[n],
            };
        }
        values.push(out);
    }
    values
}

/// Relative error of the head after 256 steps.
fn error(graph: &Graph, settings: &Settings) -> f64 {
    const STEPS: usize = 256;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let image = (0..graph.input_shape().len()).map(|_| rng.random_range(0.0..1.0)).collect();
    let values = evaluate(graph, image);
    let conversion = convert(graph, &[&values], settings).unwrap();
    let states = layered(&conversion.network, &currents(&conversion, &values), STEPS, |_| ());
    let head = &conversion.network.heads[0];
    let shape = conversion.network.populations[head.population].shape;
    let (mut off, mut all) = (0.0, 0.0);
    for (n, &v) in states[head.population].potential.iter().enumerate() {
        let (position, c) = (n / shape.channels, n % shape.channels);
        let y = head.scale[c] * f64::from(v) / STEPS as f64;
        let expected = f64::from(values[graph.heads[0].node][c * shape.positions() + position]);
        off += (y - expected).powi(2);
        all += expected.powi(2);
    }
    (off / all).sqrt()
}

fn check(name: &str, limit: f64, build: impl Fn(&mut Build) -> usize) {
    for pool in [PoolKind::Gate, PoolKind::Telescoping] {
        let mut b = Build::new();
        let head = build(&mut b);
        let graph = b.graph(head);
        for membrane_bits in [24, 32] {
            let e = error(&graph, &Settings { pool, membrane_bits, ..Settings::default() });
            println!("{name} {pool:?} {membrane_bits}: {e}");
            assert!(e < limit, "{name} {pool:?} {membrane_bits}: {e}");
        }
    }
}

#[test]
fn heads_approach_the_float_heads() {
    check("chain", 0.05, |b| {
        let l = b.layer(0);
        let l = b.layer(l);
        b.conv(l, 3, 1)
    });
    for op in [Op::LeakyRelu { alpha: 0.1 }, Op::Clip { low: 0.0, high: 0.8 }] {
        check(op.name(), 0.05, |b| {
            let c = b.conv(0, 4, 1);
            let a = b.same(op.clone(), c);
            let c = b.conv(a, 4, 1);
            let a = b.same(op.clone(), c);
            b.conv(a, 3, 1)
        });
    }
    check("residual", 0.05, |b| {
        let l = b.layer(0);
        let c = b.conv(l, 4, 1);
        let shape = b.nodes[l].shape;
        let sum = b.op(Op::Add, &[c, l], shape);
        let r = b.same(Op::Relu, sum);
        b.conv(r, 3, 1)
    });
    check("linear bottleneck, batch norm", 0.05, |b| {
        let l = b.layer(0);
        let c = b.conv(l, 4, 1);
        let c = b.same(Op::Affine { scale: vec![0.5, 2.0, 1.0, -1.0], shift: vec![0.1; 4] }, c);
        let shape = b.nodes[l].shape;
        let sum = b.op(Op::Add, &[c, l], shape);
        let p = b.pooled(sum);
        let pool = b.op(Op::MaxPool { window: HALF }, &[sum], p);
        b.conv(pool, 3, 1)
    });
    check("concat, upsample, depthwise", 0.05, |b| {
        let l = b.layer(0);
        let m = b.layer(l);
        let p = b.pooled(l);
        let pool = b.op(Op::MaxPool { window: HALF }, &[m], p);
        let up = b.op(Op::Upsample { factor: [2, 2] }, &[pool], Shape::new(4, 8, 8));
        let cat = b.op(Op::Concat, &[l, up], Shape::new(8, 8, 8));
        let d = b.conv(cat, 8, 8);
        let d = b.same(Op::Relu, d);
        let d = b.conv(d, 8, 8);
        let d = b.same(Op::Relu, d);
        let p = b.pooled(cat);
        let pool = b.op(Op::MaxPool { window: HALF }, &[cat], p);
        let e = b.op(Op::Upsample { factor: [2, 2] }, &[pool], Shape::new(8, 8, 8));
        let sum = b.op(Op::Add, &[d, e], Shape::new(8, 8, 8));
        b.conv(sum, 3, 1)
    });
    check("average, dense", 0.05, |b| {
        let l = b.layer(0);
        let p = b.pooled(l);
        let pool = b.op(Op::AveragePool { window: HALF, count_pad: false }, &[l], p);
        let flat = b.op(Op::Reshape, &[pool], Shape::new(64, 1, 1));
        let weight = (0..192).map(|_| b.rng.random_range(-0.3..0.4)).collect();
        b.op(Op::Dense { weight, bias: vec![0.1; 3] }, &[flat], Shape::new(3, 1, 1))
    });
}

#[test]
fn bursts_and_their_fractions_keep_the_scale() {
    let mut b = Build::new();
    let l = b.layer(0);
    let l = b.layer(l);
    let head = b.conv(l, 3, 1);
    let graph = b.graph(head);
    let e = error(&graph, &Settings { burst: (4, 2), ..Settings::default() });
    assert!(e < 0.05, "{e}");
}

#[test]
fn what_has_no_spiking_form_is_refused_by_name() {
    for op in [Op::Round, Op::Floor, Op::Mul, Op::Div, Op::Sub, Op::Pad { pad: [1; 4], value: 1.0 }] {
        let mut b = Build::new();
        let l = b.layer(0);
        let shape = b.nodes[l].shape;
        let head = b.op(op.clone(), &[l, l], shape);
        let graph = b.graph(head);
        let values: Vec<Vec<f32>> = graph.nodes.iter().map(|n| vec![1.0; n.shape.len()]).collect();
        let refused = convert(&graph, &[&values], &Settings::default());
        let Err(Error::Unsupported { operator, node, .. }) = refused else { panic!("{op:?} converts") };
        assert_eq!((operator, node.as_str()), (op.name(), "n3"));
    }
}

#[test]
fn image_and_spikes_do_not_mix() {
    let mut b = Build::new();
    let l = b.layer(0);
    let head = b.op(Op::Concat, &[0, l], Shape::new(6, 8, 8));
    let graph = b.graph(head);
    let values: Vec<Vec<f32>> = graph.nodes.iter().map(|n| vec![1.0; n.shape.len()]).collect();
    let message = convert(&graph, &[&values], &Settings::default()).unwrap_err().to_string();
    assert!(message.starts_with("Concat `n3`"), "{message}");
}
