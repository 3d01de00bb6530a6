//! The analogue input layer: what an image makes of it, as constant currents.

use super::Conversion;
use crate::ann::{Graph, NodeId, exec};
use crate::snn::{Fed, PopulationId};
use serde::{Deserialize, Serialize};

/// A population fed with constant currents, computed from the image once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analogue {
    /// Population that takes the currents.
    pub population: PopulationId,
    /// The node of [`Conversion::input`] whose values are its currents.
    pub node: NodeId,
    /// Membrane units per float, by channel.
    pub gain: Vec<f64>,
    /// Largest current in membrane units, by channel.
    pub limit: Vec<i32>,
}

/// Currents of the analogue populations for an image, by population.
///
/// # Errors
/// The image does not have the shape of the network's input.
pub fn currents(conversion: &Conversion, image: &[f32]) -> Result<Vec<Option<Fed>>, exec::Error> {
    let values = exec::run(&conversion.input, image)?;
    let populations = &conversion.network.populations;
    let mut out = vec![None; populations.len()];
    for analogue in &conversion.analogue {
        let shape = populations[analogue.population].shape;
        let value = &values[analogue.node];
        let current = (0..shape.neurons()).map(|n| {
            let (position, c) = (n / shape.channels, n % shape.channels);
            let limit = f64::from(analogue.limit[c]);
            let x = f64::from(value[c * shape.positions() + position]) * analogue.gain[c];
            x.round().clamp(-limit, limit) as i32
        });
        out[analogue.population] = Some(Fed::Current(current.collect()));
    }
    Ok(out)
}

/// The part of `graph` that the nodes of `analogue` are made of, its weights rounded to `bits`;
/// `analogue` then names the nodes of that part.
pub fn input_part(graph: &Graph, analogue: &mut [Analogue], bits: u32) -> Graph {
    let mut needed = vec![false; graph.nodes.len()];
    needed[graph.input] = true;
    analogue.iter().for_each(|a| needed[a.node] = true);
    // Inputs come before the nodes that read them.
    for (id, node) in graph.nodes.iter().enumerate().rev() {
        if needed[id] {
            node.inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    let mut place = vec![0; graph.nodes.len()];
    let mut nodes = vec![];
    for (id, node) in graph.nodes.iter().enumerate().filter(|&(id, _)| needed[id]) {
        place[id] = nodes.len();
        let mut node = node.clone();
        node.inputs.iter_mut().for_each(|input| *input = place[*input]);
        if let Some(weight) = node.op.weights_mut() {
            let of_channel = (weight.len() / node.shape.channels).max(1);
            weight.chunks_mut(of_channel).for_each(|channel| round(channel, bits));
        }
        nodes.push(node);
    }
    analogue.iter_mut().for_each(|a| a.node = place[a.node]);
    Graph { name: graph.name.clone(), nodes, input: place[graph.input], heads: vec![] }
}

/// Rounds the weights of one output channel to whole steps of max|w| / (2^(bits-1) - 1).
fn round(weights: &mut [f32], bits: u32) {
    let most = f64::from((1u32 << (bits - 1)) - 1);
    let step = weights.iter().fold(0f64, |m, w| m.max(f64::from(w.abs()))) / most;
    if step > 0.0 {
        weights.iter_mut().for_each(|w| *w = ((f64::from(*w) / step).round() * step) as f32);
    }
}
