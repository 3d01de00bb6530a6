//! A constant around a tensor, or what lies at its border.
//!
//! Zeros around features stand in the layer that reads them where it takes them for what they are.
//! Around the image they stay: it is padded before the first layer.

use std::rc::Rc;

use super::super::node::{axis, sizes};
use super::super::window::Geometry;
use super::super::{Builder, Value, View};
use super::{Ctx, Reader, before, between, since};
use crate::ann::op::Pad;
use crate::ann::{NodeId, Op, check};

pub const READER: Reader = Reader {
    names: &["Pad"],
    attributes: &[
        since(0, "mode"),
        before(11, "value"),
        before(2, "paddings"),
        between(2, 11, "pads"),
    ],
    inputs: &[(0, 1), (11, 3), (18, 4)],
    read: pad,
};

fn pad(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, dims) = c.tensor(0)?;
    let given = match c.optional_constant(1)? {
        Some(t) => sizes(t.ints()?)?,
        None if b.opset < 2 => c.attributes.sizes("paddings")?.ok_or("paddings are missing")?,
        None => c.attributes.sizes("pads")?.ok_or("pads are missing")?,
    };
    let (begin, end) = by_axis(c, &given, dims.len())?;
    let mode = c.attributes.text("mode", "constant")?;
    if mode != "constant" {
        return from_border(b, c, mode, &begin, &end);
    }
    let value = match c.optional_constant(2)? {
        Some(t) => t.scalar()?,
        None => c.attributes.bound("value", 0.0)?,
    };
    let map = c.map(0)?;
    let ([0, 0, front @ ..], [0, 0, back @ ..]) = (&begin[..], &end[..]) else {
        return Err(format!("pads {given:?}: expected zeros for batch and channels"));
    };
    let side = |list: &[usize], at: usize| list.get(at).copied().unwrap_or(0);
    let pad = [side(front, 0), side(front, 1), side(back, 0), side(back, 1)];
    let sum = |n: usize, a: usize, z: usize| {
        n.checked_add(a).and_then(|n| n.checked_add(z)).ok_or("padding too large")
    };
    let size = [sum(map.size[0], pad[0], pad[2])?, sum(map.size[1], pad[1], pad[3])?];
    let dims = map.dims(map.channels, size);
    // It is kept as zeros, and as a mark that none but a maximum may read them.
    let lowest = value == f32::NEG_INFINITY || value == f32::MIN;
    let (given_value, value) = (value, if lowest { 0.0 } else { value });
    let padded = b.push(c.name, Pad { pad, value }, vec![id], dims)?;
    if let (Value::Node(id, _), true) = (&padded, lowest) {
        let name = c.inputs.get(2).map_or("value", |name| &name[..]);
        b.lowest.insert(*id, format!("'{name}' holds {given_value}"));
    }
    Ok(padded)
}

/// Padding before and behind each axis.
fn by_axis(c: &Ctx, given: &[usize], rank: usize) -> Result<(Vec<usize>, Vec<usize>), String> {
    let axes: Vec<usize> = match c.optional_constant(3)? {
        Some(t) => t.ints()?.iter().map(|&a| axis(a, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    if given.len() != 2 * axes.len() {
        return Err(format!("pads {given:?}: expected {} numbers", 2 * axes.len()));
    }
    let (mut begin, mut end) = (vec![0; rank], vec![0; rank]);
    for (n, &axis) in axes.iter().enumerate() {
        (begin[axis], end[axis]) = (given[n], given[axes.len() + n]);
    }
    Ok((begin, end))
}

/// Repeats or mirrors what lies at the border.
fn from_border(
    b: &mut Builder,
    c: &Ctx,
    mode: &str,
    begin: &[usize],
    end: &[usize],
) -> Result<Value, String> {
    let value = c.value(0)?;
    let (source, mut strided) = b.seen(value)?;
    let mut dims = strided.dims();
    for axis in 0..dims.len() {
        let (n, before, behind) = (dims[axis], begin[axis], end[axis]);
        if before == 0 && behind == 0 {
            continue;
        }
        let most = match mode {
            "edge" => usize::MAX,
            "reflect" => n.saturating_sub(1),
            "wrap" => n,
            _ => return Err(format!("mode {mode}: constant, edge, reflect and wrap work")),
        };
        if before > most || behind > most {
            return Err(format!("mode {mode} pads {n} cells by {} at most", most));
        }
        let whole = n.checked_add(before).and_then(|sum| sum.checked_add(behind));
        let whole = whole.ok_or("padding too large")?;
        b.spend(whole)?;
        let cell = |at: usize| match (mode, at < before, at - before.min(at)) {
            ("edge", true, _) => 0,
            ("edge", _, inside) => inside.min(n - 1),
            ("wrap", true, _) => n - before + at,
            ("wrap", _, inside) => inside % n,
            (_, true, _) => before - at,
            (_, _, inside) if inside >= n => 2 * (n - 1) - inside,
            (_, _, inside) => inside,
        };
        strided.pick(axis, &(0..whole).map(cell).collect::<Vec<_>>());
        dims[axis] = whole;
        super::super::tensor::count(&dims)?;
    }
    Ok(Value::View(Rc::new(View { name: c.name.to_owned(), source, strided, dims })))
}

/// What a layer makes of zeros around what it reads.
#[derive(Clone, Copy, PartialEq)]
pub enum Reading {
    Sums,
    Average { count_pad: bool },
    Maximum,
}

/// The node that a window reads in place of the padded `id`, with the padding in its geometry; `id`
/// itself where that would be something else.
pub fn taken_in(b: &Builder, id: NodeId, g: &mut Geometry, reading: Reading) -> NodeId {
    let Op::Pad(Pad { pad: [top, left, bottom, right], value: 0.0 }) = b.nodes[id].op else {
        return id;
    };
    let from = b.nodes[id].inputs[0];
    let mut window = g.window;
    window.pad = [window.pad[0] + top, window.pad[1] + left];
    let extent = |axis: usize| (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    let ends = [g.pad_end[0] + bottom, g.pad_end[1] + right];
    let inside = (0..2).all(|axis| window.pad[axis].max(ends[axis]) < extent(axis));
    let own = g.window.pad != [0, 0] || g.pad_end != [0, 0];
    let (lowest, known) = (b.lowest.contains_key(&id), b.known[from]);
    let fits = match reading {
        Reading::Sums => !lowest && !known.of_image,
        Reading::Average { count_pad } => {
            !lowest && !known.of_image && inside && !g.overhang && (count_pad || !own)
        }
        Reading::Maximum => inside && (lowest || !known.of_image && known.positive),
    };
    if !fits || !check::window(&window) {
        return id;
    }
    g.window = window;
    g.pad_end = ends;
    from
}
