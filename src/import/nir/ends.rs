//! Inputs and outputs that a file leaves out: nodes without edges into them, or out of them.

use super::Fault;
use super::inline::{Flat, Node};
use super::parameters::Parameters;
use super::part::{Part, Role};
use super::words::names;
use std::collections::HashSet;

/// Adds an `Input` before each root where there is none at all, an `Output` likewise behind each
/// leaf; what was added, a sentence each.
///
/// # Errors
/// There is neither an end nor a node that could have one.
pub fn complete(flat: &mut Flat, parts: &mut Vec<Option<Part>>) -> Result<Vec<String>, String> {
    if flat.nodes.is_empty() {
        return Err("the graph has no nodes".into());
    }
    let mut said = vec![];
    for (kind, stem) in [("Input", "input"), ("Output", "output")] {
        if flat.nodes.iter().any(|node| node.kind == kind && !node.nested) {
            continue;
        }
        let incoming = kind == "Input";
        let edges = if incoming { &flat.previous } else { &flat.next };
        let bare: Vec<usize> = (0..flat.nodes.len()).filter(|&n| edges[n].is_empty()).collect();
        if bare.is_empty() {
            return Err(format!("it has no node of type {kind}, and every node lies in a loop"));
        }
        let called: Vec<String> = bare.iter().map(|&n| flat.nodes[n].name.clone()).collect();
        let what = if incoming { "into" } else { "out of" };
        said.push(format!(
            "it has no node of type {kind}: {} without edges {what} them are taken for such ends",
            names(&called)
        ));
        let names = free(flat, stem, &called);
        for (n, name) in bare.into_iter().zip(names) {
            let end = flat.push(added(name, kind));
            let role = if incoming { Role::Input(None) } else { Role::Output(None) };
            parts.push(Some(Part { role, loss: None }));
            match incoming {
                true => flat.connect(end, n),
                false => flat.connect(n, end),
            }
        }
    }
    Ok(said)
}

/// Inputs take nothing, and outputs give nothing.
pub fn misplaced(flat: &Flat, parts: &[Option<Part>], faults: &mut Vec<Fault>) {
    for (n, part) in parts.iter().enumerate() {
        let (edges, what) = match part.as_ref().map(|part| &part.role) {
            Some(Role::Input(_)) => (&flat.previous[n], "an edge leads into it"),
            Some(Role::Output(_)) => (&flat.next[n], "an edge leads out of it"),
            _ => continue,
        };
        if !edges.is_empty() {
            faults.push(Fault::new(n, what));
        }
    }
}

/// A name for each new end that no node has.
fn free(flat: &Flat, stem: &str, beside: &[String]) -> Vec<String> {
    let taken: HashSet<&str> = flat.nodes.iter().map(|node| node.name.as_str()).collect();
    let name = |of: &String| {
        let name = match beside.len() {
            1 => stem.to_owned(),
            _ => format!("{stem}_{of}"),
        };
        let mut free = name.clone();
        while taken.contains(free.as_str()) {
            free.push('_');
        }
        free
    };
    beside.iter().map(name).collect()
}

fn added(name: String, kind: &str) -> Node {
    Node {
        name,
        kind: kind.to_owned(),
        parameters: Parameters::default(),
        metadata: Parameters::default(),
        scope: 0,
        nested: false,
        added: true,
    }
}
