//! `spikemesh inspect MODEL.nir`: what becomes of every node, and of every layer of neurons.

use super::Arguments;
use crate::cli::{Error, Result, output};
use crate::import::{self, Network};
use crate::report;
use std::path::Path;

/// Prints the check of a file, then its layers.
///
/// # Errors
/// A node is not supported, or the file is broken.
pub fn run(arguments: &Arguments, path: &Path) -> Result<()> {
    let network = || path.to_path_buf();
    if arguments.recipe.is_some() {
        return Err(Error::AsGiven { network: network() }.into());
    }
    if arguments.profile.is_some() {
        let why = "; a spiking one in NIR is not mapped yet: leave out --profile";
        return Err(Error::NotTrained { network: network(), why }.into());
    }
    let opened = arguments.reading.open(path);
    let nodes = import::check_nir(path, &arguments.reading.options())?;
    output::text(report::nodes_table(&nodes))?;
    if let Network::Spiking(graph) = opened?.network {
        output::text(format_args!("\n{}", report::neurons_table(&graph)))?;
    }
    Ok(())
}
