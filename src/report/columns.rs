//! The tables of a run as columns in memory, for programs: the same rows as in the CSV files.

use super::csv_file::{Cell, Table};
use super::json::is_text;
use super::totals::Totals;
use super::units::Today;
use super::{
    ASSUMPTIONS, CLASSES, CORES, DETECTIONS, ENERGY, Error, FIDELITY, FLOWS, Forms, LATENCY,
    LAYERS, LINKS, MAPPING, MEMBRANES, PACKETS, STEPS, SUMMARY,
};
use super::{
    assumptions, classes, cores, detections, energy, fidelity, layers, mapping, membranes, packed,
    packets, steps, summary,
};
use crate::import::placement_file;
use crate::mapping::Mapping;
use crate::pipeline::{Fidelity, Outcome, Setup};
use crate::plain::unguarded;
use crate::profile::Profile;
use crate::snn::Network;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// The columns of a table with their names, in order.
pub type Columns = Vec<(String, Column)>;

/// What stands below a name.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Empty cells are `None`.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Empty cells are no numbers (NaN).
    Float(Vec<f64>),
    /// Yes or no.
    Truth(Vec<bool>),
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Float,
    Truth,
}

/// A cell. Whole numbers come before others, which stand with a point in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Float(f64),
    Truth(bool),
    Nothing,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Text(text) => text.fmt(f),
            Value::Whole(whole) => whole.fmt(f),
            Value::Float(float) => float.fmt(f),
            Value::Truth(truth) => truth.fmt(f),
            Value::Nothing => Ok(()),
        }
    }
}

/// A column being filled.
#[derive(Default)]
pub(super) struct Held {
    /// Unknown before the first cell.
    kind: Option<Kind>,
    values: Vec<Value>,
}

impl Held {
    pub fn push(&mut self, cell: &dyn Cell) {
        self.kind = Some(cell.kind());
        self.values.push(cell.value());
    }

    pub fn column(self) -> Column {
        let whole = |value: &Value| match value {
            Value::Whole(whole) => Some(*whole),
            _ => None,
        };
        let truth = |value: &Value| match value {
            Value::Truth(truth) => Some(*truth),
            _ => None,
        };
        let values = self.values;
        match self.kind {
            Some(Kind::Text) => Column::Text(values.into_iter().map(text).collect()),
            Some(Kind::Truth) => match values.iter().map(truth).collect() {
                Some(all) => Column::Truth(all),
                None => Column::Text(values.into_iter().map(text).collect()),
            },
            Some(Kind::Whole) => match values.iter().map(whole).collect() {
                Some(all) => Column::Whole(all),
                None => Column::Float(values.iter().map(float).collect()),
            },
            Some(Kind::Float) | None => Column::Float(values.iter().map(float).collect()),
        }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        Value::Whole(whole) => Some(whole.to_string()),
        Value::Float(float) => Some(float.to_string()),
        Value::Truth(truth) => Some(truth.to_string()),
        Value::Nothing => None,
    }
}

fn float(value: &Value) -> f64 {
    match value {
        Value::Whole(whole) => *whole as f64,
        Value::Float(float) => *float,
        Value::Text(_) | Value::Truth(_) | Value::Nothing => f64::NAN,
    }
}

/// A run whose tables are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// What the run was.
    pub setup: &'a Setup,
    /// The chip.
    pub profile: &'a Profile,
    /// One for each input.
    pub outcomes: &'a [Outcome],
    /// Where a network in layers lies.
    pub placed: Option<(&'a Network, &'a Mapping)>,
    /// By input, how layers fare beside their floats; empty where that was not asked for.
    pub fidelity: &'a [(String, Vec<Fidelity>)],
}

impl Tables<'_> {
    /// Writes all files of the run into `dir`, which exists and holds none of them yet.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        self.write_in(dir, &Forms::default())
    }

    /// The same in the forms that are asked for.
    ///
    /// # Errors
    /// A file cannot be written, or not in that form.
    pub fn write_in(&self, dir: &Path, forms: &Forms) -> Result<(), Error> {
        super::write_run_in(dir, self.setup, self.profile, self.outcomes, forms)?;
        if let Some((network, mapping)) = self.placed {
            super::write_mapping(dir, network, mapping)?;
        }
        match self.fidelity {
            [] => Ok(()),
            fidelity => super::write_fidelity(dir, fidelity),
        }
    }

    /// The rows of the CSV file `name`, such as `layers.csv`: of the input with this number, or of
    /// all where the file has all. `None` if the run writes no such file; spikes are no table here,
    /// as they are many.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn columns(&self, name: &str, input: usize) -> Result<Option<Columns>, Error> {
        let &Tables { setup, profile, outcomes, placed, fidelity } = self;
        match (name, placed) {
            (SUMMARY, _) => Table::columns(SUMMARY, &summary::HEADER, |table| {
                summary::rows(table, setup, profile, outcomes)
            })
            .map(Some),
            (ASSUMPTIONS, _) => Table::columns(ASSUMPTIONS, &assumptions::HEADER, |table| {
                assumptions::rows(table, setup)
            })
            .map(Some),
            (MAPPING, Some((network, mapping))) => {
                Table::columns(MAPPING, &placement_file::COLUMNS, |table| {
                    mapping::rows(table, network, mapping)
                })
                .map(Some)
            }
            (FIDELITY, _) if !fidelity.is_empty() => {
                Table::columns(FIDELITY, &fidelity::HEADER, |table| fidelity::rows(table, fidelity))
                    .map(Some)
            }
            _ => match outcomes.get(input) {
                Some(outcome) => of_input(name, profile, outcome).transpose(),
                None => Ok(None),
            },
        }
    }
}

