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
    let (id, dims) = c.tensor(0)?;
    let &[_, n] = dims else {
        return Err(format!("expected a vector [1, n], found shape {dims:?}"));
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
    b.push(
        c.name,
        Dense { weight: weight.map(|x| alpha * x).floats(), bias },
        vec![id],
        vec![1, out],
    )
}
