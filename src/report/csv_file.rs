//! One CSV file: a header and rows of exactly its length.

use super::Error;
use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A table of `N` columns being written; the type checks the length of every row. Numbers are written
/// by their shortest form that reads back the same, without regard to any locale.
pub(super) struct Table<const N: usize> {
    path: PathBuf,
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

impl<const N: usize> Table<N> {
    /// Starts `folder/name` with its header.
    pub fn create(folder: &Path, name: &str, header: &[&str; N]) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        let writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
        let mut table = Table { path, writer, cell: String::new() };
        table.row(header.each_ref().map(|name| name as &dyn Display))?;
        Ok(table)
    }

    /// Writes one row.
    pub fn row(&mut self, cells: [&dyn Display; N]) -> Result<(), Error> {
        for cell in cells {
            self.cell.clear();
            // Writing to a string fails only if the value's own `Display` does; none of ours do.
            let _ = write!(self.cell, "{cell}");
            self.writer.write_field(&self.cell).map_err(|e| self.error(e.into()))?;
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
