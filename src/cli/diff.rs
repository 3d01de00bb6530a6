//! `spikemesh diff RUN_A RUN_B`: what changed between two runs, and by how much.

use super::heading;
use super::json::{self, JsonArguments};
use super::output;
use super::paths;
use super::{Error, Result};
use crate::report::{self, Diff, Folder};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder that `run` wrote
    #[arg(value_name = "RUN_A")]
    a: PathBuf,
    /// Another one, perhaps of another version
    #[arg(value_name = "RUN_B")]
    b: PathBuf,
    /// Ends with an error where the runs differ
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    check: bool,
    /// Folder to write diff.csv into, with every cell that differs; it must not exist yet
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    arguments.json.settle();
    for folder in [&arguments.a, &arguments.b] {
        if folder.join(report::PROFILES).is_file() {
            return Err(Error::SeveralRuns { folder: folder.clone() }.into());
        }
    }
    let diff = Diff::read(&arguments.a, &arguments.b)?;
    let folder = arguments.out.as_deref().map(Folder::create).transpose()?;
    output::text(report::diff_text(&diff))?;
    match folder {
        Some(folder) => {
            report::write_diff(folder.path(), &diff)?;
            let title = format!("{} beside {}", diff.names[1], diff.names[0]);
            report::write_folder(
                folder.path(),
                report::FolderKind::Other,
                &title,
                &super::command_line(),
            )?;
            let path = folder.finish()?;
            json::print_csv(&path, report::DIFF)?;
            output::written(&path)?;
        }
        None => json::print(None, &diff.changes)?,
    }
    match arguments.check && !diff.is_empty() {
        true => Err(Error::Differ { changes: diff.changes.len(), alone: diff.alone.len() }.into()),
        false => Ok(()),
    }
}
