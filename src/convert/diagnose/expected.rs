//! What the float layers make of spiking inputs.

use super::{Observation, Run};
use crate::ann::{self, Graph};
use crate::convert::activations::{by_neuron, spiking};
use crate::snn::PopulationId;

/// By population, neuron by neuron: what its float node gives when every layer before it has the
/// activations that its spikes stand for.
pub(super) fn expected(
    graph: &Graph,
    run: &Run,
    observation: &Observation,
) -> Result<Vec<Vec<f64>>, ann::exec::Error> {
    let mut expected = evaluate(graph, run, observation, 0)?;
    let after = run.settings.readout_after.of(run.steps);
    if after > 0 && after < run.steps {
        // Heads that leave out the first steps get what their inputs send in the others.
        let mut late = evaluate(graph, run, observation, after)?;
        for head in &run.conversion.network.heads {
            expected[head.population] = std::mem::take(&mut late[head.population]);
        }
    }
    Ok(expected)
}

/// One evaluation, with the spikes of the steps after `from`.
fn evaluate(
    graph: &Graph,
    run: &Run,
    observation: &Observation,
    from: usize,
) -> Result<Vec<Vec<f64>>, ann::exec::Error> {
    let conversion = run.conversion;
    let populations = &conversion.network.populations;
    let mut of_node: Vec<Vec<PopulationId>> = vec![vec![]; graph.nodes.len()];
    conversion.nodes.iter().enumerate().for_each(|(p, &(node, _))| of_node[node].push(p));
    let mut expected: Vec<Vec<f64>> = vec![vec![]; populations.len()];
    ann::exec::run_with(graph, &observation.values[graph.input], |node, values| {
        let first = |p: PopulationId| conversion.nodes[p].1 * populations[p].shape.positions();
        for &p in &of_node[node] {
            let shape = populations[p].shape;
            expected[p] = by_neuron(&values[first(p)..], shape.channels, shape.positions());
        }
        // What nobody reads is not replaced: another population may stand for the head's node, too.
        for &p in of_node[node].iter().filter(|&&p| !run.is_head(p)) {
            let shape = populations[p].shape;
            let counts = run.counts(observation, p, [from, run.steps]);
            let spiking = spiking(conversion, p, &counts, run.steps - from);
            for (n, value) in spiking.into_iter().enumerate() {
                let (position, channel) = (n / shape.channels, n % shape.channels);
                values[first(p) + channel * shape.positions() + position] = value as f32;
            }
        }
    })?;
    Ok(expected)
}
