//! Scales of activations, from the float network's values on calibration images.

use super::settings::{Lambda, Normalisation, Settings, Statistic};
use crate::ann::{NodeId, Shape};

/// Least lambda, and least activation of a channel that is not dead, as a share of the layer's largest.
pub const LEAST: f64 = 1e-4;

/// Lambda by channel of `node` as `settings` choose it, over all `images`; at least [`LEAST`]
/// of the layer's largest.
pub fn lambda(images: &[&[Vec<f32>]], node: NodeId, shape: Shape, settings: &Settings) -> Vec<f64> {
    let percentile = match settings.lambda {
        Lambda::Max => 100.0,
        Lambda::Percentile(p) => p,
    };
    let absolute = settings.statistic == Statistic::Absolute;
    let area = shape.height * shape.width;
    let lambda: Vec<f64> = match settings.normalisation {
        Normalisation::Channel => {
            let of_channel = |c: usize| {
                let values = images.iter().flat_map(|i| &i[node][c * area..(c + 1) * area]);
                rank(values, percentile, absolute)
            };
            (0..shape.channels).map(of_channel).collect()
        }
        Normalisation::Layer => {
            let values = images.iter().flat_map(|i| &i[node]);
            vec![rank(values, percentile, absolute); shape.channels]
        }
    };
    let largest = lambda.iter().copied().fold(0.0, f64::max);
    let least = if largest > 0.0 { largest * LEAST } else { 1.0 };
    lambda.into_iter().map(|l| l.max(least)).collect()
}

/// Largest |value| by channel of `node` over all `images`.
pub fn largest(images: &[&[Vec<f32>]], node: NodeId, shape: Shape) -> Vec<f64> {
    let area = shape.height * shape.width;
    let of_channel = |c: usize| {
        let values = images.iter().flat_map(|i| &i[node][c * area..(c + 1) * area]);
        values.fold(0f64, |most, v| most.max(f64::from(v.abs())))
    };
    (0..shape.channels).map(of_channel).collect()
}

/// The `percentile` of the values or of their magnitudes.
fn rank<'a>(values: impl Iterator<Item = &'a f32>, percentile: f64, absolute: bool) -> f64 {
    let mut values: Vec<f32> = values.map(|v| if absolute { v.abs() } else { *v }).collect();
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * percentile / 100.0).round() as usize;
    let rank = rank.min(values.len() - 1);
    f64::from(*values.select_nth_unstable_by(rank, f32::total_cmp).1)
}
