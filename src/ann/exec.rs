//! Runs a [`Graph`] in `f32`: the reference that every conversion is judged by.

use super::op::Tensor;
use super::{Graph, Node, NodeId, Op};

/// Why a graph could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An input of another length.
    #[error("the input has {found} numbers, the network needs {needed}")]
    InputLength {
        /// Numbers of the input.
        found: usize,
        /// Numbers that the network takes.
        needed: usize,
    },
    /// A value that is infinite or no number.
    #[error(
        "{operator} `{node}` computes {value} at element {at} of its output; are weights and \
         input of this network?"
    )]
    NoNumber {
        /// Kind of the operator.
        operator: &'static str,
        /// Name of the node.
        node: String,
        /// The value.
        value: String,
        /// Index of the element.
        at: usize,
    },
}

/// Outputs of all nodes, by node id, for one image `[channels, height, width]`.
///
/// The graph's shapes must fit its operations, as importers guarantee; otherwise this may panic.
///
/// # Errors
/// The input has another length, or a node computes what is no finite number.
pub fn run(graph: &Graph, input: &[f32]) -> Result<Vec<Vec<f32>>, Error> {
    run_with(graph, input, |_, _| ())
}

/// The same; `change` gets every node's values before another node reads them, and may replace them
/// by as many.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    graph: &Graph,
    input: &[f32],
    mut change: impl FnMut(NodeId, &mut [f32]),
) -> Result<Vec<Vec<f32>>, Error> {
    let needed = graph.input_shape().len();
    if input.len() != needed {
        return Err(Error::InputLength { found: input.len(), needed });
    }
    let mut values: Vec<Vec<f32>> = Vec::with_capacity(graph.nodes.len());
    for (id, node) in graph.nodes.iter().enumerate() {
        let mut out = match &node.op {
            Op::Input(_) => input.to_vec(),
            op => {
                let tensor =
                    |&id: &NodeId| Tensor { values: &values[id], shape: graph.nodes[id].shape };
                let inputs: Vec<Tensor> = node.inputs.iter().map(tensor).collect();
                op.run(&inputs, node.shape)
            }
        };
        change(id, &mut out);
        check(node, &out)?;
        values.push(out);
    }
    Ok(values)
}

/// Whether all values are numbers and none is infinite.
fn finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = f32::INFINITY.to_bits();
    // No early way out, so that many are looked at together.
    !values.iter().fold(false, |bad, x| bad | (x.to_bits() & EXPONENT == EXPONENT))
}

/// Whether `values`, which `node` computed, are numbers.
///
/// # Errors
/// The first that is none.
pub(super) fn check(node: &Node, values: &[f32]) -> Result<(), Error> {
    if finite(values) {
        return Ok(());
    }
    let at = values.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let (operator, value) =
        (node.op.name(), values.get(at).map_or_else(String::new, f32::to_string));
    Err(Error::NoNumber { operator, node: node.name.clone(), value, at })
}
