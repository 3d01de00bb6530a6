//! One table: a header and rows of exactly its length, as CSV, as Parquet or in memory.

use super::Error;
use super::columns::{Columns, Held, Kind, Value};
use super::forms::Forms;
use super::output_file::Output;
use super::parquet_file::ParquetFile;
use crate::plain;
use std::fmt::{self, Display, Write as _};
use std::io;
use std::path::{Path, PathBuf};

/// A table of `N` columns being written; the type checks the length of every row. Numbers are
/// written by their shortest form that reads back the same, without regard to any locale. One that
/// is not finite is refused. Text that files brought in is text: no line breaks, no formulas.
pub(super) struct Table<const N: usize> {
    path: PathBuf,
    columns: [String; N],
    /// Every row goes to all of them.
    to: Vec<To>,
}

/// Where rows go.
enum To {
    Csv { writer: Box<csv::Writer<Output>>, cell: String },
    Parquet(Box<ParquetFile>),
    Memory(Vec<Held>),
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
    /// As a program takes it.
    fn value(&self) -> Value;

    /// Of its column.
    fn kind(&self) -> Kind;

    /// Whether it is no number that is infinite or none.
    fn is_sound(&self) -> bool {
        // Texts are not copied to find out.
        self.kind() != Kind::Float
            || match self.value() {
                Value::Float(value) => value.is_finite(),
                _ => true,
            }
    }
}

/// What has the same kind in every cell, empty ones too.
pub(super) trait Typed {
    const KIND: Kind;
}

macro_rules! cells {
    ($($kind:ident: $($plain:ty),*; $value:expr)*) => { $($(
        impl Typed for $plain {
            const KIND: Kind = Kind::$kind;
        }

        impl Cell for $plain {
            fn value(&self) -> Value {
                let value: fn(&$plain) -> _ = $value;
                Value::$kind(value(self))
            }

            fn kind(&self) -> Kind {
                Kind::$kind
            }
        }
    )*)* };
}

cells! {
    Text: str, String; |text| text.to_string()
    Truth: bool; |&truth| truth
    Whole: u8, u16, i16, i32, u32; |&whole| whole.into()
    // No count comes near the largest number.
    Whole: u64, usize; |&whole| i64::try_from(whole).unwrap_or(i64::MAX)
    Float: f64; |&float| float
    // The number that its digits are read as.
    Float: f32; |float| float.to_string().parse().unwrap_or(f64::NAN)
}

/// What was a cell before.
impl Cell for Value {
    fn value(&self) -> Value {
        self.clone()
    }

    fn kind(&self) -> Kind {
        match self {
            Value::Text(_) | Value::Nothing => Kind::Text,
            Value::Whole(_) => Kind::Whole,
            Value::Float(_) => Kind::Float,
            Value::Truth(_) => Kind::Truth,
        }
    }
}

impl<T: Typed + ?Sized> Typed for &T {
    const KIND: Kind = T::KIND;
}

impl<T: Cell + ?Sized> Cell for &T {
    fn value(&self) -> Value {
        (**self).value()
    }

    fn kind(&self) -> Kind {
        (**self).kind()
    }
}

impl<T: Cell + Typed> Cell for Maybe<T> {
    fn value(&self) -> Value {
        self.0.as_ref().map_or(Value::Nothing, Cell::value)
    }

    fn kind(&self) -> Kind {
        T::KIND
    }
}

impl<const N: usize> Table<N> {
    /// Starts `folder/name` with its header.
    pub fn create(folder: &Path, name: &str, header: &[&str; N]) -> Result<Self, Error> {
        let path = folder.join(name);
        let file =
            Output::create(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        let writer = csv::Writer::from_writer(file);
        let to = vec![To::Csv { writer: writer.into(), cell: String::new() }];
        let mut table = Table { path, columns: header.map(String::from), to };
        table.row(header.each_ref().map(|name| name as &dyn Cell))?;
        Ok(table)
    }

    /// Starts `folder/name` as Parquet.
    pub fn parquet(folder: &Path, name: &str, header: &[&str; N]) -> Result<Self, Error> {
        let path = folder.join(name);
        let to = vec![To::Parquet(ParquetFile::create(&path, header)?.into())];
        Ok(Table { path, columns: header.map(String::from), to })
    }

    /// Writes the CSV file `folder/name` with the rows that `rows` gives, in the forms of large
    /// tables.
    pub fn write_large<E: From<Error>>(
        folder: &Path,
        name: &str,
        header: &[&str; N],
        forms: &Forms,
        rows: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut table = match forms.gz {
            true => Table::create(folder, &format!("{name}.gz"), header)?,
            false => Table::create(folder, name, header)?,
        };
        if forms.parquet {
            let path = folder.join(name).with_extension("parquet");
            table.to.push(To::Parquet(ParquetFile::create(&path, header)?.into()));
        }
        rows(&mut table)?;
        Ok(table.finish()?)
    }

    /// Writes `folder/name` with the rows that `rows` gives.
    pub fn write(
        folder: &Path,
        name: &str,
        header: &[&str; N],
        rows: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut table = Table::create(folder, name, header)?;
        rows(&mut table)?;
        table.finish()
    }

    /// The same table, column by column, without a file.
    pub fn columns(
        name: &str,
        header: &[&str; N],
        rows: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<Columns, Error> {
        let (path, columns) = (name.into(), header.map(String::from));
        let held = header.map(|_| Held::default()).into();
        let mut table = Table { path, columns, to: vec![To::Memory(held)] };
        rows(&mut table)?;
        let held = table.to.into_iter().flat_map(|to| match to {
            To::Memory(held) => held,
            To::Csv { .. } | To::Parquet(_) => vec![],
        });
        Ok(table.columns.into_iter().zip(held.map(Held::column)).collect())
    }

    /// Writes one row.
    ///
    /// # Errors
    /// A number that is not finite; a disk that takes no more.
    pub fn row(&mut self, cells: [&dyn Cell; N]) -> Result<(), Error> {
        for (cell, column) in cells.iter().zip(&self.columns) {
            if !cell.is_sound() {
                let (path, column, value) = (self.path.clone(), column.clone(), cell.to_string());
                return Err(Error::NotFinite { path, column, value });
            }
        }
        for to in &mut self.to {
            let written = match to {
                To::Csv { writer, cell } => write_row(writer, cell, cells).map_err(io::Error::from),
                To::Parquet(file) => file.row(&cells),
                To::Memory(held) => {
                    held.iter_mut().zip(cells).for_each(|(held, cell)| held.push(cell));
                    Ok(())
                }
            };
            written.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        }
        Ok(())
    }

    /// Writes what is buffered; without this call a full disk would pass unnoticed.
    pub fn finish(self) -> Result<(), Error> {
        let finished = self.to.into_iter().try_for_each(|to| match to {
            To::Csv { writer, .. } => writer.into_inner().map_err(|e| e.into_error())?.finish(),
            To::Parquet(file) => file.finish(),
            To::Memory(_) => Ok(()),
        });
        finished.map_err(|source| Error::Write { path: self.path, source })
    }
}

fn write_row(
    writer: &mut csv::Writer<Output>,
    text: &mut String,
    cells: impl IntoIterator<Item = impl Display>,
) -> Result<(), csv::Error> {
    for cell in cells {
        text.clear();
        // Writing to a string fails only if the value's own `Display` does; none of ours do.
        let _ = write!(text, "{cell}");
        let shown = plain::shown(text);
        writer.write_field(plain::guarded(&shown).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)
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
