//! Powers with a constant exponent.

use super::super::{Builder, Value, tensor};
use super::{Ctx, Reader, before, fold};
use crate::ann::op::Power;

pub const READER: Reader = Reader {
    names: &["Pow"],
    attributes: &[before(7, "axis"), before(7, "broadcast")],
    inputs: &[(0, 2)],
    read: power,
};

fn power(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let exponent = c.constant(1)?;
    let (id, dims) = match c.value(0)? {
        Value::Node(id, dims) => (*id, dims),
        Value::Const(x) => {
            b.spend(tensor::count(&tensor::joined(&x.dims, &exponent.dims)?)?)?;
            return fold(b, x.zip(exponent, f32::powf)?);
        }
    };
    let exponent = exponent.scalar().map_err(|what| format!("its exponent: {what}"))?;
    b.push(c.name, Power { exponent }, vec![id], dims.to_vec())
}
