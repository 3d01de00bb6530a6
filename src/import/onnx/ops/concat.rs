//! Tensors one after the other.

use std::rc::Rc;

use super::super::node::axis;
use super::super::strided::Strided;
use super::super::tensor::{self, Data, Tensor};
use super::super::{Builder, Value, View, by_channel};
use super::{Ctx, Reader, since};
use crate::ann::op::Concat;

pub const READER: Reader = Reader {
    names: &["Concat"],
    attributes: &[since(0, "axis")],
    inputs: &[(0, usize::MAX)],
    read: concat,
};

fn concat(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let mut dims = c.value(0)?.dims().to_vec();
    if b.opset >= 4 && c.attributes.get("axis").is_none() {
        return Err("axis is missing".into());
    }
    let at = axis(c.attributes.int("axis", 1)?, dims.len())?;
    let mut along = 0usize;
    for i in 0..c.args.len() {
        let other = c.value(i)?.dims();
        let differ = |(axis, (a, b)): (usize, (&usize, &usize))| axis != at && a != b;
        if other.len() != dims.len() || other.iter().zip(&dims).enumerate().any(differ) {
            return Err(format!("shapes {dims:?} and {other:?} differ in more than axis {at}"));
        }
        along = along.checked_add(other[at]).ok_or("too many elements")?;
    }
    dims[at] = along;
    tensor::count(&dims)?;
    let constants =
        (0..c.args.len()).filter(|&i| matches!(c.value(i), Ok(Value::Const(_)))).count();
    if constants == c.args.len() {
        return of_constants(b, c, dims, at);
    }
    if constants > 0 {
        return Err("constants beside features; put them behind the network".into());
    }
    if at == 1 && by_channel(&dims) {
        let inputs = (0..c.args.len()).map(|i| {
            let value = c.value(i)?.clone();
            node(b, &value)
        });
        let inputs = inputs.collect::<Result<_, String>>()?;
        return b.push(c.name, Concat, inputs, dims);
    }
    of_features(b, c, dims, at)
}

fn node(b: &mut Builder, value: &Value) -> Result<usize, String> {
    match b.settle(value)? {
        Value::Node(id, _) => Ok(id),
        _ => Err("a constant where features are expected".into()),
    }
}

/// Along any axis: with that axis first, elements are one after the other.
fn of_features(b: &mut Builder, c: &Ctx, dims: Vec<usize>, at: usize) -> Result<Value, String> {
    let to_front: Vec<usize> =
        std::iter::once(at).chain((0..dims.len()).filter(|&axis| axis != at)).collect();
    let rest = tensor::count(&to_front[1..].iter().map(|&axis| dims[axis]).collect::<Vec<_>>())?;
    let mut inputs = Vec::with_capacity(c.args.len());
    for i in 0..c.args.len() {
        let value = c.value(i)?.clone();
        let n = value.dims()[at];
        let (source, mut strided) = b.seen(&value)?;
        strided.transpose(&to_front)?;
        let name = format!("{}_{i}", c.name);
        let view = View { name, source, strided, dims: vec![1, n, rest] };
        inputs.push(node(b, &Value::View(Rc::new(view)))?);
    }
    let joined = b.push(c.name, Concat, inputs, vec![1, dims[at], rest])?;
    let Value::Node(source, _) = joined else { return Err("features became a constant".into()) };
    let front: Vec<usize> = to_front.iter().map(|&axis| dims[axis]).collect();
    let mut strided = Strided::whole(&front);
    let mut back = vec![0; dims.len()];
    to_front.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
    strided.transpose(&back)?;
    Ok(Value::View(Rc::new(View { name: format!("{}_order", c.name), source, strided, dims })))
}

fn of_constants(b: &mut Builder, c: &Ctx, dims: Vec<usize>, at: usize) -> Result<Value, String> {
    b.spend(tensor::count(&dims)?)?;
    let parts: Vec<_> = (0..c.args.len()).map(|i| c.constant(i)).collect::<Result<_, _>>()?;
    let outer = tensor::count(&dims[..at])?;
    let data = match parts.iter().all(|t| t.is_int()) {
        true => {
            let lists = parts.iter().map(|t| t.ints()).collect::<Result<Vec<_>, _>>()?;
            Data::Int(rows(&lists, outer))
        }
        false => {
            let lists: Vec<Vec<f32>> = parts.iter().map(|t| t.floats()).collect();
            let lists: Vec<&[f32]> = lists.iter().map(|list| &list[..]).collect();
            Data::Float(rows(&lists, outer))
        }
    };
    Ok(Value::Const(Rc::new(Tensor::of_kind(c.constant(0)?.kind, dims, data))))
}

/// The k-th share of each list, for all of `outer` shares.
fn rows<T: Copy>(lists: &[&[T]], outer: usize) -> Vec<T> {
    let share = |list: &[T], k: usize| {
        let n = list.len() / outer.max(1);
        list[k * n..(k + 1) * n].to_vec()
    };
    (0..outer).flat_map(|k| lists.iter().flat_map(move |list| share(list, k))).collect()
}
