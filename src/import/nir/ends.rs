//! Inputs and outputs that a file leaves out: nodes without edges into them, or out of them.

use super::inline::{Flat, Node};
use super::parameters::Parameters;
use super::part::{Part, Role};
use super::words::names;
use super::{Fault, Found};
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
            parts.push(Some(Part { role, loss: None, odd: None }));
            match incoming {
                true => flat.connect(end, n),
                false => flat.connect(n, end),
            }
        }
    }
    Ok(said)
}

/// Inputs take nothing, and outputs give nothing; all else gives of what it takes. Neurons that
/// get nothing, and nodes whose spikes go nowhere, are told: networks may have them.
pub fn misplaced(flat: &Flat, parts: &[Option<Part>], found: &mut Found) {
    let (mut unfed, mut unread) = (vec![], vec![]);
    for (n, part) in parts.iter().enumerate() {
        let (fed, read) = (!flat.previous[n].is_empty(), !flat.next[n].is_empty());
        let what = match part.as_ref().map(|part| &part.role) {
            Some(Role::Input(_)) if fed => "an edge leads into it",
            Some(Role::Input(_)) if !read => "no edge leads out of it: what it gets goes nowhere",
            Some(Role::Output(_)) if read => "an edge leads out of it",
            Some(Role::Output(_)) if !fed => "no edge leads into it",
            Some(Role::Map(_) | Role::Delay(_)) if read && !fed => {
                "no edge leads into it, and it gives nothing by itself"
            }
            _ => {
                let name = || flat.nodes[n].name.clone();
                let is_neuron = matches!(part, Some(Part { role: Role::Neuron(_), .. }));
                unfed.extend((is_neuron && !fed).then(name));
                let is_end = matches!(part, Some(Part { role: Role::Output(_), .. }));
                unread.extend((!is_end && !read).then(name));
                continue;
            }
        };
        found.faults.push(Fault::new(n, what));
    }
    for (nodes, what) in [(unfed, "into"), (unread, "out of")] {
        if !nodes.is_empty() {
            found.notes.push(format!("no edge leads {what} {}", names(&nodes)));
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
