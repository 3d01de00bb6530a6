//! Small random ONNX networks: the importer's floats against another runtime, the conversion
//! against the floats.

use crate::onnx::small::{Net, float, floats, int, ints, text};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::op::Relu;
use spikemesh::ann::{Graph, Op, exec};
use spikemesh::convert::{self, Conversion, Recipe, Settings, convert, currents, outputs};
use spikemesh::engine::functional::layered;
use spikemesh::import::onnx::{self, proto::AttributeProto};
use spikemesh::pipeline::{self, Chosen, Sample};
use std::collections::BTreeMap;
use std::path::Path;

const NETWORKS: u64 = 1000;
const STEPS: usize = 512;

/// A random network in the making; `x` is the last tensor, of shape `dims`.
pub struct Maker {
    net: Option<Net>,
    /// The same in opset 13, which the other runtime reads.
    twin: Option<Net>,
    rng: Xoshiro256PlusPlus,
    opset: i64,
    x: String,
    dims: Vec<usize>,
    count: usize,
    /// The last number of the last constant.
    last: f32,
    /// Earlier tensors.
    passed: Vec<(String, Vec<usize>)>,
    /// What was drawn, for messages.
    pub story: Vec<String>,
}

impl Maker {
    pub fn new(seed: u64) -> (Maker, Vec<f32>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let opset = [6, 7, 9, 10, 11, 13][rng.random_range(0..6)];
        let dims = vec![1, rng.random_range(1..4), rng.random_range(3..8), rng.random_range(3..8)];
        let input =
            (0..dims.iter().product::<usize>()).map(|_| rng.random_range(0.0..1.0)).collect();
        let mut net = Net::new(&dims);
        net.opset = opset;
        let story = vec![format!("opset {opset}, {dims:?}")];
        let (x, net, twin) = ("x".into(), Some(net), Some(Net::new(&dims)));
        (
            Maker { net, twin, rng, opset, x, dims, count: 0, last: 0.0, passed: vec![], story },
            input,
        )
    }

    fn change(&mut self, f: impl Fn(Net) -> Net) {
        self.net = self.net.take().map(&f);
        self.twin = self.twin.take().map(f);
    }

    /// A constant of numbers in a range; its name.
    fn constant(&mut self, dims: &[usize], range: std::ops::Range<f32>) -> String {
        let n = dims.iter().product::<usize>();
        let numbers = (0..n).map(|_| self.rng.random_range(range.clone())).collect();
        self.numbers(dims, numbers)
    }

    fn numbers(&mut self, dims: &[usize], numbers: Vec<f32>) -> String {
        self.count += 1;
        self.last = numbers.last().copied().unwrap_or_default();
        let name = format!("k{}", self.count);
        let dims: Vec<i64> = dims.iter().map(|&d| d as i64).collect();
        self.change(|net| net.given(&name, &dims, &numbers));
        name
    }

    fn longs(&mut self, numbers: &[i64]) -> String {
        self.count += 1;
        let name = format!("k{}", self.count);
        self.change(|net| net.longs(&name, numbers));
        name
    }

