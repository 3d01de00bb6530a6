//! What no other design beats.

use super::Trial;

/// Numbers of the trials that ran and that no other one equals or beats in energy, latency, memory
/// and error, all four at once; of equal trials the `best` one, else the first.
pub fn front(trials: &[Trial], best: Option<usize>) -> Vec<usize> {
    let costs: Vec<Option<[f64; 4]>> = trials.iter().map(Trial::costs).collect();
    let beaten = |n: usize, own: &[f64; 4]| {
        costs.iter().enumerate().any(|(other, costs)| {
            costs.is_some_and(|costs| {
                let no_worse = costs.iter().zip(own).all(|(theirs, own)| theirs <= own);
                let before = Some(n) != best && (Some(other) == best || other < n);
                no_worse && (costs != *own || before)
            })
        })
    };
    let stands = |n: &usize| costs[*n].is_some_and(|own| !beaten(*n, &own));
    (0..trials.len()).filter(stands).collect()
}
