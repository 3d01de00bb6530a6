//! `spikemesh profiles list | show NAME | compare NAME NAME ... | check FILE`

use super::Result;
use super::heading::examples;
use super::output;
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
        profile: String,
    },
    /// Limits, capabilities and costs of several profiles side by side
    #[command(after_help = examples::PROFILES_COMPARE)]
    Compare {
        /// Names of built-in profiles, or TOML files
        #[arg(required = true, num_args = 2..)]
        profiles: Vec<String>,
    },
    /// Reads a profile and says what is wrong with it
    #[command(after_help = examples::PROFILES_CHECK)]
    Check {
        /// A TOML file
        file: String,
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
        Action::Show { profile } => output::text(profile::render(&profile::load(profile)?))?,
        Action::Compare { profiles } => {
            let profiles: Result<Vec<_>, _> =
                profiles.iter().map(|name| profile::load(name)).collect();
            output::text(profile::compare(&profiles?))?;
        }
        Action::Check { file } => {
            let profile = profile::load(file)?;
            output::line(format_args!("{file}: {} is a valid profile", profile.name))?;
        }
    }
    Ok(())
}
