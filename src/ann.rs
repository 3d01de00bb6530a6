//! The float network: a graph of tensors `[channels, height, width]` of one image.
//!
//! Importers build a [`Graph`]; `ann::exec` runs it in `f32` (the reference every conversion is
//! judged by); `convert` turns it into a spiking network. Nodes are stored in topological order:
//! a node's inputs have smaller indices than the node itself.

pub mod check;
pub mod count;
pub mod exec;
pub mod memory;
pub mod random;

use serde::{Deserialize, Serialize};

/// Index of a node in [`Graph::nodes`].
pub type NodeId = usize;

/// Shape of one tensor: `[channels, height, width]`. Vectors are `[n, 1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    pub fn new(channels: usize, height: usize, width: usize) -> Self {
        Shape { channels, height, width }
    }

    /// Number of elements.
    pub fn len(self) -> usize {
        self.channels * self.height * self.width
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// A trained network: nodes in topological order, one image input, any number of heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// File stem of the network it was read from.
    pub name: String,
    pub nodes: Vec<Node>,
    /// The image input; its `op` is [`Op::Input`].
    pub input: NodeId,
    /// The network's outputs in file order.
    pub heads: Vec<Head>,
}

/// One output of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub name: String,
    pub node: NodeId,
}

/// One operation and the tensor that it makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Name in the file (or of its output tensor where the file names no node).
    pub name: String,
    pub op: Op,
    pub inputs: Vec<NodeId>,
    pub shape: Shape,
}

/// Window geometry shared by convolutions and pools. The output size stands in the node's shape,
/// so padding at the bottom and right is implied by it (for pools see [`Op::AveragePool`]).
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

/// What a node computes. All tensors are `[channels, height, width]`, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Op {
    Input,
    /// `weight` is `[out, in / groups, kh, kw]`, `bias` is `[out]`; zero padding.
    Conv {
        window: Window,
        groups: usize,
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    /// Fully connected over the flattened `[c, h, w]` input; `weight` is `[out, in]`.
    Dense {
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    /// `y = scale[c] * x + shift[c]`: batch norm, and arithmetic with constants.
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    /// Arithmetic with a constant that differs by position (full `[c, h, w]`): `y = scale * x + shift`.
    AffineMap {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    Relu,
    LeakyRelu {
        alpha: f32,
    },
    /// Bounds may be infinite.
    Clip {
        low: f32,
        high: f32,
    },
    /// Rounds half to even.
    Round,
    Floor,
    /// Padding is ignored: the maximum is over the cells inside the input.
    MaxPool {
        window: Window,
    },
    /// `count_pad`: padded cells count in the divisor.
    AveragePool {
        window: Window,
        count_pad: bool,
    },
    GlobalAveragePool,
    /// Element-wise over two tensors of one shape.
    Add,
    Sub,
    Mul,
    Div,
    /// Along channels.
    Concat,
    /// The channels from `first` on, as many as the node's shape says.
    Slice {
        first: usize,
    },
    /// Nearest neighbour by whole factors `[y, x]`: `out[y][x] = in[y / fy][x / fx]`.
    Upsample {
        factor: [usize; 2],
    },
    /// Constant padding `[top, left, bottom, right]`.
    Pad {
        pad: [usize; 4],
        value: f32,
    },
    /// Same elements in another shape (flatten, reshape of a vector).
    Reshape,
}

impl Op {
    /// Name as printed in messages and tables.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input => "Input",
            Op::Conv { .. } => "Conv",
            Op::Dense { .. } => "Dense",
            Op::Affine { .. } => "Affine",
            Op::AffineMap { .. } => "AffineMap",
            Op::Relu => "Relu",
            Op::LeakyRelu { .. } => "LeakyRelu",
            Op::Clip { .. } => "Clip",
            Op::Round => "Round",
            Op::Floor => "Floor",
            Op::MaxPool { .. } => "MaxPool",
            Op::AveragePool { .. } => "AveragePool",
            Op::GlobalAveragePool => "GlobalAveragePool",
            Op::Add => "Add",
            Op::Sub => "Sub",
            Op::Mul => "Mul",
            Op::Div => "Div",
            Op::Concat => "Concat",
            Op::Slice { .. } => "Slice",
            Op::Upsample { .. } => "Upsample",
            Op::Pad { .. } => "Pad",
            Op::Reshape => "Reshape",
        }
    }
}

impl Graph {
    /// Shape of the image input.
    pub fn input_shape(&self) -> Shape {
        self.nodes[self.input].shape
    }

    /// Multiply-accumulates of one node for one image, padded positions excluded at no border:
    /// the dense count `out * in / groups * kh * kw` per output position, as the literature counts.
    pub fn macs(&self, id: NodeId) -> u64 {
        let node = &self.nodes[id];
        match &node.op {
            Op::Conv { window, groups, .. } => {
                let fan_in = self.nodes[node.inputs[0]].shape.channels / groups
                    * window.kernel[0]
                    * window.kernel[1];
                (node.shape.len() * fan_in) as u64
            }
            Op::Dense { weight, .. } => weight.len() as u64,
            _ => 0,
        }
    }
}
