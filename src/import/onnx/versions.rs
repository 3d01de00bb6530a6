//! What operators have by version of the standard.

use super::Builder;
use super::proto::NodeProto;

/// What an operator of this version of the standard may have: attributes that are read or change
/// nothing, and how many inputs. Anything else could mean what is not known here.
fn known(op: &str, opset: i64) -> (Vec<&'static str>, usize) {
    let mut known = vec![];
    let mut since = |first: i64, before: i64, names: &[&'static str]| {
        if (first..before).contains(&opset) {
            known.extend(names);
        }
    };
    const ALWAYS: i64 = i64::MAX;
    // A hint for reuse of memory, without a meaning of its own.
    since(0, 6, &["consumed_inputs"]);
    let inputs = match op {
        "Add" | "Sub" | "Mul" | "Div" => {
            since(0, 7, &["axis", "broadcast"]);
            2
        }
        "AveragePool" | "MaxPool" => {
            since(0, ALWAYS, &["auto_pad", "kernel_shape", "pads", "strides"]);
            since(10, ALWAYS, &["ceil_mode"]);
            match op {
                "MaxPool" => since(8, ALWAYS, &["storage_order"]),
                _ => since(7, ALWAYS, &["count_include_pad"]),
            }
            since(if op == "MaxPool" { 10 } else { 19 }, ALWAYS, &["dilations"]);
            1
        }
        "BatchNormalization" => {
            since(0, ALWAYS, &["epsilon", "momentum"]);
            since(0, 7, &["is_test"]);
            since(0, 9, &["spatial"]);
            since(14, ALWAYS, &["training_mode"]);
            5
        }
        "Clip" => {
            since(0, 11, &["min", "max"]);
            if opset < 11 { 1 } else { 3 }
        }
        "Concat" => {
            since(0, ALWAYS, &["axis"]);
            usize::MAX
        }
        "Constant" => {
            let forms = ["value", "value_float", "value_floats", "value_int", "value_ints"];
            since(0, ALWAYS, &forms);
            0
        }
        "Conv" => {
            since(
                0,
                ALWAYS,
                &["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
            );
            3
        }
        "DequantizeLinear" => {
            since(13, ALWAYS, &["axis"]);
            since(21, ALWAYS, &["block_size"]);
            3
        }
        "Flatten" => {
            since(0, ALWAYS, &["axis"]);
            1
        }
        "Gemm" => {
            since(0, ALWAYS, &["alpha", "beta", "transA", "transB"]);
            since(0, 7, &["broadcast"]);
            3
        }
        "LeakyRelu" => {
            since(0, ALWAYS, &["alpha"]);
            1
        }
        "MatMul" => 2,
        "Pad" => {
            since(0, ALWAYS, &["mode"]);
            since(0, 11, &["value"]);
            since(0, 2, &["paddings"]);
            since(2, 11, &["pads"]);
            if opset < 11 { 1 } else { 4 }
        }
        "Reshape" => {
            since(0, 5, &["shape"]);
            since(14, ALWAYS, &["allowzero"]);
            if opset < 5 { 1 } else { 2 }
        }
        "Resize" => {
            since(0, ALWAYS, &["mode"]);
            since(11, ALWAYS, &["coordinate_transformation_mode", "nearest_mode"]);
            // They say what other modes do.
            since(11, ALWAYS, &["cubic_coeff_a", "exclude_outside", "extrapolation_value"]);
            since(18, ALWAYS, &["antialias", "axes", "keep_aspect_ratio_policy"]);
            if opset < 11 { 2 } else { 4 }
        }
        "Transpose" => {
            since(0, ALWAYS, &["perm"]);
            1
        }
        "Upsample" => {
            since(0, ALWAYS, &["mode"]);
            since(0, 7, &["height_scale", "width_scale"]);
            since(7, 9, &["scales"]);
            if opset < 9 { 1 } else { 2 }
        }
        _ => 1,
    };
    (known, inputs)
}

/// Refuses attributes and inputs that the operator does not have in the file's version of the
/// standard.
pub fn fits(b: &Builder, node: &NodeProto) -> Result<(), String> {
    let (known, inputs) = known(&node.op_type, b.opset);
    if let Some(a) = node.attribute.iter().find(|a| !known.contains(&&a.name[..])) {
        return Err(format!("its attribute {} is not known in opset {}", a.name, b.opset));
    }
    if node.input.len() > inputs {
        let found = node.input.len();
        return Err(format!(
            "it has {found} inputs, in opset {} at most {inputs} are known",
            b.opset
        ));
    }
    Ok(())
}
