//! The keys that a profile must have, so that all that are missing are told at once.

use super::schema::{COST, Holds, Key, PROFILE};
use serde_spanned::Spanned;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Keys that a profile lacks.
pub(super) struct Missing {
    /// Where the first of them should stand.
    pub at: Range<usize>,
    /// A sentence on all of them.
    pub message: String,
    /// Whether an end of a band is one of them.
    pub ends: bool,
}

/// The keys that `profile` lacks; `None`: it has all. A table that is missing whole is one of them.
/// `at` is the place of the whole profile.
pub(super) fn missing(profile: &DeTable, at: Range<usize>) -> Option<Missing> {
    let mut lacks = Lacks::default();
    lacks.keys(PROFILE, profile, &mut vec![], at);
    let at = lacks.at?;
    let Lacks { keys, ends, .. } = lacks;
    let list = keys.join("`, `");
    let message = format!("missing {} `{list}`", if keys.len() == 1 { "key" } else { "keys" });
    Some(Missing { at, message, ends })
}

/// A sentence on a pair of numbers that has more of them, which the reader of values passes over.
pub(super) fn too_long(profile: &DeTable) -> Option<(Range<usize>, String)> {
    let DeValue::Table(topology) = profile.get("topology")?.get_ref() else { return None };
    ["mesh", "board"].iter().find_map(|key| {
        let pair = topology.get(*key)?;
        let DeValue::Array(numbers) = pair.get_ref() else { return None };
        let length = numbers.len();
        let message = format!("`{key}` is a pair of numbers, `[x, y]`, not {length} of them");
        (length > 2).then(|| (pair.span(), message))
    })
}

#[derive(Default)]
struct Lacks {
    at: Option<Range<usize>>,
    keys: Vec<String>,
    ends: bool,
}

impl Lacks {
    fn keys<'a>(
        &mut self,
        keys: &[Key],
        table: &'a DeTable,
        path: &mut Vec<&'a str>,
        at: Range<usize>,
    ) {
        for key in keys {
            match table.get(key.name) {
                Some(value) => self.value(key, value, path),
                None if key.required => self.lack(path, key.name, at.clone()),
                None => {}
            }
        }
    }

    /// What stands where a table should is for the reader of values to refuse.
    fn value<'a>(&mut self, key: &Key, value: &'a Spanned<DeValue>, path: &mut Vec<&'a str>) {
        let DeValue::Table(table) = value.get_ref() else { return };
        path.push(key.name);
        match key.holds {
            Holds::Value(_) => {}
            Holds::Cost => self.cost(table, path, value.span()),
            Holds::Table(keys) => self.keys(keys, table, path, value.span()),
            Holds::Classes(keys) => self.classes(keys, table, path, value.span()),
        }
        path.pop();
    }

    fn classes<'a>(
        &mut self,
        keys: &[Key],
        table: &'a DeTable,
        path: &mut Vec<&'a str>,
        at: Range<usize>,
    ) {
        if !table.contains_key("default") {
            self.lack(path, "default", at);
        }
        for (name, class) in table {
            if let DeValue::Table(table) = class.get_ref() {
                path.push(name.get_ref());
                self.keys(keys, table, path, class.span());
                path.pop();
            }
        }
    }

    /// A band stands for both ends.
    fn cost(&mut self, table: &DeTable, path: &[&str], at: Range<usize>) {
        let band = table.contains_key("band");
        for key in COST {
            let end = ["low", "high"].contains(&key);
            let needed = key != "band" && !(band && end);
            if needed && !table.contains_key(key) {
                self.ends |= end;
                self.lack(path, key, at.clone());
            }
        }
    }

    fn lack(&mut self, path: &[&str], key: &str, at: Range<usize>) {
        self.at.get_or_insert(at);
        let path: String = path.iter().map(|table| format!("{table}.")).collect();
        self.keys.push(format!("{path}{key}"));
    }
}
