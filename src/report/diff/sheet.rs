//! A CSV file as rows by their keys.

use crate::encode::without_ending;
use crate::report::units::Today;
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
    /// This and another, of inputs; where each has one row, they are of the same key. Earlier
    /// versions left out all endings of names.
    pub fn beside(self, mut other: Sheet) -> (Sheet, Sheet) {
        let bare =
            |key: &[String]| key.iter().map(|name| without_ending(name).to_owned()).collect();
        let known: BTreeMap<Vec<String>, &Vec<String>> =
            self.rows.keys().map(|key| (bare(key), key)).collect();
        let only =
            self.rows.keys().next().filter(|_| (self.rows.len(), other.rows.len()) == (1, 1));
        let rows = std::mem::take(&mut other.rows).into_iter();
        let renamed = rows.map(|(key, row)| {
            let same = only.or_else(|| known.get(&bare(&key)).copied()).unwrap_or(&key);
            (same.clone(), row)
        });
        other.rows = renamed.collect();
        (self, other)
    }

    /// `None` where there is no file. `keys` are the columns that name a row; a file that lacks one
    /// numbers its rows. The second row of a name has a 2 behind it, and so on.
    pub fn read(path: &Path, keys: &[&str]) -> Result<Option<Sheet>, Error> {
        let failed = |source: csv::Error| Error::Read { path: path.into(), source: source.into() };
        let file = match packed::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path: path.into(), source }),
        };
        let mut reader = csv::Reader::from_reader(file);
        let header = reader.headers().map_err(failed)?.clone();
        let known = keys.iter().all(|key| header.iter().any(|name| name == *key));
        let is_key = |name: &str| known && keys.contains(&name);
        let rest: Vec<(usize, Today)> = (header.iter().enumerate())
            .filter(|(_, name)| !is_key(name))
            .map(|(n, name)| (n, Today::of(name)))
            .collect();
        let columns = rest.iter().map(|(_, column)| column.name.clone()).collect();
        let (mut rows, mut named) = (BTreeMap::new(), BTreeMap::new());
        for (n, row) in reader.records().enumerate() {
            let row = row.map_err(failed)?;
            let cells = || header.iter().zip(&row);
            let of =
                |key: &&str| cells().find(|(name, _)| name == key).map(|(_, cell)| cell.into());
            let mut key: Vec<String> = match known {
                true => keys.iter().filter_map(of).collect(),
                false => vec![n.to_string()],
            };
            let count: &mut usize = named.entry(key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                key.push(count.to_string());
            }
            let own = rest.iter().map(|(n, column)| column.cell(&row[*n]).into_owned());
            rows.insert(key, own.collect());
        }
        Ok(Some(Sheet { columns, rows }))
    }
}
