//! Pools.

use super::super::window::{self, Geometry};
use super::super::{Builder, Value};
use super::pad::{self, Reading};
use super::{Ctx, Reader, since};
use crate::ann::op::{AveragePool, GlobalAveragePool, MaxPool};
use crate::ann::{Op, Window, check};

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
    let map = c.map(0)?;
    b.push(c.name, GlobalAveragePool, vec![map.id], map.dims(map.channels, [1, 1]))
}

pub const GLOBAL_MAX: Reader =
    Reader { names: &["GlobalMaxPool"], attributes: &[], inputs: &[(0, 1)], read: global_max };

fn global_max(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let map = c.map(0)?;
    let window = whole(map.size)?;
    b.push(c.name, MaxPool { window }, vec![map.id], map.dims(map.channels, [1, 1]))
}

/// A window over a whole map.
pub fn whole(kernel: [usize; 2]) -> Result<Window, String> {
    let window = Window { kernel, stride: [1; 2], pad: [0; 2], dilation: [1; 2] };
    check::window(&window)
        .then_some(window)
        .ok_or_else(|| format!("a map of {kernel:?} is too large"))
}

fn pool(b: &mut Builder, c: &Ctx, max: bool) -> Result<Value, String> {
    let map = c.map(0)?;
    let kernel = window::kernel(&c.attributes, map.sequence)?;
    let mut g = Geometry::read(&c.attributes, kernel, map.size, map.sequence)?;
    g.check_pool()?;
    let count_pad = c.attributes.int("count_include_pad", 0)? != 0;
    // The divisor would then differ from window to window, which `Op::AveragePool` cannot say.
    if !max && count_pad && g.overhang {
        return Err(
            "count_include_pad with windows beyond the padding (ceil_mode) is not supported".into(),
        );
    }
    let reading = if max { Reading::Maximum } else { Reading::Average { count_pad } };
    let id = pad::taken_in(b, map.id, &mut g, reading);
    // What is padded before the pool counts in its divisor.
    let count_pad = count_pad || id != map.id;
    let op = if max {
        Op::MaxPool(MaxPool { window: g.window })
    } else {
        Op::AveragePool(AveragePool { window: g.window, count_pad })
    };
    b.push(c.name, op, vec![id], map.dims(map.channels, g.out))
}
