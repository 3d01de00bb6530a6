//! The nodes and edges of a NIR file being made.

use crate::export::Error;
use crate::export::hdf5::File;
use crate::export::names::Names;

/// The version of Python's `nir` whose layout this is.
const VERSION: &str = "1.0.8";

/// A graph being written.
pub struct Nodes {
    pub file: File,
    /// Ends of the edges, two by two.
    edges: Vec<String>,
    names: Names,
}

impl Nodes {
    /// A graph in steps of `dt` seconds, whose neurons all have that `reset`, if they do.
    pub fn new(dt: f64, reset: Option<&str>) -> Nodes {
        let mut file = File::default();
        file.text("version", VERSION);
        file.text("node/type", "NIRGraph");
        file.double("node/metadata/dt", dt);
        file.text("node/metadata/spikemesh", env!("CARGO_PKG_VERSION"));
        if let Some(reset) = reset {
            file.text("node/metadata/reset", reset);
        }
        Nodes { file, edges: vec![], names: Names::default() }
    }

    /// A name that no other node has, near the one wanted.
    pub fn name(&mut self, wanted: &str) -> String {
        self.names.free(wanted)
    }

    /// A node behind others; where its parameters go.
    pub fn node(&mut self, name: &str, kind: &str, after: &[&str]) -> String {
        after.iter().for_each(|before| self.edge(before, name));
        let path = format!("node/nodes/{name}");
        self.file.text(&format!("{path}/type"), kind);
        path
    }

    /// An input or an output.
    pub fn sizes(&mut self, name: &str, kind: &str, after: &[&str], dims: &[u64]) {
        let path = self.node(name, kind, after);
        let sizes: Vec<i64> = dims.iter().map(|&size| size as i64).collect();
        self.file.ints(&format!("{path}/shape"), &[sizes.len() as u64], &sizes);
    }

    pub fn edge(&mut self, from: &str, to: &str) {
        self.edges.extend([from.to_owned(), to.to_owned()]);
    }

    /// All elements of `dims` in one dimension, behind a node; the name of the new one.
    pub fn flatten(&mut self, after: &str, near: &str, dims: &[u64]) -> String {
        let name = self.name(&format!("{near}_flat"));
        let path = self.node(&name, "Flatten", &[after]);
        self.file.int(&format!("{path}/start_dim"), 0);
        self.file.int(&format!("{path}/end_dim"), -1);
        let sizes: Vec<i64> = dims.iter().map(|&size| size as i64).collect();
        self.file.ints(&format!("{path}/input_type"), &[sizes.len() as u64], &sizes);
        name
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// The encoder refuses.
    pub fn bytes(mut self) -> Result<Vec<u8>, Error> {
        self.file.pairs("node/edges", &self.edges);
        self.file.bytes()
    }
}
