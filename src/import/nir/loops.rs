//! Loops: which populations lie in one together, and an order in which data go.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// By vertex, the number of its component: vertices that reach each other share one.
pub fn components(next: &[Vec<usize>]) -> Vec<usize> {
    let mut previous = vec![vec![]; next.len()];
    for (a, targets) in next.iter().enumerate() {
        targets.iter().for_each(|&b| previous[b].push(a));
    }
    let mut component = vec![usize::MAX; next.len()];
    for (number, &root) in finished(next).iter().rev().enumerate() {
        let mut stack = vec![root];
        while let Some(v) = stack.pop() {
            if component[v] == usize::MAX {
                component[v] = number;
                stack.extend(&previous[v]);
            }
        }
    }
    component
}

/// Vertices in the order in which a search in depth leaves them.
fn finished(next: &[Vec<usize>]) -> Vec<usize> {
    let (mut order, mut seen) = (vec![], vec![false; next.len()]);
    for root in 0..next.len() {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((v, at)) = stack.last_mut() {
            match next[*v].get(*at) {
                Some(&to) => {
                    *at += 1;
                    if !std::mem::replace(&mut seen[to], true) {
                        stack.push((to, 0));
                    }
                }
                None => {
                    order.push(*v);
                    stack.pop();
                }
            }
        }
    }
    order
}

/// Vertices so that edges lead forward, but for those within a component; of those that could come
/// next the lowest.
pub fn order(next: &[Vec<usize>], component: &[usize]) -> Vec<usize> {
    let mut members = vec![vec![]; next.len()];
    component.iter().enumerate().for_each(|(v, &c)| members[c].push(v));
    let mut waits = vec![0; next.len()];
    let across =
        |v: usize| next[v].iter().map(|&to| component[to]).filter(move |&c| c != component[v]);
    (0..next.len()).flat_map(across).for_each(|c| waits[c] += 1);
    let ready = |c: usize| Some(Reverse((*members[c].first()?, c)));
    let mut heap: BinaryHeap<_> =
        (0..next.len()).filter(|&c| waits[c] == 0).filter_map(ready).collect();
    let mut order = Vec::with_capacity(next.len());
    while let Some(Reverse((_, c))) = heap.pop() {
        order.extend(&members[c]);
        for to in members[c].iter().flat_map(|&v| across(v)) {
            waits[to] -= 1;
            if waits[to] == 0 {
                heap.extend(ready(to));
            }
        }
    }
    order
}

/// A vertex of a loop, if there is one.
pub fn within_loop(next: &[Vec<usize>]) -> Option<usize> {
    let component = components(next);
    let mut sizes = vec![0; next.len()];
    component.iter().for_each(|&c| sizes[c] += 1);
    (0..next.len()).find(|&v| sizes[component[v]] > 1 || next[v].contains(&v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_and_orders() {
        // 3 feeds 1; 1 and 2 feed each other; 2 feeds 0.
        let next = [vec![], vec![2], vec![1, 0], vec![1]];
        let component = components(&next);
        assert_eq!(component[1], component[2]);
        assert!(component[0] != component[1] && component[3] != component[1]);
        assert_eq!(order(&next, &component), [3, 1, 2, 0]);
        assert_eq!(within_loop(&next), Some(1));
        assert_eq!(within_loop(&[vec![1], vec![]]), None);
        assert_eq!(within_loop(&[vec![0]]), Some(0));
        assert_eq!(order(&[vec![], vec![0]], &[0, 1]), [1, 0]);
    }
}
