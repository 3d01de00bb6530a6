//! Readers of trained networks: a file becomes an [`ann::Graph`](crate::ann::Graph).

use std::path::{Path, PathBuf};

use crate::ann::Graph;

pub mod csv_network;
pub mod onnx;

/// Why a file could not be read as a network.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    /// The bytes are no protobuf message of the expected kind.
    #[error("{}: not an ONNX model, or cut short: {source}", path.display())]
    Decode { path: PathBuf, source: prost::DecodeError },
    /// The file as a whole does not hold what an importer needs.
    #[error("{}: {what}", path.display())]
    Invalid { path: PathBuf, what: String },
    /// An operator that no importer knows.
    #[error("{}: operator {operator} of node '{node}' is not supported", path.display())]
    Unsupported { path: PathBuf, operator: String, node: String },
    /// A known operator in a form that cannot be read.
    #[error("{}: operator {operator} of node '{node}': {what}", path.display())]
    Node { path: PathBuf, operator: String, node: String, what: String },
}

/// Reads an ONNX network.
pub fn load(path: &Path) -> Result<Graph, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    onnx::parse(path, &bytes)
}
