//! Whether a graph that did not come from an importer is one that `ann::exec` can run.

use super::{Graph, Op, Shape, Window, memory};

/// Most elements of one tensor: beyond it no product of a few sizes is safe from overflow.
const MOST: usize = 1 << 31;
/// Largest number in a window.
const WIDEST: usize = 1 << 12;

/// Checks order, shapes, the length of every weight, that weights are numbers, and that the tensors
/// fit into the memory that is allowed.
///
/// # Errors
/// A sentence about the first node that does not fit.
pub fn check(graph: &Graph) -> Result<(), String> {
    for (id, node) in graph.nodes.iter().enumerate() {
        let fault = |what: &str| Err(format!("node {id} of the float network: {what}"));
        let Shape { channels, height, width } = node.shape;
        if elements([channels, height, width]).is_none() {
            return fault("its shape is empty or too large");
        }
        if node.inputs.iter().any(|&input| input >= id) {
            return fault("it reads a node that does not come before it");
        }
        if matches!(node.op, Op::Input(_)) != (graph.input == id) {
            return fault("it is an input but not the network's, or the other way round");
        }
        if !node.op.fits(&graph.inputs(node), node.shape) {
            return fault("inputs, shape or weights do not fit the operator");
        }
        if let Some(what) = node.op.no_number() {
            return fault(&what);
        }
    }
    memory::check_floats(memory::of_run(graph)).map_err(|e| format!("the float network: {e}"))?;
    if graph.input >= graph.nodes.len()
        || graph.heads.iter().any(|head| head.node >= graph.nodes.len())
    {
        return Err("input or head of the float network is no node of it".into());
    }
    Ok(())
}

/// The product of `sizes`, if it is neither 0 nor beyond what any detector has.
pub fn elements(sizes: [usize; 3]) -> Option<usize> {
    let product = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size))?;
    (1..=MOST).contains(&product).then_some(product)
}

/// Whether kernel, stride and dilation are at least 1, and everything is of sober size.
pub fn window(window: &Window) -> bool {
    let Window { kernel, stride, pad, dilation } = window;
    let positive = kernel.iter().chain(stride).chain(dilation).all(|n| (1..=WIDEST).contains(n));
    positive && pad.iter().all(|&n| n <= WIDEST)
}
