//! What a converted network computes, without cores or times: two evaluations that agree.
//!
//! [`layered`] evaluates the layers in order within each of T steps, the oracle of tests.
//! [`stepped`] runs a retimed network as a chip does: every spike arrives steps later, every
//! population lives in its own window of T steps, and nothing acts in the step it was sent in.
//! So a population can run several steps before the next one does, while its state and weights are
//! in the cache, and all of its bands are tasks for any thread.

use super::probe::Held;
use super::spikes::SpikeList;
use super::state::{Arrival, Record, Scratch, Sight, State};
use super::stopwatch::Laps;
use crate::kernel::Field;
use crate::snn::retime::{Retimed, lags};
use crate::snn::{Connection, Fed, Network, Population, PopulationId, Projection};
use rayon::prelude::*;
use std::ops::Range;

/// What comes from outside, by population: currents of analogue ones, spikes of inputs; `None` for
/// those that have a bias per channel and are fed by others alone.
pub type Currents = [Option<Fed>];

/// Steps that a population runs before the next one does, at most.
const BLOCK: usize = 6;
/// Bytes that the spikes of a block may take, about: with more in a step, blocks are shorter.
const BLOCK_BYTES: usize = 10 << 20;

/// One population's step, as handed to the observer of a run.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    /// 1-based step of the chip (T + D of them when retimed).
    pub step: usize,
    /// Population that stepped.
    pub population: PopulationId,
    /// What it sent.
    pub spikes: &'a SpikeList,
    /// By block ([`Sight::edges`]; row, column, then channel): neurons that received input or
    /// fired, and those that had a potential or a bias, too; empty outside the population's window.
    pub updates: &'a [[u32; 2]],
    /// What the step did to each neuron (see [`crate::kernel`]), where that is asked for
    /// ([`Sight::neurons`]); empty outside the population's window.
    pub flags: &'a [u8],
    /// Of a readout: what it has summed after the step.
    pub membranes: &'a [i32],
    /// What the neurons hold that were asked for ([`Sight::probed`]); empty outside the window.
    pub held: &'a [Held],
    /// Membranes clamped to the chip's width.
    pub saturations: u64,
    /// How long its parts took.
    pub laps: Laps,
}

