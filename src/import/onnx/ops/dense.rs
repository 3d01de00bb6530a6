//! Products with a constant matrix.

use super::super::{Builder, Value, tensor};
use super::{Ctx, Reader, before, since};
use crate::ann::op::Dense;

pub const GEMM: Reader = Reader {
    names: &["Gemm"],
    attributes: &[
        since(0, "alpha"),
        since(0, "beta"),
        since(0, "transA"),
        since(0, "transB"),
        before(7, "broadcast"),
    ],
    inputs: &[(0, 3)],
    read: |b, c| dense(b, c, true),
};

pub const MATMUL: Reader = Reader {
    names: &["MatMul"],
    attributes: &[],
    inputs: &[(0, 2)],
    read: |b, c| dense(b, c, false),
};

fn dense(b: &mut Builder, c: &Ctx, gemm: bool) -> Result<Value, String> {
    let value = c.value(0)?;
    let &[1, n] = value.dims() else {
        return Err(format!("expected a vector [1, n], found shape {:?}", value.dims()));
    };
    if c.attributes.int("transA", 0)? != 0 {
        return Err("transA is not supported".into());
    }
    let mut weight = c.constant(1)?.as_ref().clone();
    if weight.dims.len() != 2 {
        return Err(format!("weight of shape {:?} is not a matrix", weight.dims));
    }
    if c.attributes.int("transB", 0)? == 0 {
        weight = weight.transpose(&[1, 0])?;
    }
    let out = weight.dims[0];
    if weight.dims[1] != n {
        return Err(format!("the weight takes {} numbers, the input has {n}", weight.dims[1]));
    }
    b.spend(weight.len() + out)?;
    let (alpha, beta) = (c.attributes.float("alpha", 1.0)?, c.attributes.float("beta", 1.0)?);
    let bias = match c.optional_constant(2)? {
        Some(t) if gemm => {
            if b.opset < 7 && c.attributes.int("broadcast", 0)? == 0 && t.dims != [1, out] {
                return Err(format!(
                    "bias of shape {:?}: before opset 7 only broadcast=1 repeats it",
                    t.dims
                ));
            }
            let from = tensor::align(&t.dims, 2)?;
            if from[0] != 1 || (from[1] != 1 && from[1] != out) {
                return Err(format!("bias of shape {:?} does not fit {out} outputs", t.dims));
            }
            tensor::broadcast(&t.map(|x| beta * x).floats(), &from, &[1, out])?
        }
        _ => vec![0.0; out],
    };
    let mut weight = weight.map(|x| alpha * x).floats();
    let id = match value {
        // Elements in another order: weights in that order read them where they are.
        Value::View(view) if view.strided.is_turned(b.nodes[view.source].shape.len()) => {
            let places = view.strided.places();
            for row in weight.chunks_exact_mut(n) {
                let own = row.to_vec();
                places.iter().zip(own).for_each(|(&place, w)| row[place] = w);
            }
            view.source
        }
        value => match b.settle(value)? {
            Value::Node(id, _) => id,
            _ => return Err("input 0 is a constant, which is not supported here".into()),
        },
    };
    b.push(c.name, Dense { weight, bias }, vec![id], vec![1, out])
}
