//! Which layer has which cell of a mesh.

use super::super::style::{Entry, Mark, series};
use plotters::style::{Color, HSLColor, RGBColor};

/// Most layers that a legend names.
const NAMED: usize = 150;

/// The layers of the cells.
pub(in crate::report::plot) struct Owners {
    names: Vec<String>,
    /// By cell, the layer.
    cells: Vec<Option<usize>>,
}

impl Owners {
    /// `cells` holds indices of `names`, or nothing where layers share a core.
    pub fn new(names: Vec<String>, cells: Vec<Option<usize>>) -> Owners {
        Owners { names, cells }
    }

    /// The colour of a cell; `None` where no layer has it.
    pub fn ink(&self, cell: usize) -> Option<RGBColor> {
        self.cells[cell].map(ink)
    }

    /// A line of the legend for each layer that has a cell.
    pub fn entries(&self) -> Vec<Entry> {
        let present = |n: &usize| self.cells.contains(&Some(*n));
        let all: Vec<usize> = (0..self.names.len()).filter(present).collect();
        let named = all.iter().take(NAMED);
        let mut entries: Vec<Entry> =
            named.map(|&n| Entry::new(Mark::Box(ink(n)), cut(&self.names[n]))).collect();
        if all.len() > NAMED {
            entries.push(Entry::new(Mark::Dot(ink(NAMED)), format!("{} more", all.len() - NAMED)));
        }
        entries
    }

    /// Lines between cells of different layers, as column and row of their lower left end, with
    /// width and height in cells; one of these is 0.
    pub fn borders(&self, width: usize) -> impl Iterator<Item = [i32; 4]> {
        let differ = move |a: usize, b: usize| self.cells[a] != self.cells[b];
        (0..self.cells.len()).flat_map(move |cell| {
            let (column, row) = ((cell % width) as i32, (cell / width) as i32);
            let left = (column > 0 && differ(cell, cell - 1)).then_some([column, row, 0, 1]);
            let below = (row > 0 && differ(cell, cell - width)).then_some([column, row, 1, 0]);
            left.into_iter().chain(below)
        })
    }
}

/// The colour of a layer: the first as in charts, then around the wheel by the golden angle.
fn ink(layer: usize) -> RGBColor {
    if layer < 18 {
        return series(layer);
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
