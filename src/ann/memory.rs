//! How much memory the tensors of a network may take.

use super::Graph;
pub use crate::memory::{TooMuch, allowed, check};

/// The same for tensors of `elements` floats.
///
/// # Errors
/// As [`check`].
pub fn check_floats(elements: u64) -> Result<(), TooMuch> {
    check(elements.saturating_mul(4))
}

/// Floats that one run of `graph` holds: every node's tensor. A convolution, its normalisation and
/// its activation count three times, since a run holds the values of all three to its end:
/// calibration, split layers and the comparison of rates read any of them.
pub fn of_run(graph: &Graph) -> u64 {
    graph.nodes.iter().fold(0, |sum, node| {
        let shape = node.shape;
        let sizes = [shape.channels, shape.height, shape.width];
        sizes.iter().fold(1u64, |n, &size| n.saturating_mul(size as u64)).saturating_add(sum)
    })
}
