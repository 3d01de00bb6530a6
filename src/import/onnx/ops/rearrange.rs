//! Elements in another order: no node is made until something reads them as they stand.

use std::rc::Rc;

use super::super::node::{axis, sizes};
use super::super::strided::Strided;
use super::super::tensor;
use super::super::{Builder, Value, View, batch};
use super::{Ctx, Reader, before, since};

pub const TRANSPOSE: Reader = Reader {
    names: &["Transpose"],
    attributes: &[since(0, "perm")],
    inputs: &[(0, 1)],
    read: transpose,
};

pub const SLICE: Reader = Reader {
    names: &["Slice"],
    attributes: &[before(10, "starts"), before(10, "ends"), before(10, "axes")],
    inputs: &[(0, 1), (10, 5)],
    read: slice,
};

pub const SPLIT: Reader = Reader {
    names: &["Split"],
    attributes: &[since(0, "axis"), before(13, "split"), since(18, "num_outputs")],
    inputs: &[(0, 2), (2, 1), (13, 2)],
    read: split,
};

pub const GATHER: Reader =
    Reader { names: &["Gather"], attributes: &[since(0, "axis")], inputs: &[(0, 2)], read: gather };

pub const SQUEEZE: Reader = Reader {
    names: &["Squeeze"],
    attributes: &[before(13, "axes")],
    inputs: &[(0, 1), (13, 2)],
    read: squeeze,
};

pub const UNSQUEEZE: Reader = Reader {
    names: &["Unsqueeze"],
    attributes: &[before(13, "axes")],
    inputs: &[(0, 1), (13, 2)],
    read: unsqueeze,
};

pub const EXPAND: Reader =
    Reader { names: &["Expand"], attributes: &[], inputs: &[(0, 2)], read: expand };

pub const TILE: Reader =
    Reader { names: &["Tile"], attributes: &[], inputs: &[(0, 2)], read: tile };

pub const SPACE_TO_DEPTH: Reader = Reader {
    names: &["SpaceToDepth"],
    attributes: &[since(0, "blocksize")],
    inputs: &[(0, 1)],
    read: space_to_depth,
};

pub const DEPTH_TO_SPACE: Reader = Reader {
    names: &["DepthToSpace"],
    attributes: &[since(0, "blocksize"), since(11, "mode")],
    inputs: &[(0, 1)],
    read: depth_to_space,
};

/// A value with its elements in the order that `change` makes.
pub fn rearrange(
    b: &mut Builder,
    name: &str,
    value: &Value,
    change: impl FnOnce(&mut Strided) -> Result<(), String>,
) -> Result<Value, String> {
    if let Value::Const(t) = value {
        let mut strided = Strided::whole(&t.dims);
        change(&mut strided)?;
        let dims = strided.dims();
        b.spend(tensor::count(&dims)?)?;
        return Ok(Value::Const(Rc::new(t.taken(dims, &strided.places()))));
    }
    let (source, mut strided) = b.seen(value)?;
    change(&mut strided)?;
    let dims = strided.dims();
    tensor::count(&dims)?;
    Ok(Value::View(Rc::new(View { name: name.to_owned(), source, strided, dims })))
}

fn transpose(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let rank = value.dims().len();
    let order = c.attributes.sizes("perm")?.unwrap_or_else(|| (0..rank).rev().collect());
    rearrange(b, c.name, value, |strided| strided.transpose(&order))
}

/// Constant integers of an attribute in old versions, of an input in new ones.
pub fn integers(c: &Ctx, attribute: &str, input: usize) -> Result<Option<Vec<i64>>, String> {
    if let Some(list) = c.attributes.ints(attribute)? {
        return Ok(Some(list.to_vec()));
    }
    c.optional_constant(input)?.map(|t| t.ints().map(<[i64]>::to_vec)).transpose()
}

fn slice(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let dims = value.dims().to_vec();
    let starts = integers(c, "starts", 1)?.ok_or("starts are missing")?;
    let ends = integers(c, "ends", 2)?.ok_or("ends are missing")?;
    let axes = integers(c, "axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = match c.optional_constant(4)? {
        Some(t) => t.ints()?.to_vec(),
        None => vec![1; starts.len()],
    };
    if axes.len() > dims.len() {
        return Err(format!("{} axes of {} dimensions", axes.len(), dims.len()));
    }
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("starts, ends, axes and steps are not equally many".into());
    }
    rearrange(b, c.name, value, |strided| {
        for (n, &at) in axes.iter().enumerate() {
            let at = axis(at, dims.len())?;
            let indices = range(starts[n], ends[n], steps[n], dims[at])?;
            strided.pick(at, &indices);
        }
        Ok(())
    })
}

