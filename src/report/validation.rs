//! `validation.csv` and `validation.md`: every prediction beside its measurement, and the same for
//! people.

use super::csv_file::{Maybe, Table};
use super::markdown::in_lines;
use super::readable::significant;
use super::{Error, VALIDATION};
use crate::scratch::{Made, ScratchFolder};
use crate::validate::{Case, Driver, Kind, Row, Test, Verdict};
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Columns of `validation.csv`.
pub const HEADER: [&str; 18] = [
    "kind",
    "case",
    "profile",
    "quantity",
    "unit",
    "measured",
    "predicted_low",
    "predicted",
    "predicted_high",
    "error_percent",
    "tolerance_percent",
    "verdict",
    "assumptions",
    "source",
    "measured_within",
    "largest_input",
    "largest_input_low",
    "largest_input_high",
];

const DOCUMENT: &str = "validation.md";

/// First line of the document, by which a later run knows its own.
const MARK: &str = "<!-- Written by `spikemesh validate`; do not edit. -->";

/// How the CSV file begins, by which a later run knows its own.
const CSV_MARK: &str = "kind,case,profile,quantity,unit,measured,";

/// Writes both files into `dir`, which is made if need be; earlier ones of the same origin are
/// replaced. Each appears whole.
///
/// # Errors
/// A file of that name is something else, or cannot be written.
pub fn write_validation(dir: &Path, cases: &[Case]) -> Result<(), Error> {
    check_validation(dir)?;
    let mut made = Made::folders(dir).map_err(|(path, source)| Error::Create { path, source })?;
    let create = |source| Error::Create { path: dir.into(), source };
    let new = ScratchFolder::create(dir).map_err(create)?;
    write_csv(new.path(), cases)?;
    let path = new.path().join(DOCUMENT);
    let page = in_lines(&document(cases));
    fs::write(&path, page).map_err(|source| Error::Write { path, source })?;
    for name in [VALIDATION, DOCUMENT] {
        let path = dir.join(name);
        fs::rename(new.path().join(name), &path).map_err(|source| Error::Write { path, source })?;
    }
    made.keep();
    Ok(())
}

/// Whether [`write_validation`] may write there; to be asked before a long run.
///
/// # Errors
/// A file of that name is something else.
pub fn check_validation(dir: &Path) -> Result<(), Error> {
    for (name, mark) in [(VALIDATION, CSV_MARK), (DOCUMENT, MARK)] {
        let path = dir.join(name);
        if path.symlink_metadata().is_ok() && !begins_with(&path, mark) {
            return Err(Error::NotOurs { path, command: "spikemesh validate" });
        }
    }
    Ok(())
}

/// False for what is no readable file, too.
fn begins_with(path: &Path, mark: &str) -> bool {
    let mut start = vec![0; mark.len()];
    let read = crate::files::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == mark.as_bytes()
}

fn rows(cases: &[Case]) -> impl Iterator<Item = (&Case, &Row)> {
    cases.iter().flat_map(|case| case.rows.iter().map(move |row| (case, row)))
}

fn write_csv(dir: &Path, cases: &[Case]) -> Result<(), Error> {
    let mut table = Table::create(dir, VALIDATION, &HEADER)?;
    for (case, row) in rows(cases) {
        let tolerance = match row.test {
            Test::Tolerance(percent) => Some(percent),
            Test::Bracket | Test::Beside => None,
        };
        let largest = row.drivers.first();
        table.row([
            &row.kind.name(),
            &case.name,
            &row.profile,
            &row.quantity,
            &row.unit,
            &rounded(row.measured),
            &rounded(row.predicted.low),
            &rounded(row.predicted.nominal),
            &rounded(row.predicted.high),
            &to_places(row.error_percent(), 2),
            &Maybe(tolerance),
            &row.verdict().name(),
            &case.assumptions,
            &row.source,
            &rounded(row.measured_within),
            &largest.map_or("", |driver| &driver.name),
            &Maybe(largest.map(|driver| rounded(driver.low))),
            &Maybe(largest.map(|driver| rounded(driver.high))),
        ])?;
    }
    table.finish()
}

/// Six significant digits, more than any measurement has.
fn rounded(value: f64) -> f64 {
    // What was formatted as a number is one.
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// Rounded, and never a zero with a minus.
fn to_places(value: f64, places: i32) -> f64 {
    let unit = 10f64.powi(places);
    (value * unit).round() / unit + 0.0
}

/// The rows for people: aligned, without sources.
pub fn validation_table(cases: &[Case]) -> String {
    let mut lines = vec![
        [
            "case",
            "profile",
            "quantity",
            "unit",
            "measured",
            "predicted",
            "low .. high",
            "error %",
            "kind",
            "verdict",
        ]
        .map(String::from),
    ];
    lines.extend(rows(cases).map(|(case, row)| cells(case.name, row)));
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let mut padded = String::new();
        for (index, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // Figures end where their column ends. Writing to a string cannot fail.
            let _ = match index {
                4..8 => write!(padded, "{cell:>width$}  "),
                _ => write!(padded, "{cell:width$}  "),
            };
        }
        text.push_str(padded.trim_end());
        text.push('\n');
    }
    text.push_str(&verdicts(cases));
    text
}

