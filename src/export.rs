//! Networks and spikes in formats that others read.
//!
//! [`nir`] writes converted networks, and [`recorded`] the spikes of a run. Both are HDF5 files
//! that Python's `nir` reads.
//!
//! ```
//! use spikemesh::convert::{Recipe, convert};
//! use spikemesh::{ann::exec, export::nir, import};
//!
//! let graph = import::load("assets/networks/digit-pools.onnx".as_ref())?;
//! let values = exec::run(&graph, &vec![0.5; graph.input_shape().len()])?;
//! let settings = Recipe::parse("paper,v0=0,pool=average")?.settings(&graph)?;
//! let bytes = nir::trained(&convert(&graph, &[&values], &settings)?)?;
//! assert!(bytes.starts_with(b"\x89HDF"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hdf5;
mod names;
pub mod nir;
pub mod recorded;

/// Why something was not written.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Error {
    /// A layer that the format cannot hold.
    #[error("layer `{layer}` has no form in NIR: {why}")]
    Layer {
        /// Name of the layer.
        layer: String,
        /// The reason, in words.
        why: String,
    },
    /// A network that the format cannot hold, whatever its layers are.
    #[error("the network has no form in NIR: {why}")]
    Network {
        /// The reason, in words.
        why: &'static str,
    },
    /// The encoder of the format refuses; it has no reason to.
    #[error("the file cannot be made: {what}; this is a fault of spikemesh, please report it")]
    Encode {
        /// What is wrong, in words.
        what: String,
    },
}
