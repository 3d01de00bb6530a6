//! Conversions of small float networks against a plain float evaluation of them.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::op::{
    self, Add, Affine, AveragePool, Clip, Concat, Conv, Dense, Div, Floor, Input, LeakyRelu, Mul,
    Pad, Relu, Reshape, Round, Sub, Upsample,
};
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window, exec};
use spikemesh::convert::{
    Conversion, Error, LayerMatch, MaxPool, Negative, Residual, Settings, compare, convert,
    currents,
};
use spikemesh::engine::functional::layered;
use spikemesh::mapping::{Error as Refusal, map};
use spikemesh::profile::Limits;
use spikemesh::snn::{Connection, Model};

pub struct Build {
    pub nodes: Vec<Node>,
    rng: Xoshiro256PlusPlus,
}

impl Build {
    pub fn new() -> Self {
        let shape = Shape::new(2, 8, 8);
        let input = Node { name: "image".into(), op: Op::Input(Input), inputs: vec![], shape };
        Build { nodes: vec![input], rng: Xoshiro256PlusPlus::seed_from_u64(7) }
    }

    pub fn op(&mut self, op: Op, inputs: &[usize], shape: Shape) -> usize {
        let name = format!("n{}", self.nodes.len());
        self.nodes.push(Node { name, op, inputs: inputs.to_vec(), shape });
        self.nodes.len() - 1
    }

    /// An operation that keeps the shape.
    pub fn same(&mut self, op: Op, input: usize) -> usize {
        let shape = self.nodes[input].shape;
        self.op(op, &[input], shape)
    }

    pub fn conv(&mut self, input: usize, channels: usize, groups: usize) -> usize {
        let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
        let from = self.nodes[input].shape;
        let count = channels * from.channels / groups * 9;
        let weight = (0..count).map(|_| self.rng.random_range(-0.3..0.4)).collect();
        let bias = (0..channels).map(|_| self.rng.random_range(-0.2..0.3)).collect();
        self.op(
            Op::Conv(Conv { window, groups, weight, bias }),
            &[input],
            Shape { channels, ..from },
        )
    }

    pub fn layer(&mut self, input: usize) -> usize {
        let conv = self.conv(input, 4, 1);
        self.same(Op::Relu(Relu), conv)
    }

    pub fn pooled(&self, input: usize) -> Shape {
        let s = self.nodes[input].shape;
        Shape::new(s.channels, s.height / 2, s.width / 2)
    }

    pub fn graph(self, head: usize) -> Graph {
        let heads = vec![Head { name: "head".into(), node: head }];
        Graph { name: "small".into(), nodes: self.nodes, input: 0, heads }
    }
}

pub const HALF: Window = Window { kernel: [2, 2], stride: [2, 2], pad: [0, 0], dilation: [1, 1] };

