//! Nearest neighbours.

use super::super::{Builder, Value};
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
    let (id, dims @ [channels, h, w]) = c.image(0)?;
    let mode = c.attributes.text("mode", "nearest")?;
    if mode != "nearest" {
        return Err(format!("mode {mode} is not supported"));
    }
    // Before opset 11 the rule was the one now called asymmetric with floor. With whole factors the
    // half-pixel rules round to the same cells.
    if !upsample && b.opset >= 11 {
        let rule = c.attributes.text("coordinate_transformation_mode", "half_pixel")?;
        let nearest = c.attributes.text("nearest_mode", "round_prefer_floor")?;
        match (rule, nearest) {
            ("asymmetric" | "tf_half_pixel_for_nn", "floor") => {}
            ("half_pixel" | "pytorch_half_pixel", "round_prefer_floor" | "round_prefer_ceil") => {}
            _ => return Err(format!("{rule} with {nearest} is not supported")),
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
    }
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
    let ratios = if !scales.is_empty() {
        scales.iter().map(|&s| f64::from(s)).collect::<Vec<_>>()
    } else {
        let sizes = c.constant(3)?.ints()?;
        let from = [1, dims[0], dims[1], dims[2]];
        if sizes.len() != from.len() {
            return Err(format!("sizes {sizes:?}: expected 4 numbers"));
        }
        sizes.iter().zip(from).map(|(&s, d)| s as f64 / d as f64).collect()
    };
    let whole = ratios.iter().all(|&r| r.fract() == 0.0 && (1.0..=65536.0).contains(&r));
    let (true, &[1.0, 1.0, fy, fx]) = (whole, &ratios[..]) else {
        return Err(format!("factors {ratios:?}: expected whole factors in height and width only"));
    };
    let factor = [fy as usize, fx as usize];
    let out = |n: usize, f: usize| n.checked_mul(f).ok_or("size too large");
    let dims = vec![1, channels, out(h, factor[0])?, out(w, factor[1])?];
    b.push(c.name, Upsample { factor }, vec![id], dims)
}
