//! The float network: a graph of tensors `[channels, height, width]` of one image.
//!
//! Importers build a [`Graph`]; `ann::exec` runs it in `f32` (the reference every conversion is
//! judged by); `convert` turns it into a spiking network. Nodes are stored in topological order:
//! a node's inputs have smaller indices than the node itself.
//!
//! ```
//! use spikemesh::ann::op::{Input, Relu};
//! use spikemesh::ann::{Graph, Head, Node, Op, Shape, exec};
//!
//! let shape = Shape::new(2, 1, 1);
//! let node = |name: &str, op, inputs| Node { name: name.into(), op, inputs, shape };
//! let nodes = vec![
//!     node("image", Op::Input(Input), vec![]),
//!     node("relu", Op::Relu(Relu), vec![0]),
//! ];
//! let heads = vec![Head { name: "out".into(), node: 1 }];
//! let graph = Graph { name: "tiny".into(), nodes, input: 0, heads };
//! // The values of every node, in order.
//! assert_eq!(exec::run(&graph, &[-1.0, 2.0])?[1], [0.0, 2.0]);
//! # Ok::<(), exec::Error>(())
//! ```

pub mod check;
pub mod count;
pub mod exec;
pub mod fuse;
pub mod host;
pub mod memory;
pub mod op;
pub mod random;

use serde::{Deserialize, Serialize};

pub use op::{Form, Op, Operator};

/// Index of a node in [`Graph::nodes`].
pub type NodeId = usize;

/// Shape of one tensor: `[channels, height, width]`. Vectors are `[n, 1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Channels, the outermost axis.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A shape in the order in which the numbers lie.
    pub fn new(channels: usize, height: usize, width: usize) -> Self {
        Shape { channels, height, width }
    }

    /// Number of elements.
    pub fn len(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Whether it has no element.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// A trained network: nodes in topological order, one image input, any number of heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// File stem of the network it was read from.
    pub name: String,
    /// Nodes, each behind those that it reads.
    pub nodes: Vec<Node>,
    /// The image input; its `op` is [`op::Input`].
    pub input: NodeId,
    /// The network's outputs in file order.
    pub heads: Vec<Head>,
}

/// One output of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Name of the output in the file.
    pub name: String,
    /// Node whose values are the head.
    pub node: NodeId,
}

/// One operation and the tensor that it makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Name in the file (or of its output tensor where the file names no node).
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Nodes that it reads, in the operator's order.
    pub inputs: Vec<NodeId>,
    /// Shape of its output.
    pub shape: Shape,
}

/// Window geometry shared by convolutions and pools. The output size stands in the node's shape,
/// so padding at the bottom and right is implied by it (for pools see [`op::AveragePool`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Stride in y and x.
    pub stride: [usize; 2],
    /// Padding at the top and at the left.
    pub pad: [usize; 2],
    /// Dilation in y and x.
    pub dilation: [usize; 2],
}

impl Graph {
    /// Shape of the image input.
    pub fn input_shape(&self) -> Shape {
        self.nodes[self.input].shape
    }

    /// The same without some nodes, which no other node reads.
    pub fn without(self, gone: &[bool]) -> Graph {
        let mut place = vec![0; self.nodes.len()];
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (id, mut node) in self.nodes.into_iter().enumerate().filter(|&(id, _)| !gone[id]) {
            place[id] = nodes.len();
            node.inputs.iter_mut().for_each(|input| *input = place[*input]);
            nodes.push(node);
        }
        let head = |head: Head| Head { node: place[head.node], ..head };
        let heads = self.heads.into_iter().map(head).collect();
        Graph { name: self.name, nodes, input: place[self.input], heads }
    }

    /// Multiply-accumulates of one node for one image; see [`op::Operator::macs`].
    pub fn macs(&self, id: NodeId) -> u64 {
        let node = &self.nodes[id];
        node.op.macs(&self.inputs(node), node.shape)
    }

    /// Shapes of what a node reads.
    pub fn inputs(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|&input| self.nodes[input].shape).collect()
    }
}
