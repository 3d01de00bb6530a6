//! Windows on a tensor: which cells each tap of them reads.

use rayon::prelude::*;
use std::ops::Range;

use crate::ann::{Shape, Window};

/// Output positions `lo..hi` along one axis whose tap at `offset` falls inside `0..size`.
pub fn inside(offset: usize, pad: usize, stride: usize, size: usize, out: usize) -> (usize, usize) {
    let lo = pad.saturating_sub(offset).div_ceil(stride);
    let hi = (size + pad).saturating_sub(offset).div_ceil(stride).min(out);
    (lo.min(hi), hi)
}

/// Those of some rows of outputs whose cell under one tap of the window lies inside the input, and
/// where the cell of their first output is.
#[inline(always)]
pub fn under(
    tap: usize,
    w: Window,
    from: Shape,
    to: Shape,
    rows: Range<usize>,
) -> impl Iterator<Item = (Range<usize>, usize)> {
    let dy = tap / w.kernel[1] * w.dilation[0];
    let dx = tap % w.kernel[1] * w.dilation[1];
    let (y0, y1) = inside(dy, w.pad[0], w.stride[0], from.height, to.height);
    let (x0, x1) = inside(dx, w.pad[1], w.stride[1], from.width, to.width);
    let rows = if x0 == x1 { 0..0 } else { y0.max(rows.start)..y1.min(rows.end) };
    rows.map(move |oy| {
        let iy = oy * w.stride[0] + dy - w.pad[0];
        let own = oy * to.width + x0..oy * to.width + x1;
        (own, iy * from.width + x0 * w.stride[1] + dx - w.pad[1])
    })
}

/// Joins every `stride`th cell to the values of a row.
#[inline(always)]
pub fn each(row: &mut [f32], cells: &[f32], stride: usize, join: impl Fn(f32, f32) -> f32) {
    match stride {
        1 => row.iter_mut().zip(cells).for_each(|(a, v)| *a = join(*a, *v)),
        _ => row.iter_mut().zip(cells.iter().step_by(stride)).for_each(|(a, v)| *a = join(*a, *v)),
    }
}

/// Joins the cells of each window that lie inside the input, row by row, to `start`.
pub fn pool(
    x: &[f32],
    from: Shape,
    to: Shape,
    w: Window,
    start: f32,
    join: impl Fn(f32, f32) -> f32 + Copy + Sync,
) -> Vec<f32> {
    let (in_plane, plane) = (from.height * from.width, to.height * to.width);
    let mut out = vec![start; to.len()];
    out.par_chunks_mut(plane.max(1)).zip(x.par_chunks(in_plane.max(1))).for_each(
        |(acc, source)| {
            for tap in 0..w.kernel[0] * w.kernel[1] {
                for (own, start) in under(tap, w, from, to, 0..to.height) {
                    each(&mut acc[own], &source[start..], w.stride[1], join);
                }
            }
        },
    );
    out
}
