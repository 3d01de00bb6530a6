//! The part of a network that a host computes in floats: what follows the last layer with weights.
//!
//! Exporters end a detector with sigmoids, softmaxes, exponentials and rearrangements. They have no
//! spikes to save: each is computed once an image, from what the heads of the chip say. A layer
//! that only sums up such a softmax, as the distances of YOLOv8 do, is the host's, too.

use super::op::Activation;
use super::{Form, Graph, Head, Node, NodeId, Shape, exec, op};
use crate::plain::counted;
use serde::{Deserialize, Serialize};

/// What a host does with the numbers of the chip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Host {
    /// Nodes of the float network before the host's.
    pub first: NodeId,
    /// The nodes that it computes; inputs are numbered as in the float network.
    pub nodes: Vec<Node>,
    /// Nodes of the chip that it reads or that are outputs, each once, with their shapes: the heads
    /// of the chip.
    pub reads: Vec<(NodeId, Shape)>,
    /// The outputs of the float network.
    pub heads: Vec<Head>,
}

impl Host {
    /// What the host computes of `graph`, its nodes behind all others (see [`last`]).
    pub fn of(graph: &Graph) -> Host {
        let is_host = part(graph);
        let first = is_host.iter().position(|&host| host).unwrap_or(graph.nodes.len());
        let nodes = graph.nodes[first..].to_vec();
        let read = |node: NodeId| (node, graph.nodes[node].shape);
        // An output that stands twice is two heads.
        let outputs = graph.heads.iter().map(|head| head.node);
        let mut reads: Vec<(NodeId, Shape)> = outputs.filter(|&n| n < first).map(read).collect();
        for &input in nodes.iter().flat_map(|node| &node.inputs) {
            if input < first && !reads.iter().any(|(read, _)| *read == input) {
                reads.push(read(input));
            }
        }
        Host { first, nodes, reads, heads: graph.heads.clone() }
    }

    /// Outputs of the float network: name, shape, and the node.
    pub fn outputs_of(&self) -> impl Iterator<Item = (&str, Shape)> {
        self.heads.iter().map(move |head| (&head.name[..], self.shape(head.node)))
    }

    /// Of a node that it computes or reads.
    fn shape(&self, node: NodeId) -> Shape {
        let read = || self.reads.iter().find(|(read, _)| *read == node);
        match node.checked_sub(self.first) {
            Some(own) => self.nodes[own].shape,
            None => read().map_or(Shape::new(0, 0, 0), |&(_, shape)| shape),
        }
    }

