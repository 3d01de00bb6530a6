//! Window geometry of convolutions and pools: attributes to [`Window`] and output size.

use super::node::Attributes;
use crate::ann::Window;

/// Most cells of a pool's window.
const LARGEST_KERNEL: usize = 1 << 26;

/// A window, its output size and what hangs over the padded input at the end of each axis.
pub struct Geometry {
    pub window: Window,
    pub out: [usize; 2],
    /// A last window reaches beyond the padding (only with `ceil_mode`).
    pub overhang: bool,
    /// Padding at the end of each axis.
    pub pad_end: [usize; 2],
}

impl Geometry {
    /// `size` is the input's height and width; of a sequence its length and 1.
    pub fn read(
        attributes: &Attributes,
        kernel: [usize; 2],
        size: [usize; 2],
        sequence: bool,
    ) -> Result<Geometry, String> {
        let stride = pair(attributes, "strides", sequence)?;
        let dilation = pair(attributes, "dilations", sequence)?;
        let ceil = attributes.int("ceil_mode", 0)? != 0;
        let [top, left, bottom, right] = pads(attributes, sequence)?;
        let given = [[top, bottom], [left, right]];
        let mut g = Geometry {
            window: Window { kernel, stride, pad: [0; 2], dilation },
            out: [0; 2],
            overhang: false,
            pad_end: [0; 2],
        };
        let auto = attributes.text("auto_pad", "NOTSET")?;
        for axis in 0..2 {
            let (n, s) = (size[axis], stride[axis]);
            let extent = kernel[axis]
                .checked_sub(1)
                .and_then(|k| k.checked_mul(dilation[axis])?.checked_add(1))
                .ok_or("bad kernel size")?;
            let [begin, end] = match auto {
                "NOTSET" | "" => given[axis],
                "VALID" => [0, 0],
                "SAME_UPPER" | "SAME_LOWER" => {
                    let last =
                        (n.div_ceil(s).saturating_sub(1)).checked_mul(s).ok_or("bad stride")?;
                    let total =
                        last.checked_add(extent).ok_or("kernel too large")?.saturating_sub(n);
                    let small = total / 2;
                    if auto == "SAME_UPPER" {
                        [small, total - small]
                    } else {
                        [total - small, small]
                    }
                }
                other => return Err(format!("auto_pad {other} is not supported")),
            };
            let padded =
                n.checked_add(begin).and_then(|p| p.checked_add(end)).ok_or("padding too large")?;
            let room = padded.checked_sub(extent).ok_or_else(|| {
                format!(
                    "a window of {extent} cells does not fit into {padded} cells (padding included)"
                )
            })?;
            let mut out = room / s + 1;
            if ceil && room % s != 0 && out.checked_mul(s).is_some_and(|start| start < n + begin) {
                out += 1;
                g.overhang = true;
            }
            g.window.pad[axis] = begin;
            g.pad_end[axis] = end;
            g.out[axis] = out;
        }
        Ok(g)
    }

    /// Pools need padding smaller than the kernel, and a kernel that can be walked in finite time.
    pub fn check_pool(&self) -> Result<(), String> {
        if self.window.kernel[0].saturating_mul(self.window.kernel[1]) > LARGEST_KERNEL {
            return Err(format!("a kernel of {:?} cells is too large", self.window.kernel));
        }
        let too_wide = |axis: usize| {
            let extent = (self.window.kernel[axis] - 1) * self.window.dilation[axis] + 1;
            self.window.pad[axis].max(self.pad_end[axis]) >= extent
        };
        if too_wide(0) || too_wide(1) {
            return Err("padding is not smaller than the kernel".into());
        }
        Ok(())
    }
}

/// Two positive sizes, 1 where the attribute is absent.
pub fn pair(attributes: &Attributes, name: &str, sequence: bool) -> Result<[usize; 2], String> {
    let Some(list) = attributes.sizes(name)? else { return Ok([1, 1]) };
    match list[..] {
        [n] if sequence && n > 0 => Ok([n, 1]),
        [y, x] if !sequence && y > 0 && x > 0 => Ok([y, x]),
        _ if sequence => Err(format!("{name} {list:?}: expected one positive number")),
        _ => Err(format!("{name} {list:?}: expected two positive numbers")),
    }
}

/// Padding at the top, left, bottom and right.
pub fn pads(attributes: &Attributes, sequence: bool) -> Result<[usize; 4], String> {
    let Some(list) = attributes.sizes("pads")? else { return Ok([0; 4]) };
    match list[..] {
        [begin, end] if sequence => Ok([begin, 0, end, 0]),
        [top, left, bottom, right] if !sequence => Ok([top, left, bottom, right]),
        _ => Err(format!("pads {list:?}: expected {} numbers", if sequence { 2 } else { 4 })),
    }
}

/// The attribute `kernel_shape` of a pool.
pub fn kernel(attributes: &Attributes, sequence: bool) -> Result<[usize; 2], String> {
    if attributes.sizes("kernel_shape")?.is_none() {
        return Err("kernel_shape is missing".into());
    }
    pair(attributes, "kernel_shape", sequence)
}
