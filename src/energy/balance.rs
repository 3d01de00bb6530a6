//! That bills add up: what steps, layers and cores cost is what the run costs, and every figure is
//! a number.

use super::{
    Band, Beside, Component, beside_energy, board_energy, price, processor_energy, static_energy,
};
use crate::activity::{Activity, Counts};
use crate::profile::Profile;
use std::collections::BTreeMap;

/// A bill that cannot be written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unbalanced {
    /// Two sums that must be equal differ.
    #[error("energy of {component}: {left} pJ {of_left}, but {right} pJ {of_right}")]
    Unequal {
        /// What is paid for.
        component: Component,
        /// One sum, picojoules.
        left: f64,
        /// What it is a sum of.
        of_left: &'static str,
        /// The other sum, picojoules.
        right: f64,
        /// What that is a sum of.
        of_right: &'static str,
    },
    /// A figure is infinite or no number.
    #[error("energy of {component}: {value} pJ is no finite number")]
    NotFinite {
        /// What is paid for.
        component: Component,
        /// The figure, picojoules.
        value: f64,
    },
}

type Parts = BTreeMap<Component, Band>;

/// Share of a sum by which rounding may change it.
const ROUNDING: f64 = 1e-9;

/// Prices steps, layers and cores by themselves and compares their sums. The classes of `activity`
/// are as many as its counts have, and its times fit ([`crate::activity::check`]).
///
/// # Errors
/// The first component whose sums differ, or that is not finite.
pub fn balance(activity: &Activity, profile: &Profile) -> Result<(), Unbalanced> {
    let mut counts = Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
    activity.steps.iter().for_each(|step| counts.add(&step.counts));
    let priced = |parts: &mut Parts, counts: &Counts| {
        let bill = price(counts, &activity.soma_classes, &activity.synapse_classes, profile);
        bill.components
            .into_iter()
            .for_each(|(component, band)| *parts.entry(component).or_default() += band);
    };
    let [mut all, mut steps, mut layers, mut cores] = [const { Parts::new() }; 4];
    priced(&mut all, &counts);
    activity.steps.iter().for_each(|step| priced(&mut steps, &step.counts));
    activity.layers.iter().for_each(|layer| priced(&mut layers, &layer.counts));
    activity.cores.iter().for_each(|core| priced(&mut cores, &core.counts));
    let time = activity.time();
    all.insert(Component::Static, static_energy(profile, activity.chips, time));
    let by_step =
        activity.steps.iter().map(|step| static_energy(profile, activity.chips, step.timing.total));
    steps.insert(Component::Static, by_step.fold(Band::default(), |sum, band| sum + band));
    for (part, of_part) in
        [(&steps, "over all steps"), (&layers, "over all layers"), (&cores, "over all cores")]
    {
        for (&component, band) in part {
            let whole = all.get(&component).copied().unwrap_or_default();
            agree(component, whole, (*band, of_part))?;
        }
    }
    all.extend(beside_energy(profile, Beside::of(activity)).components);
    all.insert(Component::Board, board_energy(profile, activity.chips, time));
    all.insert(Component::Processor, processor_energy(activity, profile));
    let mut sum = Band::default();
    for (component, band) in all {
        sum += band;
        // A sum that is too large is told of the component that makes it so.
        if let Some(value) =
            ends(band).into_iter().chain(ends(sum)).find(|value| !value.is_finite())
        {
            return Err(Unbalanced::NotFinite { component, value });
        }
    }
    Ok(())
}

fn ends(band: Band) -> [f64; 3] {
    [band.low, band.nominal, band.high]
}

fn agree(
    component: Component,
    whole: Band,
    (part, of_right): (Band, &'static str),
) -> Result<(), Unbalanced> {
    for (left, right) in ends(whole).into_iter().zip(ends(part)) {
        if !left.is_finite() {
            return Err(Unbalanced::NotFinite { component, value: left });
        }
        // Written so that no number that is none passes.
        let near = (left - right).abs() <= ROUNDING * left.abs();
        if !near {
            return Err(Unbalanced::Unequal {
                component,
                left,
                of_left: "in all",
                right,
                of_right,
            });
        }
    }
    Ok(())
}
