//! Tensors one after the other.

use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use crate::ann::op::Concat;

pub const READER: Reader = Reader {
    names: &["Concat"],
    attributes: &[since(0, "axis")],
    inputs: &[(0, usize::MAX)],
    read: concat,
};

fn concat(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let mut dims = c.tensor(0)?.1.to_vec();
    if b.opset >= 4 && c.attributes.get("axis").is_none() {
        return Err("axis is missing".into());
    }
    let axis = c.attributes.int("axis", 1)?;
    let rank = i64::try_from(dims.len()).map_err(|e| e.to_string())?;
    if axis != 1 && axis.checked_add(rank) != Some(1) {
        return Err(format!("axis {axis}: only channels (axis 1) are supported"));
    }
    let mut inputs = Vec::with_capacity(c.args.len());
    let mut channels = 0usize;
    for i in 0..c.args.len() {
        let (id, other) = c.tensor(i)?;
        if other.len() != dims.len() || other[2..] != dims[2..] {
            return Err(format!("shapes {dims:?} and {other:?} differ in more than channels"));
        }
        channels = channels.checked_add(other[1]).ok_or("too many channels")?;
        inputs.push(id);
    }
    dims[1] = channels;
    b.push(c.name, Concat, inputs, dims)
}
