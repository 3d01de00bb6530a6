//! Functions that a file spells out in several nodes become one.
//!
//! Exporters write a SiLU as `x * Sigmoid(x)`, a HardSwish as `x * Clip(x + 3, 0, 6) / 6`, a GELU
//! as five nodes. A chip has no product of two features, but units for any function of one number.
//! So nodes that all compute their elements from the same element of one tensor are taken together:
//! to a function that is known where they compute it, else to a
//! [`Composite`](super::op::Composite).
//!
//! Networks of ReLUs, clips and sums keep their nodes: only a product, quotient or difference of
//! two tensors, or a function of another kind beside a second one, is taken together. A value that
//! something else reads stays beside it.

mod known;
mod region;

use super::op::{Add, Affine, composite};
use super::{Graph, Head, Node, NodeId, Op, host};
use region::Region;

/// Bases that are tried for one node.
const MOST_BASES: usize = 6;

/// The same network with functions of several nodes as one node each.
pub fn fuse(graph: Graph) -> Graph {
    if !graph.nodes.iter().any(|node| joins(&node.op) || unusual(&node.op)) {
        return graph;
    }
    let mut fuser = Fuser::new(graph);
    for id in 0..fuser.graph.nodes.len() {
        fuser.recognise(id);
        fuser.relate(id);
    }
    for id in (0..fuser.graph.nodes.len()).rev() {
        fuser.compose(id);
    }
    fuser.finish()
}

struct Fuser {
    graph: Graph,
    /// By node, how many inputs and heads name it.
    readers: Vec<usize>,
    /// By node, the nearest one that all of its value comes from, element by element.
    above: Vec<Option<NodeId>>,
    /// By node, how many others are above it.
    depth: Vec<usize>,
    /// Nodes that nothing reads any more.
    gone: Vec<bool>,
}

/// One of the four operations on two tensors.
fn joins(op: &Op) -> bool {
    matches!(op, Op::Add(_) | Op::Sub(_) | Op::Mul(_) | Op::Div(_))
}

/// Such as a product: two features have none on a chip.
fn needs_units(op: &Op) -> bool {
    matches!(op, Op::Sub(_) | Op::Mul(_) | Op::Div(_))
}

/// A function that is not straight.
fn bends(op: &Op) -> bool {
    op.function(0.0).is_some() && !matches!(op, Op::Affine(_) | Op::Quantized(_))
}

/// A function beyond those that plain units or rounding are.
fn unusual(op: &Op) -> bool {
    let plain = matches!(op, Op::Relu(_) | Op::LeakyRelu(_) | Op::Clip(_) | Op::Saturation(_));
    bends(op) && !plain && !matches!(op, Op::Round(_) | Op::Floor(_))
}

impl Fuser {
    fn new(graph: Graph) -> Fuser {
        let n = graph.nodes.len();
        let mut readers = vec![0; n];
        let inputs = graph.nodes.iter().flat_map(|node| &node.inputs);
        inputs.for_each(|&input| readers[input] += 1);
        graph.heads.iter().for_each(|head| readers[head.node] += 1);
        Fuser { graph, readers, above: vec![None; n], depth: vec![0; n], gone: vec![false; n] }
    }

    /// Finds what is above a node.
    fn relate(&mut self, id: NodeId) {
        let Node { op, inputs, .. } = &self.graph.nodes[id];
        let above = match inputs[..] {
            [a] if op.function(0.0).is_some() => Some(a),
            [a, b] if joins(op) => self.common(a, b),
            _ => None,
        };
        self.above[id] = above;
        self.depth[id] = above.map_or(0, |above| self.depth[above] + 1);
    }

    /// The nearest node that both come from.
    fn common(&self, mut a: NodeId, mut b: NodeId) -> Option<NodeId> {
        // Neither can be farther up than a function has steps.
        for _ in 0..2 * composite::MOST_STEPS {
            match a == b {
                true => return Some(a),
                false if self.depth[a] >= self.depth[b] => a = self.above[a]?,
                false => b = self.above[b]?,
            }
        }
        None
    }

