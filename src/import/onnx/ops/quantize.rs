//! Values of few bits between layers: rounded to their steps, they stay floats.

use super::super::codes::Codes;
use super::super::kind;
use super::super::tensor::{Data, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, pointwise_on, since};
use crate::ann::op::{Quantized, Saturation};
use crate::ann::{Op, Shape};

pub const READER: Reader = Reader {
    names: &["QuantizeLinear"],
    attributes: &[
        since(13, "axis"),
        since(19, "saturate"),
        since(21, "block_size"),
        since(21, "output_dtype"),
        since(23, "precision"),
    ],
    inputs: &[(0, 3)],
    read: quantize,
};

/// The type of a file that says none: 8 bits without sign.
const UINT8: i32 = 2;

/// What a node's scale, zero point and type describe.
fn codes(c: &Ctx) -> Result<Codes, String> {
    let number = |i: usize| match c.constant(i)?.scalar() {
        Ok(x) => Ok(x),
        Err(_) => Err("steps by channel; one scale for all features works".to_owned()),
    };
    let scale = number(1)?;
    let zero = if c.optional_constant(2)?.is_some() { number(2)? } else { 0.0 };
    Ok(Codes { scale, zero, kind: kind_of(c)? })
}

/// The type of the integers.
fn kind_of(c: &Ctx) -> Result<i32, String> {
    let asked = i32::try_from(c.attributes.int("output_dtype", 0)?).unwrap_or(-1);
    match (c.optional_constant(2)?, asked) {
        (None, 0) => Ok(UINT8),
        (None, asked) => Ok(asked),
        (Some(zero), asked) if asked != 0 && asked != zero.kind => {
            Err(format!("output_dtype {asked} is not the zero point's, {}", zero.kind))
        }
        (Some(zero), _) => Ok(zero.kind),
    }
}

/// The integers of a constant, with steps for all of it or for each of its slices along an axis:
/// what follows scales them.
fn whole(c: &Ctx, t: &Tensor) -> Result<Tensor, String> {
    let scales = c.constant(1)?.floats();
    let zeros = c.optional_constant(2)?.map_or(vec![0.0], |zero| zero.floats().to_vec());
    let kind = kind_of(c)?;
    let (least, most) = range(kind)?;
    if let Some(scale) = scales.iter().find(|scale| !(scale.is_finite() && **scale > 0.0)) {
        return Err(format!("its scale is {scale}"));
    }
    let axis = c.attributes.int("axis", 1)?;
    let axis = if axis < 0 { axis + t.dims.len() as i64 } else { axis };
    let slices = usize::try_from(axis).ok().and_then(|axis| t.dims.get(axis)).copied();
    let inner: usize = t.dims.iter().skip(axis.max(0) as usize + 1).product();
    let fits = match scales.len() {
        0 => false,
        1 => zeros.len() == 1,
        count => slices == Some(count) && [1, count].contains(&zeros.len()),
    };
    if !fits {
        return Err(format!(
            "{} scales and {} zero points for {:?} along axis {axis}",
            scales.len(),
            zeros.len(),
            t.dims
        ));
    }
    let code = |(n, x): (usize, &f32)| {
        let slice = if scales.len() > 1 { n / inner.max(1) % scales.len() } else { 0 };
        let zero = zeros[slice % zeros.len()];
        ((x / scales[slice]).round_ties_even() + zero).clamp(least, most) as i64
    };
    let data = t.floats().iter().enumerate().map(code).collect();
    Ok(Tensor::of_kind(kind, t.dims.clone(), Data::Int(data)))
}

/// The steps of these integers.
fn steps(codes: Codes) -> Result<Quantized, String> {
    let Codes { scale, zero, kind } = codes;
    let (least, most) = range(kind)?;
    Ok(Quantized { scale, low: least - zero, high: most - zero })
}

/// Least and largest integer of a type.
fn range(kind: i32) -> Result<(f32, f32), String> {
    kind::range(kind).ok_or_else(|| {
        format!("it makes numbers of type {kind}; integers of 4, 8 and 16 bits work")
    })
}

fn quantize(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    if let Value::Const(t) = c.value(0)? {
        return fold(b, whole(c, t)?);
    }
    let codes = codes(c)?;
    let steps = steps(codes)?;
    let op = Op::from(steps.clone());
    if let Some(what) = op.no_number() {
        return Err(what);
    }
    let note = "activations of few bits are rounded and cut to their range in the float network \
                only";
    let note = note.to_owned();
    if !b.notes.contains(&note) {
        b.notes.push(note);
    }
    let (value, pad) = unpadded(b, c.value(0)?);
    let value = bounded(b, c, &value, &steps)?;
    b.coded = Some(codes);
    let rounded = pointwise_on(b, c.name, &value, op)?;
    match (pad, &rounded) {
        (Some((pad, dims)), &Value::Node(id, _)) => {
            b.push(&format!("{}_pad", c.name), pad, vec![id], dims)
        }
        _ => Ok(rounded),
    }
}

/// What stands within zeros, and these with their shape: zeros round to themselves, and belong to
/// the layer that reads them.
fn unpadded(b: &Builder, value: &Value) -> (Value, Option<(Op, Vec<usize>)>) {
    let whole = || (value.clone(), None);
    let Value::Node(id, dims) = value else { return whole() };
    let node = &b.nodes[*id];
    match (&node.op, &node.inputs[..]) {
        (Op::Pad(pad), &[from]) if pad.value == 0.0 => {
            let Shape { channels, height, width } = b.nodes[from].shape;
            let inner = Value::Node(from, vec![1, channels, height, width]);
            (inner, Some((node.op.clone(), dims.clone())))
        }
        _ => whole(),
    }
}

/// What is rounded, from 0 on where the range begins there: exporters leave a ReLU to the rounding,
/// which a chip leaves out. The range ends at what its calibration saw.
fn bounded(b: &mut Builder, c: &Ctx, value: &Value, steps: &Quantized) -> Result<Value, String> {
    let source = match value {
        Value::Node(id, _) => *id,
        Value::View(view) => view.source,
        Value::Const(_) => return Ok(value.clone()),
    };
    if steps.low != 0.0 || b.known[source].bright {
        return Ok(value.clone());
    }
    let high = steps.high * steps.scale;
    let key = (source, high.to_bits());
    let whole = matches!(value, Value::Node(..));
    if let Some(same) = b.saturated.get(&key).filter(|_| whole) {
        return Ok(same.clone());
    }
    let op = Saturation { high }.into();
    let saturated = pointwise_on(b, &format!("{}_relu", c.name), value, op)?;
    if whole {
        b.saturated.insert(key, saturated.clone());
    }
    Ok(saturated)
}

/// What `DequantizeLinear` makes of rounded features: themselves, which no integers stand for here.
pub fn dequantized(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let made = c.inputs.first().and_then(|name| b.codes.get(name));
    let made = made.ok_or("no QuantizeLinear stands before it")?;
    let scale = c.constant(1)?.scalar()?;
    if scale != made.scale {
        return Err(format!("its scale {scale} is not that of QuantizeLinear, {}", made.scale));
    }
    let (zero, kind) = match c.optional_constant(2)? {
        Some(zero) => (zero.scalar()?, zero.kind),
        None => (0.0, made.kind),
    };
    if zero != made.zero {
        return Err(format!("its zero point {zero} is not that of QuantizeLinear, {}", made.zero));
    }
    if kind != made.kind {
        return Err(format!(
            "its zero point's type {kind} is not that of QuantizeLinear, {}",
            made.kind
        ));
    }
    c.value(0).cloned()
}
