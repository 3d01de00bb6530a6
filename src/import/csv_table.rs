//! Reads a CSV table row by row; columns are found by name, mistakes with their line.

use super::csv_network::Error;
use crate::csv_lines::{self, line};
use crate::plain;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Sums of as many numbers as a run can add stay finite.
const LARGEST: f64 = 1e100;

/// An open file whose header has been checked.
pub(super) struct Table {
    path: PathBuf,
    reader: csv_lines::Reader<File>,
    columns: BTreeMap<String, usize>,
    record: csv::StringRecord,
}

impl Table {
    pub fn open(path: &Path, known: &[&str], required: &[&'static str]) -> Result<Self, Error> {
        let file = crate::files::open(path)
            .map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let mut reader = csv_lines::reader(file);
        let header = reader.headers().map_err(|source| csv_error(path, 1, source))?;
        let mut columns = BTreeMap::new();
        for (index, name) in header.iter().enumerate() {
            let column = name.to_owned();
            if !known.contains(&name) {
                return Err(Error::UnknownColumn { path: path.to_owned(), column });
            }
            if columns.insert(column.clone(), index).is_some() {
                return Err(Error::RepeatedColumn { path: path.to_owned(), column });
            }
        }
        for &column in required {
            if !columns.contains_key(column) {
                return Err(Error::MissingColumn { path: path.to_owned(), column });
            }
        }
        Ok(Table { path: path.to_owned(), reader, columns, record: csv::StringRecord::new() })
    }

    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, Error> {
        let more = self.reader.read_record(&mut self.record);
        let line = line(&self.reader);
        let more = more.map_err(|source| csv_error(&self.path, line, source))?;
        let (path, columns, record) = (&self.path, &self.columns, &self.record);
        Ok(more.then_some(Row { path, columns, record, line }))
    }
}

/// Lines of a file, without keeping any.
pub(super) fn lines(path: &Path) -> Result<u64, Error> {
    let io = |source| Error::Open { path: path.to_owned(), source };
    let mut reader = BufReader::with_capacity(1 << 16, crate::files::open(path).map_err(io)?);
    let (mut lines, mut whole) = (0, true);
    loop {
        let part = reader.fill_buf().map_err(io)?;
        let Some(last) = part.last() else { return Ok(lines + u64::from(!whole)) };
        whole = *last == b'\n';
        lines += part.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let length = part.len();
        reader.consume(length);
    }
}

fn csv_error(path: &Path, line: u64, source: csv::Error) -> Error {
    Error::Csv { path: path.to_owned(), line, reason: csv_lines::reason(&source) }
}

pub(super) struct Row<'a> {
    pub path: &'a Path,
    columns: &'a BTreeMap<String, usize>,
    record: &'a csv::StringRecord,
    pub line: u64,
}

impl Row<'_> {
    /// Text of a cell; empty where the column is absent.
    pub fn cell(&self, column: &str) -> &str {
        let cell = self.columns.get(column).and_then(|&index| self.record.get(index));
        plain::unguarded(cell.unwrap_or(""))
    }

    pub fn bad(&self, column: &'static str, wanted: &'static str) -> Error {
        let value = self.cell(column).to_owned();
        Error::BadValue { path: self.path.to_owned(), line: self.line, column, value, wanted }
    }

    pub fn number(&self, column: &'static str, default: Option<f64>) -> Result<f64, Error> {
        let value = match (self.cell(column), default) {
            ("", Some(value)) => value,
            (text, _) => text
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .ok_or_else(|| self.bad(column, "a finite number"))?,
        };
        if value.abs() > LARGEST {
            return Err(self.bad(column, "a number from -1e100 to 1e100"));
        }
        Ok(value)
    }

    /// What remains of a value after a step.
    pub fn decay(&self, column: &'static str, default: f64) -> Result<f64, Error> {
        let decay = self.number(column, Some(default))?;
        if !(0.0..=1.0).contains(&decay) {
            return Err(self.bad(column, "a factor from 0 to 1"));
        }
        Ok(decay)
    }

    pub fn whole<T: std::str::FromStr>(
        &self,
        column: &'static str,
        default: Option<T>,
    ) -> Result<T, Error> {
        match (self.cell(column), default) {
            ("", Some(value)) => Ok(value),
            (text, _) => text.parse().map_err(|_| self.bad(column, "a whole number")),
        }
    }

    pub fn neuron(&self, column: &'static str, neurons: usize) -> Result<u32, Error> {
        let id: u32 = self.whole(column, None)?;
        if id as usize >= neurons {
            let (path, line) = (self.path.to_owned(), self.line);
            return Err(Error::IdRange { path, line, column, id, neurons });
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_line_whatever_ends_lines() {
        for end in ["\n", "\r\n"] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let text = ["pre,post", "0,1", "", "0,x", "1"].join(end);
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            let mut table = Table::open(file.path(), &["pre", "post"], &["pre"]).unwrap();
            assert_eq!(table.next_row().unwrap().unwrap().line, 2);
            let row = table.next_row().unwrap().unwrap();
            let fault = row.whole::<u32>("post", None).unwrap_err().to_string();
            assert!(fault.contains("line 4: column `post`"), "{fault}");
            let Err(fault) = table.next_row() else { panic!("a short row") };
            assert!(fault.to_string().contains("line 5: "), "{fault}");
        }
    }
}
