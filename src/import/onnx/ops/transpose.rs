//! Other orders of axes.

use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, since};

pub const READER: Reader = Reader {
    names: &["Transpose"],
    attributes: &[since(0, "perm")],
    inputs: &[(0, 1)],
    read: transpose,
};

fn transpose(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let t = c.constant(0)?;
    let order = c.attributes.sizes("perm")?.unwrap_or_else(|| (0..t.dims.len()).rev().collect());
    fold(b, t.transpose(&order)?)
}
