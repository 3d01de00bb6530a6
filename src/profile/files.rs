//! The texts of a profile: its file, those that it inherits, and changes over it, laid over each
//! other. Values keep their places in these texts.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::change::Change;
use super::embedded::EMBEDDED;
use super::error::{Error, Invalid};
use super::scalars::{Defaults, expand};
use crate::plain::plain;
use crate::suggest;

/// Where a text is.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Embedded(&'static str, &'static str),
    File(PathBuf),
}

pub(super) fn embedded(name: &str) -> Option<Origin> {
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
            Self::File(path) => match crate::files::text(path) {
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

/// The source of a number whose file names none.
const AUTHOR: &str = "the file's author";
/// The source of a number from the command line.
const GIVEN: &str = "given with --set";

/// The texts of one profile: changes first, then its file, then what each inherits. Their spans
/// live in one address space, one after the other, so that a value still knows its text after
/// merging.
pub(super) struct Files {
    texts: Vec<Text>,
    /// Of those that are changes, how many names their keys have.
    changes: Vec<usize>,
}

struct Text {
    name: String,
    base: usize,
    text: Cow<'static, str>,
}

impl Files {
    /// Reads a profile and, up the line, every profile that it inherits.
    pub fn read(origin: Origin, changes: &[Change]) -> Result<Self, Error> {
        let changed = changes.iter().map(|change| change.names().len()).collect();
        let mut files = Self { texts: vec![], changes: changed };
        for change in changes {
            files.add(change.place(), Cow::Owned(change.line().to_owned()));
        }
        let mut seen = Vec::new();
        let mut next = Some(origin);
        while let Some(origin) = next.take() {
            let (name, text) = origin.read()?;
            seen.push(origin.identity());
            let base = files.add(name, text.clone());
            let table = files.parse(&text, base)?;
            let Some(inherits) = table.get("inherits") else { break };
            let fault = |message: &str| Err(files.error(Some(inherits.span()), message));
            let Some(wanted) = inherits.get_ref().as_str() else {
                return fault("`inherits` must be a string: a profile's name or a path");
            };
            let Some(parent) = origin.parent(wanted) else {
                let hint = suggest::hint(wanted, EMBEDDED.iter().map(|(name, _)| *name));
                return fault(&format!("`inherits`: no profile and no file `{wanted}`{hint}"));
            };
            if seen.contains(&parent.identity()) {
                return fault(&format!("`inherits` goes in a circle, back to `{wanted}`"));
            }
            next = Some(parent);
        }
        Ok(files)
    }

    /// Puts a text behind the others; where it begins.
    fn add(&mut self, name: String, text: Cow<'static, str>) -> usize {
        let base = self.texts.last().map_or(0, |last| last.base + last.text.len() + 1);
        self.texts.push(Text { name, base, text });
        base
    }

    /// The start of the file that was asked for: the place of what stands nowhere.
    pub fn start(&self) -> Range<usize> {
        let base = self.texts.get(self.changes.len()).map_or(0, |file| file.base);
        base..base
    }

    pub fn error(&self, span: Option<Range<usize>>, message: &str) -> Error {
        let span = span.unwrap_or(self.start());
        match self.texts.iter().rev().find(|text| text.base <= span.start) {
            Some(text) => {
                let span = span.start - text.base..span.end.saturating_sub(text.base);
                Invalid::new(&text.name, &text.text, span, message.to_owned()).into()
            }
            None => Invalid::new("profile", "", 0..0, message.to_owned()).into(),
        }
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

    /// Lays every profile over the one it inherits, and the changes over all.
    pub fn merge(&self) -> Result<DeTable<'_>, Error> {
        let (changes, files) = self.texts.split_at(self.changes.len());
        let (mut merged, mut defaults) = (DeTable::new(), Defaults::of_program());
        for file in files.iter().rev() {
            let mut table = self.parse(&file.text, file.base)?;
            table.remove("inherits");
            self.lay(&mut merged, table, &mut defaults, AUTHOR)?;
        }
        let mut table = DeTable::new();
        for (change, &names) in changes.iter().zip(&self.changes) {
            deepen(&mut table, self.parse(&change.text, change.base)?, names).map_err(|span| {
                self.error(Some(span), "no table, and another change gives a key within it")
            })?;
        }
        self.lay(&mut merged, table, &mut defaults, GIVEN)?;
        Ok(merged)
    }

    /// Numbers alone become costs with the defaults of their own text, before anything is laid over
    /// anything: no number gets the source of another file.
    fn lay<'t>(
        &self,
        merged: &mut DeTable<'t>,
        table: DeTable<'t>,
        defaults: &mut Defaults<'t>,
        author: &'static str,
    ) -> Result<(), Error> {
        let table = expand(table, defaults, author)
            .map_err(|fault| self.error(Some(fault.span), &fault.message))?;
        overlay(merged, table);
        Ok(())
    }
}

/// Lays `child` over `parent` key by key. A table with a source (a cost) is replaced whole, so that
/// no number stands beside the source of another; of clock and voltage see [`whole`].
fn overlay<'t>(parent: &mut DeTable<'t>, child: DeTable<'t>) {
    for (key, value) in child {
        let (span, value) = (value.span(), value.into_inner());
        let name = key.get_ref().as_ref();
        // The old key goes too: the span of the key is part of it.
        let value = match (parent.remove(name).map(Spanned::into_inner), value) {
            (Some(DeValue::Table(mut old)), DeValue::Table(new)) if !whole(name, &old, &new) => {
                overlay(&mut old, new);
                DeValue::Table(old)
            }
            (_, value) => value,
        };
        parent.insert(key, Spanned::new(span, value));
    }
}

/// Whether a table replaces the inherited one. A clock that does not say how steps end changes some
/// figures of the inherited one, and says of itself where they come from.
fn whole(name: &str, old: &DeTable, new: &DeTable) -> bool {
    match name {
        "clock" => new.contains_key("sync"),
        // Its volts are a setting; exponents come with their source.
        "voltage" => new.contains_key("source"),
        _ => old.contains_key("source") || new.contains_key("source"),
    }
}

/// Lays a change over those before it, key by key, as parts of one text. What it gives stands after
/// `names` names, and of one key the last value counts: nothing of one before is left.
///
/// # Errors
/// Where a value stands that is no table, and the change gives a key within it.
fn deepen<'t>(table: &mut DeTable<'t>, new: DeTable<'t>, names: usize) -> Result<(), Range<usize>> {
    for (key, value) in new {
        let (span, value) = (value.span(), value.into_inner());
        let value = match (table.remove(key.get_ref().as_ref()), value) {
            (Some(old), DeValue::Table(new)) if names > 1 => {
                let place = old.span();
                let DeValue::Table(mut old) = old.into_inner() else { return Err(place) };
                deepen(&mut old, new, names - 1)?;
                DeValue::Table(old)
            }
            (_, value) => value,
        };
        table.insert(key, Spanned::new(span, value));
    }
    Ok(())
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
