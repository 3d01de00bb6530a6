//! Constants of few bits.

use super::super::tensor::Tensor;
use super::super::{Builder, Value};
use super::{Ctx, Reader, fold, since};

pub const READER: Reader = Reader {
    names: &["DequantizeLinear"],
    attributes: &[since(13, "axis"), since(21, "block_size")],
    inputs: &[(0, 3)],
    read: dequantize,
};

fn dequantize(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let x = c.constant(0)?;
    x.ints()?;
    if c.attributes.int("block_size", 0)? != 0 {
        return Err("block_size is not supported".into());
    }
    // A vector of scales lies along `axis`: give it trailing ones, so that it broadcasts there.
    let rank = i64::try_from(x.dims.len()).map_err(|e| e.to_string())?;
    let axis = c.attributes.int("axis", 1)?;
    let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
    let along = |t: &Tensor| {
        let mut t = t.clone();
        if t.len() == 1 {
            t.dims = vec![];
            return Ok(t);
        }
        let axis = usize::try_from(axis)
            .ok()
            .filter(|&a| a < x.dims.len())
            .ok_or("axis is out of range")?;
        if t.dims != [x.dims[axis]] {
            return Err(format!("scale of shape {:?} does not fit {:?}", t.dims, x.dims));
        }
        t.dims.resize(x.dims.len() - axis, 1);
        Ok(t)
    };
    let scale = along(c.constant(1)?)?;
    let centred = match c.optional_constant(2)? {
        Some(zero) => x.zip(&along(zero)?, |x, z| x - z)?,
        None => x.as_ref().clone(),
    };
    fold(b, centred.zip(&scale, |x, s| x * s)?)
}
