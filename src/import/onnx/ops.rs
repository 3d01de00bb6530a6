//! One ONNX node to graph nodes or to a constant. Errors are plain texts; the caller adds the place.

use std::rc::Rc;

use super::arithmetic::binary;
use super::node::{Attributes, Ctx, sizes};
use super::proto::NodeProto;
use super::tensor::{self, Data, Tensor};
use super::versions::fits;
use super::window::{self, Geometry};
use super::{Builder, Value};
use crate::ann::{Op, check};

/// The operators that [`convert`] knows.
pub const SUPPORTED: &[&str] = &[
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Clip",
    "Concat",
    "Constant",
    "Conv",
    "DequantizeLinear",
    "Div",
    "Flatten",
    "Floor",
    "Gemm",
    "GlobalAveragePool",
    "Identity",
    "LeakyRelu",
    "MatMul",
    "MaxPool",
    "Mul",
    "Pad",
    "Relu",
    "Reshape",
    "Resize",
    "Round",
    "Sub",
    "Transpose",
    "Upsample",
];

/// A constant made from others, which are finite.
pub(super) fn fold(b: &mut Builder, t: Tensor) -> Result<Value, String> {
    t.finite().map_err(|what| format!("from its constants comes {what}"))?;
    b.spend(t.len())?;
    Ok(Value::Const(Rc::new(t)))
}

/// Converts one node; the value of its first output.
pub fn convert(b: &mut Builder, node: &NodeProto, name: &str) -> Result<Value, String> {
    fits(b, node)?;
    let mut args = Vec::with_capacity(node.input.len());
    for input in &node.input {
        match b.values.get(input) {
            _ if input.is_empty() => args.push(None),
            Some(v) => args.push(Some(v.clone())),
            None => return Err(format!("its input '{input}' is made by no earlier node")),
        }
    }
    for (i, arg) in args.iter().enumerate() {
        // Bounds may be infinite.
        let free = node.op_type == "Identity" || node.op_type == "Clip" && i > 0;
        if let (Some(Value::Const(t)), false) = (arg, free) {
            t.finite().map_err(|what| format!("its constant '{}' holds {what}", node.input[i]))?;
        }
    }
    let c = Ctx { name, args, attributes: Attributes(&node.attribute) };
    match &node.op_type[..] {
        "Identity" => c.value(0).cloned(),
        "Constant" => constant(b, &c),
        "Conv" => conv(b, &c),
        "Gemm" | "MatMul" => dense(b, &c, node.op_type == "Gemm"),
        "BatchNormalization" => batch_norm(b, &c),
        "Relu" => unary(b, &c, Op::Relu, |x| x.max(0.0)),
        "Round" => unary(b, &c, Op::Round, f32::round_ties_even),
        "Floor" => unary(b, &c, Op::Floor, f32::floor),
        "LeakyRelu" => {
            let alpha = c.attributes.float("alpha", 0.01)?;
            unary(b, &c, Op::LeakyRelu { alpha }, |x| if x < 0.0 { alpha * x } else { x })
        }
        "Clip" => {
            let bound = |i: usize, attribute: &str, free: f32| match c.optional_constant(i)? {
                Some(t) => t.scalar(),
                None => c.attributes.bound(attribute, free),
            };
            let low = bound(1, "min", f32::NEG_INFINITY)?;
            let high = bound(2, "max", f32::INFINITY)?;
            if let Some(what) = check::no_number(&Op::Clip { low, high }) {
                return Err(what);
            }
            unary(b, &c, Op::Clip { low, high }, |x| x.max(low).min(high))
        }
        "MaxPool" | "AveragePool" => pool(b, &c, node.op_type == "MaxPool"),
        "GlobalAveragePool" => {
            let (id, [channels, _, _]) = c.image(0)?;
            b.push(name, Op::GlobalAveragePool, vec![id], vec![1, channels, 1, 1])
        }
        "Add" => binary(b, &c, Op::Add),
        "Sub" => binary(b, &c, Op::Sub),
        "Mul" => binary(b, &c, Op::Mul),
        "Div" => binary(b, &c, Op::Div),
        "Concat" => concat(b, &c),
        "Resize" | "Upsample" => resize(b, &c, node.op_type == "Upsample"),
        "Pad" => pad(b, &c),
        "Flatten" | "Reshape" => reshape(b, &c, node.op_type == "Flatten"),
        "Transpose" => {
            let t = c.constant(0)?;
            let order =
                c.attributes.sizes("perm")?.unwrap_or_else(|| (0..t.dims.len()).rev().collect());
            fold(b, t.transpose(&order)?)
        }
        "DequantizeLinear" => dequantize(b, &c),
        other => Err(format!("operator {other} is not supported")),
    }
}

