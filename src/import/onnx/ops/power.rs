//! Powers with a constant exponent.

use super::super::{Builder, Value, tensor};
use super::{Ctx, Reader, before, fold, pointwise_on};
use crate::ann::op::Power;

pub const READER: Reader = Reader {
    names: &["Pow"],
    attributes: &[before(7, "axis"), before(7, "broadcast")],
    inputs: &[(0, 2)],
    read: power,
};

fn power(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let exponent = c.constant(1)?;
    if let Value::Const(x) = c.value(0)? {
        b.spend(tensor::count(&tensor::joined(&x.dims, &exponent.dims)?)?)?;
        return fold(b, x.zip(exponent, f32::powf)?);
    }
    let exponent = exponent.scalar().map_err(|what| format!("its exponent: {what}"))?;
    pointwise_on(b, c.name, c.value(0)?, Power { exponent }.into())
}
