//! Sums, means, maxima and minima of any number of operands.

use std::rc::Rc;

use super::super::tensor::{self, Tensor};
use super::super::{Builder, Value};
use super::arithmetic::{join, scaled};
use super::{Ctx, Reader, fold, pointwise_on};
use crate::ann::op::{Add, Clip, Relu, Sub};

const MANY: Reader = Reader {
    names: &[],
    attributes: &[],
    inputs: &[(0, usize::MAX)],
    read: |_, _| Err("it has no operands".into()),
};

pub const SUM: Reader = Reader { names: &["Sum"], read: |b, c| sum(b, c, false), ..MANY };
pub const MEAN: Reader = Reader { names: &["Mean"], read: |b, c| sum(b, c, true), ..MANY };
pub const MAX: Reader = Reader { names: &["Max"], read: |b, c| extreme(b, c, true), ..MANY };
pub const MIN: Reader = Reader { names: &["Min"], read: |b, c| extreme(b, c, false), ..MANY };

fn sum(b: &mut Builder, c: &Ctx, mean: bool) -> Result<Value, String> {
    let mut all = c.value(0)?.clone();
    for i in 1..c.args.len() {
        let last = i + 1 == c.args.len() && !mean;
        let name = if last { c.name.to_owned() } else { format!("{}_{i}", c.name) };
        all = join(b, &name, &Add.into(), &all, c.value(i)?)?;
    }
    match mean {
        true => scaled(b, c.name, &all, 1.0 / c.args.len() as f32),
        false => Ok(all),
    }
}

/// Constants together, then tensors one by one: the larger of two is one of them and what the other
/// has more.
fn extreme(b: &mut Builder, c: &Ctx, max: bool) -> Result<Value, String> {
    let (mut bound, mut tensors): (Option<Rc<Tensor>>, Vec<&Value>) = (None, vec![]);
    for i in 0..c.args.len() {
        match c.value(i)? {
            Value::Const(t) => {
                bound = Some(match bound {
                    None => t.clone(),
                    Some(other) => Rc::new(larger(b, &other, t, max)?),
                });
            }
            tensor => tensors.push(tensor),
        }
    }
    let mut all = match (tensors.first(), &bound) {
        (None, None) => return Err("it has no operands".into()),
        (None, Some(t)) => return fold(b, t.as_ref().clone()),
        (Some(&first), _) => first.clone(),
    };
    let named = |last: bool, i: usize, what: &str| match last {
        true => c.name.to_owned(),
        false => format!("{}_{what}{i}", c.name),
    };
    for (i, &other) in tensors.iter().enumerate().skip(1) {
        let (more, less) = if max { (other, &all) } else { (&all, other) };
        let difference = join(b, &named(false, i, "less"), &Sub.into(), more, less)?;
        let beyond = pointwise_on(b, &named(false, i, "more"), &difference, Relu.into())?;
        let last = i + 1 == tensors.len() && bound.is_none();
        let op = if max { Add.into() } else { Sub.into() };
        all = join(b, &named(last, i, "of"), &op, &all, &beyond)?;
    }
    let Some(bound) = bound else { return Ok(all) };
    let bound = bound.scalar().map_err(|what| format!("its constant: {what}"))?;
    let op = match max {
        true if bound == 0.0 => Relu.into(),
        true => Clip { low: bound, high: f32::INFINITY }.into(),
        false => Clip { low: f32::NEG_INFINITY, high: bound }.into(),
    };
    pointwise_on(b, c.name, &all, op)
}

fn larger(b: &mut Builder, x: &Tensor, y: &Tensor, max: bool) -> Result<Tensor, String> {
    b.spend(tensor::count(&tensor::joined(&x.dims, &y.dims)?)?)?;
    if x.is_int() && y.is_int() {
        return x.zip_ints(y, |a, z| Some(if max { a.max(z) } else { a.min(z) }));
    }
    x.zip(y, |a, z| if max { a.max(z) } else { a.min(z) })
}
