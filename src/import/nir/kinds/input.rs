//! `Input`: where data come in.

use super::Kind;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::Role;

pub const KIND: Kind = Kind::faithful("Input", &[], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    Ok(Role::Input(parameters.sizes("shape")?))
}