pub fn evaluate(graph: &Graph, image: Vec<f32>) -> Vec<Vec<f32>> {
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
                Op::Input(Input) => image[n],
                Op::Conv(Conv { window, groups, weight, bias }) => {
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
                Op::Dense(Dense { weight, bias }) => {
                    let v = from(0).0;
                    let row = &weight[c * v.len()..(c + 1) * v.len()];
                    bias[c] + v.iter().zip(row).map(|(v, w)| v * w).sum::<f32>()
                }
                Op::Affine(Affine { scale, shift }) => scale[c] * from(0).0[n] + shift[c],
                Op::Relu(Relu) => from(0).0[n].max(0.0),
                Op::LeakyRelu(LeakyRelu { alpha }) => from(0).0[n].max(alpha * from(0).0[n]),
                Op::Clip(Clip { low, high }) => from(0).0[n].clamp(*low, *high),
                Op::Add(Add) => from(0).0[n] + from(1).0[n],
                Op::Concat(Concat) => {
                    let first = from(0).0.len();
                    if n < first { from(0).0[n] } else { from(1).0[n - first] }
                }
                Op::Upsample(Upsample { factor }) => {
                    at(c, (y / factor[0]) as i64, (x / factor[1]) as i64).unwrap()
                }
                Op::MaxPool(_) | Op::AveragePool(_) => {
                    let cell =
                        |k: usize| at(c, (2 * y + k / 2) as i64, (2 * x + k % 2) as i64).unwrap();
                    match &node.op {
                        Op::MaxPool(_) => (0..4).map(cell).fold(f32::MIN, f32::max),
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

pub const STEPS: usize = 256;

/// Float values of every node for a random image.
pub fn float(graph: &Graph) -> Vec<Vec<f32>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let image = (0..graph.input_shape().len()).map(|_| rng.random_range(0.0..1.0)).collect();
    evaluate(graph, image)
}

/// Relative error of the head after 256 steps.
fn error(graph: &Graph, settings: &Settings) -> f64 {
    let values = float(graph);
    let conversion = convert(graph, &[&values], settings).unwrap();
    let states = layered(
        &conversion.network,
        &currents(&conversion, &values[graph.input]).unwrap(),
        STEPS,
        |_| (),
    );
    let head = &conversion.network.heads[0];
    let shape = conversion.network.populations[head.population].shape;
    let (mut off, mut all) = (0.0, 0.0);
    for (n, &v) in states[head.population].potential().iter().enumerate() {
        let (position, c) = (n / shape.channels, n % shape.channels);
        let y = head.scale[c] * f64::from(v) / STEPS as f64;
        let expected = f64::from(values[graph.heads[0].node][c * shape.positions() + position]);
        off += (y - expected).powi(2);
        all += expected.powi(2);
    }
    (off / all).sqrt()
}

fn check(name: &str, limit: f64, build: impl Fn(&mut Build) -> usize) {
    for pool in [MaxPool::Gate, MaxPool::Telescoping] {
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
    for op in [Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), Op::Clip(Clip { low: 0.0, high: 0.8 })] {
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
        let sum = b.op(Op::Add(Add), &[c, l], shape);
        let r = b.same(Op::Relu(Relu), sum);
        b.conv(r, 3, 1)
    });
    check("linear bottleneck, batch norm", 0.05, |b| {
        let l = b.layer(0);
        let c = b.conv(l, 4, 1);
        let c =
            b.same(Op::Affine(Affine { scale: vec![0.5, 2.0, 1.0, -1.0], shift: vec![0.1; 4] }), c);
        let shape = b.nodes[l].shape;
        let sum = b.op(Op::Add(Add), &[c, l], shape);
        let p = b.pooled(sum);
        let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[sum], p);
        b.conv(pool, 3, 1)
    });
    check("concat, upsample, depthwise", 0.05, |b| {
        let l = b.layer(0);
        let m = b.layer(l);
        let p = b.pooled(l);
        let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[m], p);
        let up = b.op(Op::Upsample(Upsample { factor: [2, 2] }), &[pool], Shape::new(4, 8, 8));
        let cat = b.op(Op::Concat(Concat), &[l, up], Shape::new(8, 8, 8));
        let d = b.conv(cat, 8, 8);
        let d = b.same(Op::Relu(Relu), d);
        let d = b.conv(d, 8, 8);
        let d = b.same(Op::Relu(Relu), d);
        let p = b.pooled(cat);
        let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[cat], p);
        let e = b.op(Op::Upsample(Upsample { factor: [2, 2] }), &[pool], Shape::new(8, 8, 8));
        let sum = b.op(Op::Add(Add), &[d, e], Shape::new(8, 8, 8));
        b.conv(sum, 3, 1)
    });
    check("average, dense", 0.05, |b| {
        let l = b.layer(0);
        let p = b.pooled(l);
        let pool = b.op(Op::AveragePool(AveragePool { window: HALF, count_pad: false }), &[l], p);
        let flat = b.op(Op::Reshape(Reshape), &[pool], Shape::new(64, 1, 1));
        let weight = (0..192).map(|_| b.rng.random_range(-0.3..0.4)).collect();
        b.op(Op::Dense(Dense { weight, bias: vec![0.1; 3] }), &[flat], Shape::new(3, 1, 1))
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
    for op in [
        Op::Round(Round),
        Op::Floor(Floor),
        Op::Mul(Mul),
        Op::Div(Div),
        Op::Sub(Sub),
        Op::Pad(Pad { pad: [1; 4], value: 1.0 }),
    ] {
        let mut b = Build::new();
        let l = b.layer(0);
        let shape = b.nodes[l].shape;
        let middle = b.op(op.clone(), &[l, l], shape);
        let head = b.conv(middle, 3, 1);
        let graph = b.graph(head);
        let values: Vec<Vec<f32>> = graph.nodes.iter().map(|n| vec![1.0; n.shape.len()]).collect();
        let refused = convert(&graph, &[&values], &Settings::default());
        let Err(Error::Unsupported { operator, node, .. }) = refused else {
            panic!("{op:?} converts")
        };
        assert_eq!((operator, node.as_str()), (op.name(), "n3"));
    }
}

/// What follows the last layer with weights needs no spiking form: a host computes it in floats,
/// from what the heads say.
#[test]
fn a_host_computes_the_end() {
    let mut b = Build::new();
    let l = b.layer(0);
    let conv = b.conv(l, 4, 1);
    let shape = b.nodes[conv].shape;
    let other = b.conv(l, 4, 1);
    let floor = b.same(Op::Floor(Floor), conv);
    let product = b.op(Op::Mul(Mul), &[floor, other], shape);
    let head = b.op(Op::Reshape(Reshape), &[product], Shape::new(shape.len(), 1, 1));
    let graph = b.graph(head);
    let image: Vec<f32> = (0..graph.input_shape().len()).map(|n| (n % 7) as f32 / 7.0).collect();
    let values = exec::run(&graph, &image).unwrap();
    let conversion = convert(&graph, &[&values], &Settings::default()).unwrap();
    let host = &conversion.host;
    assert_eq!(
        (host.first, host.reads.len(), host.operations()),
        (floor, 2, 2 * shape.len() as u64)
    );
    let chip: Vec<&str> = conversion.network.heads.iter().map(|head| &head.name[..]).collect();
    assert_eq!(chip, [&graph.nodes[conv].name[..], &graph.nodes[other].name]);
    // From what the float network has there, it makes what the float network makes.
    let outputs = host.outputs(vec![values[conv].clone(), values[other].clone()]).unwrap();
    assert_eq!(outputs, [values[head].clone()]);
    assert!(host.outputs(vec![values[conv].clone(), vec![f32::NAN; shape.len()]]).is_err());
}

/// Beside spikes the image gets units of its own.
#[test]
fn the_image_beside_spikes_becomes_some() {
    let mut b = Build::new();
    let l = b.layer(0);
    let head = b.op(Op::Concat(Concat), &[0, l], Shape::new(6, 8, 8));
    let graph = b.graph(head);
    let values: Vec<Vec<f32>> = graph.nodes.iter().map(|n| vec![1.0; n.shape.len()]).collect();
    let conversion = convert(&graph, &[&values], &Settings::default()).unwrap();
    let fed: Vec<usize> = conversion.analogue.iter().map(|a| a.population).collect();
    let names = fed.iter().map(|&p| &conversion.network.populations[p].name[..]);
    assert_eq!(names.collect::<Vec<_>>(), ["n2", "image"]);
}

/// Four residual blocks, two of them depthwise, then a convolution.
fn residuals(b: &mut Build) -> usize {
    let mut sum = b.layer(0);
    let shape = b.nodes[sum].shape;
    for groups in [1, 4, 4, 1] {
        let conv = b.conv(sum, 4, groups);
        let relu = b.same(Op::Relu(Relu), conv);
        let conv = b.conv(relu, 4, 1);
        sum = b.op(Op::Add(Add), &[sum, conv], shape);
    }
    b.conv(sum, 3, 1)
}

/// Names of the populations that stand for additions.
fn additions(graph: &Graph, conversion: &Conversion) -> Vec<String> {
    let sums =
        conversion.nodes.iter().filter(|(node, _)| matches!(graph.nodes[*node].op, Op::Add(Add)));
    sums.map(|(node, _)| graph.nodes[*node].name.clone()).collect()
}

#[test]
fn sums_become_populations_where_forwarding_reads_too_much() {
    let mut b = Build::new();
    let head = residuals(&mut b);
    let graph = b.graph(head);
    let values = float(&graph);
    let with = |max_sources| Settings { max_sources, units_per_signed: 2, ..Settings::default() };
    let of =
        |max_sources| additions(&graph, &convert(&graph, &[&values], &with(max_sources)).unwrap());
    assert!(of(None).is_empty());
    // A 3x3 window over 4 channels of one ReLU population and of n linear ones: 36 + 72 n.
    assert!(of(Some(36 + 4 * 72)).is_empty());
    assert_eq!(of(Some(36 + 3 * 72)), ["n18"], "the head alone reads four branches");
    assert_eq!(
        of(Some(36 + 2 * 72)),
        ["n14"],
        "the last block settles its sum, and the head reads that"
    );
    assert_eq!(of(Some(143)), ["n14", "n18"]);
    assert_eq!(of(Some(0)), ["n6", "n10", "n14", "n18"], "each sum once, whatever remains above");
    for max_sources in [Some(252), Some(143), Some(0)] {
        let e = error(&graph, &with(max_sources));
        println!("{max_sources:?}: {e}");
        assert!(e < 0.05, "{max_sources:?}: {e}");
    }
}

#[test]
fn sources_are_counted_as_mapping_counts_them() {
    let mut b = Build::new();
    let l = b.layer(0);
    let shape = b.nodes[l].shape;
    let c = b.conv(l, 4, 1);
    let sum = b.op(Op::Add(Add), &[l, c], shape);
    let p = b.pooled(l);
    let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[l], p);
    let up = b.op(Op::Upsample(Upsample { factor: [2, 2] }), &[pool], shape);
    let cat = b.op(Op::Concat(Concat), &[sum, up], Shape::new(8, 8, 8));
    let wide = Window { kernel: [5, 5], stride: [2, 2], pad: [2, 1], dilation: [1, 1] };
    let (weight, bias) = (vec![0.1; 8 * 25], vec![0.0; 8]);
    let conv =
        Op::Conv(Conv { window: wide, groups: 2, weight: [weight.clone(), weight].concat(), bias });
    let conv = b.op(conv, &[cat], Shape::new(4, 4, 4));
    let head = b.same(Op::Relu(Relu), conv);
    let head = b.conv(head, 3, 1);
    let graph = b.graph(head);
    let values = float(&graph);
    let fits = |limit: u64| {
        let forwarded = convert(&graph, &[&values], &Settings::default()).unwrap();
        let limits = Limits { axons_in_per_core: Some(limit), ..Limits::default() };
        let mapped = map(&forwarded.network, &crate::mapping::profile(limits), false);
        let settings =
            Settings { max_sources: Some(limit), units_per_signed: 2, ..Settings::default() };
        let limited = convert(&graph, &[&values], &settings).unwrap();
        let refused = matches!(mapped, Err(Refusal::Refused { .. }));
        assert_eq!(refused, !additions(&graph, &limited).is_empty(), "{limit}");
        !refused
    };
    let least = (100..500).find(|&limit| fits(limit)).unwrap();
    // 5x5 of 4 channels, once plain and once signed.
    assert_eq!(least, 100 + 200);
}

