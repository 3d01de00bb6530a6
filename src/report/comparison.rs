//! Files of a comparison: `compare.csv`, `measures.csv` and `compare.md`; the bars are `plot`'s.

use super::csv_file::{Maybe, Table};
use super::markdown::{escaped, in_lines};
use super::readable::{cut, grouped, significant};
use super::units::in_milli;
use super::{COMPARE, Drawn, Error, MEASURES, Plots, plot};
use crate::compare::{Accounting, Kind, Measure, Row, Workload, opposite, ratio};
use crate::energy::Band;
use crate::plain::shown;
use std::fmt::Write;
use std::path::Path;

/// Columns of `compare.csv`.
pub const HEADER: [&str; 14] = [
    "system",
    "kind",
    "accounting",
    "scope",
    "energy_low_uj",
    "energy_uj",
    "energy_high_uj",
    "latency_us",
    "operations",
    "ratio",
    "basis",
    "source",
    "latency_low_us",
    "latency_high_us",
];

/// Columns of `measures.csv`.
pub const MEASURES_HEADER: [&str; 10] = [
    "system",
    "against",
    "accounting",
    "scope",
    "quantity",
    "value",
    "value_low",
    "value_high",
    "unit",
    "remark",
];

pub(super) const DOCUMENT: &str = "compare.md";
/// The picture, without its ending.
pub(super) const PICTURE: &str = "compare";

/// A comparison to be written.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// Title of the page.
    pub title: &'a str,
    /// Sentences about how it was made: steps, recipe, inputs, measurements.
    pub facts: &'a [String],
    /// What a device has to do.
    pub workload: &'a Workload,
    /// Systems under every accounting.
    pub rows: &'a [Row],
    /// Figures beside the table.
    pub measures: &'a [Measure],
}

/// Writes `compare.csv`, `measures.csv`, `compare.md`, `compare.png` and `compare.svg` into `dir`.
///
/// # Errors
/// A file cannot be written or a picture not be drawn.
pub fn write_comparison(
    dir: &Path,
    comparison: &Comparison,
    plots: &Plots,
) -> Result<Vec<Drawn>, Error> {
    write_rows(dir, COMPARE, comparison.rows)?;
    write_measures(dir, comparison.measures)?;
    let path = dir.join(DOCUMENT);
    let page = in_lines(&document(comparison));
    std::fs::write(&path, page).map_err(|source| Error::Write { path, source })?;
    plot::write_comparison(dir, plots, [PICTURE, COMPARE], comparison.title, &bars(comparison.rows))
}

/// The bars of rows, in the numbers that the CSV file has.
pub(super) fn bars(rows: &[Row]) -> Vec<plot::Bar> {
    rows.iter().filter_map(|row| plot::Bar::of(row, |pj| in_milli(micro(pj)))).collect()
}

/// Of picojoules or picoseconds the millions, in 12 digits.
fn micro(value: f64) -> f64 {
    rounded(value * 1e-6)
}

