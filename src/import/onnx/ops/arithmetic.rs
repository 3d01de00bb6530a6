//! Sums, differences, products and quotients of tensors and constants.

use super::super::tensor::{self, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, before, fold};
use crate::ann::op::{Add, Affine, AffineMap, Div, Mul, Reciprocal, Reshape, Sub};
use crate::ann::{NodeId, Op};

const BINARY: Reader = Reader {
    names: &[],
    attributes: &[before(7, "axis"), before(7, "broadcast")],
    inputs: &[(0, 2)],
    read: |_, _| Err("it has no operands".into()),
};

pub const ADD: Reader = Reader { names: &["Add"], read: |b, c| binary(b, c, Add.into()), ..BINARY };

pub const SUB: Reader = Reader { names: &["Sub"], read: |b, c| binary(b, c, Sub.into()), ..BINARY };

pub const MUL: Reader = Reader { names: &["Mul"], read: |b, c| binary(b, c, Mul.into()), ..BINARY };

pub const DIV: Reader = Reader { names: &["Div"], read: |b, c| binary(b, c, Div.into()), ..BINARY };

pub const NEG: Reader = Reader {
    names: &["Neg"],
    attributes: &[],
    inputs: &[(0, 1)],
    read: |b, c| {
        let (id, dims) = match c.value(0)? {
            Value::Const(t) => return fold(b, t.map(|x| -x)),
            Value::Node(id, dims) => (*id, dims),
        };
        let channels = b.nodes[id].shape.channels;
        b.spend(2 * channels)?;
        let op = Affine { scale: vec![-1.0; channels], shift: vec![0.0; channels] };
        b.push(c.name, op, vec![id], dims.clone())
    },
};

/// One of the four operations of two operands.
pub fn binary(b: &mut Builder, c: &Ctx, op: Op) -> Result<Value, String> {
    let f: fn(f32, f32) -> f32 = match op {
        Op::Add(_) => |x, y| x + y,
        Op::Sub(_) => |x, y| x - y,
        Op::Mul(_) => |x, y| x * y,
        _ => |x, y| x / y,
    };
    // `left`: the constant is the first operand.
    let (id, dims, k, left) = match (c.value(0)?, c.value(1)?) {
        (Value::Const(x), Value::Const(y)) => {
            let y = Tensor::new(second(c, b.opset, &x.dims, &y.dims)?, y.data.clone());
            divisor(&op, &y)?;
            // Before anything is made of that size.
            b.spend(tensor::count(&tensor::joined(&x.dims, &y.dims)?)?)?;
            return fold(b, x.zip(&y, f)?);
        }
        (Value::Node(x, dx), Value::Node(y, dy)) => {
            if dx != dy {
                return Err(format!("shapes {dx:?} and {dy:?} differ"));
            }
            return b.push(c.name, op, vec![*x, *y], dx.clone());
        }
        (Value::Node(id, dims), Value::Const(k)) => (*id, dims.clone(), k, false),
        (Value::Const(k), Value::Node(id, dims)) => (*id, dims.clone(), k, true),
    };
    if left && matches!(op, Op::Div(_)) {
        return quotient(b, c, (id, dims), k);
    }
    let own = if left {
        // The tensor is the second operand, which may have to be repeated: then it is not
        // supported.
        if b.opset < 7 && k.dims != dims {
            return Err(format!(
                "constant of shape {:?} before a tensor of shape {dims:?}",
                k.dims
            ));
        }
        k.dims.clone()
    } else {
        divisor(&op, k)?;
        second(c, b.opset, &dims, &k.dims)?
    };
    // The result has as many dimensions as the larger of both.
    let (id, dims) = match own.len().checked_sub(dims.len()) {
        None | Some(0) => (id, dims),
        Some(more) => {
            let lifted = [vec![1; more], dims].concat();
            match b.push(&format!("{}_shape", c.name), Reshape, vec![id], lifted)? {
                Value::Node(id, dims) => (id, dims),
                Value::Const(_) => return Err("a tensor became a constant".into()),
            }
        }
    };
    let from = tensor::align(&own, dims.len())?;
    if from.iter().zip(&dims).any(|(&k, &d)| k != 1 && k != d) {
        return Err(format!("constant of shape {:?} does not fit shape {dims:?}", k.dims));
    }
    let by_channel = from.iter().enumerate().all(|(axis, &d)| axis == 1 || d == 1);
    let to = if by_channel {
        (0..dims.len()).map(|axis| if axis == 1 { dims[1] } else { 1 }).collect()
    } else {
        dims.clone()
    };
    let n = tensor::count(&to)?;
    b.spend(n.saturating_mul(2))?;
    let k = tensor::broadcast(&k.floats(), &from, &to)?;
    let (scale, shift) = match op {
        Op::Add(_) => (vec![1.0; n], k),
        Op::Sub(_) if left => (vec![-1.0; n], k),
        Op::Sub(_) => (vec![1.0; n], k.iter().map(|x| -x).collect()),
        Op::Mul(_) => (k, vec![0.0; n]),
        _ => (k.iter().map(|x| 1.0 / x).collect(), vec![0.0; n]),
    };
    let op = if by_channel {
        Op::Affine(Affine { scale, shift })
    } else {
        Op::AffineMap(AffineMap { scale, shift })
    };
    b.push(c.name, op, vec![id], dims)
}

