//! Pools.

use super::super::window::{self, Geometry};
use super::super::{Builder, Value};
use super::{Ctx, Reader, since};
use crate::ann::Op;
use crate::ann::op::{AveragePool, GlobalAveragePool, MaxPool};

pub const MAX: Reader = Reader {
    names: &["MaxPool"],
    attributes: &[
        since(0, "auto_pad"),
        since(0, "kernel_shape"),
        since(0, "pads"),
        since(0, "strides"),
        since(10, "ceil_mode"),
        since(8, "storage_order"),
        since(10, "dilations"),
    ],
    inputs: &[(0, 1)],
    read: |b, c| pool(b, c, true),
};

pub const AVERAGE: Reader = Reader {
    names: &["AveragePool"],
    attributes: &[
        since(0, "auto_pad"),
        since(0, "kernel_shape"),
        since(0, "pads"),
        since(0, "strides"),
        since(10, "ceil_mode"),
        since(7, "count_include_pad"),
        since(19, "dilations"),
    ],
    inputs: &[(0, 1)],
    read: |b, c| pool(b, c, false),
};

pub const GLOBAL: Reader =
    Reader { names: &["GlobalAveragePool"], attributes: &[], inputs: &[(0, 1)], read: global };

fn global(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, [channels, _, _]) = c.image(0)?;
    b.push(c.name, GlobalAveragePool, vec![id], vec![1, channels, 1, 1])
}

fn pool(b: &mut Builder, c: &Ctx, max: bool) -> Result<Value, String> {
    let (id, [channels, h, w]) = c.image(0)?;
    let g = Geometry::read(&c.attributes, window::kernel(&c.attributes)?, [h, w])?;
    g.check_pool()?;
    let count_pad = c.attributes.int("count_include_pad", 0)? != 0;
    // The divisor would then differ from window to window, which `Op::AveragePool` cannot say.
    if !max && count_pad && g.overhang {
        return Err(
            "count_include_pad with windows beyond the padding (ceil_mode) is not supported".into(),
        );
    }
    let op = if max {
        Op::MaxPool(MaxPool { window: g.window })
    } else {
        Op::AveragePool(AveragePool { window: g.window, count_pad })
    };
    b.push(c.name, op, vec![id], vec![1, channels, g.out[0], g.out[1]])
}
