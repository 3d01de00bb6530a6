//! Values over the mesh of tiles, a panel for each.

mod layout;
mod owners;

use super::Heading;
use super::style::{
    Anchor, BORDER, COLOUR_BAR, Canvas, Draw, Entry, HEADING, INK, Mark, NOTHING, PANEL, Scale,
    TEXT, cell_ticks, colour, legend_height,
};
use super::target::{Made, Target};
use crate::mapping::Grid;
use crate::report::Error;
use layout::Layout;
pub(super) use owners::Owners;

/// Most cells on a side; beyond, tiles are drawn in blocks.
const CELLS: usize = 160;
/// Left of a map, for numbers and the title of the axis.
const LEFT: i32 = 58;
/// Right of a map: a gap and the colour bar.
const RIGHT: i32 = 18 + COLOUR_BAR;
/// Above a map its title, below it numbers and the title of the axis.
const ABOVE: i32 = 30;
const BELOW: i32 = 50;
const TOP: i32 = HEADING + 4;
const MARGIN: i32 = 14;

/// A picture of the mesh.
pub(super) struct Map<'a> {
    grid: &'a Grid,
    /// In cells.
    width: usize,
    height: usize,
    /// Tiles per cell and side.
    block: usize,
    panels: Vec<Panel>,
    /// Which layer has which cell; drawn as a panel of its own.
    owners: Option<Owners>,
    /// What cells without a value are.
    grey: &'static str,
}

struct Panel {
    title: String,
    /// What a value is of, for the colour bar.
    unit: String,
    /// By cell.
    values: Vec<Option<f64>>,
}

