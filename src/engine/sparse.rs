//! Networks that bring their own placement, run neuron by neuron in `f64`.
//!
//! A step has two phases: every mapped neuron is visited once, then the spikes are delivered and
//! take effect in the next step. A layer is the neurons of one model class. On a chip without steps see `asynchronous`.

mod asynchronous;
mod layout;
mod neuron;
mod record;
mod routes;
mod synapses;
pub(crate) mod visits;

use super::Options;
use super::network_timing::{StepPackets, Timer};
use super::noc::NocError;
use super::timing::{Latencies, Load, Work};
use crate::activity::Activity;
use crate::kernel::FIRED;
use crate::mapping::Grid;
use crate::plain::counted;
use crate::profile::{Profile, Sync, Topology};
use crate::snn::sparse::SparseNetwork;
use layout::Layout;
use record::{Record, Times};
use routes::Routes;
use synapses::{Received, Synapses};
use visits::Visits;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub activity: Activity,
    /// Every spike, inputs included, by step (from 1) and neuron.
    pub spikes: Vec<(u64, u32)>,
}

/// Why a network does not run on a profile.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error(
        "neuron {neuron} is on tile {tile}, the chip has {}; give it a tile from 0 to {} in \
         neurons.csv", counted(tiles, "tile"), tiles - 1
    )]
    Tile { neuron: usize, tile: usize, tiles: usize },
    #[error(
        "neuron {neuron} is on core {core} of its tile, a tile has {}; give it a core_in_tile from \
         0 to {} in neurons.csv",
        counted(cores, "core"),
        cores - 1
    )]
    Core { neuron: usize, core: usize, cores: usize },
    #[error("{what} names neuron {neuron}, the network has {neurons}")]
    NoSuchNeuron { what: &'static str, neuron: u32, neurons: usize },
    #[error("the synapses are not sorted by `pre`")]
    Unsorted,
    #[error(
        "neuron {neuron} keeps a current from step to step (input_decay = {decay}), and the chip has no steps; set input_decay to 0"
    )]
    Current { neuron: usize, decay: String },
    #[error(
        "neuron {neuron}: the spikes that it is part of multiply, {packets} packets so far: \
         without steps the network does not come to rest; weaken its loops, or take a chip with \
         `barrier` or `tick`"
    )]
    Avalanche { neuron: usize, packets: usize },
    #[error(transparent)]
    Network(#[from] NocError),
}

/// Runs `steps` steps; every spike is recorded. `progress` hears of every finished step.
///
/// # Errors
/// The network does not fit the chip's tiles, is inconsistent, or its packets cannot be simulated.
pub fn run(
    network: &SparseNetwork,
    profile: &Profile,
    steps: usize,
    options: Options,
    progress: impl FnMut(),
) -> Result<Run, Error> {
    check(network, profile)?;
    let layout = Layout::new(network, profile);
    let latencies = Latencies::new(profile, &layout.soma_classes, &layout.synapse_classes);
    let routes = Routes::new(network, &layout, &latencies, &grid(profile));
    let record = Record::new(network, &layout, &routes, steps);
    match profile.clock.sync {
        Sync::Async { period_ns } => {
            asynchronous::run(record, profile, &latencies, period_ns, progress)
        }
        _ => stepped(record, profile, &latencies, options, progress),
    }
}

