//! Weights between all elements, for `Linear` and `Affine`.

use crate::import::nir::parameters::{Array, Parameters};
use crate::import::nir::part::{Dims, Linear};
use crate::spiking::{MapKind, Matrix};

/// A matrix with a constant by output, or none.
pub struct Dense {
    matrix: Matrix,
    sizes: [usize; 2],
}

impl Dense {
    /// Reads `weight`.
    ///
    /// # Errors
    /// It is missing, or no matrix of finite numbers.
    pub fn read(parameters: &mut Parameters) -> Result<Dense, String> {
        let weight = weights(parameters)?;
        let [out, input] = weight.shape[..] else {
            return Err(format!(
                "weight has the shape {:?}, and [out, in] is wanted",
                weight.shape
            ));
        };
        let matrix = Matrix { weights: weight.values, bias: vec![] };
        Ok(Dense { matrix, sizes: [out, input] })
    }

    /// With `bias`, where there is one.
    ///
    /// # Errors
    /// It does not fit.
    pub fn with_bias(mut self, parameters: &mut Parameters) -> Result<Dense, String> {
        self.matrix.bias = bias(parameters, self.sizes[0])?;
        Ok(self)
    }
}

impl Linear for Dense {
    fn takes(&self) -> Vec<Option<usize>> {
        vec![Some(self.sizes[1])]
    }

    fn gives(&self, _: &[usize]) -> Result<Dims, String> {
        Ok(vec![self.sizes[0]])
    }

    fn map(&self, _: &[usize], _: &[usize]) -> Result<MapKind, String> {
        Ok(MapKind::Matrix(self.matrix.clone()))
    }
}

/// The numbers of `weight`.
///
/// # Errors
/// They are missing, none, or not finite.
pub fn weights(parameters: &mut Parameters) -> Result<Array, String> {
    let weight = parameters.take("weight")?.ok_or("it has no weight")?;
    match finite(&weight.values) && !weight.values.is_empty() {
        true => Ok(weight),
        false => Err("weight is empty, or not of finite numbers".into()),
    }
}

/// A constant for each of `outputs`, or none at all.
///
/// # Errors
/// They are not as many, or not finite.
pub fn bias(parameters: &mut Parameters, outputs: usize) -> Result<Vec<f64>, String> {
    let Some(bias) = parameters.take("bias")? else { return Ok(vec![]) };
    if !finite(&bias.values) {
        return Err("bias is not of finite numbers".into());
    }
    match (bias.values.len(), bias.scalar()) {
        (count, _) if count == outputs => Ok(bias.values),
        (_, Some(one)) => Ok(vec![one; outputs]),
        (count, None) => Err(format!("bias has {count} numbers for {outputs} outputs")),
    }
}

pub fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}
