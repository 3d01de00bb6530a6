//! Sums, means and maxima along axes.

use super::super::node::axis;
use super::super::tensor::{self, Data, Tensor};
use super::super::{Builder, Value, by_channel};
use super::arithmetic::scaled;
use super::pool::whole;
use super::rearrange::integers;
use super::{Ctx, Reader, before, fold, since};
use crate::ann::op::{AveragePool, Conv, GlobalAveragePool, MaxPool};
use crate::ann::{Shape, Window};

const REDUCE: Reader = Reader {
    names: &[],
    attributes: &[before(18, "axes"), since(0, "keepdims"), since(18, "noop_with_empty_axes")],
    inputs: &[(0, 1), (18, 2)],
    read: |_, _| Err("it has no operands".into()),
};

pub const MEAN: Reader =
    Reader { names: &["ReduceMean"], read: |b, c| reduce(b, c, Kind::Mean), ..REDUCE };
pub const MAX: Reader =
    Reader { names: &["ReduceMax"], read: |b, c| reduce(b, c, Kind::Max), ..REDUCE };
pub const MIN: Reader =
    Reader { names: &["ReduceMin"], read: |b, c| reduce(b, c, Kind::Min), ..REDUCE };
pub const PROD: Reader =
    Reader { names: &["ReduceProd"], read: |b, c| reduce(b, c, Kind::Prod), ..REDUCE };
pub const SUM: Reader = Reader {
    names: &["ReduceSum"],
    attributes: &[before(13, "axes"), since(0, "keepdims"), since(13, "noop_with_empty_axes")],
    inputs: &[(0, 1), (13, 2)],
    read: |b, c| reduce(b, c, Kind::Sum),
};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sum,
    Mean,
    Max,
    Min,
    Prod,
}

fn reduce(b: &mut Builder, c: &Ctx, kind: Kind) -> Result<Value, String> {
    let value = c.value(0)?;
    let dims = value.dims().to_vec();
    let list = integers(c, "axes", 1)?.unwrap_or_default();
    if list.is_empty() && c.attributes.int("noop_with_empty_axes", 0)? != 0 {
        return Ok(value.clone());
    }
    let mut gone = vec![list.is_empty(); dims.len()];
    for &at in &list {
        gone[axis(at, dims.len())?] = true;
    }
    let keep = c.attributes.int("keepdims", 1)? != 0;
    let left: Vec<usize> = (0..dims.len())
        .filter(|&at| keep || !gone[at])
        .map(|at| if gone[at] { 1 } else { dims[at] })
        .collect();
    if let Value::Const(t) = value {
        return constant(b, t, &gone, left, kind);
    }
    let settled = b.settle(value)?;
    let found = features(b, c, &settled, &gone, kind)?;
    Ok(b.shaped(c.name, &found, left))
}

