//! Integers that features are rounded to.
//!
//! The graph keeps them as the floats that they stand for. So nothing but `DequantizeLinear` may
//! read them as numbers; others may move them, or choose among them.

use std::collections::HashMap;

/// What an integer stands for: `(integer - zero) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Codes {
    pub scale: f32,
    pub zero: f32,
    /// Type of the integers, as `onnx.proto` numbers them.
    pub kind: i32,
}

/// Operators that make no number of their own.
const MOVES: &[&str] = &[
    "Concat",
    "DepthToSpace",
    "Expand",
    "Flatten",
    "Gather",
    "Identity",
    "MaxPool",
    "ReduceMax",
    "ReduceMin",
    "Reshape",
    "Resize",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Tile",
    "Transpose",
    "Unsqueeze",
    "Upsample",
];

/// Operators that read such integers and make none: of their values, or of their shape alone.
const ENDS: &[&str] = &["DequantizeLinear", "Shape", "Size"];

/// What the outputs of a node stand for, by what its inputs do.
pub fn passed(
    operator: &str,
    inputs: &[String],
    known: &HashMap<String, Codes>,
) -> Result<Option<Codes>, String> {
    let mut all = inputs.iter().map(|name| known.get(name).copied());
    let Some(first) = all.clone().find_map(|codes| codes) else { return Ok(None) };
    if ENDS.contains(&operator) {
        return Ok(None);
    }
    if !MOVES.contains(&operator) {
        return Err("it reads integers of QuantizeLinear; \
                    DequantizeLinear works between the two"
            .into());
    }
    if operator == "Concat" && !all.all(|codes| codes == Some(first)) {
        return Err("it joins integers of other scales, zero points or types; \
                    DequantizeLinear works before it"
            .into());
    }
    Ok(Some(first))
}
