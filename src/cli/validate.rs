//! `spikemesh validate`: published measurements of chips beside what the emulator predicts.

use super::output;
use super::progress;
use crate::{report, validate};
use clap::Args;
use miette::IntoDiagnostic;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for `validation.md` and `validation.csv`; those of an earlier run are replaced
    #[arg(long, default_value = "docs")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    report::check_validation(&arguments.out).into_diagnostic()?;
    let bar = progress::bar(validate::cases(), "cases");
    let cases = validate::run(|| bar.inc(1)).into_diagnostic()?;
    bar.finish_and_clear();
    report::write_validation(&arguments.out, &cases).into_diagnostic()?;
    output::text(report::validation_table(&cases))?;
    output::line(format_args!("written to {}", arguments.out.display()))?;
    Ok(())
}
