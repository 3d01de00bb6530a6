//! A CSV file read by the names of its columns.

use crate::plain::{plain, unguarded};
use crate::report::Error;
use crate::report::units::Today;
use csv::StringRecord;
use std::path::{Path, PathBuf};

pub(in crate::report) struct Sheet {
    path: PathBuf,
    /// As files of today have them.
    columns: Vec<Today>,
    rows: Vec<StringRecord>,
}

/// A row with what its errors name.
pub(in crate::report) struct Line<'a> {
    sheet: &'a Sheet,
    row: &'a StringRecord,
}

impl Sheet {
    /// Reads `folder/name`.
    ///
    /// # Errors
    /// It cannot be read, or is no table.
    pub fn read(folder: &Path, name: &str) -> Result<Sheet, Error> {
        let path = folder.join(name);
        let text = super::read(&path)?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let broken =
            |e: csv::Error| Error::Broken { path: path.clone(), reason: plain(&e.to_string()) };
        let columns = reader.headers().map_err(broken)?.iter().map(Today::of).collect();
        let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(broken)?;
        Ok(Sheet { path, columns, rows })
    }

    /// What `of` makes of every row.
    pub fn each<T>(&self, of: impl Fn(&Line) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        self.rows.iter().map(|row| of(&Line { sheet: self, row })).collect()
    }
}

impl Line<'_> {
    /// The cell of a column.
    pub fn text(&self, column: &str) -> Result<&str, Error> {
        let place = self.place(column)?;
        // A spreadsheet's apostrophe is no part of a name.
        self.row.get(place).map(unguarded).ok_or_else(|| self.missing(column))
    }

    /// The number in a column; `None` where the cell is empty.
    pub fn number(&self, column: &str) -> Result<Option<f64>, Error> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        let today = self.sheet.columns[self.place(column)?].cell(text);
        let number: Option<f64> = today.parse().ok().filter(|number: &f64| number.is_finite());
        let fault = || self.fault(format!("`{}` in column `{column}` is no number", plain(text)));
        number.map(Some).ok_or_else(fault)
    }

    fn place(&self, column: &str) -> Result<usize, Error> {
        let place = self.sheet.columns.iter().position(|known| known.name == column);
        place.ok_or_else(|| self.missing(column))
    }

    fn missing(&self, column: &str) -> Error {
        self.fault(format!("it has no column `{column}`"))
    }

    /// The same of a column that earlier versions did not have.
    pub fn newer(&self, column: &str) -> Result<Option<f64>, Error> {
        if self.place(column).is_ok() { self.number(column) } else { Ok(None) }
    }

    pub fn fault(&self, reason: String) -> Error {
        Error::Broken { path: self.sheet.path.clone(), reason }
    }
}
