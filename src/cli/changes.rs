//! `--set KEY=VALUE`: values of a profile that are tried without a file.

use super::heading;
use super::{Error, Result};
use crate::profile::{self, Change, Profile};
use clap::{Args, ValueEnum};

/// What `--processors` sets.
const PROCESSORS: &str = "costs.processor.count";
/// What `--encoding` sets.
const ENCODING: &str = "capabilities.encoding";

#[derive(Debug, Args)]
pub struct ProfileChanges {
    /// Takes another value for a key of the profile, such as costs.static_mw_per_chip=50 (keys:
    /// docs/profiles.md), and marks every report; once for each key
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Change>,
    /// How cores store the synapses of layers, which decides the class that prices them; the same
    /// as --set capabilities.encoding=... [default: the profile's]
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,
    /// Embedded processors that end the steps and inject the spikes of inputs, beside the cores;
    /// the same as --set costs.processor.count=... [default: the profile's, which is none]
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_name = "NUMBER")]
    processors: Option<u64>,
}

/// Classes of synapses.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encoding {
    /// `conv` for layers of several positions, `dense` for others
    Auto,
    /// Kernels
    Conv,
    /// Rows of weights
    Dense,
    /// Lists of targets and weights
    Sparse,
}

impl ProfileChanges {
    /// The first option of these that was given.
    pub fn given(&self) -> Option<&'static str> {
        self.all().first().map(|change| change.option().unwrap_or("--set"))
    }

    /// The first option of these that changes what is counted or timed, and no price of it.
    pub fn beyond_bills(&self) -> Option<&'static str> {
        let changes = self.all();
        let change = changes.iter().find(|change| !is_of_bill(change))?;
        Some(change.option().unwrap_or("--set"))
    }

    /// All changes; `--encoding` and `--processors` are some.
    fn all(&self) -> Vec<Change> {
        let encoding = self.encoding.map(|encoding| {
            let word = match encoding {
                Encoding::Auto => "auto",
                Encoding::Conv => "conv",
                Encoding::Dense => "dense",
                Encoding::Sparse => "sparse",
            };
            Change::to_word("--encoding", ENCODING, word)
        });
        let count = |count: u64| Change::to_number(Some("--processors"), PROCESSORS, count);
        let processors = self.processors.map(count);
        self.set.iter().cloned().chain(encoding).chain(processors).collect()
    }

    /// Those that `profile` takes: where nothing is known of processors, none of them is no change.
    fn of(&self, profile: &str) -> Result<Vec<Change>> {
        let mut all = self.all();
        let set = |key: &str| self.set.iter().any(|change| change.key() == key);
        for change in all.iter().filter(|change| set(change.key())) {
            if let Some(option) = change.option() {
                return Err(Error::SetTwice { option, key: change.key().into() }.into());
            }
        }
        if let Some(processors) = self.processors {
            let known = profile::load(profile)?;
            if known.costs.processor.is_none() {
                if processors > 0 {
                    return Err(Error::NoProcessors { profile: known.name }.into());
                }
                all.retain(|change| change.key() != PROCESSORS);
            }
        }
        Ok(all)
    }

    /// The profile of that name or path, changed.
    pub fn load(&self, profile: &str) -> Result<Profile> {
        Ok(profile::load_changed(profile, &self.of(profile)?)?)
    }

    /// All that a list names, each of them changed.
    pub fn load_list(&self, list: &str) -> Result<Vec<Profile>> {
        let names = profile::load_list(list)?;
        names.iter().map(|profile| self.load(&profile.provenance.asked)).collect()
    }

    /// As [`ProfileChanges::load`], for commands whose figures count no embedded processors.
    pub fn load_cores(&self, profile: &str) -> Result<Profile> {
        let profile = self.load(profile)?;
        cores_alone(&profile)?;
        Ok(profile)
    }

    /// As [`ProfileChanges::load_list`], for such commands.
    pub fn load_list_cores(&self, list: &str) -> Result<Vec<Profile>> {
        let profiles = self.load_list(list)?;
        profiles.iter().try_for_each(cores_alone)?;
        Ok(profiles)
    }
}

/// Whether a bill of what was counted and timed before depends on the key.
fn is_of_bill(change: &Change) -> bool {
    let of_bill = ["costs", "voltage", "update_rule", "title", "trust"];
    let line = change.line().parse::<toml::Table>().unwrap_or_default();
    line.keys().all(|key| of_bill.contains(&key.as_str())) && has_price(&line)
}

/// Whether the table says more than how long events take.
fn has_price(table: &toml::Table) -> bool {
    let times = ["latency_ns", "link_interval_ns"];
    table.iter().filter(|(key, _)| !times.contains(&key.as_str())).any(|(_, value)| match value {
        toml::Value::Table(below) => has_price(below),
        _ => true,
    })
}

/// Refuses processors at work: figures without them would be wrong without a word.
fn cores_alone(profile: &Profile) -> Result<()> {
    match profile.costs.processor.as_ref().filter(|processor| processor.count > 0) {
        Some(_) => Err(Error::Processors { profile: profile.name.clone() }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_events_are_no_part_of_a_bill() {
        let is = |text: &str| is_of_bill(&text.parse().unwrap());
        for text in [
            "costs.static_mw_per_chip=5",
            "costs.synapse.conv.energy_pj=5",
            "costs.dendrite={energy_pj=1,latency_ns=2}",
            "costs.processor.management_ns=5",
            "voltage.volts=0.8",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "limits.fan_in=5",
            "costs.synapse.conv.latency_ns=5",
            "costs.\"hop\".east.latency_ns={low=1,nominal=2,high=3,basis=\"assumed\",source=\"x\"}",
            "costs.hop={east={latency_ns=5}}",
            "costs.link_interval_ns=5",
        ] {
            assert!(!is(text), "{text}");
        }
    }
}
