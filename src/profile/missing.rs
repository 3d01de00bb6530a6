//! The keys that a profile must have, so that all that are missing are told at once.

use serde_spanned::Spanned;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What must stand below a key.
enum Need {
    /// Some value.
    Value,
    /// A table with these keys.
    Keys(&'static [(&'static str, Need)]),
    /// A table that may be missing; if it is there, it has these keys.
    Perhaps(&'static Need),
    /// A table of classes, `default` among them, each with this.
    Classes(&'static Need),
}

use Need::{Classes, Keys, Perhaps, Value};

const COST: Need = Keys(&[
    ("low", Value),
    ("nominal", Value),
    ("high", Value),
    ("basis", Value),
    ("source", Value),
]);
const EVENT: Need = Keys(&[("energy_pj", COST), ("latency_ns", COST)]);
const SOMA: Need = Keys(&[("access", EVENT), ("update", EVENT), ("spike", EVENT)]);
const HOPS: Need = Keys(&[
    ("east", EVENT),
    ("west", EVENT),
    ("north", EVENT),
    ("south", EVENT),
    ("north_east", Perhaps(&EVENT)),
    ("south_west", Perhaps(&EVENT)),
]);
const COSTS: Need = Keys(&[
    ("soma", Classes(&SOMA)),
    ("synapse", Classes(&EVENT)),
    ("dendrite", EVENT),
    ("axon_out", EVENT),
    ("axon_in", EVENT),
    ("local", EVENT),
    ("hop", HOPS),
    ("chip_link", EVENT),
    ("link_interval_ns", COST),
    ("static_mw_per_chip", COST),
    ("board", Perhaps(&Keys(&[("chips", Value), ("static_mw", COST)]))),
    ("input_mac_pj", COST),
    ("input_write_pj", COST),
]);
const PROFILE: Need = Keys(&[
    ("title", Value),
    ("trust", Value),
    (
        "topology",
        Keys(&[
            ("mesh", Value),
            ("cores_per_tile", Value),
            ("tile_order", Value),
            ("board", Value),
            ("port_buffer", Value),
        ]),
    ),
    (
        "capabilities",
        Keys(&[
            ("signed_spikes", Value),
            ("graded_bits", Value),
            ("neuron_models", Value),
            ("max_pool", Value),
            ("shared_kernels", Value),
        ]),
    ),
    ("costs", COSTS),
    ("clock", Keys(&[("sync", Value), ("basis", Value), ("source", Value)])),
    ("update_rule", Value),
]);

/// A sentence on all keys that `profile` lacks, and where the first of them should stand; `None`:
/// it has all. A table that is missing whole is one of them.
pub(super) fn missing(profile: &DeTable) -> Option<(Range<usize>, String)> {
    let mut lacks = Lacks::default();
    // The span of the whole profile starts at 0, the start of the file that was asked for.
    lacks.keys(&PROFILE, profile, &mut vec![], 0..0);
    let at = lacks.at?;
    let keys = lacks.keys;
    let list = keys.join("`, `");
    Some((at, format!("missing {} `{list}`", if keys.len() == 1 { "key" } else { "keys" })))
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
}

impl Lacks {
    fn keys<'a>(
        &mut self,
        need: &Need,
        table: &'a DeTable,
        path: &mut Vec<&'a str>,
        at: Range<usize>,
    ) {
        match need {
            Value => {}
            Perhaps(need) => self.keys(need, table, path, at),
            Keys(keys) => {
                for (key, need) in *keys {
                    match (table.get(*key), need) {
                        (Some(value), need) => self.value(need, key, value, path),
                        (None, Perhaps(_)) => {}
                        (None, _) => self.lack(path, key, at.clone()),
                    }
                }
            }
            Classes(need) => {
                if !table.contains_key("default") {
                    self.lack(path, "default", at);
                }
                for (name, value) in table {
                    self.value(need, name.get_ref(), value, path);
                }
            }
        }
    }

    /// What stands where a table should is for the reader of values to refuse.
    fn value<'a>(
        &mut self,
        need: &Need,
        key: &'a str,
        value: &'a Spanned<DeValue>,
        path: &mut Vec<&'a str>,
    ) {
        if let DeValue::Table(table) = value.get_ref() {
            path.push(key);
            self.keys(need, table, path, value.span());
            path.pop();
        }
    }

    fn lack(&mut self, path: &[&str], key: &str, at: Range<usize>) {
        self.at.get_or_insert(at);
        let path: String = path.iter().map(|table| format!("{table}.")).collect();
        self.keys.push(format!("{path}{key}"));
    }
}
