//! `reports/spiking-yolo-280x`: the published comparison taken apart, as a page, a table and bars.

use super::comparison::{self, write_rows};
use super::markdown::in_lines;
use super::readable::{grouped, significant};
use super::{Error, Plots, plot};
use crate::ann::count::tiny_yolo_v2_voc;
use crate::compare::Row;
use crate::compare::published::{self, UNVERIFIED};
use crate::plain::plain;
use crate::scratch::{Made, ScratchFolder};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const PAGE: &str = "README.md";
const SHAPES: &str = "280x.csv";
/// Names of what may have been emulated, a table and a description each.
const EMULATED: [&str; 3] = ["emulated-trained", "emulated-random-low", "emulated-random-high"];

/// First line of the page, by which a later run knows its own.
const MARK: &str = "<!-- Written by `spikemesh compare --report-280x`; do not edit. -->";

/// A network on every profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Emulation {
    /// Name of its files, without an extension.
    pub file: &'static str,
    /// What was emulated.
    pub about: About,
    /// Systems under every accounting.
    pub rows: Vec<Row>,
}

/// What was emulated; no path stands here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Title of the table.
    pub title: String,
    /// Name of the network.
    pub network: String,
    /// What was fed.
    pub input: String,
    /// Recipe of the conversion.
    pub recipe: String,
    /// Steps of one inference.
    pub steps: u64,
    /// How times were found.
    pub timing: String,
    /// Multiply-accumulates of the float network.
    pub macs: u64,
    /// Spikes per synapse and step, the analogue input layer left out, in percent.
    pub percent_per_step: f64,
}

/// A cell of a table of ratios.
struct Cell {
    system: String,
    accounting: String,
    scope: String,
    ratio: String,
}

/// Columns of the tables of ratios: accounting, how its scope begins, heading.
const COLUMNS: [(&str, &str, &str); 10] = [
    ("paper", "one step", "(1) one step as SOP/s"),
    ("paper", "all steps", "(1) all steps"),
    ("sop", "all steps", "(2) SOP x pJ"),
    ("45nm", "fp32", "(3) 45 nm fp32"),
    ("45nm", "int32", "(3) int32"),
    ("45nm", "int8", "(3) int8"),
    ("memory", "arithmetic", "(4) memory"),
    ("bill", "dynamic", "(5) dynamic"),
    ("bill", "dynamic + static", "(5) + static"),
    ("bill", "dynamic + static + input layer", "(5) + input layer"),
];

/// Whether [`write_published`] may write into `dir`; to be asked before a long run.
///
/// # Errors
/// A page of that name is something else.
pub fn check_published(dir: &Path) -> Result<(), Error> {
    let path = dir.join(PAGE);
    let foreign = || crate::files::text(&path).map_or(true, |text| !text.starts_with(MARK));
    if path.symlink_metadata().is_ok() && foreign() {
        return Err(Error::NotOurs { path, command: "spikemesh compare --report-280x" });
    }
    Ok(())
}

/// Writes page, table and bars into `dir`, which is made if need be; earlier ones are replaced.
/// What is not among `emulations` the page takes from what an earlier run left there.
///
/// # Errors
/// Something foreign is in the way, or cannot be read or written.
pub fn write_published(
    dir: &Path,
    shapes: &[Row],
    drawn: &[Row],
    emulations: &[Emulation],
) -> Result<(), Error> {
    check_published(dir)?;
    let mut made = Made::folders(dir).map_err(|(path, source)| Error::Create { path, source })?;
    let create = |source| Error::Create { path: dir.into(), source };
    let new = ScratchFolder::create(dir).map_err(create)?;
    let write = |name: &str, text: String| {
        let path = new.path().join(name);
        fs::write(&path, text).map_err(|source| Error::Write { path, source })
    };
    let mut names = vec![SHAPES.to_string(), "280x.png".into(), "280x.svg".into(), PAGE.into()];
    for Emulation { file, about, rows } in emulations {
        let [csv, toml] = [format!("{file}.csv"), format!("{file}.toml")];
        write_rows(new.path(), &csv, rows)?;
        let foreign = |e: toml::ser::Error| Error::Foreign {
            path: toml.clone().into(),
            reason: e.to_string(),
        };
        write(&toml, toml::to_string(about).map_err(foreign)?)?;
        names.extend([csv, toml]);
    }
    let mut kept = vec![];
    for file in EMULATED {
        let fresh = emulations.iter().any(|emulation| emulation.file == file);
        kept.extend(read(if fresh { new.path() } else { dir }, file)?);
    }
    write_rows(new.path(), SHAPES, shapes)?;
    plot::write_comparison(
        new.path(),
        &Plots::default(),
        ["280x", SHAPES],
        "Tiny YOLO v2 by shape: the published count, over all its 3500 steps",
        &comparison::bars(drawn),
    )?;
    write(PAGE, in_lines(&page(shapes, &kept)))?;
    for name in names {
        let path = dir.join(&name);
        fs::rename(new.path().join(&name), &path)
            .map_err(|source| Error::Write { path, source })?;
    }
    made.keep();
    Ok(())
}