/// In 12 digits, which no figure has.
fn rounded(value: f64) -> f64 {
    // What was formatted as a number is one.
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// Writes rows in the form of `compare.csv`.
pub(super) fn write_rows(dir: &Path, name: &str, rows: &[Row]) -> Result<(), Error> {
    let mut table = Table::create(dir, name, &HEADER)?;
    for row in rows {
        let energy =
            |of: fn(&Band) -> f64| Maybe(row.energy_pj.as_ref().map(|band| micro(of(band))));
        let latency =
            |of: fn(&Band) -> f64| Maybe(row.latency_ps.as_ref().map(|band| micro(of(band))));
        table.row([
            &row.system,
            &row.kind.name(),
            &Maybe(row.accounting.map(Accounting::name)),
            &row.scope,
            &energy(|band| band.low),
            &energy(|band| band.nominal),
            &energy(|band| band.high),
            &latency(|band| band.nominal),
            &Maybe(row.operations),
            &Maybe(row.ratio.map(rounded)),
            &row.basis,
            &row.source,
            &latency(|band| band.low),
            &latency(|band| band.high),
        ])?;
    }
    table.finish()
}

fn write_measures(dir: &Path, measures: &[Measure]) -> Result<(), Error> {
    let mut table = Table::create(dir, MEASURES, &MEASURES_HEADER)?;
    for measure in measures {
        table.row([
            &measure.system,
            &measure.against,
            &Maybe(measure.accounting.map(Accounting::name)),
            &measure.scope,
            &measure.quantity,
            &rounded(measure.value),
            &Maybe(measure.ends.map(|[low, _]| rounded(low))),
            &Maybe(measure.ends.map(|[_, high]| rounded(high))),
            &measure.unit,
            &measure.remark,
        ])?;
    }
    table.finish()
}

/// The rows for people, by accounting; figures from memory are marked.
pub fn comparison_table(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut last = None;
    for row in rows {
        if row.accounting.is_some() && row.accounting != last {
            last = row.accounting;
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(
                text,
                "\n{:26} {:33} {:>9} {:>8}   {:23} {:>10}",
                row.accounting.map_or("", heading),
                "scope",
                "energy_mj",
                "ratio",
                "low .. high",
                "latency_ms",
            );
        }
        let Some(energy) = row.energy_pj else {
            let _ =
                writeln!(text, "  {:24} {}: {}", shown(&row.system), row.scope, shown(&row.source));
            continue;
        };
        let [low, nominal, high] =
            [energy.low, energy.nominal, energy.high].map(|pj| significant(pj * 1e-9));
        let _ = writeln!(
            text,
            "  {:24} {:33} {nominal:>9} {:>8}   {:23} {:>10}{}",
            cut(&shown(&row.system), 24),
            cut(&row.scope, 33),
            row.ratio.map_or("-".into(), significant),
            format!("{low} .. {high}"),
            row.latency_ps.map_or("-".into(), |ps| significant(ps.nominal * 1e-9)),
            mark(row)
        );
    }
    text
}

/// Behind a figure that rests on memory.
fn mark(row: &Row) -> &'static str {
    if row.basis.contains("unverified") { "  unverified" } else { "" }
}

pub(super) fn heading(accounting: Accounting) -> &'static str {
    match accounting {
        Accounting::Paper => "(1) paper",
        Accounting::Operations => "(2) every operation x pJ",
        Accounting::Arithmetic => "(3) arithmetic at 45 nm",
        Accounting::Memory => "(4) arithmetic and memory",
        Accounting::Bill => "(5) the whole bill",
    }
}

/// What an accounting says, and which assumption decides.
fn words(accounting: Accounting) -> &'static str {
    match accounting {
        Accounting::Paper => {
            "Operations / (operations per joule). The GPU runs at its peak and its full power, \
             which no detector does; the chip at the best efficiency ever published for it, which \
             holds static power at one operating point. *Decides:* the unit of the spiking count. \
             Read as operations per second (first rows), T steps of 1 ms cost 1/1000 of what the \
             same operations cost when they are all counted (second rows)."
        }
        Accounting::Operations => {
            "Every synaptic operation of all T steps and of the fill x the profile's price of one, \
             against every multiply-accumulate at peak and full power. *Decides:* the number of \
             operations, and that neurons, packets, leakage and input are free."
        }
        Accounting::Arithmetic => {
            "An addition against a multiply-accumulate at 45 nm, as most of the literature counts; \
             the analogue input layer multiplies, once. It knows no device, so that all baselines \
             are the same. *Decides:* the precision: an addition is 5 times cheaper in fp32, 32 \
             times in int32, 8 times in int8; and that memory is free."
        }
        Accounting::Memory => {
            "The same with the memory that both sides read and write, priced by its size. \
             *Decides:* reuse: a float network reads an operand once for many products, a spiking \
             one reads a weight for every spike and its membrane for every update."
        }
        Accounting::Bill => {
            "All events of the emulation at the profile's prices, then with leakage over the time \
             that it took, then with the input layer; against power x time. No host computer is on \
             either side. *Decides:* for chips, latency and static power; for devices, how much of \
             the peak is reached."
        }
    }
}

