//! Networks that bring their own placement, run neuron by neuron in `f64`.
//!
//! A step has two phases: every mapped neuron is visited once, then the spikes are delivered and
//! take effect in the next step. Sums of weights run in order of `(pre, synapse)`. A layer is the
//! neurons of one model class. On a chip without steps see `asynchronous`.

mod asynchronous;
mod layout;
pub(crate) mod neuron;
mod record;
mod routes;

use super::Options;
use super::network_timing::{StepPackets, Timer};
use super::noc::NocError;
use super::timing::{Latencies, Load, Work};
use crate::activity::Activity;
use crate::mapping::Grid;
use crate::profile::{Profile, Sync, Topology};
use crate::snn::sparse::SparseNetwork;
use layout::Layout;
use neuron::State;
use record::{Record, Times};
use routes::Routes;

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
    #[error("neuron {neuron} is on tile {tile}, the chip has {tiles} tiles")]
    Tile { neuron: usize, tile: usize, tiles: usize },
    #[error("neuron {neuron} is on core {core} of its tile, a tile has {cores} cores")]
    Core { neuron: usize, core: usize, cores: usize },
    #[error("{what} names neuron {neuron}, the network has {neurons}")]
    NoSuchNeuron { what: &'static str, neuron: u32, neurons: usize },
    #[error("the synapses are not sorted by `pre`")]
    Unsorted,
    #[error(
        "neuron {neuron} keeps a current from step to step (input_decay = {decay}), and the chip has no steps; set input_decay to 0"
    )]
    Current { neuron: usize, decay: String },
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
        Sync::Async { period_ns } => asynchronous::run(record, profile, &latencies, period_ns, progress),
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
    let starts = routes::synapse_starts(network);
    let mut states: Vec<State> = network.neurons.iter().map(|n| State::new(&n.model)).collect();
    let mut sums: Vec<Option<f64>> = vec![None; network.neurons.len()];
    let mut next = sums.clone();
    let tiles = layout.cores.iter().map(|core| core.tile()).collect();
    let mut timer = Timer::new(options, profile, &grid(profile), tiles, layout.used_tiles)?;
    timer.plant(routes.trees(layout))?;

    for step in 0..record.steps() {
        let mut loads = vec![Load::default(); layout.cores.len()];
        let mut fired = Vec::new();
        // By core, its time so far and the packets it has sent.
        let mut sending = vec![(0, StepPackets::default()); layout.cores.len()];
        let inputs = network.inputs.get(&(step as u64 + 1)).map_or(&[][..], Vec::as_slice);

        for (id, neuron) in network.neurons.iter().enumerate() {
            let core = layout.core[id];
            let external = inputs.binary_search(&(id as u32)).is_ok();
            let outcome = neuron::update(&neuron.model, &mut states[id], sums[id], external, step == 0);
            record.visited(step, id, &outcome);
            let visit = latencies.soma(layout.layer[id], &outcome);
            loads[core].generation += visit;
            sending[core].0 += visit.nominal;
            if outcome.fired {
                record.fired(step, id);
                fired.push(id);
                if timer.moves_packets() {
                    routes.send(id, latencies.axon_out.nominal, &mut sending[core]);
                }
            }
        }

        for &id in &fired {
            for packet in &routes.packets[id] {
                if packet.sent {
                    loads[layout.core[id]].generation += latencies.axon_out;
                }
                loads[packet.core].receive += packet.receive;
            }
            record.sent(step, id);
            for synapse in &network.synapses[starts[id]..starts[id + 1]] {
                *next[synapse.post as usize].get_or_insert(0.0) += synapse.weight;
            }
        }

        std::mem::swap(&mut sums, &mut next);
        next.fill(None);
        let work = Work::of(&loads);
        let moves = timer.moves_packets();
        timer.push(moves.then(|| StepPackets::of(sending.into_iter().map(|(_, p)| p))), work)?;
        progress();
    }
    let mut links = record.links();
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

/// One chip: networks that bring their own placement name its tiles.
pub fn grid(profile: &Profile) -> Grid {
    let Topology { mesh: [width, height], cores_per_tile, kind, routing, multicast, .. } = profile.topology;
    Grid { cores_per_tile, kind, routing, multicast, ..Grid::of_one_chip(width, height) }
}

fn check(network: &SparseNetwork, profile: &Profile) -> Result<(), Error> {
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
