//! Cuts that a file gives: every layer in it a regular grid of blocks that covers it once.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::fanout::{AXES, size};
use super::{Error, Tiling};
use crate::import::mapping_file::{BlockRow, MappingFile};
use crate::plain::shown;
use crate::snn::{Network, PopulationId, Shape};
use crate::suggest;

/// What the indices of each axis are called.
const AXIS_NAMES: [&str; 3] = ["row", "column", "channel"];

/// By population, how the file cuts it; `None` where the file leaves it out. `per_unit` are chip
/// neurons per unit, by population.
///
/// # Errors
/// An unknown layer, blocks that form no grid over their layer, cores that layers share, or places
/// for some of the blocks alone; with the line.
pub(super) fn tilings(
    file: &MappingFile,
    network: &Network,
    per_unit: &[u64],
) -> Result<Vec<Option<Tiling>>, Error> {
    if file.rows.is_empty() {
        return Err(refused(file, 1, "no block follows; give each block a row".into()));
    }
    alike(file)?;
    let mut by_layer: BTreeMap<PopulationId, Vec<&BlockRow>> = BTreeMap::new();
    for row in &file.rows {
        let Some(id) = population(row, network) else {
            return Err(refused(file, row.line, unknown(&row.layer, network)));
        };
        inside(row, network.populations[id].shape).map_err(|what| refused(file, row.line, what))?;
        by_layer.entry(id).or_default().push(row);
    }
    let mut tilings = vec![None; network.populations.len()];
    for (id, rows) in by_layer {
        let shape = network.populations[id].shape;
        let [rows, columns, channels] =
            grid(&rows, shape).map_err(|(line, what)| refused(file, line, what))?;
        let (cores, neurons_per_unit) = (vec![], per_unit[id]);
        tilings[id] = Some(Tiling { rows, columns, channels, cores, neurons_per_unit });
    }
    Ok(tilings)
}

/// Id of the population that a row is about.
pub(super) fn population(row: &BlockRow, network: &Network) -> Option<PopulationId> {
    network.populations.iter().position(|p| shown(&p.name) == shown(&row.layer))
}

pub(super) fn refused(file: &MappingFile, line: u64, what: String) -> Error {
    Error::File { path: file.path.clone(), line, what }
}

fn unknown(layer: &str, network: &Network) -> String {
    if layer.is_empty() {
        return "no layer; give each block a core of its own: layers that share a core cannot be \
                given"
            .into();
    }
    let names = network.populations.iter().map(|p| p.name.as_str());
    format!(
        "no layer `{layer}` in this network{}; correct its name or leave the line out",
        suggest::hint(layer, names)
    )
}

/// Whether every block has a core of its own, and either all or none have a place.
fn alike(file: &MappingFile) -> Result<(), Error> {
    let mut numbers: FxHashMap<usize, u64> = FxHashMap::default();
    let placed = file.rows.first().is_some_and(|row| row.place.is_some());
    for row in &file.rows {
        if let Some(core) = row.core
            && let Some(line) = numbers.insert(core, row.line)
        {
            let what = format!(
                "core {core} stands in line {line} already; give each block a core of its own: \
                 what is given shares none"
            );
            return Err(refused(file, row.line, what));
        }
        if row.place.is_some() != placed {
            let (here, there) = if placed { ("no", "one") } else { ("a", "none") };
            let what = format!(
                "{here} place, and {there} in line {}; give x, y and slot of every block, or of \
                 none",
                file.rows[0].line
            );
            return Err(refused(file, row.line, what));
        }
    }
    Ok(())
}

/// Whether a block lies in its layer.
fn inside(row: &BlockRow, shape: Shape) -> Result<(), String> {
    for axis in AXES {
        let (first, last, size) = (row.first[axis], row.last[axis], size(shape, axis));
        let (name, layer) = (AXIS_NAMES[axis], &row.layer);
        if last < first {
            return Err(format!("{name}s {first} to {last}: the last comes before the first"));
        }
        if last >= size {
            return Err(format!("no {name} {last}; layer {layer} has {size}, from 0"));
        }
    }
    Ok(())
}

