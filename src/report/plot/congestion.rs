//! `congestion`: packets over the busiest link of every router, and where they were moved, how long
//! a packet waited.

use super::Heading;
use super::mesh::Map;
use super::style::time_unit;
use super::target::Target;
use crate::activity::{Activity, Link};
use crate::mapping::Grid;
use crate::report::Error;

/// Draws `congestion`.
pub(super) fn write(
    target: &Target,
    heading: &Heading,
    grid: &Grid,
    activity: &Activity,
) -> Result<(), Error> {
    let mut map = Map::new(grid, "no packet left from there");
    let links = || activity.links.iter().map(|link| (tile(grid, link), link));
    let packets = map.gather(links().map(|(at, link)| (at, link.packets as f64)), f64::max);
    let place = map.place("router");
    map.add("packets over the busiest link", format!("packets, links of a {place}"), packets);
    if activity.steps.iter().any(|step| step.timing.waits.is_some()) {
        let of = |link: &Link| [link.stall_ps as f64, link.packets as f64];
        let sum = |a: [f64; 2], b: [f64; 2]| [a[0] + b[0], a[1] + b[1]];
        let waits = map.gather(links().map(|(at, link)| (at, of(link))), sum);
        let per_packet = |[ps, packets]: [f64; 2]| if packets > 0.0 { ps / packets } else { 0.0 };
        let mut waits: Vec<Option<f64>> =
            waits.into_iter().map(|cell| cell.map(per_packet)).collect();
        let most = waits.iter().flatten().fold(0.0, |max: f64, &ps| max.max(ps));
        let (unit, size) = time_unit(most);
        waits.iter_mut().flatten().for_each(|ps| *ps /= size);
        map.add("waiting per packet and link", format!("{unit}, mean of a {place}"), waits);
    }
    map.write(target, "congestion", heading)
}

/// Where a link is drawn: at the tile that it leaves. A hub has no tile: its links are drawn at the
/// tile they lead to, and those between hubs at the first tile of the chip.
fn tile(grid: &Grid, link: &Link) -> [usize; 2] {
    let on_tile = |at: [usize; 2]| (at[0] < grid.width && at[1] < grid.height).then_some(at);
    let first = || {
        let [x, y] = link.from;
        let chip = [x.saturating_sub(grid.width), y.saturating_sub(grid.height)];
        [chip[0] * grid.chip_width, chip[1] * grid.chip_height]
    };
    on_tile(link.from).or(on_tile(link.to)).unwrap_or_else(first)
}
