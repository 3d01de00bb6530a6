//! The command line: one file per subcommand. Only here: clap and stdout.

mod inspect;
mod profiles;
mod run;

use clap::{Parser, Subcommand};

/// Emulates trained detectors on modelled neuromorphic chips.
#[derive(Debug, Parser)]
#[command(name = "spikemesh", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the layers of a network: shapes, weights, multiply-accumulates
    Inspect(inspect::Arguments),
    /// Converts a network, runs it on a chip profile and prints counts, latency and energy
    Run(run::Arguments),
    /// Lists, shows and checks chip profiles
    Profiles(profiles::Arguments),
}

/// Runs the command of this process' arguments; a usage error ends the process with code 2.
///
/// # Errors
/// Whatever the command met, ready to print.
pub fn run() -> miette::Result<()> {
    match Arguments::parse().command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Profiles(arguments) => profiles::run(&arguments),
    }
}
