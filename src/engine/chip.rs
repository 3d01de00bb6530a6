//! A converted network on its cores: the functional engine's spikes, counted where they happen.
//!
//! Function first, times second: the spikes are those of [`super::functional::stepped`], whatever
//! the timing. What is counted per step comes from geometry (see `traffic`); what is counted per
//! run waits until its end.

pub(super) mod assemble;
mod counter;
mod nonzero;

pub(crate) use assemble::{POOL_CLASS, SYNAPSE_CLASSES};

use super::functional::{Currents, Observed, each_step};
use super::noc::NocError;
use super::probe::Membrane;
use super::spikes::SpikeList;
use super::{Laps, Options};
use crate::activity::{Activity, Spikes};
use crate::mapping::Mapping;
use crate::profile::Profile;
use crate::snn::Network;
use crate::snn::retime::Retimed;
use counter::Chip;
pub use counter::{Geometry, Placed};
use std::time::Instant;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Every event, counted.
    pub activity: Activity,
    /// By population, `[height, width, channels]`: net spikes of every neuron, weighted where they
    /// are of two phases ([`Network::spike_weight`]); of readouts the final membrane. Of heads only
    /// what came after [`Stop::readout_after`].
    pub sums: Vec<Vec<i32>>,
    /// Every spike, if they were asked for.
    pub spikes: Option<Spikes>,
    /// What the neurons of [`Options::probed`] held after each step.
    pub membranes: Vec<Membrane>,
}

/// Where an emulation is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Steps of inference.
    pub steps: usize,
    /// Steps of its own after which a head begins to sum: below `steps`.
    pub readout_after: usize,
}

/// Runs a retimed network on its cores, until `stop`, and counts every event.
///
/// `currents` as in [`super::functional::stepped`]; `mapping` is of the same network; `progress`
/// hears of every finished step.
///
/// # Errors
/// The mesh cannot be simulated (see [`NocError`]); only under event timing.
pub fn run(
    retimed: &Retimed,
    currents: &Currents,
    mapping: &Mapping,
    profile: &Profile,
    options: Options,
    stop: Stop,
    progress: impl FnMut(),
) -> Result<Run, NocError> {
    let geometry = &Geometry::new(&retimed.network, mapping, profile);
    let placed = Placed { retimed, mapping, profile, geometry };
    let mut runs = checkpoints(placed, currents, options, &[stop], progress)?;
    // One run per checkpoint, and there is one.
    Ok(runs.swap_remove(0))
}

/// Whether packets can be moved on the chip as `options` say, before any is.
///
/// # Errors
/// Those of [`run`] before its first step.
pub fn check(placed: Placed, options: Options) -> Result<(), NocError> {
    Chip::new(placed, options, &[]).map(|_| ())
}

/// One emulation until the last of `stops`, read at each of them (their steps grow): run i is what
/// an emulation until `stops[i]` alone gives, in counts and times.
///
/// Until step T an emulation of T steps and a longer one are the same; after it populations whose
/// T steps are over are silent in the one and not in the other. So the counters are copied at
/// step T, and the copy sees those populations silent for the steps that are left to it.
///
/// # Errors
/// As [`run`].
///
/// # Panics
/// If the steps of `stops` do not grow.
pub fn checkpoints(
    placed: Placed,
    currents: &Currents,
    options: Options,
    stops: &[Stop],
    mut progress: impl FnMut(),
) -> Result<Vec<Run>, NocError> {
    let Placed { retimed, .. } = placed;
    assert!(stops.is_sorted_by(|a, b| a.steps < b.steps));
    let steps = stops.last().map_or(0, |stop| stop.steps);
    let silent: Vec<SpikeList> = retimed
        .network
        .populations
        .iter()
        .map(|p| SpikeList::silent(p.shape.positions()))
        .collect();
    let mut whole = Some(Chip::new(placed, options, stops)?);
    let mut tails: Vec<(Stop, Chip)> = vec![];
    let mut runs = vec![];
    let mut failed = None;
    let sight = counter::sight(placed, options);
    each_step(retimed, currents, steps, &sight, |observed| {
        let step = observed.first().map_or(0, |o| o.step);
        let start = Instant::now();
        let mut advance = || -> Result<(), NocError> {
            for (stop, tail) in &mut tails {
                tail.observe(&until(&retimed.network, observed, stop.steps, &silent))?;
            }
            if let Some(chip) = &mut whole {
                chip.observe(observed)?;
            }
            if let Some(&stop) = stops.iter().find(|stop| stop.steps == step) {
                let chip = if step == steps { whole.take() } else { whole.clone() };
                tails.extend(chip.map(|chip| (stop, chip)));
            }
            for (stop, tail) in &mut tails {
                tail.read(observed, stop.steps);
            }
            while tails.first().is_some_and(|(stop, _)| step == stop.steps + retimed.depth) {
                let (stop, tail) = tails.remove(0);
                runs.push(tail.finish(stop, retimed.depth)?);
            }
            Ok(())
        };
        if failed.is_none() {
            failed = advance().err();
        }
        if let Some(stopwatch) = options.stopwatch {
            let mut laps = Laps::default();
            observed.iter().for_each(|o| laps += o.laps);
            stopwatch.add(laps, start.elapsed());
        }
        progress();
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(runs),
    }
}

/// The populations of a step as an emulation of `steps` steps sees them.
fn until<'o>(
    network: &Network,
    observed: &[Observed<'o>],
    steps: usize,
    silent: &'o [SpikeList],
) -> Vec<Observed<'o>> {
    let mask = |o: &Observed<'o>| match o.step > network.populations[o.population].depth + steps {
        true => Observed {
            spikes: &silent[o.population],
            updates: &[],
            flags: &[],
            held: &[],
            saturations: 0,
            ..*o
        },
        false => *o,
    };
    observed.iter().map(mask).collect()
}
