//! Finds, merges and checks profiles.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::Profile;
use super::embedded::EMBEDDED;
use super::error::{Error, Invalid};
use super::missing::{missing, too_long};
use super::raw::RawProfile;
use crate::plain::plain;

/// Loads an embedded profile by its name, or a profile file by its path.
///
/// # Errors
/// If there is no such profile, or if it or one that it inherits is not valid; the error then
/// names file, line and column.
pub fn load(name_or_path: &str) -> Result<Profile, Error> {
    let (origin, name) = match embedded(name_or_path) {
        Some(origin) => (origin, name_or_path.to_owned()),
        None => {
            let path = Path::new(name_or_path);
            if !path.exists() {
                let known: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
                let known = known.join(", ");
                return Err(Error::Unknown { name: name_or_path.to_owned(), known });
            }
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (Origin::File(path.to_owned()), stem)
        }
    };
    let files = Files::read(origin)?;
    let table = files.merge()?;
    let text =
        resolved_text(table.clone()).map_err(|e| files.error(e.span(), &plain(e.message())))?;
    let missing = missing(&table);
    if let Some((at, message)) = too_long(&table) {
        return Err(files.error(Some(at), &message));
    }
    // The span of the whole document starts at 0, the start of the file that was asked for.
    let raw = RawProfile::deserialize(toml::Deserializer::from(Spanned::new(0..0, table)))
        .map_err(|e| {
            match missing {
                // It tells of one at a time.
                Some((at, keys)) if e.message().starts_with("missing field") => {
                    files.error(Some(at), &keys)
                }
                _ => files.error(e.span(), &plain(e.message())),
            }
        })?;
    let mut profile = raw.check().map_err(|fault| files.error(Some(fault.span), &fault.message))?;
    profile.name = name;
    profile.hash = crate::digest::sha256([text.as_bytes()]);
    Ok(profile)
}

/// All embedded profiles.
///
/// # Errors
/// If an embedded profile is not valid.
pub fn all() -> Result<Vec<Profile>, Error> {
    EMBEDDED.iter().map(|(name, _)| load(name)).collect()
}

/// The profiles that a command line names: `all` embedded ones, or names and paths with commas between.
///
/// # Errors
/// As [`load`].
pub fn load_list(list: &str) -> Result<Vec<Profile>, Error> {
    match list {
        "all" => all(),
        // A file may have a comma in its name.
        file if Path::new(file).exists() => Ok(vec![load(file)?]),
        _ => list.split(',').map(|one| load(one.trim())).collect(),
    }
}

/// One text in key order, so that the hash does not depend on how keys were laid out.
fn resolved_text(table: DeTable<'_>) -> Result<String, toml::de::Error> {
    let table = toml::Table::deserialize(toml::Deserializer::from(Spanned::new(0..0, table)))?;
    Ok(table.to_string())
}

enum Origin {
    Embedded(&'static str, &'static str),
    File(PathBuf),
}

fn embedded(name: &str) -> Option<Origin> {
    EMBEDDED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(name, text)| Origin::Embedded(name, text))
}

impl Origin {
    /// Two origins of one text have one identity.
    fn identity(&self) -> String {
        match self {
            Self::Embedded(name, _) => (*name).to_owned(),
            Self::File(path) => {
                path.canonicalize().unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned()
            }
        }
    }

    fn read(&self) -> Result<(String, Cow<'static, str>), Error> {
        match self {
            Self::Embedded(name, text) => Ok((format!("{name}.toml"), Cow::Borrowed(text))),
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok((path.display().to_string(), Cow::Owned(text))),
                Err(source) => Err(Error::Read { path: path.clone(), source }),
            },
        }
    }

    fn parent(&self, inherits: &str) -> Option<Self> {
        embedded(inherits).or_else(|| match self {
            Self::Embedded(..) => None,
            Self::File(path) => {
                let path = path.parent().unwrap_or(Path::new("")).join(inherits);
                path.is_file().then_some(Self::File(path))
            }
        })
    }
}

/// The files of one profile. Their spans live in one address space, one file after the other, so
/// that a value still knows its file after merging.
#[derive(Default)]
struct Files {
    files: Vec<File>,
}