#[test]
fn no_synapse_of_weight_zero_joins_a_concatenation() {
    let mut b = Build::new();
    let (left, right) = (b.layer(0), b.layer(0));
    let cat = b.op(Op::Concat(Concat), &[left, right], Shape::new(8, 8, 8));
    let d = b.conv(cat, 8, 8);
    let d = b.same(Op::Relu(Relu), d);
    let head = b.conv(d, 3, 1);
    let graph = b.graph(head);
    let conversion = convert(&graph, &[&float(&graph)], &Settings::default()).unwrap();
    let names: Vec<_> = conversion.network.populations.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names[2..], ["n7[0..4]", "n7[4..8]", "head"]);
    assert_eq!(conversion.nodes[3], (7, 4));
    let weights = conversion.network.projections.iter().map(|p| match &p.connection {
        Connection::Conv(conv) => conv.weights.len(),
        _ => 0,
    });
    assert_eq!(weights.collect::<Vec<_>>(), [36, 36, 108, 108]);
}

/// Layers beside the float network after 256 steps; `spoil` changes the sums first.
fn matches(graph: &Graph, settings: &Settings, spoil: impl Fn(&mut Vec<i32>)) -> Vec<LayerMatch> {
    let values = float(graph);
    let conversion = convert(graph, &[&values], settings).unwrap();
    let populations = &conversion.network.populations;
    let mut sums: Vec<Vec<i32>> = populations.iter().map(|p| vec![0; p.shape.neurons()]).collect();
    let mut spikes = vec![0; populations.len()];
    let states = layered(
        &conversion.network,
        &currents(&conversion, &values[graph.input]).unwrap(),
        STEPS,
        |observed| {
            let (p, list) = (observed.population, observed.spikes);
            let channels = populations[p].shape.channels;
            spikes[p] += list.spikes(0, list.positions());
            for position in 0..list.positions() {
                for spike in list.at(position) {
                    sums[p][position * channels + spike.channel()] += spike.count();
                }
            }
        },
    );
    for (p, population) in populations.iter().enumerate() {
        if matches!(population.model, Model::Readout(_)) {
            sums[p].clone_from(&states[p].potential());
        }
    }
    sums.iter_mut().for_each(spoil);
    compare(&conversion, &values, &sums, &spikes, STEPS, STEPS)
}

