//! The spiking layers beside the float ones, after a run.

use serde::{Deserialize, Serialize};

use super::Conversion;
use super::activations::{float, spiking};
use crate::snn::{Connection, Model, PopulationId};

/// How one population's rates agree with the float activations it stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerMatch {
    /// Population of the converted network; index into the activity's layers once a run has placed
    /// it.
    pub layer: usize,
    /// Name of the layer.
    pub name: String,
    /// Pearson correlation of rate (as a float activation) and activation; `None` where one is
    /// constant.
    pub correlation: Option<f64>,
    /// L2 norm of the difference over that of the activations; `None` where those are all zero.
    pub relative_error: Option<f64>,
    /// Share of the float activations that are not zero which are larger than all spikes of a unit
    /// in all steps, or of the image's values that are cut off: of inputs beyond those of the
    /// calibration many are.
    #[serde(default)]
    pub beyond: f64,
    /// Spikes (bursts by size) per unit and step of the population's window; 0 for readouts.
    pub spikes_per_neuron_step: f64,
    /// Smallest and largest k (membrane units per weight step, as a power of two), if it has
    /// weights.
    pub shift: Option<[u8; 2]>,
    /// Smallest and largest threshold (what a spike takes off the membrane) in membrane units, if
    /// it fires by threshold.
    pub threshold: Option<[i32; 2]>,
}

/// Compares a run of `steps` steps (at least 1) on one image with the float network, population by
/// population of `conversion.network` (not retimed).
///
/// - `values`: float values of every graph node for that image, `[channels, height, width]`;
/// - `sums[p][n]`: spikes of neuron n (`[height, width, channels]`) of population p over its
///   window, negative ones subtracted, weighted by [`crate::snn::Network::spike_weight`]; of
///   readouts the final membrane, in membrane units;
/// - `spikes[p]`: spikes of population p over its window, negative ones added;
/// - `readout_steps`: steps whose sum the heads give, up to `steps`.
///
/// # Panics
///
/// If a slice is shorter than the conversion's nodes, populations or neurons.
pub fn compare(
    conversion: &Conversion,
    values: &[Vec<f32>],
    sums: &[Vec<i32>],
    spikes: &[u64],
    steps: usize,
    readout_steps: usize,
) -> Vec<LayerMatch> {
    let populations = conversion.network.populations.iter().enumerate();
    let is_head = |p| conversion.network.heads.iter().any(|head| head.population == p);
    let layer = |(p, population): (PopulationId, &crate::snn::Population)| {
        let summed = if is_head(p) { readout_steps } else { steps };
        let (spiking, float) =
            (spiking(conversion, p, &sums[p], summed), float(conversion, p, values));
        let fires = !matches!(population.model, Model::Readout(_));
        let fired = if fires { spikes[p] as f64 } else { 0.0 };
        let (shift, threshold) = match &population.model {
            Model::If(unit) => (range(&unit.shift), range(&unit.reset_above)),
            Model::Tracking(unit) => (range(&unit.shift), range(&unit.above)),
            Model::Curve(curve) => (range(&curve.shift), None),
            Model::Readout(readout) => (range(&readout.shift), None),
            Model::Cuba(unit) => (range(&unit.shift), range(&unit.threshold)),
            Model::Pool(_) | Model::Relay | Model::Input(_) => (None, None),
        };
        LayerMatch {
            layer: p,
            name: population.name.clone(),
            correlation: correlation(&spiking, &float),
            relative_error: relative_error(&spiking, &float),
            beyond: beyond(conversion, p, &float),
            spikes_per_neuron_step: fired / (population.shape.neurons() * steps) as f64,
            shift: shift.filter(|_| has_weights(conversion, p)),
            threshold,
        }
    };
    populations.map(layer).collect()
}

/// See [`LayerMatch::beyond`]; `float` is by neuron, channels innermost.
fn beyond(conversion: &Conversion, p: PopulationId, float: &[f64]) -> f64 {
    let population = &conversion.network.populations[p];
    let most = match &population.model {
        Model::If(unit) => unit.burst,
        Model::Tracking(unit) => unit.most_up,
        Model::Curve(curve) => curve.most_up,
        _ => return 0.0,
    };
    let lambda = &conversion.lambda[p];
    let largest = |n: usize| f64::from(most) * lambda[n % population.shape.channels] * 1.001;
    let active = float.iter().filter(|value| **value != 0.0).count();
    let over = float.iter().enumerate().filter(|&(n, value)| *value > largest(n)).count();
    if active > 0 { over as f64 / active as f64 } else { 0.0 }
}

/// Analogue populations get currents in membrane units instead.
fn has_weights(conversion: &Conversion, p: PopulationId) -> bool {
    let weighted = |c: &Connection| matches!(c, Connection::Conv(_));
    conversion.network.projections.iter().any(|q| q.target == p && weighted(&q.connection))
}

fn range<T: Copy + Ord>(values: &[T]) -> Option<[T; 2]> {
    Some([*values.iter().min()?, *values.iter().max()?])
}

/// Pearson correlation; `None` where one side is constant.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    // Of equal values the mean may differ in the last bit, which would pass for a variance.
    let constant = |v: &[f64]| v.iter().all(|x| *x == v[0]);
    if constant(a) || constant(b) {
        return None;
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    Some(ab / (aa.sqrt() * bb.sqrt()))
}

fn relative_error(spiking: &[f64], float: &[f64]) -> Option<f64> {
    let norm = float.iter().map(|f| f * f).sum::<f64>().sqrt();
    let off = spiking.iter().zip(float).map(|(s, f)| (s - f).powi(2)).sum::<f64>().sqrt();
    (norm > 0.0).then(|| off / norm)
}
