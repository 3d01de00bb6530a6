//! The layer that reads a picture: floats, as the network computes them once for a picture.

use super::nodes::Nodes;
use super::{dims, put_window};
use crate::ann::{self, Graph, Node, NodeId, Op};
use crate::convert::{Analogue, Conversion};
use crate::export::Error;
use crate::snn::{PopulationId, Shape};

/// The analogue layers of a trained network.
pub struct Front<'a> {
    graph: &'a Graph,
    analogue: &'a [Analogue],
}

impl<'a> Front<'a> {
    /// That of `conversion`.
    ///
    /// # Errors
    /// A layer that is more than weights on the picture.
    pub fn of(conversion: &'a Conversion) -> Result<Front<'a>, Error> {
        let front = Front { graph: &conversion.input, analogue: &conversion.analogue };
        for analogue in front.analogue {
            let node = &front.graph.nodes[analogue.node];
            front
                .check(analogue.node)
                .map_err(|why| Error::Layer { layer: node.name.clone(), why })?;
        }
        Ok(front)
    }

    fn check(&self, id: NodeId) -> Result<(), String> {
        let node = &self.graph.nodes[id];
        let reads = |id: NodeId| {
            let before = &self.graph.nodes[id];
            let reshaped =
                matches!(before.op, Op::Reshape(_)) && before.inputs == [self.graph.input];
            id == self.graph.input || reshaped
        };
        let other = |node: &Node| {
            let operator = node.op.name();
            format!(
                "the picture passes {operator} before its weights, and NIR takes a picture to \
                 weights alone; fold it into them, or into the picture"
            )
        };
        match (&node.op, &node.inputs[..]) {
            _ if id == self.graph.input => Ok(()),
            (Op::Dense(_), &[before]) if reads(before) => Ok(()),
            (Op::Conv(conv), &[before]) if before == self.graph.input => {
                let [from, to] = [before, id].map(|id| on_chip(self.graph.nodes[id].shape));
                let conv = crate::snn::Conv {
                    inputs: 0..from.channels,
                    window: conv.window,
                    groups: conv.groups,
                    upsample: [1, 1],
                    weights: Default::default(),
                    negative: Default::default(),
                };
                super::form::weighted(&conv, from, to).map(|_| ()).map_err(Into::into)
            }
            (Op::Conv(_) | Op::Dense(_), &[before]) => Err(other(&self.graph.nodes[before])),
            _ => Err(other(node)),
        }
    }

    /// Membrane units of a float, by channel, where a picture feeds the population.
    pub fn gain(&self, p: PopulationId) -> Option<&[f64]> {
        self.analogue.iter().find(|one| one.population == p).map(|one| &one.gain[..])
    }

    /// Writes the picture's input, and the weights into every population that it feeds.
    pub fn write(&self, nodes: &mut Nodes, names: &[String]) {
        let graph = self.graph;
        let image = on_chip(graph.input_shape());
        let input = nodes.name(&graph.nodes[graph.input].name);
        nodes.sizes(&input, "Input", &[], &dims(image));
        for analogue in self.analogue {
            let (node, target) = (&graph.nodes[analogue.node], &names[analogue.population]);
            let near = format!("{target}_in");
            let to = on_chip(node.shape);
            match &node.op {
                Op::Conv(conv) => {
                    let name = nodes.name(&near);
                    let line = dims(image).len() == 2;
                    let (axes, kind) = if line { (1, "Conv1d") } else { (0, "Conv2d") };
                    let path = nodes.node(&name, kind, &[&input]);
                    let shape = [to.channels, image.channels / conv.groups];
                    let shape: Vec<u64> = shape
                        .iter()
                        .chain(&conv.window.kernel[axes..])
                        .map(|&size| size as u64)
                        .collect();
                    put(nodes, &path, &shape, &conv.weight, &conv.bias);
                    let size = [image.height, image.width];
                    put_window(nodes, &path, axes, size, conv.window, conv.groups);
                    let last = match to.positions() {
                        1 => nodes.flatten(&name, &near, &[to.channels as u64, 1, 1][..3 - axes]),
                        _ => name,
                    };
                    nodes.edge(&last, target);
                }
                Op::Dense(dense) => {
                    let source = match dims(image).len() {
                        1 => input.clone(),
                        _ => nodes.flatten(&input, &near, &dims(image)),
                    };
                    let name = nodes.name(&near);
                    let path = nodes.node(&name, "Affine", &[&source]);
                    let shape = [to.channels as u64, image.neurons() as u64];
                    put(nodes, &path, &shape, &dense.weight, &dense.bias);
                    nodes.edge(&name, target);
                }
                _ => nodes.edge(&input, target),
            }
        }
    }
}

/// Weights and constants as the float network has them.
fn put(nodes: &mut Nodes, path: &str, shape: &[u64], weight: &[f32], bias: &[f32]) {
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    nodes.file.floats(&format!("{path}/weight"), shape, &wide(weight), |_, _| true);
    nodes.file.floats(&format!("{path}/bias"), &shape[..1], &wide(bias), |_, _| true);
}

fn on_chip(shape: ann::Shape) -> Shape {
    Shape { height: shape.height, width: shape.width, channels: shape.channels }
}
