//! Finds, merges and checks profiles.

use std::path::Path;

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::DeTable;

use super::change::Change;
use super::embedded::EMBEDDED;
use super::error::Error;
use super::files::{Files, Origin, embedded};
use super::missing::{missing, too_long};
use super::raw::RawProfile;
use super::unknown;
use super::{Profile, Provenance};
use crate::plain::plain;
use crate::suggest;

/// Loads an embedded profile by its name, or a profile file by its path.
///
/// # Errors
/// If there is no such profile, or if it or one that it inherits is not valid; the error then
/// names file, line and column.
pub fn load(name_or_path: &str) -> Result<Profile, Error> {
    load_changed(name_or_path, &[])
}

/// The same with other values, as if a file inherited the profile and said them. The name then says
/// that it is changed.
///
/// # Errors
/// As [`load`]; a fault in a change names its key.
pub fn load_changed(name_or_path: &str, changes: &[Change]) -> Result<Profile, Error> {
    let (origin, name) = find(name_or_path)?;
    let files = Files::read(origin.clone(), changes)?;
    let table = files.merge()?;
    let text =
        resolved_text(table.clone()).map_err(|e| files.error(e.span(), &plain(e.message())))?;
    if let Some((at, message)) = too_long(&table).or_else(|| unknown::soma_class(&table)) {
        return Err(files.error(Some(at), &message));
    }
    let raw = read(&files, table)?;
    let mut profile = raw.check().map_err(|fault| files.error(Some(fault.span), &fault.message))?;
    profile.provenance = Provenance {
        asked: name_or_path.to_owned(),
        own: matches!(origin, Origin::File(_)) || !changes.is_empty(),
        changes: Change::standing(changes).map(Change::to_string).collect(),
    };
    profile.name = if changes.is_empty() { name } else { format!("{name}{}", super::CHANGED) };
    profile.hash = crate::digest::sha256([text.as_bytes()]);
    Ok(profile)
}

/// All embedded profiles.
///
/// # Errors
/// If an embedded profile is not valid.
pub fn all() -> Result<Vec<Profile>, Error> {
    load_list("all")
}

/// The profiles that a command line names: `all` embedded ones, or names and paths with commas
/// between.
///
/// # Errors
/// As [`load`].
pub fn load_list(list: &str) -> Result<Vec<Profile>, Error> {
    load_list_changed(list, &[])
}

/// The same with other values in each of them.
///
/// # Errors
/// As [`load_changed`].
pub fn load_list_changed(list: &str, changes: &[Change]) -> Result<Vec<Profile>, Error> {
    match list {
        "all" => EMBEDDED.iter().map(|(name, _)| load_changed(name, changes)).collect(),
        // A file may have a comma in its name.
        file if Path::new(file).exists() => Ok(vec![load_changed(file, changes)?]),
        _ => list.split(',').map(|one| listed(one.trim(), changes)).collect(),
    }
}

/// One of several.
fn listed(name: &str, changes: &[Change]) -> Result<Profile, Error> {
    load_changed(name, changes).map_err(|error| match error {
        Error::Unknown { name, known, .. } if ["", "all"].contains(&&*name) => {
            let hint = match &*name {
                "all" => " within a list (`all` stands alone, for every built-in profile)",
                _ => " (a name is missing beside a comma)",
            };
            Error::Unknown { name, hint: hint.into(), known }
        }
        error => error,
    })
}

/// What an unknown name may stand for.
fn meant(name: &str) -> String {
    match name {
        "all" => " (give one profile here, not all)".into(),
        list if list.contains(',') => " (give one profile here, not a list)".into(),
        name => suggest::hint(name, EMBEDDED.iter().map(|(name, _)| *name)),
    }
}

/// Where a profile is, and its name.
fn find(name_or_path: &str) -> Result<(Origin, String), Error> {
    if let Some(origin) = embedded(name_or_path) {
        return Ok((origin, name_or_path.to_owned()));
    }
    let path = Path::new(name_or_path);
    if !path.exists() {
        let known: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
        let hint = meant(name_or_path);
        let known = known.join(", ");
        return Err(Error::Unknown { name: name_or_path.to_owned(), hint, known });
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((Origin::File(path.to_owned()), stem))
}

/// The merged keys as a profile, its values not checked yet.
fn read(files: &Files, table: DeTable<'_>) -> Result<RawProfile, Error> {
    let missing = missing(&table, files.start());
    let keys = table.clone();
    let whole = Spanned::new(files.start(), table);
    let raw = RawProfile::deserialize(toml::Deserializer::from(whole));
    match (raw, missing) {
        // It takes a cost without ends, which may have a band, and tells of one key at a time.
        (Ok(_), Some(lacks)) if lacks.ends => Err(files.error(Some(lacks.at), &lacks.message)),
        (Err(e), Some(lacks)) if e.message().starts_with("missing field") => {
            Err(files.error(Some(lacks.at), &lacks.message))
        }
        (Err(e), _) => {
            let meant = e.span().and_then(|span| unknown::hint(&keys, span));
            let hint = meant.unwrap_or_else(|| suggest::hint_of(e.message()));
            Err(files.error(e.span(), &format!("{}{hint}", plain(e.message()))))
        }
        (Ok(raw), _) => Ok(raw),
    }
}

/// One text in key order, so that the hash does not depend on how keys were laid out.
fn resolved_text(table: DeTable<'_>) -> Result<String, toml::de::Error> {
    let table = toml::Table::deserialize(toml::Deserializer::from(Spanned::new(0..0, table)))?;
    Ok(table.to_string())
}
