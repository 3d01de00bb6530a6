//! What the whole numbers of a conversion are worth in floats.

use super::Conversion;
use crate::snn::Model;

/// By population and channel, the float value of a membrane unit: of units that fire, what one
/// spike a step says over the units that a spike takes off; of heads, what their sum of all steps
/// is read by. Units that follow a curve sum up what arrives, which has no float unit; they have
/// none, as pools have none.
pub fn membrane_units(conversion: &Conversion) -> Vec<Vec<f64>> {
    let network = &conversion.network;
    let unit = |(p, lambda): (usize, &Vec<f64>)| {
        let per_spike = |spike: &[i32]| -> Vec<f64> {
            lambda.iter().zip(spike).map(|(lambda, &spike)| lambda / f64::from(spike)).collect()
        };
        match &network.populations[p].model {
            Model::If(unit) => per_spike(&unit.reset_above),
            Model::Tracking(unit) => per_spike(&unit.above),
            Model::Readout(_) => {
                let head = network.heads.iter().find(|head| head.population == p);
                head.map_or(vec![], |head| head.scale.clone())
            }
            _ => vec![],
        }
    };
    conversion.lambda.iter().enumerate().map(unit).collect()
}
