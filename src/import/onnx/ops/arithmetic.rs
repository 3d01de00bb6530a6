//! Sums, differences, products and quotients of tensors and constants.

use std::rc::Rc;

use super::super::tensor::{self, Tensor};
use super::super::{Builder, Value, View, batch, by_channel};
use super::rearrange::stretched;
use super::{Ctx, Reader, before, fold, pointwise_on};
use crate::ann::op::{Add, Affine, AffineMap, Div, Mul, Reciprocal, Reshape, Sub, Upsample};
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
    read: |b, c| scaled(b, c.name, c.value(0)?, -1.0),
};

/// One of the four operations of two operands.
fn binary(b: &mut Builder, c: &Ctx, op: Op) -> Result<Value, String> {
    let (x, y) = (c.value(0)?, c.value(1)?);
    if b.opset >= 7 {
        return join(b, c.name, &op, x, y);
    }
    match (x, y) {
        (_, Value::Const(k)) => {
            let dims = second(c, b.opset, x.dims(), &k.dims)?;
            let k = Value::Const(Rc::new(Tensor::of_kind(k.kind, dims, k.data.clone())));
            join(b, c.name, &op, x, &k)
        }
        // The tensor is the second operand, which may have to be repeated: then it is not
        // supported.
        (Value::Const(k), y) if k.dims != y.dims() => {
            Err(format!("constant of shape {:?} before a tensor of shape {:?}", k.dims, y.dims()))
        }
        _ => join(b, c.name, &op, x, y),
    }
}

/// A value times a number.
pub fn scaled(b: &mut Builder, name: &str, value: &Value, factor: f32) -> Result<Value, String> {
    if let Value::Const(t) = value {
        let whole = if factor == -1.0 { t.ints().ok() } else { None };
        let Some(whole) = whole else { return fold(b, t.map(|x| factor * x)) };
        let turned = whole.iter().map(|x| x.checked_neg()).collect::<Option<_>>();
        let data = tensor::Data::Int(turned.ok_or("a number beyond 64 bits")?);
        return fold(b, Tensor::new(t.dims.clone(), data).wrapped(t.kind)?);
    }
    on_elements(b, value, |b, id| {
        let shape = b.nodes[id].shape;
        b.spend(2 * shape.channels)?;
        let (scale, shift) = (vec![factor; shape.channels], vec![0.0; shape.channels]);
        b.place(name, Affine { scale, shift }.into(), vec![id], shape)
    })
}

/// What `change` makes of a node, seen as the value sees the node: where each element stays in its
/// place, the order does not matter. Elsewhere they are put in order first.
pub fn on_elements(
    b: &mut Builder,
    value: &Value,
    change: impl FnOnce(&mut Builder, NodeId) -> Result<NodeId, String>,
) -> Result<Value, String> {
    if let Value::View(view) = value
        && view.strided.is_turned(b.nodes[view.source].shape.len())
    {
        let source = change(b, view.source)?;
        let (name, strided, dims) = (view.name.clone(), view.strided.clone(), view.dims.clone());
        return Ok(Value::View(Rc::new(View { name, source, strided, dims })));
    }
    match b.settle(value)? {
        Value::Node(id, dims) => Ok(Value::Node(change(b, id)?, dims)),
        _ => Err("a constant where features are expected".into()),
    }
}

/// One of the four operations of two values, as all versions since 7 broadcast them.
pub fn join(b: &mut Builder, name: &str, op: &Op, x: &Value, y: &Value) -> Result<Value, String> {
    match (x, y) {
        (Value::Const(x), Value::Const(y)) => constants(b, op, x, y),
        (x, Value::Const(k)) => with_constant(b, name, op, x, k, false),
        (Value::Const(k), y) => with_constant(b, name, op, y, k, true),
        (x, y) => tensors(b, name, op, x, y),
    }
}

fn constants(b: &mut Builder, op: &Op, x: &Tensor, y: &Tensor) -> Result<Value, String> {
    divisor(op, y)?;
    // Before anything is made of that size.
    b.spend(tensor::count(&tensor::joined(&x.dims, &y.dims)?)?)?;
    if x.is_int() && y.is_int() {
        let whole: fn(i64, i64) -> Option<i64> = match op {
            Op::Add(_) => i64::checked_add,
            Op::Sub(_) => i64::checked_sub,
            Op::Mul(_) => i64::checked_mul,
            _ => i64::checked_div,
        };
        return fold(b, x.zip_ints(y, whole)?);
    }
    let f: fn(f32, f32) -> f32 = match op {
        Op::Add(_) => |x, y| x + y,
        Op::Sub(_) => |x, y| x - y,
        Op::Mul(_) => |x, y| x * y,
        _ => |x, y| x / y,
    };
    fold(b, x.zip(y, f)?)
}

/// Of two tensors, the smaller one repeated.
fn tensors(b: &mut Builder, name: &str, op: &Op, x: &Value, y: &Value) -> Result<Value, String> {
    if let (Value::View(left), Value::View(right)) = (x, y) {
        let turned = left.strided.is_turned(b.nodes[left.source].shape.len());
        let shapes = b.nodes[left.source].shape == b.nodes[right.source].shape;
        if turned && shapes && left.strided == right.strided && left.dims == right.dims {
            let other = right.source;
            return on_elements(b, x, |b, id| {
                let shape = b.nodes[id].shape;
                b.place(name, op.clone(), vec![id, other], shape)
            });
        }
    }
    let dims = tensor::joined(x.dims(), y.dims())
        .map_err(|_| format!("shapes {:?} and {:?} differ", x.dims(), y.dims()))?;
    tensor::count(&dims)?;
    let x = repeated(b, &format!("{name}_left"), x, &dims)?;
    let y = repeated(b, &format!("{name}_right"), y, &dims)?;
    match (x, y) {
        (Value::Node(x, dims), Value::Node(y, _)) => b.push(name, op.clone(), vec![x, y], dims),
        _ => Err("a tensor became a constant".into()),
    }
}

