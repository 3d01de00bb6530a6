//! What packets cross on their way, from geometry.

use super::{Cell, Traffic};
use crate::mapping::route::Crossed;
use crate::mapping::{CoreId, Grid, Mapping};
use crate::profile::{Hops, Kind, Multicast};
use rayon::prelude::*;

/// What a spike's packets cross: one to each destination, or one that forks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    pub packets: u64,
    /// Packets within the tile; of one that forks, whether it reaches a core there.
    pub local: u64,
    pub crossed: Crossed,
}

/// What the packets of each cell come to, in columns; of links those of nothing but zeros are
/// empty.
#[derive(Debug, Clone, Default)]
pub struct Tolls {
    pub packets: Vec<u32>,
    pub local: Vec<u32>,
    pub hops: Hops<Vec<u32>>,
    pub chip_links: Vec<u32>,
}

impl Tolls {
    pub fn new(routes: &[Route]) -> Tolls {
        let column = |of: &dyn Fn(&Route) -> u64| -> Vec<u32> {
            // A route crosses far less than 2^32 links.
            let column: Vec<u32> = routes.iter().map(|route| of(route) as u32).collect();
            if column.iter().all(|&n| n == 0) { vec![] } else { column }
        };
        Tolls {
            // Who sends is counted with it, packets or not.
            packets: routes.iter().map(|route| route.packets as u32).collect(),
            local: column(&|route| route.local),
            hops: Hops {
                east: column(&|route| route.crossed.hops.east),
                west: column(&|route| route.crossed.hops.west),
                north: column(&|route| route.crossed.hops.north),
                south: column(&|route| route.crossed.hops.south),
                north_east: column(&|route| route.crossed.hops.north_east),
                south_west: column(&|route| route.crossed.hops.south_west),
            },
            chip_links: column(&|route| route.crossed.chip_links),
        }
    }

    /// Of one cell.
    pub fn route(&self, cell: usize) -> Route {
        let of = |column: &Vec<u32>| column.get(cell).map_or(0, |&n| u64::from(n));
        let crossed = Crossed { hops: self.hops.map(of), chip_links: of(&self.chip_links) };
        Route { packets: of(&self.packets), local: of(&self.local), crossed }
    }
}

/// What a packet to each destination crosses, by cell.
pub fn routes(mapping: &Mapping, traffic: &Traffic) -> Vec<Route> {
    let grid = &mapping.grid;
    let flat = matches!(grid.kind, Kind::Mesh | Kind::Single);
    match grid.multicast {
        Multicast::Unicast if flat => flat_routes(mapping, traffic),
        _ => {
            let of = |cell: &Cell| route(mapping, cell.core, traffic.list(cell.list));
            traffic.cells.par_iter().map(of).collect()
        }
    }
}

/// As [`routes`], of packets that go one by one over a mesh: what they cross is a sum over rows and
/// one over columns.
fn flat_routes(mapping: &Mapping, traffic: &Traffic) -> Vec<Route> {
    let Grid { width, height, chip_width, chip_height, .. } = mapping.grid;
    let tile = |core: CoreId| mapping.cores[core as usize].tile();
    let mut routes = vec![Route::default(); traffic.cells.len()];
    for (list, cells) in traffic.by_list().into_iter().enumerate() {
        let mut to: Vec<[usize; 2]> = vec![];
        traffic.each_destination(list as u32, |core, _| to.push(tile(core)));
        let x = along(to.iter().map(|to| to[0]), width, chip_width);
        let y = along(to.iter().map(|to| to[1]), height, chip_height);
        to.sort_unstable();
        for cell in cells {
            let from = tile(traffic.cells[cell as usize].core);
            let local = to.partition_point(|to| *to <= from) - to.partition_point(|to| *to < from);
            let ([east, west, chips_x], [north, south, chips_y]) = (x[from[0]], y[from[1]]);
            let hops = Hops { east, west, north, south, ..Hops::default() };
            let crossed = Crossed { hops, chip_links: chips_x + chips_y };
            routes[cell as usize] =
                Route { packets: to.len() as u64, local: local as u64, crossed };
        }
    }
    routes
}

/// What packets to the places `to` cross along an axis of `size` places, by the place they come
/// from: links within chips ahead and back, and links between chips, of `chip` places each.
fn along(to: impl Iterator<Item = usize>, size: usize, chip: usize) -> Vec<[u64; 3]> {
    let mut packets = vec![0u64; size];
    to.for_each(|place| packets[place] += 1);
    let mut from = vec![[0; 3]; size];
    // Over the link between two places goes all that goes beyond it.
    let mut cross = |from_end: bool, direction: usize| {
        let (mut beyond, mut sums) = (0, [0; 2]);
        for n in 1..size {
            let (here, last) = if from_end { (size - 1 - n, size - n) } else { (n, n - 1) };
            beyond += packets[last];
            sums[usize::from(here.max(last) % chip == 0)] += beyond;
            from[here][direction] += sums[0];
            from[here][2] += sums[1];
        }
    };
    cross(true, 0);
    cross(false, 1);
    from
}

fn route(mapping: &Mapping, from: CoreId, list: Vec<(CoreId, u64)>) -> Route {
    let from = mapping.cores[from as usize].tile();
    let tiles = || list.iter().map(|&(core, _)| mapping.cores[core as usize].tile());
    match mapping.grid.multicast {
        Multicast::Unicast => tiles().fold(Route::default(), |mut route, to| {
            route.packets += 1;
            route.local += u64::from(from == to);
            route.crossed += mapping.grid.crossed(from, to);
            route
        }),
        Multicast::Tree => Route {
            packets: u64::from(!list.is_empty()),
            local: u64::from(tiles().any(|to| to == from)),
            crossed: mapping.grid.tree(from, tiles()).crossed(&mapping.grid),
        },
    }
}
