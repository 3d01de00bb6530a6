//! A constant around a tensor, or what lies at its border.
//!
//! Zeros around features stand in the layer that reads them where it takes them for what they are.
//! Around the image they stay: it is padded before the first layer.

use std::rc::Rc;

use super::super::node::{axis, map_of, sizes};
use super::super::window::Geometry;
use super::super::{Builder, Value, View, tensor};
use super::rearrange::rearrange;
use super::{Ctx, Reader, before, between, since};
use crate::ann::op::{Affine, Concat, Pad, Slice};
use crate::ann::{NodeId, Op, Shape, check};

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
    let value = c.value(0)?;
    let given = match c.optional_constant(1)? {
        Some(t) => t.ints()?.to_vec(),
        None if b.opset < 2 => {
            c.attributes.ints("paddings")?.ok_or("paddings are missing")?.to_vec()
        }
        None => c.attributes.ints("pads")?.ok_or("pads are missing")?.to_vec(),
    };
    let (begin, end) = by_axis(c, &given, value.dims().len())?;
    let mode = c.attributes.text("mode", "constant")?;
    if mode != "constant" {
        return from_border(b, c, mode, &sizes(&begin)?, &sizes(&end)?);
    }
    let fill = match c.optional_constant(2)? {
        Some(t) => t.scalar()?,
        None => c.attributes.bound("value", 0.0)?,
    };
    let Some((inner, order)) = turned(b, value)? else {
        return within(b, c, value, &begin, &end, fill);
    };
    // The tensor itself is padded, and seen in the same order.
    let own = |list: &[i64]| {
        let mut own = vec![0; order.len()];
        order.iter().zip(list).for_each(|(&axis, &n)| own[axis] = n);
        own
    };
    let padded = within(b, c, &inner, &own(&begin), &own(&end), fill)?;
    rearrange(b, c.name, &padded, |strided| strided.transpose(&order))
}

/// The tensor that a view shows with its axes in another order, and that order.
fn turned(b: &mut Builder, value: &Value) -> Result<Option<(Value, Vec<usize>)>, String> {
    if !matches!(value, Value::View(_)) {
        return Ok(None);
    }
    let (source, strided) = b.seen(value)?;
    let Shape { channels, height, width } = b.nodes[source].shape;
    let dims = vec![1, channels, height, width];
    let order = strided.order(&dims).filter(|_| strided.dims() == value.dims());
    let order = order.filter(|order| !order.is_sorted());
    Ok(order.map(|order| (Value::Node(source, dims), order)))
}

/// Cuts, then pads.
fn within(
    b: &mut Builder,
    c: &Ctx,
    value: &Value,
    begin: &[i64],
    end: &[i64],
    fill: f32,
) -> Result<Value, String> {
    let value = cut(b, c, value, begin, end)?;
    let grown = |list: &[i64]| sizes(&list.iter().map(|&n| n.max(0)).collect::<Vec<_>>());
    let (begin, end) = (grown(begin)?, grown(end)?);
    if begin.iter().chain(&end).all(|&n| n == 0) {
        return Ok(value);
    }
    let settled = b.settle(&value)?;
    constant(b, c, &settled, &begin, &end, fill)
}

/// What negative pads leave of a value.
fn cut(
    b: &mut Builder,
    c: &Ctx,
    value: &Value,
    begin: &[i64],
    end: &[i64],
) -> Result<Value, String> {
    let dims = value.dims().to_vec();
    let taken = |n: i64| usize::try_from(n.min(0).unsigned_abs()).unwrap_or(usize::MAX);
    let cuts: Vec<[usize; 2]> =
        begin.iter().zip(end).map(|(&begin, &end)| [begin, end].map(taken)).collect();
    if cuts.iter().all(|cut| *cut == [0, 0]) {
        return Ok(value.clone());
    }
    let nothing = |(&n, cut): (&usize, &[usize; 2])| cut[0].saturating_add(cut[1]) >= n;
    if dims.iter().zip(&cuts).any(nothing) {
        return Err(format!("negative pads leave nothing of shape {dims:?}"));
    }
    rearrange(b, c.name, value, |strided| {
        for (axis, [before, behind]) in cuts.into_iter().enumerate() {
            if (before, behind) != (0, 0) {
                strided.pick(axis, &(before..dims[axis] - behind).collect::<Vec<_>>());
            }
        }
        Ok(())
    })
}

