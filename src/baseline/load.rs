//! Finds and checks baselines.

use super::Baseline;
use super::embedded::EMBEDDED;
use super::raw::RawBaseline;
use crate::plain::{plain, shown};
use crate::profile::Invalid;
use crate::suggest::hint;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Why a baseline did not load.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an embedded baseline nor a file.
    #[error(
        "no baseline `{}`{}: it is neither a file nor one of {}",
        shown(name), hint(name, names()), names().join(", ")
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file could not be read.
    #[error("cannot read baseline {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not a valid baseline.
    #[error(transparent)]
    Invalid(#[from] Box<Invalid>),
}

/// Names of the embedded baselines.
pub fn names() -> Vec<&'static str> {
    EMBEDDED.iter().map(|(name, _)| *name).collect()
}

/// Loads an embedded baseline by its name, or a file by its path.
///
/// # Errors
/// There is no such baseline, or it is not valid; the error then names file, line and column.
pub fn load(name_or_path: &str) -> Result<Baseline, Error> {
    if let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == name_or_path) {
        return parse(&format!("{name}.toml"), name, Cow::Borrowed(text));
    }
    let path = Path::new(name_or_path);
    if !path.exists() {
        return Err(Error::Unknown { name: name_or_path.into() });
    }
    let text =
        crate::files::text(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    parse(name_or_path, &stem, Cow::Owned(text))
}

/// The baselines that a command line names: `all` embedded ones, or names and paths with commas
/// between.
///
/// # Errors
/// As [`load`].
pub fn load_list(list: &str) -> Result<Vec<Baseline>, Error> {
    match list {
        "all" => EMBEDDED.iter().map(|(name, _)| load(name)).collect(),
        // A file may have a comma in its name.
        file if Path::new(file).exists() => Ok(vec![load(file)?]),
        _ => list.split(',').map(|one| load(one.trim())).collect(),
    }
}

fn parse(file: &str, name: &str, text: Cow<'_, str>) -> Result<Baseline, Error> {
    let raw: RawBaseline = toml::from_str(&text)
        .map_err(|e| Invalid::new(file, &text, e.span().unwrap_or(0..0), plain(e.message())))?;
    let checked = raw.check(name.into());
    Ok(checked.map_err(|fault| Invalid::new(file, &text, fault.span, fault.message))?)
}
