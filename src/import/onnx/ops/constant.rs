//! Constants.

use super::super::tensor::{Data, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use std::rc::Rc;

pub const READER: Reader = Reader {
    names: &["Constant"],
    attributes: &[
        since(0, "value"),
        since(0, "value_float"),
        since(0, "value_floats"),
        since(0, "value_int"),
        since(0, "value_ints"),
    ],
    inputs: &[(0, 0)],
    read: constant,
};

fn constant(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let vector = |data: Data, n: usize| Tensor::new(vec![n], data);
    let scalar = |data: Data| Tensor::new(vec![], data);
    let a = c.attributes.0.first().ok_or("it has no value")?;
    let t = match (&a.name[..], &a.t) {
        ("value", Some(t)) => Tensor::decode(t)?,
        ("value_float", _) => scalar(Data::Float(vec![a.f])),
        ("value_int", _) => scalar(Data::Int(vec![a.i])),
        ("value_floats", _) => vector(Data::Float(a.floats.clone()), a.floats.len()),
        ("value_ints", _) => vector(Data::Int(a.ints.clone()), a.ints.len()),
        (other, _) => return Err(format!("attribute {other} is not supported")),
    };
    // It may be a bound, which may be infinite.
    b.spend(t.len())?;
    Ok(Value::Const(Rc::new(t)))
}
