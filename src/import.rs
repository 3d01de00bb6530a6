//! Readers of trained networks: a file becomes an [`ann::Graph`](crate::ann::Graph), or a
//! [`spiking::Graph`] where it spikes already.
//!
//! ```
//! use spikemesh::import;
//!
//! let imported = import::open("assets/networks/digit-256.onnx".as_ref())?;
//! assert_eq!(imported.name, "digit-256");
//! let graph = imported.trained().ok_or("no trained network")?;
//! assert_eq!(graph.heads.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::ann::{Graph, host};
use crate::convert::file::{self, ConvertedFile, FileError};
use crate::digest::sha256;
use crate::files;
use crate::snn::sparse::SparseNetwork;
use crate::spiking;
pub use facts::Facts;

pub mod csv_network;
mod csv_table;
pub mod darknet;
pub mod facts;
pub mod foreign;
pub mod mapping_file;
pub mod nir;
pub mod onnx;
pub mod placement_file;

/// Why a file could not be read as a network.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The bytes are no protobuf message of the expected kind.
    #[error("{}: not an ONNX model, or cut short: {source}", path.display())]
    Decode {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: prost::DecodeError,
    },
    /// The file as a whole does not hold what an importer needs.
    #[error("{}: {what}", path.display())]
    Invalid {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, in words.
        what: String,
    },
    /// An operator that no importer knows; `hint` says what comes nearest.
    #[error("{}: operator {operator} of node '{node}' is not supported{hint}", path.display())]
    Unsupported {
        /// The file or folder.
        path: PathBuf,
        /// Kind of the operator.
        operator: String,
        /// Name of the node.
        node: String,
        /// What to do about it, or nothing.
        hint: String,
    },
    /// A known operator in a form that cannot be read.
    #[error("{}: operator {operator} of node '{node}': {what}", path.display())]
    Node {
        /// The file or folder.
        path: PathBuf,
        /// Kind of the operator.
        operator: String,
        /// Name of the node.
        node: String,
        /// What is wrong, in words.
        what: String,
    },
    /// A `.cfg` that is wrong in a line.
    #[error("{}, line {line}: {what}", path.display())]
    Darknet {
        /// The file or folder.
        path: PathBuf,
        /// Line of the file, from 1.
        line: usize,
        /// What is wrong, in words.
        what: String,
    },
    /// A folder that is no network.
    #[error(transparent)]
    Csv(#[from] csv_network::Error),
    /// A file that is no converted network.
    #[error(transparent)]
    Converted(#[from] FileError),
}

/// What a caller says of a network file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Height and width of the image, for files that leave them open.
    pub input_size: Option<[usize; 2]>,
    /// Seconds of a step, for NIR files.
    pub dt: Option<f64>,
    /// What a spike does to a potential, for NIR files.
    pub reset: Option<nir::ResetChoice>,
}

impl Options {
    /// The option that says something of NIR files, if one does.
    fn of_nir(&self) -> Option<&'static str> {
        self.dt.map(|_| "--dt").or(self.reset.map(|_| "--reset"))
    }
}

/// A network as read.
#[derive(Debug, Clone, PartialEq)]
pub enum Network {
    /// Trained, in floats; to be converted.
    Float(Graph),
    /// Spiking, with a placement of its own.
    Placed(SparseNetwork),
    /// Spiking, in floats; to be converted.
    Spiking(Box<spiking::Graph>),
    /// Trained, converted and saved by `spikemesh convert`.
    Converted(Box<ConvertedFile>),
}

impl Network {
    /// The float network, where there is one.
    pub fn graph(&self) -> Option<&Graph> {
        match self {
            Network::Float(graph) => Some(graph),
            Network::Placed(_) | Network::Spiking(_) => None,
            Network::Converted(file) => Some(&file.graph),
        }
    }
}

/// A network and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Stem of the file, or name of the folder; of a converted network the original's.
    pub name: String,
    /// What the file holds.
    pub network: Network,
    /// SHA-256 of the file, or of the network's files one after another; hexadecimal.
    pub sha256: String,
    /// What the files say of pictures and boxes.
    pub facts: Facts,
}

impl Imported {
    /// The float network, where it is still to be converted.
    pub fn trained(&self) -> Option<&Graph> {
        match &self.network {
            Network::Float(graph) => Some(graph),
            _ => None,
        }
    }
}

/// Reads a network: an ONNX file, a Darknet `.cfg` with its `.weights` beside it, a spiking one in
/// NIR (`.nir`), a converted network (`.spikemesh`), or a folder of CSV files.
///
/// # Errors
/// What is wrong with which file, operator, node, line or row.
pub fn open(path: &Path) -> Result<Imported, Error> {
    Ok(open_with(path, &Options::default())?.0)
}

