//! Floats of whole numbers: what a membrane unit of a trained network is.

use crate::convert::Conversion;
use crate::export::nir::form::mean_of;
use crate::snn::{Connection, Model, Network, PopulationId};

/// By population and channel, the float of a membrane unit. Of units that fire it is a power of
/// two, so that floats of 32 bits hold the weights, and thresholds are from a half to 1; behind an
/// average pool alone what makes its weights means; of heads what makes potentials outputs.
pub fn trained(conversion: &Conversion) -> Vec<Vec<f64>> {
    let network = &conversion.network;
    let of = |(p, population): (usize, &crate::snn::Population)| match &population.model {
        Model::If(unit) => pooled(network, p, &unit.shift).unwrap_or_else(|| {
            unit.reset_above.iter().map(|&threshold| power(threshold)).collect()
        }),
        _ => {
            let head = network.heads.iter().find(|head| head.population == p);
            let scale = |c: usize| head.and_then(|head| head.scale.get(c).copied());
            let good = |scale: f64| Some(scale).filter(|s| s.is_finite() && *s > 0.0);
            let unit = |c: usize| scale(c).and_then(good).unwrap_or(1.0);
            (0..population.shape.channels).map(unit).collect()
        }
    };
    network.populations.iter().enumerate().map(of).collect()
}

/// The largest power of two of which `threshold` units are no more than 1.
fn power(threshold: i32) -> f64 {
    let bits = 32 - (threshold.max(1) - 1).leading_zeros();
    1.0 / f64::from(2u32.pow(bits.min(31)))
}

/// Units by which what arrives from a pool alone is its mean.
fn pooled(network: &Network, p: PopulationId, shift: &[u8]) -> Option<Vec<f64>> {
    let mut into = network.projections.iter().filter(|projection| projection.target == p);
    let (one, None) = (into.next()?, into.next()) else { return None };
    let Connection::Conv(conv) = &one.connection else { return None };
    let [from, to] = [one.source, p].map(|p| network.populations[p].shape);
    let weights = mean_of(conv, from, to)?;
    let share = 1.0 / (conv.window.kernel[0] * conv.window.kernel[1]) as f64;
    let unit = |(&w, &k): (&i32, &u8)| (w > 0).then(|| share / (f64::from(w) * two(k)));
    weights.iter().zip(shift).map(unit).collect()
}

/// 2 to the power of `shift`.
pub fn two(shift: u8) -> f64 {
    f64::from(shift).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_from_a_half_to_one() {
        assert_eq!(
            [1, 2, 3, 1000, 1 << 30].map(power),
            [1.0, 0.5, 0.25, 1.0 / 1024.0, 0.5f64.powi(30)]
        );
    }
}
