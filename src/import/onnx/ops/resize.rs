//! Nearest neighbours: cells repeated by whole factors, or chosen one by one.

use super::super::node::sizes;
use super::super::{Builder, Value, tensor};
use super::rearrange::rearrange;
use super::{Ctx, Reader, before, between, since};
use crate::ann::op::Upsample;

pub const RESIZE: Reader = Reader {
    names: &["Resize"],
    attributes: &[
        since(0, "mode"),
        since(11, "coordinate_transformation_mode"),
        since(11, "nearest_mode"),
        // They say what other modes do.
        since(11, "cubic_coeff_a"),
        since(11, "exclude_outside"),
        since(11, "extrapolation_value"),
        since(18, "antialias"),
        since(18, "axes"),
        since(18, "keep_aspect_ratio_policy"),
    ],
    inputs: &[(0, 2), (11, 4)],
    read: |b, c| resize(b, c, false),
};

pub const UPSAMPLE: Reader = Reader {
    names: &["Upsample"],
    attributes: &[
        since(0, "mode"),
        before(7, "height_scale"),
        before(7, "width_scale"),
        between(7, 9, "scales"),
    ],
    inputs: &[(0, 1), (9, 2)],
    read: |b, c| resize(b, c, true),
};

fn resize(b: &mut Builder, c: &Ctx, upsample: bool) -> Result<Value, String> {
    let map = c.map(0)?;
    let mode = c.attributes.text("mode", "nearest")?;
    if mode != "nearest" {
        return Err(format!("mode {mode} is not supported; nearest is"));
    }
    let rule = if !upsample && b.opset >= 11 { Rule::read(c)? } else { Rule::OLD };
    let from = map.dims(map.channels, map.size);
    let ratios = ratios(b, c, upsample, &from)?;
    let fits = ratios.len() == from.len() && ratios[0].1 == 1 && ratios[1].1 == map.channels;
    if !fits {
        let factors: Vec<f32> = ratios.iter().map(|&(ratio, _)| ratio).collect();
        return Err(format!("factors {factors:?}: expected factors in height and width only"));
    }
    let to: Vec<usize> = ratios.iter().map(|&(_, n)| n).collect();
    if tensor::count(&to)? == 0 {
        return Err(format!("shape {to:?} is empty"));
    }
    b.spend(to[2..].iter().sum())?;
    let cells: Vec<Vec<usize>> =
        (2..to.len()).map(|axis| rule.cells(from[axis], to[axis], ratios[axis].0)).collect();
    let repeats = |axis: usize| {
        let factor = to[axis] / from[axis];
        let whole = factor > 0 && to[axis] == factor * from[axis];
        let plain = |(at, &cell): (usize, &usize)| cell == at / factor;
        (whole && cells[axis - 2].iter().enumerate().all(plain)).then_some(factor)
    };
    let columns = if map.sequence { Some(1) } else { repeats(3) };
    if let (Some(y), Some(x)) = (repeats(2), columns) {
        return b.push(c.name, Upsample { factor: [y, x] }, vec![map.id], to);
    }
    rearrange(b, c.name, c.value(0)?, |strided| {
        cells.iter().enumerate().for_each(|(n, cells)| strided.pick(n + 2, cells));
        Ok(())
    })
}

/// Which cell of the input an output cell takes.
#[derive(Clone, Copy)]
struct Rule<'a> {
    place: &'a str,
    nearest: &'a str,
}

impl<'a> Rule<'a> {
    /// The only one before opset 11. ONNX Runtime takes the next cell where features shrink, and
    /// the one before where they grow; the specification leaves it open.
    const OLD: Rule<'static> = Rule { place: "asymmetric", nearest: "old" };

    fn read(c: &'a Ctx) -> Result<Rule<'a>, String> {
        let place = c.attributes.text("coordinate_transformation_mode", "half_pixel")?;
        let nearest = c.attributes.text("nearest_mode", "round_prefer_floor")?;
        let places = ["asymmetric", "half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn"];
        let kinds = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"];
        if !places.contains(&place) || !kinds.contains(&nearest) {
            return Err(format!("{place} with {nearest} is not supported"));
        }
        if c.attributes.get("axes").is_some() {
            return Err("axes are not supported".into());
        }
        let policy = c.attributes.text("keep_aspect_ratio_policy", "stretch")?;
        if policy != "stretch" || c.attributes.int("antialias", 0)? != 0 {
            return Err(format!(
                "keep_aspect_ratio_policy {policy} or antialias are not supported"
            ));
        }
        Ok(Rule { place, nearest })
    }

    /// For each of `to` cells one of `from`; in floats of 32 bits, as ONNX Runtime has it.
    fn cells(self, from: usize, to: usize, ratio: f32) -> Vec<usize> {
        let cell = |at: usize| {
            let x = at as f32;
            let place = match self.place {
                "asymmetric" => x / ratio,
                "tf_half_pixel_for_nn" => (x + 0.5) / ratio,
                "pytorch_half_pixel" if to == 1 => 0.0,
                _ => (x + 0.5) / ratio - 0.5,
            };
            let whole = match self.nearest {
                "old" if ratio < 1.0 => place.ceil(),
                "floor" | "old" => place.floor(),
                "ceil" => place.ceil(),
                "round_prefer_floor" => (place - 0.5).ceil(),
                _ => (place + 0.5).floor(),
            };
            (whole.max(0.0) as usize).min(from - 1)
        };
        (0..to).map(cell).collect()
    }
}

/// Factor and size of each axis.
fn ratios(
    b: &Builder,
    c: &Ctx,
    upsample: bool,
    from: &[usize],
) -> Result<Vec<(f32, usize)>, String> {
    let at = if upsample || b.opset < 11 { 1 } else { 2 };
    let scales = match c.optional_constant(at)? {
        Some(t) => t.floats(),
        None if upsample && b.opset < 7 => {
            let side = |name: &str| c.attributes.float(name, f32::NAN);
            vec![1.0, 1.0, side("height_scale")?, side("width_scale")?]
        }
        None => c.attributes.floats("scales")?.map_or_else(Vec::new, <[f32]>::to_vec),
    };
    if scales.is_empty() && upsample {
        return Err("scales are missing".into());
    }
    if scales.is_empty() {
        let sizes = sizes(c.constant(3)?.ints()?)?;
        if sizes.len() != from.len() {
            return Err(format!("sizes {sizes:?}: expected {} numbers", from.len()));
        }
        // One image of the file's batch.
        let own = |(axis, (&n, &d)): (usize, (&usize, &usize))| match axis {
            0 if n == b.batch => (1.0, 1),
            _ => (n as f32 / d as f32, n),
        };
        return Ok(sizes.iter().zip(from).enumerate().map(own).collect());
    }
    let grown = |(&ratio, &n): (&f32, &usize)| {
        // In floats of 32 bits, as ONNX Runtime has it: 10 times 0.7 is 7 there.
        let size = (ratio * n as f32).floor();
        match (1.0..=1e9).contains(&size) {
            true => Ok((ratio, size as usize)),
            false => Err(format!("factor {ratio}: expected one above 0, of sober size")),
        }
    };
    scales.iter().zip(from).map(grown).collect()
}