/// What an earlier run emulated, if there was one.
fn read(dir: &Path, file: &str) -> Result<Option<(About, Vec<Cell>)>, Error> {
    let [toml, csv] = ["toml", "csv"].map(|ending| dir.join(format!("{file}.{ending}")));
    if !toml.exists() {
        return Ok(None);
    }
    let text =
        crate::files::text(&toml).map_err(|source| Error::Read { path: toml.clone(), source })?;
    let about = toml::from_str(&text)
        .map_err(|e| Error::Foreign { path: toml, reason: plain(&e.to_string()) })?;
    let foreign = |e: csv::Error| Error::Foreign { path: csv.clone(), reason: e.to_string() };
    let file =
        crate::files::open(&csv).map_err(|source| Error::Read { path: csv.clone(), source })?;
    let mut reader = csv::Reader::from_reader(file);
    let column = |name: &str| comparison::HEADER.iter().position(|column| *column == name);
    // Both come from one list of columns.
    let places =
        ["system", "accounting", "scope", "ratio", "source"].map(|name| column(name).unwrap_or(0));
    let mut cells = vec![];
    for record in reader.records() {
        let record = record.map_err(foreign)?;
        let [system, accounting, scope, ratio, source] =
            places.map(|place| record.get(place).unwrap_or("").to_owned());
        let ratio = ratio.parse::<f64>().map_or(String::new(), significant);
        let ratio = if accounting.is_empty() { source } else { ratio };
        cells.push(Cell { system, accounting, scope, ratio });
    }
    Ok(Some((about, cells)))
}

fn cells(rows: &[Row]) -> Vec<Cell> {
    let cell = |row: &Row| Cell {
        system: row.system.clone(),
        accounting: row.accounting.map_or(String::new(), |accounting| accounting.name().into()),
        scope: row.scope.clone(),
        ratio: row.ratio.map_or(String::new(), significant),
    };
    rows.iter().map(cell).collect()
}

// Writing to a string cannot fail, here and below.
fn page(shapes: &[Row], emulations: &[(About, Vec<Cell>)]) -> String {
    let mut text = format!("{MARK}\n# Where 280 times less energy comes from\n\n{INTRODUCTION}");
    for reading in published::readings() {
        let [gpu, spiking, ratio] =
            [reading.gpu_j, reading.spiking_j, reading.ratio()].map(significant);
        let _ = writeln!(
            text,
            "- *{}*: {}. GPU {gpu} J, spiking {spiking} J, ratio **{ratio}**.",
            reading.name, reading.equation
        );
    }
    unit(&mut text);
    let cells = cells(shapes);
    plainly(&mut text, &cells);
    text.push_str(SHAPE_WORDS);
    for (rate, steps) in crate::compare::RATES {
        let suffix = format!(", {:.3} % x {steps} steps", 100.0 * rate.value());
        let _ = writeln!(
            text,
            "\n### {:.3} % of the units fire in a step, {steps} steps\n",
            100.0 * rate.value()
        );
        ratios(&mut text, &cells, |system| system.strip_suffix(&suffix));
    }
    text.push_str("\n### The same network on devices\n\n");
    ratios(&mut text, &cells, |system| (!system.contains(" steps")).then_some(system));
    emulations.iter().for_each(|(about, cells)| emulated(&mut text, about, cells));
    text.push_str(END);
    text
}

