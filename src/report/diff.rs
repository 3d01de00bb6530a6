//! `diff`: what two runs have in common and what not, from the files that they wrote.
//!
//! Only columns and rows that both have are compared, so that folders of two versions can be. Files
//! are told apart by name, rows by their keys.

mod settings;
mod sheet;
mod text;

use super::csv_file::{Maybe, Table};
use super::saved::input_folders;
use super::{
    CLASSES, CORES, DETECTIONS, DIFF, ENERGY, Error, LATENCY, LAYERS, LINKS, MANIFEST, STEPS,
    SUMMARY,
};
use serde::Serialize;
use sheet::Sheet;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
pub use text::diff_text;

/// Columns of `diff.csv`.
pub(super) const HEADER: [&str; 8] =
    ["input", "file", "row", "column", "a", "b", "difference", "change_percent"];

/// Files that are compared row by row, with the columns that name a row. Of rows of one name, such
/// as boxes of a class, the first is held against the first.
const FILES: [(&str, &[&str]); 9] = [
    (SUMMARY, &["image"]),
    (ENERGY, &["layer", "component", "scope"]),
    (LAYERS, &["layer"]),
    (STEPS, &["step"]),
    (LATENCY, &["step"]),
    (CORES, &["core"]),
    (LINKS, &["from_x", "from_y", "to_x", "to_y"]),
    (DETECTIONS, &["system", "class"]),
    (CLASSES, &["system", "class"]),
];

/// A cell that the two runs have with different values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Folder of the input; empty where a run has one.
    pub input: String,
    /// `manifest.toml` for settings.
    pub file: &'static str,
    /// The row's keys, with spaces between.
    pub row: String,
    /// Name of the column.
    pub column: String,
    /// Cell of the first run.
    pub a: String,
    /// Cell of the second run.
    pub b: String,
}

impl Change {
    /// The figures, where both are some.
    pub fn figures(&self) -> Option<[f64; 2]> {
        Some([self.a.parse().ok()?, self.b.parse().ok()?])
    }

    /// b - a.
    pub fn difference(&self) -> Option<f64> {
        self.figures().map(|[a, b]| b - a)
    }

    /// Of a, in percent; none where that is 0.
    pub fn percent(&self) -> Option<f64> {
        self.figures().filter(|[a, _]| *a != 0.0).map(|[a, b]| 100.0 * (b / a - 1.0))
    }

    /// How far apart, from 0 to 2; texts that differ are farthest.
    fn weight(&self) -> f64 {
        self.figures()
            .map_or(2.0, |[a, b]| (a - b).abs() / a.abs().max(b.abs()).max(f64::MIN_POSITIVE))
    }
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// How reports name the two.
    pub names: [String; 2],
    /// Settings, then figures; of a file the farthest apart first.
    pub changes: Vec<Change>,
    /// Cells that were compared.
    pub compared: usize,
    /// What one run alone has: inputs, columns, rows.
    pub alone: Vec<String>,
    /// Of figures that both have, changed or not, the sums over all rows of one name.
    sums: BTreeMap<(Part, String), Sum>,
}

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Columns of `summary.csv`, over inputs.
    Figures,
    /// Energy of events of a layer.
    Layers,
    /// Energy of a component, leakage among them.
    Components,
}

/// Figures of several rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sum {
    both: [f64; 2],
    rows: usize,
    /// A cell of a row differs.
    differs: bool,
}

impl Part {
    /// Where a cell belongs, and under which name.
    fn of(file: &str, column: &str, key: &[String]) -> Option<(Part, String)> {
        match (file, column, key) {
            (SUMMARY, column, _) => Some((Part::Figures, column.to_owned())),
            (LAYERS, "energy_dynamic_uj", [layer]) => Some((Part::Layers, layer.clone())),
            (ENERGY, "nominal_uj", [_, component, _]) => {
                Some((Part::Components, component.clone()))
            }
            _ => None,
        }
    }
}

impl Diff {
    /// Reads what two runs wrote.
    ///
    /// # Errors
    /// One of the folders holds no run, or a damaged one.
    pub fn read(a: &Path, b: &Path) -> Result<Diff, Error> {
        let mut diff = Diff {
            names: [a, b].map(|path| path.display().to_string()),
            changes: vec![],
            compared: 0,
            alone: vec![],
            sums: BTreeMap::new(),
        };
        let [inputs_a, inputs_b] = [inputs(a)?, inputs(b)?];
        diff.settings([a, b])?;
        if let ([(_, a)], [(_, b)]) = (&inputs_a[..], &inputs_b[..]) {
            diff.input("", [a, b])?;
            return Ok(diff);
        }
        let names: BTreeSet<&String> = inputs_a.iter().chain(&inputs_b).map(|(n, _)| n).collect();
        for name in names {
            let [one, other] = [&inputs_a, &inputs_b]
                .map(|inputs| inputs.iter().find(|(n, _)| n == name).map(|(_, path)| path));
            match (one, other) {
                (Some(a), Some(b)) => diff.input(name, [a, b])?,
                (one, _) => diff.alone(one.is_some(), &format!("input {name}")),
            }
        }
        diff.summary([a, b])?;
        Ok(diff)
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.alone.is_empty()
    }

