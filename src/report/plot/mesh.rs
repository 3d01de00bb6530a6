//! Values over the mesh of tiles, a panel for each.

use super::Heading;
use super::canvas::{Anchor, COLOUR_BAR, Canvas, Draw, HEADING, png, svg, white};
use super::colour::{BORDER, INK, NOTHING, colour};
use super::scale::{Scale, cell_ticks};
use crate::mapping::Grid;
use crate::report::Error;
use plotters::prelude::DrawingBackend;
use std::path::Path;

/// Longest side of a panel in pixels.
const PANEL: usize = 520;
/// Most cells on a side; beyond, tiles are drawn in blocks.
const CELLS: usize = 160;
const LEFT: i32 = 46;
const TOP: i32 = HEADING + 30;
const BOTTOM: i32 = 66;

/// A picture of the mesh.
pub(super) struct Map {
    width: usize,
    height: usize,
    /// Tiles per cell and side.
    block: usize,
    /// Pixels per cell and side.
    cell: i32,
    panels: Vec<Panel>,
    /// What cells without a value are.
    grey: &'static str,
}

struct Panel {
    title: String,
    /// By cell.
    values: Vec<Option<f64>>,
}

impl Map {
    /// Without panels; `grey` says what cells without a value are.
    pub fn new(grid: &Grid, grey: &'static str) -> Map {
        let block = grid.width.max(grid.height).div_ceil(CELLS).max(1);
        let (width, height) =
            (grid.width.div_ceil(block).max(1), grid.height.div_ceil(block).max(1));
        let cell = (PANEL / width.max(height)).clamp(3, 48) as i32;
        Map { width, height, block, cell, panels: vec![], grey }
    }

    /// What a cell is called, where `one` is the name of a tile.
    pub fn place(&self, one: &str) -> String {
        match self.block {
            1 => one.into(),
            block => format!("{block} x {block} tiles"),
        }
    }

    /// One value per cell: those of its tiles, which come in any order, taken together by `join`.
    pub fn gather(
        &self,
        values: impl Iterator<Item = ([usize; 2], f64)>,
        join: impl Fn(f64, f64) -> f64,
    ) -> Vec<Option<f64>> {
        let mut cells = vec![None; self.width * self.height];
        for ([x, y], value) in values {
            let cell: &mut Option<f64> = &mut cells[(y / self.block) * self.width + x / self.block];
            *cell = Some(cell.map_or(value, |sum| join(sum, value)));
        }
        cells
    }

    /// Adds a panel to the right.
    pub fn add(&mut self, title: String, values: Vec<Option<f64>>) {
        self.panels.push(Panel { title, values });
    }

    /// Writes `name.png` and `name.svg`.
    pub fn write(
        &self,
        dir: &Path,
        name: &str,
        heading: &Heading,
        grid: &Grid,
    ) -> Result<(), Error> {
        let size = self.size();
        let picture = |suffix: &str| dir.join(format!("{name}.{suffix}"));
        png(&picture("png"), size, white(size), |canvas| self.draw(canvas, heading, grid))?;
        svg(&picture("svg"), size, |canvas| self.draw(canvas, heading, grid))
    }

    fn panel_size(&self) -> [i32; 2] {
        [self.width as i32 * self.cell, self.height as i32 * self.cell]
    }

    /// Distance from one panel to the next; never so small that the titles meet.
    fn stride(&self) -> i32 {
        (LEFT + self.panel_size()[0] + 18 + COLOUR_BAR).max(380)
    }

    fn size(&self) -> [i32; 2] {
        // A colour bar needs some height, however flat the mesh.
        [self.panels.len() as i32 * self.stride(), TOP + self.panel_size()[1].max(120) + BOTTOM]
    }

    fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        heading: &Heading,
        grid: &Grid,
    ) -> Draw {
        let size = self.size();
        canvas.heading(&heading.title, &heading.input, heading, size[0])?;
        for (index, panel) in self.panels.iter().enumerate() {
            self.panel(canvas, panel, index as i32 * self.stride() + LEFT, grid)?;
        }
        let chips = if grid.chips > 1 { "; red: borders between chips" } else { "" };
        let note =
            format!("x to the right, y upwards (north), in tiles; grey: {}{chips}", self.grey);
        canvas.text([14, size[1] - 16], &canvas.fit(&note, 12, size[0] - 28), 12, INK, Anchor::Left)
    }

    fn panel<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        panel: &Panel,
        x: i32,
        grid: &Grid,
    ) -> Draw {
        let [width, height] = self.panel_size();
        let scale = Scale::fitting(panel.values.iter().flatten().copied());
        canvas.text(
            [x, TOP - 14],
            &format!("{}{}", panel.title, scale.note()),
            15,
            INK,
            Anchor::Left,
        )?;
        canvas.rect([x, TOP], [width, height], NOTHING)?;
        // Seams between cells, as long as there is room for them.
        let inner = if self.cell >= 6 { self.cell - 1 } else { self.cell };
        for (index, value) in panel.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let (column, row) = ((index % self.width) as i32, (index / self.width) as i32);
            let at = [x + column * self.cell, TOP + height - (row + 1) * self.cell];
            canvas.rect(at, [inner, inner], colour(scale.share(*value)))?;
        }
        self.borders(canvas, x, grid)?;
        canvas.frame([x, TOP], [width, height], INK)?;
        for tick in cell_ticks(self.width, (width / 40).max(1) as usize) {
            let at = [x + tick as i32 * self.cell + self.cell / 2, TOP + height + 6];
            canvas.text(at, &(tick * self.block).to_string(), 12, INK, Anchor::Below)?;
        }
        for tick in cell_ticks(self.height, (height / 24).max(1) as usize) {
            let at = [x - 7, TOP + height - tick as i32 * self.cell - self.cell / 2];
            canvas.text(at, &(tick * self.block).to_string(), 12, INK, Anchor::Right)?;
        }
        canvas.colour_bar([x + width + 18, TOP], height.max(120), &scale)
    }

    fn borders<DB: DrawingBackend>(&self, canvas: &Canvas<DB>, x: i32, grid: &Grid) -> Draw {
        let [width, height] = self.panel_size();
        let pixel = |tile: usize| (tile * self.cell as usize / self.block) as i32;
        // Chips smaller than a cell have no borders that could be seen.
        let chips = |chip: usize, side: usize| {
            (chip..side).step_by(chip.max(1)).take(if chip < self.block { 0 } else { CELLS })
        };
        for tile in chips(grid.chip_width, grid.width) {
            canvas.rect([x + pixel(tile) - 1, TOP], [2, height], BORDER)?;
        }
        for tile in chips(grid.chip_height, grid.height) {
            canvas.rect([x, TOP + height - pixel(tile) - 1], [width, 2], BORDER)?;
        }
        Ok(())
    }
}
