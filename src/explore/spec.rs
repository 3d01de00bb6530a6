//! The TOML file that describes a study.

use super::study::{AT_WORK, Network};
use super::{Error, Space, Study, Variable, variable};
use crate::profile::{self, Change};
use crate::sweep::Value;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The study of [`explore`](super::explore) without a file; it explains itself.
pub const DEFAULT: &str = include_str!("study.toml");

pub(super) type Options = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    static_power: StaticPower,
    #[serde(default)]
    all: Options,
    #[serde(default)]
    network: Vec<Options>,
    vary: BTreeMap<String, Vec<toml::Value>>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum StaticPower {
    #[default]
    Memory,
    Given,
}

/// Options that belong to the whole study, or to none of its runs.
const NOT_OF_A_NETWORK: [&str; 4] = ["profile", "set", "idealised", ENCODING];
/// The option that is a key of the profile, too: the best chip is one with it.
const ENCODING: &str = "encoding";
const ENCODING_KEY: &str = "capabilities.encoding";
/// The option whose times no study reckons.
const PROCESSORS: &str = "processors";
/// Options of `run` that a chip's or a network's designer chooses.
const VARIES: [&str; 7] =
    ["mapping", "place_for", "placement", "placement_moves", "recipe", "split_fan_in", "steps"];
/// Most values of one variable.
const MOST: usize = 1000;

/// Reads a study from a file.
///
/// # Errors
/// It cannot be read, or has another form; a key or value that varies is none of the profile.
pub fn read_spec(path: &Path) -> Result<Study, Error> {
    let text =
        crate::files::text(path).map_err(|source| Error::Read { path: path.into(), source })?;
    spec_of(&text, &path.display().to_string())
}

/// The study that a text describes; faults in it name `place`.
///
/// # Errors
/// As [`read_spec`].
pub fn spec_of(text: &str, place: &str) -> Result<Study, Error> {
    let fault = |reason: String| Error::Spec { place: place.into(), reason };
    let spec: Spec = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        fault(format!("{at}{}", error.message()))
    })?;
    let mut all = plain_keys(spec.all);
    let name = match all.remove("profile") {
        Some(Value::Text(name)) => name,
        None => "loihi1-davies2018".into(),
        Some(_) => return Err(fault("profile is a name, or the path of a file".into())),
    };
    let mut set = match all.remove("set") {
        None => vec![],
        Some(Value::Many(values)) => values.iter().map(Value::to_string).collect(),
        Some(value) => vec![value.to_string()],
    };
    if let Some(encoding) = all.remove(ENCODING) {
        set.push(format!("{ENCODING_KEY}={encoding}"));
    }
    let changes = set
        .iter()
        .map(|change| change.parse::<Change>().map_err(|error| fault(format!("set: {error}"))))
        .collect::<Result<Vec<_>, _>>()?;
    let given = |options: &Options| options.contains_key("idealised");
    if given(&all) || spec.network.iter().any(given) {
        return Err(fault("an idealised chip is none that can be built; leave it out".into()));
    }
    let profile = profile::load_changed(&name, &changes)?;
    let networks = networks(spec.network, &all).map_err(fault)?;
    if let Some(data) = networks.iter().find_map(Network::missing) {
        return Err(fault(format!("data = \"{data}\": nothing is there")));
    }
    let mut variables = vec![];
    for (key, values) in &spec.vary {
        let key = if key.contains('.') { key.clone() } else { key.replace('-', "_") };
        let key = if key == ENCODING { ENCODING_KEY.into() } else { key };
        check(&key, values).map_err(fault)?;
        if variables.iter().any(|variable: &Variable| variable.name == key) {
            return Err(fault(format!("{key} stands twice in [vary]; leave one out")));
        }
        if networks.iter().any(|network| network.owns(&key)) {
            let both = format!("{key} stands in a [[network]] and in [vary]; leave one out");
            return Err(fault(both));
        }
        let known = match key.contains('.') {
            true => variable::known(&profile, &key),
            false => all.get(&key).map(option_value),
        };
        let known = known.filter(|known| !values.is_empty() && is_plain(known));
        variables.push(Variable::new(&key, values, known.as_ref()));
    }
    if variables.iter().all(|variable| variable.choices.len() < 2) {
        return Err(fault("[vary] has nothing to choose from".into()));
    }
    let scaled = spec.static_power == StaticPower::Memory;
    Study::new(place, Space { variables }, networks, profile, set, scaled)
}

fn plain_keys(options: Options) -> Options {
    options.into_iter().map(|(key, value)| (key.replace('-', "_"), value)).collect()
}

fn networks(tables: Vec<Options>, all: &Options) -> Result<Vec<Network>, String> {
    let tables = if tables.is_empty() { vec![Options::new()] } else { tables };
    let one = |table: Options| {
        let table = plain_keys(table);
        if let Some(key) = NOT_OF_A_NETWORK.iter().find(|key| table.contains_key(**key)) {
            return Err(format!("{key} belongs to [all]: all networks run on one chip"));
        }
        if all.contains_key(PROCESSORS) || table.contains_key(PROCESSORS) {
            return Err(AT_WORK.into());
        }
        let own = table.keys().cloned().collect();
        let options: Options = all.clone().into_iter().chain(table).collect();
        Ok(Network::new(options, own))
    };
    tables.into_iter().map(one).collect()
}

