//! `spikemesh completions SHELL` and `spikemesh man`: what a shell and `man` want to know.

use super::heading;
use super::output;
use super::{Result, paths, reference};
use crate::report::{self, Folder};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell that reads them
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the completions of a shell to standard output.
pub fn completions(arguments: &Completions) -> Result<()> {
    let mut text = vec![];
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "spikemesh", &mut text);
    output::product(String::from_utf8_lossy(&text))
}

#[derive(Debug, Args)]
pub struct Pages {
    /// Folder of pages for the program and each of its commands, which must not exist yet
    /// [default: the program's own page alone, to standard output]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// One page of every command and option in Markdown, to standard output
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, conflicts_with = "out")]
    markdown: bool,
}

/// Writes manual pages.
pub fn pages(arguments: &Pages) -> Result<()> {
    if arguments.markdown {
        return output::product(reference::page(super::Arguments::command()));
    }
    // It has no page of its own.
    let command = super::Arguments::command().disable_help_subcommand(true);
    let Some(out) = &arguments.out else {
        let mut page = vec![];
        let failed = |source| report::Error::Write { path: "spikemesh.1".into(), source };
        Man::new(command).render(&mut page).map_err(failed)?;
        return output::product(String::from_utf8_lossy(&page));
    };
    let folder = Folder::create(out)?;
    clap_mangen::generate_to(command, folder.path())
        .map_err(|source| report::Error::Write { path: out.clone(), source })?;
    output::line(format_args!("written to {}", folder.finish()?.display()))
}