fn unary(b: &mut Builder, c: &Ctx, op: Op, f: impl Fn(f32) -> f32) -> Result<Value, String> {
    match c.value(0)? {
        Value::Const(t) => fold(b, t.map(f)),
        Value::Node(id, dims) => b.push(c.name, op, vec![*id], dims.clone()),
    }
}

fn constant(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let vector = |data: Data, n: usize| Tensor::new(vec![n], data);
    let scalar = |data: Data| Tensor::new(vec![], data);
    let a = c.attributes.0.first().ok_or("it has no value")?;
    let t = match (&a.name[..], &a.t) {
        ("value", Some(t)) => Tensor::decode(t)?,
        ("value_float", _) => scalar(Data::Float(vec![a.f])),
        ("value_int", _) => scalar(Data::Int(vec![a.i])),
        ("value_floats", _) => vector(Data::Float(a.floats.clone()), a.floats.len()),
        ("value_ints", _) => vector(Data::Int(a.ints.clone()), a.ints.len()),
        (other, _) => return Err(format!("attribute {other} is not supported")),
    };
    // It may be a bound, which may be infinite.
    b.spend(t.len())?;
    Ok(Value::Const(Rc::new(t)))
}

fn conv(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let weight = c.constant(1)?;
    let [out, fan, kh, kw] = weight.dims[..] else {
        return Err(format!("weight of shape {:?} is not [out, in, height, width]", weight.dims));
    };
    if let Some(k) = c.attributes.sizes("kernel_shape")?
        && k != [kh, kw]
    {
        return Err(format!("kernel_shape {k:?} does not fit the weight {:?}", weight.dims));
    }
    let groups = usize::try_from(c.attributes.int("group", 1)?).map_err(|_| "negative group")?;
    let fits = groups > 0 && out % groups == 0 && fan.checked_mul(groups) == Some(channels);
    if !fits || weight.len() == 0 {
        return Err(format!(
            "weight {:?} in {groups} groups does not fit {channels} channels",
            weight.dims
        ));
    }
    let bias = if c.optional(2).is_some() { c.vector(2, out)? } else { vec![0.0; out] };
    let g = Geometry::read(&c.attributes, [kh, kw], [h, w])?;
    b.spend(weight.len() + out)?;
    let op = Op::Conv { window: g.window, groups, weight: weight.floats(), bias };
    b.push(c.name, op, vec![id], vec![1, out, g.out[0], g.out[1]])
}

