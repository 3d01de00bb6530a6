//! All points of a sweep as one table: a row for each input of each point.

use super::{Outcome, Point, Record};
use crate::plain::{guarded, shown};
use std::collections::BTreeSet;

/// `sweep.csv`: `id`, `status`, `code`, `message`, `remarks`, then what was asked for by option
/// (`asked_*`), then the columns of `summary.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells, a row for each input of each point.
    pub rows: Vec<Vec<String>>,
    /// Points that gave rows.
    pub done: usize,
    /// Points that failed.
    pub failed: usize,
    /// Points that have not run.
    pub missing: usize,
}

/// Columns before those of options.
const FIRST: [&str; 5] = ["id", "status", "code", "message", "remarks"];

impl Table {
    pub(super) fn new(points: &[Point], ids: &[String], records: &[Option<Record>]) -> Table {
        let asked: BTreeSet<&String> =
            points.iter().flat_map(|point| point.options().keys()).collect();
        let mut results: Vec<&String> = vec![];
        for record in records.iter().flatten() {
            if let Outcome::Done { columns, .. } = &record.outcome {
                let new: Vec<_> = columns.iter().filter(|name| !results.contains(name)).collect();
                results.extend(new);
            }
        }
        let header = FIRST.iter().map(|name| (*name).to_owned());
        let header = header.chain(asked.iter().map(|key| format!("asked_{key}")));
        let header = header.chain(results.iter().map(|name| (*name).clone())).collect();
        let mut table = Table { header, rows: vec![], done: 0, failed: 0, missing: 0 };
        for ((point, id), record) in points.iter().zip(ids).zip(records) {
            let begin = |status: &str, [code, message, remarks]: [&str; 3]| -> Vec<String> {
                let first = [id.as_str(), status, code, message, remarks].map(str::to_owned);
                let value = |key: &&String| {
                    point.options().get(*key).map(ToString::to_string).unwrap_or_default()
                };
                first.into_iter().chain(asked.iter().map(value)).collect()
            };
            let empty = |row: Vec<String>| {
                row.into_iter().chain(results.iter().map(|_| String::new())).collect()
            };
            match record.as_ref().map(|record| &record.outcome) {
                None => {
                    table.missing += 1;
                    table.rows.push(empty(begin("missing", [""; 3])));
                }
                Some(Outcome::Failed { code, message }) => {
                    table.failed += 1;
                    table.rows.push(empty(begin("failed", [code, message, ""])));
                }
                Some(Outcome::Done { columns, rows, remarks }) => {
                    table.done += 1;
                    let of = |name: &&String| columns.iter().position(|column| column == *name);
                    let places: Vec<Option<usize>> = results.iter().map(of).collect();
                    let remarks = remarks.join("; ");
                    table.rows.extend(rows.iter().map(|row| {
                        let cell = |place: &Option<usize>| {
                            place.and_then(|place| row.get(place)).cloned().unwrap_or_default()
                        };
                        let begun = begin("done", ["", "", &remarks]);
                        begun.into_iter().chain(places.iter().map(cell)).collect()
                    }));
                }
            }
        }
        table
    }

    /// As a file.
    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(vec![]);
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells: Vec<_> = row.iter().map(|cell| shown(cell)).collect();
            // Memory takes every row.
            let _ = writer.write_record(cells.iter().map(|cell| guarded(cell).into_owned()));
        }
        writer.into_inner().unwrap_or_default()
    }

    /// Cells of the column `name`, by row; empty where it is none.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let place = self.header.iter().position(|column| column == name);
        place.map_or(vec![], |place| self.rows.iter().map(|row| row[place].as_str()).collect())
    }
}
