//! Sums and means over windows, for `SumPool2d` and `AvgPool2d`.

use super::window::{count, pair};
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::{Dims, Linear, Role};
use crate::spiking::{MapKind, Pool};

/// Reads a pool.
///
/// # Errors
/// Its sizes are missing or odd.
/// What such nodes say.
pub const PARAMETERS: [&str; 3] = ["kernel_size", "stride", "padding"];

pub fn read(parameters: &Parameters, mean: bool) -> Result<Role, String> {
    if parameters.array("kernel_size")?.is_none() {
        return Err("it has no kernel_size".into());
    }
    let kernel = pair(parameters, "kernel_size", 2, 1, 1)?;
    let stride = match parameters.array("stride")? {
        Some(_) => pair(parameters, "stride", 2, 1, 1)?,
        None => kernel,
    };
    let pad = pair(parameters, "padding", 2, 0, 0)?;
    Ok(Role::Map(Box::new(Pool { kernel, stride, pad, mean })))
}

impl Linear for Pool {
    fn takes(&self) -> Vec<Option<usize>> {
        vec![None; 3]
    }

    fn gives(&self, from: &[usize]) -> Result<Dims, String> {
        let along = |axis: usize| {
            count(from[axis + 1], self.kernel[axis], self.stride[axis], 1, 2 * self.pad[axis])
        };
        Ok(vec![from[0], along(0)?, along(1)?])
    }

    fn map(&self, _: &[usize], _: &[usize]) -> Result<MapKind, String> {
        Ok(MapKind::Pool(*self))
    }
}