impl<'a> Observed<'a> {
    fn new(step: usize, population: PopulationId, record: &'a Record) -> Observed<'a> {
        let Record { spikes, updates, flags, membranes, held, saturations, laps } = record;
        Observed {
            step,
            population,
            spikes,
            updates,
            flags,
            membranes,
            held,
            saturations: *saturations,
            laps: *laps,
        }
    }
}

/// Evaluates layer after layer within each of `steps` steps. The step of plain delivery is ignored;
/// within loops, and where the network itself delays, spikes come as much later as it says.
/// Returns the final states, by population.
pub fn layered(
    network: &Network,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(Observed),
) -> Vec<State> {
    // Without fields: the plain way.
    let fields = vec![None; network.projections.len()];
    let sight = vec![Sight { neurons: true, ..Sight::default() }; network.populations.len()];
    let mut states = initial_states(network, &fields, &sight);
    let projections: Vec<Projection> = (network.projections.iter().zip(lags(network)))
        .map(|(projection, delay)| Projection { delay, ..projection.clone() })
        .collect();
    let longest = projections.iter().map(|p| p.delay).max().unwrap_or(0);
    let mut records: Vec<Vec<Record>> =
        network.populations.iter().map(|p| silence(p, longest + 1)).collect();
    let (mut scratch, mut outputs) = (Scratch::default(), vec![]);
    let mut own = Record::default();
    for step in 1..=steps {
        for population in 0..network.populations.len() {
            let arrivals: Vec<Arrival> = (projections.iter().filter(|p| p.target == population))
                .map(|projection| Arrival {
                    projection,
                    source: network.populations[projection.source].shape,
                    records: &records[projection.source],
                    field: None,
                    skips_zeros: false,
                })
                .collect();
            let (state, current) = (&mut states[population], currents[population].as_ref());
            for bands in state.rounds() {
                outputs.resize_with(bands.len().max(outputs.len()), Vec::new);
                let now = step..step + 1;
                let own_population = &network.populations[population];
                let tasks = state.tasks(
                    own_population,
                    &arrivals,
                    current,
                    now,
                    bands.clone(),
                    &mut outputs,
                );
                tasks.for_each(|task| task.run(&mut scratch));
                let count = bands.len();
                state.collect(0, bands, &mut outputs[..count], &mut own);
            }
            observe(Observed::new(step, population, &own));
            std::mem::swap(&mut own, &mut records[population][step % (longest + 1)]);
        }
    }
    states
}

/// Runs `retimed` for `steps` + D steps and shows every population's step with flags of all
/// neurons, in order. Returns the final states, by population.
pub fn stepped(
    retimed: &Retimed,
    currents: &Currents,
    steps: usize,
    mut observe: impl FnMut(Observed),
) -> Vec<State> {
    let sight =
        vec![Sight { neurons: true, ..Sight::default() }; retimed.network.populations.len()];
    each_step(retimed, currents, steps, &sight, |populations| {
        populations.iter().for_each(|&o| observe(o))
    })
}

/// The same, all populations of a step at once, seen as `sight` says for each population (without
/// any: spikes alone).
pub fn each_step(
    retimed: &Retimed,
    currents: &Currents,
    steps: usize,
    sight: &[Sight],
    mut observe: impl FnMut(&[Observed]),
) -> Vec<State> {
    let network = &retimed.network;
    let fields = fields(network);
    let skipping = skipping(network, sight);
    let mut states = initial_states(network, &fields, sight);
    // Flags are many, phases change between steps, and what is in a loop reads the step before.
    let looped = network.projections.iter().any(|p| p.source >= p.target);
    let single = sight.iter().any(|sight| sight.neurons) || network.first_phase.is_some() || looped;
    let longest = if single { 1 } else { BLOCK };
    let delays = delays(network);
    let mut records: Vec<Vec<Record>> =
        network.populations.iter().zip(&delays).map(|(p, &delay)| silence(p, delay)).collect();
    let levels = levels(network);
    // What the bands of a round give, by population of a level.
    let widest = levels.iter().map(Vec::len).max().unwrap_or(0);
    let mut outputs: Vec<Vec<Vec<Record>>> = vec![vec![]; widest];
    let total = steps + retimed.depth;
    let mut now = 1..1;
    while now.end <= total {
        let block = next_block(&records, &now).min(longest);
        records.iter_mut().zip(&delays).for_each(|(ring, &delay)| fit(ring, delay, block, now.end));
        now = now.end..(now.end + block).min(total + 1);
        for level in &levels {
            let window = |p: PopulationId| {
                let depth = network.populations[p].depth;
                now.start.max(depth + 1)..now.end.min(depth + steps + 1)
            };
            let rounds = level.iter().map(|&p| states[p].rounds().count()).max().unwrap_or(0);
            for round in 0..rounds {
                let bands = |state: &State| state.rounds().nth(round).unwrap_or_default();
                let arrivals =
                    level.iter().map(|&p| arrivals(network, p, &records, &fields, &skipping));
                let arrivals: Vec<_> = arrivals.collect();
                let mut tasks = vec![];
                for ((p, state), outputs) in of_level(&mut states, level).zip(&mut outputs) {
                    let (bands, window) = (bands(state), window(p));
                    if bands.is_empty() || window.is_empty() {
                        continue;
                    }
                    outputs.resize_with(bands.len().max(outputs.len()), Vec::new);
                    let (population, currents) = (&network.populations[p], currents[p].as_ref());
                    let arrivals = &arrivals[level.binary_search(&p).unwrap_or(0)];
                    tasks.extend(
                        state.tasks(population, arrivals, currents, window, bands, outputs),
                    );
                }
                tasks
                    .into_par_iter()
                    .for_each_init(Scratch::default, |scratch, task| task.run(scratch));
                let ended: Vec<_> = of_level(&mut states, level)
                    .zip(of_level(&mut records, level))
                    .zip(&mut outputs)
                    .collect();
                ended.into_par_iter().for_each(|(((p, state), (_, records)), outputs)| {
                    let (bands, window, slots) = (bands(state), window(p), records.len());
                    for step in now.clone().filter(|_| !bands.is_empty()) {
                        let record = &mut records[step % slots];
                        match step.checked_sub(window.start).filter(|_| window.contains(&step)) {
                            Some(nth) => state.collect(
                                nth,
                                bands.clone(),
                                &mut outputs[..bands.len()],
                                record,
                            ),
                            None if round == 0 => {
                                record.silence(network.populations[p].shape.positions())
                            }
                            None => {}
                        }
                    }
                });
            }
        }
        for step in now.clone() {
            let observed: Vec<Observed> = (records.iter().enumerate())
                .map(|(p, records)| Observed::new(step, p, &records[step % records.len()]))
                .collect();
            observe(&observed);
        }
    }
    states
}

/// What `all` has for the populations of a level, with their numbers, which grow.
fn of_level<'a, T>(
    all: &'a mut [T],
    level: &'a [PopulationId],
) -> impl Iterator<Item = (PopulationId, &'a mut T)> {
    all.iter_mut().enumerate().filter(|(p, _)| level.binary_search(p).is_ok())
}

