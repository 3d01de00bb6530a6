//! The core map of `inspect`: the mesh from above, a letter a core, and what letters stand for.

use crate::mapping::Mapping;
use crate::plain::{counted, shown};
use crate::report::wrapped;
use crate::snn::PopulationId;
use std::collections::{BTreeMap, BTreeSet};

/// Largest core map in characters.
const MOST: [usize; 2] = [96, 64];
/// Of the legend.
const WIDTH: usize = 78;
/// All populations for which no letter is left.
const BEYOND: char = '?';
const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const EMPTY: char = '.';
const SHARED: char = '#';

/// How tiles become characters.
struct Cells {
    /// Tiles per character and side.
    block: usize,
    /// Characters per tile and side, one for each core, where there is room.
    side: usize,
}

impl Cells {
    fn of(mapping: &Mapping) -> Cells {
        let grid = &mapping.grid;
        let side = (1..).find(|side| side * side >= grid.cores_per_tile).unwrap_or(1);
        // Between tiles of several cores there is a space.
        let long = [grid.width * (side + usize::from(side > 1)), grid.height * side];
        if long[0] <= MOST[0] && long[1] <= MOST[1] {
            return Cells { block: 1, side };
        }
        let block = grid.width.div_ceil(MOST[0]).max(grid.height.div_ceil(MOST[1]));
        Cells { block, side: 1 }
    }

    /// Column and row of a core.
    fn place(&self, [x, y]: [usize; 2], slot: usize) -> [usize; 2] {
        let inner = [slot % self.side, (slot / self.side).min(self.side - 1)];
        [x / self.block * self.side + inner[0], y / self.block * self.side + inner[1]]
    }

    /// What a character is.
    fn name(&self, cores: usize) -> String {
        match self.block {
            1 if self.side > 1 || cores == 1 => "a core".into(),
            1 => "the population with most cores of a tile".into(),
            block => format!("the population with most cores of {block} x {block} tiles"),
        }
    }
}

/// The letter of a population; none where several share a core, and one for all beyond the last.
fn letter(population: Option<PopulationId>) -> char {
    population.map_or(SHARED, |p| LETTERS.get(p).map_or(BEYOND, |&letter| char::from(letter)))
}

/// The mesh of `mapping`; `names` are those of the populations.
pub(super) fn core_map(mapping: &Mapping, names: &[&str]) -> String {
    let (grid, cells) = (&mapping.grid, Cells::of(mapping));
    let mut found: BTreeMap<[usize; 2], BTreeMap<Option<PopulationId>, usize>> = BTreeMap::new();
    for core in &mapping.cores {
        let place = cells.place([core.x, core.y], core.slot);
        *found.entry(place).or_default().entry(core.population).or_default() += 1;
    }
    let used = mapping.cores.iter().map(|c| (c.x / grid.chip_width, c.y / grid.chip_height));
    let chips: BTreeSet<_> = used.collect();
    let mut text = format!(
        "{} on {} of {}, {} x {} tiles of {}; a letter is {}\n",
        counted(mapping.cores.len(), "core"),
        chips.len(),
        counted(grid.chips, "chip"),
        grid.width,
        grid.height,
        counted(grid.cores_per_tile, "core"),
        cells.name(grid.cores_per_tile)
    );
    let [width, height] = [grid.width, grid.height].map(|n| n.div_ceil(cells.block) * cells.side);
    for row in (0..height).rev() {
        for column in 0..width {
            if cells.side > 1 && column > 0 && column % cells.side == 0 {
                text.push(' ');
            }
            // Of equals the first population.
            let most = found.get(&[column, row]).and_then(|all| {
                all.iter().rev().max_by_key(|(_, cores)| **cores).map(|(population, _)| *population)
            });
            text.push(most.map_or(EMPTY, letter));
        }
        text.push('\n');
    }
    text + &legend(mapping, names)
}

/// What letters stand for.
fn legend(mapping: &Mapping, names: &[&str]) -> String {
    let present: BTreeSet<_> = mapping.cores.iter().map(|core| core.population).collect();
    let name = |p: usize| names.get(p).map_or("".into(), |name| shown(name));
    let entry = |population: &Option<PopulationId>| match *population {
        None => format!("{SHARED}=several"),
        Some(p) => format!("{}={}", letter(Some(p)), name(p)),
    };
    let has_letter = |population: &&Option<PopulationId>| letter(**population) != BEYOND;
    let mut entries: Vec<String> = present.iter().filter(has_letter).map(entry).collect();
    let beyond = present.len() - entries.len();
    if beyond > 0 {
        entries.push(format!("{BEYOND}={beyond} more, in mapping.csv"));
    }
    let all = format!("{} {EMPTY}=empty", entries.join(" "));
    wrapped(&all, WIDTH).into_iter().map(|line| line + "\n").collect()
}
