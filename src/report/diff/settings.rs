//! The settings of a run, from its manifest.

use crate::report::{Error, MANIFEST};
use std::collections::BTreeMap;
use std::path::Path;

/// By dotted key. Each choice of the conversion has a key of its own.
pub(super) fn read(run: &Path) -> Result<BTreeMap<String, String>, Error> {
    let path = run.join(MANIFEST);
    let text =
        crate::files::text(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let table = toml::from_str::<toml::Table>(&text)
        .map_err(|error| Error::Read { path, source: std::io::Error::other(error) })?;
    let mut settings = BTreeMap::new();
    flat("", &toml::Value::Table(table), &mut settings);
    // The command names the folder, and folders differ always.
    settings.remove("command");
    // Left out where there are none, and what differs first of all where there are some.
    settings.entry("profile_changes".into()).or_insert_with(|| "none".into());
    if let Some(choices) = settings.remove("settings.conversion") {
        let choices = choices.split(',').filter_map(|choice| choice.split_once('='));
        settings.extend(choices.map(|(k, v)| (format!("conversion.{k}"), v.to_owned())));
    }
    Ok(settings)
}

fn flat(key: &str, value: &toml::Value, settings: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flat(&key, value, settings);
            }
        }
        // Gaps stand among the assumptions, too.
        toml::Value::Array(_) if key == "gap" => {}
        toml::Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(plain).collect();
            settings.insert(key.to_owned(), texts.join("; "));
        }
        value => {
            settings.insert(key.to_owned(), plain(value));
        }
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Table(table) => {
            let pairs = table.iter().map(|(key, value)| format!("{key} {}", plain(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    }
}