    /// A node whose output becomes the last tensor.
    fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
        dims: Vec<usize>,
    ) {
        self.twins([op, op], [inputs, inputs], [attributes.clone(), attributes], dims);
    }

    /// The same where the twin says it in another way.
    fn twins(
        &mut self,
        ops: [&str; 2],
        inputs: [&[&str]; 2],
        [attributes, modern]: [Vec<AttributeProto>; 2],
        dims: Vec<usize>,
    ) {
        self.count += 1;
        let output = format!("t{}", self.count);
        self.net = self.net.take().map(|net| net.node(ops[0], inputs[0], &output, attributes));
        self.twin = self.twin.take().map(|net| net.node(ops[1], inputs[1], &output, modern));
        self.story.push(format!("{} {:?} -> {output} {dims:?}", ops[0], inputs[0]));
        let earlier = std::mem::replace(&mut self.x, output);
        self.passed.push((earlier, std::mem::replace(&mut self.dims, dims)));
    }

    fn chance(&mut self, of: f64) -> bool {
        self.rng.random_bool(of)
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.rng.random_range(0..list.len())].clone()
    }

    fn conv(&mut self, keep: bool) {
        let &[_, c, h, w] = &self.dims[..] else { return };
        let k = if keep {
            [3, 3]
        } else {
            [self.rng.random_range(1..=h.min(3)), self.rng.random_range(1..=w.min(3))]
        };
        let pads =
            if keep { [1; 4] } else { [0; 4].map(|_: usize| self.rng.random_range(0..2usize)) };
        let strides: [usize; 2] =
            if keep { [1; 2] } else { self.pick(&[[1, 1], [1, 1], [2, 1], [2, 2]]) };
        let groups = if c % 2 == 0 && self.chance(0.2) { 2 } else { 1 };
        let out = if keep { c } else { groups * self.rng.random_range(1..=3) };
        let out = if out % groups == 0 { out } else { out * groups };
        let reach = 1.5 / ((c / groups * k[0] * k[1]) as f32).sqrt();
        let weight = self.constant(&[out, c / groups, k[0], k[1]], -0.6 * reach..reach);
        let bias = self.constant(&[out], 0.0..0.3);
        let size =
            |n: usize, axis: usize| (n + pads[axis] + pads[axis + 2] - k[axis]) / strides[axis] + 1;
        let dims = vec![1, out, size(h, 0), size(w, 1)];
        let list = |v: &[usize]| v.iter().map(|&n| n as i64).collect::<Vec<_>>();
        let mut attributes = vec![ints("pads", &list(&pads)), ints("strides", &list(&strides))];
        if groups > 1 {
            attributes.push(int("group", groups as i64));
        }
        let x = self.x.clone();
        self.node("Conv", &[&x, &weight, &bias], attributes, dims);
    }

    fn dense(&mut self, out: usize) {
        let &[_, n] = &self.dims[..] else { return };
        let reach = 1.5 / (n as f32).sqrt();
        let x = self.x.clone();
        if self.chance(0.3) {
            let weight = self.constant(&[n, out], -0.6 * reach..reach);
            return self.node("MatMul", &[&x, &weight], vec![], vec![1, out]);
        }
        let turned = self.chance(0.5);
        let weight = self.constant(&if turned { [out, n] } else { [n, out] }, -0.6 * reach..reach);
        let mut modern = vec![int("transB", i64::from(turned))];
        if self.chance(0.2) {
            modern.extend([float("alpha", 0.7), float("beta", 1.3)]);
        }
        let mut attributes = modern.clone();
        if self.opset < 7 {
            attributes.push(int("broadcast", 1));
        }
        let bias = self.constant(&[out], 0.0..0.3);
        let inputs: &[&str] = &[&x, &weight, &bias];
        self.twins(["Gemm"; 2], [inputs; 2], [attributes, modern], vec![1, out]);
    }

    fn activation(&mut self) {
        let (x, dims) = (self.x.clone(), self.dims.clone());
        match self.rng.random_range(0..4) {
            0 => self.node("LeakyRelu", &[&x], vec![float("alpha", 0.1)], dims),
            1 => {
                let (low, high) = (self.numbers(&[], vec![0.0]), self.constant(&[], 2.0..3.0));
                let attributes = vec![float("min", 0.0), float("max", self.last)];
                let inputs: &[&str] = &[&x, &low, &high];
                match self.opset {
                    ..11 => {
                        self.twins(["Clip"; 2], [&inputs[..1], inputs], [attributes, vec![]], dims)
                    }
                    _ => self.node("Clip", inputs, vec![], dims),
                }
            }
            _ => self.node("Relu", &[&x], vec![], dims),
        }
    }

    fn batch_norm(&mut self) {
        let (x, dims, n) = (self.x.clone(), self.dims.clone(), self.dims[1]);
        let ranges = [0.5..1.5, -0.1..0.2, -0.2..0.2, 0.3..2.0];
        let k = ranges.map(|range| self.constant(&[n], range));
        self.node(
            "BatchNormalization",
            &[&x, &k[0], &k[1], &k[2], &k[3]],
            vec![float("epsilon", 1e-3)],
            dims,
        );
    }

    fn arithmetic(&mut self) {
        let (x, dims) = (self.x.clone(), self.dims.clone());
        let op = self.pick(&["Add", "Sub", "Mul", "Div"]);
        let range = if matches!(op, "Add" | "Sub") { -0.3..0.3 } else { 0.5..1.6 };
        if self.opset < 7 {
            // Along the dimensions from `axis` on; today's form has ones behind.
            let axis = self.rng.random_range(0..dims.len());
            let end = self.rng.random_range(axis..dims.len()) + 1;
            let form = &dims[axis..end];
            let n = form.iter().product::<usize>();
            let numbers: Vec<f32> = (0..n).map(|_| self.rng.random_range(range.clone())).collect();
            let k = self.numbers(form, numbers.clone());
            let modern = self.numbers(&[form, &vec![1; dims.len() - end][..]].concat(), numbers);
            let mut attributes = vec![int("broadcast", 1)];
            if end < dims.len() || self.chance(0.5) {
                attributes.push(int("axis", axis as i64));
            }
            return self.twins([op; 2], [&[&x, &k], &[&x, &modern]], [attributes, vec![]], dims);
        }
        let mut channel = vec![1; dims.len() - 1];
        channel[0] = dims[1];
        let form = self.pick(&[vec![], dims.clone(), dims[1..].to_vec(), channel.clone(), channel]);
        let k = self.constant(&form, range);
        if op != "Div" && self.chance(0.3) {
            return self.node(op, &[&k, &x], vec![], dims);
        }
        self.node(op, &[&x, &k], vec![], dims);
    }

    fn pool(&mut self) {
        let &[_, c, h, w] = &self.dims[..] else { return };
        let x = self.x.clone();
        if self.chance(0.15) {
            return self.node("GlobalAveragePool", &[&x], vec![], vec![1, c, 1, 1]);
        }
        let op = self.pick(&["MaxPool", "AveragePool"]);
        let k = [self.rng.random_range(1..=h.min(3)), self.rng.random_range(1..=w.min(3))];
        let s = [self.rng.random_range(1..=2), self.rng.random_range(1..=2)];
        let list = |v: [usize; 2]| v.map(|n| n as i64);
        let mut attributes = vec![ints("kernel_shape", &list(k)), ints("strides", &list(s))];
        let mut out = [(h - k[0]) / s[0] + 1, (w - k[1]) / s[1] + 1];
        if k[0] > 1 && k[1] > 1 && self.chance(0.3) {
            attributes.push(ints("pads", &[1, 1, 1, 1]));
            out = [(h + 2 - k[0]) / s[0] + 1, (w + 2 - k[1]) / s[1] + 1];
            if op == "AveragePool" && self.opset >= 7 && self.chance(0.7) {
                attributes.push(int("count_include_pad", 1));
            }
        }
        self.node(op, &[&x], attributes, vec![1, c, out[0], out[1]]);
    }

    fn upsample(&mut self) {
        let &[_, c, h, w] = &self.dims[..] else { return };
        if h * w > 30 {
            return;
        }
        let x = self.x.clone();
        let factor = self.pick(&[[1, 2], [2, 1], [2, 2]]);
        let scales = [1.0, 1.0, factor[0] as f32, factor[1] as f32];
        let dims = vec![1, c, h * factor[0], w * factor[1]];
        let k = self.numbers(&[4], scales.to_vec());
        let rule = vec![
            text("coordinate_transformation_mode", "asymmetric"),
            text("nearest_mode", "floor"),
        ];
        let (x, k): (&str, &str) = (&x, &k);
        let modern: &[&str] = &[x, "", k];
        let sides = vec![float("height_scale", scales[2]), float("width_scale", scales[3])];
        let ops = |old| [old, "Resize"];
        match self.opset {
            ..7 => self.twins(ops("Upsample"), [&[x], modern], [sides, rule], dims),
            7 | 8 => self.twins(
                ops("Upsample"),
                [&[x], modern],
                [vec![floats("scales", &scales)], rule],
                dims,
            ),
            9 => self.twins(ops("Upsample"), [&[x, k], modern], [vec![], rule], dims),
            10 => self.twins(ops("Resize"), [&[x, k], modern], [vec![], rule], dims),
            _ => self.node("Resize", modern, rule, dims),
        }
    }

    /// Adds a branch, or joins one.
    fn branch(&mut self) {
        let (x, dims) = (self.x.clone(), self.dims.clone());
        let axis = || vec![int("axis", 1)];
        match dims.len() {
            4 if self.chance(0.5) => {
                self.conv(true);
                if self.chance(0.6) {
                    self.activation();
                }
                let y = self.x.clone();
                self.node("Add", &[&x, &y], vec![], dims);
            }
            4 => {
                self.conv(true);
                let (y, c) = (self.x.clone(), dims[1] + self.dims[1]);
                self.node("Concat", &[&y, &x], axis(), vec![1, c, dims[2], dims[3]]);
            }
            2 if self.chance(0.5) => {
                self.dense(dims[1]);
                let y = self.x.clone();
                self.node("Add", &[&y, &x], vec![], dims);
            }
            2 => {
                let out = self.rng.random_range(1..6);
                self.dense(out);
                let y = self.x.clone();
                self.node("Concat", &[&x, &y], axis(), vec![1, dims[1] + out]);
            }
            _ => {
                let mut joined = dims.clone();
                joined[1] *= 2;
                self.node("Concat", &[&x, &x], axis(), joined);
            }
        }
    }

    /// An earlier tensor of the same shape is added; most often there is none.
    fn shortcut(&mut self) {
        let (x, dims) = (self.x.clone(), self.dims.clone());
        let alike: Vec<String> =
            self.passed.iter().filter(|(_, d)| *d == dims).map(|(name, _)| name.clone()).collect();
        // The image itself mixes with nothing.
        if let Some(other) = alike.iter().rfind(|name| *name != "x") {
            self.node("Add", &[&x, other], vec![], dims);
        }
    }

    fn reshape(&mut self) {
        let (x, n) = (self.x.clone(), self.dims.iter().product::<usize>());
        if self.chance(0.4) {
            return self.node("Flatten", &[&x], vec![], vec![1, n]);
        }
        let divisors: Vec<usize> = (1..=n).filter(|d| n.is_multiple_of(*d)).collect();
        let c = self.pick(&divisors);
        let rest: Vec<usize> =
            divisors.iter().copied().filter(|d| (n / c).is_multiple_of(*d)).collect();
        let h = self.pick(&rest);
        let dims = self.pick(&[
            vec![1, n],
            vec![1, c, n / c],
            vec![1, c, h, n / c / h],
            vec![1, c, h, n / c / h],
        ]);
        let wish: Vec<i64> = dims.iter().map(|&d| d as i64).collect();
        let shape = self.longs(&wish);
        self.node("Reshape", &[&x, &shape], vec![], dims);
    }

    /// The network, its twin, and how it was made.
    pub fn network(mut self) -> ([Net; 2], String) {
        self.conv(false);
        self.activation();
        for _ in 0..self.rng.random_range(2..6) {
            match self.rng.random_range(0..11) {
                0 | 1 if self.dims.len() == 4 => self.conv(false),
                0 | 1 if self.dims.len() == 2 => {
                    let out = self.rng.random_range(2..9);
                    self.dense(out);
                }
                2 => self.batch_norm(),
                3 => self.arithmetic(),
                4 => self.pool(),
                5 => self.upsample(),
                6 => self.branch(),
                7 => self.shortcut(),
                8 | 9 => self.reshape(),
                _ => self.activation(),
            }
        }
        let last = self.x.clone();
        self.change(|mut net| {
            net.graph.output[0].name = last.clone();
            net
        });
        ([self.net, self.twin].map(Option::unwrap), self.story.join("\n"))
    }
}