/// Every step a phase of visits and one of deliveries.
fn stepped(
    mut record: Record,
    profile: &Profile,
    latencies: &Latencies,
    options: Options,
    mut progress: impl FnMut(),
) -> Result<Run, Error> {
    let Record { network, layout, routes, .. } = record;
    let grid = grid(profile);
    let mut visits = Visits::new(network, layout);
    let mut synapses = Synapses::new(network, &visits.places());
    let mut received = Received::nothing(network.neurons.len());
    let tiles = layout.cores.iter().map(|core| core.tile()).collect();
    let mut timer = Timer::new(options, profile, &grid, tiles, layout.used_tiles)?;
    timer.plant(routes.trees(layout))?;
    let mut fired = vec![];

    for step in 0..record.steps() {
        let mut loads = vec![Load::default(); layout.cores.len()];
        let due = network.inputs.get(&(step as u64 + 1)).map_or(&[][..], Vec::as_slice);
        visits.step(step == 0, due, &mut received);
        fired.clear();
        for run in &visits.runs {
            let before = fired.len();
            let visited = visits.count(run, &received.flags, &mut fired);
            record.visited(step, run.core, run.layer, &visited);
            record.fired(step, run.core, run.layer, &fired[before..]);
            loads[run.core].generation += latencies.visits(run.layer, &visited);
        }
        let packets =
            timer.moves_packets().then(|| sent(&visits, routes, latencies, &received.flags));

        // Sums of weights run in the order of neurons.
        fired.sort_unstable();
        record.sent(step, &fired);
        for &id in &fired {
            let packets = routes.sent(id as usize);
            loads[layout.core[id as usize]].generation += latencies.axon_out * packets;
        }
        routes.receive(&fired, latencies, &mut loads);
        synapses.deliver(&fired, &mut received);
        timer.push(packets, Work::of(&loads))?;
        progress();
    }
    let mut links = record.links(&grid);
    let timed = timer.finish(&mut links)?;
    Ok(record.finish(
        profile,
        Times {
            steps: timed.steps,
            error_ps: timed.error_ps,
            latencies: timed.latencies,
            links,
            first_output_ps: None,
        },
    ))
}

/// The packets of a step: a core visits its neurons one after another, and sends those of each spike at once.
fn sent(visits: &Visits, routes: &Routes, latencies: &Latencies, flags: &[u8]) -> StepPackets {
    let cores = visits.runs.chunk_by(|a, b| a.core == b.core);
    StepPackets::of(cores.map(|runs| {
        let (mut now, mut packets) = (0, StepPackets::default());
        for run in runs {
            for (&id, &flags) in
                visits.neurons[run.places.clone()].iter().zip(&flags[run.places.clone()])
            {
                now = latencies.visit_ps(run.layer, flags).saturating_add(now);
                if flags & FIRED != 0 {
                    routes.send(id as usize, latencies.axon_out.nominal, &mut now, &mut packets);
                }
            }
        }
        packets
    }))
}

/// One chip: networks that bring their own placement name its tiles.
pub fn grid(profile: &Profile) -> Grid {
    let Topology { mesh: [width, height], cores_per_tile, kind, routing, multicast, .. } =
        profile.topology;
    Grid { cores_per_tile, kind, routing, multicast, ..Grid::of_one_chip(width, height) }
}

/// Whether the chip has the places and the kind of time that a network names; [`run`] asks, too.
///
/// # Errors
/// Those of [`run`] before its first step.
pub fn check(network: &SparseNetwork, profile: &Profile) -> Result<(), Error> {
    let [width, height] = profile.topology.mesh;
    let (tiles, cores) = (width * height, profile.topology.cores_per_tile);
    for (id, neuron) in network.neurons.iter().enumerate() {
        if neuron.tile >= tiles {
            return Err(Error::Tile { neuron: id, tile: neuron.tile, tiles });
        }
        if neuron.core_in_tile >= cores {
            return Err(Error::Core { neuron: id, core: neuron.core_in_tile, cores });
        }
    }
    if let Sync::Async { .. } = profile.clock.sync {
        asynchronous::check(network)?;
    }
    if !network.synapses.is_sorted_by_key(|synapse| synapse.pre) {
        return Err(Error::Unsorted);
    }
    let neurons = network.neurons.len();
    let ends = network.synapses.iter().flat_map(|s| [s.pre, s.post]).map(|id| ("a synapse", id));
    let inputs = network.inputs.values().flatten().map(|&id| ("an input", id));
    match ends.chain(inputs).find(|&(_, id)| id as usize >= neurons) {
        Some((what, neuron)) => Err(Error::NoSuchNeuron { what, neuron, neurons }),
        None => Ok(()),
    }
}