fn of_input(name: &str, profile: &Profile, outcome: &Outcome) -> Option<Result<Columns, Error>> {
    let activity = &outcome.activity;
    Some(match name {
        ENERGY => Table::columns(ENERGY, &energy::HEADER, |table| {
            energy::rows(table, activity, profile, &Totals::new(activity, profile))
        }),
        STEPS => {
            Table::columns(STEPS, &steps::HEADER, |table| steps::rows(table, activity, profile))
        }
        LATENCY => Table::columns(LATENCY, &steps::LATENCY_HEADER, |table| {
            steps::latency_rows(table, activity, profile)
        }),
        LAYERS => {
            Table::columns(LAYERS, &layers::HEADER, |table| layers::rows(table, profile, outcome))
        }
        CORES => {
            Table::columns(CORES, &cores::HEADER, |table| cores::rows(table, activity, profile))
        }
        LINKS => {
            Table::columns(LINKS, &cores::LINKS_HEADER, |table| cores::link_rows(table, activity))
        }
        FLOWS => {
            Table::columns(FLOWS, &cores::FLOWS_HEADER, |table| cores::flow_rows(table, activity))
        }
        PACKETS => {
            Table::columns(PACKETS, &packets::HEADER, |table| packets::bin_rows(table, activity))
        }
        MEMBRANES => Table::columns(MEMBRANES, &membranes::HEADER, |table| {
            membranes::rows(table, activity, &outcome.membranes)
        }),
        DETECTIONS => {
            let found = outcome.detections.as_ref()?;
            Table::columns(DETECTIONS, &detections::HEADER, |table| detections::rows(table, found))
        }
        CLASSES => {
            let found = outcome.classification.as_ref()?;
            Table::columns(CLASSES, &classes::HEADER, |table| classes::rows(table, found))
        }
        _ => return None,
    })
}

/// Reads a CSV file that was written here, of an earlier version with the units of today. What a
/// column holds is told by its name and its cells.
///
/// # Errors
/// The file cannot be read.
pub fn read_columns(path: &Path) -> Result<Columns, Error> {
    let error = |source: csv::Error| Error::Read { path: path.into(), source: source.into() };
    let file = packed::open(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(error)?.clone();
    let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(error)?;
    let column = |(n, name): (usize, &str)| {
        let today = Today::of(name);
        let cells = rows.iter().map(|row| today.cell(row.get(n).unwrap_or_default()));
        let cells: Vec<Cow<str>> = cells.collect();
        let column = read_column(&today.name, &cells);
        (today.name, column)
    };
    Ok(header.iter().enumerate().map(column).collect())
}

fn read_column(name: &str, cells: &[Cow<str>]) -> Column {
    let own = |cell: &Cow<str>| Some(unguarded(cell).to_owned());
    let text = || Column::Text(cells.iter().map(own).collect());
    if is_text(name) {
        return text();
    }
    let float = |cell: &Cow<str>| if cell.is_empty() { Ok(f64::NAN) } else { cell.parse() };
    if let Ok(whole) = cells.iter().map(|cell| cell.parse()).collect() {
        return Column::Whole(whole);
    }
    if let Ok(truth) = cells.iter().map(|cell| cell.parse()).collect() {
        return Column::Truth(truth);
    }
    cells.iter().map(float).collect::<Result<_, _>>().map_or_else(|_| text(), Column::Float)
}

#[cfg(test)]
mod tests {
    use super::super::csv_file::Maybe;
    use super::*;

    #[test]
    fn a_file_has_the_columns_that_its_cells_tell() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.csv");
        let text = "image,T,count,joules,known\n30,8,7,,true\n7,float,8,1.5,false\n";
        std::fs::write(&path, text).unwrap();
        let columns = read_columns(&path).unwrap();
        let texts = |a: &str, b: &str| Column::Text(vec![Some(a.into()), Some(b.into())]);
        assert_eq!(columns[0], ("image".into(), texts("30", "7")));
        assert_eq!(columns[1], ("T".into(), texts("8", "float")));
        assert_eq!(columns[2].1, Column::Whole(vec![7, 8]));
        assert!(matches!(&columns[3].1, Column::Float(of) if of[0].is_nan() && of[1] == 1.5));
        assert_eq!(columns[4].1, Column::Truth(vec![true, false]));
    }

    #[test]
    fn a_column_is_of_the_kind_of_its_cells_whatever_they_look_like() {
        let header = ["name", "count", "joules", "known", "perhaps"];
        let columns = Table::columns("a.csv", &header, |table| {
            table.row([&"7", &7u64, &7.0f64, &true, &Maybe(Some(7u64))])?;
            table.row([&"", &8u64, &0.88f32, &false, &Maybe(None::<u64>)])
        });
        let columns: Vec<Column> = columns.unwrap().into_iter().map(|(_, column)| column).collect();
        let [name, count, joules, known, Column::Float(perhaps)] = &columns[..] else {
            panic!("{columns:?}")
        };
        assert_eq!(*name, Column::Text(vec![Some("7".into()), Some(String::new())]));
        assert_eq!(*count, Column::Whole(vec![7, 8]));
        assert_eq!(*joules, Column::Float(vec![7.0, 0.88]));
        assert_eq!(*known, Column::Truth(vec![true, false]));
        assert!(perhaps[0] == 7.0 && perhaps[1].is_nan());
    }
}
