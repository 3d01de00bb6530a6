//! `congestion`: packets over the busiest link of every router, and where they were moved, how long they waited.

use super::Heading;
use super::mesh::Map;
use super::scale::time_unit;
use crate::activity::{Activity, Link};
use crate::mapping::Grid;
use crate::report::Error;
use std::path::Path;

pub(super) fn write(
    dir: &Path,
    heading: &Heading,
    grid: &Grid,
    activity: &Activity,
) -> Result<(), Error> {
    let mut map = Map::new(grid, "no packet left from there");
    let links = || activity.links.iter().map(|link| (tile(grid, link), link));
    let packets = map.gather(links().map(|(at, link)| (at, link.packets as f64)), f64::max);
    let place = map.place("router");
    map.add(format!("packets over the busiest link, per {place}"), packets);
    if activity.steps.iter().any(|step| step.timing.waits.is_some()) {
        let mut stall =
            map.gather(links().map(|(at, link)| (at, link.stall_ps as f64)), |a, b| a + b);
        let (unit, size) = time_unit(stall.iter().flatten().fold(0.0, |max: f64, &ps| max.max(ps)));
        stall.iter_mut().flatten().for_each(|ps| *ps /= size);
        map.add(format!("stall of all packets, per {place} ({unit})"), stall);
    }
    map.write(dir, "congestion", heading, grid)
}

/// Where a link is drawn: at the tile that it leaves. A hub has no tile: its links are drawn at the tile they lead to, and
/// those between hubs at the first tile of the chip.
fn tile(grid: &Grid, link: &Link) -> [usize; 2] {
    let on_tile = |at: [usize; 2]| (at[0] < grid.width && at[1] < grid.height).then_some(at);
    let first = || {
        let [x, y] = link.from;
        let chip = [x.saturating_sub(grid.width), y.saturating_sub(grid.height)];
        [chip[0] * grid.chip_width, chip[1] * grid.chip_height]
    };
    on_tile(link.from).or(on_tile(link.to)).unwrap_or_else(first)
}