const INTRODUCTION: &str = "\
The Spiking-YOLO paper (Kim et al. 2020, arXiv 1903.06530) says that a spiking Tiny YOLO takes \
about 280 times less energy than Tiny YOLO on a GPU; the number 280 stands in its abstract. The \
row of its table from which the number seems to come is here **quoted from memory, unverified**: \
nobody on this project had the table at hand. This page is the one place where such figures stand. \
What follows from them is arithmetic.

| quoted from memory, unverified | operations | operations per joule | time | energy |
|---|---|---|---|---|
| Tiny YOLO on a V100 | 6.97e9 FLOP | 14e12 FLOP/s / 250 W = 56e9 | 0.5 ms | 0.12 J |
| Spiking-YOLO, channel norm, TrueNorth | 4.90e7 | 400e9 SOP/s/W | 3500 steps x 1 ms | 4.29e-4 J |

## What the row gives

";

fn unit(text: &mut String) {
    let work = tiny_yolo_v2_voc();
    let first = work.layers.first().map_or(0, |layer| layer.macs);
    let all = published::all_operations();
    let synapses = work.macs() - first;
    let [rate, per_synapse] = [100.0 * published::rate(), all / synapses as f64].map(significant);
    let [band_low, band_high] =
        crate::compare::BAND.map(|end| significant(all / synapses as f64 / end));
    let over =
        significant(1.0 / (published::readings().get(2).map_or(1.0, published::Reading::ratio)));
    let _ = write!(
        text,
        "\n## What unit it needs\n\n\
         280 appears only if 4.90e7 is a number of operations *per second*: then 4.90e7 / 400e9 is \
         a power in watts, and x 3.5 s an energy. But a chip that makes 4.90e7 operations per \
         second for 3.5 s makes 1.7e8 operations per inference, {} spikes per synapse of Tiny YOLO \
         ({} synapses without its first layer, of {} MACs in all): too few to carry a value. As a \
         count *per step*, the same number means that {rate} % of the units fire in a step, a \
         normal rate for such a network; then one inference takes {} operations, {per_synapse} \
         spikes per synapse, which is {band_high} to {band_low} times the band of 0.15 to 1.38 in \
         which spiking networks can compete (Dampfhoffer et al. 2023), and **{over} times the \
         energy of the GPU**. Between the two readings lies exactly 1000, milliseconds against \
         steps. We could not reproduce 280 in any other way. All of this stands on figures \
         {UNVERIFIED}.\n",
        significant(1.715e8 / synapses as f64),
        grouped(synapses),
        grouped(work.macs()),
        grouped(all.round() as u64),
    );
}

/// What becomes of 280 under each accounting, on the chip and the GPU of the row.
fn plainly(text: &mut String, cells: &[Cell]) {
    let system = cells
        .iter()
        .map(|cell| cell.system.as_str())
        .find(|system| system.starts_with("truenorth,"));
    let Some(system) = system else { return };
    text.push_str(
        "\n## What 280 becomes under each accounting\n\nThe row's count over its 3500 steps on \
         TrueNorth, against a V100, counted from the shape (next section):\n\n| accounting | scope \
         | ratio |\n|---|---|---|\n",
    );
    for cell in cells.iter().filter(|cell| cell.system == system && !cell.ratio.is_empty()) {
        let _ = writeln!(text, "| `{}` | {} | {} |", cell.accounting, cell.scope, cell.ratio);
    }
    text.push_str(
        "\nUnder `45nm` the chip also pays the input layer once, hence a little less than in the \
         first table. All of these rows rest on the quoted count, *unverified*.\n",
    );
}

const SHAPE_WORDS: &str = "
The GPU's 0.12 J is no measurement either: all of the fp32 peak at all of the power. A GPU reaches \
a part of its peak with one picture, and is far more frugal with fp16, int8 and batches.

## Every accounting, every chip: Tiny YOLO v2 by shape

The layers of Tiny YOLO v2 for VOC at 416 x 416 (3 485 520 896 MACs, 15 855 536 weights), with \
units that fire at the stated rates. Nothing is emulated here: neurons, updates and operations are \
counted from the shape, a packet per spike, no hops, no pools, no leakage, since no time is known. \
**The energies of chips are lower bounds and the ratios upper ones.** No limit of a chip is \
applied: few of these chips could hold the network.