/// Whether the values can be those of a key or option.
fn check(key: &str, values: &[toml::Value]) -> Result<(), String> {
    if values.is_empty() || values.len() > MOST {
        return Err(format!("{key} takes a list of one to {MOST} values"));
    }
    if !key.contains('.') && !VARIES.contains(&key) {
        let all = VARIES.join(", ");
        return Err(format!("{key} is no choice of a chip or its network; those are {all}"));
    }
    let twice = |n: &usize| values[..*n].contains(&values[*n]);
    if let Some(n) = (0..values.len()).find(twice) {
        return Err(format!("{key} has {} twice", values[n]));
    }
    match values.iter().find(|value| !is_plain(value)) {
        Some(value) => Err(format!("{key}: `{value}` is no number, word or list of numbers")),
        None => Ok(()),
    }
}

fn is_plain(value: &toml::Value) -> bool {
    match value {
        toml::Value::Array(values) => values.iter().all(|value| value.is_integer()),
        toml::Value::Float(number) => number.is_finite(),
        value => value.is_integer() || value.is_str() || value.is_bool(),
    }
}

fn option_value(value: &Value) -> toml::Value {
    match value {
        Value::Truth(truth) => (*truth).into(),
        Value::Whole(whole) => (*whole).into(),
        Value::Number(number) => (*number).into(),
        value => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_study_begins_with_the_chip_as_it_is() {
        let study = spec_of(DEFAULT, "the default").unwrap();
        let begin = study.space.begin();
        let chip = study.chip(&begin).unwrap().unwrap();
        let words = study.point(&begin, &chip, 0).words().join(" ");
        assert_eq!(words, "run --profile=loihi1-davies2018 --steps=8 --timing=event -- digits");
        let placement = study.space.variables.iter().find(|v| v.name == "placement").unwrap();
        assert_eq!((placement.choices[0].shown.as_str(), placement.start), ("as it is", 0));
    }

    #[test]
    fn what_is_no_study_is_refused() {
        for (text, reason) in [
            ("", "missing field `vary`"),
            ("[vary]\nsteps = []", "one to"),
            ("[vary]\nsteps = 4", "line 2"),
            ("[vary]\nsteps = [4, 2, 4]", "4 twice"),
            ("[vary]\ntiming = ['event']", "no choice"),
            ("[all]\nidealised = true\n[vary]\nsteps = [4]", "idealised"),
            ("[[network]]\nsteps = 2\n[vary]\nsteps = [4]", "leave one out"),
            ("[[network]]\ndata = 'nosuch'\n[vary]\nsteps = [4]", "nothing is there"),
            ("[[network]]\nprofile = 'a'\n[vary]\nsteps = [4]", "belongs to [all]"),
            ("[vary]\n'limits.neurons_per_cor' = [4]", "neurons_per_cor"),
            ("[vary]\n'topology.port_buffer' = [0]", "port_buffer"),
            ("static_power = 'chip'\n[vary]\nsteps = [4]", "line 1"),
            ("[vary]\nencoding = ['conv']\n'capabilities.encoding' = ['dense']", "stands twice"),
            ("[[network]]\nencoding = 'conv'\n[vary]\nsteps = [4]", "belongs to [all]"),
            ("[all]\nprocessors = 1\n[vary]\nsteps = [4]", "embedded processors"),
            ("[vary]\n'costs.processor.count' = [1, 2]", "embedded processors"),
            ("[all]\nprofile = 'no-chip'\n[vary]\nsteps = [4]", "no-chip"),
            ("[all]\nprofile = 'ideal-45nm'\n[vary]\nsteps = [4]", "how much memory"),
        ] {
            let error = spec_of(text, "a.toml").unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    /// Costs are said for one voltage, and memory for any.
    #[test]
    fn static_power_follows_memory_and_voltage() {
        let voltage = "'voltage={volts=0.6, reference_volts=0.75, static_exponent=3, \
                       event_exponent=2, basis=\"assumed\", source=\"test\"}'";
        let key = "limits.synapse_memory_bits_per_core";
        let study =
            spec_of(&format!("[all]\nset = [{voltage}]\n[vary]\n'{key}' = [2097152]"), "a.toml")
                .unwrap();
        let power = |design: &super::super::Design| {
            study.as_profile(design).unwrap().costs.static_mw_per_chip.nominal
        };
        let (begin, other) = (study.space.begin(), study.singles().next().unwrap());
        let memory = |design| study.chip(design).unwrap().unwrap().memory_mbit;
        let times = memory(&other) / memory(&begin);
        assert!(times > 1.0 && (power(&begin) - 104.0 * 0.8f64.powi(3)).abs() < 1e-9);
        assert!((power(&other) / power(&begin) - times).abs() < 1e-9, "{}", power(&other));
    }
}
