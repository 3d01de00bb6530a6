//! `spikemesh profiles list | show NAME | check FILE`

use crate::profile;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Names of the built-in profiles
    List,
    /// Limits, capabilities and costs of a profile, with their sources
    Show {
        /// Name of a built-in profile, or a TOML file
        profile: String,
    },
    /// Reads a profile and says what is wrong with it
    Check {
        /// A TOML file
        file: String,
    },
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    match &arguments.action {
        Action::List => {
            for (name, title) in profile::names()? {
                println!("{name:20} {title}");
            }
        }
        Action::Show { profile } => print!("{}", profile::render(&profile::load(profile)?)),
        Action::Check { file } => {
            let profile = profile::load(file)?;
            println!("{file}: {} is a valid profile", profile.name);
        }
    }
    Ok(())
}
