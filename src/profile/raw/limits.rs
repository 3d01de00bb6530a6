//! `[limits]`.

use serde::Deserialize;
use serde_spanned::Spanned;

use super::numbers::{bounded, limit};
use super::{Checked, fault};
use crate::profile::Limits;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    neurons_per_core: Option<Spanned<u64>>,
    synapse_memory_bits_per_core: Option<Spanned<u64>>,
    axons_in_per_core: Option<Spanned<u64>>,
    axons_out_per_core: Option<Spanned<u64>>,
    fan_in: Option<Spanned<u64>>,
    destinations: Option<Spanned<u64>>,
    weight_bits: Option<Spanned<u32>>,
    weight_levels: Option<Spanned<u32>>,
    membrane_bits: Option<Spanned<u32>>,
    max_delay: Option<Spanned<usize>>,
}

/// Most bits of a weight or a membrane: no chip and no file has more.
const BITS: u32 = 64;

/// A width in bits, of which `least` hold something.
fn width(bits: Option<Spanned<u32>>, key: &str, least: u32) -> Checked<Option<u32>> {
    let check = |bits: Spanned<u32>| {
        let span = bits.span();
        match bounded(bits, key, BITS)? {
            bits if bits < least => {
                let message = format!("`{key}` is {bits}: a sign and no number; give {least}");
                fault(span, format!("{message} or more"))
            }
            bits => Ok(bits),
        }
    };
    bits.map(check).transpose()
}

impl RawLimits {
    /// Whether a core holds one weight.
    fn fit(&self) -> Checked<()> {
        let (Some(memory), Some(weight)) = (&self.synapse_memory_bits_per_core, &self.weight_bits)
        else {
            return Ok(());
        };
        let (bits, least) = (*memory.get_ref(), u64::from(*weight.get_ref()));
        if bits < least {
            let message = format!(
                "`synapse_memory_bits_per_core` is {bits}: not one weight of `weight_bits`, \
                 {least}, fits"
            );
            return fault(memory.span(), message);
        }
        Ok(())
    }

    pub(super) fn check(self) -> Checked<Limits> {
        self.fit()?;
        Ok(Limits {
            neurons_per_core: limit(self.neurons_per_core, "neurons_per_core")?,
            synapse_memory_bits_per_core: limit(
                self.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            )?,
            axons_in_per_core: limit(self.axons_in_per_core, "axons_in_per_core")?,
            axons_out_per_core: limit(self.axons_out_per_core, "axons_out_per_core")?,
            fan_in: limit(self.fan_in, "fan_in")?,
            destinations: limit(self.destinations, "destinations")?,
            weight_bits: width(self.weight_bits, "weight_bits", 1)?,
            weight_levels: limit(self.weight_levels, "weight_levels")?,
            membrane_bits: width(self.membrane_bits, "membrane_bits", 2)?,
            max_delay: limit(self.max_delay, "max_delay")?,
        })
    }
}
