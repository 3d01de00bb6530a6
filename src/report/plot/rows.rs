//! A line of the picture for each layer, from top to bottom.

use super::style::{Anchor, Canvas, Draw, INK, cell_ticks};

/// Pixels of the layers together, about.
const HEIGHT: usize = 1300;
/// Room for names.
pub(super) const NAMES: i32 = 190;

/// Where the lines lie.
pub(super) struct Rows {
    pub top: i32,
    /// Height of a line.
    pub cell: i32,
    pub count: usize,
}

impl Rows {
    pub fn new(top: i32, count: usize) -> Rows {
        Rows { top, cell: (HEIGHT / count.max(1)).clamp(3, 22) as i32, count }
    }

    pub fn height(&self) -> i32 {
        self.count as i32 * self.cell
    }

    pub fn y(&self, row: usize) -> i32 {
        self.top + row as i32 * self.cell
    }

    /// Names of as many lines as have room, to the left of [`NAMES`].
    pub fn names<'a>(&self, canvas: &Canvas, names: impl IntoIterator<Item = &'a str>) -> Draw {
        let font = (self.cell - 2).clamp(8, 12);
        let labelled = cell_ticks(self.count, (self.height() / 10).max(1) as usize);
        for (row, name) in names.into_iter().enumerate() {
            if labelled.binary_search(&row).is_ok() {
                let name = canvas.fit(name, font, NAMES - 20);
                canvas.text(
                    [NAMES - 7, self.y(row) + self.cell / 2],
                    &name,
                    font,
                    INK,
                    Anchor::Right,
                )?;
            }
        }
        Ok(())
    }
}