struct File {
    name: String,
    base: usize,
    text: Cow<'static, str>,
}

impl Files {
    fn error(&self, span: Option<Range<usize>>, message: &str) -> Error {
        let span = span.unwrap_or(0..0);
        match self.files.iter().rev().find(|file| file.base <= span.start) {
            Some(file) => {
                let span = span.start - file.base..span.end.saturating_sub(file.base);
                Invalid::new(&file.name, &file.text, span, message.to_owned()).into()
            }
            None => Invalid::new("profile", "", 0..0, message.to_owned()).into(),
        }
    }

    /// Reads a profile and, up the line, every profile that it inherits.
    fn read(origin: Origin) -> Result<Self, Error> {
        let mut files = Self::default();
        let mut seen = Vec::new();
        let mut next = Some(origin);
        while let Some(origin) = next.take() {
            let (name, text) = origin.read()?;
            seen.push(origin.identity());
            let base = files.files.last().map_or(0, |file| file.base + file.text.len() + 1);
            files.files.push(File { name, base, text: text.clone() });
            let table = files.parse(&text, base)?;
            let Some(inherits) = table.get("inherits") else { break };
            let at = Some(inherits.span());
            let Some(wanted) = inherits.get_ref().as_str() else {
                return Err(
                    files.error(at, "`inherits` must be a string: a profile's name or a path")
                );
            };
            let Some(parent) = origin.parent(wanted) else {
                return Err(
                    files.error(at, &format!("`inherits`: no profile and no file `{wanted}`"))
                );
            };
            if seen.contains(&parent.identity()) {
                return Err(
                    files.error(at, &format!("`inherits` goes in a circle, back to `{wanted}`"))
                );
            }
            next = Some(parent);
        }
        Ok(files)
    }

    fn parse<'t>(&self, text: &'t str, base: usize) -> Result<DeTable<'t>, Error> {
        match DeTable::parse(text) {
            Ok(table) => Ok(shift_table(table.into_inner(), base)),
            Err(e) => {
                let span = e.span().map(|span| span.start + base..span.end + base);
                Err(self.error(span.or(Some(base..base)), &plain(e.message())))
            }
        }
    }

    /// Lays every profile over the one it inherits.
    fn merge(&self) -> Result<DeTable<'_>, Error> {
        let mut merged = DeTable::new();
        for file in self.files.iter().rev() {
            let mut table = self.parse(&file.text, file.base)?;
            table.remove("inherits");
            overlay(&mut merged, table);
        }
        Ok(merged)
    }
}

/// Lays `child` over `parent` key by key. A table with a source (a cost, the clock) is replaced
/// whole, so that no number stands beside the source of another.
fn overlay<'t>(parent: &mut DeTable<'t>, child: DeTable<'t>) {
    for (key, value) in child {
        let (span, value) = (value.span(), value.into_inner());
        // The old key goes too: the span of the key is part of it.
        let value = match (parent.remove(key.get_ref().as_ref()).map(Spanned::into_inner), value) {
            (Some(DeValue::Table(mut old)), DeValue::Table(new))
                if !old.contains_key("source") && !new.contains_key("source") =>
            {
                overlay(&mut old, new);
                DeValue::Table(old)
            }
            (_, value) => value,
        };
        parent.insert(key, Spanned::new(span, value));
    }
}

fn shift_table(table: DeTable<'_>, base: usize) -> DeTable<'_> {
    table
        .into_iter()
        .map(|(key, value)| {
            let span = key.span().start + base..key.span().end + base;
            (Spanned::new(span, key.into_inner()), shift(value, base))
        })
        .collect()
}

fn shift(value: Spanned<DeValue<'_>>, base: usize) -> Spanned<DeValue<'_>> {
    let span = value.span().start + base..value.span().end + base;
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(shift_table(table, base)),
        DeValue::Array(mut array) => {
            for value in array.iter_mut() {
                let old = std::mem::replace(value, Spanned::new(0..0, DeValue::Boolean(false)));
                *value = shift(old, base);
            }
            DeValue::Array(array)
        }
        other => other,
    };
    Spanned::new(span, value)
}
