//! The command line: one file per subcommand. Only here: clap and stdout.
//!
//! ```
//! use spikemesh::cli::parse;
//!
//! let line = parse(["run", "digit-256", "--steps", "2", "--timing", "analytic"])?;
//! let finished = line.finished().ok_or("another command")??;
//! assert_eq!(finished.outcomes.len(), 1);
//! assert!(parse(["run", "--stepz", "2"]).is_err_and(|usage| usage.message().contains("--stepz")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod across;
mod advice;
mod calibrate;
mod calibration;
mod call;
mod changes;
mod compare;
mod convert;
mod demonstration;
mod detector;
mod diff;
mod error;
mod eval;
mod every;
mod explore;
mod failure;
mod feeding;
mod heading;
mod inside;
mod inspect;
mod journal;
mod json;
mod judge;
mod kept;
mod large;
mod network;
mod numbers;
mod output;
mod paths;
mod placement;
mod plot;
mod plots;
mod price;
mod profiles;
mod progress;
mod recording;
mod reference;
mod run;
mod shell;
#[cfg(unix)]
mod signals;
mod stdin;
mod stimulus;
mod sweep;
mod timing;
mod tune;
mod validate;
mod work;

pub use call::{Call, Listener, Stop, Stopped};
pub(crate) use error::Error;
pub use failure::{Failure, Result};
pub use price::priced;
pub use run::Finished;
pub use sweep::run_point;

use crate::import::Imported;
use crate::memory;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use heading::examples;
use std::ffi::OsString;

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
    /// Draws the pictures of a finished run, evaluation, comparison, search or conversion again
    #[command(after_help = examples::PLOT)]
    Plot(plot::Arguments),
    /// Says what changed between two runs, and by how much
    #[command(after_help = examples::DIFF)]
    Diff(diff::Arguments),
    /// Runs every point of a plan: chips, recipes, steps, pictures; on several machines, if you
    /// like
    #[command(after_help = examples::SWEEP)]
    Sweep(sweep::Arguments),
    /// Searches chips: what a designer varies, and which choices no other one beats
    #[command(after_help = examples::EXPLORE)]
    Explore(explore::Arguments),
    /// Writes the description of a detector: how pictures come in, and heads become boxes
    #[command(after_help = examples::DETECTOR)]
    Detector(detector::Arguments),
    /// Lists, shows, compares, writes and checks chip profiles
    #[command(after_help = examples::PROFILES)]
    Profiles(profiles::Arguments),
    /// Searches thresholds that cost less at the same agreement, and judges them on pictures it
    /// never saw
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

/// A command line that can be run.
#[derive(Debug)]
pub struct Parsed(Arguments);

/// Words that are no command line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(#[from] clap::Error);

impl Usage {
    /// What is wrong, without what to type for help.
    pub fn message(&self) -> String {
        let text = self.0.render().to_string();
        let about = text.split("\n\nUsage:").next().unwrap_or_default();
        let about = about.split("\n\nFor more information").next().unwrap_or_default();
        about.strip_prefix("error: ").unwrap_or(about).trim_end().to_owned()
    }
}

/// Reads the words of a command line behind the program's name.
///
/// # Errors
/// No command is written so; help was asked for.
pub fn parse<T: Into<OsString> + Clone>(
    words: impl IntoIterator<Item = T>,
) -> Result<Parsed, Usage> {
    let words = words.into_iter().map(Into::into);
    let arguments = Arguments::try_parse_from(std::iter::once("spikemesh".into()).chain(words))?;
    arguments.check().map_err(|why| Arguments::command().error(ErrorKind::ValueValidation, why))?;
    Ok(Parsed(arguments))
}

/// Runs a command line and gives its exit code: 0 done, 1 failure, 2 usage. `words` are those
/// behind the program's name.
pub fn main(words: Vec<OsString>) -> u8 {
    let command = match parse(words.clone()) {
        Ok(command) => command,
        Err(Usage(error)) => {
            // Where even that cannot be told, the code says it.
            let _ = error.print();
            return error.exit_code() as u8;
        }
    };
    #[cfg(unix)]
    signals::watch();
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match Call::of_words(words).make(|| command.run()) {
        Ok(Ok(())) => 0,
        Ok(Err(failure)) => {
            tell(&failure);
            1
        }
        // Nobody else holds what stops it.
        Err(Stopped) => 1,
    }
}

impl Parsed {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever the command met, for [`tell`].
    pub fn run(&self) -> Result<()> {
        if let Some(bytes) = self.0.max_memory {
            memory::allow(bytes);
        }
        if self.0.quiet {
            output::set(output::Mode::Quiet);
        }
        match &self.0.command {
            Command::Inspect(arguments) => inspect::run(arguments),
            Command::Run(arguments) => run::run(arguments),
            Command::Convert(arguments) => convert::run(arguments),
            Command::Calibrate(arguments) => calibrate::run(arguments),
            Command::Eval(arguments) => eval::run(arguments),
            Command::Compare(arguments) => compare::run(arguments),
            Command::Price(arguments) => price::run(arguments),
            Command::Plot(arguments) => plot::run(arguments),
            Command::Diff(arguments) => diff::run(arguments),
            Command::Sweep(arguments) => sweep::run(arguments),
            Command::Explore(arguments) => explore::run(arguments),
            Command::Detector(arguments) => detector::run(arguments),
            Command::Profiles(arguments) => profiles::run(arguments),
            Command::Tune(arguments) => tune::run(arguments),
            Command::Validate(arguments) => validate::run(arguments),
            Command::Completions(arguments) => shell::completions(arguments),
            Command::Man(arguments) => shell::pages(arguments),
        }
    }

    /// The network that `inspect` is to look at, if it is that command.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn network(&self) -> Option<Result<Imported>> {
        match &self.0.command {
            Command::Inspect(arguments) => Some(arguments.read()),
            _ => None,
        }
    }

    /// What `run` gives on its one profile, if it is that command; it neither writes nor prints.
    ///
    /// # Errors
    /// Whatever the command would end with.
    pub fn finished(&self) -> Option<Result<Finished>> {
        match &self.0.command {
            Command::Run(arguments) => Some(run::finished(arguments)),
            _ => None,
        }
    }
}

impl Arguments {
    /// What single arguments do not tell.
    ///
    /// # Errors
    /// A sentence on two that do not go together.
    fn check(&self) -> Result<(), String> {
        match &self.command {
            Command::Inspect(arguments) => arguments.check(),
            Command::Compare(arguments) => arguments.check(),
            Command::Tune(arguments) => tune::check(arguments),
            _ => Ok(()),
        }
    }
}

/// Sets the number of worker threads, as far as the process has addresses for them; 0 leaves one
/// per core.
fn use_threads(threads: usize) -> Result<()> {
    // Who makes a call has threads of its own.
    if call::listener().is_some() {
        return Ok(());
    }
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = match (threads, memory::most_threads()) {
        (0, None) => return Ok(()),
        (0, Some(most)) => cores().min(most),
        (threads, most) => threads.min(most.unwrap_or(threads)),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(pool.map_err(|error| Error::Threads { threads, error })?)
}

/// The command line, quoted where a shell would need it.
fn command_line() -> String {
    quoted(std::iter::once("spikemesh".to_string()).chain(call::words().unwrap_or_default()))
}

/// The same with more options.
fn command_with(options: impl IntoIterator<Item = String>) -> String {
    let words = call::with_options(call::words().unwrap_or_default(), options);
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
