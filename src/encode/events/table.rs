//! CSV with a header that names t, x, y and p.

use super::columns::{self, Columns, EXPECTED, Number};
use super::source::{Found, Source};
use super::{Error, Format};
use crate::csv_lines;
use csv::ByteRecord;

pub(super) const FORMAT: Format =
    Format { name: "CSV", suffixes: &["csv"], begins: Some(begins), read };

fn begins(start: &[u8]) -> bool {
    Columns::of(csv_lines::header(start).iter().map(String::as_str)).is_some()
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let mut reader = csv_lines::reader(&source.bytes[..]);
    let at = |line, what| {
        let (path, place) = (source.path.clone(), format!("line {line}"));
        Error::Value { path, place, what }
    };
    let malformed = |line, error: csv::Error| {
        let reason = csv_lines::reason(&error);
        at(line, format!("{reason}; give each row as many values as the header has, in UTF-8"))
    };
    let header = reader.byte_headers().map_err(|error| malformed(1, error))?.clone();
    let names: Vec<_> = header.iter().map(|name| String::from_utf8_lossy(name)).collect();
    let columns = Columns::of(names.iter().map(|name| &**name));
    let columns = columns.ok_or_else(|| Error::Columns {
        path: source.path.clone(),
        found: format!("has the columns {}", shortened(&names.join(", "))),
        expected: EXPECTED.into(),
    })?;
    let mut record = ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut record);
        let line = csv_lines::line(&reader);
        if !more.map_err(|error| malformed(line, error))? {
            return Ok(());
        }
        let fault = |what| at(line, what);
        let mut values = [Number::Whole(0); 4];
        for (value, &column) in values.iter_mut().zip(&columns.at) {
            let text = record.get(column).unwrap_or_default();
            *value = number(text).ok_or_else(|| {
                fault(format!("`{}` is no number", shortened(&String::from_utf8_lossy(text))))
            })?;
        }
        found.push(source, columns::event(columns.unit, values).map_err(fault)?)?;
    }
}

/// A number, or a truth value as pandas writes it.
fn number(text: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(text).ok()?;
    match text {
        "True" | "true" => return Some(Number::Whole(1)),
        "False" | "false" => return Some(Number::Whole(0)),
        _ => {}
    }
    let whole = text.parse().ok().map(Number::Whole);
    whole.or_else(|| text.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Float))
}

/// The beginning of what a file holds, for a message.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    crate::plain::shown(&short).into_owned()
}