    fn settings(&mut self, runs: [&Path; 2]) -> Result<(), Error> {
        let [a, b] = [settings::read(runs[0])?, settings::read(runs[1])?];
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => {
                    self.compared += 1;
                    if a != b {
                        self.changes.push(Change {
                            input: String::new(),
                            file: MANIFEST,
                            row: String::new(),
                            column: key.clone(),
                            a: a.clone(),
                            b: b.clone(),
                        });
                    }
                }
                (one, _) => self.alone(one.is_some(), &format!("setting {key}")),
            }
        }
        Ok(())
    }

    /// All files of one input, which lies in these folders.
    fn input(&mut self, name: &str, folders: [&PathBuf; 2]) -> Result<(), Error> {
        for (file, keys) in FILES {
            // With several inputs, the summary lies above.
            if name.is_empty() || file != SUMMARY {
                self.file(name, folders.map(PathBuf::as_path), (file, keys))?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, runs: [&Path; 2]) -> Result<(), Error> {
        self.file("", runs, FILES[0])
    }

    fn file(
        &mut self,
        input: &str,
        folders: [&Path; 2],
        (file, keys): (&'static str, &[&str]),
    ) -> Result<(), Error> {
        let [a, b] = folders.map(|folder| Sheet::read(&folder.join(file), keys));
        let (a, b) = match (a?, b?) {
            // The one input of each run, whatever its name.
            (Some(a), Some(b)) if file == SUMMARY => a.beside(b),
            (Some(a), Some(b)) => (a, b),
            (None, None) => return Ok(()),
            (one, _) => {
                self.alone(one.is_some(), file);
                return Ok(());
            }
        };
        for (n, other) in [(0, &b), (1, &a)] {
            let own = [&a, &b][n];
            for column in own.columns.iter().filter(|column| !other.columns.contains(column)) {
                self.alone(n == 0, &format!("column {column} of {file}"));
            }
            let rows = own.rows.keys().filter(|key| !other.rows.contains_key(*key));
            let rows: Vec<String> = rows.map(|key| key.join(" ")).collect();
            match &rows[..] {
                [] => {}
                [row] => self.alone(n == 0, &format!("row {row} of {file}")),
                rows => self.alone(n == 0, &format!("{} rows of {file}", rows.len())),
            }
        }
        let mut changes = vec![];
        for (key, cells) in &a.rows {
            let Some(others) = b.rows.get(key) else { continue };
            for (column, (a, other)) in a.columns.iter().zip(cells).filter_map(|(column, cell)| {
                let place = b.columns.iter().position(|c| c == column)?;
                Some((column, (cell, &others[place])))
            }) {
                self.compared += 1;
                let change = Change {
                    input: input.to_owned(),
                    file,
                    row: key.join(" "),
                    column: column.clone(),
                    a: a.clone(),
                    b: other.clone(),
                };
                let summed = Part::of(file, column, key).zip(change.figures());
                if let Some((part, [a, b])) = summed {
                    let sum = self.sums.entry(part).or_default();
                    sum.both = [sum.both[0] + a, sum.both[1] + b];
                    (sum.rows, sum.differs) = (sum.rows + 1, sum.differs || a != b);
                }
                if a != other {
                    changes.push(change);
                }
            }
        }
        changes.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
        self.changes.extend(changes);
        Ok(())
    }

    fn alone(&mut self, first: bool, what: &str) {
        let name = &self.names[usize::from(!first)];
        self.alone.push(format!("{name} alone has {what}"));
    }
}

/// Folders of the inputs of a run with their names; one input is its run.
fn inputs(run: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, path)
    };
    Ok(input_folders(run)?.into_iter().map(named).collect())
}

/// Writes `diff.csv` into `dir`.
///
/// # Errors
/// It cannot be written.
pub fn write_diff(dir: &Path, diff: &Diff) -> Result<(), Error> {
    let mut table = Table::create(dir, DIFF, &HEADER)?;
    for change in &diff.changes {
        let Change { input, file, row, column, a, b } = change;
        // With its slash no table takes it for a number.
        let input = if input.is_empty() { String::new() } else { format!("{input}/") };
        let (difference, percent) = (Maybe(change.difference()), Maybe(change.percent()));
        table.row([&input, file, row, column, a, b, &difference, &percent])?;
    }
    table.finish()
}
