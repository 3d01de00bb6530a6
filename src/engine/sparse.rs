//! Networks from CSV, run neuron by neuron in `f64`.
//!
//! A step has two phases: every neuron is visited once, then the spikes are delivered. A synapse
//! acts as many steps later as its delay says, in the next one if it has none. Its packet and its
//! operation belong to the step of the spike, as in the engine of converted networks. A layer is
//! the neurons of one model class. On a chip without steps see `asynchronous`.

mod asynchronous;
mod delays;
mod layout;
mod neuron;
mod probes;
mod record;
mod routes;
mod synapses;
pub(crate) mod visits;

use super::Options;
use super::network_timing::{StepPackets, Timer};
use super::noc::NocError;
use super::probe::Membrane;
use super::timing::{Latencies, Load, Work};
use crate::activity::Activity;
use crate::kernel::FIRED;
use crate::mapping::{Grid, PlaceError, Places};
use crate::profile::{Profile, Sync};
use crate::snn::sparse::{MOST_DELAY, SparseNetwork, Synapse};
use delays::Delayed;
use layout::Layout;
use record::{Record, Times};
use routes::Routes;
use synapses::Received;
use visits::Visits;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Every event, counted.
    pub activity: Activity,
    /// Every spike, inputs included, by step (from 1) and neuron.
    pub spikes: Vec<(u64, u32)>,
    /// Of each neuron that was asked for in every step, step by step.
    pub membranes: Vec<Membrane>,
}

/// Why a network does not run on a profile.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A neuron has no place on the chip.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A number without a neuron.
    #[error("{what} names neuron {neuron}, the network has {neurons}")]
    NoSuchNeuron {
        /// What names the neuron.
        what: &'static str,
        /// Number that it names.
        neuron: u32,
        /// Neurons of the network.
        neurons: usize,
    },
    /// Synapses in another order.
    #[error("the synapses are not sorted by `pre`")]
    Unsorted,
    /// A current that lasts, on a chip without steps.
    #[error(
        "neuron {neuron} keeps a current from step to step (input_decay = {decay}), and the chip \
         has no steps; set input_decay to 0"
    )]
    Current {
        /// Number of the neuron, from 0.
        neuron: usize,
        /// Factor on the current per step.
        decay: String,
    },
    /// A delay, on a chip without steps.
    #[error(
        "the synapse from neuron {pre} to neuron {post} has a delay of {delay} steps, and the chip \
         has no steps; set its delay to 1, or take a chip with `barrier` or `tick`"
    )]
    Delay {
        /// Neuron that sends.
        pre: u32,
        /// Neuron that receives.
        post: u32,
        /// Steps of the delay.
        delay: u32,
    },
    /// A delay out of its range.
    #[error(
        "the synapse from neuron {pre} to neuron {post} has a delay of {delay} steps; give it one \
         from 1 to {MOST_DELAY}"
    )]
    DelayRange {
        /// Neuron that sends.
        pre: u32,
        /// Neuron that receives.
        post: u32,
        /// Steps of the delay.
        delay: u32,
    },
    /// Spikes that multiply without end.
    #[error(
        "neuron {neuron}: the spikes that it is part of multiply, {packets} packets so far: \
         without steps the network does not come to rest; weaken its loops, or take a chip with \
         `barrier` or `tick`"
    )]
    Avalanche {
        /// Number of the neuron, from 0.
        neuron: usize,
        /// Packets so far.
        packets: usize,
    },
    /// The packets cannot be moved.
    #[error(transparent)]
    Network(#[from] NocError),
}

/// Runs `steps` steps on the places that the network gives; every spike is recorded. `progress`
/// hears of every finished step.
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
    let places = Places::given(network, profile)?;
    run_on(network, &places, profile, steps, options, &[], progress)
}

