//! Beyond which a network is taken for one that does not come to rest.

use crate::engine::chip::Stop;
use crate::engine::traffic::Traffic;
use crate::snn::{Network, Population};

/// Most packets under way: more would not fit into small machines' memory.
pub(super) const MOST_UNDER_WAY: usize = 1 << 22;

/// Spikes of a unit and period beyond which its network does not come to rest.
const MOST_SPIKES: u64 = 64;

/// The packets of [`MOST_SPIKES`] spikes of every unit in every period.
pub(super) fn most_packets(network: &Network, traffic: &[Traffic], stop: Stop) -> usize {
    let of_layer = |(population, traffic): (&Population, &Traffic)| {
        let cores = traffic.lists().iter().map(Vec::len).max().unwrap_or(1).max(1) as u64;
        (population.shape.neurons() as u64).saturating_mul(cores)
    };
    let once =
        network.populations.iter().zip(traffic).map(of_layer).fold(0u64, u64::saturating_add);
    once.saturating_mul(MOST_SPIKES).saturating_mul(stop.steps as u64) as usize
}
