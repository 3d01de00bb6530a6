//! A constant around a tensor.

use super::super::node::sizes;
use super::super::{Builder, Value};
use super::{Ctx, Reader, before, between, since};
use crate::ann::op::Pad;

pub const READER: Reader = Reader {
    names: &["Pad"],
    attributes: &[
        since(0, "mode"),
        before(11, "value"),
        before(2, "paddings"),
        between(2, 11, "pads"),
    ],
    inputs: &[(0, 1), (11, 4)],
    read: pad,
};

fn pad(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let mode = c.attributes.text("mode", "constant")?;
    if mode != "constant" || c.optional(3).is_some() {
        return Err(format!("mode {mode} or axes are not supported"));
    }
    let pads = match c.optional_constant(1)? {
        Some(t) => sizes(t.ints()?)?,
        None if b.opset < 2 => c.attributes.sizes("paddings")?.ok_or("paddings are missing")?,
        None => c.attributes.sizes("pads")?.ok_or("pads are missing")?,
    };
    let value = match c.optional_constant(2)? {
        Some(t) => t.scalar()?,
        None => c.attributes.float("value", 0.0)?,
    };
    let [0, 0, top, left, 0, 0, bottom, right] = pads[..] else {
        return Err(format!("pads {pads:?}: expected 8 numbers, zero for batch and channels"));
    };
    let sum = |n: usize, a: usize, z: usize| {
        n.checked_add(a).and_then(|n| n.checked_add(z)).ok_or("padding too large")
    };
    let dims = vec![1, channels, sum(h, top, bottom)?, sum(w, left, right)?];
    b.push(c.name, Pad { pad: [top, left, bottom, right], value }, vec![id], dims)
}
