//! Networks from a folder of CSV files: `neurons.csv`, `synapses.csv` and `inputs.csv`.
//!
//! Columns are found by name; an empty cell or an absent optional column is the default.
//! A parameter that a neuron's model does not have is refused, unless its value changes nothing.

mod error;

use super::csv_table::{Row, Table, lines};
use crate::memory;
use crate::snn::sparse::{
    Lif, MOST_DELAY, Model, Neuron, Place, Reset, Reverse, SparseNetwork, Synapse, TrueNorth,
};
pub use error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files of a network.
pub const FILES: [&str; 3] = ["neurons.csv", "synapses.csv", "inputs.csv"];

/// The columns of each file.
pub const COLUMNS: [&[&str]; 3] = [&NEURON_COLUMNS, &SYNAPSE_COLUMNS, &INPUT_COLUMNS];

const SYNAPSE_COLUMNS: [&str; 4] = ["pre", "post", "weight", "delay"];
const INPUT_COLUMNS: [&str; 2] = ["step", "neuron"];

const NEURON_COLUMNS: [&str; 20] = [
    "id",
    "model",
    "chip",
    "tile",
    "core_in_tile",
    "core",
    "synapse",
    "threshold",
    "reset_mode",
    "reset",
    "leak_decay",
    "input_decay",
    "leak",
    "bias",
    "potential",
    "refractory_delay",
    "reverse_threshold",
    "reverse_reset_mode",
    "reverse_reset",
    "force_update",
];

/// Bytes that a run takes for a row of each of the files, measured: names of classes, membranes,
/// queues and counters are the most of a neuron's.
const BYTES_PER_ROW: [u64; 3] = [900, 80, 80];

/// Whether a run of all rows fits into memory, before any of them is read.
fn check_size(dir: &Path) -> Result<(), Error> {
    let mut bytes = 0u64;
    for (file, row) in FILES.into_iter().zip(BYTES_PER_ROW) {
        let path = dir.join(file);
        let rows = lines(&path)?.saturating_sub(1);
        bytes = bytes.saturating_add(rows.saturating_mul(row));
        memory::check(bytes).map_err(|source| Error::Memory { path, source })?;
    }
    Ok(())
}

/// Reads the network in `dir`.
pub fn load(dir: &Path) -> Result<SparseNetwork, Error> {
    check_size(dir)?;
    let neurons = load_neurons(&dir.join(FILES[0]))?;
    let synapses = load_synapses(&dir.join(FILES[1]), neurons.len())?;
    let inputs = load_inputs(&dir.join(FILES[2]), &neurons)?;
    Ok(SparseNetwork { neurons, synapses, inputs })
}

fn load_neurons(path: &Path) -> Result<Vec<Neuron>, Error> {
    let mut table = Table::open(path, &NEURON_COLUMNS, &["id", "model"])?;
    let (mut neurons, mut per_tile): (Vec<Neuron>, _) = (Vec::new(), None);
    while let Some(row) = table.next_row()? {
        let id = row.whole("id", None)?;
        if id as usize != neurons.len() {
            let path = path.to_owned();
            return Err(Error::IdOrder { path, line: row.line, id, expected: neurons.len() });
        }
        let first = neurons.first().map(|neuron| neuron.place.is_some());
        let place = place(&row, id, first, &mut per_tile)?;
        neurons.push(Neuron {
            model: model(&row)?,
            class: None,
            synapse_class: match row.cell("synapse") {
                "" => "default".to_owned(),
                class => class.to_owned(),
            },
            place,
        });
    }
    Ok(neurons)
}

/// Where a neuron lies, if its row says so. `first`: whether the first neuron's did.
fn place(
    row: &Row,
    id: u32,
    first: Option<bool>,
    per_tile: &mut Option<usize>,
) -> Result<Option<Place>, Error> {
    let has = |column| !row.cell(column).is_empty();
    let (tile, core) = (has("tile"), has("core_in_tile"));
    let stray = !tile && (has("chip") || has("core"));
    if tile != core || stray || first.is_some_and(|first| first != tile) {
        let (path, line, first) = (row.path.to_owned(), row.line, first == Some(true) && !stray);
        return Err(Error::HalfPlaced { path, line, id, tile, core, first });
    }
    if !tile {
        return Ok(None);
    }
    let (tile, core_in_tile) = (row.whole("tile", None)?, row.whole("core_in_tile", None)?);
    check_core(row, tile, core_in_tile, per_tile)?;
    Ok(Some(Place { chip: row.whole("chip", Some(0))?, tile, core_in_tile }))
}

