//! `.npz`: arrays t, x, y and p, or one array as `.npy` has it.

use super::columns::{self, Columns, EXPECTED};
use super::numpy::{self, List};
use super::source::{Found, Source};
use super::table::shortened;
use super::{Error, Format};
use std::io::Cursor;
use std::path::Path;
use zip::ZipArchive;

pub(super) const FORMAT: Format =
    Format { name: "NumPy .npz", suffixes: &["npz"], begins: Some(begins), read };

/// Arrays that a file may have.
const MOST: usize = 1024;
/// Name of one array of events among others.
const ONE: &str = "events";
/// What NumPy calls an array that is given no name.
const UNNAMED: &str = "arr_0";

/// Many files are archives: only one whose first part is called as arrays of events are is one.
fn begins(start: &[u8]) -> bool {
    let name = || {
        let length = usize::from(u16::from_le_bytes(*start.get(26..)?.first_chunk()?));
        let name = std::str::from_utf8(start.get(30..)?.get(..length)?).ok()?;
        name.strip_suffix(".npy")
    };
    let is_of_events = |name: &str| name == ONE || columns::Role::of(name).is_some();
    start.starts_with(b"PK\x03\x04") && name().is_some_and(is_of_events)
}

/// Whether this is an archive whose parts are called as arrays of events are, whatever their order,
/// or one array without a name. Its directory is read, no part.
pub(super) fn holds_events(path: &Path) -> bool {
    let named = path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("npz"));
    let archive = || ZipArchive::new(crate::files::open(path).ok()?).ok();
    let Some(archive) = named.then(archive).flatten() else { return false };
    let names: Vec<String> = archive.file_names().take(MOST).map(String::from).collect();
    let stems = stems(&names);
    stems == [UNNAMED] || stems.contains(&ONE) || Columns::of(stems).is_some()
}

/// Names of the arrays.
fn stems(names: &[String]) -> Vec<&str> {
    names.iter().map(|name| name.strip_suffix(".npy").unwrap_or(name)).collect()
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let damaged = |error| source.damaged(0, format!("it is no archive (zip): {error}"));
    let mut archive = ZipArchive::new(Cursor::new(&source.bytes[..])).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().take(MOST).map(String::from).collect();
    let stems = stems(&names);
    if let Some(columns) = Columns::of(stems.iter().copied()) {
        let mut parts = Vec::new();
        for column in columns.at {
            parts.push(part(source, &mut archive, &names[column])?);
        }
        return lists(source, columns, &parts, found);
    }
    let one = match &names[..] {
        [one] => one,
        _ => stems.iter().position(|stem| *stem == ONE).map(|at| &names[at]).ok_or_else(|| {
            Error::Columns {
                path: source.path.clone(),
                found: format!("holds the arrays {}", shortened(&stems.join(", "))),
                expected: format!("{EXPECTED}, or store one array, called {ONE}"),
            }
        })?,
    };
    numpy::array(source, &part(source, &mut archive, one)?, found)
}

/// One part, unpacked.
fn part(
    source: &Source,
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Vec<u8>, Error> {
    let part = archive.by_name(name).map_err(|error| {
        source.damaged(0, format!("{} cannot be unpacked: {error}", shortened(name)))
    })?;
    source.unpacked(part, 0, &shortened(name))
}

/// Takes events of four lists.
fn lists(
    source: &Source,
    columns: Columns,
    parts: &[Vec<u8>],
    found: &mut Found,
) -> Result<(), Error> {
    let mut lists = Vec::new();
    for (bytes, name) in parts.iter().zip(["t", "x", "y", "p"]) {
        lists.push(List::of(source, bytes, name)?);
    }
    let [t, x, y, p] = &lists[..] else { return Ok(()) };
    let lengths = [t, x, y, p].map(|list| list.length);
    if lengths.iter().any(|&length| length != lengths[0]) {
        return Err(Error::Columns {
            path: source.path.clone(),
            found: format!("has {lengths:?} values of t, x, y and p"),
            expected: "store as many of each".into(),
        });
    }
    for row in 0..lengths[0] {
        let values = [t, x, y, p].map(|list| list.get(row));
        let event = columns::event(columns.unit, values).map_err(|what| Error::Value {
            path: source.path.clone(),
            place: format!("row {row}"),
            what,
        })?;
        found.push(source, event)?;
    }
    Ok(())
}
