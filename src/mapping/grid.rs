//! How many chips a network takes, and the mesh that they form together.

use super::{Error, Gap, Grid, Verdict};
use crate::plain::counted;
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

/// The grid that was found; without limits one that is large enough, and what was dropped.
pub(super) fn or_unbounded(
    found: Result<Grid, Error>,
    topology: &Topology,
    idealised: bool,
) -> Result<(Grid, Option<Gap>), Error> {
    match found {
        Err(Error::Board { needed, available, chips }) if idealised => {
            let message = format!(
                "{needed} cores > {available} on the largest board ({})",
                counted(chips, "chip")
            );
            let (verdict, limit) = (Verdict::Refused, "board".to_string());
            let gap = Gap { verdict, layer: String::new(), limit, message };
            Ok((unbounded(topology, needed), Some(gap)))
        }
        found => found.map(|grid| (grid, None)),
    }
}

/// As near to a square of chips as holds `cores`, whatever the board.
fn unbounded(topology: &Topology, cores: usize) -> Grid {
    let [width, height] = topology.mesh;
    let chips = cores.div_ceil(width * height * topology.cores_per_tile);
    let x = chips.isqrt().max(1);
    let y = chips.div_ceil(x).max(1);
    of_chips(topology, [x, y])
}

/// The joined meshes of `chips` in x and y.
pub(super) fn of_chips(topology: &Topology, [x, y]: [usize; 2]) -> Grid {
    let [chip_width, chip_height] = topology.mesh;
    let (width, height) = (x * chip_width, y * chip_height);
    let &Topology { kind, routing, multicast, cores_per_tile, .. } = topology;
    let chips = x * y;
    Grid { width, height, chip_width, chip_height, chips, cores_per_tile, kind, routing, multicast }
}