fn document(comparison: &Comparison) -> String {
    let Comparison { title, facts, workload, .. } = comparison;
    // Names are what files call themselves.
    let named = |row: &Row| Row { system: escaped(&row.system), ..row.clone() };
    let rows: &[Row] = &comparison.rows.iter().map(named).collect::<Vec<_>>();
    let of_named = |measure: &Measure| Measure {
        system: escaped(&measure.system),
        against: escaped(&measure.against),
        ..measure.clone()
    };
    let measures: &[Measure] = &comparison.measures.iter().map(of_named).collect::<Vec<_>>();
    let work = &workload.work;
    let mut text = format!("# {}\n\n", escaped(title));
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        text,
        "- {}: {} MACs ({} operations, two per MAC), {} weights, {} activations read and written.",
        match work.passes {
            1 => "Float network".into(),
            steps => format!("All {steps} steps on a device, dense"),
        },
        grouped(work.macs()),
        grouped(work.flops()),
        grouped(work.weights()),
        grouped(work.activations())
    );
    facts.iter().for_each(|fact| {
        let _ = writeln!(text, "- {}", escaped(fact));
    });
    let first = rows
        .iter()
        .find(|row| row.kind == Kind::Baseline)
        .map_or("none", |row| row.system.as_str());
    let _ = writeln!(
        text,
        "- All energies are per inference. Ratio: energy of the first baseline, {first}, / \
         energy of the row, nominal, of the same scope where there is one, else of the baseline's \
         first row of that accounting. Above 1 the row takes less energy.\n- *Unverified* marks \
         what rests on a figure from memory. `compare.csv` has basis and source of every row, \
         `measures.csv` all break-even steps.\n\n![energies](compare.png)"
    );
    refusals(&mut text, rows);
    for accounting in Accounting::ALL {
        let _ = writeln!(text, "\n## {}\n\n{}\n", heading(accounting), words(accounting));
        let own: Vec<&Row> = rows.iter().filter(|row| row.accounting == Some(accounting)).collect();
        table(&mut text, &own);
    }
    flips(&mut text, rows);
    beside(&mut text, measures);
    text
}

fn refusals(text: &mut String, rows: &[Row]) {
    let refused: Vec<&Row> = rows.iter().filter(|row| row.accounting.is_none()).collect();
    if refused.is_empty() {
        return;
    }
    text.push_str("\n## Refused\n\n");
    for row in refused {
        let _ = writeln!(text, "- {}: {}", row.system, escaped(&row.source));
    }
}

/// A row for each energy, and below the table what the figures rest on.
fn table(text: &mut String, rows: &[&Row]) {
    text.push_str("| system | scope | energy, mJ | low .. high | latency, ms | ratio |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    let mut bases: Vec<(&str, Vec<String>)> = vec![];
    for row in rows {
        let Some(energy) = row.energy_pj else {
            let _ = writeln!(text, "| {} | {} | - | | | |", row.system, row.scope);
            based(&mut bases, &row.source, row);
            continue;
        };
        let [low, nominal, high] =
            [energy.low, energy.nominal, energy.high].map(|pj| significant(pj * 1e-9));
        let band =
            if energy.low == energy.high { String::new() } else { format!("{low} .. {high}") };
        let latency = row.latency_ps.map_or(String::new(), |ps| significant(ps.nominal * 1e-9));
        let ratio = row.ratio.map_or(String::new(), significant);
        let (system, scope) = (&row.system, &row.scope);
        // Without spaces it says the same, in lines of a hundred characters.
        let _ = writeln!(text, "|{system}|{scope}|{nominal}|{band}|{latency}|{ratio}|");
        based(&mut bases, &row.basis, row);
    }
    text.push('\n');
    for (basis, own) in bases {
        let _ = writeln!(text, "- *{basis}*: {}.", own.join("; "));
    }
}

/// Adds a row to those of its basis.
fn based<'a>(bases: &mut Vec<(&'a str, Vec<String>)>, basis: &'a str, row: &Row) {
    let name = match row.scope.is_empty() {
        true => row.system.clone(),
        false => format!("{} ({})", row.system, row.scope),
    };
    match bases.iter_mut().find(|(known, _)| *known == basis) {
        Some((_, own)) => own.push(name),
        None => bases.push((basis, vec![name])),
    }
}