fn initial_states(network: &Network, fields: &[Option<Field>], sight: &[Sight]) -> Vec<State> {
    let into = |population| {
        network.projections.iter().zip(fields).filter(move |(p, _)| p.target == population)
    };
    let window = |population| {
        into(population).find_map(|(p, _)| match &p.connection {
            Connection::Pool(window) => Some((window, network.populations[p.source].shape)),
            _ => None,
        })
    };
    let state = |(id, population)| {
        let all = into(id).all(|(_, field)| field.is_some());
        let sight = sight.get(id).cloned().unwrap_or_default();
        State::new(population, window(id), network.first_phase.as_ref(), sight, all)
    };
    network.populations.iter().enumerate().map(state).collect()
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

/// By projection, whether it has weights of zero that its target skips.
fn skipping(network: &Network, sight: &[Sight]) -> Vec<bool> {
    let skips = |p: &Projection| match &p.connection {
        Connection::Conv(conv) => {
            sight.get(p.target).is_some_and(|sight| sight.skips_zeros) && conv.weights.has_zeros()
        }
        Connection::Pool(_) | Connection::OneToOne => false,
    };
    network.projections.par_iter().map(skips).collect()
}

/// By population: the longest delay that leaves it.
fn delays(network: &Network) -> Vec<usize> {
    let of = |id| network.projections.iter().filter(move |p| p.source == id).map(|p| p.delay).max();
    (0..network.populations.len()).map(|id| of(id).unwrap_or(0)).collect()
}

/// Records of as many steps in which nothing fired, before the first.
fn silence(population: &Population, steps: usize) -> Vec<Record> {
    let mut record = Record::default();
    record.silence(population.shape.positions());
    vec![record; steps]
}

/// Steps of the block after `before`, for spikes like those of its fullest step: at most twice as
/// many, since layer after layer begins to fire.
fn next_block(records: &[Vec<Record>], before: &Range<usize>) -> usize {
    let bytes = |step: usize| -> usize {
        records.iter().map(|records| records[step % records.len()].spikes.bytes()).sum()
    };
    let most = before.clone().map(bytes).max().unwrap_or(0).max(1);
    (BLOCK_BYTES / most).clamp(1, (2 * before.len()).max(1))
}

/// Fits a ring of records, each at its step modulo their number, to a block of `block` steps that
/// begins with `step`. The `delay` steps before it stay.
fn fit(records: &mut Vec<Record>, delay: usize, block: usize, step: usize) {
    let room = records.len() - delay;
    if room == block {
        return;
    }
    // Places of the block in front, then the past.
    let count = records.len().max(1);
    records.rotate_left(step % count);
    if room > block {
        records.drain(block..room);
    } else {
        records.splice(room..room, vec![Record::default(); block - room]);
    }
    records.rotate_right(step % (delay + block));
}

/// Populations that depend on earlier levels only.
fn levels(network: &Network) -> Vec<Vec<PopulationId>> {
    let mut of = vec![0; network.populations.len()];
    // Populations are in topological order; those in loops run step by step.
    for population in 0..of.len() {
        let sources =
            network.projections.iter().filter(|p| p.target == population && p.source < population);
        of[population] = sources.map(|p| of[p.source] + 1).max().unwrap_or(0);
    }
    let levels = 0..of.iter().max().map_or(0, |level| level + 1);
    levels.map(|level| (0..of.len()).filter(|&p| of[p] == level).collect()).collect()
}

fn arrivals<'a>(
    network: &'a Network,
    population: PopulationId,
    records: &'a [Vec<Record>],
    fields: &'a [Option<Field>],
    skipping: &[bool],
) -> Vec<Arrival<'a>> {
    (network.projections.iter().zip(fields).zip(skipping))
        .filter(|((p, _), _)| p.target == population)
        .map(|((projection, field), &skips_zeros)| Arrival {
            projection,
            source: network.populations[projection.source].shape,
            records: &records[projection.source],
            field: field.as_ref(),
            skips_zeros,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever blocks come one after the other: the steps before one are found where they were
    /// written.
    #[test]
    fn rings_keep_the_past() {
        for delay in 0..4 {
            let mut ring = vec![Record::default(); delay];
            let mut step = 1;
            for block in [1, 2, 4, 6, 6, 3, 1, 5, 2] {
                fit(&mut ring, delay, block, step);
                let count = ring.len();
                assert_eq!(count, delay + block);
                for now in step..step + block {
                    ring[now % count].saturations = now as u64;
                    let past = now.saturating_sub(delay) as u64;
                    assert_eq!(
                        ring[(now + count - delay) % count].saturations,
                        past,
                        "{delay} before {now}"
                    );
                }
                step += block;
            }
        }
    }

    #[test]
    fn blocks_double_until_their_spikes_are_many() {
        let ring = |entries: usize| {
            let mut record = Record::default();
            (0..entries)
                .for_each(|n| record.spikes.push(crate::engine::spikes::Spike::new(n % 9, 1)));
            vec![vec![record]]
        };
        assert_eq!(next_block(&[], &(1..1)), 1);
        assert_eq!(next_block(&ring(10), &(1..4)), 6);
        assert_eq!(next_block(&ring(BLOCK_BYTES / 16), &(1..4)), 4);
        assert_eq!(next_block(&ring(BLOCK_BYTES), &(1..4)), 1);
    }
}
