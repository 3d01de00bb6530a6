//! What a converted network computes, without cores or times: two evaluations that agree.
//!
//! [`layered`] evaluates the layers in order within each of T steps, the oracle of tests.
//! [`stepped`] runs a retimed network as a chip does: every spike arrives steps later, every
//! population lives in its own window of T steps, and nothing acts in the step it was sent in.
//! So all populations of a step, and all bands of a population, are tasks for any thread.

use super::spikes::SpikeList;
use super::state::{Arrival, State};
use super::stopwatch::Laps;
use crate::kernel::Field;
use crate::snn::retime::Retimed;
use crate::snn::{Connection, Network, PopulationId, Projection};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Currents of the analogue populations, one value per neuron in membrane units; `None` for the
/// populations that have a bias per channel.
pub type Currents = [Option<Vec<i32>>];

/// One population's step, as handed to the observer of a run.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    /// 1-based step of the chip (T + D of them when retimed).
    pub step: usize,
    pub population: PopulationId,
    pub spikes: &'a SpikeList,
    /// What the step did to each neuron (see [`crate::kernel`]); empty outside the population's window.
    pub flags: &'a [u8],
    /// Membranes after the step, as [`State::potential`]; those of a readout are what it has summed.
    pub membranes: &'a [i32],
    /// Membranes clamped to the chip's width.
    pub saturations: u64,
    pub laps: Laps,
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
    let mut lists: Vec<SpikeList> =
        network.populations.iter().map(|p| SpikeList::silent(p.shape.positions())).collect();
    for step in 1..=steps {
        for population in 0..network.populations.len() {
            let mut out = std::mem::replace(&mut lists[population], SpikeList::silent(0));
            // Without fields: the plain way.
            let arrivals = arrivals(network, population, |_, projection| (&lists[projection.source], None));
            let state = &mut states[population];
            let current = currents[population].as_deref();
            state.tasks(&network.populations[population], &arrivals, current).for_each(|task| task.run());
            let saturations = state.collect(&mut out);
            let laps = state.laps();
            let State { flags, potential: membranes, .. } = state;
            observe(Observed { step, population, spikes: &out, flags, membranes, saturations, laps });
            lists[population] = out;
        }
    }
    states
}

/// Runs `retimed` for `steps` + D steps and shows every population's step, in order. Returns the
/// final states, by population.
pub fn stepped(
    retimed: &Retimed,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(Observed),
) -> Vec<State> {
    each_step(retimed, currents, steps, |populations| populations.iter().for_each(|&o| observe(o)))
}

/// The same, all populations of a step at once.
pub fn each_step(
    retimed: &Retimed,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(&[Observed]),
) -> Vec<State> {
    let network = &retimed.network;
    let mut states = initial_states(network);
    let mut rings = rings(network);
    let mut fields = fields(network);
    for step in 1..=steps + retimed.depth {
        let active = |p: PopulationId| {
            let depth = network.populations[p].depth;
            step > depth && step <= depth + steps
        };
        let mut taking = vec![Duration::ZERO; network.populations.len()];
        // A delay never passes the step of an active population.
        let arriving = |projection: &Projection| {
            let ring = &rings[projection.source];
            &ring[(step + ring.len() - projection.delay) % ring.len()]
        };
        let taken: Vec<Duration> = (fields.par_iter_mut().zip(&network.projections))
            .map(|(field, projection)| {
                let start = Instant::now();
                if let Some(field) = field.as_mut().filter(|_| active(projection.target)) {
                    field.take(arriving(projection));
                }
                start.elapsed()
            })
            .collect();
        network.projections.iter().zip(taken).for_each(|(p, time)| taking[p.target] += time);
        let arrivals: Vec<Vec<Arrival>> = (0..network.populations.len())
            .map(|population| {
                arrivals(network, population, |id, projection| (arriving(projection), fields[id].as_ref()))
            })
            .collect();
        let tasks: Vec<_> = (states.iter_mut().enumerate())
            .filter(|(p, _)| active(*p))
            .flat_map(|(p, state)| state.tasks(&network.populations[p], &arrivals[p], currents[p].as_deref()))
            .collect();
        tasks.into_par_iter().for_each(|task| task.run());
        let saturations: Vec<u64> = (states.par_iter_mut().zip(&mut rings).enumerate())
            .map(|(p, (state, ring))| {
                let slot = step % ring.len();
                if active(p) {
                    state.collect(&mut ring[slot])
                } else {
                    ring[slot].silence(network.populations[p].shape.positions());
                    0
                }
            })
            .collect();
        let observed: Vec<Observed> = (0..states.len())
            .map(|population| Observed {
                step,
                population,
                spikes: &rings[population][step % rings[population].len()],
                flags: if active(population) { &states[population].flags } else { &[] },
                membranes: &states[population].potential,
                saturations: saturations[population],
                laps: if active(population) {
                    let laps = states[population].laps();
                    Laps { scatter: laps.scatter + taking[population], ..laps }
                } else {
                    Laps::default()
                },
            })
            .collect();
        observe(&observed);
    }
    states
}

fn initial_states(network: &Network) -> Vec<State> {
    let source = |population| {
        network.projections.iter().filter(|p| p.target == population).find_map(|p| match &p.connection {
            Connection::Pool(window) => Some((window, network.populations[p.source].shape)),
            _ => None,
        })
    };
    network
        .populations
        .iter()
        .enumerate()
        .map(|(id, p)| State::new(p, source(id), network.first_phase.as_ref()))
        .collect()
}

/// By projection, where its form allows one.
fn fields(network: &Network) -> Vec<Option<Field>> {
    let field = |p: &Projection| match &p.connection {
        Connection::Conv(conv) => {
            let shape = |population: PopulationId| network.populations[population].shape;
            Field::new(conv, shape(p.source), shape(p.target).channels)
        }
        Connection::Pool(_) | Connection::OneToOne => None,
    };
    network.projections.par_iter().map(field).collect()
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
    list: impl Fn(usize, &'a Projection) -> (&'a SpikeList, Option<&'a Field>),
) -> Vec<Arrival<'a>> {
    (network.projections.iter().enumerate())
        .filter(|(_, p)| p.target == population)
        .map(|(id, projection)| {
            let (spikes, field) = list(id, projection);
            Arrival { projection, source: network.populations[projection.source].shape, spikes, field }
        })
        .collect()
}
