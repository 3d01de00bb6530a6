//! Saturations that change nothing, as a ReLU behind them does the same.
//!
//! An exporter that keeps ReLUs may round what comes before them, too: from 0 on, as nothing else
//! is of use. A second layer of units would stand for that.

use crate::ann::{Graph, NodeId, Op};

/// Lets what rounds read what is before a saturation, where only ReLUs, or clips from 0 on, read
/// the rounded values.
pub fn bypass(graph: &mut Graph) {
    let mut readers = vec![vec![]; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().for_each(|&input| readers[input].push(id));
    }
    let is_head = |id: NodeId| graph.heads.iter().any(|head| head.node == id);
    let op = |id: NodeId| &graph.nodes[id].op;
    let is_relu = |&id: &NodeId| match op(id) {
        Op::Relu(_) | Op::Saturation(_) => true,
        Op::Clip(clip) => clip.low >= 0.0,
        _ => false,
    };
    let needless = |&id: &NodeId| {
        let rounds = |&id: &NodeId| {
            matches!(op(id), Op::Quantized(_))
                && !is_head(id)
                && !readers[id].is_empty()
                && readers[id].iter().all(is_relu)
        };
        matches!(op(id), Op::Saturation(_)) && !is_head(id) && readers[id].iter().all(rounds)
    };
    let found: Vec<NodeId> = (0..graph.nodes.len()).filter(needless).collect();
    for id in found {
        let before = graph.nodes[id].inputs.clone();
        readers[id].iter().for_each(|&reader| graph.nodes[reader].inputs.clone_from(&before));
    }
}
