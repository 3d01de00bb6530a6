//! Where the panels of a mesh stand: as many side by side as leave the largest cells.

use super::{ABOVE, BELOW, LEFT, MARGIN, RIGHT, TOP};

/// Width that pictures take up, and height that they rarely exceed.
const WIDTH: i32 = 1000;
const HEIGHT: i32 = 1150;
/// Sides of a cell.
const SIDES: [i32; 2] = [2, 44];
/// A panel is never narrower, so that its title has room.
const NARROWEST: i32 = 240;

pub(super) struct Layout {
    panels: usize,
    columns: usize,
    /// Pixels per cell and side.
    pub cell: i32,
    /// Of the mesh, in cells.
    cells: [usize; 2],
}

impl Layout {
    pub fn new(panels: usize, cells: [usize; 2]) -> Layout {
        let of = |columns: usize| {
            let rows = panels.div_ceil(columns).max(1) as i32;
            let room =
                [WIDTH / columns as i32 - LEFT - RIGHT, (HEIGHT - TOP) / rows - ABOVE - BELOW];
            let cell = (room[0] / cells[0] as i32).min(room[1] / cells[1] as i32);
            Layout { panels, columns, cell: cell.clamp(SIDES[0], SIDES[1]), cells }
        };
        // Of equals the one with the most side by side.
        let most = (WIDTH / NARROWEST) as usize;
        let fits = (1..=panels.clamp(1, most)).map(of);
        let best = fits.max_by_key(|layout| (layout.cell, layout.columns));
        best.unwrap_or_else(|| of(1))
    }

    /// Of a map.
    pub fn map_size(&self) -> [i32; 2] {
        self.cells.map(|cells| cells as i32 * self.cell)
    }

    /// From one panel to the next.
    pub fn stride(&self) -> i32 {
        let needed = LEFT + self.map_size()[0] + RIGHT;
        needed.max(NARROWEST).max((WIDTH - MARGIN) / self.columns as i32)
    }

    pub fn width(&self) -> i32 {
        self.columns as i32 * self.stride() + MARGIN
    }

    /// A colour bar needs some height, however flat the mesh.
    fn row(&self) -> i32 {
        ABOVE + self.map_size()[1].max(120) + BELOW
    }

    pub fn height(&self) -> i32 {
        self.panels.div_ceil(self.columns) as i32 * self.row()
    }

    /// Upper left corner of the n-th map.
    pub fn map(&self, n: usize) -> [i32; 2] {
        let (column, row) = ((n % self.columns) as i32, (n / self.columns) as i32);
        [column * self.stride() + LEFT, TOP + row * self.row() + ABOVE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_use_the_width() {
        for cells in [[8, 28], [1, 1], [160, 10], [3, 160], [56, 56]] {
            let layout = Layout::new(5, cells);
            assert!(layout.width() >= 900, "{cells:?}: {}", layout.width());
            let [x, _] = layout.map(layout.columns - 1);
            assert!(x + layout.map_size()[0] + RIGHT <= layout.width(), "{cells:?}");
        }
    }
}