/// The column `core` says the place again; `per_tile` is what it told of the cores of a tile so
/// far.
fn check_core(
    row: &Row,
    tile: usize,
    slot: usize,
    per_tile: &mut Option<usize>,
) -> Result<(), Error> {
    if row.cell("core").is_empty() {
        return Ok(());
    }
    let core: usize = row.whole("core", None)?;
    let first = core.checked_sub(slot);
    let fits = match (first, tile) {
        (Some(first), 0) => first == 0,
        (Some(first), _) => {
            first % tile == 0 && *per_tile.get_or_insert(first / tile) == first / tile
        }
        (None, _) => false,
    };
    if fits {
        return Ok(());
    }
    let (path, line, per_tile) = (row.path.to_owned(), row.line, *per_tile);
    Err(Error::WrongCore { path, line, core, tile, slot, per_tile })
}

fn load_synapses(path: &Path, neurons: usize) -> Result<Vec<Synapse>, Error> {
    let required = ["pre", "post", "weight"];
    let mut table = Table::open(path, &SYNAPSE_COLUMNS, &required)?;
    let mut synapses = Vec::new();
    while let Some(row) = table.next_row()? {
        synapses.push(Synapse {
            pre: row.neuron("pre", neurons)?,
            post: row.neuron("post", neurons)?,
            weight: row.number("weight", None)?,
            delay: delay(&row)?,
        });
    }
    // Stable: synapses of one neuron keep the order of the file.
    synapses.sort_by_key(|synapse| synapse.pre);
    Ok(synapses)
}

/// Steps from spike to effect.
fn delay(row: &Row) -> Result<u32, Error> {
    // The bound stands in the message, too.
    const _: () = assert!(MOST_DELAY == 1024);
    let delay = row.whole("delay", Some(1));
    let delay = delay.ok().filter(|delay| (1..=MOST_DELAY).contains(delay));
    delay.ok_or_else(|| row.bad("delay", "a whole number of steps from 1 to 1024"))
}

fn load_inputs(path: &Path, neurons: &[Neuron]) -> Result<BTreeMap<u64, Vec<u32>>, Error> {
    let mut table = Table::open(path, &INPUT_COLUMNS, &INPUT_COLUMNS)?;
    let mut inputs: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    while let Some(row) = table.next_row()? {
        let step = row.whole("step", None)?;
        if step == 0 {
            return Err(Error::StepZero { path: path.to_owned(), line: row.line });
        }
        let id = row.neuron("neuron", neurons.len())?;
        if neurons[id as usize].model != Model::Input {
            return Err(Error::NotAnInput { path: path.to_owned(), line: row.line, id });
        }
        if !inputs.entry(step).or_default().insert(id) {
            return Err(Error::RepeatedInput { path: path.to_owned(), line: row.line, id, step });
        }
    }
    Ok(inputs.into_iter().map(|(step, ids)| (step, ids.into_iter().collect())).collect())
}

