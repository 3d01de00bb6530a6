//! Transposed convolutions.

use super::super::window::{pads, pair};
use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use crate::ann::Window;
use crate::ann::op::ConvTranspose;

pub const READER: Reader = Reader {
    names: &["ConvTranspose"],
    attributes: &[
        since(0, "auto_pad"),
        since(0, "dilations"),
        since(0, "group"),
        since(0, "kernel_shape"),
        since(0, "output_padding"),
        since(0, "output_shape"),
        since(0, "pads"),
        since(0, "strides"),
    ],
    inputs: &[(0, 3)],
    read: conv_transpose,
};

fn conv_transpose(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let map = c.map(0)?;
    let weight = c.constant(1)?;
    let (fan, per_group, kernel) = match weight.dims[..] {
        [fan, out, kh, kw] if !map.sequence => (fan, out, [kh, kw]),
        [fan, out, k] if map.sequence => (fan, out, [k, 1]),
        _ => {
            return Err(format!(
                "weight of shape {:?} is not [in, out, height, width]",
                weight.dims
            ));
        }
    };
    let groups = usize::try_from(c.attributes.int("group", 1)?).map_err(|_| "negative group")?;
    let out = per_group.checked_mul(groups).ok_or("too many channels")?;
    let fits = groups > 0 && fan == map.channels && fan.is_multiple_of(groups);
    if !fits || weight.len() == 0 {
        return Err(format!(
            "weight {:?} in {groups} groups does not fit {} channels",
            weight.dims, map.channels
        ));
    }
    let bias = if c.optional(2).is_some() { c.vector(2, out)? } else { vec![0.0; out] };
    let stride = pair(&c.attributes, "strides", map.sequence)?;
    let dilation = pair(&c.attributes, "dilations", map.sequence)?;
    let given = pads(&c.attributes, map.sequence)?;
    let more = c.attributes.sizes("output_padding")?.unwrap_or_default();
    let wanted = c.attributes.sizes("output_shape")?;
    let auto = c.attributes.text("auto_pad", "NOTSET")?;
    let (mut pad, mut size) = ([0; 2], [0; 2]);
    for axis in 0..if map.sequence { 1 } else { 2 } {
        let more = more.get(axis).copied().unwrap_or(0);
        let extent = kernel[axis].checked_sub(1).and_then(|k| k.checked_mul(dilation[axis]));
        let extent = extent.and_then(|k| k.checked_add(1 + more)).ok_or("bad kernel size")?;
        let steps = map.size[axis].saturating_sub(1).checked_mul(stride[axis]);
        let full = steps.and_then(|n| n.checked_add(extent)).ok_or("size too large")?;
        let target = match (&wanted, auto) {
            (Some(list), _) => list.get(axis).copied(),
            (None, "SAME_UPPER" | "SAME_LOWER") => map.size[axis].checked_mul(stride[axis]),
            _ => None,
        };
        let (before, behind) = match (target, auto) {
            (Some(target), _) => {
                let all = full.saturating_sub(target);
                // The larger half lies where the name says.
                let small = all / 2;
                if auto == "SAME_UPPER" { (small, all - small) } else { (all - small, small) }
            }
            (None, "NOTSET" | "") => (given[axis], given[axis + 2]),
            (None, "VALID") => (0, 0),
            (None, other) => return Err(format!("auto_pad {other} is not supported")),
        };
        pad[axis] = before;
        size[axis] =
            match (target, before.checked_add(behind).and_then(|all| full.checked_sub(all))) {
                (Some(target), _) => target,
                (None, Some(size)) if size > 0 => size,
                _ => return Err("its padding leaves nothing".into()),
            };
    }
    if map.sequence {
        size[1] = 1;
    }
    b.spend(weight.len() + out)?;
    let window = Window { kernel, stride, pad, dilation };
    if !crate::ann::check::window(&window) {
        return Err("its window is too large".into());
    }
    let op = ConvTranspose { window, groups, weight: weight.floats(), bias };
    b.push(c.name, op, vec![map.id], map.dims(out, size))
}
