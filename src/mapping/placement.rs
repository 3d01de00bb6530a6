//! Puts cores on the mesh: neighbours in the image become neighbours on the chip, by giving out
//! places along one Hilbert curve in the order of another over the image.

use super::partition::Usage;
use super::{Core, CoreId, Error, Grid, Tiling};
use crate::profile::Topology;
use crate::snn::Network;

/// Order of the Hilbert curve over the image; 2^16 steps a side.
const IMAGE_ORDER: u32 = 16;

/// The fewest chips that hold `cores`, as near to a square as the board allows.
pub(super) fn grid(topology: &Topology, cores: usize) -> Result<Grid, Error> {
    let [width, height] = topology.mesh;
    let per_chip = width * height * topology.cores_per_tile;
    let [board_x, board_y] = topology.board;
    let mut best: Option<((usize, usize), [usize; 2])> = None;
    for x in 1..=board_x {
        for y in 1..=board_y {
            let key = (x * y, x.abs_diff(y));
            if x * y * per_chip >= cores && best.is_none_or(|(b, _)| key < b) {
                best = Some((key, [x, y]));
            }
        }
    }
    let chips = board_x * board_y;
    let (_, [x, y]) = best.ok_or(Error::Board { needed: cores, available: chips * per_chip, chips })?;
    Ok(of_chips(topology, [x, y]))
}

/// As near to a square of chips as holds `cores`, whatever the board.
pub(super) fn unbounded_grid(topology: &Topology, cores: usize) -> Grid {
    let [width, height] = topology.mesh;
    let chips = cores.div_ceil(width * height * topology.cores_per_tile);
    let x = chips.isqrt().max(1);
    let y = chips.div_ceil(x).max(1);
    of_chips(topology, [x, y])
}

/// The joined meshes of `chips` in x and y.
fn of_chips(topology: &Topology, [x, y]: [usize; 2]) -> Grid {
    let [chip_width, chip_height] = topology.mesh;
    let (width, height) = (x * chip_width, y * chip_height);
    Grid { width, height, chip_width, chip_height, chips: x * y, cores_per_tile: topology.cores_per_tile }
}

/// Cores in the order of placement; fills `cores` of every tiling.
pub(super) fn place(
    network: &Network,
    tilings: &mut [Tiling],
    usages: &[Vec<Usage>],
    grid: &Grid,
) -> Vec<Core> {
    let mut order = vec![];
    for (id, tiling) in tilings.iter_mut().enumerate() {
        let population = &network.populations[id];
        let blocks = tiling.channels.len() - 1;
        tiling.cores = vec![0; usages[id].len()];
        for (position, (rows, columns)) in tiling
            .rows
            .windows(2)
            .flat_map(|rows| tiling.columns.windows(2).map(move |columns| (rows, columns)))
            .enumerate()
        {
            let y = centre(rows, population.shape.height);
            let x = centre(columns, population.shape.width);
            let index = hilbert(IMAGE_ORDER, x, y);
            order.extend((0..blocks).map(|b| (index, population.depth, id, position * blocks + b)));
        }
    }
    order.sort_unstable();
    let places = places(grid);
    let mut cores = Vec::with_capacity(order.len());
    for (i, (_, _, id, block)) in order.into_iter().enumerate() {
        let [x, y] = places[i / grid.cores_per_tile];
        let usage = &usages[id][block];
        tilings[id].cores[block] = i as CoreId;
        cores.push(Core {
            x,
            y,
            slot: i % grid.cores_per_tile,
            population: Some(id),
            neurons: usage.neurons,
            synapse_memory_bits: usage.memory,
            axons_in: usage.axons_in,
            axons_out: usage.axons_out,
        });
    }
    cores
}

/// Centre of a block in steps of the image's curve.
fn centre(edges: &[usize], size: usize) -> usize {
    (edges[0] + edges[1]) * (1 << IMAGE_ORDER) / (2 * size)
}

/// The tiles of the grid along a Hilbert curve over the smallest square around it.
fn places(grid: &Grid) -> Vec<[usize; 2]> {
    let order = grid.width.max(grid.height).next_power_of_two().trailing_zeros();
    let mut tiles: Vec<[usize; 2]> =
        (0..grid.height).flat_map(|y| (0..grid.width).map(move |x| [x, y])).collect();
    tiles.sort_by_key(|&[x, y]| hilbert(order, x, y));
    tiles
}

/// Index of `(x, y)` along the Hilbert curve over a square of `2^order` a side.
fn hilbert(order: u32, mut x: usize, mut y: usize) -> u64 {
    let mut index = 0;
    for level in (0..order).rev() {
        let side = 1usize << level;
        let (right, upper) = (x & side != 0, y & side != 0);
        index = index * 4
            + match (right, upper) {
                (false, false) => 0,
                (false, true) => 1,
                (true, true) => 2,
                (true, false) => 3,
            };
        // Turn the quadrant so that the curve inside runs like the whole one.
        x &= side - 1;
        y &= side - 1;
        if !upper {
            if right {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
    }
    index
}