/// The same on `places` of the profile's chip, and notes what the neurons `probed` hold.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    network: &SparseNetwork,
    places: &Places,
    profile: &Profile,
    steps: usize,
    options: Options,
    probed: &[u32],
    progress: impl FnMut(),
) -> Result<Run, Error> {
    check(network, profile)?;
    let layout = Layout::new(network, places, profile);
    let latencies = Latencies::new(profile, &layout.soma_classes, &layout.synapse_classes);
    let routes = Routes::new(network, &layout, &latencies, &places.grid);
    let record = Record::new(network, &layout, &routes, steps);
    let on = On { profile, latencies: &latencies, grid: &places.grid, probed };
    match profile.clock.sync {
        Sync::Async { period_ns } => asynchronous::run(record, on, period_ns, progress),
        _ => stepped(record, on, options, progress),
    }
}

/// The chip of a run, and whose potentials are noted.
#[derive(Clone, Copy)]
struct On<'a> {
    profile: &'a Profile,
    latencies: &'a Latencies,
    grid: &'a Grid,
    probed: &'a [u32],
}

/// Every step a phase of visits and one of deliveries.
fn stepped(
    mut record: Record,
    on: On,
    options: Options,
    mut progress: impl FnMut(),
) -> Result<Run, Error> {
    let Record { network, layout, routes, .. } = record;
    let On { profile, latencies, grid, probed } = on;
    let mut visits = Visits::new(network, layout);
    let places = visits.places();
    let mut synapses = Delayed::new(network, &places);
    let mut received = Received::nothing(network.neurons.len());
    let tiles = layout.cores.iter().map(|core| core.tile()).collect();
    let mut timer = Timer::new(options, profile, grid, tiles, layout.used_tiles)?;
    timer.plant(routes.trees(layout))?;
    let (mut fired, mut membranes) = (vec![], vec![]);

    for step in 0..record.steps() {
        let mut loads = vec![Load::default(); layout.cores.len()];
        let due = network.inputs.get(&(step as u64 + 1)).map_or(&[][..], Vec::as_slice);
        visits.step(step == 0, due, &mut received);
        membranes.extend(probed.iter().map(|&id| Membrane {
            step: step as u32 + 1,
            layer: layout.layer[id as usize] as u32,
            neuron: id,
            ..visits.membrane(places[id as usize] as usize)
        }));
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
        timer.push(packets, Work::of(profile.clock.phases, &loads))?;
        progress();
    }
    let (mut links, flows) = record.travelled(grid);
    let timed = timer.finish(&mut links)?;
    let times = Times {
        steps: timed.steps,
        error_ps: timed.error_ps,
        latencies: timed.latencies,
        links,
        flows,
        first_output_ps: None,
    };
    Ok(record.finish(profile, grid.chips, times, membranes))
}

/// The packets of a step: a core visits its neurons one after another, and sends those of each
/// spike at once.
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

/// Whether the network is sound and the chip has the kind of time that it needs; [`run_on`] asks,
/// too.
///
/// # Errors
/// Those of [`run_on`] before its first step.
pub fn check(network: &SparseNetwork, profile: &Profile) -> Result<(), Error> {
    if let Sync::Async { .. } = profile.clock.sync {
        asynchronous::check(network)?;
    }
    if !network.synapses.is_sorted_by_key(|synapse| synapse.pre) {
        return Err(Error::Unsorted);
    }
    let late = |synapse: &&Synapse| !(1..=MOST_DELAY).contains(&synapse.delay);
    if let Some(&Synapse { pre, post, delay, .. }) = network.synapses.iter().find(late) {
        return Err(Error::DelayRange { pre, post, delay });
    }
    let neurons = network.neurons.len();
    let ends = network.synapses.iter().flat_map(|s| [s.pre, s.post]).map(|id| ("a synapse", id));
    let inputs = network.inputs.values().flatten().map(|&id| ("an input", id));
    match ends.chain(inputs).find(|&(_, id)| id as usize >= neurons) {
        Some((what, neuron)) => Err(Error::NoSuchNeuron { what, neuron, neurons }),
        None => Ok(()),
    }
}
