//! Blocks of several layers on one core, where a board has fewer cores than a network has blocks.
//!
//! Only chips without steps share: there one core serves one packet after the other, whatever layer
//! it is for. Elsewhere a core is counted as one layer's.

use std::collections::BTreeSet;

use super::{Core, CoreId, Gap, Tiling, Verdict};
use crate::profile::{Limits, Profile, Sync};
use crate::snn::{Model, Network, PopulationId};

/// Whether cores of the chip may hold blocks of several layers.
pub(super) fn shares(profile: &Profile) -> bool {
    matches!(profile.clock.sync, Sync::Async { .. })
}

/// A core that several blocks share, while they are collected.
struct Shared {
    core: Core,
    /// Populations that send to it.
    sources: BTreeSet<PopulationId>,
    plain: bool,
}

/// Puts each block onto the first core that has room for it, in the order of blocks: all limits
/// hold for the sum, units are plain, and no layer sends to two blocks there, so that a packet
/// names the block that it is for.
pub(super) fn join(
    network: &Network,
    limits: &Limits,
    cores: Vec<Core>,
    tilings: &mut [Tiling],
) -> Vec<Core> {
    let mut shared: Vec<Shared> = vec![];
    let place = |block: Core| {
        let of = block.population;
        let into = network.projections.iter().filter(|p| Some(p.target) == of);
        let sources = into.map(|p| p.source).collect();
        let plain = of.is_some_and(|p| matches!(network.populations[p].model, Model::If(_)));
        let own = Shared { core: block, sources, plain };
        match shared.iter().position(|core| core.takes(&own, limits)) {
            Some(at) => {
                shared[at].add(own);
                at as CoreId
            }
            None => {
                shared.push(own);
                shared.len() as CoreId - 1
            }
        }
    };
    let places: Vec<CoreId> = cores.into_iter().map(place).collect();
    let all = tilings.iter_mut().flat_map(|tiling| &mut tiling.cores);
    all.for_each(|core| *core = places[*core as usize]);
    shared.into_iter().map(|core| core.core).collect()
}

impl Shared {
    fn takes(&self, block: &Shared, limits: &Limits) -> bool {
        let fits =
            |own: u64, more: u64, limit: Option<u64>| limit.is_none_or(|most| own + more <= most);
        let (own, more) = (&self.core, &block.core);
        self.plain
            && block.plain
            && self.sources.is_disjoint(&block.sources)
            && fits(own.neurons, more.neurons, limits.neurons_per_core)
            && fits(
                own.synapse_memory_bits,
                more.synapse_memory_bits,
                limits.synapse_memory_bits_per_core,
            )
            && fits(own.axons_in, more.axons_in, limits.axons_in_per_core)
            && fits(own.axons_out, more.axons_out, limits.axons_out_per_core)
    }

    fn add(&mut self, block: Shared) {
        let (own, more) = (&mut self.core, block.core);
        // It is of no single layer any more.
        own.population = None;
        own.neurons += more.neurons;
        own.synapse_memory_bits += more.synapse_memory_bits;
        own.axons_in += more.axons_in;
        own.axons_out += more.axons_out;
        self.sources.extend(block.sources);
    }
}

/// What to say of cores that layers share.
pub(super) fn gap(blocks: usize, cores: usize) -> Gap {
    let message = format!(
        "the largest board has too few cores for a core to each of {blocks} blocks of layers: \
         layers share {cores}, whose limits hold for their sums; assumed"
    );
    Gap { verdict: Verdict::Assumed, layer: String::new(), limit: "board".into(), message }
}
