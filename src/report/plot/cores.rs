//! `heatmap_cores`: spikes and dynamic energy over the mesh of tiles.

use super::Heading;
use super::mesh::Map;
use super::scale::energy_unit;
use crate::activity::Activity;
use crate::mapping::Grid;
use crate::profile::Profile;
use crate::report::Error;
use crate::report::totals::bill;
use std::path::Path;

pub(super) fn write(
    dir: &Path,
    heading: &Heading,
    grid: &Grid,
    profile: &Profile,
    activity: &Activity,
) -> Result<(), Error> {
    let mut map = Map::new(grid, "no neurons there");
    let cores = || activity.cores.iter();
    let spikes = map.gather(cores().map(|c| ([c.x, c.y], c.counts.spikes as f64)), |a, b| a + b);
    let pj = |counts| bill(activity, counts, profile).total().nominal;
    let mut energy = map.gather(cores().map(|c| ([c.x, c.y], pj(&c.counts))), |a, b| a + b);
    let (unit, size) = energy_unit(energy.iter().flatten().fold(0.0, |max: f64, &pj| max.max(pj)));
    energy.iter_mut().flatten().for_each(|pj| *pj /= size);
    let place = map.place(if grid.cores_per_tile == 1 { "core" } else { "tile" });
    map.add(format!("spikes sent per {place}"), spikes);
    map.add(format!("dynamic energy per {place} ({unit})"), energy);
    map.write(dir, "heatmap_cores", heading, grid)
}
