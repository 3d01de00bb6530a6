//! How much memory an emulation takes, estimated before it begins.

use super::{Error, Plan, Prepared};
use crate::engine::Timing;
use crate::mapping::{Grid, Mapping};
use crate::memory::{self, PROGRAM};
use crate::profile::Sync;
use crate::snn::{Connection, Network};

/// Bytes of a unit, measured on five detectors: its floats, membrane, sums and spikes.
const PER_UNIT: u64 = 45;
/// Bytes of a weight: the float one, the whole one, and that in the order of kernels.
const PER_WEIGHT: u64 = 6;

/// Bytes of a unit whose packets are moved, and of a tile's ports, links and counters.
fn of_timing(timing: Timing) -> [u64; 2] {
    match timing {
        Timing::Event => [60, 2700],
        Timing::Sampled => [40, 1700],
        Timing::Links => [10, 260],
        Timing::Analytic => [0, 50],
    }
}

fn of_network(network: &Network, mapping: &Mapping, timing: Timing) -> u64 {
    let units = network.populations.iter().map(|p| p.shape.neurons() as u64);
    let units = units.fold(0, u64::saturating_add);
    let weights = network.projections.iter().map(|projection| match &projection.connection {
        Connection::Conv(conv) => conv.weights.len() as u64,
        Connection::Pool(_) | Connection::OneToOne => 0,
    });
    let weights = weights.fold(0, u64::saturating_add);
    let [per_unit, _] = of_timing(timing);
    let units = units.saturating_mul(PER_UNIT + per_unit);
    let weights = weights.saturating_mul(PER_WEIGHT);
    units.saturating_add(weights).saturating_add(of_grid(&mapping.grid, timing))
}

fn of_grid(grid: &Grid, timing: Timing) -> u64 {
    let [_, per_tile] = of_timing(timing);
    (grid.width as u64).saturating_mul(grid.height as u64).saturating_mul(per_tile)
}

impl Prepared {
    /// Bytes that an emulation takes beside [`PROGRAM`], within a factor of two: of its layers and
    /// weights, the tiles of its chips, and the timing. Steps and inputs come one after the other.
    pub fn needs(&self) -> u64 {
        let timing = match self.profile.clock.sync {
            // Without steps, packets decide what is computed.
            Sync::Async { .. } => Timing::Event,
            _ => self.settings.timing,
        };
        match &self.plan {
            Plan::Converted(_) | Plan::Spiking(_) => self
                .placed()
                .map_or(0, |(retimed, mapping)| of_network(&retimed.network, mapping, timing)),
            // Its rows were counted before they were read.
            Plan::Placed(_) => of_grid(&self.setup.grid, timing),
        }
    }

    /// Whether that is within the limit.
    pub(super) fn fits(&self) -> Result<(), Error> {
        let timing = self.settings.timing.name();
        memory::check(self.needs().saturating_add(PROGRAM))
            .map_err(|source| Error::Memory { timing, source })
    }
}
