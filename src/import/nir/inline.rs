//! Nested graphs put in place: one list of nodes, and edges by number.

use super::parameters::Parameters;
use super::tree::{self, Graph};
use super::words::clip;
use std::collections::{HashMap, HashSet};

/// All nodes of a file.
#[derive(Debug, Default)]
pub struct Flat {
    pub nodes: Vec<Node>,
    /// By node, those that it feeds.
    pub next: Vec<Vec<usize>>,
    /// By node, those that feed it.
    pub previous: Vec<Vec<usize>>,
    /// What graphs say of their nodes; the first is the whole network.
    pub scopes: Vec<Scope>,
}

#[derive(Debug)]
pub struct Node {
    pub name: String,
    pub kind: String,
    pub parameters: Parameters,
    pub metadata: Parameters,
    /// Of [`Flat::scopes`].
    pub scope: usize,
    /// It stands in a nested graph: its `Input` and `Output` only pass on.
    pub nested: bool,
    /// It does not stand in the file.
    pub added: bool,
}

/// What the metadata of a graph say, or else of the one around it.
#[derive(Debug, Default, Clone)]
pub struct Scope {
    pub dt: Option<f64>,
    pub reset: Option<String>,
}

impl Scope {
    /// Reads what a graph says.
    fn within(&self, metadata: &Parameters) -> Result<Scope, String> {
        let of = |what| format!("metadata of the graph: {what}");
        Ok(Scope {
            dt: metadata.number("dt").map_err(of)?.or(self.dt),
            reset: metadata.word("reset").map_err(of)?.map(str::to_owned).or(self.reset.clone()),
        })
    }
}

impl Flat {
    /// An edge from node `a` to node `b`.
    pub fn connect(&mut self, a: usize, b: usize) {
        self.next[a].push(b);
        self.previous[b].push(a);
    }

    /// A node without edges; its number.
    pub fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.next.push(vec![]);
        self.previous.push(vec![]);
        self.nodes.len() - 1
    }
}

/// Puts the graphs of `tree` in place.
///
/// # Errors
/// Names that stand twice, edges that lead nowhere.
pub fn inline(tree: Graph) -> Result<Flat, String> {
    let mut inliner = Inliner::default();
    inliner.graph(tree, "", &Scope::default())?;
    let Inliner { mut flat, edges, .. } = inliner;
    for (a, b) in edges {
        flat.connect(a, b);
    }
    Ok(flat)
}

#[derive(Default)]
struct Inliner {
    flat: Flat,
    /// Nodes by their whole names.
    by_name: HashMap<String, usize>,
    edges: Vec<(usize, usize)>,
}

/// What an edge of a graph can name.
enum Member {
    Node(usize),
    /// A nested graph: its inputs and outputs.
    Graph(Vec<usize>, Vec<usize>),
}

impl Inliner {
    /// Puts in one graph, whose nodes get `prefix` before their names; its inputs and outputs.
    fn graph(
        &mut self,
        graph: Graph,
        prefix: &str,
        around: &Scope,
    ) -> Result<(Vec<usize>, Vec<usize>), String> {
        let scope = around.within(&graph.metadata)?;
        let id = self.flat.scopes.len();
        self.flat.scopes.push(scope.clone());
        let (mut members, mut ends) = (HashMap::new(), (vec![], vec![]));
        for node in graph.nodes {
            let whole = format!("{prefix}{}", node.name);
            let name = node.name.clone();
            let member = match node.inner {
                Some(inner) => {
                    let (inputs, outputs) = self.graph(inner, &format!("{whole}."), &scope)?;
                    Member::Graph(inputs, outputs)
                }
                None => {
                    let n = self.node(node, whole, id, !prefix.is_empty())?;
                    match self.flat.nodes[n].kind.as_str() {
                        "Input" => ends.0.push(n),
                        "Output" => ends.1.push(n),
                        _ => {}
                    }
                    Member::Node(n)
                }
            };
            members.insert(name, member);
        }
        self.connect(&graph.edges, &members, prefix)?;
        Ok(ends)
    }

    fn node(
        &mut self,
        node: tree::Node,
        whole: String,
        scope: usize,
        nested: bool,
    ) -> Result<usize, String> {
        let tree::Node { kind, parameters, metadata, .. } = node;
        let name = whole.clone();
        let n = self.flat.push(Node {
            name: whole,
            kind,
            parameters,
            metadata,
            scope,
            nested,
            added: false,
        });
        match self.by_name.insert(name, n) {
            None => Ok(n),
            Some(_) => {
                let name = clip(&self.flat.nodes[n].name);
                Err(format!("two nodes are called '{name}', one within a nested graph; rename one"))
            }
        }
    }

    fn connect(
        &mut self,
        edges: &[[String; 2]],
        members: &HashMap<String, Member>,
        prefix: &str,
    ) -> Result<(), String> {
        let mut seen = HashSet::new();
        for edge in edges {
            let [from, to] = edge;
            let told = || format!("edge from '{}' to '{}'", clip(from), clip(to));
            if !seen.insert(edge) {
                return Err(format!("{} stands twice; leave one out", told()));
            }
            let end = |name: &String, outgoing: bool| {
                self.end(name, outgoing, members, prefix).map_err(|w| format!("{}: {w}", told()))
            };
            let edge = (end(from, true)?, end(to, false)?);
            self.edges.push(edge);
        }
        Ok(())
    }

    /// The node that an end of an edge means.
    fn end(
        &self,
        name: &str,
        outgoing: bool,
        members: &HashMap<String, Member>,
        prefix: &str,
    ) -> Result<usize, String> {
        let (ends, which) = match members.get(name) {
            Some(Member::Node(n)) => return Ok(*n),
            Some(Member::Graph(_, outputs)) if outgoing => (outputs, "Output"),
            Some(Member::Graph(inputs, _)) => (inputs, "Input"),
            None => {
                let whole = format!("{prefix}{name}");
                let inner = self.by_name.get(&whole).copied();
                return inner.ok_or_else(|| format!("there is no node '{}'", clip(name)));
            }
        };
        match ends[..] {
            [n] => Ok(n),
            _ => Err(format!(
                "the graph '{}' has {} nodes of type {which}; name the one that is meant, as \
                 {}.NAME",
                clip(name),
                ends.len(),
                clip(name)
            )),
        }
    }
}