/// Whether every channel of every activation says something, as it is written and element by
/// element where it is a vector.
fn active(graph: &Graph, values: &[Vec<f32>]) -> bool {
    graph.nodes.iter().zip(values).all(|(node, values)| {
        let area = node.shape.height * node.shape.width;
        let peak = |v: &[f32]| v.iter().fold(0f32, |m, x| m.max(x.abs()));
        let least = 0.02 * peak(values);
        let acts = matches!(node.op, Op::Relu(Relu) | Op::LeakyRelu(_) | Op::Clip(_));
        peak(values) > 1e-3 && (!acts || values.chunks(area).all(|channel| peak(channel) > least))
    })
}

/// Sum of absolute differences of the head over the sum of its absolute values; or why it is
/// refused.
pub fn head_error(graph: &Graph, input: &[f32], recipe: &str) -> Result<f64, convert::Error> {
    let values = exec::run(graph, input).unwrap();
    let settings = Recipe::parse(recipe)?.settings(graph)?;
    let conversion = convert(graph, &[&values], &settings)?;
    diagnosed(graph, input, &conversion, &settings);
    Ok(error_of(&conversion, graph, input, STEPS))
}

/// The same of a conversion, after `steps` steps.
pub fn error_of(conversion: &Conversion, graph: &Graph, input: &[f32], steps: usize) -> f64 {
    let values = exec::run(graph, input).unwrap();
    let currents = currents(conversion, input).unwrap();
    let states = layered(&conversion.network, &currents, steps, |_| ());
    let sums: Vec<Vec<i32>> = states.iter().map(|state| state.potential()).collect();
    let chip = outputs(conversion, &sums, steps);
    let head = &conversion.host.outputs(chip).unwrap()[0];
    let float = &values[graph.heads[0].node];
    assert_eq!(head.len(), float.len());
    let sum =
        |f: &dyn Fn(usize) -> f32| (0..float.len()).map(|n| f64::from(f(n).abs())).sum::<f64>();
    sum(&|n| head[n] - float[n]) / sum(&|n| float[n])
}

