//! Tiny YOLO v2 for VOC with random weights: the full shape, firing as little or as much as is
//! asked for.

use super::count::TINY_YOLO_V2_VOC;
use super::exec::{self, Error};
use super::op::{Conv, Input, MaxPool, Relu};
use super::{Graph, Head, Node, Op, Shape, Window};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Side and stride of the pool behind a convolution, if there is one.
const POOLS: [Option<usize>; 9] =
    [Some(2), Some(2), Some(2), Some(2), Some(2), Some(1), None, None, None];

/// The network and an input of uniform noise. Weights are uniform and scaled so that the sums of
/// every channel have a mean of `-shift` and a variance of one on this input, as batch norm would:
/// a larger shift leaves fewer units active. Units are ReLU, since a shifted leaky one is never
/// silent.
///
/// # Errors
/// Those of the float executor.
pub fn tiny_yolo_v2_voc(seed: u64, shift: f32) -> Result<(Graph, Vec<f32>), Error> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    // The top 24 bits make every float between -1 and 1 equally often.
    let mut uniform = move || (random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0;
    let [side, channels, ..] = TINY_YOLO_V2_VOC[0].map(|n| n as usize);
    let input: Vec<f32> = (0..channels * side * side).map(|_| uniform().abs()).collect();
    let mut graph = Graph {
        name: "tiny-yolo-v2-voc-random".into(),
        nodes: vec![node("input", Op::Input(Input), vec![], Shape::new(channels, side, side))],
        input: 0,
        heads: vec![],
    };
    let mut values = input.clone();
    let last = TINY_YOLO_V2_VOC.len() - 1;
    for (index, (&layer, pool)) in TINY_YOLO_V2_VOC.iter().zip(POOLS).enumerate() {
        let [side, from, to, kernel] = layer.map(|n| n as usize);
        let shape = Shape::new(to, side, side);
        let window =
            Window { kernel: [kernel; 2], stride: [1; 2], pad: [kernel / 2; 2], dilation: [1; 2] };
        let mut weight: Vec<f32> = (0..to * from * kernel * kernel).map(|_| uniform()).collect();
        let conv = |weight: &[f32], bias: &[f32]| {
            Op::Conv(Conv { window, groups: 1, weight: weight.to_vec(), bias: bias.to_vec() })
        };
        let input_shape = Shape::new(from, side, side);
        let sums = after(&values, input_shape, conv(&weight, &vec![0.0; to]), shape)?;
        let shift = if index == last { 0.0 } else { shift };
        let mut bias = vec![];
        for (channel, kernels) in
            sums.chunks(side * side).zip(weight.chunks_mut(from * kernel * kernel))
        {
            let (mean, deviation) = spread(channel);
            kernels.iter_mut().for_each(|w| *w /= deviation);
            bias.push(-mean / deviation - shift);
        }
        let mut tail = graph.nodes.len() - 1;
        let mut add = |name: String, op, shape| {
            graph.nodes.push(node(&name, op, vec![tail], shape));
            tail = graph.nodes.len() - 1;
        };
        add(format!("conv{}", index + 1), conv(&weight, &bias), shape);
        if index == last {
            break;
        }
        add(format!("act{}", index + 1), Op::Relu(Relu), shape);
        values = after(&values, input_shape, conv(&weight, &bias), shape)?;
        values.iter_mut().for_each(|value| *value = value.max(0.0));
        if let Some(stride) = pool {
            let pooled = Shape::new(to, side / stride, side / stride);
            let window =
                Window { kernel: [2; 2], stride: [stride; 2], pad: [0; 2], dilation: [1; 2] };
            add(format!("pool{}", index + 1), Op::MaxPool(MaxPool { window }), pooled);
            values = after(&values, shape, Op::MaxPool(MaxPool { window }), pooled)?;
        }
    }
    graph.heads = vec![Head { name: "head".into(), node: graph.nodes.len() - 1 }];
    Ok((graph, input))
}

fn node(name: &str, op: Op, inputs: Vec<usize>, shape: Shape) -> Node {
    Node { name: name.into(), op, inputs, shape }
}

/// What one operation makes of `values`.
fn after(values: &[f32], shape: Shape, op: Op, out: Shape) -> Result<Vec<f32>, Error> {
    let nodes = vec![node("in", Op::Input(Input), vec![], shape), node("out", op, vec![0], out)];
    let heads = vec![Head { name: "out".into(), node: 1 }];
    let graph = Graph { name: String::new(), nodes, input: 0, heads };
    // Two nodes, two tensors.
    Ok(exec::run(&graph, values)?.swap_remove(1))
}

/// Mean and standard deviation; 1 for that where all are equal.
fn spread(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
    let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, if variance > 0.0 { variance.sqrt() as f32 } else { 1.0 })
}
