//! `--set KEY=VALUE`: values of a profile that are tried without a file.

use super::Result;
use super::heading;
use crate::profile::{self, Change, Profile};
use clap::Args;

#[derive(Debug, Args)]
pub struct ProfileChanges {
    /// Takes another value for a key of the profile, such as costs.static_mw_per_chip=50 (keys:
    /// docs/profiles.md), and marks every report; once for each key
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Change>,
}

impl ProfileChanges {
    /// Whether any value is another one.
    pub fn any(&self) -> bool {
        !self.set.is_empty()
    }

    /// The profile of that name or path, changed.
    pub fn load(&self, profile: &str) -> Result<Profile> {
        Ok(profile::load_changed(profile, &self.set)?)
    }

    /// All that a list names, each of them changed.
    pub fn load_list(&self, list: &str) -> Result<Vec<Profile>> {
        Ok(profile::load_list_changed(list, &self.set)?)
    }
}
