//! Rows of texts and numbers.

use super::text;
use crate::plain::unguarded;
use crate::report::Error;
use crate::report::json::is_text;
use crate::report::readable::significant;
use std::path::Path;

/// From so many rows on a table is folded.
const LONG: usize = 24;
/// Rows of a file that a page holds.
const MOST: usize = 500;

#[derive(Default)]
pub(super) struct Table {
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// The file that holds all of it; empty where none does.
    pub file: String,
}

pub(super) struct Cell {
    pub text: String,
    /// Stands to the right.
    pub number: bool,
    /// The page of a folder beside this one.
    pub link: Option<String>,
}

impl Cell {
    pub fn text(name: impl AsRef<str>) -> Cell {
        Cell { text: text(name.as_ref()), number: false, link: None }
    }

    pub fn number(number: impl ToString) -> Cell {
        Cell { text: number.to_string(), number: true, link: None }
    }

    /// What may be unknown.
    pub fn maybe(number: Option<f64>) -> Cell {
        Cell::number(number.map(significant).unwrap_or_default())
    }

    pub fn leads_to(self, page: String) -> Cell {
        Cell { link: Some(page), ..self }
    }
}

impl Table {
    pub fn new(title: impl Into<String>, header: &[&str], rows: Vec<Vec<Cell>>) -> Table {
        let header = header.iter().map(|&name| name.to_owned()).collect();
        Table { title: title.into(), header, rows, file: String::new() }
    }

    pub fn of_file(self, file: &str) -> Table {
        Table { file: file.into(), ..self }
    }

    pub fn is_long(&self) -> bool {
        self.rows.len() > LONG
    }

    /// The columns of `dir/name` that hold anything, the first rows of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(dir: &Path, name: &str, title: &str) -> Result<Table, Error> {
        let path = dir.join(name);
        let error = |source: csv::Error| Error::Read { path: path.clone(), source: source.into() };
        let file = crate::files::open(&path).map_err(|source| error(source.into()))?;
        let mut reader = csv::Reader::from_reader(file);
        let header = reader.headers().map_err(error)?.clone();
        let rows: Vec<csv::StringRecord> =
            reader.records().take(MOST).collect::<Result<_, _>>().map_err(error)?;
        let used: Vec<usize> = (0..header.len())
            .filter(|&n| rows.iter().any(|row| row.get(n).is_some_and(|cell| !cell.is_empty())))
            .collect();
        let cells = |row: &csv::StringRecord| {
            used.iter().map(|&n| cell(&header[n], row.get(n).unwrap_or_default())).collect()
        };
        Ok(Table {
            title: title.into(),
            header: used.iter().map(|&n| header[n].to_owned()).collect(),
            rows: rows.iter().map(cells).collect(),
            file: name.into(),
        })
    }
}

/// Floats are shortened; the file has all digits.
fn cell(column: &str, written: &str) -> Cell {
    match written.parse::<f64>() {
        Ok(number) if !is_text(column) => Cell::number(match written.contains(['.', 'e']) {
            true => significant(number),
            false => written.to_owned(),
        }),
        _ => Cell::text(unguarded(written)),
    }
}
