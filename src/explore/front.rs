//! What no other design beats.

use super::Trial;

/// Numbers of the trials that ran and that no other one equals or beats in energy, latency, memory
/// and error, all four at once; of equal trials the first.
pub fn front(trials: &[Trial]) -> Vec<usize> {
    let costs: Vec<Option<[f64; 4]>> = trials.iter().map(Trial::costs).collect();
    let beaten = |n: usize, own: &[f64; 4]| {
        costs.iter().enumerate().any(|(other, costs)| {
            costs.is_some_and(|costs| {
                let no_worse = costs.iter().zip(own).all(|(theirs, own)| theirs <= own);
                no_worse && (costs != *own || other < n)
            })
        })
    };
    let stands = |n: &usize| costs[*n].is_some_and(|own| !beaten(*n, &own));
    (0..trials.len()).filter(stands).collect()
}
