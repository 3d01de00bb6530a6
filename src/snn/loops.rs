//! Which populations form loops.
//!
//! Within a loop a spike takes a step from population to population, on any chip and in the float
//! graph alike. So the populations of a loop begin together, and their projections keep their
//! delays when a network is retimed.

use super::{Network, PopulationId};

/// By population, the first population of the loop that it is part of; itself where it is part of
/// none.
pub fn components(network: &Network) -> Vec<PopulationId> {
    let count = network.populations.len();
    let edges = network.projections.iter().map(|p| (p.source, p.target));
    of_edges(count, edges)
}

/// The same for any `edges` between `count` nodes.
pub fn of_edges(count: usize, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Vec<usize> {
    // Without an edge back there is no loop.
    if edges.clone().all(|(source, target)| source < target) {
        return (0..count).collect();
    }
    let (mut ahead, mut back) = (vec![vec![]; count], vec![vec![]; count]);
    for (source, target) in edges {
        ahead[source].push(target);
        back[target].push(source);
    }
    // Kosaraju: by the ends of a first search, a second one against the edges finds components.
    let mut seen = vec![false; count];
    let mut ended = Vec::with_capacity(count);
    for start in 0..count {
        search(&ahead, start, &mut seen, &mut ended);
    }
    let mut component: Vec<usize> = (0..count).collect();
    let mut seen = vec![false; count];
    for &start in ended.iter().rev() {
        let mut members = vec![];
        search(&back, start, &mut seen, &mut members);
        let first = members.iter().copied().min().unwrap_or(start);
        members.into_iter().for_each(|member| component[member] = first);
    }
    component
}

/// Nodes reached from `start` that were not seen, in the order in which they end. No recursion:
/// networks may be long.
fn search(edges: &[Vec<usize>], start: usize, seen: &mut [bool], ended: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut way = vec![(start, 0)];
    while let Some((node, next)) = way.last_mut() {
        match edges[*node].get(*next) {
            Some(&to) => {
                *next += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    way.push((to, 0));
                }
            }
            None => {
                ended.push(*node);
                way.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_found() {
        let of = |count, edges: &[(usize, usize)]| of_edges(count, edges.iter().copied());
        assert_eq!(of(3, &[(0, 1), (1, 2)]), [0, 1, 2]);
        assert_eq!(of(3, &[(0, 1), (1, 1), (1, 2)]), [0, 1, 2]);
        assert_eq!(of(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)]), [0, 1, 1, 1, 4]);
        assert_eq!(of(4, &[(0, 1), (1, 0), (2, 3), (3, 2), (1, 2)]), [0, 0, 2, 2]);
    }
}
