//! Values of few bits between layers: rounded to their steps, they stay floats.

use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, pointwise_on, since};
use crate::ann::op::Quantized;
use crate::ann::{NodeId, Op};

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

/// The steps that a node's scale and zero point describe: 8 bits, signed where the zero point is.
fn steps(c: &Ctx) -> Result<Quantized, String> {
    let number = |i: usize| match c.constant(i)?.scalar() {
        Ok(x) => Ok(x),
        Err(_) => Err("steps by channel; one scale for all features works".to_owned()),
    };
    let scale = number(1)?;
    let zero = if c.optional(2).is_some() { number(2)? } else { 0.0 };
    // What is no longer there is the type; a zero point in the middle or below is a signed one.
    let (least, most) = match c.kind(2) {
        Some(3) => (-128.0, 127.0),
        Some(4) => (0.0, 65535.0),
        Some(5) => (-32768.0, 32767.0),
        _ => (0.0, 255.0),
    };
    Ok(Quantized { scale, low: least - zero, high: most - zero })
}

fn quantize(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let op = Op::from(steps(c)?);
    if let Some(what) = op.no_number() {
        return Err(what);
    }
    if let Value::Const(t) = c.value(0)? {
        // Its integers: what follows scales them.
        let (scale, zero) = (
            c.constant(1)?.scalar()?,
            match c.optional_constant(2)? {
                Some(zero) => zero.scalar()?,
                None => 0.0,
            },
        );
        let whole = t.map(|x| op.function(x).unwrap_or(x) / scale + zero);
        let data = whole.floats().iter().map(|x| x.round() as i64).collect();
        let data = super::super::tensor::Data::Int(data);
        return fold(b, super::super::tensor::Tensor::new(whole.dims, data));
    }
    let note = "activations of few bits are rounded in the float network only".to_owned();
    if !b.notes.contains(&note) {
        b.notes.push(note);
    }
    pointwise_on(b, c.name, c.value(0)?, op)
}

/// What `DequantizeLinear` makes of rounded features: themselves, which no integers stand for here.
pub fn dequantized(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let source = match value {
        Value::Node(id, _) => *id,
        Value::View(view) => view.source,
        Value::Const(_) => return Err("it is a constant".into()),
    };
    let scale = c.constant(1)?.scalar()?;
    match rounding(b, source) {
        Some(own) if own == scale => Ok(value.clone()),
        Some(own) => Err(format!("its scale {scale} is not that of QuantizeLinear, {own}")),
        None => Err("no QuantizeLinear stands before it".into()),
    }
}

/// Most nodes between rounding and scaling: pools and other orders.
const MOST_BETWEEN: usize = 16;

/// The scale of the rounding that a node's values come from.
fn rounding(b: &Builder, mut id: NodeId) -> Option<f32> {
    for _ in 0..MOST_BETWEEN {
        let node = &b.nodes[id];
        match &node.op {
            Op::Quantized(Quantized { scale, .. }) => return Some(*scale),
            op if op.form().passes_signs() => id = *node.inputs.first()?,
            _ => return None,
        }
    }
    None
}
