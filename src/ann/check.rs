//! Whether a graph that did not come from an importer is one that `ann::exec` can run.

use super::{Graph, Node, Op, Shape, Window, memory};

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
        if matches!(node.op, Op::Input) != (graph.input == id) {
            return fault("it is an input but not the network's, or the other way round");
        }
        if !fits(
            node,
            &node.inputs.iter().map(|&input| graph.nodes[input].shape).collect::<Vec<_>>(),
        ) {
            return fault("inputs, shape or weights do not fit the operator");
        }
        if let Some(what) = no_number(&node.op) {
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

/// The first of an operator's numbers that is none, or infinite; bounds may be infinite.
pub fn no_number(op: &Op) -> Option<String> {
    let in_list = |what: &str, list: &[f32]| {
        let at = list.iter().position(|x| !x.is_finite())?;
        Some(format!("its {what} becomes {} at element {at}", list[at]))
    };
    let alone = |what: &str, x: f32| (!x.is_finite()).then(|| format!("its {what} is {x}"));
    match op {
        Op::Conv { weight, bias, .. } | Op::Dense { weight, bias } => {
            in_list("weight", weight).or_else(|| in_list("bias", bias))
        }
        Op::Affine { scale, shift } | Op::AffineMap { scale, shift } => {
            in_list("scale", scale).or_else(|| in_list("shift", shift))
        }
        Op::LeakyRelu { alpha } => alone("slope", *alpha),
        Op::Clip { low, high } if low.is_nan() || high.is_nan() => Some("a bound is NaN".into()),
        Op::Clip { low, high } if *low == f32::INFINITY || *high == f32::NEG_INFINITY => {
            Some(format!("nothing lies between its bounds {low} and {high}"))
        }
        Op::Pad { value, .. } => alone("padding", *value),
        _ => None,
    }
}

fn fits(node: &Node, inputs: &[Shape]) -> bool {
    let out = node.shape;
    let (binary, many) = match node.op {
        Op::Add | Op::Sub | Op::Mul | Op::Div => (true, false),
        Op::Concat => (false, true),
        _ => (false, false),
    };
    let Some(&from) = inputs.first() else { return matches!(node.op, Op::Input) };
    if !many && inputs.len() != 1 + usize::from(binary) {
        return false;
    }
    let same_map = |shape: &Shape| (shape.height, shape.width) == (out.height, out.width);
    match &node.op {
        Op::Input => false,
        Op::Conv { window: w, groups, weight, bias } => {
            convolution(from, out, w, *groups, weight, bias)
        }
        Op::Dense { weight, bias } => {
            bias.len() == out.len() && from.len().checked_mul(out.len()) == Some(weight.len())
        }
        Op::Affine { scale, shift } => {
            from == out && scale.len() == out.channels && shift.len() == out.channels
        }
        Op::AffineMap { scale, shift } => {
            from == out && scale.len() == out.len() && shift.len() == out.len()
        }
        Op::Relu | Op::LeakyRelu { .. } | Op::Clip { .. } | Op::Round | Op::Floor => from == out,
        Op::MaxPool { window: w } | Op::AveragePool { window: w, .. } => {
            window(w) && from.channels == out.channels
        }
        Op::GlobalAveragePool => out.len() == from.channels && out.channels == from.channels,
        Op::Add | Op::Sub | Op::Mul | Op::Div => inputs.iter().all(|shape| *shape == out),
        Op::Concat => {
            let channels =
                inputs.iter().try_fold(0usize, |sum, shape| sum.checked_add(shape.channels));
            channels == Some(out.channels) && inputs.iter().all(same_map)
        }
        Op::Slice { first } => {
            same_map(&from)
                && first.checked_add(out.channels).is_some_and(|end| end <= from.channels)
        }
        Op::Upsample { factor: [y, x] } => {
            from.channels == out.channels
                && from.height.checked_mul(*y) == Some(out.height)
                && from.width.checked_mul(*x) == Some(out.width)
        }
        Op::Pad { pad: [top, left, bottom, right], .. } => {
            let side = |a: usize, b: &usize, c: &usize| a.checked_add(*b)?.checked_add(*c);
            from.channels == out.channels
                && side(from.height, top, bottom) == Some(out.height)
                && side(from.width, left, right) == Some(out.width)
        }
        Op::Reshape => from.len() == out.len(),
    }
}

fn convolution(
    from: Shape,
    out: Shape,
    w: &Window,
    groups: usize,
    weight: &[f32],
    bias: &[f32],
) -> bool {
    let whole = from.channels.is_multiple_of(groups) && out.channels.is_multiple_of(groups);
    if !window(w) || groups == 0 || !whole {
        return false;
    }
    let fan_in = (from.channels / groups).checked_mul(w.kernel[0] * w.kernel[1]);
    let weights = fan_in.and_then(|fan_in| fan_in.checked_mul(out.channels));
    weights == Some(weight.len()) && bias.len() == out.channels
}