/// Pools, channel ranges, additions, linear and analogue populations, bursts.
pub fn mixed() -> Graph {
    let mut b = Build::new();
    let l = b.layer(0);
    let shape = b.nodes[l].shape;
    let c = b.conv(l, 4, 1);
    let sum = b.op(Op::Add(Add), &[l, c], shape);
    let cat = b.op(Op::Concat(Concat), &[l, sum], Shape::new(8, 8, 8));
    let d = b.conv(cat, 8, 8);
    let d = b.same(Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), d);
    let p = b.pooled(d);
    let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[d], p);
    let head = b.conv(pool, 3, 1);
    b.graph(head)
}

#[test]
fn layers_match_the_float_layers() {
    let settings =
        Settings { max_sources: Some(10), pool: MaxPool::Telescoping, ..Settings::default() };
    for burst in [(1, 1), (4, 2)] {
        let layers = matches(&mixed(), &Settings { burst, ..settings.clone() }, |_| ());
        for layer in &layers {
            println!("{layer:?}");
            assert!(layer.correlation.unwrap() > 0.99, "{layer:?}");
            assert!(layer.relative_error.unwrap() < 0.06, "{layer:?}");
            let readout = layer.name == "head";
            assert_eq!(layer.spikes_per_neuron_step == 0.0, readout);
        }
        assert_eq!(layers[0].shift, None, "analogue");
        assert!(layers[0].threshold.is_some());
        assert!(layers.iter().any(|l| l.name == "n4"), "the addition");
        let pool = layers.iter().find(|l| l.name == "n8[4..8]").unwrap();
        assert_eq!((pool.shift, pool.threshold), (None, None));
        let head = layers.last().unwrap();
        assert!(head.shift.is_some() && head.threshold.is_none());
    }
}

