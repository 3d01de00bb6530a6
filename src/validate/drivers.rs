//! Which inputs of a prediction move it most: each alone at its low and its high end, all others
//! at their nominal figures.

use super::{Driver, Error};
use crate::profile::{Cost, Costs, EventCost, Profile};

/// Some of a profile's costs.
type Group = fn(&mut Costs) -> Vec<&mut EventCost>;

/// Costs that come from one source and stand or fall together.
const GROUPS: [(&str, Group); 3] = [
    ("costs of neurons", neurons),
    ("costs of operations", operations),
    ("costs of packets", packets),
];

fn neurons(costs: &mut Costs) -> Vec<&mut EventCost> {
    let classes = costs.soma.values_mut();
    classes.flat_map(|soma| [&mut soma.access, &mut soma.update, &mut soma.spike]).collect()
}

fn operations(costs: &mut Costs) -> Vec<&mut EventCost> {
    costs.synapse.values_mut().chain([&mut costs.dendrite]).collect()
}

fn packets(costs: &mut Costs) -> Vec<&mut EventCost> {
    let hop = &mut costs.hop;
    let hops = [&mut hop.east, &mut hop.west, &mut hop.north, &mut hop.south];
    let ends = [&mut costs.axon_out, &mut costs.axon_in, &mut costs.local, &mut costs.chip_link];
    hops.into_iter().chain(ends).collect()
}

/// By the energies of the profile.
pub(super) fn of_energies(
    profile: &Profile,
    figure: impl Fn(&Profile) -> f64,
) -> Result<Vec<Driver>, Error> {
    let mut drivers = of_events(profile, |event| &mut event.energy_pj, |moved| Ok(figure(moved)))?;
    let [low, high] = [|cost: &Cost| cost.low, |cost: &Cost| cost.high].map(|end| {
        let mut moved = profile.clone();
        let cost = &mut moved.costs.static_mw_per_chip;
        cost.nominal = end(cost);
        figure(&moved)
    });
    drivers.push(Driver { name: "static power".into(), low, high });
    Ok(drivers)
}

/// By the times of the profile.
pub(super) fn of_times(
    profile: &Profile,
    figure: impl FnMut(&Profile) -> Result<f64, Error>,
) -> Result<Vec<Driver>, Error> {
    of_events(profile, |event| &mut event.latency_ns, figure)
}

fn of_events(
    profile: &Profile,
    cost: fn(&mut EventCost) -> &mut Cost,
    mut figure: impl FnMut(&Profile) -> Result<f64, Error>,
) -> Result<Vec<Driver>, Error> {
    let mut drivers = vec![];
    for (name, group) in GROUPS {
        let mut at = |end: fn(&Cost) -> f64| {
            let mut moved = profile.clone();
            for event in group(&mut moved.costs) {
                let cost = cost(event);
                cost.nominal = end(cost);
            }
            if moved == *profile { Ok(None) } else { figure(&moved).map(Some) }
        };
        // An end that is the nominal figure gives the other end alone.
        let (low, high) = (at(|cost| cost.low)?, at(|cost| cost.high)?);
        if low.is_some() || high.is_some() {
            let nominal = figure(profile)?;
            let [low, high] = [low, high].map(|end| end.unwrap_or(nominal));
            drivers.push(Driver { name: name.into(), low, high });
        }
    }
    Ok(drivers)
}

/// Those that move anything, the largest first.
pub(super) fn sorted(mut drivers: Vec<Driver>) -> Vec<Driver> {
    let spread = |driver: &Driver| (driver.high - driver.low).abs();
    drivers.retain(|driver| spread(driver) > 0.0);
    drivers.sort_by(|a, b| spread(b).total_cmp(&spread(a)));
    drivers
}
