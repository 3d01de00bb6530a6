//! PReLU: a slope below zero, by channel.

use super::super::{Builder, Value, tensor};
use super::{Ctx, Reader, fold};
use crate::ann::op::{LeakyRelu, PRelu};

pub const READER: Reader =
    Reader { names: &["PRelu"], attributes: &[], inputs: &[(0, 2)], read: prelu };

fn prelu(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let slope = c.constant(1)?;
    let (id, dims) = match c.value(0)? {
        Value::Node(id, dims) => (*id, dims),
        Value::Const(x) => {
            b.spend(tensor::count(&tensor::joined(&x.dims, &slope.dims)?)?)?;
            return fold(b, x.zip(slope, |x, slope| if x < 0.0 { slope * x } else { x })?);
        }
    };
    let slopes = slope.floats();
    if let &[alpha] = &slopes[..] {
        return b.push(c.name, LeakyRelu { alpha }, vec![id], dims.to_vec());
    }
    // Before opset 7 a list of slopes is one by channel, whatever the dimensions.
    let own = match b.opset {
        ..7 if slope.dims == dims[1..2] => vec![1, dims[1], 1, 1],
        _ => tensor::align(&slope.dims, dims.len())?,
    };
    let by_channel = own.iter().enumerate().all(|(axis, &d)| axis == 1 || d == 1);
    if !by_channel || slopes.len() != dims[1] {
        return Err(format!(
            "slopes of shape {:?} on a tensor of shape {dims:?}: one for each channel works",
            slope.dims
        ));
    }
    b.spend(slopes.len())?;
    b.push(c.name, PRelu { slope: slopes }, vec![id], dims.to_vec())
}
