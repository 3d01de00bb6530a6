//! A CSV file as rows by their keys.

use crate::report::{Error, packed};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// A file of cells, whatever its columns.
pub(super) struct Sheet {
    /// Those that are no keys.
    pub columns: Vec<String>,
    /// By key: the cells of `columns`.
    pub rows: BTreeMap<Vec<String>, Vec<String>>,
}

impl Sheet {
    /// This and another; where each has one row, they are of the same key.
    pub fn beside(self, mut other: Sheet) -> (Sheet, Sheet) {
        if let (1, 1, Some(key)) = (self.rows.len(), other.rows.len(), self.rows.keys().next()) {
            let rows = std::mem::take(&mut other.rows).into_values();
            other.rows = rows.map(|row| (key.clone(), row)).collect();
        }
        (self, other)
    }

    /// `None` where there is no file. `keys` are the columns that name a row; a file that lacks one
    /// numbers its rows.
    pub fn read(path: &Path, keys: &[&str]) -> Result<Option<Sheet>, Error> {
        let failed = |source: csv::Error| Error::Read { path: path.into(), source: source.into() };
        let file = match packed::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path: path.into(), source }),
        };
        let mut reader = csv::Reader::from_reader(file);
        let header = reader.headers().map_err(failed)?.clone();
        let known =
            !keys.is_empty() && keys.iter().all(|key| header.iter().any(|name| name == *key));
        let is_key = |name: &str| known && keys.contains(&name);
        let columns = header.iter().filter(|name| !is_key(name)).map(str::to_owned).collect();
        let mut rows = BTreeMap::new();
        for (n, row) in reader.records().enumerate() {
            let row = row.map_err(failed)?;
            let cells = || header.iter().zip(&row);
            let of =
                |key: &&str| cells().find(|(name, _)| name == key).map(|(_, cell)| cell.into());
            let mut key: Vec<String> = match known {
                true => keys.iter().filter_map(of).collect(),
                false => vec![n.to_string()],
            };
            // A second row of that name is another one.
            while rows.contains_key(&key) {
                key.push("again".into());
            }
            let rest = cells().filter(|(name, _)| !is_key(name));
            rows.insert(key, rest.map(|(_, cell)| cell.to_owned()).collect());
        }
        Ok(Some(Sheet { columns, rows }))
    }
}
