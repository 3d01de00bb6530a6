//! `Scale`: a factor by element.

use super::Kind;
use super::matrix::finite;
use crate::import::nir::cell::spread;
use crate::import::nir::parameters::{Array, Parameters};
use crate::import::nir::part::{Dims, Linear, Role};
use crate::spiking::MapKind;

pub const KIND: Kind = Kind::faithful("Scale", &["scale"], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    let scale = parameters.take("scale")?.ok_or("it has no scale")?;
    match finite(&scale.values) && !scale.values.is_empty() {
        true => Ok(Role::Map(Box::new(Scale(scale)))),
        false => Err("scale is empty, or not of finite numbers".into()),
    }
}

struct Scale(Array);

impl Linear for Scale {
    fn takes(&self) -> Vec<Option<usize>> {
        // A size of one says nothing: it is spread; ones alone are one factor for any shape.
        if self.0.shape.iter().all(|&size| size == 1) {
            return vec![];
        }
        let size = |&size: &usize| (size != 1).then_some(size);
        self.0.shape.iter().map(size).collect()
    }

    fn gives(&self, from: &[usize]) -> Result<Dims, String> {
        Ok(from.to_vec())
    }

    fn map(&self, from: &[usize], _: &[usize]) -> Result<MapKind, String> {
        Ok(MapKind::Scale(spread("scale", &self.0, from)?.0))
    }
}
