//! Operations of a float network, layer by layer, at its own input size.
//!
//! Layers that multiply are counted; pools, activations and arithmetic without weights are taken as
//! fused into them, as inference engines do. A FLOP count is twice the multiply-accumulates.

use super::{Graph, NodeId};

/// One convolution or fully connected layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerWork {
    /// Name of the node.
    pub name: String,
    /// Multiply-accumulates, borders counted densely.
    pub macs: u64,
    /// Weights that it holds.
    pub weights: u64,
    /// Numbers of the tensor that it reads.
    pub reads: u64,
    /// Numbers of the tensor that it writes; of a spiking layer its neurons.
    pub writes: u64,
}

/// All layers of a network, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Layers with work, in the order of the graph.
    pub layers: Vec<LayerWork>,
    /// How often an inference runs all of them: once, or once in each step of a network that spikes
    /// already.
    pub passes: u64,
}

impl Work {
    /// Multiply-accumulates of one inference, all passes together.
    pub fn macs(&self) -> u64 {
        self.passes * self.layers.iter().map(|layer| layer.macs).sum::<u64>()
    }

    /// Operations, two per multiply-accumulate.
    pub fn flops(&self) -> u64 {
        2 * self.macs()
    }

    /// Weights of all layers.
    pub fn weights(&self) -> u64 {
        self.layers.iter().map(|layer| layer.weights).sum()
    }

    /// Numbers read and written by all layers.
    pub fn activations(&self) -> u64 {
        self.passes * self.layers.iter().map(|layer| layer.reads + layer.writes).sum::<u64>()
    }

    /// Numbers of the largest input and output together: what must be held at a time.
    pub fn largest_layer(&self) -> u64 {
        self.layers.iter().map(|layer| layer.reads + layer.writes).max().unwrap_or(0)
    }
}

/// Counts the layers of `graph`.
pub fn count(graph: &Graph) -> Work {
    let layers = (0..graph.nodes.len()).filter_map(|node| layer(graph, node)).collect();
    Work { layers, passes: 1 }
}

fn layer(graph: &Graph, id: NodeId) -> Option<LayerWork> {
    let node = &graph.nodes[id];
    let weights = node.op.weights();
    if weights == 0 {
        return None;
    }
    Some(LayerWork {
        name: node.name.clone(),
        macs: graph.macs(id),
        weights: weights as u64,
        reads: graph.nodes[node.inputs[0]].shape.len() as u64,
        writes: node.shape.len() as u64,
    })
}

/// Side of the map, channels in and out, side of the kernel.
pub(super) const TINY_YOLO_V2_VOC: [[u64; 4]; 9] = [
    [416, 3, 16, 3],
    [208, 16, 32, 3],
    [104, 32, 64, 3],
    [52, 64, 128, 3],
    [26, 128, 256, 3],
    [13, 256, 512, 3],
    [13, 512, 1024, 3],
    [13, 1024, 1024, 3],
    [13, 1024, 125, 1],
];

/// Tiny YOLO v2 for Pascal VOC at 416 x 416, by shape: the baseline of the Spiking-YOLO comparison.
///
/// ```
/// let work = spikemesh::ann::count::tiny_yolo_v2_voc();
/// assert_eq!((work.layers.len(), work.macs()), (9, 3_485_520_896));
/// ```
pub fn tiny_yolo_v2_voc() -> Work {
    let layer = |(index, &[side, from, to, kernel]): (usize, &[u64; 4])| {
        let weights = from * to * kernel * kernel;
        LayerWork {
            name: format!("conv{}", index + 1),
            macs: side * side * weights,
            weights,
            reads: side * side * from,
            writes: side * side * to,
        }
    };
    Work { layers: TINY_YOLO_V2_VOC.iter().enumerate().map(layer).collect(), passes: 1 }
}
