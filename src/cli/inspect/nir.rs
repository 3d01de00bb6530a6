//! `spikemesh inspect MODEL.nir`: what becomes of every node, and of every layer of neurons.

use super::Arguments;
use crate::cli::{Error, Result, output};
use crate::import::{self, Imported, Network};
use crate::report;
use std::path::Path;

/// Prints the check of a file, then its layers.
///
/// # Errors
/// A node is not supported, or the file is broken.
pub fn run(arguments: &Arguments, path: &Path) -> Result<Imported> {
    if arguments.recipe.is_some() && arguments.profile.is_none() {
        return Err(Error::AsGiven { network: path.to_path_buf() }.into());
    }
    let opened = arguments.reading.open(path);
    let nodes = import::check_nir(path, &arguments.reading.options())?;
    output::text(report::nodes_table(&nodes))?;
    let imported = opened?;
    if let Network::Spiking(graph) = &imported.network {
        output::text(format_args!("\n{}", report::neurons_table(graph)))?;
    }
    Ok(imported)
}