/// Indices from `start` to before `end`, as ONNX clamps them to an axis of `n`.
fn range(start: i64, end: i64, step: i64, n: usize) -> Result<Vec<usize>, String> {
    let size = i64::try_from(n).map_err(|e| e.to_string())?;
    let from_start = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (start, end) = (from_start(start), from_start(end));
    let indices: Vec<i64> = match step {
        0 => return Err("a step is 0".into()),
        1.. => {
            let (start, end) = (start.clamp(0, size), end.clamp(0, size));
            (start..end).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect()
        }
        _ => {
            let (start, end) = (start.clamp(-1, size - 1), end.clamp(-1, size - 1));
            let step = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
            (end + 1..=start).rev().step_by(step).collect()
        }
    };
    sizes(&indices)
}

fn split(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let dims = value.dims().to_vec();
    let at = axis(c.attributes.int("axis", 0)?, dims.len())?;
    let n = dims[at];
    let parts = match integers(c, "split", 1)? {
        Some(list) => sizes(&list)?,
        None => {
            let outputs = c.attributes.int("num_outputs", c.outputs as i64)?;
            let outputs = usize::try_from(outputs).ok().filter(|&k| (1..=n).contains(&k));
            let outputs = outputs.ok_or_else(|| format!("{n} elements make no so many parts"))?;
            let each = n.div_ceil(outputs);
            (0..outputs).map(|k| each.min(n.saturating_sub(k * each))).collect()
        }
    };
    if parts.iter().try_fold(0usize, |sum, &part| sum.checked_add(part)) != Some(n) {
        return Err(format!("parts of {parts:?} are not the {n} of axis {at}"));
    }
    if parts.len() > c.outputs.max(1) {
        return Err(format!("{} parts for {} outputs", parts.len(), c.outputs));
    }
    let mut first = 0;
    let mut values = Vec::with_capacity(parts.len());
    for (k, &part) in parts.iter().enumerate() {
        let name = format!("{}_{k}", c.name);
        let indices: Vec<usize> = (first..first + part).collect();
        values.push(rearrange(b, &name, value, |strided| {
            strided.pick(at, &indices);
            Ok(())
        })?);
        first += part;
    }
    let mut values = values.into_iter();
    let own = values.next().ok_or("it has no parts")?;
    b.more = values.collect();
    Ok(own)
}

fn gather(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let dims = value.dims().to_vec();
    let at = axis(c.attributes.int("axis", 0)?, dims.len())?;
    let chosen = c.constant(1)?;
    let list = chosen.ints()?.iter().map(|&i| axis(i, dims[at])).collect::<Result<Vec<_>, _>>()?;
    b.spend(list.len())?;
    let found = rearrange(b, c.name, value, |strided| {
        strided.pick(at, &list);
        if chosen.dims.is_empty() {
            strided.remove(at);
        }
        Ok(())
    })?;
    if chosen.dims.len() < 2 {
        return Ok(found);
    }
    let dims = [&dims[..at], &chosen.dims, &dims[at + 1..]].concat();
    tensor::count(&dims)?;
    Ok(b.shaped(c.name, &found, dims))
}

fn squeeze(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let mut dims = value.dims().to_vec();
    let mut gone = match integers(c, "axes", 1)? {
        Some(list) => list.iter().map(|&a| axis(a, dims.len())).collect::<Result<Vec<_>, _>>()?,
        None => (0..dims.len()).filter(|&a| dims[a] == 1).collect(),
    };
    gone.sort_unstable();
    gone.dedup();
    for &at in gone.iter().rev() {
        if dims.remove(at) != 1 {
            return Err(format!("axis {at} of shape {:?} is not 1", value.dims()));
        }
    }
    Ok(b.shaped(c.name, value, dims))
}

fn unsqueeze(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let list = integers(c, "axes", 1)?.ok_or("axes are missing")?;
    let rank = value.dims().len() + list.len();
    let mut added = list.iter().map(|&a| axis(a, rank)).collect::<Result<Vec<_>, _>>()?;
    added.sort_unstable();
    let before = added.len();
    added.dedup();
    if added.len() != before {
        return Err(format!("axes {list:?} name one twice"));
    }
    let mut dims = value.dims().to_vec();
    added.iter().for_each(|&at| dims.insert(at, 1));
    Ok(b.shaped(c.name, value, dims))
}

