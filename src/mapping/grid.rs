//! How many chips a network takes, and the mesh that they form together.

use super::{Error, Grid};
use crate::profile::Topology;

/// The fewest chips that hold `cores`, as near to a square as the board allows.
pub(super) fn of_board(topology: &Topology, cores: usize) -> Result<Grid, Error> {
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
    let (_, [x, y]) =
        best.ok_or(Error::Board { needed: cores, available: chips * per_chip, chips })?;
    Ok(of_chips(topology, [x, y]))
}

/// As near to a square of chips as holds `cores`, whatever the board.
pub(super) fn unbounded(topology: &Topology, cores: usize) -> Grid {
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
    let &Topology { kind, routing, multicast, cores_per_tile, .. } = topology;
    let chips = x * y;
    Grid { width, height, chip_width, chip_height, chips, cores_per_tile, kind, routing, multicast }
}