/// The node of a value repeated to a larger shape.
fn repeated(b: &mut Builder, name: &str, value: &Value, to: &[usize]) -> Result<Value, String> {
    if let (&[1, c, 1, 1], &[1, same, height, width]) = (value.dims(), to)
        && c == same
        && let Value::Node(id, _) = b.settle(value)?
    {
        return match [height, width] {
            [1, 1] => Ok(Value::Node(id, to.to_vec())),
            factor => b.push(name, Upsample { factor }, vec![id], to.to_vec()),
        };
    }
    let value = stretched(b, name, value, to)?;
    b.settle(&value)
}

/// Of a tensor and a constant; `left`: the constant is the first operand.
fn with_constant(
    b: &mut Builder,
    name: &str,
    op: &Op,
    value: &Value,
    k: &Rc<Tensor>,
    left: bool,
) -> Result<Value, String> {
    let k = &batch::constant(b.batch, value.dims(), k)?;
    if left && matches!(op, Op::Div(_)) {
        return quotient(b, name, value, k);
    }
    if !left {
        divisor(op, k)?;
    }
    let value = enlarged(b, name, value, &k.dims)?;
    let dims = value.dims().to_vec();
    let from = tensor::align(&k.dims, dims.len())?;
    if from.iter().zip(&dims).any(|(&k, &d)| k != 1 && k != d) {
        return Err(format!("constant of shape {:?} does not fit shape {dims:?}", k.dims));
    }
    let single = k.len() == 1;
    let turned = match &value {
        Value::View(v) if !single && v.strided.is_turned(b.nodes[v.source].shape.len()) => {
            Some(v.clone())
        }
        _ => None,
    };
    on_elements(b, &value, |b, id| {
        let shape = b.nodes[id].shape;
        let along = from.iter().enumerate().all(|(axis, &d)| axis == 1 || d == 1);
        let channels = turned.is_none() && along && (single || by_channel(&dims));
        let n = if channels { shape.channels } else { shape.len() };
        b.spend(n.saturating_mul(2))?;
        let k = match (single, channels) {
            (true, _) => vec![k.floats()[0]; n],
            (_, true) => k.floats(),
            _ => tensor::broadcast(&k.floats(), &from, &dims)?,
        };
        let (k, channels) = match turned {
            Some(view) => in_place(&view, &k, shape.height * shape.width),
            None => (k, channels),
        };
        let n = k.len();
        let (scale, shift) = match op {
            Op::Add(_) => (vec![1.0; n], k),
            Op::Sub(_) if left => (vec![-1.0; n], k),
            Op::Sub(_) => (vec![1.0; n], k.iter().map(|x| -x).collect()),
            Op::Mul(_) => (k, vec![0.0; n]),
            _ => (k.iter().map(|x| 1.0 / x).collect(), vec![0.0; n]),
        };
        let op = match channels {
            true => Op::Affine(Affine { scale, shift }),
            false => Op::AffineMap(AffineMap { scale, shift }),
        };
        b.place(name, op, vec![id], shape)
    })
}

/// A value with as many dimensions, and as large ones, as a constant has.
fn enlarged(b: &mut Builder, name: &str, value: &Value, k: &[usize]) -> Result<Value, String> {
    let own = value.dims().to_vec();
    let lifted = match k.len().checked_sub(own.len()) {
        None | Some(0) => value.clone(),
        Some(more) => {
            let dims = [vec![1; more], own].concat();
            match value {
                Value::Node(id, _) => b.push(&format!("{name}_shape"), Reshape, vec![*id], dims)?,
                other => b.shaped(name, other, dims),
            }
        }
    };
    let to = tensor::joined(lifted.dims(), k)
        .map_err(|_| format!("constant of shape {k:?} does not fit shape {:?}", lifted.dims()))?;
    if to == lifted.dims() {
        return Ok(lifted);
    }
    tensor::count(&to)?;
    repeated(b, &format!("{name}_repeated"), &lifted, &to)
}

/// Numbers of a view's elements in the order of its node; by channel where those of each are one.
fn in_place(view: &View, k: &[f32], plane: usize) -> (Vec<f32>, bool) {
    let mut turned = vec![0.0; k.len()];
    view.strided.places().iter().zip(k).for_each(|(&place, &k)| turned[place] = k);
    let alike = |channel: &[f32]| channel.iter().all(|&k| k == channel[0]);
    match turned.chunks_exact(plane.max(1)).all(alike) {
        true => (turned.iter().step_by(plane.max(1)).copied().collect(), true),
        false => (turned, false),
    }
}

/// A constant divided by a tensor.
fn quotient(b: &mut Builder, name: &str, value: &Value, k: &Tensor) -> Result<Value, String> {
    let Ok(factor) = k.scalar() else {
        return Err(format!("a constant of shape {:?} over a tensor: one number works", k.dims));
    };
    if factor == 1.0 {
        return pointwise_on(b, name, value, Reciprocal.into());
    }
    let over = pointwise_on(b, &format!("{name}_reciprocal"), value, Reciprocal.into())?;
    scaled(b, name, &over, factor)
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