fn dense(b: &mut Builder, c: &Ctx, gemm: bool) -> Result<Value, String> {
    let (id, dims) = c.tensor(0)?;
    let &[_, n] = dims else {
        return Err(format!("expected a vector [1, n], found shape {dims:?}"));
    };
    if c.attributes.int("transA", 0)? != 0 {
        return Err("transA is not supported".into());
    }
    let mut weight = c.constant(1)?.as_ref().clone();
    if weight.dims.len() != 2 {
        return Err(format!("weight of shape {:?} is not a matrix", weight.dims));
    }
    if c.attributes.int("transB", 0)? == 0 {
        weight = weight.transpose(&[1, 0])?;
    }
    let out = weight.dims[0];
    if weight.dims[1] != n {
        return Err(format!("the weight takes {} numbers, the input has {n}", weight.dims[1]));
    }
    b.spend(weight.len() + out)?;
    let (alpha, beta) = (c.attributes.float("alpha", 1.0)?, c.attributes.float("beta", 1.0)?);
    let bias = match c.optional_constant(2)? {
        Some(t) if gemm => {
            if b.opset < 7 && c.attributes.int("broadcast", 0)? == 0 && t.dims != [1, out] {
                return Err(format!(
                    "bias of shape {:?}: before opset 7 only broadcast=1 repeats it",
                    t.dims
                ));
            }
            let from = tensor::align(&t.dims, 2)?;
            if from[0] != 1 || (from[1] != 1 && from[1] != out) {
                return Err(format!("bias of shape {:?} does not fit {out} outputs", t.dims));
            }
            tensor::broadcast(&t.map(|x| beta * x).floats(), &from, &[1, out])?
        }
        _ => vec![0.0; out],
    };
    b.push(
        c.name,
        Op::Dense { weight: weight.map(|x| alpha * x).floats(), bias },
        vec![id],
        vec![1, out],
    )
}

fn batch_norm(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, dims) = c.tensor(0)?;
    if c.attributes.int("training_mode", 0)? != 0 || c.attributes.int("is_test", 1)? == 0 {
        return Err("it is in training mode; export the network for inference".into());
    }
    if c.attributes.int("spatial", 1)? == 0 && dims[2..].iter().any(|&d| d != 1) {
        return Err("spatial=0 (statistics by position) is not supported".into());
    }
    // `shape_of` lets no node have fewer than two dimensions.
    let n = dims[1];
    let (gamma, beta, mean, variance) =
        (c.vector(1, n)?, c.vector(2, n)?, c.vector(3, n)?, c.vector(4, n)?);
    let epsilon = f64::from(c.attributes.float("epsilon", 1e-5)?);
    if let Some(at) = variance.iter().position(|&v| f64::from(v) + epsilon <= 0.0) {
        return Err(format!(
            "variance {} of channel {at} and epsilon {epsilon} have no positive sum; is the file \
             damaged?",
            variance[at]
        ));
    }
    b.spend(2 * n)?;
    let (scale, shift) = (0..n)
        .map(|i| {
            let s = f64::from(gamma[i]) / (f64::from(variance[i]) + epsilon).sqrt();
            (s as f32, (f64::from(beta[i]) - s * f64::from(mean[i])) as f32)
        })
        .unzip();
    b.push(c.name, Op::Affine { scale, shift }, vec![id], dims.to_vec())
}

fn pool(b: &mut Builder, c: &Ctx, max: bool) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let g = Geometry::read(&c.attributes, window::kernel(&c.attributes)?, [h, w])?;
    g.check_pool()?;
    let count_pad = c.attributes.int("count_include_pad", 0)? != 0;
    // The divisor would then differ from window to window, which `Op::AveragePool` cannot say.
    if !max && count_pad && g.overhang {
        return Err(
            "count_include_pad with windows beyond the padding (ceil_mode) is not supported".into(),
        );
    }
    let op = if max {
        Op::MaxPool { window: g.window }
    } else {
        Op::AveragePool { window: g.window, count_pad }
    };
    b.push(c.name, op, vec![id], vec![1, channels, g.out[0], g.out[1]])
}

fn concat(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let mut dims = c.tensor(0)?.1.to_vec();
    if b.opset >= 4 && c.attributes.get("axis").is_none() {
        return Err("axis is missing".into());
    }
    let axis = c.attributes.int("axis", 1)?;
    let rank = i64::try_from(dims.len()).map_err(|e| e.to_string())?;
    if axis != 1 && axis.checked_add(rank) != Some(1) {
        return Err(format!("axis {axis}: only channels (axis 1) are supported"));
    }
    let mut inputs = Vec::with_capacity(c.args.len());
    let mut channels = 0usize;
    for i in 0..c.args.len() {
        let (id, other) = c.tensor(i)?;
        if other.len() != dims.len() || other[2..] != dims[2..] {
            return Err(format!("shapes {dims:?} and {other:?} differ in more than channels"));
        }
        channels = channels.checked_add(other[1]).ok_or("too many channels")?;
        inputs.push(id);
    }
    dims[1] = channels;
    b.push(c.name, Op::Concat, inputs, dims)
}

