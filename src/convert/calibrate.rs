//! Scales of activations, from the float network's values on calibration images.

use crate::ann::{NodeId, Shape};

/// The `percentile` (0 to 100) of |activation| by channel of `node` over all `images`, at least
/// 1e-4 of the layer's largest.
pub fn lambda(images: &[&[Vec<f32>]], node: NodeId, shape: Shape, percentile: f64) -> Vec<f64> {
    let area = shape.height * shape.width;
    let of_channel = |c: usize| {
        let mut values: Vec<f32> =
            images.iter().flat_map(|i| i[node][c * area..(c + 1) * area].iter().map(|v| v.abs())).collect();
        if values.is_empty() {
            return 0.0;
        }
        let rank = ((values.len() - 1) as f64 * percentile / 100.0).round() as usize;
        let rank = rank.min(values.len() - 1);
        f64::from(*values.select_nth_unstable_by(rank, f32::total_cmp).1)
    };
    let lambda: Vec<f64> = (0..shape.channels).map(of_channel).collect();
    let largest = lambda.iter().copied().fold(0.0, f64::max);
    let least = if largest > 0.0 { largest * 1e-4 } else { 1.0 };
    lambda.into_iter().map(|l| l.max(least)).collect()
}

/// Largest |value| by channel of `node` over all `images`.
pub fn largest(images: &[&[Vec<f32>]], node: NodeId, shape: Shape) -> Vec<f64> {
    lambda(images, node, shape, 100.0)
}
