//! Shapes as constants, and constants made of shapes.

use std::rc::Rc;

use super::super::node::sizes;
use super::super::tensor::{self, Data, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, since};

pub const SHAPE: Reader = Reader {
    names: &["Shape"],
    attributes: &[since(15, "start"), since(15, "end")],
    inputs: &[(0, 1)],
    read: shape,
};

pub const SIZE: Reader = Reader {
    names: &["Size"],
    attributes: &[],
    inputs: &[(0, 1)],
    read: |b, c| {
        let n = tensor::count(c.value(0)?.dims())? as i64;
        fold(b, Tensor::new(vec![], Data::Int(vec![n])))
    },
};

pub const CONSTANT_OF_SHAPE: Reader = Reader {
    names: &["ConstantOfShape"],
    attributes: &[since(0, "value")],
    inputs: &[(0, 1)],
    read: constant_of_shape,
};

pub const RANGE: Reader =
    Reader { names: &["Range"], attributes: &[], inputs: &[(0, 3)], read: range };

pub const CAST: Reader = Reader {
    names: &["Cast"],
    attributes: &[since(0, "to"), since(19, "saturate"), since(24, "round_mode")],
    inputs: &[(0, 1)],
    read: cast,
};

fn shape(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let dims = c.value(0)?.dims();
    let rank = i64::try_from(dims.len()).map_err(|e| e.to_string())?;
    let place = |at: i64| if at < 0 { at.saturating_add(rank) } else { at }.clamp(0, rank) as usize;
    let start = place(c.attributes.int("start", 0)?);
    let end = place(c.attributes.int("end", rank)?).max(start);
    let list: Vec<i64> = dims[start..end].iter().map(|&d| d as i64).collect();
    fold(b, Tensor::new(vec![list.len()], Data::Int(list)))
}

fn constant_of_shape(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let dims = sizes(c.constant(0)?.ints()?)?;
    let n = tensor::count(&dims)?;
    b.spend(n)?;
    let value = c.attributes.get("value").and_then(|a| a.t.as_ref());
    let value = value.map(Tensor::decode).transpose()?;
    let one = |len: usize| match len {
        1 => Ok(()),
        n => Err(format!("its value has {n} elements, not one")),
    };
    let kind = value.as_ref().map(|t| t.kind);
    let data = match value.map(|t| t.data) {
        None => Data::Float(vec![0.0; n]),
        Some(Data::Float(v)) => one(v.len()).map(|()| Data::Float(vec![v[0]; n]))?,
        Some(Data::Int(v)) => one(v.len()).map(|()| Data::Int(vec![v[0]; n]))?,
    };
    let made = match kind {
        Some(kind) => Tensor::of_kind(kind, dims, data),
        None => Tensor::new(dims, data),
    };
    Ok(Value::Const(Rc::new(made)))
}

fn range(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let [start, limit, delta] = [c.constant(0)?, c.constant(1)?, c.constant(2)?];
    let [from, to, step] = [start.scalar()?, limit.scalar()?, delta.scalar()?].map(f64::from);
    let count = ((to - from) / step).ceil().max(0.0);
    if !count.is_finite() || count > 1e9 {
        return Err(format!("a range from {from} to {to} by {step} has no end"));
    }
    let n = tensor::count(&[count as usize])?;
    b.spend(n)?;
    let data = match (start.ints(), delta.ints()) {
        (Ok(&[start]), Ok(&[delta])) => {
            let at = |k: usize| start.checked_add(delta.checked_mul(k as i64)?);
            Data::Int((0..n).map(at).collect::<Option<_>>().ok_or("numbers beyond 64 bits")?)
        }
        _ => Data::Float((0..n).map(|k| (from + k as f64 * step) as f32).collect()),
    };
    fold(b, Tensor::of_kind(start.kind, vec![n], data))
}

/// Types whose numbers are floats here.
const FLOATS: [i64; 4] = [1, 10, 11, 16];
/// Those whose numbers are integers, and 9, which is true or false.
const INTEGERS: [i64; 10] = [2, 3, 4, 5, 6, 7, 12, 13, 21, 22];

fn cast(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    // Before version 6 the type was a word.
    let to = match c.attributes.text("to", "") {
        Ok("FLOAT" | "DOUBLE" | "FLOAT16") => 1,
        Ok("INT64" | "INT32") => 7,
        _ => c.attributes.int("to", 0)?,
    };
    let value = c.value(0)?;
    let Value::Const(t) = value else {
        return match FLOATS.contains(&to) {
            true => Ok(value.clone()),
            false => Err("a cast of features to whole numbers; cast to float works".into()),
        };
    };
    let data = match (to, &t.data) {
        (9, _) => Data::Int(t.floats().iter().map(|&x| i64::from(x != 0.0)).collect()),
        (to, data) if INTEGERS.contains(&to) => match data {
            Data::Int(v) => Data::Int(v.clone()),
            Data::Float(v) => Data::Int(v.iter().map(|&x| x as i64).collect()),
        },
        (to, _) if FLOATS.contains(&to) => Data::Float(t.floats()),
        _ => return Err(format!("type {to} is not supported")),
    };
    b.spend(t.len())?;
    let kind = i32::try_from(to).map_err(|e| e.to_string())?;
    Ok(Value::Const(Rc::new(Tensor::new(t.dims.clone(), data).wrapped(kind)?)))
}
