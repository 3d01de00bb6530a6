//! Readers of trained networks: a file becomes an [`ann::Graph`](crate::ann::Graph).

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::ann::Graph;
use crate::snn::sparse::SparseNetwork;

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
    /// A folder that is no network.
    #[error(transparent)]
    Csv(#[from] csv_network::Error),
}

/// A network as read.
#[derive(Debug, Clone, PartialEq)]
pub enum Network {
    /// Trained, in floats; to be converted.
    Float(Graph),
    /// Spiking, with a placement of its own.
    Placed(SparseNetwork),
}

/// A network and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Stem of the file, or name of the folder.
    pub name: String,
    pub network: Network,
    /// SHA-256 of the file, or of the folder's files one after another; hexadecimal.
    pub sha256: String,
}

/// Reads a network: an ONNX file, or a folder of CSV files.
///
/// # Errors
/// What is wrong with which file, operator, node or row.
pub fn open(path: &Path) -> Result<Imported, Error> {
    let named = |stem: Option<&std::ffi::OsStr>| {
        stem.map_or_else(|| "network".to_string(), |s| s.to_string_lossy().into_owned())
    };
    if path.is_dir() {
        let network = csv_network::load(path)?;
        let mut hash = Sha256::new();
        for file in csv_network::FILES {
            hash.update(read(&path.join(file))?);
        }
        // `.` has no name of its own.
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = named(whole.file_name());
        return Ok(Imported { name, network: Network::Placed(network), sha256: hex(&hash.finalize()) });
    }
    let bytes = read(path)?;
    let graph = onnx::parse(path, &bytes)?;
    let sha256 = hex(&Sha256::digest(&bytes));
    Ok(Imported { name: named(path.file_stem()), network: Network::Float(graph), sha256 })
}

/// Reads an ONNX network.
pub fn load(path: &Path) -> Result<Graph, Error> {
    onnx::parse(path, &read(path)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