A cell is the energy of a V100 under this accounting / that of the row: above 1 the row takes \
less. Under (5) the V100 takes power x time at an assumed share of its peak, more than twice what \
(1) gives it. `280x.csv` has the joules, bases and sources of every cell.

![energies](280x.png)
";

fn ratios<'a>(text: &mut String, cells: &'a [Cell], name: impl Fn(&'a str) -> Option<&'a str>) {
    let mut systems: Vec<&str> = vec![];
    for cell in cells.iter().filter(|cell| name(&cell.system).is_some()) {
        if !systems.contains(&cell.system.as_str()) {
            systems.push(&cell.system);
        }
    }
    let of = |system: &str, accounting: &str, scope: &str| {
        let own =
            || cells.iter().filter(|cell| cell.system == system && cell.accounting == accounting);
        let exact = own().find(|cell| cell.scope == scope);
        let other = || {
            own().find(|cell| {
                cell.scope.starts_with(scope)
                    || cell.scope.contains(" peak")
                    || cell.scope.contains("all MACs")
            })
        };
        let found = match accounting {
            "45nm" => exact,
            // Devices have one figure for it.
            "bill" if scope == "dynamic" => {
                exact.or_else(|| own().find(|cell| cell.scope.starts_with("power")))
            }
            "bill" => exact,
            "paper" if scope == "one step" => own().find(|cell| cell.scope.starts_with(scope)),
            _ => exact.or_else(other),
        };
        found.map_or("", |cell| cell.ratio.as_str())
    };
    let used: Vec<&(&str, &str, &str)> = COLUMNS
        .iter()
        .filter(|(accounting, scope, _)| {
            systems.iter().any(|system| !of(system, accounting, scope).is_empty())
        })
        .collect();
    // Half of them in each of two tables, so that lines are short.
    for used in used.chunks(COLUMNS.len().div_ceil(2)) {
        let headings: String = used.iter().map(|(_, _, heading)| format!(" {heading} |")).collect();
        let _ = writeln!(text, "| |{headings}\n|---|{}", "---|".repeat(used.len()));
        for &system in &systems {
            let row: String = used
                .iter()
                .map(|(accounting, scope, _)| format!(" {} |", of(system, accounting, scope)))
                .collect();
            let _ = writeln!(text, "| {} |{row}", name(system).unwrap_or(system));
        }
        text.push('\n');
    }
}

fn emulated(text: &mut String, about: &About, cells: &[Cell]) {
    let About { title, network, input, recipe, steps, timing, macs, percent_per_step } = about;
    let _ = write!(
        text,
        "\n## {title}\n\n\
         {network}; {} MACs; input {input}; recipe `{recipe}`, {steps} steps, {timing} timing, \
         event by event on every built-in profile. In a step {} % of the synapses carry a spike; \
         bursts count every spike. Cells as above; joules in the CSV file.\n\n",
        grouped(*macs),
        significant(*percent_per_step)
    );
    let refused: Vec<&Cell> = cells.iter().filter(|cell| cell.accounting.is_empty()).collect();
    for Cell { system, ratio, .. } in &refused {
        let _ = writeln!(text, "- `{system}` refuses it: {ratio}");
    }
    if !refused.is_empty() {
        text.push_str(
            "\nWhat is refused ran once more without the limits of the chip, marked \
                       *idealised*, unless that is refused, too.\n\n",
        );
    }
    ratios(text, cells, |system| {
        cells
            .iter()
            .any(|cell| cell.system == system && !cell.accounting.is_empty())
            .then_some(system)
    });
}

const END: &str = "
## How this page is made

```
spikemesh compare --report-280x --out reports/spiking-yolo-280x
spikemesh compare tinier_yolo_relu7.onnx --input PICTURE --report-280x \\
    --out reports/spiking-yolo-280x
spikemesh compare --report-280x --random --out reports/spiking-yolo-280x
```

The first regenerates the page from its own `emulated-*.csv`, to the byte; a test does so. The \
others emulate anew: a trained network that is not part of this repository (the BSD-3-Clause \
Tinier-YOLO with 1-bit weights and ReLU), and random weights, which show what the full shape costs \
but detect nothing. [docs/energy.md](../../docs/energy.md) has the equation of each accounting and \
its critics.
";