/// A number around an image or a sequence.
fn constant(
    b: &mut Builder,
    c: &Ctx,
    value: &Value,
    begin: &[usize],
    end: &[usize],
    fill: f32,
) -> Result<Value, String> {
    let (id, map) = match value {
        Value::Node(id, dims) => (*id, map_of(*id, dims)?),
        _ => return Err("a constant where features are expected".into()),
    };
    let ([0, before, front @ ..], [0, behind, back @ ..]) = (begin, end) else {
        return Err("it pads a batch; one image is read at a time".into());
    };
    let side = |list: &[usize], at: usize| list.get(at).copied().unwrap_or(0);
    let pad = [side(front, 0), side(front, 1), side(back, 0), side(back, 1)];
    let sum = |n: usize, a: usize, z: usize| {
        n.checked_add(a).and_then(|n| n.checked_add(z)).ok_or("padding too large")
    };
    let size = [sum(map.size[0], pad[0], pad[2])?, sum(map.size[1], pad[1], pad[3])?];
    let (mut id, mut channels) = (id, map.channels);
    if (*before, *behind) != (0, 0) {
        channels = sum(channels, *before, *behind)?;
        id = beside(b, c, id, [*before, *behind], fill)?;
    }
    let dims = map.dims(channels, size);
    if pad == [0; 4] {
        return Ok(Value::Node(id, dims));
    }
    // It is kept as zeros, and as a mark that none but a maximum may read them.
    let lowest = fill == f32::NEG_INFINITY || fill == f32::MIN;
    let value = if lowest { 0.0 } else { fill };
    let padded = b.push(c.name, Pad { pad, value }, vec![id], dims)?;
    if let (Value::Node(id, _), true) = (&padded, lowest) {
        let name = c.inputs.get(2).map_or("value", |name| &name[..]);
        b.lowest.insert(*id, format!("'{name}' holds {fill}"));
    }
    Ok(padded)
}

/// Channels of one number before and behind those of a node: its own, scaled by 0.
fn beside(
    b: &mut Builder,
    c: &Ctx,
    id: NodeId,
    counts: [usize; 2],
    fill: f32,
) -> Result<NodeId, String> {
    let shape = b.nodes[id].shape;
    tensor::count(&[counts[0].saturating_add(counts[1]), shape.height, shape.width])?;
    let scaled = Affine { scale: vec![0.0; shape.channels], shift: vec![fill; shape.channels] };
    let blank = b.place(&format!("{}_blank", c.name), scaled.into(), vec![id], shape)?;
    let blanks = |b: &mut Builder, count: usize| -> Result<Vec<NodeId>, String> {
        let mut parts = vec![blank; count / shape.channels];
        let channels = count % shape.channels;
        if channels > 0 {
            let part = Shape { channels, ..shape };
            let name = format!("{}_part", c.name);
            parts.push(b.place(&name, Slice { first: 0 }.into(), vec![blank], part)?);
        }
        Ok(parts)
    };
    let (before, behind) = (blanks(b, counts[0])?, blanks(b, counts[1])?);
    let channels = shape.channels + counts[0] + counts[1];
    let parts = [before, vec![id], behind].concat();
    b.place(&format!("{}_channels", c.name), Concat.into(), parts, Shape { channels, ..shape })
}

/// Padding before and behind each axis.
fn by_axis(c: &Ctx, given: &[i64], rank: usize) -> Result<(Vec<i64>, Vec<i64>), String> {
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
        tensor::count(&dims)?;
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
