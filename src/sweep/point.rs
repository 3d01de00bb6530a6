//! One point: the options of a run.

use super::Error;
use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What an option is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// An option without a value: given, or not.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// Any other finite number.
    Number(f64),
    /// A text.
    Text(String),
    /// Of an option that is repeated.
    Many(Vec<Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Truth(truth) => truth.fmt(f),
            Value::Whole(whole) => whole.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => text.fmt(f),
            Value::Many(values) => {
                let all: Vec<String> = values.iter().map(Value::to_string).collect();
                f.write_str(&all.join("; "))
            }
        }
    }
}

/// Options of `run` by their long names, with `_` or `-`; `network` is the network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>")]
pub struct Point(BTreeMap<String, Value>);

/// What a run writes beside its reports, or how it uses the machine: no matter of a point.
const NOT_SWEPT: [&str; 17] = [
    "out",
    "json",
    "heads",
    "nir_data",
    "trace",
    "trace_steps",
    "gz",
    "parquet",
    "record_spikes",
    "fidelity",
    "probe",
    "threads",
    "quiet",
    "plots",
    "max_memory",
    "help",
    "version",
];

impl TryFrom<BTreeMap<String, Value>> for Point {
    type Error = String;

    fn try_from(options: BTreeMap<String, Value>) -> Result<Point, String> {
        match repeated(&options) {
            Some(fault) => Err(fault),
            None => Ok(options.into_iter().collect()),
        }
    }
}

/// That a table gives one option twice, in its two spellings.
pub(super) fn repeated<T>(options: &BTreeMap<String, T>) -> Option<String> {
    let spelt = |key: &&String| key.contains('-') && options.contains_key(&key.replace('-', "_"));
    let key = options.keys().find(spelt)?;
    Some(format!("`{key}` and `{}` are one option; leave one out", key.replace('-', "_")))
}

/// Floats from here on are whole numbers that are not told apart.
const MOST_EXACT: f64 = (1u64 << 53) as f64;

impl FromIterator<(String, Value)> for Point {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(options: T) -> Point {
        Point(options.into_iter().map(|(key, value)| (key.replace('-', "_"), value)).collect())
    }
}

impl Point {
    /// By long name with `_`.
    pub fn options(&self) -> &BTreeMap<String, Value> {
        &self.0
    }

    /// 16 hexadecimal digits that follow from the options alone.
    pub fn id(&self) -> String {
        // Keys are sorted, so that equal options have equal texts.
        let text = serde_json::to_string(&self.0).unwrap_or_default();
        sha256([text.as_bytes()])[..16].to_owned()
    }

    /// What no point may say.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let not = |key: &&String| NOT_SWEPT.contains(&key.as_str());
        if let Some(key) = self.0.keys().find(not) {
            return Err(Error::Key { key: key.clone() });
        }
        let odd = |value: &Value| match value {
            // Whole numbers beyond those that are read as such would be others.
            Value::Number(number) => !number.is_finite() || number.abs() >= MOST_EXACT,
            Value::Many(_) => true,
            Value::Truth(_) | Value::Whole(_) | Value::Text(_) => false,
        };
        let is_odd = |value: &Value| match value {
            Value::Many(values) => values.iter().any(odd),
            value => odd(value),
        };
        match self.0.iter().find(|(_, value)| is_odd(value)) {
            Some((key, _)) => Err(Error::Value { key: key.clone() }),
            None => Ok(()),
        }
    }

    /// The words of a command line for it, behind the program's name.
    pub fn words(&self) -> Vec<String> {
        self.words_of("run")
    }

    /// The same of another command that has such options.
    pub fn words_of(&self, command: &str) -> Vec<String> {
        let mut words = vec![command.to_owned()];
        for (key, value) in self.0.iter().filter(|(key, _)| *key != "network") {
            let option = format!("--{}", key.replace('_', "-"));
            let given = |value: &Value| match value {
                Value::Truth(true) => Some(option.clone()),
                Value::Truth(false) => None,
                value => Some(format!("{option}={value}")),
            };
            match value {
                Value::Many(values) => words.extend(values.iter().filter_map(given)),
                value => words.extend(given(value)),
            }
        }
        if let Some(network) = self.0.get("network") {
            // A name may begin as options do.
            words.extend(["--".to_owned(), network.to_string()]);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(options: &[(&str, Value)]) -> Point {
        options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn a_point_is_a_command_line_and_has_one_id() {
        let text = |text: &str| Value::Text(text.into());
        let set = Value::Many(vec![text("a=1"), text("b=2")]);
        let one = point(&[
            ("network", text("-x.onnx")),
            ("set", set.clone()),
            ("place-for", text("energy")),
            ("idealised", Value::Truth(true)),
            ("split_fan_in", Value::Truth(false)),
            ("steps", Value::Whole(4)),
        ]);
        let words = [
            "run",
            "--idealised",
            "--place-for=energy",
            "--set=a=1",
            "--set=b=2",
            "--steps=4",
            "--",
            "-x.onnx",
        ];
        assert_eq!(one.words(), words);
        let read: Point = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!((read.id(), read), (one.id(), one.clone()));
        assert_ne!(one.id(), point(&[("network", text("-x.onnx"))]).id());
        assert!(one.check().is_ok());
        assert!(matches!(point(&[("nir-data", set)]).check(), Err(Error::Key { .. })));
        let endless = point(&[("steps", Value::Number(f64::NAN))]);
        assert!(matches!(endless.check(), Err(Error::Value { .. })));
    }
}
