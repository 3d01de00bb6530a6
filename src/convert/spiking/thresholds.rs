//! Other thresholds for a network that spikes already.

use super::SpikingError;
use crate::spiking::{Graph, PopulationId, Unit};

/// Populations whose thresholds can be scaled, in their order: those that fire and are no output.
/// The spikes of an output are what the network says, and more or fewer of them would say other
/// numbers.
pub fn scalable(graph: &Graph) -> Vec<PopulationId> {
    let fires = |p: &PopulationId| {
        let unit = &graph.populations[*p].unit;
        matches!(unit, Unit::Neuron(neuron) if neuron.fires.is_some())
    };
    let all = (0..graph.populations.len()).filter(|p| !graph.outputs.contains(p));
    all.filter(fires).collect()
}

/// `graph` with the thresholds of its [`scalable`] populations times `factors`; without factors as
/// it is.
///
/// # Errors
/// Another number of factors.
pub fn scaled(mut graph: Graph, factors: &[f64]) -> Result<Graph, SpikingError> {
    if factors.is_empty() {
        return Ok(graph);
    }
    let layers = scalable(&graph);
    if layers.len() != factors.len() {
        let name = |&p: &PopulationId| graph.populations[p].name.clone();
        let layers = layers.iter().map(name).collect();
        return Err(SpikingError::Thresholds { given: factors.len(), layers });
    }
    for (&p, factor) in layers.iter().zip(factors) {
        if let Unit::Neuron(neuron) = &mut graph.populations[p].unit
            && let Some(fires) = &mut neuron.fires
        {
            fires.threshold.0.iter_mut().for_each(|threshold| *threshold *= factor);
        }
    }
    Ok(graph)
}