fn resize(b: &mut Builder, c: &Ctx, upsample: bool) -> Result<Value, String> {
    let (id, dims @ [channels, h, w]) = c.image(0)?;
    let mode = c.attributes.text("mode", "nearest")?;
    if mode != "nearest" {
        return Err(format!("mode {mode} is not supported"));
    }
    // Before opset 11 the rule was the one now called asymmetric with floor. With whole factors the
    // half-pixel rules round to the same cells.
    if !upsample && b.opset >= 11 {
        let rule = c.attributes.text("coordinate_transformation_mode", "half_pixel")?;
        let nearest = c.attributes.text("nearest_mode", "round_prefer_floor")?;
        match (rule, nearest) {
            ("asymmetric" | "tf_half_pixel_for_nn", "floor") => {}
            ("half_pixel" | "pytorch_half_pixel", "round_prefer_floor" | "round_prefer_ceil") => {}
            _ => return Err(format!("{rule} with {nearest} is not supported")),
        }
        if c.attributes.get("axes").is_some() {
            return Err("axes are not supported".into());
        }
        let policy = c.attributes.text("keep_aspect_ratio_policy", "stretch")?;
        if policy != "stretch" || c.attributes.int("antialias", 0)? != 0 {
            return Err(format!(
                "keep_aspect_ratio_policy {policy} or antialias are not supported"
            ));
        }
    }
    let at = if upsample || b.opset < 11 { 1 } else { 2 };
    let scales = match c.optional_constant(at)? {
        Some(t) => t.floats(),
        None if upsample && b.opset < 7 => {
            let side = |name: &str| c.attributes.float(name, f32::NAN);
            vec![1.0, 1.0, side("height_scale")?, side("width_scale")?]
        }
        None => c.attributes.floats("scales")?.map_or_else(Vec::new, <[f32]>::to_vec),
    };
    if scales.is_empty() && upsample {
        return Err("scales are missing".into());
    }
    let ratios = if !scales.is_empty() {
        scales.iter().map(|&s| f64::from(s)).collect::<Vec<_>>()
    } else {
        let sizes = c.constant(3)?.ints()?;
        let from = [1, dims[0], dims[1], dims[2]];
        if sizes.len() != from.len() {
            return Err(format!("sizes {sizes:?}: expected 4 numbers"));
        }
        sizes.iter().zip(from).map(|(&s, d)| s as f64 / d as f64).collect()
    };
    let whole = ratios.iter().all(|&r| r.fract() == 0.0 && (1.0..=65536.0).contains(&r));
    let (true, &[1.0, 1.0, fy, fx]) = (whole, &ratios[..]) else {
        return Err(format!("factors {ratios:?}: expected whole factors in height and width only"));
    };
    let factor = [fy as usize, fx as usize];
    let out = |n: usize, f: usize| n.checked_mul(f).ok_or("size too large");
    let dims = vec![1, channels, out(h, factor[0])?, out(w, factor[1])?];
    b.push(c.name, Op::Upsample { factor }, vec![id], dims)
}

fn pad(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let mode = c.attributes.text("mode", "constant")?;
    if mode != "constant" || c.optional(3).is_some() {
        return Err(format!("mode {mode} or axes are not supported"));
    }
    let pads = match c.optional_constant(1)? {
        Some(t) => sizes(t.ints()?)?,
        None if b.opset < 2 => c.attributes.sizes("paddings")?.ok_or("paddings are missing")?,
        None => c.attributes.sizes("pads")?.ok_or("pads are missing")?,
    };
    let value = match c.optional_constant(2)? {
        Some(t) => t.scalar()?,
        None => c.attributes.float("value", 0.0)?,
    };
    let [0, 0, top, left, 0, 0, bottom, right] = pads[..] else {
        return Err(format!("pads {pads:?}: expected 8 numbers, zero for batch and channels"));
    };
    let sum = |n: usize, a: usize, z: usize| {
        n.checked_add(a).and_then(|n| n.checked_add(z)).ok_or("padding too large")
    };
    let dims = vec![1, channels, sum(h, top, bottom)?, sum(w, left, right)?];
    b.push(c.name, Op::Pad { pad: [top, left, bottom, right], value }, vec![id], dims)
}

