//! Activations of one population, as the spiking network counts them and as the float network has
//! them; both neuron by neuron, `[height, width, channels]`.

use super::Conversion;
use crate::snn::PopulationId;

/// What population `p` says, as float activations: `sums` are its net spikes of `steps` steps,
/// weighted where they are of two phases, of readouts what the membrane gained in them.
pub(super) fn spiking(
    conversion: &Conversion,
    p: PopulationId,
    sums: &[i32],
    steps: usize,
) -> Vec<f64> {
    let network = &conversion.network;
    let channels = network.populations[p].shape.channels;
    let head = network.heads.iter().find(|h| h.population == p);
    let scale = head.map_or(&conversion.lambda[p], |h| &h.scale);
    let one = match (head, &network.first_phase) {
        (None, Some(phase)) => f64::from(phase.weights()[1]),
        _ => 1.0,
    };
    let of_neuron = |(n, &sum): (usize, &i32)| {
        // Units of mode B send spikes of one sign only; sums of others weigh both alike.
        let worth = if sum < 0 { conversion.negative_worth[p] } else { 1.0 };
        f64::from(sum) / one / steps as f64 * scale[n % channels] * worth
    };
    sums.iter().enumerate().map(of_neuron).collect()
}

/// What the float network says there; `values` are those of every node,
/// `[channels, height, width]`.
pub(super) fn float(conversion: &Conversion, p: PopulationId, values: &[Vec<f32>]) -> Vec<f64> {
    let shape = conversion.network.populations[p].shape;
    let (node, first) = conversion.nodes[p];
    by_neuron(&values[node][first * shape.positions()..], shape.channels, shape.positions())
}

/// `[channels, positions]` as `[positions, channels]`.
pub(super) fn by_neuron(values: &[f32], channels: usize, positions: usize) -> Vec<f64> {
    let of_neuron = |n: usize| f64::from(values[n % channels * positions + n / channels]);
    (0..channels * positions).map(of_neuron).collect()
}
