//! `Output`: where data are read.

use super::Kind;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::Role;

pub const KIND: Kind = Kind::faithful("Output", &[], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    Ok(Role::Output(parameters.sizes("shape")?))
}