    /// Whether it computes nothing.
    pub fn is_idle(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes before the host's; their outputs are what the host reads.
    pub fn chip(&self, graph: &Graph) -> Graph {
        let outputs = graph.heads.iter().filter(|head| head.node < self.first).cloned();
        let inner =
            |&(node, _): &(NodeId, Shape)| Head { name: graph.nodes[node].name.clone(), node };
        let heads = outputs.clone().chain(self.reads.iter().skip(outputs.count()).map(inner));
        Graph {
            name: graph.name.clone(),
            nodes: graph.nodes[..self.first].to_vec(),
            input: graph.input,
            heads: heads.collect(),
        }
    }

    /// Outputs of the float network, from the values of `reads`.
    ///
    /// # Errors
    /// A node computes what is no finite number.
    pub fn outputs(&self, read: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, exec::Error> {
        let mut values: Vec<Vec<f32>> = vec![vec![]; self.first];
        let mut shapes = vec![Shape::new(0, 0, 0); self.first];
        for (&(node, shape), value) in self.reads.iter().zip(read) {
            (values[node], shapes[node]) = (value, shape);
        }
        for node in &self.nodes {
            let tensor = |&id: &NodeId| op::Tensor { values: &values[id], shape: shapes[id] };
            let inputs: Vec<op::Tensor> = node.inputs.iter().map(tensor).collect();
            let out = node.op.run(&inputs, node.shape);
            exec::check(node, &out)?;
            values.push(out);
            shapes.push(node.shape);
        }
        Ok(self.heads.iter().map(|head| values[head.node].clone()).collect())
    }

    /// A sentence on what it does; none where that is nothing.
    pub fn describe(&self, graph: &Graph) -> Option<String> {
        let first = self.nodes.iter().flat_map(|node| &node.inputs).find(|&&n| n < self.first)?;
        let mut operators: Vec<&str> = vec![];
        for node in &self.nodes {
            if !operators.contains(&node.op.name()) {
                operators.push(node.op.name());
            }
        }
        let heads = counted(self.reads.len(), "head");
        Some(format!(
            "a host computes in floats what follows the {heads} of the chip, `{}` the first: {}; \
             {} operations an image, each priced as a multiply-accumulate of the input",
            graph.nodes[*first].name,
            operators.join(", "),
            self.operations()
        ))
    }

    /// Numbers that it computes for an image, of a layer with weights its multiply-accumulates; a
    /// change of shape or order is none.
    pub fn operations(&self) -> u64 {
        let of = |node: &Node| match node.op.form() {
            Form::Reshape | Form::Same | Form::Permute(_) => 0,
            _ if node.op.weights() > 0 => {
                let inputs: Vec<Shape> = node.inputs.iter().map(|&id| self.shape(id)).collect();
                node.op.macs(&inputs, node.shape)
            }
            _ => node.shape.len() as u64,
        };
        self.nodes.iter().map(of).sum()
    }
}

/// Layers with weights are a host's, too, where they take at most this share of the network's
/// multiply-accumulates.
const LIGHT: u64 = 64;

/// By node, whether it has no spiking form or reads one that has none, if layers with weights
/// there are light; else no node is.
fn behind(graph: &Graph) -> Vec<bool> {
    let mut behind: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let none = matches!(node.op.form(), Form::None(_));
        behind.push(none || node.inputs.iter().any(|&input| behind[input]));
    }
    let macs = |ids: &mut dyn Iterator<Item = NodeId>| ids.map(|id| graph.macs(id)).sum::<u64>();
    let own = macs(&mut (0..behind.len()).filter(|&id| behind[id]));
    match own.saturating_mul(LIGHT) <= macs(&mut (0..behind.len())) {
        true => behind,
        false => vec![false; behind.len()],
    }
}

/// By node, whether a host computes it: it has no plain units, and no layer with weights reads it,
/// not even by way of others; or it reads such a node.
pub fn part(graph: &Graph) -> Vec<bool> {
    let behind = behind(graph);
    let weighs = |id: NodeId| graph.nodes[id].op.weights() > 0 && !behind[id];
    let mut feeds = vec![false; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate().rev() {
        if feeds[id] || weighs(id) {
            node.inputs.iter().for_each(|&input| feeds[input] = true);
        }
    }
    let mut host: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    let mut image: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for (id, node) in graph.nodes.iter().enumerate() {
        let all = |of: &[bool]| node.inputs.iter().all(|&input| of[input]);
        image.push(all(&image) && node.op.form().is_linear());
        let plain = match node.op.form() {
            Form::None(_) | Form::ImageOnly(_) | Form::Permute(_) => false,
            Form::Units(Activation::Curve(_)) => false,
            _ => !node.inputs.iter().any(|&input| host[input]),
        };
        let last = !feeds[id] && !weighs(id);
        host.push(last && !plain && !image[id]);
    }
    host
}

/// The same network with the nodes of its host behind all others.
pub fn last(graph: Graph) -> Graph {
    let host = part(&graph);
    if host.is_sorted() {
        return graph;
    }
    let order = (0..host.len()).filter(|&n| !host[n]).chain((0..host.len()).filter(|&n| host[n]));
    let order: Vec<NodeId> = order.collect();
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
    let mut nodes: Vec<Option<Node>> = graph.nodes.into_iter().map(Some).collect();
    let moved = |&old: &NodeId| {
        let mut node = nodes[old].take()?;
        node.inputs.iter_mut().for_each(|input| *input = place[*input]);
        Some(node)
    };
    let nodes: Vec<Node> = order.iter().filter_map(moved).collect();
    let head = |head: Head| Head { node: place[head.node], ..head };
    Graph {
        nodes,
        input: place[graph.input],
        heads: graph.heads.into_iter().map(head).collect(),
        name: graph.name,
    }
}
