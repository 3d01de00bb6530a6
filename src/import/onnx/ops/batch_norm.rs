//! Batch normalisation.

use super::super::{Builder, Value};
use super::{Ctx, Reader, before, since};
use crate::ann::op::Affine;

pub const READER: Reader = Reader {
    names: &["BatchNormalization"],
    attributes: &[
        since(0, "epsilon"),
        since(0, "momentum"),
        before(7, "is_test"),
        before(9, "spatial"),
        since(14, "training_mode"),
    ],
    inputs: &[(0, 5)],
    read: batch_norm,
};

fn batch_norm(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (id, dims) = c.tensor(0)?;
    if c.attributes.int("training_mode", 0)? != 0 || c.attributes.int("is_test", 1)? == 0 {
        return Err("it is in training mode; export the network for inference".into());
    }
    if c.attributes.int("spatial", 1)? == 0 && dims[2..].iter().any(|&d| d != 1) {
        return Err("spatial=0 (statistics by position) is not supported".into());
    }
    // `shape_of` lets no node have fewer than two dimensions.
    let n = dims[1];
    let (gamma, beta, mean, variance) =
        (c.vector(1, n)?, c.vector(2, n)?, c.vector(3, n)?, c.vector(4, n)?);
    let epsilon = f64::from(c.attributes.float("epsilon", 1e-5)?);
    if let Some(at) = variance.iter().position(|&v| f64::from(v) + epsilon <= 0.0) {
        return Err(format!(
            "variance {} of channel {at} and epsilon {epsilon} have no positive sum; is the file \
             damaged?",
            variance[at]
        ));
    }
    b.spend(2 * n)?;
    let (scale, shift) = (0..n)
        .map(|i| {
            let s = f64::from(gamma[i]) / (f64::from(variance[i]) + epsilon).sqrt();
            (s as f32, (f64::from(beta[i]) - s * f64::from(mean[i])) as f32)
        })
        .unzip();
    b.push(c.name, Affine { scale, shift }, vec![id], dims.to_vec())
}
