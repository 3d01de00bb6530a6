//! What of a file its outputs depend on: everything else is not looked at.

use std::collections::HashSet;

use super::proto::{GraphProto, NodeProto};
use crate::ann::Graph;

/// Names that the network's outputs need.
pub struct Live<'a> {
    names: HashSet<&'a str>,
}

impl<'a> Live<'a> {
    pub fn of(file: &'a GraphProto) -> Live<'a> {
        let mut names: HashSet<&str> = file.output.iter().map(|o| &o.name[..]).collect();
        for node in file.node.iter().rev() {
            if node.output.iter().any(|output| names.contains(&output[..])) {
                names.extend(node.input.iter().map(|input| &input[..]));
            }
        }
        Live { names }
    }

    pub fn needs(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a node makes what is needed; one without outputs cannot be told.
    pub fn runs(&self, node: &NodeProto) -> bool {
        let unnamed = node.output.iter().all(String::is_empty);
        unnamed || node.output.iter().any(|output| self.needs(output))
    }
}

/// By node, whether no output depends on it. The image always stays.
pub fn unread(graph: &Graph) -> Vec<bool> {
    let mut unread = vec![true; graph.nodes.len()];
    unread[graph.input] = false;
    graph.heads.iter().for_each(|head| unread[head.node] = false);
    for id in (0..graph.nodes.len()).rev() {
        if !unread[id] {
            graph.nodes[id].inputs.iter().for_each(|&input| unread[input] = false);
        }
    }
    unread
}
