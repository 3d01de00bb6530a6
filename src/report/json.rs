//! Rows of a CSV file as JSON, for `--json`.

use super::Error;
use crate::plain::unguarded;
use serde_json::{Map, Number, Value};
use std::path::Path;

/// Columns whose cells are text, whatever they look like.
const TEXT: [&str; 56] = [
    "code",
    "id",
    "input",
    "message",
    "row",
    "image",
    "network",
    "profile",
    "recipe",
    "timing",
    "answer",
    "assumption",
    "assumptions",
    "float_answer",
    "version",
    "layer",
    "component",
    "scope",
    "class",
    "status",
    "reason",
    "system",
    "kind",
    "accounting",
    "basis",
    "source",
    "against",
    "quantity",
    "unit",
    "remark",
    "search",
    "case",
    "verdict",
    "from",
    "to",
    "thresholds",
    "phases",
    "seed",
    "profile_changes",
    "detector",
    "remarks",
    // Options of a sweep that are given names, files or words.
    "baseline",
    "calibrate",
    "data",
    "encode",
    "encoding",
    "events",
    "labels",
    "mapping",
    "place_for",
    "placement",
    "ranges",
    "reset",
    "resize",
    "set",
    "unlabelled",
];

/// Whether the cells below this name are text.
pub(super) fn is_text(column: &str) -> bool {
    // A sweep repeats what was asked for.
    TEXT.contains(&column.strip_prefix("asked_").unwrap_or(column))
}

/// Every row of `dir/name` with its columns in order: text as text, empty cells as null, the rest
/// as numbers and truth values.
///
/// # Errors
/// The file cannot be read.
pub fn json_rows(dir: &Path, name: &str) -> Result<Vec<Map<String, Value>>, Error> {
    let path = dir.join(name);
    let error = |source: csv::Error| Error::Read { path: path.clone(), source: source.into() };
    let file = crate::files::open(&path).map_err(|source| error(source.into()))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(error)?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(error)?;
        let cells = header.iter().zip(&record);
        Ok(cells.map(|(column, cell)| (column.to_owned(), value(column, cell))).collect())
    };
    reader.records().map(row).collect()
}

fn value(column: &str, cell: &str) -> Value {
    let text = || Value::String(unguarded(cell).into());
    match cell {
        "" => Value::Null,
        _ if is_text(column) => text(),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        // Whole numbers keep all their digits.
        _ => match cell.parse::<u64>() {
            Ok(whole) => Value::Number(whole.into()),
            Err(_) => cell.parse().ok().and_then(Number::from_f64).map_or_else(text, Value::Number),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_type_of_their_column() {
        let root = tempfile::tempdir().unwrap();
        let text =
            "image,T,mAP50,idealised,latency_us\n000000000030,8,,true,1.5\n7,float,-1,no,9\n";
        std::fs::write(root.path().join("a.csv"), text).unwrap();
        let rows = Value::from(json_rows(root.path(), "a.csv").unwrap());
        let expected = serde_json::json!([
            { "image": "000000000030", "T": 8, "mAP50": null, "idealised": true, "latency_us": 1.5 },
            { "image": "7", "T": "float", "mAP50": -1.0, "idealised": "no", "latency_us": 9 },
        ]);
        assert_eq!(rows, expected);
    }
}
