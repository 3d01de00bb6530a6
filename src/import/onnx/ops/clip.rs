//! Clips.

use super::super::{Builder, Value};
use super::{Ctx, Reader, before, pointwise};
use crate::ann::Op;
use crate::ann::op::Clip;

pub const READER: Reader = Reader {
    names: &["Clip"],
    attributes: &[before(11, "min"), before(11, "max")],
    inputs: &[(0, 1), (11, 3)],
    read: clip,
};

fn clip(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let bound = |i: usize, attribute: &str, free: f32| match c.optional_constant(i)? {
        Some(t) => t.scalar(),
        None => c.attributes.bound(attribute, free),
    };
    let low = bound(1, "min", f32::NEG_INFINITY)?;
    let high = bound(2, "max", f32::INFINITY)?;
    if let Some(what) = Op::from(Clip { low, high }).no_number() {
        return Err(what);
    }
    pointwise(b, c, Clip { low, high }.into())
}