fn cells(case: &str, row: &Row) -> [String; 10] {
    [
        case.into(),
        row.profile.clone(),
        row.quantity.clone(),
        row.unit.into(),
        significant(row.measured),
        significant(row.predicted.nominal),
        format!("{} .. {}", significant(row.predicted.low), significant(row.predicted.high)),
        format!("{:+.1}", to_places(row.error_percent(), 1)),
        row.kind.name().into(),
        row.verdict().name().into(),
    ]
}

/// How many rows of each kind came out how.
fn verdicts(cases: &[Case]) -> String {
    let mut text = String::new();
    let mut line = |name: &str, counted: &dyn Fn(&Row) -> bool| {
        let count = |verdict| {
            rows(cases).filter(|(_, row)| counted(row) && row.verdict() == verdict).count()
        };
        let all = [Verdict::Hit, Verdict::Band, Verdict::Miss].map(count);
        let [hits, bands, misses] = all;
        let more = [Verdict::NoPrediction, Verdict::Beside].map(|verdict| match count(verdict) {
            0 => String::new(),
            some => format!(", {some} {}", verdict.name()),
        });
        if all.iter().sum::<usize>() + more.concat().len() > 0 {
            let more = more.concat();
            let _ = writeln!(text, "{name}: {hits} hit, {bands} band, {misses} miss{more}");
        }
    };
    for kind in [Kind::Fitted, Kind::Consistency, Kind::Prediction] {
        line(kind.name(), &|row| row.kind == kind && row.is_verified());
    }
    line("beside them, measurements from memory, unverified", &|row| !row.is_verified());
    text
}

const READING: &str = "\
## How to read the rows

