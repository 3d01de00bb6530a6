//! `spikemesh detector new NETWORK`: the description of a detector, as far as it can be found.

use super::feeding::Feeding;
use super::heading::{self, examples};
use super::output;
use super::{Error, Result, inside, paths};
use crate::detect::derived;
use crate::import;
use crate::report::NewFile;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes the description of a network as far as it is known or its files tell; what is missing
    /// stands in lines with "complete this:"
    #[command(after_help = examples::DETECTOR)]
    New {
        /// A trained network (ONNX or Darknet .cfg), or a converted one; `digits`, `digits-l4` and
        /// `digits-silu` are inside the program
        network: PathBuf,
        /// File to write, which must not exist yet [default: standard output]
        #[arg(help_heading = heading::OUTPUT)]
        #[arg(long, value_parser = paths::file())]
        out: Option<PathBuf>,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let Action::New { network, out } = &arguments.action;
    let file = out.as_deref().map(|out| NewFile::create(out, "--out")).transpose()?;
    let text = description(network)?;
    let (Some(mut file), Some(out)) = (file, out) else { return output::product(text) };
    file.add(text.as_bytes())?;
    file.finish()?;
    let missing = derived::to_complete(&text).len();
    let left = if missing == 0 { "complete".into() } else { format!("{missing} to complete") };
    output::line(format_args!("written to {}, lines: {left}", out.display()))
}

/// What is known of the network, else what its files say.
fn description(network: &Path) -> Result<String> {
    let inside = inside::network(network)?;
    let file = inside.as_ref().map_or(network, |inside| &inside.network);
    let imported = import::open(file)?;
    let Some(graph) = imported.network.graph() else {
        let (network, advice) = (network.into(), "there is no picture to describe");
        return Err(Error::OwnInputs { network, advice }.into());
    };
    let feeding = Feeding::new(None, file, &imported, graph)?;
    let text = match feeding.text.is_empty() {
        true => derived::derive(&imported.facts, graph).text,
        false => feeding.text,
    };
    Ok(text)
}
