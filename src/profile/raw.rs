//! The TOML form of a profile, as written, and its check into the resolved form.

mod clock;
mod costs;
mod limits;
mod numbers;
mod topology;
mod voltage;

use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;

use super::{
    Capabilities, Encoding, Multicast, Profile, Provenance, SignedSpikes, Support, UpdateRule,
    ZeroWeights,
};
use clock::{RawClock, RawSync};
use costs::RawCosts;
pub(super) use costs::band;
use limits::RawLimits;
use numbers::text;
use topology::RawTopology;
use voltage::RawVoltage;

/// A value that reads as TOML but is not allowed.
pub(super) struct Fault {
    pub span: Range<usize>,
    pub message: String,
}

type Checked<T> = Result<T, Fault>;

fn fault<T>(span: Range<usize>, message: impl Into<String>) -> Checked<T> {
    Err(Fault { span, message: message.into() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProfile {
    title: Spanned<String>,
    trust: Spanned<String>,
    topology: RawTopology,
    #[serde(default)]
    limits: RawLimits,
    capabilities: RawCapabilities,
    costs: RawCosts,
    clock: RawClock,
    update_rule: UpdateRule,
    voltage: Option<RawVoltage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCapabilities {
    signed_spikes: SignedSpikes,
    graded_bits: Spanned<u32>,
    neuron_models: Vec<String>,
    max_pool: Support,
    shared_kernels: Support,
    #[serde(default)]
    encoding: Encoding,
    zero_weights: Option<ZeroWeights>,
}

impl RawProfile {
    /// Checks every value; name, hash and provenance are filled by the loader.
    pub(super) fn check(self) -> Checked<Profile> {
        self.topology.fits()?;
        self.topology.suits(&self.costs.hop)?;
        if let (RawSync::Async, Some(multicast)) =
            (self.clock.sync.get_ref(), &self.topology.multicast)
            && *multicast.get_ref() == Multicast::Tree
        {
            let message = "a chip without steps (`async`) sends a packet to each destination; \
                           leave out `multicast`";
            return fault(multicast.span(), message);
        }
        if let (RawSync::Async, Some(count)) = (self.clock.sync.get_ref(), self.costs.processors())
        {
            let message = "processors end steps, and a chip without steps (`async`) has none";
            return fault(count, message);
        }
        let mut costs = self.costs.check()?;
        let voltage = self.voltage.map(|voltage| voltage.check(&mut costs)).transpose()?;
        Ok(Profile {
            name: String::new(),
            title: text(self.title, "title")?,
            trust: text(self.trust, "trust")?,
            topology: self.topology.check()?,
            limits: self.limits.check()?,
            capabilities: self.capabilities.check()?,
            costs,
            clock: self.clock.check()?,
            update_rule: self.update_rule,
            voltage,
            hash: String::new(),
            provenance: Provenance::default(),
        })
    }
}

impl RawCapabilities {
    fn check(self) -> Checked<Capabilities> {
        if *self.graded_bits.get_ref() > 32 {
            return fault(self.graded_bits.span(), "`graded_bits` is above 32");
        }
        Ok(Capabilities {
            signed_spikes: self.signed_spikes,
            graded_bits: self.graded_bits.into_inner(),
            neuron_models: self.neuron_models,
            max_pool: self.max_pool,
            shared_kernels: self.shared_kernels,
            encoding: self.encoding,
            zero_weights: self.zero_weights,
        })
    }
}
