//! Convolutions.

use super::super::window::Geometry;
use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use crate::ann::op::Conv;

pub const READER: Reader = Reader {
    names: &["Conv"],
    attributes: &[
        since(0, "auto_pad"),
        since(0, "dilations"),
        since(0, "group"),
        since(0, "kernel_shape"),
        since(0, "pads"),
        since(0, "strides"),
    ],
    inputs: &[(0, 3)],
    read: conv,
};

fn conv(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let weight = c.constant(1)?;
    let [out, fan, kh, kw] = weight.dims[..] else {
        return Err(format!("weight of shape {:?} is not [out, in, height, width]", weight.dims));
    };
    if let Some(k) = c.attributes.sizes("kernel_shape")?
        && k != [kh, kw]
    {
        return Err(format!("kernel_shape {k:?} does not fit the weight {:?}", weight.dims));
    }
    let groups = usize::try_from(c.attributes.int("group", 1)?).map_err(|_| "negative group")?;
    let fits = groups > 0 && out % groups == 0 && fan.checked_mul(groups) == Some(channels);
    if !fits || weight.len() == 0 {
        return Err(format!(
            "weight {:?} in {groups} groups does not fit {channels} channels",
            weight.dims
        ));
    }
    let bias = if c.optional(2).is_some() { c.vector(2, out)? } else { vec![0.0; out] };
    let g = Geometry::read(&c.attributes, [kh, kw], [h, w])?;
    b.spend(weight.len() + out)?;
    let op = Conv { window: g.window, groups, weight: weight.floats(), bias };
    b.push(c.name, op, vec![id], vec![1, out, g.out[0], g.out[1]])
}
