//! What a NIR file holds, as it stands there.

use super::parameters::Parameters;

/// A graph of nodes by name.
#[derive(Debug, Default)]
pub struct Graph {
    /// In the order of the file.
    pub nodes: Vec<Node>,
    /// Source and target of each.
    pub edges: Vec<[String; 2]>,
    pub metadata: Parameters,
}

#[derive(Debug)]
pub struct Node {
    pub name: String,
    pub kind: String,
    pub parameters: Parameters,
    pub metadata: Parameters,
    /// Of a nested graph.
    pub inner: Option<Graph>,
}
