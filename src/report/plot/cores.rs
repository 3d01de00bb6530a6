//! `heatmap_cores`: layers, spikes, dynamic energy, memory and time over the mesh of tiles.

use super::Heading;
use super::mesh::{Map, Owners};
use super::style::{energy_unit, time_unit};
use super::target::Target;
use crate::activity::{Activity, CoreActivity};
use crate::mapping::Grid;
use crate::profile::Profile;
use crate::report::Error;
use crate::report::totals::{bill, busy_ps};

/// Draws `heatmap_cores`.
pub(super) fn write(
    target: &Target,
    heading: &Heading,
    grid: &Grid,
    profile: &Profile,
    activity: &Activity,
) -> Result<(), Error> {
    let mut map = Map::new(grid, "no neurons there");
    let one = if grid.cores_per_tile == 1 { "core" } else { "tile" };
    let place = map.place(one);
    let over = |map: &Map, of: &dyn Fn(&CoreActivity) -> f64, join: fn(f64, f64) -> f64| {
        map.gather(activity.cores.iter().map(|core| ([core.x, core.y], of(core))), join)
    };
    let sum: fn(f64, f64) -> f64 = |a, b| a + b;
    if activity.cores.iter().any(|core| core.layer.is_some()) {
        map.own(owners(&map, grid, activity));
    }
    let spikes = over(&map, &|core| core.counts.spikes as f64, sum);
    map.add("spikes sent", format!("spikes per {place}"), spikes);
    let pj = |core: &CoreActivity| bill(activity, &core.counts, profile).total().nominal;
    let (unit, energy) = scaled(over(&map, &pj, sum), energy_unit);
    map.add("dynamic energy", format!("{unit} per {place}"), energy);
    let memory = over(&map, &|core| core.synapse_memory_bits as f64, sum);
    map.add("synapse memory", format!("bits per {place}"), memory);
    // Cores of a tile work side by side.
    let busy = over(&map, &|core| busy_ps(activity, &core.counts, profile), f64::max);
    if busy.iter().flatten().any(|&ps| ps > 0.0) {
        let (unit, busy) = scaled(busy, time_unit);
        let which = if place == "core" { place } else { format!("busiest core of a {place}") };
        map.add("time of events", format!("{unit}, {which}"), busy);
    }
    map.write(target, "heatmap_cores", heading)
}

/// Values in the unit that suits the largest, and its name.
fn scaled(
    mut values: Vec<Option<f64>>,
    unit: fn(f64) -> (&'static str, f64),
) -> (&'static str, Vec<Option<f64>>) {
    let (name, size) = unit(values.iter().flatten().fold(0.0, |max: f64, &value| max.max(value)));
    values.iter_mut().flatten().for_each(|value| *value /= size);
    (name, values)
}

/// The layer of every core. Of blocks of tiles the cores lie over each other.
fn owners(map: &Map, grid: &Grid, activity: &Activity) -> Owners {
    let of = |core: &CoreActivity| Some(([core.x, core.y], (core.slot, core.layer?)));
    let cells = map.collect(activity.cores.iter().filter_map(of));
    let names = activity.layers.iter().map(|layer| layer.name.clone()).collect();
    Owners::new(names, cells, grid.cores_per_tile)
}
