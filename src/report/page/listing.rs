//! Any other folder: its table, and the pages of the runs in it.

use super::folder::Told;
use super::table::{Cell, Table};
use super::{Part, Section};
use crate::report::{CONVERSION, DIFF, Error, PROFILES, REPORT, SUMMARY};
use crate::sweep::SWEEP;
use std::path::Path;

/// Tables that a page shows, the most telling first.
const TABLES: [(&str, &str); 5] = [
    (PROFILES, "Chips"),
    (DIFF, "What differs, the largest first"),
    (CONVERSION, "Layers of the conversion"),
    (SWEEP, "Points of the sweep"),
    (SUMMARY, "Inputs"),
];

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let mut sections: Vec<Section> = runs(dir)?.into_iter().collect();
    let mut parts = vec![];
    for (name, title) in TABLES.into_iter().filter(|(name, _)| dir.join(name).is_file()) {
        parts.push(Part::Table(Table::read(dir, name, title)?));
    }
    sections.insert(0, Section::new("rows", "Rows", parts));
    Ok(Told { lead: vec![], sections })
}

/// The pages in folders below this one, if any.
pub(super) fn runs(dir: &Path) -> Result<Option<Section>, Error> {
    let error = |source| Error::Read { path: dir.into(), source };
    let mut names = vec![];
    for entry in std::fs::read_dir(dir).map_err(error)? {
        let entry = entry.map_err(error)?;
        // Names that are no text were not made here.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().join(REPORT).is_file() {
            names.push(name);
        }
    }
    names.sort();
    let row =
        |name: &String| vec![Cell::text(name).leads_to(format!("{}/{REPORT}", encoded(name)))];
    let rows: Vec<Vec<Cell>> = names.iter().map(row).collect();
    let table = Table::new("Each has a page of its own", &["folder"], rows);
    let section = || Section::new("runs", "Runs", vec![Part::Table(table)]);
    Ok((!names.is_empty()).then(section))
}

/// A name as a part of an address.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = name.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_parts_of_addresses() {
        assert_eq!(super::encoded("a b#ü.c"), "a%20b%23%C3%BC.c");
    }
}
