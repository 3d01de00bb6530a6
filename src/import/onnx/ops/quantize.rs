//! Values of few bits between layers: rounded to their steps, they stay floats.

use super::super::codes::Codes;
use super::super::kind;
use super::super::tensor::{Data, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, pointwise_on, since};
use crate::ann::Op;
use crate::ann::op::{Clip, Quantized};

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
    let asked = i32::try_from(c.attributes.int("output_dtype", 0)?).unwrap_or(-1);
    let (zero, kind) = match (c.optional_constant(2)?, asked) {
        (None, 0) => (0.0, UINT8),
        (None, asked) => (0.0, asked),
        (Some(zero), asked) if asked != 0 && asked != zero.kind => {
            return Err(format!("output_dtype {asked} is not the zero point's, {}", zero.kind));
        }
        (Some(zero), _) => (number(2)?, zero.kind),
    };
    Ok(Codes { scale, zero, kind })
}

/// The steps of these integers.
fn steps(codes: Codes) -> Result<Quantized, String> {
    let Codes { scale, zero, kind } = codes;
    let (least, most) = kind::range(kind).ok_or_else(|| {
        format!("it makes numbers of type {kind}; integers of 4, 8 and 16 bits work")
    })?;
    Ok(Quantized { scale, low: least - zero, high: most - zero })
}

fn quantize(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let codes = codes(c)?;
    let steps = steps(codes)?;
    let op = Op::from(steps.clone());
    if let Some(what) = op.no_number() {
        return Err(what);
    }
    if let Value::Const(t) = c.value(0)? {
        // Its integers: what follows scales them.
        let whole = t.map(|x| op.function(x).unwrap_or(x) / codes.scale + codes.zero);
        let data = whole.floats().iter().map(|x| x.round() as i64).collect();
        return fold(b, Tensor::of_kind(codes.kind, whole.dims, Data::Int(data)));
    }
    let note = "activations of few bits are rounded and cut to their range in the float network \
                only";
    let note = note.to_owned();
    if !b.notes.contains(&note) {
        b.notes.push(note);
    }
    let value = bounded(b, c, &steps)?;
    b.coded = Some(codes);
    pointwise_on(b, c.name, &value, op)
}

/// What is rounded, in its bounds where 0 is one of them: exporters leave a ReLU or a clip there
/// to the rounding, which a chip leaves out.
fn bounded(b: &mut Builder, c: &Ctx, steps: &Quantized) -> Result<Value, String> {
    let value = c.value(0)?;
    let bright = match value {
        Value::Node(id, _) => b.known[*id].bright,
        Value::View(view) => b.known[view.source].bright,
        Value::Const(_) => return Ok(value.clone()),
    };
    let Quantized { scale, low, high } = *steps;
    if !(low == 0.0 && !bright || high == 0.0) {
        return Ok(value.clone());
    }
    let clip = Clip { low: low * scale, high: high * scale };
    pointwise_on(b, &format!("{}_clip", c.name), value, clip.into())
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