    /// Puts a known function in the place of a node, if it ends one.
    fn recognise(&mut self, id: NodeId) {
        self.relate(id);
        let op = &self.graph.nodes[id].op;
        let ends = joins(op) || unusual(op);
        // A factor behind the product: `x * Clip(x + 3, 0, 6) / 6`.
        let scales = matches!(op, Op::Affine(_))
            && self.above[id]
                .is_some_and(|from| joins(&self.graph.nodes[from].op) && self.readers[from] == 1);
        if !ends && !scales {
            return;
        }
        let mut base = self.above[id];
        for _ in 0..MOST_BASES {
            let Some(from) = base else { return };
            let Some(region) = Region::of(&self.graph.nodes, id, from) else { return };
            let needs = region.has(&self.graph.nodes, needs_units);
            let units = region.count(&self.graph.nodes, bends);
            if (needs || units > 1)
                && let Some(op) = known::find(&region.program(&self.graph.nodes))
                && (needs || self.is_closed(&region))
            {
                return self.replace(id, from, op);
            }
            base = self.above[from];
        }
    }

    /// Puts a program in the place of a node, if more than one function ends there.
    fn compose(&mut self, id: NodeId) {
        let op = &self.graph.nodes[id].op;
        if self.gone[id] || !(joins(op) || bends(op)) {
            return;
        }
        let Some(mut from) = self.above[id] else { return };
        let Some(mut region) = Region::of(&self.graph.nodes, id, from) else { return };
        // Upwards as long as nothing else reads what stands between.
        while let Some(next) = self.above[from]
            && region.reads(&self.graph.nodes, from) == self.readers[from]
            && let Some(wider) = Region::of(&self.graph.nodes, id, next)
        {
            (from, region) = (next, wider);
        }
        // A factor alone at the beginning belongs to the layer before.
        while let Some(first) = region.first_alone(&self.graph.nodes)
            && matches!(self.graph.nodes[first].op, Op::Affine(_))
            && first != id
            && let Some(smaller) = Region::of(&self.graph.nodes, id, first)
        {
            (from, region) = (first, smaller);
        }
        let nodes = &self.graph.nodes;
        let two = region.count(nodes, bends) > 1 && region.has(nodes, unusual);
        if region.has(nodes, needs_units) || two && self.is_closed(&region) {
            let program = region.program(nodes);
            self.replace(id, from, program.into());
        }
    }

    /// Whether nothing else reads what is between beginning and end of a region.
    fn is_closed(&self, region: &Region) -> bool {
        let nodes = &self.graph.nodes;
        region.inner().all(|id| region.reads(nodes, id) == self.readers[id])
    }

    fn replace(&mut self, id: NodeId, from: NodeId, op: Op) {
        let node = &mut self.graph.nodes[id];
        node.op = op;
        let dropped = std::mem::replace(&mut node.inputs, vec![from]);
        self.readers[from] += 1;
        self.drop(dropped);
    }

    /// Takes back that some nodes are read; those that nothing reads any more go.
    fn drop(&mut self, mut inputs: Vec<NodeId>) {
        while let Some(input) = inputs.pop() {
            self.readers[input] -= 1;
            if self.readers[input] == 0 && input != self.graph.input {
                self.gone[input] = true;
                inputs.extend(&self.graph.nodes[input].inputs);
            }
        }
    }

    /// The graph without the nodes that went.
    fn finish(self) -> Graph {
        let Fuser { graph, gone, .. } = self;
        differences(graph.without(&gone))
    }
}

/// Differences of two tensors as sums, the second of them negated: the same numbers, and linear on
/// spikes, too. Those of a host stay.
fn differences(graph: Graph) -> Graph {
    let host = host::part(&graph);
    let is_sum = |id: NodeId| matches!(graph.nodes[id].op, Op::Sub(_)) && !host[id];
    if !(0..graph.nodes.len()).any(is_sum) {
        return graph;
    }
    let (mut nodes, mut place): (Vec<Node>, Vec<NodeId>) = (vec![], vec![]);
    for (id, node) in graph.nodes.iter().enumerate() {
        let mut node = node.clone();
        node.inputs.iter_mut().for_each(|input| *input = place[*input]);
        if is_sum(id) {
            let (channels, second) = (node.shape.channels, node.inputs[1]);
            let op = Affine { scale: vec![-1.0; channels], shift: vec![0.0; channels] }.into();
            let name = format!("{}_negated", node.name);
            node.inputs[1] = nodes.len();
            node.op = Op::Add(Add);
            nodes.push(Node { name, op, inputs: vec![second], shape: node.shape });
        }
        place.push(nodes.len());
        nodes.push(node);
    }
    let heads = graph.heads.iter().map(|head| Head { node: place[head.node], ..head.clone() });
    Graph { input: place[graph.input], heads: heads.collect(), nodes, name: graph.name.clone() }
}