/// Pair by pair, under which accountings which side takes less.
fn flips(text: &mut String, rows: &[Row]) {
    text.push_str(
        "\n## Where the ratio flips\n\nFor each pair the energy of the device / that of the chip, \
         from where the device looks best to where the chip does.\n\n",
    );
    let systems = |kind: Kind| {
        let own = rows.iter().filter(move |row| row.kind == kind && row.accounting.is_some());
        distinct(own.map(|row| row.system.as_str()))
    };
    for chip in systems(Kind::Spiking) {
        for other in systems(Kind::Baseline) {
            let mut ratios: Vec<(f64, String)> = rows
                .iter()
                .filter(|row| row.system == chip)
                .filter_map(|row| {
                    Some((
                        ratio(opposite(rows, other, row.accounting, &row.scope)?, row)?,
                        name(row),
                    ))
                })
                .collect();
            ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
            let list = |less: bool| {
                let side = ratios.iter().filter(|(ratio, _)| (*ratio > 1.0) == less);
                let side: Vec<String> =
                    side.map(|(ratio, name)| format!("{name} {}", significant(*ratio))).collect();
                if side.is_empty() { "none".into() } else { side.join(", ") }
            };
            let _ = writeln!(
                text,
                "- **{chip}** and **{other}**. The device takes less under: {}. The chip takes \
                 less under: {}.",
                list(false),
                list(true)
            );
        }
    }
}

fn name(row: &Row) -> String {
    format!("{} ({})", row.accounting.map_or("", Accounting::name), row.scope)
}

fn beside(text: &mut String, measures: &[Measure]) {
    text.push_str(
        "\n## Beside the joules\n\nSpikes per synapse and inference against 0.15 .. 1.38, the band \
         in which spiking networks can compete, depending on the baseline (Dampfhoffer et al. \
         2023); bits of the quantised network that resolves as much, ceil(log2(T + 1)) (Yan et al. \
         2024); energy x delay.\n\n",
    );
    for measure in measures.iter().filter(|measure| measure.against.is_empty()) {
        let Measure { system, scope, quantity, value, unit, remark, .. } = measure;
        let scope = if scope.is_empty() { String::new() } else { format!(", {scope}") };
        let (value, unit) = (significant(*value), if *unit == "1" { "" } else { unit });
        let figure = format!("{value} {unit}");
        let _ =
            writeln!(text, "- `{quantity}` of {system}{scope}: {}; {remark}.", figure.trim_end());
    }
    text.push_str(
        "\nBreak-even: the steps at which both would take the same, if every step took what the \
         mean one took here, rounded down; with fewer the chip takes less.\n",
    );
    let pairs: Vec<&Measure> =
        measures.iter().filter(|measure| !measure.against.is_empty()).collect();
    let others = distinct(pairs.iter().map(|measure| measure.against.as_str()));
    others.chunks(DEVICES).for_each(|others| break_even(text, &pairs, others));
}

/// Columns of a table of break-even steps.
const DEVICES: usize = 3;

/// A row per system and scope, a column per device.
fn break_even(text: &mut String, pairs: &[&Measure], others: &[&str]) {
    let names: String = others.iter().map(|other| format!(" {other} |")).collect();
    let rules = "---|".repeat(others.len());
    let _ = write!(text, "\n| system | accounting |{names}\n|---|---|{rules}\n");
    let key =
        |measure: &Measure| (measure.system.clone(), measure.accounting, measure.scope.clone());
    let mut last = None;
    for first in pairs {
        if last.replace(key(first)) == Some(key(first)) {
            continue;
        }
        let accounting = first.accounting.map_or("", Accounting::name);
        let _ = write!(text, "| {} | {accounting}, {} |", first.system, first.scope);
        for other in others {
            let steps = pairs
                .iter()
                .find(|measure| key(measure) == key(first) && measure.against == *other);
            let _ = write!(
                text,
                " {} |",
                steps.map_or(String::new(), |measure| measure.value.to_string())
            );
        }
        text.push('\n');
    }
}

/// Each once, in their order.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = vec![];
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}