For each case a network is emulated, or its published counts stand in; its events are counted, and
an embedded profile prices them. `spikemesh validate` makes this page and `validation.csv`
([csv.md](csv.md#validationcsv)) again, to the byte, if `--networks` and `--recordings` tell it
where published networks and recordings lie. Else it leaves out `loihi-nxtf` and `speck-recorded`.

| kind | meaning |
|---|---|
| fitted | the profile was made from this measurement; only the way to a figure is tested |
| consistency | figures of one source, or an identity, which the emulation must give again |
| prediction | no number of the profile comes from this measurement |

| verdict | meaning |
|---|---|
| hit | the nominal prediction is within the tolerance |
| miss | it is not; or, where a band is all that can be asked, the measurement lies outside it |
| band | the measurement lies between the low and the high prediction |
| no prediction | so it does, but the high end is more than four times the low end |
| beside | it is not judged: it shows what another choice gives |

Low and high come from the bands of the inputs: costs of the profile, and firing rates where nobody
published them. Then all neurons fire in 1 % of the steps for the low end, in 4.5 % for the nominal
figure and in 20 % for the high end, the same in all cases. The table of what moves a prediction
sets one input at a time to its ends.

";

/// What a designer wants to know first: what is predicted how well, what cannot be known.
fn opening(cases: &[Case]) -> String {
    let errors = |case: &str, of: &dyn Fn(&Row) -> bool| {
        let own = rows(cases).filter(|(known, row)| known.name == case && of(row));
        let all: Vec<f64> = own.map(|(_, row)| to_places(row.error_percent(), 1)).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match all.len() {
            0 => "not run here".into(),
            _ if least == most => format!("{least:+.1} %"),
            _ => format!("{least:+.1} to {most:+.1} %"),
        }
    };
    let judged = |row: &Row| row.verdict() != Verdict::Beside;
    let any = |_: &Row| true;
    let silent = rows(cases).filter(|(_, row)| row.verdict() == Verdict::NoPrediction).count();
    let implied: usize = cases.iter().map(|case| case.implied.len()).sum();
    let pictures = |row: &Row| judged(row) && row.quantity.contains("picture ");
    let mean = |row: &Row| judged(row) && row.quantity.contains("mean");
    let cores = |row: &Row| row.quantity.contains("cores");
    let other = |row: &Row| row.kind == Kind::Prediction;
    let held_out = |row: &Row| row.quantity == "power at 20.07 Hz";
    format!(
        "\
1. **Loihi 1, cores, network and spikes known:** mean step {}, single pictures {}.
2. **Loihi 1, layout unknown:** steps of Quartz {}, a check that tells no constants apart.
3. **Loihi 1, processor beside the cores:** fitted, steps of Quartz {}; its time is no straight \
line.
4. **Loihi 1 at rest:** {} on another board; boards differ by a factor of three.
5. **Loihi 2:** steps of one network {}, by a constant from the same steps; energies are not known.
6. **TrueNorth:** power at a rate that was held out {}; at voltages left out of the fit {}.
7. **Speck:** power of four networks {}: one energy per operation cannot fit all.
8. **Xylo:** the vendor's count of cycles to the digit; energy of events is rough.
9. **Rates unknown:** {silent} rows span more than a factor of four and predict nothing; {implied} \
measurements are told as the activity that they would mean.
10. **Not knowable from what is published:** a barrier over several chips alone, the processor's \
work in somebody's program, spikes of the applications of TrueNorth, supply and temperature of \
boards.
",
        errors("loihi-nxtf", &mean),
        errors("loihi-nxtf", &pictures),
        errors("loihi-quartz", &cores),
        errors("loihi-quartz", &|row| !cores(row)),
        errors("loihi-idle", &other),
        errors("loihi2-pilotnet", &any),
        errors("truenorth-sweep", &held_out),
        errors("truenorth-voltage", &any),
        errors("speck-power", &other),
    )
}

/// Of predictions whose inputs have bands: the figure with the two that move it most at their ends.
fn tornado(cases: &[Case]) -> String {
    let mut text = "## What moves a prediction\n\n".to_owned();
    for (case, row) in rows(cases).filter(|(_, row)| !row.drivers.is_empty()) {
        let told = |(driver, which): (&Driver, &str)| {
            let Driver { name, low, high } = driver;
            format!("; {which} {name}: {} .. {}", significant(*low), significant(*high))
        };
        let which = ["moved most by", "then by"];
        let moved: String = row.drivers.iter().zip(which).map(told).collect();
        let _ = writeln!(
            text,
            "- [{0}](#{0}), `{1}`: {2}, {3} {4}{moved}.",
            case.name,
            row.profile,
            row.quantity,
            significant(row.predicted.nominal),
            row.unit,
        );
    }
    text
}

/// A table for all rows of a case and kind, chip by chip; bands stand in the sections.
fn tables(text: &mut String, cases: &[Case]) {
    for case in cases {
        for group in case.rows.chunk_by(|a, b| a.kind == b.kind) {
            let kind = group[0].kind.name();
            let _ = write!(text, "\n[{0}](#{0}), {kind}:\n\n", case.name);
            text.push_str("| quantity | measured | predicted | error | verdict |\n");
            text.push_str("|---|---|---|---|---|\n");
            for chip in group.chunk_by(|a, b| a.profile == b.profile) {
                let _ = writeln!(text, "| **`{}`** | | | | |", chip[0].profile);
                chip.iter().for_each(|row| table_row(text, row));
            }
        }
    }
}

fn table_row(text: &mut String, row: &Row) {
    let [_, _, quantity, unit, measured, predicted, _, error, _, verdict] = cells("", row);
    let verdict = if verdict == "miss" { "**miss**".into() } else { verdict };
    let _ =
        writeln!(text, "| {quantity}, {unit} | {measured} | {predicted} | {error} % | {verdict} |");
}

fn document(cases: &[Case]) -> String {
    let counted = verdicts(cases).replace('\n', "  \n");
    let mut text = format!(
        "{MARK}\n# Validation\n\nPublished measurements beside what spikemesh predicts. Nothing is \
         tuned to a case that is called a\nprediction; what was chosen with a case in view says so \
         there.\n\n{}\n{}\n\n{READING}## All rows\n\n",
        opening(cases),
        counted.trim_end()
    );
    tables(&mut text, cases);
    // Writing to a string cannot fail, here and below.
    let _ = write!(text, "\n{}", tornado(cases));
    for case in cases {
        section(&mut text, case);
    }
    text
}

fn section(text: &mut String, case: &Case) {
    let Case { name, title, network, assumptions, remark, rows, implied, notes } = case;
    let _ = write!(text, "\n## {name}\n\n{title}.\n\n");
    let mut sources: Vec<&str> = vec![];
    for row in rows {
        if !sources.contains(&row.source) {
            sources.push(row.source);
        }
    }
    if !sources.is_empty() {
        let _ = writeln!(text, "- Measured: {}.", sources.join("; "));
    }
    let _ = writeln!(text, "- Emulated: {network}.");
    let _ = writeln!(text, "- Assumed: {assumptions}");
    for row in rows {
        let against = match row.test {
            Test::Tolerance(percent) => {
                format!("error {} %, tolerance {percent} %", cells(name, row)[7])
            }
            Test::Bracket => "against low and high".into(),
            Test::Beside => format!("error {} %, not judged", cells(name, row)[7]),
        };
        let [_, profile, quantity, unit, measured, predicted, band, _, _, verdict] =
            cells(name, row);
        let _ = writeln!(
            text,
            "- {quantity}, `{profile}`: predicted {predicted} {unit} ({band}), measured {measured} \
             {unit}: **{verdict}** ({against})."
        );
    }
    for line in implied.iter().chain(notes) {
        let _ = writeln!(text, "- {line}.");
    }
    let _ = write!(text, "\n{remark}\n");
}
