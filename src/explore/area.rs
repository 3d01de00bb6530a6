//! What stands for the area of a chip: its memory.

use super::Error;
use crate::profile::Profile;

const MBIT: f64 = 1e6;

/// Memory of one chip in Mbit: its cores times the synapse memory and the membranes of a core.
///
/// Memory is most of the area of published digital chips, and the only part of it that profiles
/// know. Routers, logic, wires, pads, and what small memories cost more per bit are left out.
///
/// # Errors
/// The profile says not how much memory a core has.
pub fn chip_mbit(profile: &Profile) -> Result<f64, Error> {
    let none = |key| Error::NoMemory { profile: profile.name.clone(), key };
    let limits = &profile.limits;
    let synapses = limits
        .synapse_memory_bits_per_core
        .ok_or_else(|| none("limits.synapse_memory_bits_per_core"))?;
    let neurons = limits.neurons_per_core.ok_or_else(|| none("limits.neurons_per_core"))?;
    // A profile without the width of a membrane says nothing of their memory.
    let state = neurons as f64 * f64::from(limits.membrane_bits.unwrap_or(0));
    let [width, height] = profile.topology.mesh;
    let cores = (width * height * profile.topology.cores_per_tile) as f64;
    Ok(cores * (synapses as f64 + state) / MBIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_cores_times_bits() {
        let mut profile = crate::profile::load("loihi1-davies2018").unwrap();
        let bits = 128 * (1048576 + 1024 * 24);
        assert_eq!(chip_mbit(&profile).unwrap(), bits as f64 / 1e6);
        profile.limits.neurons_per_core = None;
        assert!(matches!(
            chip_mbit(&profile),
            Err(Error::NoMemory { key: "limits.neurons_per_core", .. })
        ));
    }
}
