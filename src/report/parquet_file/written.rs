//! A file of Parquet: groups of rows, and in them column after column.

use crate::report::Error;
use crate::report::columns::{Kind, Value};
use crate::report::csv_file::Cell;
use crate::report::json::is_text;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Rows of a group; they are held in memory.
const GROUP: usize = 1 << 18;

/// The file being written.
pub(in crate::report) struct ParquetFile {
    names: Vec<String>,
    /// Until the first row tells the kinds of columns.
    file: Option<File>,
    writer: Option<SerializedFileWriter<File>>,
    columns: Vec<Column>,
    rows: usize,
}

/// Cells of a column that are not written yet.
struct Column {
    values: Values,
    /// By row: whether there is a value.
    known: Vec<i16>,
}

enum Values {
    Text(Vec<ByteArray>),
    Whole(Vec<i64>),
    Float(Vec<f64>),
    Truth(Vec<bool>),
}

impl ParquetFile {
    /// This build writes such files.
    pub fn check() -> Result<(), Error> {
        Ok(())
    }

    /// Starts one, which must not exist yet.
    pub fn create(path: &Path, header: &[&str]) -> Result<ParquetFile, Error> {
        let file =
            File::create_new(path).map_err(|source| Error::Write { path: path.into(), source })?;
        let names = header.iter().map(|name| name.to_string()).collect();
        Ok(ParquetFile { names, file: Some(file), writer: None, columns: vec![], rows: 0 })
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&dyn Cell]) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            self.begin(file, &cells.iter().map(|cell| cell.kind()).collect::<Vec<_>>())?;
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell.value());
        }
        self.rows += 1;
        if self.rows == GROUP { self.write() } else { Ok(()) }
    }

    /// Writes what is left.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            // No cell says what a column holds, but its name does.
            let kind = |name: &String| if is_text(name) { Kind::Text } else { Kind::Whole };
            self.begin(file, &self.names.iter().map(kind).collect::<Vec<_>>())?;
        }
        if self.rows > 0 {
            self.write()?;
        }
        match self.writer {
            Some(writer) => writer.close().map(|_| ()).map_err(failed),
            None => Ok(()),
        }
    }

    fn begin(&mut self, file: File, kinds: &[Kind]) -> io::Result<()> {
        let fields = self.names.iter().zip(kinds).map(|(name, kind)| field(name, *kind));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("table").with_fields(fields).build();
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::LZ4_RAW)
            .set_created_by("spikemesh".into());
        for (name, _) in self.names.iter().zip(kinds).filter(|(_, kind)| **kind == Kind::Whole) {
            // Neighbours are alike: numbers of steps and packets, coordinates, times.
            let path = ColumnPath::from(name.as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
        let (schema, properties) = (schema.map_err(failed)?, properties.build());
        let writer = SerializedFileWriter::new(file, schema.into(), properties.into());
        self.writer = Some(writer.map_err(failed)?);
        self.columns = kinds.iter().map(|kind| Column::new(*kind)).collect();
        Ok(())
    }

    /// Writes a group.
    fn write(&mut self) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            let Some(mut to) = group.next_column().map_err(failed)? else { break };
            column.write(to.untyped()).map_err(failed)?;
            to.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        Ok(())
    }
}

impl Column {
    fn new(kind: Kind) -> Column {
        let values = match kind {
            Kind::Text => Values::Text(vec![]),
            Kind::Whole => Values::Whole(vec![]),
            Kind::Float => Values::Float(vec![]),
            Kind::Truth => Values::Truth(vec![]),
        };
        Column { values, known: vec![] }
    }

    fn push(&mut self, value: Value) {
        match (&mut self.values, value) {
            (Values::Text(all), Value::Text(text)) => all.push(text.into_bytes().into()),
            (Values::Whole(all), Value::Whole(whole)) => all.push(whole),
            (Values::Float(all), Value::Float(float)) => all.push(float),
            (Values::Truth(all), Value::Truth(truth)) => all.push(truth),
            // An empty cell; others are of the kind of their column.
            _ => return self.known.push(0),
        }
        self.known.push(1);
    }

    /// Writes its cells, which it forgets.
    fn write(&mut self, to: &mut ColumnWriter) -> Result<(), ParquetError> {
        let known = Some(&self.known[..]);
        match (&mut self.values, to) {
            (Values::Text(all), ColumnWriter::ByteArrayColumnWriter(to)) => {
                to.write_batch(all, known, None)?;
                all.clear();
            }
            (Values::Whole(all), ColumnWriter::Int64ColumnWriter(to)) => {
                to.write_batch(all, known, None)?;
                all.clear();
            }
            (Values::Float(all), ColumnWriter::DoubleColumnWriter(to)) => {
                to.write_batch(all, known, None)?;
                all.clear();
            }
            (Values::Truth(all), ColumnWriter::BoolColumnWriter(to)) => {
                to.write_batch(all, known, None)?;
                all.clear();
            }
            _ => return Err(ParquetError::General("a column of another type".into())),
        }
        self.known.clear();
        Ok(())
    }
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>, ParquetError> {
    let physical = match kind {
        Kind::Text => Physical::BYTE_ARRAY,
        Kind::Whole => Physical::INT64,
        Kind::Float => Physical::DOUBLE,
        Kind::Truth => Physical::BOOLEAN,
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    let logical = (kind == Kind::Text).then_some(LogicalType::String);
    field.with_logical_type(logical).build().map(Arc::new)
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}