/// The same with what the caller says of it; and what was read otherwise than it stands in the
/// files, a sentence each.
///
/// # Errors
/// As [`open`]; or the files fix what the caller says.
pub fn open_with(path: &Path, options: &Options) -> Result<(Imported, Vec<String>), Error> {
    let (mut facts, mut notes) = (Facts::Nothing, vec![]);
    let of_nir = nir::begins(path);
    let of_onnx = !path.is_dir() && !file::named(path) && !cfg(path) && !of_nir;
    if options.input_size.is_some() && !of_onnx {
        let what = "its files fix the size of its input; leave out --input-size".into();
        return Err(Error::Invalid { path: path.to_owned(), what });
    }
    if let Some(option) = options.of_nir().filter(|_| !of_nir) {
        let what = format!("only NIR leaves that open; leave out {option}");
        return Err(Error::Invalid { path: path.to_owned(), what });
    }
    let (name, network, files) = if path.is_dir() {
        if let Some(what) = foreign::folder(path) {
            return Err(Error::Invalid { path: path.to_owned(), what });
        }
        let network = csv_network::load(path)?;
        let files = csv_network::FILES.map(|file| read(&path.join(file)));
        // `.` has no name of its own.
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let files = files.into_iter().collect::<Result<_, _>>()?;
        (whole.file_name().map(ToOwned::to_owned), Network::Placed(network), files)
    } else if of_nir {
        let bytes = read(path)?;
        let nir::File { graph, notes: said, .. } = nir::read(path, &bytes, options)?;
        notes = said;
        let name = path.file_stem().map(ToOwned::to_owned);
        (name, Network::Spiking(Box::new(graph)), vec![bytes])
    } else if file::named(path) {
        let bytes = read(path)?;
        let converted = ConvertedFile::parse(path, &bytes)?;
        (Some(converted.name.clone().into()), Network::Converted(Box::new(converted)), vec![bytes])
    } else {
        let Read { graph, files, facts: found, notes: said } = read_graph(path, options)?;
        (facts, notes) = (found, said);
        (path.file_stem().map(ToOwned::to_owned), Network::Float(graph), files)
    };
    let name = name.map_or_else(|| "network".to_string(), |n| n.to_string_lossy().into_owned());
    let sha256 = sha256(files.iter().map(Vec::as_slice));
    Ok((Imported { name, network, sha256, facts }, notes))
}

/// Reads a float network: an ONNX file, or a Darknet `.cfg` with its `.weights` beside it.
///
/// # Errors
/// What is wrong with which file, operator, node or line.
pub fn load(path: &Path) -> Result<Graph, Error> {
    Ok(read_graph(path, &Options::default())?.graph)
}

/// A network, the bytes of its files, and what else they say.
struct Read {
    graph: Graph,
    files: Vec<Vec<u8>>,
    facts: Facts,
    notes: Vec<String>,
}

/// Whether a file is a Darknet `.cfg` by its name.
fn cfg(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("cfg"))
}

fn read_graph(path: &Path, options: &Options) -> Result<Read, Error> {
    let ends = |with: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(with));
    let invalid = |what: String| Err(Error::Invalid { path: path.to_owned(), what });
    if ends("weights") {
        return invalid(
            "give the .cfg instead; its .weights are found beside it, under the same name".into(),
        );
    }
    if file::named(path) {
        return invalid("a converted network; give the trained one".into());
    }
    let first = read(path)?;
    if let Some(what) =
        foreign::recognise(path, &first).filter(|_| !ends("cfg") || first.is_empty())
    {
        return invalid(what);
    }
    if !ends("cfg") {
        return match (onnx::read(path, &first, options), foreign::by_name(path)) {
            (Err(Error::Decode { .. }), Some(what)) => invalid(what),
            (read, _) => {
                let onnx::File { graph, metadata, notes } = read?;
                let graph = host::last(graph);
                Ok(Read { graph, files: vec![first], facts: Facts::Onnx(metadata), notes })
            }
        };
    }
    let weights = path.with_extension("weights");
    if !weights.exists() {
        let wanted = weights.display();
        return invalid(format!("its weights are missing; put them beside it as {wanted}"));
    }
    let second = read(&weights)?;
    let graph = host::last(darknet::parse(path, &first, &second)?);
    let facts = darknet::facts(path, &first, &graph).map_or(Facts::Nothing, Facts::Darknet);
    Ok(Read { graph, files: vec![first, second], facts, notes: vec![] })
}

/// What becomes of every node of a NIR file, the unsupported ones included.
///
/// # Errors
/// What the file as a whole is wrong about.
pub fn check_nir(path: &Path, options: &Options) -> Result<Vec<nir::NodeReport>, Error> {
    nir::check(path, &read(path)?, options)
}

/// The bytes of a file, unless they are more than networks may take.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    files::bytes(path).map_err(|source| match source.kind() {
        ErrorKind::OutOfMemory => {
            Error::Invalid { path: path.to_owned(), what: source.to_string() }
        }
        _ => Error::Io { path: path.to_owned(), source },
    })
}