fn reshape(b: &mut Builder, c: &Ctx, flatten: bool) -> Result<Value, String> {
    let value = c.value(0)?;
    let from = match value {
        Value::Const(t) => &t.dims,
        Value::Node(_, dims) => dims,
    };
    let n = tensor::count(from)?;
    let to = if flatten {
        let axis = c.attributes.int("axis", 1)?;
        let rank = i64::try_from(from.len()).map_err(|e| e.to_string())?;
        let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
        let axis = usize::try_from(axis)
            .ok()
            .filter(|&a| a <= from.len())
            .ok_or("axis is out of range")?;
        vec![tensor::count(&from[..axis])?, tensor::count(&from[axis..])?]
    } else {
        let wish = match b.opset {
            ..5 => c.attributes.ints("shape")?.ok_or("shape is missing")?,
            _ => c.constant(1)?.ints()?,
        };
        target(wish, from, n, c.attributes.int("allowzero", 0)? != 0)?
    };
    if tensor::count(&to)? != n {
        return Err(format!("shape {from:?} cannot become {to:?}"));
    }
    match value {
        Value::Const(t) => fold(b, Tensor::new(to, t.data.clone())),
        Value::Node(id, _) => b.push(c.name, Op::Reshape, vec![*id], to),
    }
}

/// The shape asked for, with 0 (keep) and -1 (the rest) filled in.
fn target(wish: &[i64], from: &[usize], n: usize, allow_zero: bool) -> Result<Vec<usize>, String> {
    let mut out = Vec::with_capacity(wish.len());
    let mut open = None;
    for (i, &d) in wish.iter().enumerate() {
        match d {
            0 if !allow_zero => out.push(*from.get(i).ok_or("0 beyond the input's dimensions")?),
            -1 if open.is_none() => {
                open = Some(i);
                out.push(1);
            }
            d => out.push(usize::try_from(d).map_err(|_| format!("bad target shape {wish:?}"))?),
        }
    }
    if let Some(i) = open {
        out[i] = n.checked_div(tensor::count(&out)?).ok_or("-1 beside a dimension of 0")?;
    }
    Ok(out)
}

fn dequantize(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let x = c.constant(0)?;
    x.ints()?;
    if c.attributes.int("block_size", 0)? != 0 {
        return Err("block_size is not supported".into());
    }
    // A vector of scales lies along `axis`: give it trailing ones, so that it broadcasts there.
    let rank = i64::try_from(x.dims.len()).map_err(|e| e.to_string())?;
    let axis = c.attributes.int("axis", 1)?;
    let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
    let along = |t: &Tensor| {
        let mut t = t.clone();
        if t.len() == 1 {
            t.dims = vec![];
            return Ok(t);
        }
        let axis = usize::try_from(axis)
            .ok()
            .filter(|&a| a < x.dims.len())
            .ok_or("axis is out of range")?;
        if t.dims != [x.dims[axis]] {
            return Err(format!("scale of shape {:?} does not fit {:?}", t.dims, x.dims));
        }
        t.dims.resize(x.dims.len() - axis, 1);
        Ok(t)
    };
    let scale = along(c.constant(1)?)?;
    let centred = match c.optional_constant(2)? {
        Some(zero) => x.zip(&along(zero)?, |x, z| x - z)?,
        None => x.as_ref().clone(),
    };
    fold(b, centred.zip(&scale, |x, s| x * s)?)
}
