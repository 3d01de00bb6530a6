//! Where the energy goes.

use super::{MILLI, milli, share};
use crate::activity::{Activity, Layer};
use crate::energy::{Band, Bill, Component};
use crate::profile::Profile;
use crate::report::totals::{DYNAMIC, Totals, bill};
use serde::Serialize;

/// Energy of one component of the whole inference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnergyShare {
    /// As `energy.csv` calls it.
    pub component: String,
    /// `dynamic`, `static` or `system`.
    pub scope: &'static str,
    pub energy_mj: Band,
    /// Of the energy of the inference.
    pub share: f64,
}

/// Energy of the events of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerShare {
    pub layer: String,
    pub energy_mj: Band,
    /// Of the energy of all events.
    pub share: f64,
    /// Nominal millijoules of its components, in the order of `energy.csv`, those of zero left out.
    pub components: Vec<(String, f64)>,
}

/// All components that cost anything, the largest first; of equals in the order of `energy.csv`.
pub(super) fn by_component(totals: &Totals) -> Vec<EnergyShare> {
    let all = totals.all().nominal;
    let dynamic = DYNAMIC.map(|component| (component, "dynamic", totals.dynamic.get(component)));
    let fixed = [(Component::Static, "static", totals.fixed)];
    let system = [
        Component::InputMac,
        Component::InputWrite,
        Component::Host,
        Component::Board,
        Component::Processor,
    ];
    let system = system.map(|component| (component, "system", totals.system.get(component)));
    let mut shares: Vec<EnergyShare> = (dynamic.into_iter().chain(fixed).chain(system))
        .filter(|(_, _, band)| band.high > 0.0)
        .map(|(component, scope, band)| EnergyShare {
            component: component.to_string(),
            scope,
            energy_mj: milli(band),
            share: share(band.nominal, all),
        })
        .collect();
    shares.sort_by(|a, b| b.energy_mj.nominal.total_cmp(&a.energy_mj.nominal));
    shares
}

/// All layers, the one of most energy first; of equals in the order of `layers.csv`.
pub(super) fn by_layer(activity: &Activity, profile: &Profile) -> Vec<LayerShare> {
    let bills: Vec<(&Layer, Bill)> = (activity.layers.iter())
        .map(|layer| (layer, bill(activity, &layer.counts, profile)))
        .collect();
    let all: f64 = bills.iter().map(|(_, bill)| bill.total().nominal).sum();
    let mut shares: Vec<LayerShare> = bills
        .into_iter()
        .map(|(layer, bill)| {
            let paid = DYNAMIC.into_iter().map(|c| (c.to_string(), bill.get(c).nominal / MILLI));
            LayerShare {
                layer: layer.name.clone(),
                energy_mj: milli(bill.total()),
                share: share(bill.total().nominal, all),
                components: paid.filter(|(_, mj)| *mj > 0.0).collect(),
            }
        })
        .collect();
    shares.sort_by(|a, b| b.energy_mj.nominal.total_cmp(&a.energy_mj.nominal));
    shares
}

/// Nominal energy of visits and updates of neurons that do not fire in that step. Neurons of a
/// layer are of one class, so that its visits cost alike.
pub(super) fn silent_visits_pj(activity: &Activity, profile: &Profile) -> f64 {
    let of_layer = |layer: &Layer| {
        let bill = bill(activity, &layer.counts, profile);
        let updates: u64 = layer.counts.updates(profile.update_rule).iter().sum();
        let silent = |component: Component, visits: u64| {
            let fired = layer.counts.events.min(visits);
            bill.get(component).nominal * share((visits - fired) as f64, visits as f64)
        };
        silent(Component::Access, layer.counts.total_accesses())
            + silent(Component::Update, updates)
    };
    activity.layers.iter().map(of_layer).sum()
}
