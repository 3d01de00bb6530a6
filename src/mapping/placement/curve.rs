//! Places in the order of a curve over the mesh.

use super::{Grid, Site};

/// Tiles row by row, each row from the west.
pub fn linear(grid: &Grid) -> Vec<Site> {
    sites(grid, tiles(grid))
}

/// Tiles row by row, every other row from the east, so that followers are neighbours.
pub fn snake(grid: &Grid) -> Vec<Site> {
    let turn = |[x, y]: [usize; 2]| [if y % 2 == 0 { x } else { grid.width - 1 - x }, y];
    sites(grid, tiles(grid).map(turn))
}

/// Tiles along a Hilbert curve that is stretched to the shape of the mesh.
pub fn hilbert(grid: &Grid) -> Vec<Site> {
    let mut tiles: Vec<[usize; 2]> = tiles(grid).collect();
    tiles.sort_by_cached_key(|&[x, y]| stretched([y, y + 1], grid.height, [x, x + 1], grid.width));
    sites(grid, tiles.into_iter())
}

/// Order of the stretched curve: 2^16 steps a side.
const ORDER: u32 = 16;

/// Index of the centre of a block along a Hilbert curve over `height` rows and `width` columns, of
/// any shape. Two areas under such curves match place by place, which a curve over the smallest
/// square around one of them would spoil.
pub fn stretched(rows: [usize; 2], height: usize, columns: [usize; 2], width: usize) -> u64 {
    let centre = |[from, to]: [usize; 2], size: usize| (from + to) * (1 << ORDER) / (2 * size);
    index(ORDER, centre(columns, width), centre(rows, height))
}

fn tiles(grid: &Grid) -> impl Iterator<Item = [usize; 2]> {
    let (width, height) = (grid.width, grid.height);
    (0..height).flat_map(move |y| (0..width).map(move |x| [x, y]))
}

/// All cores of a tile before those of the next.
fn sites(grid: &Grid, tiles: impl Iterator<Item = [usize; 2]>) -> Vec<Site> {
    tiles.flat_map(|[x, y]| (0..grid.cores_per_tile).map(move |slot| Site { x, y, slot })).collect()
}

/// Index of `(x, y)` along the Hilbert curve over a square of `2^order` a side.
fn index(order: u32, mut x: usize, mut y: usize) -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(width: usize, height: usize) -> Grid {
        Grid { cores_per_tile: 2, ..Grid::of_one_chip(width, height) }
    }

    fn unit_steps(sites: &[Site]) -> bool {
        sites.windows(2).all(|w| w[0].x.abs_diff(w[1].x) + w[0].y.abs_diff(w[1].y) <= 1)
    }

    /// Every site of the grid exactly once.
    fn covers(grid: &Grid, mut sites: Vec<Site>) -> bool {
        sites.sort_unstable_by_key(|s| (s.y, s.x, s.slot));
        sites == linear(grid)
    }

    #[test]
    fn hilbert_visits_squares_of_a_power_of_two_tile_by_tile() {
        for order in 0..6u32 {
            let side = 1 << order;
            let sites = hilbert(&grid(side, side));
            assert_eq!(sites.len(), 2 * side * side);
            assert!(unit_steps(&sites), "side {side}");
            assert!(covers(&grid(side, side), sites), "side {side}");
            let indices: Vec<u64> =
                tiles(&grid(side, side)).map(|[x, y]| index(order, x, y)).collect();
            let mut sorted = indices.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..(side * side) as u64));
        }
    }

    #[test]
    fn every_curve_covers_meshes_of_any_shape_once() {
        for (width, height) in [(1, 1), (1, 7), (5, 3), (12, 8), (9, 31), (96, 36)] {
            let grid = grid(width, height);
            for sites in [linear(&grid), snake(&grid), hilbert(&grid)] {
                assert!(covers(&grid, sites), "{width} x {height}");
            }
            assert!(unit_steps(&snake(&grid)), "{width} x {height}");
        }
    }
}