#[test]
fn wrong_sums_show_in_every_layer() {
    for layer in matches(&mixed(), &Settings::default(), |sums| sums.fill(0)) {
        assert_eq!((layer.correlation, layer.relative_error), (None, Some(1.0)));
    }
    for layer in matches(&mixed(), &Settings::default(), |sums| sums.rotate_right(7)) {
        assert!(
            layer.correlation.unwrap() < 0.9 && layer.relative_error.unwrap() > 0.2,
            "{layer:?}"
        );
    }
}

#[test]
fn a_match_computed_by_hand() {
    let mut b = Build::new();
    let l = b.layer(0);
    let graph = b.graph(l);
    let mut conversion = convert(&graph, &[&float(&graph)], &Settings::default()).unwrap();
    conversion.network.populations.truncate(1);
    conversion.network.populations[0].shape =
        spikemesh::snn::Shape { height: 1, width: 2, channels: 2 };
    conversion.network.projections.clear();
    conversion.network.heads.clear();
    conversion.nodes = vec![(0, 1)];
    conversion.lambda = vec![vec![2.0, 10.0]];
    // Channels 1 and 2 of three; the rates are 1, 5 (left) and 2, 0 (right).
    let values = vec![vec![9.0, 9.0, 1.0, 2.0, 4.0, 1.0]];
    let layers = compare(&conversion, &values, &[vec![2, 2, 4, 0]], &[10], 4, 4);
    // Means 2 and 2; deviations -1, 3, 0, -2 and -1, 2, 0, -1.
    let correlation = 9.0 / (14f64 * 6.0).sqrt();
    assert!((layers[0].correlation.unwrap() - correlation).abs() < 1e-12);
    // Differences 0, 1, 0, -1 against 1, 4, 2, 1.
    assert!((layers[0].relative_error.unwrap() - (2f64 / 22.0).sqrt()).abs() < 1e-12);
    assert_eq!(layers[0].spikes_per_neuron_step, 10.0 / 16.0);
    let silent = compare(&conversion, &[vec![0.0; 6]], &[vec![2, 2, 4, 0]], &[10], 4, 4);
    assert_eq!((silent[0].correlation, silent[0].relative_error), (None, None));
}

