//! `Linear`: weights between all elements.

use super::Kind;
use super::matrix::Dense;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::Role;

pub const KIND: Kind = Kind::faithful("Linear", &["weight"], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    Ok(Role::Map(Box::new(Dense::read(parameters)?)))
}
