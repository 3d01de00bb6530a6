//! What a converted network computes, without cores or times: two evaluations that agree.
//!
//! [`layered`] evaluates the layers in order within each of T steps, the oracle of tests.
//! [`stepped`] runs a retimed network as a chip does: every spike arrives steps later, every
//! population lives in its own window of T steps, and nothing acts in the step it was sent in.

use super::sparse::neuron::Outcome;
use super::spikes::SpikeList;
use super::state::{Arrival, State, Updates};
use crate::snn::retime::Retimed;
use crate::snn::{Network, PopulationId};

/// Currents of the analogue populations, one value per neuron in membrane units; `None` for the
/// populations that have a bias per channel.
pub type Currents = [Option<Vec<i32>>];

/// One population's step, as handed to the observer of a run.
pub struct Observed<'a> {
    /// What the step did to each neuron; empty outside the population's window.
    pub(crate) outcomes: &'a [Outcome],
    /// 1-based step of the chip (T + D of them when retimed).
    pub step: usize,
    pub population: PopulationId,
    pub spikes: &'a SpikeList,
    pub updates: Updates,
}

/// Evaluates layer after layer within each of `steps` steps; delays are ignored.
/// Returns the final states, by population.
pub fn layered(
    network: &Network,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(Observed),
) -> Vec<State> {
    let mut states = initial_states(network);
    let mut lists = silent_lists(network);
    for step in 1..=steps {
        for population in 0..network.populations.len() {
            let mut out = std::mem::replace(&mut lists[population], SpikeList::silent(0));
            let arrivals =
                arrivals(network, population, |projection| &lists[network.projections[projection].source]);
            let updates = states[population].step(
                &network.populations[population],
                &arrivals,
                currents[population].as_deref(),
                &mut out,
            );
            let outcomes = states[population].outcomes();
            observe(Observed { outcomes, step, population, spikes: &out, updates });
            lists[population] = out;
        }
    }
    states
}

/// Runs `retimed` for `steps` + D steps. Returns the final states, by population.
pub fn stepped(
    retimed: &Retimed,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(Observed),
) -> Vec<State> {
    let network = &retimed.network;
    let mut states = initial_states(network);
    let mut rings = rings(network);
    for step in 1..=steps + retimed.depth {
        for population in 0..network.populations.len() {
            let depth = network.populations[population].depth;
            let length = rings[population].len();
            let mut out = std::mem::replace(&mut rings[population][step % length], SpikeList::silent(0));
            let active = step > depth && step <= depth + steps;
            let updates = if active {
                let arrivals = arrivals(network, population, |projection| {
                    let projection = &network.projections[projection];
                    let ring = &rings[projection.source];
                    &ring[(step - projection.delay) % ring.len()]
                });
                let current = currents[population].as_deref();
                states[population].step(&network.populations[population], &arrivals, current, &mut out)
            } else {
                out = SpikeList::silent(network.populations[population].shape.positions());
                Updates::default()
            };
            let outcomes = if active { states[population].outcomes() } else { &[] };
            observe(Observed { outcomes, step, population, spikes: &out, updates });
            rings[population][step % length] = out;
        }
    }
    states
}

fn initial_states(network: &Network) -> Vec<State> {
    let source = |population| {
        let into = network.projections.iter().find(|p| p.target == population)?;
        Some(network.populations[into.source].shape)
    };
    network.populations.iter().enumerate().map(|(id, p)| State::new(p, source(id))).collect()
}

fn silent_lists(network: &Network) -> Vec<SpikeList> {
    network.populations.iter().map(|p| SpikeList::silent(p.shape.positions())).collect()
}

/// One ring of past lists per population, long enough for the longest delay that leaves it.
fn rings(network: &Network) -> Vec<Vec<SpikeList>> {
    let delay =
        |id| network.projections.iter().filter(|p| p.source == id).map(|p| p.delay).max().unwrap_or(0);
    (network.populations.iter().enumerate())
        .map(|(id, p)| vec![SpikeList::silent(p.shape.positions()); delay(id) + 1])
        .collect()
}

fn arrivals<'a>(
    network: &'a Network,
    population: PopulationId,
    list: impl Fn(usize) -> &'a SpikeList,
) -> Vec<Arrival<'a>> {
    (network.projections.iter().enumerate())
        .filter(|(_, p)| p.target == population)
        .map(|(id, projection)| Arrival {
            projection,
            source: network.populations[projection.source].shape,
            spikes: list(id),
        })
        .collect()
}