/// Sets the weights of some output channels of a convolution to zero, and some biases.
fn silence(b: &mut Build, conv: usize, channels: &[(usize, Option<f32>)]) {
    let Op::Conv(Conv { weight, bias, .. }) = &mut b.nodes[conv].op else {
        panic!("no convolution")
    };
    let row = weight.len() / bias.len();
    for &(c, own) in channels {
        weight[c * row..(c + 1) * row].fill(0.0);
        if let Some(own) = own {
            bias[c] = own;
        }
    }
}

#[test]
fn channels_without_weights_are_constants() {
    let build = |alpha: f32| {
        let mut b = Build::new();
        let l = b.layer(0);
        let c = b.conv(l, 4, 1);
        silence(&mut b, c, &[(0, Some(0.0)), (1, Some(0.25)), (2, Some(1e-5))]);
        let c = b.same(
            if alpha == 0.0 { Op::Relu(Relu) } else { Op::LeakyRelu(LeakyRelu { alpha }) },
            c,
        );
        let head = b.conv(c, 3, 1);
        silence(&mut b, head, &[(0, Some(0.0)), (1, Some(2.0))]);
        b.graph(head)
    };
    for alpha in [0.0, 0.1] {
        for membrane_bits in [20, 24, 32] {
            let e = error(&build(alpha), &Settings { membrane_bits, ..Settings::default() });
            println!("{alpha} {membrane_bits}: {e}");
            assert!(e < 0.06, "{alpha} {membrane_bits}: {e}");
        }
    }
}

#[test]
fn negative_spikes_of_mode_b_are_worth_alpha() {
    let mut b = Build::new();
    let c = b.conv(0, 4, 1);
    let l = b.same(Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), c);
    let c = b.conv(l, 4, 1);
    let c = b.same(Op::Affine(Affine { scale: vec![1.0; 4], shift: vec![-1.5; 4] }), c);
    let l = b.same(Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), c);
    let head = b.conv(l, 3, 1);
    let graph = b.graph(head);
    assert!(float(&graph)[5].iter().filter(|v| **v < 0.0).count() > 50, "little is negative");
    let settings =
        Settings { negative: Negative::Symmetric, burst: (16, 1), ..Settings::default() };
    for layer in matches(&graph, &settings, |_| ()) {
        assert!(layer.relative_error.unwrap() < 0.1, "{layer:?}");
    }
}

#[test]
fn linear_units_fall_silent_whatever_v0() {
    let mut b = Build::new();
    let l = b.layer(0);
    let c = b.conv(l, 4, 1);
    let sum = b.op(Op::Add(Add), &[l, c], b.nodes[l].shape);
    let r = b.same(Op::Relu(Relu), sum);
    let d = b.conv(sum, 4, 1);
    let head = b.op(Op::Add(Add), &[r, d], b.nodes[d].shape);
    let graph = b.graph(head);
    let rate = |initial| {
        let settings =
            Settings { initial, residual: Residual::AddPopulation, ..Settings::default() };
        let layers = matches(&graph, &settings, |_| ());
        layers.into_iter().find(|l| l.name == "n4").unwrap().spikes_per_neuron_step
    };
    let (usual, late) = (rate(0.5), rate(1.0));
    assert!(usual > 0.0 && late < 1.2 * usual, "{usual} {late}");
}
