//! Fan-ins beyond the chip's, split over partial sums.
//!
//! A neuron that reads more sources than its chip allows becomes several that read some channels
//! each, and one that adds what they send. In floats nothing changes; the partial sums, though, are
//! units of their own, which round and fire, so that spikes, results and bill do.

use crate::ann::op::{Activation, Add, Affine, Clip, Conv, Dense, Reshape, Slice};
use crate::ann::{Form, Graph, Head, Node, NodeId, Op, Shape, Window};

/// What a neuron may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Synapses into one neuron.
    pub most: u64,
    /// Synapses for one source with negative spikes.
    pub per_signed: u64,
    /// Whether all units send negative spikes, those of a ReLU included.
    pub all_signed: bool,
}

/// A layer that was split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Name of the layer.
    pub layer: String,
    /// Synapses into one of its neurons before, as the chip counts them.
    pub fan_in: u64,
    /// Partial sums of a neuron.
    pub parts: usize,
    /// Units of all partial sums together.
    pub units: usize,
}

/// The same network in floats, with convolutions (of one group) and dense layers on spiking
/// features split by input channels until every neuron's synapses are within `reach`; and which
/// were. What cannot be split so is left as it is, for the chip to refuse.
pub fn split(graph: &Graph, reach: &Reach) -> (Graph, Vec<Split>) {
    let mut out =
        Splitter { graph, reach, nodes: vec![], place: vec![], signed: vec![], done: vec![] };
    let mut analogue: Vec<bool> = vec![];
    for (id, node) in graph.nodes.iter().enumerate() {
        let all = |of: &[bool]| node.inputs.iter().all(|&input| of[input]);
        let form = node.op.form();
        let signed = match form {
            Form::Units(Activation::Relu | Activation::Clip(_) | Activation::Saturated(_)) => {
                reach.all_signed
            }
            form if form.passes_signs() => node.inputs.iter().any(|&input| out.signed[input]),
            _ => true,
        };
        let spiking = !node.inputs.is_empty() && !all(&analogue);
        analogue.push(form.is_linear() && all(&analogue));
        out.signed.push(signed);
        let wide = if spiking { out.wide(id) } else { None };
        match wide {
            Some(wide) => out.add_up(id, &wide),
            None => out.copy(node),
        }
    }
    let heads = graph.heads.iter().map(|h| Head { name: h.name.clone(), node: out.place[h.node] });
    let graph = Graph {
        name: graph.name.clone(),
        heads: heads.collect(),
        input: out.place[graph.input],
        nodes: out.nodes,
    };
    (graph, out.done)
}

struct Splitter<'a> {
    graph: &'a Graph,
    reach: &'a Reach,
    nodes: Vec<Node>,
    /// By node of the original.
    place: Vec<NodeId>,
    signed: Vec<bool>,
    done: Vec<Split>,
}

/// A layer whose neurons read too much.
struct Wide<'a> {
    /// The node that it reads, and the window on it.
    source: NodeId,
    window: Window,
    weight: &'a [f32],
    bias: &'a [f32],
    fan_in: u64,
    parts: usize,
}

impl<'a> Splitter<'a> {
    fn copy(&mut self, node: &Node) {
        let inputs = node.inputs.iter().map(|&input| self.place[input]).collect();
        self.nodes.push(Node { inputs, ..node.clone() });
        self.place.push(self.nodes.len() - 1);
    }

    /// Whether the neurons of a node read too much, and channels can be taken from them.
    fn wide(&self, id: NodeId) -> Option<Wide<'a>> {
        let node = &self.graph.nodes[id];
        let (source, window, weight, bias) = match &node.op {
            Op::Conv(Conv { window, groups: 1, weight, bias }) => {
                (node.inputs[0], *window, weight, bias)
            }
            Op::Dense(Dense { weight, bias }) => {
                // A vector's elements keep the order of the tensor that they come from.
                let mut source = node.inputs[0];
                while matches!(self.graph.nodes[source].op, Op::Reshape(Reshape)) {
                    source = self.graph.nodes[source].inputs[0];
                }
                let Shape { height, width, .. } = self.graph.nodes[source].shape;
                let window = Window {
                    kernel: [height, width],
                    stride: [1, 1],
                    pad: [0, 0],
                    dilation: [1, 1],
                };
                (source, window, weight, bias)
            }
            _ => return None,
        };
        let channels = self.graph.nodes[source].shape.channels;
        let taps = (window.kernel[0] * window.kernel[1]) as u64;
        let per_channel = taps * if self.signed[source] { self.reach.per_signed } else { 1 };
        let (fan_in, at_once) =
            (channels as u64 * per_channel, self.reach.most / per_channel.max(1));
        let parts =
            (channels as u64).checked_div(at_once).map(|_| (channels as u64).div_ceil(at_once))?;
        (fan_in > self.reach.most).then_some(Wide {
            source,
            window,
            weight,
            bias,
            fan_in,
            parts: parts as usize,
        })
    }

    /// Partial sums of node `id`, and their sum in its place.
    fn add_up(&mut self, id: NodeId, wide: &Wide) {
        let Node { name, shape, .. } = &self.graph.nodes[id];
        let from = self.graph.nodes[wide.source].shape;
        let source = self.place[wide.source];
        let taps = wide.window.kernel[0] * wide.window.kernel[1];
        let mut sum: Option<NodeId> = None;
        for part in 0..wide.parts {
            let (first, end) =
                (part * from.channels / wide.parts, (part + 1) * from.channels / wide.parts);
            let named = |what: &str| format!("{name}_{what}{}", part + 1);
            let slice = Shape { channels: end - first, ..from };
            let taken = self.push(named("in"), Op::Slice(Slice { first }), vec![source], slice);
            let row = |o: usize| {
                &wide.weight[(o * from.channels + first) * taps..(o * from.channels + end) * taps]
            };
            let weight = (0..shape.channels).flat_map(row).copied().collect();
            let bias = vec![0.0; shape.channels];
            let conv = Op::Conv(Conv { window: wide.window, groups: 1, weight, bias });
            let partial = self.push(named("sum"), conv, vec![taken], *shape);
            // Bounds that bound nothing: units of their own, which share no membrane.
            let unbounded = Op::Clip(Clip { low: f32::NEG_INFINITY, high: f32::INFINITY });
            let partial = self.push(named("part"), unbounded, vec![partial], *shape);
            sum = Some(match sum {
                Some(sum) => self.push(named("add"), Op::Add(Add), vec![sum, partial], *shape),
                None => partial,
            });
        }
        let Some(sum) = sum else { return };
        let bias =
            Op::Affine(Affine { scale: vec![1.0; shape.channels], shift: wide.bias.to_vec() });
        let whole = self.push(name.clone(), bias, vec![sum], *shape);
        self.place.push(whole);
        let units = wide.parts * shape.len();
        self.done.push(Split {
            layer: name.clone(),
            fan_in: wide.fan_in,
            parts: wide.parts,
            units,
        });
    }

    fn push(&mut self, name: String, op: Op, inputs: Vec<NodeId>, shape: Shape) -> NodeId {
        self.nodes.push(Node { name, op, inputs, shape });
        self.nodes.len() - 1
    }
}
