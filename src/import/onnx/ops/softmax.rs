//! Softmax along an axis.

use super::super::node::axis;
use super::super::tensor;
use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use crate::ann::op::Softmax;

pub const READER: Reader = Reader {
    names: &["Softmax"],
    attributes: &[since(0, "axis")],
    inputs: &[(0, 1)],
    read: |b, c| softmax(b, c, false),
};

pub const LOG: Reader = Reader {
    names: &["LogSoftmax"],
    attributes: &[since(0, "axis")],
    inputs: &[(0, 1)],
    read: |b, c| softmax(b, c, true),
};

fn softmax(b: &mut Builder, c: &Ctx, log: bool) -> Result<Value, String> {
    let (id, dims) = c.tensor(0)?;
    // Before version 13 all dimensions from the axis on were one.
    let old = b.opset < 13;
    let at = axis(c.attributes.int("axis", if old { 1 } else { -1 })?, dims.len())?;
    let behind = tensor::count(&dims[at + 1..])?;
    let (count, stride) = if old { (dims[at] * behind, 1) } else { (dims[at], behind) };
    b.push(c.name, Softmax { count, stride, log }, vec![id], dims.to_vec())
}
