//! `spikemesh profiles list | show NAME | compare NAME NAME ... | new | check FILE`

use super::Result;
use super::changes::ProfileChanges;
use super::heading::{self, examples};
use super::output;
use super::paths;
use crate::profile;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The built-in profiles, and how far to trust each
    #[command(after_help = examples::PROFILES_LIST)]
    List,
    /// Limits, capabilities and costs of a profile, with their sources
    #[command(after_help = examples::PROFILES_SHOW)]
    Show {
        /// Name of a built-in profile, or a TOML file
        #[arg(value_parser = paths::text())]
        profile: String,
        #[command(flatten)]
        changes: ProfileChanges,
        /// As a file: every key with what it means, inherited ones, too
        #[arg(help_heading = heading::OUTPUT)]
        #[arg(long)]
        toml: bool,
    },
    /// Limits, capabilities and costs of several profiles side by side
    #[command(after_help = examples::PROFILES_COMPARE)]
    Compare {
        /// Names of built-in profiles, or TOML files
        #[arg(required = true, num_args = 2.., value_parser = paths::text())]
        profiles: Vec<String>,
        #[command(flatten)]
        changes: ProfileChanges,
    },
    /// Writes a whole profile to begin one of your own with, such as `profiles new > my.toml`
    #[command(after_help = examples::PROFILES_NEW)]
    New {
        /// Name of a built-in profile, or a TOML file, whose values it takes
        #[arg(help_heading = heading::CHIP)]
        #[arg(
            long, default_value = "loihi1-davies2018", value_name = "PROFILE",
            value_parser = paths::text()
        )]
        from: String,
        #[command(flatten)]
        changes: ProfileChanges,
    },
    /// Reads a profile and says what is wrong with it
    #[command(after_help = examples::PROFILES_CHECK)]
    Check {
        /// A TOML file
        #[arg(value_parser = paths::text())]
        file: String,
        #[command(flatten)]
        changes: ProfileChanges,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.action {
        Action::List => {
            for profile in profile::all()? {
                output::line(format_args!(
                    "{:24} {}\n{:24} {}",
                    profile.name,
                    profile.title,
                    "",
                    profile::brief(&profile)
                ))?;
            }
        }
        Action::Show { profile, changes, toml } => {
            let profile = changes.load(profile)?;
            output::product(match toml {
                true => profile::to_toml(&profile),
                false => profile::render(&profile),
            })?;
        }
        Action::New { from, changes } => {
            output::product(profile::starter(&changes.load(from)?))?;
        }
        Action::Compare { profiles, changes } => {
            let profiles: Result<Vec<_>> = profiles.iter().map(|name| changes.load(name)).collect();
            output::product(profile::compare(&profiles?))?;
        }
        Action::Check { file, changes } => {
            let profile = changes.load(file)?;
            output::line(format_args!("{file}: {} is a valid profile", profile.name))?;
        }
    }
    Ok(())
}