/// A value repeated to a larger shape, as ONNX broadcasts it.
pub fn stretched(
    b: &mut Builder,
    name: &str,
    value: &Value,
    to: &[usize],
) -> Result<Value, String> {
    let own = value.dims().to_vec();
    if own == to {
        return Ok(value.clone());
    }
    let fits = own.len() <= to.len()
        && own.iter().rev().zip(to.iter().rev()).all(|(&a, &b)| a == b || a == 1);
    if !fits {
        return Err(format!("shape {own:?} cannot become {to:?}"));
    }
    rearrange(b, name, value, |strided| {
        (own.len()..to.len()).for_each(|_| strided.insert(0));
        for (at, &count) in to.iter().enumerate() {
            if strided.axes[at].count() != count {
                strided.stretch(at, count);
            }
        }
        Ok(())
    })
}

fn expand(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (value, wish) = (c.value(0)?, sizes(c.constant(1)?.ints()?)?);
    let wish = match value {
        Value::Const(_) => wish,
        _ => batch::repeated(b.batch, value.dims(), wish),
    };
    let to = tensor::joined(value.dims(), &wish)?;
    tensor::count(&to)?;
    stretched(b, c.name, value, &to)
}

fn tile(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let value = c.value(0)?;
    let own = value.dims().to_vec();
    let times = sizes(c.constant(1)?.ints()?)?;
    if times.len() != own.len() {
        return Err(format!("{} repeats for {} dimensions", times.len(), own.len()));
    }
    if let (false, Some(&times)) = (matches!(value, Value::Const(_)), times.first()) {
        batch::once(b.batch, times)?;
    }
    let grown = own.iter().zip(&times).map(|(&n, &k)| n.checked_mul(k).ok_or("too many repeats"));
    let dims = grown.collect::<Result<Vec<_>, _>>()?;
    tensor::count(&dims)?;
    let found = rearrange(b, c.name, value, |strided| {
        for (at, &count) in times.iter().enumerate() {
            strided.insert(2 * at);
            strided.stretch(2 * at, count);
        }
        Ok(())
    })?;
    Ok(b.shaped(c.name, &found, dims))
}

/// The block size, and channels, height and width.
fn blocks(c: &Ctx) -> Result<(usize, [usize; 3]), String> {
    let size = usize::try_from(c.attributes.int("blocksize", 0)?).ok().filter(|&n| n > 0);
    let size = size.ok_or("blocksize is missing")?;
    match *c.value(0)?.dims() {
        [1, channels, height, width] => Ok((size, [channels, height, width])),
        ref dims => Err(format!("expected an image, found shape {dims:?}")),
    }
}

/// Splits the axes of a value, changes their order, and joins them again.
fn regroup(
    b: &mut Builder,
    c: &Ctx,
    split: &[usize],
    order: &[usize],
    to: Vec<usize>,
) -> Result<Value, String> {
    let value = b.shaped(c.name, c.value(0)?, split.to_vec());
    let found = rearrange(b, c.name, &value, |strided| strided.transpose(order))?;
    Ok(b.shaped(c.name, &found, to))
}

fn space_to_depth(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (n, [channels, height, width]) = blocks(c)?;
    if !height.is_multiple_of(n) || !width.is_multiple_of(n) {
        return Err(format!("blocks of {n} do not divide {height} x {width}"));
    }
    let (rows, columns) = (height / n, width / n);
    let split = [1, channels, rows, n, columns, n];
    // Sizes of the same product as before.
    let to = vec![1, channels * n * n, rows, columns];
    regroup(b, c, &split, &[0, 3, 5, 1, 2, 4], to)
}

fn depth_to_space(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (n, [channels, height, width]) = blocks(c)?;
    let area = n.checked_mul(n).filter(|&area| channels.is_multiple_of(area));
    let area =
        area.ok_or_else(|| format!("blocks of {n} x {n} do not divide {channels} channels"))?;
    let depth = channels / area;
    let to = vec![1, depth, height * n, width * n];
    match c.attributes.text("mode", "DCR")? {
        "DCR" => regroup(b, c, &[1, n, n, depth, height, width], &[0, 3, 4, 1, 5, 2], to),
        "CRD" => regroup(b, c, &[1, depth, n, n, height, width], &[0, 1, 4, 2, 5, 3], to),
        other => Err(format!("mode {other}: DCR and CRD are known")),
    }
}