/// What converts is diagnosed, too.
pub fn diagnosed(graph: &Graph, input: &[f32], conversion: &Conversion, settings: &Settings) {
    let sample = [Sample::new(graph, "input".into(), String::new(), input).unwrap()];
    let chosen = Chosen { conversion: conversion.clone(), settings: settings.clone(), gap: None };
    let diagnosis = pipeline::diagnose(graph, &chosen, &sample, &[&sample[0]], 2, || ()).unwrap();
    assert!(!diagnosis.layers.is_empty());
}

#[test]
fn random_networks_are_right_or_refused() {
    let (mut made, mut refused, mut worst) = (0, BTreeMap::<String, u32>::new(), 0.0f64);
    let mut wrong = vec![];
    let mut seed: u64 = 0;
    while made < NETWORKS {
        seed += 1;
        let (maker, input) = Maker::new(seed);
        let ([net, twin], story) = maker.network();
        let graph = match onnx::parse(Path::new("small.onnx"), &net.bytes()) {
            Ok(graph) => graph,
            Err(error) => panic!("network {seed}: {error}\n{}", story),
        };
        let values = exec::run(&graph, &input).unwrap();
        if !active(&graph, &values) {
            continue;
        }
        made += 1;
        if let Err(why) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            net.agrees_with(&twin, &input)
        })) {
            let why = why.downcast::<String>().map_or_else(|_| "panic".into(), |text| *text);
            wrong.push(format!("network {seed}: floats of both runtimes: {why}\n{}\n", story));
            continue;
        }
        let recipe = if seed.is_multiple_of(3) {
            "best,lambda=max,residual=forward"
        } else {
            "best,lambda=max"
        };
        match head_error(&graph, &input, recipe) {
            Ok(error) if error < 0.05 => worst = worst.max(error),
            Ok(error) => wrong.push(format!("network {seed}: head error {error}\n{}\n", story)),
            Err(error @ (convert::Error::Unsupported { .. } | convert::Error::Membrane { .. })) => {
                let text = error.to_string();
                let why = text.split_once(": ").map_or(&text[..], |(_, why)| why);
                *refused.entry(why.into()).or_default() += 1;
            }
            Err(error) => panic!("network {seed}: {error}"),
        }
    }
    let total: u32 = refused.values().sum();
    println!(
        "{made} networks, {total} refused, largest head error of the others {worst:.4}: \
         {refused:#?}"
    );
    assert!(wrong.is_empty(), "{} networks are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(u64::from(total) < made / 4, "{total} of {made} refused: {refused:#?}");
}
