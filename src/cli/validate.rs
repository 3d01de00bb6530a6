//! `spikemesh validate`: published measurements of chips beside what the emulator predicts.

use super::Result;
use super::heading;
use super::output;
use super::paths;
use super::progress;
use crate::{report, validate};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for `validation.md` and `validation.csv`; those of an earlier run are replaced
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, default_value = "docs", value_parser = paths::folder())]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    report::check_validation(&arguments.out)?;
    let bar = progress::bar(validate::cases(), "cases");
    let cases = validate::run(|| bar.inc(1))?;
    bar.finish_and_clear();
    report::write_validation(&arguments.out, &cases)?;
    output::text(report::validation_table(&cases))?;
    output::line(format_args!("written to {}", arguments.out.display()))?;
    Ok(())
}
