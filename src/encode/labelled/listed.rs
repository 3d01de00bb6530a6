//! CSV files of `file,label`.

use super::labels::{self, Unfit};
use super::{ClassItem, Classified, Error, place, suffix};
use crate::{csv_lines, files};
use csv::StringRecord;
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

/// Longest header that is looked for.
const HEADER: u64 = 4096;

/// Whether this is a CSV file with the columns `file` and `label`.
pub(super) fn is_list(path: &Path) -> bool {
    if !is_table(path) {
        return false;
    }
    let Ok(start) = files::start(path, HEADER) else { return false };
    let header = csv_lines::header(&start);
    column(&header, "file").and(column(&header, "label")).is_some()
}

/// Whether this is a CSV file by its name.
pub(super) fn is_table(path: &Path) -> bool {
    suffix(path) == "csv" && path.is_file()
}

/// Where the column of this name stands.
fn column(header: &[impl AsRef<str>], name: &str) -> Option<usize> {
    header.iter().position(|column| column.as_ref().eq_ignore_ascii_case(name))
}

/// A row, and where it stands.
struct Row {
    table: PathBuf,
    line: u64,
    file: String,
    label: String,
}

impl Row {
    fn fault(&self, what: impl Into<String>) -> Error {
        Error::Row { path: self.table.clone(), line: self.line, what: what.into() }
    }

    /// The file, which lies in the folder of the table.
    fn path(&self) -> Result<PathBuf, Error> {
        let file = Path::new(&self.file);
        let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if self.file.is_empty() || !file.components().all(is_below) {
            let what = "files are named by their path from the folder of the table, without `..`";
            return Err(self.fault(format!("the file is `{}`; {what}", self.file)));
        }
        let path = self.table.parent().unwrap_or(Path::new("")).join(file);
        match path.is_file() {
            true => Ok(path),
            false => Err(Error::Missing { path, of: self.table.clone() }),
        }
    }
}

/// The set of all rows of these tables, one table after the other.
pub(super) fn read(tables: &[PathBuf]) -> Result<Classified, Error> {
    let mut rows = vec![];
    for table in tables {
        take_rows(table, &mut rows)?;
    }
    let words: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    let (labels, classes) = labels::numbered(&words).map_err(|Unfit { at, what }| {
        rows[at].fault(format!("the label is `{}`; {what}", words[at]))
    })?;
    let (mut items, mut seen) = (vec![], HashSet::new());
    for (row, label) in rows.iter().zip(labels) {
        let path = row.path()?;
        let other = "is neither a picture (.jpg, .png) nor a recording of a known suffix";
        let place = place(&path).ok_or_else(|| row.fault(format!("`{}` {other}", row.file)))?;
        if !seen.insert(path) {
            return Err(row.fault(format!("`{}` is listed twice; leave one out", row.file)));
        }
        items.push(ClassItem { name: row.file.clone(), place, label });
    }
    if items.is_empty() {
        return Err(Error::layout(&tables[0], "lists no files"));
    }
    Ok(Classified { items, classes })
}

fn take_rows(table: &Path, rows: &mut Vec<Row>) -> Result<(), Error> {
    let malformed = |line, reason: String| {
        let what = format!("{reason}; correct the line");
        Error::Row { path: table.into(), line, what }
    };
    let file = files::open(table).map_err(|error| malformed(1, error.to_string()))?;
    let mut reader = csv_lines::reader(file);
    let header = reader.headers().map_err(|error| malformed(1, csv_lines::reason(&error)))?;
    let header: Vec<&str> = header.iter().collect();
    // The table was taken for one because it has both.
    let place = |name, usual| column(&header, name).unwrap_or(usual);
    let (file, label) = (place("file", 0), place("label", 1));
    let mut record = StringRecord::new();
    loop {
        let more = reader.read_record(&mut record);
        let line = csv_lines::line(&reader);
        if !more.map_err(|error| malformed(line, csv_lines::reason(&error)))? {
            return Ok(());
        }
        let field = |column| record.get(column).unwrap_or("").to_owned();
        let row = Row { table: table.into(), line, file: field(file), label: field(label) };
        if row.label.is_empty() {
            return Err(row.fault("the label is missing; give each file one"));
        }
        rows.push(row);
    }
}
