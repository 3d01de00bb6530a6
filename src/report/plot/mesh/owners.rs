//! Which layer has which cell of a mesh.

use super::super::style::{Canvas, Draw, Entry, LAYERS, Mark};
use plotters::style::{Color, HSLColor, RGBColor};

/// Most layers that a legend names.
const NAMED: usize = 150;

/// The layers of the cells.
pub(in crate::report::plot) struct Owners {
    names: Vec<String>,
    /// By cell, place and layer of its cores.
    cells: Vec<Vec<(usize, usize)>>,
    /// Cores of a cell on a side.
    side: usize,
}

impl Owners {
    /// `cells` holds, by cell, place and layer of its cores, of which there are `cores` at most.
    pub fn new(names: Vec<String>, cells: Vec<Vec<(usize, usize)>>, cores: usize) -> Owners {
        let side = (1..).find(|side| side * side >= cores).unwrap_or(1);
        Owners { names, cells, side }
    }

    /// Fills a cell: a square for each core, from the lower left one on.
    pub fn draw(&self, canvas: &Canvas, cell: usize, [x, y]: [i32; 2], long: i32) -> Draw {
        let edge = |n: usize| n as i32 * long / self.side as i32;
        for &(place, layer) in &self.cells[cell] {
            let (column, row) = (place % self.side, (place / self.side).min(self.side - 1));
            let size = [edge(column + 1) - edge(column), edge(row + 1) - edge(row)];
            let at = [x + edge(column), y + long - edge(row + 1)];
            canvas.rect(at, size.map(|units| units.max(1)), ink(layer))?;
        }
        Ok(())
    }

    /// A line of the legend for each layer that has a cell.
    pub fn entries(&self) -> Vec<Entry> {
        let mut all: Vec<usize> = self.cells.iter().flatten().map(|&(_, layer)| layer).collect();
        all.sort_unstable();
        all.dedup();
        let named = all.iter().take(NAMED);
        let mut entries: Vec<Entry> =
            named.map(|&n| Entry::new(Mark::Box(ink(n)), cut(&self.names[n]))).collect();
        if all.len() > NAMED {
            entries.push(Entry::new(Mark::Dot(ink(NAMED)), format!("{} more", all.len() - NAMED)));
        }
        entries
    }
}

/// The colour of a layer: the first from a list, then around the wheel by the golden angle.
fn ink(layer: usize) -> RGBColor {
    if let Some(&ink) = LAYERS.get(layer) {
        return ink;
    }
    let (hue, light) = ((layer as f64 * 0.618_033_988_75).fract(), [0.35, 0.5, 0.7][layer % 3]);
    let (r, g, b) = HSLColor(hue, 0.65, light).rgb();
    RGBColor(r, g, b)
}

/// The end of a long name, which tells layers apart.
fn cut(name: &str) -> String {
    const LONGEST: usize = 28;
    match name.chars().count() {
        long if long > LONGEST => {
            let end: String = name.chars().skip(long - LONGEST + 1).collect();
            format!("…{end}")
        }
        _ => name.into(),
    }
}
