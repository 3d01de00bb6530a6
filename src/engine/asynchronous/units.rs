//! Constants of the units of all models.

use crate::snn::{Model, Network, PopulationId};

/// Bias of a channel, in membrane units.
pub(super) fn bias(network: &Network, p: PopulationId, c: usize) -> i32 {
    match &network.populations[p].model {
        Model::If(unit) => unit.bias[c],
        Model::Tracking(unit) => unit.bias[c],
        Model::Curve(curve) => curve.bias[c],
        Model::Readout(unit) => unit.bias[c],
        Model::Cuba(unit) => unit.bias[c].saturating_add(unit.drive[c]),
        Model::Pool(_) | Model::Relay | Model::Input(_) => 0,
    }
}

/// What the host presents to a unit: its bias, or the `inflow` that it is fed. A unit with a
/// current is fed in place of its drive alone.
pub(super) fn presented(network: &Network, p: PopulationId, c: usize, inflow: Option<i32>) -> i32 {
    match (inflow, &network.populations[p].model) {
        (None, _) => bias(network, p, c),
        (Some(inflow), Model::Cuba(unit)) => inflow.saturating_add(unit.bias[c]),
        (Some(inflow), _) => inflow,
    }
}

/// By channel, what turns weight steps into membrane units.
pub(super) fn shifts(model: &Model) -> &[u8] {
    match model {
        Model::If(unit) => &unit.shift,
        Model::Tracking(unit) => &unit.shift,
        Model::Curve(curve) => &curve.shift,
        Model::Readout(unit) => &unit.shift,
        Model::Cuba(unit) => &unit.shift,
        Model::Pool(_) | Model::Relay | Model::Input(_) => &[],
    }
}

pub(super) fn saturation(model: &Model) -> i32 {
    match model {
        Model::If(unit) => unit.saturation,
        Model::Tracking(unit) => unit.saturation,
        Model::Curve(curve) => curve.saturation,
        Model::Cuba(unit) => unit.saturation,
        Model::Pool(_) | Model::Relay | Model::Readout(_) | Model::Input(_) => i32::MAX,
    }
}