/// Edges of the blocks of a layer by axis, where they are a grid over all of it; else the line and
/// what is wrong there.
fn grid(rows: &[&BlockRow], shape: Shape) -> Result<[Vec<usize>; 3], (u64, String)> {
    let edges = AXES.map(|axis| -> Vec<usize> {
        let firsts = rows.iter().map(|row| row.first[axis]);
        firsts.chain([size(shape, axis)]).collect::<BTreeSet<_>>().into_iter().collect()
    });
    // Firsts that are all different and as many as the grid has are all of them.
    let firsts: BTreeSet<_> = rows.iter().map(|row| row.first).collect();
    let blocks: usize = edges.iter().map(|edges| edges.len() - 1).product();
    let whole = edges.iter().all(|edges| edges[0] == 0);
    let reach = rows.iter().all(|row| AXES.iter().all(|&axis| !is_cut(row, axis, &edges[axis])));
    if whole && reach && firsts.len() == rows.len() && rows.len() == blocks {
        return Ok(edges);
    }
    Err(covered(rows, shape).err().unwrap_or_else(|| irregular(rows, &edges)))
}

/// The next edge behind the first index of a block.
fn next_edge(row: &BlockRow, axis: usize, edges: &[usize]) -> usize {
    edges[edges.partition_point(|&edge| edge <= row.first[axis])]
}

/// Whether a block does not end where the next one begins.
fn is_cut(row: &BlockRow, axis: usize, edges: &[usize]) -> bool {
    row.last[axis] + 1 != next_edge(row, axis, edges)
}

/// Whether every neuron of the layer lies in one block.
fn covered(rows: &[&BlockRow], shape: Shape) -> Result<(), (u64, String)> {
    let mut lines = vec![0u64; shape.neurons()];
    for row in rows {
        for [y, x, c] in neurons(row) {
            let held = &mut lines[(y * shape.width + x) * shape.channels + c];
            if *held != 0 {
                let what = format!(
                    "row {y}, column {x}, channel {c} of layer {} lies in the block of line {held} \
                     already; shorten one of the two",
                    row.layer
                );
                return Err((row.line, what));
            }
            *held = row.line;
        }
    }
    let (Some(n), Some(end)) = (lines.iter().position(|&line| line == 0), rows.last()) else {
        return Ok(());
    };
    let (position, c) = (n / shape.channels, n % shape.channels);
    let (y, x) = (position / shape.width, position % shape.width);
    let what = format!(
        "row {y}, column {x}, channel {c} of layer {} lies in no block up to here; add it, or \
         leave the whole layer out",
        end.layer
    );
    Err((end.line, what))
}

fn neurons(row: &BlockRow) -> impl Iterator<Item = [usize; 3]> {
    let [y, x, c] = AXES.map(|axis| row.first[axis]..=row.last[axis]);
    y.flat_map(move |y| {
        let c = c.clone();
        x.clone().flat_map(move |x| c.clone().map(move |c| [y, x, c]))
    })
}

/// Blocks that cover a layer once, and are no grid all the same: one of them reaches over an edge.
fn irregular(rows: &[&BlockRow], edges: &[Vec<usize>; 3]) -> (u64, String) {
    let all = rows.iter().flat_map(|row| AXES.map(|axis| (row, axis)));
    let over = all.into_iter().find(|(row, axis)| is_cut(row, *axis, &edges[*axis]));
    // Without one the blocks would be a grid.
    let Some((row, axis)) = over else { return (1, "the blocks are no grid".into()) };
    let edge = next_edge(row, axis, &edges[axis]);
    let cuts = rows.iter().find(|other| other.first[axis] == edge);
    let (name, layer) = (AXIS_NAMES[axis], &row.layer);
    let what = format!(
        "{name}s {} to {} reach over {name} {edge}, at which line {} begins: blocks form a grid; \
         cut all of layer {layer} there, or nothing",
        row.first[axis],
        row.last[axis],
        cuts.map_or(0, |cuts| cuts.line)
    );
    (row.line, what)
}
