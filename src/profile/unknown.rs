//! Which key was meant by one that no profile has.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::schema::{COST, DEFAULT_CLASS, Holds, Key, PROFILE};
use crate::snn::Class;
use crate::suggest::{self, near, question};

/// A part of a sentence on the unknown key at `span`: the key beside it that is most like it, or
/// one of that name elsewhere; empty where there is neither. `None`: all keys are known up to
/// there.
pub(super) fn hint(profile: &DeTable, span: Range<usize>) -> Option<String> {
    within(PROFILE, profile, &mut vec![], &span)
}

/// A sentence on a class of neurons that no network has: its costs would never be paid.
pub(super) fn soma_class(profile: &DeTable) -> Option<(Range<usize>, String)> {
    let costs = profile.get("costs")?.get_ref().as_table()?;
    let classes = costs.get("soma")?.get_ref().as_table()?;
    let all: Vec<&str> = [DEFAULT_CLASS].iter().chain(Class::NAMES).copied().collect();
    let name = classes.keys().find(|name| !all.contains(&name.get_ref().as_ref()))?;
    let known = all.join(", ");
    let (at, name) = (name.span(), name.get_ref());
    let hint = suggest::hint(name, all);
    Some((at, format!("no neurons are of class `{name}`{hint}; known classes are {known}")))
}

fn within<'a>(
    keys: &'static [Key],
    table: &'a DeTable,
    path: &mut Vec<&'a str>,
    span: &Range<usize>,
) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let text: &str = name.get_ref();
        let Some(key) = keys.iter().find(|key| key.name == text) else {
            let names = keys.iter().map(|key| key.name);
            return (name.span() == *span).then(|| meant(text, names, path));
        };
        let DeValue::Table(table) = value.get_ref() else { return None };
        path.push(text);
        let hint = below(&key.holds, table, path, span);
        path.pop();
        hint
    })
}

fn below<'a>(
    holds: &'static Holds,
    table: &'a DeTable,
    path: &mut Vec<&'a str>,
    span: &Range<usize>,
) -> Option<String> {
    match holds {
        Holds::Value(_) => None,
        Holds::Cost => {
            let wrong = |key: &&str| !COST.contains(key);
            let at = |key: &&toml::Spanned<_>| key.span() == *span;
            let name = table.keys().find(at).map(|key| key.get_ref().as_ref()).filter(wrong)?;
            Some(meant(name, COST, path))
        }
        Holds::Table(keys) => within(keys, table, path, span),
        Holds::Classes(keys) => table.iter().find_map(|(name, class)| {
            let DeValue::Table(class) = class.get_ref() else { return None };
            path.push(name.get_ref());
            let hint = within(keys, class, path, span);
            path.pop();
            hint
        }),
    }
}

/// A key beside it, or, where none is like it, all of that very name.
fn meant(name: &str, beside: impl IntoIterator<Item = &'static str>, path: &[&str]) -> String {
    let joined = |key: &str| path.iter().copied().chain([key]).collect::<Vec<_>>().join(".");
    let mut found: Vec<String> = near(name, beside).into_iter().map(joined).collect();
    if found.is_empty() {
        elsewhere(PROFILE, name, &mut vec![], &mut found);
    }
    question(&found.iter().map(String::as_str).collect::<Vec<_>>())
}

fn elsewhere<'a>(keys: &'a [Key], name: &str, path: &mut Vec<&'a str>, found: &mut Vec<String>) {
    for key in keys {
        path.push(key.name);
        match &key.holds {
            _ if key.name == name => found.push(path.join(".")),
            Holds::Table(keys) => elsewhere(keys, name, path, found),
            Holds::Classes(_) | Holds::Value(_) | Holds::Cost => {}
        }
        path.pop();
    }
}
