//! One CSV file: a header and rows of exactly its length.

use super::Error;
use crate::plain;
use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A table of `N` columns being written; the type checks the length of every row. Numbers are written
/// by their shortest form that reads back the same, without regard to any locale. One that is not
/// finite is refused. Text that files brought in is text: no line breaks, no formulas.
pub(super) struct Table<const N: usize> {
    path: PathBuf,
    columns: [String; N],
    writer: csv::Writer<BufWriter<File>>,
    cell: String,
}

/// A cell that is empty where there is no value.
pub(super) struct Maybe<T>(pub Option<T>);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

/// What can stand in a cell.
pub(super) trait Cell: Display {
    /// Whether it is no number that is infinite or none.
    fn is_sound(&self) -> bool {
        true
    }
}

macro_rules! cells {
    ($($plain:ty),*) => { $(impl Cell for $plain {})* };
}

cells!(str, String, bool, u8, u16, i16, i32, u32, u64, usize);

macro_rules! floats {
    ($($float:ty),*) => { $(impl Cell for $float {
        fn is_sound(&self) -> bool {
            self.is_finite()
        }
    })* };
}

floats!(f32, f64);

impl<T: Cell + ?Sized> Cell for &T {
    fn is_sound(&self) -> bool {
        (**self).is_sound()
    }
}

impl<T: Cell> Cell for Maybe<T> {
    fn is_sound(&self) -> bool {
        self.0.as_ref().is_none_or(Cell::is_sound)
    }
}

impl<const N: usize> Table<N> {
    /// Starts `folder/name` with its header.
    pub fn create(folder: &Path, name: &str, header: &[&str; N]) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = File::create_new(&path)
            .map_err(|source| Error::Write { path: path.clone(), source })?;
        let writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
        let columns = header.map(String::from);
        let mut table = Table { path, columns, writer, cell: String::new() };
        table.row(header.each_ref().map(|name| name as &dyn Cell))?;
        Ok(table)
    }

    /// Writes one row.
    ///
    /// # Errors
    /// A number that is not finite; a disk that takes no more.
    pub fn row(&mut self, cells: [&dyn Cell; N]) -> Result<(), Error> {
        for (cell, column) in cells.into_iter().zip(&self.columns) {
            if !cell.is_sound() {
                let (path, column, value) = (self.path.clone(), column.clone(), cell.to_string());
                return Err(Error::NotFinite { path, column, value });
            }
            self.cell.clear();
            // Writing to a string fails only if the value's own `Display` does; none of ours do.
            let _ = write!(self.cell, "{cell}");
            let text = plain::shown(&self.cell);
            self.writer
                .write_field(plain::guarded(&text).as_bytes())
                .map_err(|e| self.error(e.into()))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(|e| self.error(e.into()))
    }

    /// Writes what is buffered; without this call a full disk would pass unnoticed.
    pub fn finish(mut self) -> Result<(), Error> {
        self.writer.flush().map_err(|e| self.error(e))
    }

    fn error(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_refused_and_names_are_not() {
        let root = tempfile::tempdir().unwrap();
        let mut table = Table::create(root.path(), "a.csv", &["name", "value"]).unwrap();
        table.row([&"inf", &1.5]).unwrap();
        table.row([&"NaN,\n\"", &Maybe(None::<f64>)]).unwrap();
        for value in [f64::NAN, f64::INFINITY] {
            let error = table.row([&"x", &Maybe(Some(value))]).unwrap_err();
            assert!(
                matches!(&error, Error::NotFinite { column, .. } if column == "value"),
                "{error}"
            );
        }
    }
}
