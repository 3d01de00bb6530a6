//! The command line: one file per subcommand. Only here: clap and stdout.

mod across;
mod advice;
mod calibrate;
mod calibration;
mod changes;
mod compare;
mod convert;
mod demonstration;
mod detector;
mod error;
mod eval;
mod failure;
mod feeding;
mod heading;
mod inside;
mod inspect;
mod json;
mod judge;
mod network;
mod numbers;
mod output;
mod paths;
mod placement;
mod price;
mod profiles;
mod progress;
mod recording;
mod run;
mod shell;
#[cfg(unix)]
mod signals;
mod stdin;
mod stimulus;
mod timing;
mod tune;
mod validate;
mod work;

pub use error::Error;
pub use failure::{Failure, Result};

use crate::memory;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use heading::examples;

/// Emulates trained detectors on modelled neuromorphic chips.
#[derive(Debug, Parser)]
#[command(name = "spikemesh", version, arg_required_else_help = true)]
#[command(after_help = examples::ALL)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Most memory that a network and its run may take, such as 16GiB [default: half of what is
    /// free]
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, global = true, value_name = "SIZE", value_parser = memory::parse)]
    max_memory: Option<u64>,
    /// Prints nothing but errors
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the layers of a network: shapes, weights, multiply-accumulates
    #[command(after_help = examples::INSPECT)]
    Inspect(inspect::Arguments),
    /// Converts a network, emulates it on a chip profile and reports energy, latency and activity
    #[command(after_help = examples::RUN)]
    Run(run::Arguments),
    /// Converts a network into a file that `run` takes, and says which layer loses most
    #[command(after_help = examples::CONVERT)]
    Convert(convert::Arguments),
    /// Measures what activations reach on some inputs, as a file that --calibrate takes
    #[command(after_help = examples::CALIBRATE)]
    Calibrate(calibrate::Arguments),
    /// Accuracy of recipes on labelled pictures against steps, millijoules and latency
    #[command(after_help = examples::EVAL)]
    Eval(eval::Arguments),
    /// Energy beside GPUs and other devices, under every accounting
    #[command(after_help = examples::COMPARE)]
    Compare(compare::Arguments),
    /// Prices a finished run again with the costs of another profile, without emulating
    #[command(after_help = examples::PRICE)]
    Price(price::Arguments),
    /// Writes the description of a detector: how pictures come in, and heads become boxes
    #[command(after_help = examples::DETECTOR)]
    Detector(detector::Arguments),
    /// Lists, shows, compares, writes and checks chip profiles
    #[command(after_help = examples::PROFILES)]
    Profiles(profiles::Arguments),
    /// Searches thresholds that cost less at the same agreement, and judges them on pictures it never saw
    #[command(after_help = examples::TUNE)]
    Tune(tune::Arguments),
    /// Predicts published measurements of chips and says which are hit and which are missed
    #[command(after_help = examples::VALIDATE)]
    Validate(validate::Arguments),
    /// Writes the completions of a shell to standard output
    #[command(after_help = examples::COMPLETIONS)]
    Completions(shell::Completions),
    /// Writes the manual page, or with --out the pages of all commands
    #[command(after_help = examples::MAN)]
    Man(shell::Pages),
}

/// Runs the command of this process' arguments; a usage error ends the process with code 2.
///
/// # Errors
/// Whatever the command met, for [`tell`].
pub fn run() -> Result<()> {
    let arguments = Arguments::parse();
    #[cfg(unix)]
    signals::watch();
    if let Some(bytes) = arguments.max_memory {
        memory::allow(bytes);
    }
    if arguments.quiet {
        output::set(output::Mode::Quiet);
    }
    match arguments.command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Price(arguments) => price::run(&arguments),
        Command::Detector(arguments) => detector::run(&arguments),
        Command::Profiles(arguments) => profiles::run(&arguments),
        Command::Tune(arguments) => tune::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::pages(&arguments),
    }
}

/// Ends the process as a usage error does.
fn usage(message: impl std::fmt::Display) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}

/// Sets the number of worker threads, as far as the process has addresses for them; 0 leaves one
/// per core.
fn use_threads(threads: usize) -> Result<()> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = match (threads, memory::most_threads()) {
        (0, None) => return Ok(()),
        (0, Some(most)) => cores().min(most),
        (threads, most) => threads.min(most.unwrap_or(threads)),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(pool.map_err(|error| Error::Threads { threads, error })?)
}

/// The command line of this process, quoted where a shell would need it.
fn command_line() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    quoted(std::iter::once("spikemesh".to_string()).chain(words))
}

/// A command line, quoted where a shell would need it.
fn quoted(words: impl IntoIterator<Item = String>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    let quoted = |word: String| match !word.is_empty() && word.chars().all(plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Shows a failure on standard error.
pub fn tell(failure: &Failure) {
    #[cfg(unix)]
    signals::give_way();
    output::alarm(failure::Shown(failure));
}
