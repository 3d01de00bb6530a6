//! `Delay`: what comes in goes out seconds later.

use super::Kind;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::Role;

pub const KIND: Kind = Kind::faithful("Delay", &["delay"], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    let delay = parameters.take("delay")?.ok_or("it has no delay")?;
    match delay.values.iter().all(|seconds| seconds.is_finite() && *seconds >= 0.0) {
        true if !delay.values.is_empty() => Ok(Role::Delay(delay)),
        _ => Err("delay is not of finite numbers, 0 or more".into()),
    }
}
