//! `Affine`: weights between all elements, and a constant by output.

use super::Kind;
use super::matrix::Dense;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::Role;

pub const KIND: Kind = Kind::faithful("Affine", &["weight", "bias"], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    Ok(Role::Map(Box::new(Dense::read(parameters)?.with_bias(parameters)?)))
}