/// Of a constant, in its own kind of numbers.
fn constant(
    b: &mut Builder,
    t: &Tensor,
    gone: &[bool],
    left: Vec<usize>,
    kind: Kind,
) -> Result<Value, String> {
    let kept = |at: usize| if gone[at] { 1 } else { t.dims[at] };
    let slots: Vec<usize> = (0..t.dims.len()).map(kept).collect();
    let n = tensor::count(&slots)?;
    let slot = tensor::slots(&t.dims, &slots);
    let joined = t.len().checked_div(n).unwrap_or(0);
    if joined == 0 {
        return Err("it reduces nothing to a number".into());
    }
    let data = match &t.data {
        Data::Int(v) => {
            let mut sums: Vec<Option<i64>> = vec![None; n];
            for (&x, &at) in v.iter().zip(&slot) {
                let sum = match (sums[at], kind) {
                    (None, _) => Some(x),
                    (Some(y), Kind::Sum | Kind::Mean) => y.checked_add(x),
                    (Some(y), Kind::Prod) => y.checked_mul(x),
                    (Some(y), Kind::Max) => Some(y.max(x)),
                    (Some(y), Kind::Min) => Some(y.min(x)),
                };
                sums[at] = Some(sum.ok_or("numbers beyond 64 bits")?);
            }
            let share = if kind == Kind::Mean { joined as i64 } else { 1 };
            Data::Int(sums.into_iter().map(|sum| sum.unwrap_or(0) / share).collect())
        }
        Data::Float(v) => {
            let mut sums: Vec<Option<f32>> = vec![None; n];
            for (&x, &at) in v.iter().zip(&slot) {
                sums[at] = Some(match (sums[at], kind) {
                    (None, _) => x,
                    (Some(y), Kind::Sum | Kind::Mean) => y + x,
                    (Some(y), Kind::Prod) => y * x,
                    (Some(y), Kind::Max) => y.max(x),
                    (Some(y), Kind::Min) => y.min(x),
                });
            }
            let share = if kind == Kind::Mean { joined as f32 } else { 1.0 };
            Data::Float(sums.into_iter().map(|sum| sum.unwrap_or(0.0) / share).collect())
        }
    };
    fold(b, Tensor::new(left, data).wrapped(t.kind)?)
}

/// Of features: pools over the map, a convolution over the channels.
fn features(
    b: &mut Builder,
    c: &Ctx,
    value: &Value,
    gone: &[bool],
    kind: Kind,
) -> Result<Value, String> {
    let &Value::Node(mut id, ref dims) = value else { return Err("it is a constant".into()) };
    let reduced: Vec<usize> = (0..dims.len()).filter(|&at| gone[at] && dims[at] > 1).collect();
    if reduced.is_empty() {
        return Ok(value.clone());
    }
    if !by_channel(dims) {
        return Err(format!("shape {dims:?}: images, sequences and vectors work"));
    }
    if kind == Kind::Prod {
        return Err("a product of features; sums, means and maxima work".into());
    }
    if kind == Kind::Min {
        let turned = scaled(b, &format!("{}_negative", c.name), value, -1.0)?;
        let most = features(b, c, &turned, gone, Kind::Max)?;
        return scaled(b, &format!("{}_least", c.name), &most, -1.0);
    }
    let mut shape = b.nodes[id].shape;
    let has = |at: usize| reduced.contains(&at);
    let mut sums = 1;
    if has(2) || has(3) {
        let kernel = [if has(2) { shape.height } else { 1 }, if has(3) { shape.width } else { 1 }];
        let to =
            Shape { height: shape.height / kernel[0], width: shape.width / kernel[1], ..shape };
        let global = [to.height, to.width] == [1, 1];
        let stride = kernel;
        let op = match kind {
            Kind::Max => MaxPool { window: Window { stride, ..whole(kernel)? } }.into(),
            _ if global => GlobalAveragePool.into(),
            _ => {
                let window = Window { stride, ..whole(kernel)? };
                AveragePool { window, count_pad: false }.into()
            }
        };
        let name = if has(1) { format!("{}_map", c.name) } else { c.name.to_owned() };
        id = b.place(&name, op, vec![id], to)?;
        shape = to;
        sums = kernel[0] * kernel[1];
    }
    if has(1) {
        if kind == Kind::Max {
            return Err("a maximum over channels; one over rows and columns works".into());
        }
        let n = shape.channels;
        b.spend(n)?;
        let weight = vec![if kind == Kind::Mean { 1.0 / n as f32 } else { 1.0 }; n];
        let window = whole([1, 1])?;
        let op = Conv { window, groups: 1, weight, bias: vec![0.0] };
        shape.channels = 1;
        id = b.place(c.name, op.into(), vec![id], shape)?;
    }
    let node = Value::Node(id, vec![1, shape.channels, shape.height, shape.width]);
    match kind == Kind::Sum && sums > 1 {
        true => scaled(b, &format!("{}_sum", c.name), &node, sums as f32),
        false => Ok(node),
    }
}