/// A column, and the value that changes nothing.
type Neutral = (&'static str, f64);

/// By model, what messages call its neurons, and the columns that say nothing about them.
const WITHOUT_EFFECT: [(&str, &str, &[Neutral]); 3] = [
    (
        "input",
        "an input",
        &[
            ("threshold", 0.0),
            ("reset", 0.0),
            ("leak_decay", 1.0),
            ("input_decay", 0.0),
            ("leak", 0.0),
            ("bias", 0.0),
            ("potential", 0.0),
            ("refractory_delay", 0.0),
            ("reverse_threshold", 0.0),
            ("reverse_reset", 0.0),
        ],
    ),
    ("lif", "a lif neuron", &[("leak", 0.0)]),
    (
        "truenorth",
        "a truenorth neuron",
        &[("leak_decay", 1.0), ("input_decay", 0.0), ("refractory_delay", 0.0)],
    ),
];

/// A value that the model would ignore is none that was meant.
fn check_effect(row: &Row, reset: &Reset, reverse: &Reverse) -> Result<(), Error> {
    let model = row.cell("model");
    if !WITHOUT_EFFECT.iter().any(|(name, ..)| *name == model) {
        return Ok(());
    }
    let of_model = WITHOUT_EFFECT.iter().filter(|(name, ..)| *name == model);
    let of_model = of_model.flat_map(|(_, on, columns)| columns.iter().map(move |c| (*c, *on)));
    let soft = matches!(reset, Reset::Soft).then_some((("reset", 0.0), "a soft reset"));
    let no_reset = !matches!(reverse, Reverse::Hard(_));
    let no_bound = matches!(reverse, Reverse::None);
    let reverse = no_reset
        .then_some((("reverse_reset", 0.0), "neurons whose reverse_reset_mode is not `hard`"));
    let bound = no_bound
        .then_some((("reverse_threshold", 0.0), "neurons whose reverse_reset_mode is `none`"));
    for ((column, neutral), on) in of_model.chain(soft).chain(reverse).chain(bound) {
        if row.number(column, Some(neutral))? != neutral {
            let (path, value) = (row.path.to_owned(), row.cell(column).to_owned());
            return Err(Error::NoEffect { path, line: row.line, column, value, on });
        }
    }
    let modes = ["reset_mode", "reverse_reset_mode", "force_update"];
    let meant = |column: &&&str| {
        let value = row.cell(column);
        !["", "hard", "none", "False", "false", "0"].contains(&value)
            || (**column == "reverse_reset_mode" && value == "hard")
    };
    match modes.iter().filter(|_| model == "input").find(meant) {
        Some(column) => {
            let (path, value) = (row.path.to_owned(), row.cell(column).to_owned());
            Err(Error::NoEffect { path, line: row.line, column, value, on: "an input" })
        }
        None => Ok(()),
    }
}

fn model(row: &Row) -> Result<Model, Error> {
    let threshold = row.number("threshold", Some(0.0))?;
    let reset_to = row.number("reset", Some(0.0))?;
    let reset = match row.cell("reset_mode") {
        "" | "hard" => Reset::Hard(reset_to),
        "soft" => Reset::Soft,
        _ => return Err(row.bad("reset_mode", "`hard` or `soft`")),
    };
    let leak_decay = row.decay("leak_decay", 1.0)?;
    let input_decay = row.decay("input_decay", 0.0)?;
    let leak = row.number("leak", Some(0.0))?;
    let bias = row.number("bias", Some(0.0))?;
    let potential = row.number("potential", Some(0.0))?;
    let refractory_delay = row.whole("refractory_delay", Some(0))?;
    let reverse_threshold = row.number("reverse_threshold", Some(0.0))?;
    let reverse_to = row.number("reverse_reset", Some(0.0))?;
    let reverse = match row.cell("reverse_reset_mode") {
        "" | "none" => Reverse::None,
        "saturate" => Reverse::Saturate,
        "hard" => Reverse::Hard(reverse_to),
        "soft" => Reverse::Soft,
        _ => return Err(row.bad("reverse_reset_mode", "`none`, `saturate`, `hard` or `soft`")),
    };
    let force_update = match row.cell("force_update") {
        "True" | "true" | "1" => true,
        "" | "False" | "false" | "0" => false,
        _ => return Err(row.bad("force_update", "`True` or `False`")),
    };
    check_effect(row, &reset, &reverse)?;
    match row.cell("model") {
        "input" => Ok(Model::Input),
        "lif" => Ok(Model::Lif(Lif {
            threshold,
            reset,
            leak_decay,
            input_decay,
            bias,
            potential,
            refractory_delay,
            reverse_threshold,
            reverse,
            force_update,
        })),
        "truenorth" => Ok(Model::TrueNorth(TrueNorth {
            threshold,
            reset,
            leak,
            bias,
            potential,
            reverse_threshold,
            reverse,
            force_update,
        })),
        other => Err(Error::UnknownModel {
            path: row.path.to_owned(),
            line: row.line,
            model: other.to_owned(),
        }),
    }
}
