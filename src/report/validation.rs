//! `validation.csv` and `validation.md`: every prediction beside its measurement, and the same for people.

use super::csv_file::{Maybe, Table};
use super::readable::significant;
use super::{Error, VALIDATION};
use crate::validate::{Case, Kind, Row, Test, Verdict};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Columns of `validation.csv`.
pub const HEADER: [&str; 14] = [
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
];

const DOCUMENT: &str = "validation.md";

/// First line of the document, by which a later run knows its own.
const MARK: &str = "<!-- Written by `spikemesh validate`; do not edit. -->";

/// How the CSV file begins, by which a later run knows its own.
const CSV_MARK: &str = "kind,case,profile,quantity,unit,measured,";

/// Writes both files into `dir`, which is made if need be; earlier ones of the same origin are replaced.
/// Each appears whole.
///
/// # Errors
/// A file of that name is something else, or cannot be written.
pub fn write_validation(dir: &Path, cases: &[Case]) -> Result<(), Error> {
    check_validation(dir)?;
    let create = |source| Error::Create { path: dir.into(), source };
    fs::create_dir_all(dir).map_err(create)?;
    let new = tempfile::Builder::new().prefix(".spikemesh-").suffix(".partial").tempdir_in(dir);
    let new = new.map_err(create)?;
    write_csv(new.path(), cases)?;
    let path = new.path().join(DOCUMENT);
    fs::write(&path, document(cases)).map_err(|source| Error::Write { path, source })?;
    for name in [VALIDATION, DOCUMENT] {
        let path = dir.join(name);
        fs::rename(new.path().join(name), &path).map_err(|source| Error::Write { path, source })?;
    }
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
fn begins_with(path: &PathBuf, mark: &str) -> bool {
    let mut start = vec![0; mark.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
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
        let all = [Verdict::Hit, Verdict::Band, Verdict::Miss, Verdict::Beside];
        let [hits, bands, misses, beside] = all.map(count);
        let beside = match beside {
            0 => String::new(),
            some => format!(", {some} beside"),
        };
        let _ = writeln!(text, "{name}: {hits} hit, {bands} band, {misses} miss{beside}");
    };
    for kind in [Kind::Fitted, Kind::Consistency, Kind::Prediction] {
        line(kind.name(), &|row| row.kind == kind && row.is_verified());
    }
    line("beside them, measurements from memory, unverified", &|row| !row.is_verified());
    text
}

const INTRODUCTION: &str = "\
# Validation

Published measurements beside what spikemesh predicts: for each case a network is emulated, its events are counted, and an
embedded profile prices them. `spikemesh validate`, told where published networks lie, makes this page and
`validation.csv` ([csv.md](csv.md#validationcsv)) again, to the byte. Else it leaves out `loihi-nxtf`, whose network is
not part of the program. Nothing is tuned to a case; what was chosen with a case in view says so there.

| kind | meaning |
|---|---|
| fitted | the profile was made from this measurement; only the way from costs to a figure is tested |
| consistency | figures of one source, or an identity, which the emulation must give again |
| prediction | no number of the profile comes from this measurement |

| verdict | meaning |
|---|---|
| hit | the nominal prediction is within the tolerance |
| miss | it is not; or, where a bracket is all that can be asked, the measurement lies outside it |
| band | the measurement lies between the low and the high prediction |
| beside | it is not judged: it shows what another choice gives |

Firing rates decide most figures and were rarely published. Where they were not, all neurons fire in 1 % of the steps for the low
end, in 4.5 % for the nominal figure and in 20 % for the high end, the same in all cases; a *band* then says no more than
that the measurement is possible at such rates. A figure marked *unverified* is quoted from memory and was checked by nobody here.

";

fn document(cases: &[Case]) -> String {
    let mut text = format!("{MARK}\n{INTRODUCTION}## All rows\n\n");
    text.push_str("| case | profile | quantity | unit | measured | predicted (low .. high) | error | kind | verdict |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for (case, row) in rows(cases) {
        let link = format!("[{0}](#{0})", case.name);
        let [case, profile, quantity, unit, measured, predicted, band, error, kind, verdict] =
            cells(&link, row);
        let verdict = if verdict == "miss" { "**miss**".into() } else { verdict };
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            text,
            "| {case} | `{profile}` | {quantity} | {unit} | {measured} | {predicted} ({band}) | {error} % | {kind} | {verdict} |"
        );
    }
    let _ = write!(text, "\n{}", verdicts(cases).replace('\n', "  \n").trim_end());
    text.push('\n');
    for case in cases {
        section(&mut text, case);
    }
    text
}

fn section(text: &mut String, case: &Case) {
    let Case { name, title, network, assumptions, remark, rows } = case;
    let _ = write!(text, "\n## {name}\n\n{title}.\n\n");
    let mut sources: Vec<&str> = vec![];
    for row in rows {
        if !sources.contains(&row.source) {
            sources.push(row.source);
        }
    }
    let _ = writeln!(text, "- Measured: {}.", sources.join("; "));
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
            "- {quantity}, `{profile}`: predicted {predicted} {unit} ({band}), measured {measured} {unit}: \
             **{verdict}** ({against})."
        );
    }
    let _ = write!(text, "\n{remark}\n");
}
