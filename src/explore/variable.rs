//! One thing that varies, and the values that it takes.

use crate::profile::{self, Profile};
use crate::sweep::Value;
use toml::Value as Toml;

/// A key of the profile, or an option of `run`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Dotted, such as `limits.neurons_per_core`; an option has no dot.
    pub name: String,
    /// In an order in which neighbours are alike; at least one.
    pub choices: Vec<Choice>,
    /// Number of the choice that a study begins with.
    pub start: usize,
}

/// One value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// For people.
    pub shown: String,
    /// What a run is given; `None`: nothing, since it is as the profile or `run` has it.
    pub given: Option<Value>,
}

impl Variable {
    /// Of a list of TOML values; `known` is what the start has, if that is said anywhere.
    pub(super) fn new(name: &str, values: &[Toml], known: Option<&Toml>) -> Variable {
        let choice = |value: &Toml| Choice { shown: shown(value), given: Some(given(value)) };
        let mut choices: Vec<Choice> = values.iter().map(choice).collect();
        let is_known = |value: &Toml| known.is_some_and(|known| same(value, known));
        let start = match (values.iter().position(is_known), known) {
            (Some(place), _) => place,
            (None, Some(known)) => {
                // Beside its neighbours, if there is an order.
                let larger = |value: &Toml| size(value) > size(known);
                let place = if size(known).is_none() { 0 } else { place(values, larger) };
                choices.insert(place, choice(known));
                place
            }
            (None, None) => {
                choices.insert(0, Choice { shown: "as it is".into(), given: None });
                0
            }
        };
        choices[start].given = None;
        Variable { name: name.to_owned(), choices, start }
    }

    /// Whether it is a key of the profile.
    pub fn is_key(&self) -> bool {
        self.name.contains('.')
    }

    /// The last part of the name, for narrow tables.
    pub fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// Before the first value that is larger.
fn place(values: &[Toml], larger: impl Fn(&Toml) -> bool) -> usize {
    values.iter().position(larger).unwrap_or(values.len())
}

/// What orders values: a number, or the product of several.
fn size(value: &Toml) -> Option<f64> {
    match value {
        Toml::Integer(number) => Some(*number as f64),
        Toml::Float(number) => Some(*number),
        Toml::Array(values) => values.iter().map(size).product(),
        _ => None,
    }
}

fn same(a: &Toml, b: &Toml) -> bool {
    match (a, b) {
        (Toml::Array(a), Toml::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Toml::String(a), Toml::String(b)) => a == b,
        (Toml::Boolean(a), Toml::Boolean(b)) => a == b,
        _ => size(a).is_some() && size(a) == size(b),
    }
}

fn shown(value: &Toml) -> String {
    match value {
        Toml::String(text) => text.clone(),
        Toml::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("x"),
        value => value.to_string(),
    }
}

fn given(value: &Toml) -> Value {
    match value {
        Toml::String(text) => Value::Text(text.clone()),
        Toml::Integer(number) => Value::Whole(*number),
        Toml::Float(number) => Value::Number(*number),
        Toml::Boolean(truth) => Value::Truth(*truth),
        // Of a key: as a profile has it.
        value => Value::Text(value.to_string()),
    }
}

/// What `profile` has for a dotted key; of a cost its nominal value.
pub(super) fn known(profile: &Profile, key: &str) -> Option<Toml> {
    if key == "capabilities.encoding" {
        // Files leave it out where it is the default.
        return Toml::try_from(profile.capabilities.encoding).ok();
    }
    let whole: toml::Table = toml::from_str(&profile::to_toml(profile)).ok()?;
    let mut value = Toml::Table(whole);
    for part in key.split('.') {
        value = value.get(part)?.clone();
    }
    Some(value.get("nominal").cloned().unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<Toml> {
        let table: toml::Table = toml::from_str(&format!("list = {text}")).unwrap();
        table["list"].as_array().unwrap().clone()
    }

    #[test]
    fn what_is_known_is_the_start_at_its_place() {
        let profile = profile::load("loihi1-davies2018").unwrap();
        let of = |key: &str, values: &str| {
            Variable::new(key, &list(values), known(&profile, key).as_ref())
        };
        let cores = of("topology.cores_per_tile", "[1, 4, 8]");
        assert_eq!((cores.start, &cores.choices[1].given), (1, &None));
        assert_eq!(cores.choices[2].given, Some(Value::Whole(8)));
        let mesh = of("topology.mesh", "[[2, 2], [8, 8]]");
        let shown: Vec<&str> = mesh.choices.iter().map(|choice| choice.shown.as_str()).collect();
        assert_eq!((shown, mesh.start), (vec!["2x2", "8x4", "8x8"], 1));
        assert_eq!(mesh.choices[0].given, Some(Value::Text("[2, 2]".into())));
        let link = of("costs.link_interval_ns", "[0.29, 1]");
        assert_eq!((link.start, link.choices.len()), (0, 2));
        let encoding = of("capabilities.encoding", "['conv', 'auto']");
        assert_eq!((encoding.start, encoding.choices.len()), (1, 2));
        let delay = Variable::new("steps", &list("[4]"), None);
        assert_eq!((delay.choices[0].shown.as_str(), delay.start), ("as it is", 0));
        assert_eq!(mesh.short(), "mesh");
    }
}
