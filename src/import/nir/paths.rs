//! Paths of nodes without state, from one population to another or to an end of the network.

use super::inline::Flat;
use super::part::{Part, Role};
use super::words::clip;

/// Most paths of a network, and most nodes on all of them together.
const MOST_PATHS: usize = 10_000;
const MOST_STEPS: usize = 1_000_000;

/// A path between two nodes that are not on it.
#[derive(Debug, PartialEq)]
pub struct Path {
    pub source: usize,
    /// A population, or an output.
    pub target: usize,
    /// The nodes without state between them, in the order of data.
    pub between: Vec<usize>,
}

/// Where a path may begin or end, or neither.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Population,
    Output,
    Between,
}

impl Place {
    pub fn of(part: &Part) -> Place {
        match part.role {
            Role::Input(_) | Role::Neuron(_) => Place::Population,
            Role::Output(_) => Place::Output,
            Role::Pass | Role::Map(_) | Role::Delay(_) => Place::Between,
        }
    }
}

/// All paths, by source and then in the order of edges.
///
/// # Errors
/// The node from which there are too many, and that there are.
pub fn all(flat: &Flat, places: &[Place]) -> Result<Vec<Path>, (usize, String)> {
    let leads = leading(flat, places);
    let (mut paths, mut steps) = (vec![], 0);
    for source in (0..places.len()).filter(|&n| places[n] == Place::Population) {
        // Nodes of the path so far, and which of the edges of each is next.
        let mut trail = vec![(source, 0)];
        while let Some((n, edge)) = trail.last_mut() {
            let Some(&to) = flat.next[*n].get(*edge) else {
                trail.pop();
                continue;
            };
            *edge += 1;
            steps += 1;
            if places[to] == Place::Between {
                if leads[to] {
                    trail.push((to, 0));
                }
            } else {
                steps += trail.len();
                let between = trail[1..].iter().map(|&(n, _)| n).collect();
                paths.push(Path { source, target: to, between });
            }
            if paths.len() > MOST_PATHS || steps > MOST_STEPS {
                let name = clip(&flat.nodes[source].name);
                return Err((
                    source,
                    format!(
                        "more than {MOST_PATHS} paths without a neuron on them begin at '{name}' \
                         and before; multiply their weights together"
                    ),
                ));
            }
        }
    }
    Ok(paths)
}

/// Nodes from which a population or an end can be reached.
fn leading(flat: &Flat, places: &[Place]) -> Vec<bool> {
    let mut leads: Vec<bool> = places.iter().map(|&place| place != Place::Between).collect();
    let mut stack: Vec<usize> = (0..places.len()).filter(|&n| leads[n]).collect();
    while let Some(n) = stack.pop() {
        for &before in &flat.previous[n] {
            if !std::mem::replace(&mut leads[before], true) {
                stack.push(before);
            }
        }
    }
    leads
}
