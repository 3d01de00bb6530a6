//! Networks in NIR, the exchange format of spiking networks: a file becomes a
//! [`spiking::Graph`](crate::spiking::Graph).
//!
//! `hdf5` reads the file into a plain `tree`, `inline` puts nested graphs in place, `kinds` knows
//! the types of nodes, `shapes` carries shapes along the edges, and `wiring` makes populations and
//! projections of it all. What one node is wrong about is a `Fault`, so that a check can tell all
//! of them; what the file as a whole is wrong about ends the reading at once.

use super::{Error, Options, foreign};
use crate::ann::Shape;
use crate::spiking::Graph;
use std::io::Read;
use std::path::Path;

mod cell;
mod clock;
mod ends;
mod hdf5;
mod inline;
mod kinds;
mod loops;
mod parameters;
mod part;
mod paths;
mod reset;
mod shapes;
mod tree;
mod whole;
mod wiring;
mod words;

use inline::Flat;
use part::Part;
pub use reset::ResetChoice;
use wiring::Wiring;

/// The first bytes of every HDF5 file.
pub const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
/// Bytes of an HDF5 file in which NIR is looked for.
const SEARCHED: u64 = 1 << 26;

/// Whether a file is in NIR, by its name, or by its first bytes and a word in it: other files are
/// HDF5, too.
pub fn begins(path: &Path) -> bool {
    if path.is_dir() {
        return false;
    }
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("nir"));
    named || holds(path).unwrap_or(false)
}

fn holds(path: &Path) -> std::io::Result<bool> {
    let mut file = crate::files::open(path)?;
    let mut bytes = [0; SIGNATURE.len()];
    file.read_exact(&mut bytes)?;
    if bytes != SIGNATURE {
        return Ok(false);
    }
    let mut rest = vec![];
    file.take(SEARCHED).read_to_end(&mut rest)?;
    Ok(foreign::is_nir(&rest))
}

/// A file as read.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The float graph that it describes.
    pub graph: Graph,
    /// What was assumed, or read otherwise than it stands in the file, a sentence each.
    pub notes: Vec<String>,
    /// One for each node of the file, in its order; those of nested graphs in their place.
    pub nodes: Vec<NodeReport>,
}

/// What becomes of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeReport {
    /// Of a nested node with the names of its graphs before it, joined by dots.
    pub name: String,
    /// Its type in the file.
    pub kind: String,
    /// What it hands on, where that is known.
    pub shape: Option<Shape>,
    /// How near its form on a chip comes to it.
    pub verdict: Verdict,
}

/// How near a node's spiking form on a chip comes to what the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the file has it, but for the bits of weights.
    Faithful,
    /// Nearly; what is lost.
    Approximate(String),
    /// Not at all; why.
    Unsupported(String),
}

/// What a node is wrong about.
#[derive(Debug, Clone)]
struct Fault {
    node: usize,
    what: String,
    /// Its type is none that is known.
    unknown: bool,
}

impl Fault {
    fn new(node: usize, what: impl Into<String>) -> Fault {
        Fault { node, what: what.into(), unknown: false }
    }
}

/// Reads a network.
///
/// # Errors
/// What the file, or the first node of it that cannot be taken, is wrong about.
pub fn read(path: &Path, bytes: &[u8], options: &Options) -> Result<File, Error> {
    let examined = Examined::new(path, bytes, options)?;
    let nodes = examined.reports();
    let Examined { flat, found, graph, .. } = examined;
    match (graph, found.faults.into_iter().next()) {
        (Some(graph), None) => Ok(File { graph, notes: found.notes, nodes }),
        (_, Some(fault)) => Err(error(path, &flat, fault)),
        // Without a fault there is a graph.
        (None, None) => Err(invalid(path, "it holds no network".into())),
    }
}

/// What becomes of every node, the unsupported ones included.
///
/// # Errors
/// What the file as a whole is wrong about.
pub fn check(path: &Path, bytes: &[u8], options: &Options) -> Result<Vec<NodeReport>, Error> {
    Ok(Examined::new(path, bytes, options)?.reports())
}

/// What was found beside the network itself.
#[derive(Debug, Default)]
struct Found {
    faults: Vec<Fault>,
    notes: Vec<String>,
}

/// A file and all that was found of it.
struct Examined {
    flat: Flat,
    parts: Vec<Option<Part>>,
    shapes: Vec<Option<Shape>>,
    found: Found,
    graph: Option<Graph>,
}

impl Examined {
    fn new(path: &Path, bytes: &[u8], options: &Options) -> Result<Examined, Error> {
        let whole = |what| invalid(path, what);
        let mut flat = inline::inline(hdf5::read(bytes).map_err(whole)?).map_err(whole)?;
        let (mut parts, faults) = part::read(&mut flat);
        let notes = ends::complete(&mut flat, &mut parts).map_err(whole)?;
        let mut found = Found { faults, notes };
        ends::misplaced(&flat, &parts, &mut found);
        let clock = clock::choose(options.dt, &flat, &mut found).map_err(whole)?;
        let shapes = shapes::infer(&flat, &parts, &mut found);
        let name = path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let wiring = Wiring { name, flat: &flat, shapes: &shapes, clock, asked: options.reset };
        let graph = wiring.graph(&mut parts, &mut found).map_err(whole)?;
        found.faults.sort_by_key(|fault| fault.node);
        let shape = |dims: &Option<part::Dims>| shapes::shape(dims.as_deref()?).ok();
        let shapes = shapes.to.iter().map(shape).collect();
        Ok(Examined { flat, parts, shapes, found, graph })
    }

    fn reports(&self) -> Vec<NodeReport> {
        let mut why = vec![None; self.flat.nodes.len()];
        for fault in &self.found.faults {
            why[fault.node].get_or_insert(&fault.what);
        }
        let report = |n: usize| {
            let node = &self.flat.nodes[n];
            let part = self.parts[n].as_ref();
            let losses = part.into_iter().flat_map(|part| part.odd.iter().chain(&part.loss));
            let losses: Vec<&str> = losses.map(String::as_str).collect();
            let verdict = match (why[n], &losses[..]) {
                (Some(why), _) => Verdict::Unsupported(why.clone()),
                (None, []) => Verdict::Faithful,
                (None, losses) => Verdict::Approximate(losses.join("; ")),
            };
            NodeReport {
                name: node.name.clone(),
                kind: node.kind.clone(),
                shape: self.shapes[n],
                verdict,
            }
        };
        (0..self.flat.nodes.len()).filter(|&n| !self.flat.nodes[n].added).map(report).collect()
    }
}

fn invalid(path: &Path, what: String) -> Error {
    Error::Invalid { path: path.to_owned(), what }
}

fn error(path: &Path, flat: &Flat, fault: Fault) -> Error {
    let node = &flat.nodes[fault.node];
    let (path, node, operator) =
        (path.to_owned(), words::clip(&node.name), words::clip(&node.kind));
    match fault.unknown {
        true => Error::Unsupported { path, operator, node, hint: format!(": {}", fault.what) },
        false => Error::Node { path, operator, node, what: fault.what },
    }
}