impl<'a> Map<'a> {
    /// Without panels; `grey` says what cells without a value are.
    pub fn new(grid: &'a Grid, grey: &'static str) -> Map<'a> {
        let block = grid.width.max(grid.height).div_ceil(CELLS).max(1);
        let (width, height) =
            (grid.width.div_ceil(block).max(1), grid.height.div_ceil(block).max(1));
        Map { grid, width, height, block, panels: vec![], owners: None, grey }
    }

    /// What a cell is called, where `one` is the name of a tile.
    pub fn place(&self, one: &str) -> String {
        match self.block {
            1 => one.into(),
            block => format!("{block} x {block} tiles"),
        }
    }

    /// The cell of a tile.
    fn cell(&self, [x, y]: [usize; 2]) -> usize {
        (y / self.block) * self.width + x / self.block
    }

    /// One value per cell: those of its tiles, which come in any order, taken together by `join`.
    pub fn gather<T: Copy>(
        &self,
        values: impl Iterator<Item = ([usize; 2], T)>,
        join: impl Fn(T, T) -> T,
    ) -> Vec<Option<T>> {
        let mut cells = vec![None; self.width * self.height];
        for (tile, value) in values {
            let cell: &mut Option<T> = &mut cells[self.cell(tile)];
            *cell = Some(cell.map_or(value, |sum| join(sum, value)));
        }
        cells
    }

    /// Values per cell, all of them, in the order in which they come.
    pub fn collect<T>(&self, values: impl Iterator<Item = ([usize; 2], T)>) -> Vec<Vec<T>> {
        let mut cells: Vec<Vec<T>> = Vec::new();
        cells.resize_with(self.width * self.height, Vec::new);
        values.for_each(|(tile, value)| cells[self.cell(tile)].push(value));
        cells
    }

    /// Adds a panel behind the others.
    pub fn add(&mut self, title: impl Into<String>, unit: String, values: Vec<Option<f64>>) {
        self.panels.push(Panel { title: title.into(), unit, values });
    }

    /// Says whose cells are whose, in front of all panels.
    pub fn own(&mut self, owners: Owners) {
        self.owners = Some(owners);
    }

    /// Draws `name`.
    pub fn write(&self, target: &Target, name: &str, heading: &Heading) -> Result<(), Error> {
        let panels = self.panels.len() + usize::from(self.owners.is_some());
        let layout = Layout::new(panels, [self.width, self.height]);
        let entries = self.entries();
        let maps = TOP + layout.height();
        let inner = layout.width() - 2 * MARGIN;
        let size = [layout.width(), maps + legend_height(&entries, inner) + MARGIN];
        target.picture(name, size, Made::Lines, &|canvas| {
            canvas.heading(&heading.title, &heading.input, heading.idealised, size[0])?;
            let first = usize::from(self.owners.is_some());
            if let Some(owners) = &self.owners {
                self.panel(canvas, &layout, 0, "layer of each core", &|cell, at, side| {
                    owners.draw(canvas, cell, at, side)
                })?;
            }
            for (n, panel) in self.panels.iter().enumerate() {
                self.values(canvas, &layout, first + n, panel)?;
            }
            canvas.legend([MARGIN, maps], inner, &entries)
        })
    }

    /// What the signs of all panels mean.
    fn entries(&self) -> Vec<Entry> {
        let mut entries = vec![Entry::new(Mark::Box(NOTHING), self.grey)];
        if self.grid.chips > 1 && self.grid.chip_width.min(self.grid.chip_height) >= self.block {
            entries.push(Entry::new(Mark::Line(BORDER, 0), "border between chips"));
        }
        if let Some(owners) = &self.owners {
            entries.extend(owners.entries());
        }
        entries
    }

    fn values(&self, canvas: &Canvas, layout: &Layout, n: usize, panel: &Panel) -> Draw {
        let scale = Scale::fitting(panel.values.iter().flatten().copied());
        let title = format!("{}{}", panel.title, scale.note());
        self.panel(canvas, layout, n, &title, &|cell, at, side| match panel.values[cell] {
            Some(value) => canvas.rect(at, [side, side], colour(scale.share(value))),
            None => Ok(()),
        })?;
        let ([x, y], [width, height]) = (layout.map(n), layout.map_size());
        canvas.colour_bar([x + width + 18, y], height.max(120), &scale, &panel.unit)
    }

    /// A map with its title and axes; `paint` fills a cell, given its place and its side.
    fn panel(
        &self,
        canvas: &Canvas,
        layout: &Layout,
        n: usize,
        title: &str,
        paint: &dyn Fn(usize, [i32; 2], i32) -> Draw,
    ) -> Draw {
        let ([x, y], [width, height], side) = (layout.map(n), layout.map_size(), layout.cell);
        let title = canvas.fit(title, PANEL, layout.stride() - LEFT - 8);
        canvas.text([x, y - 14], &title, PANEL, INK, Anchor::Left)?;
        canvas.rect([x, y], [width, height], NOTHING)?;
        // Seams between cells, as long as there is room for them.
        let inner = if side >= 6 { side - 1 } else { side };
        for cell in 0..self.width * self.height {
            let (column, row) = ((cell % self.width) as i32, (cell / self.width) as i32);
            let at = [x + column * side, y + height - (row + 1) * side];
            paint(cell, at, inner)?;
        }
        self.chips(canvas, [x, y], layout)?;
        canvas.frame([x, y], [width, height], INK)?;
        self.axes(canvas, [x, y], layout)
    }

    fn axes(&self, canvas: &Canvas, [x, y]: [i32; 2], layout: &Layout) -> Draw {
        let ([width, height], side) = (layout.map_size(), layout.cell);
        for tick in cell_ticks(self.width, (width / 40).max(1) as usize) {
            let at = [x + tick as i32 * side + side / 2, y + height + 6];
            canvas.text(at, &(tick * self.block).to_string(), TEXT, INK, Anchor::Below)?;
        }
        for tick in cell_ticks(self.height, (height / 24).max(1) as usize) {
            let at = [x - 7, y + height - tick as i32 * side - side / 2];
            canvas.text(at, &(tick * self.block).to_string(), TEXT, INK, Anchor::Right)?;
        }
        let below = [x + width / 2, y + height + 22];
        canvas.text(below, "tiles to the east", TEXT, INK, Anchor::Below)?;
        let beside = canvas.fit("tiles to the north", TEXT, height.max(110));
        canvas.upwards([x - LEFT + 14, y + height.max(110) / 2], &beside, TEXT, INK)
    }

    fn chips(&self, canvas: &Canvas, [x, y]: [i32; 2], layout: &Layout) -> Draw {
        let ([width, height], grid) = (layout.map_size(), self.grid);
        let pixel = |tile: usize| (tile * layout.cell as usize / self.block) as i32;
        // Chips smaller than a cell have no borders that could be seen.
        let chips = |chip: usize, side: usize| {
            (chip..side).step_by(chip.max(1)).take(if chip < self.block { 0 } else { CELLS })
        };
        for tile in chips(grid.chip_width, grid.width) {
            canvas.rect([x + pixel(tile) - 1, y], [2, height], BORDER)?;
        }
        for tile in chips(grid.chip_height, grid.height) {
            canvas.rect([x, y + height - pixel(tile) - 1], [width, 2], BORDER)?;
        }
        Ok(())
    }
}
