//! Other shapes.

use super::super::tensor::{self, Tensor};
use super::super::{Builder, Value, batch, by_channel};
use super::{Ctx, Reader, before, fold, since};
use crate::ann::op::Reshape;

pub const FLATTEN: Reader = Reader {
    names: &["Flatten"],
    attributes: &[since(0, "axis")],
    inputs: &[(0, 1)],
    read: |b, c| reshape(b, c, true),
};

pub const RESHAPE: Reader = Reader {
    names: &["Reshape"],
    attributes: &[before(5, "shape"), since(14, "allowzero")],
    inputs: &[(0, 1), (5, 2)],
    read: |b, c| reshape(b, c, false),
};

fn reshape(b: &mut Builder, c: &Ctx, flatten: bool) -> Result<Value, String> {
    let value = c.value(0)?;
    let from = value.dims();
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
        wished(b, c, n)?
    };
    if tensor::count(&to)? != n {
        return Err(format!("shape {from:?} cannot become {to:?}"));
    }
    match value {
        Value::Const(t) => fold(b, Tensor::of_kind(t.kind, to, t.data.clone())),
        Value::Node(id, _) if by_channel(&to) => b.push(c.name, Reshape, vec![*id], to),
        _ => Ok(b.shaped(c.name, value, to)),
    }
}

/// The shape that a node asks for, of one image.
fn wished(b: &Builder, c: &Ctx, n: usize) -> Result<Vec<usize>, String> {
    let value = c.value(0)?;
    let wish = match b.opset {
        ..5 => c.attributes.ints("shape")?.ok_or("shape is missing")?,
        _ => c.constant(1)?.ints()?,
    };
    let allow_zero = c.attributes.int("allowzero", 0)? != 0;
    let wishes = match value {
        Value::Const(_) => vec![wish.to_vec()],
        _ => batch::shapes(b.batch, wish)?,
    };
    let shapes = || wishes.iter().map(|wish| target(wish, value.dims(), n, allow_zero));
    let fits = |to: &Vec<usize>| tensor::count(to) == Ok(n);
    match shapes().flatten().find(fits) {
        Some(to) => Ok(to),
        None => shapes().next_back().unwrap_or_else(|| Err("it has no shape".into())),
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
