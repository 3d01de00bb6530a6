//! `spikemesh validate`: published measurements of chips beside what the emulator predicts.

use super::Result;
use super::heading;
use super::json::{self, JsonArguments};
use super::output;
use super::paths;
use super::progress::Progress;
use crate::{report, validate};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for `validation.md` and `validation.csv`; those of an earlier run are replaced
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, default_value = "docs", value_parser = paths::folder())]
    out: PathBuf,
    /// Folder of published networks, for the cases whose network is not in the program: of
    /// nxtf-mnist/nxtf_mnist.nir with images_u8.npy
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, value_name = "FOLDER")]
    networks: Option<PathBuf>,
    /// Folder of N-MNIST recordings with test.csv, for the case of nir-paper/02_cnn/cnn_sinabs.nir,
    /// a network in the folder of --networks
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, value_name = "FOLDER", requires = "networks")]
    recordings: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    arguments.json.settle();
    report::check_validation(&arguments.out)?;
    let (networks, recordings) = (arguments.networks.as_deref(), arguments.recordings.as_deref());
    let files = validate::Files { networks, recordings };
    let (progress, cases) = Progress::of_steps("validating", validate::cases());
    let cases = validate::run(&files, || cases.step())?;
    drop(progress);
    for (case, path) in files.absent() {
        output::remark(format_args!("left out {case}: {} is not there", path.display()));
    }
    report::write_validation(&arguments.out, &cases)?;
    output::table(report::validation_table(&cases))?;
    json::print_csv(&arguments.out, report::VALIDATION)?;
    output::line(format_args!("written to {}", arguments.out.display()))?;
    Ok(())
}