/// A constant divided by a tensor.
fn quotient(
    b: &mut Builder,
    c: &Ctx,
    (id, dims): (NodeId, Vec<usize>),
    k: &Tensor,
) -> Result<Value, String> {
    let Ok(factor) = k.scalar() else {
        return Err(format!("a constant of shape {:?} over a tensor: one number works", k.dims));
    };
    if factor == 1.0 {
        return b.push(c.name, Reciprocal, vec![id], dims);
    }
    let name = format!("{}_reciprocal", c.name);
    let Value::Node(over, dims) = b.push(&name, Reciprocal, vec![id], dims)? else {
        return Err("a tensor became a constant".into());
    };
    let channels = b.nodes[over].shape.channels;
    b.spend(2 * channels)?;
    let op = Affine { scale: vec![factor; channels], shift: vec![0.0; channels] };
    b.push(c.name, op, vec![over], dims)
}

/// The shape of the second operand as all versions since 7 read it. Before, it lies along some
/// dimensions of the first, the last ones or those from `axis` on, and only where `broadcast` says
/// so.
fn second(c: &Ctx, opset: i64, first: &[usize], second: &[usize]) -> Result<Vec<usize>, String> {
    if opset >= 7 || first == second {
        return Ok(second.to_vec());
    }
    if c.attributes.int("broadcast", 0)? == 0 {
        return Err(format!(
            "shapes {first:?} and {second:?} differ, and opset {opset} needs broadcast=1 then"
        ));
    }
    if second.iter().all(|&d| d == 1) {
        return Ok(vec![]);
    }
    let misfit =
        || format!("shape {second:?} does not lie along shape {first:?} there (broadcast, axis)");
    let rank = i64::try_from(first.len()).map_err(|e| e.to_string())?;
    let behind = first.len().checked_sub(second.len()).ok_or_else(misfit)?;
    let axis = c.attributes.int("axis", i64::try_from(behind).map_err(|e| e.to_string())?)?;
    let axis = usize::try_from(if axis < 0 { axis.saturating_add(rank) } else { axis });
    let axis = axis.ok().filter(|&axis| axis <= behind).ok_or_else(misfit)?;
    if first[axis..].iter().zip(second).any(|(&f, &s)| s != 1 && s != f) {
        return Err(misfit());
    }
    Ok([second, &vec![1; behind - axis][..]].concat())
}

/// Refuses a division by zero.
fn divisor(op: &Op, k: &Tensor) -> Result<(), String> {
    let zero =
        if matches!(op, Op::Div(_)) { k.floats().iter().position(|&x| x == 0.0) } else { None };
    match zero {
        None => Ok(()),
        Some(at) => {
            Err(format!("it divides by zero: element {at} of its constant of shape {:?}", k.dims))
        }
    }
}
