//! The state of one population and how one step changes it, in bands of positions that do not
//! depend on each other.

use super::pool::Pool;
use super::spikes::{Spike, SpikeList};
use crate::ann::Window;
use crate::kernel::{self, FIRED, Membranes, Scratch};
use crate::snn::{Connection, IntegrateFire, Model, NEVER, Population, Projection, Shape};
use std::ops::Range;

/// What arrives in one step through one projection.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    pub projection: &'a Projection,
    pub source: Shape,
    pub spikes: &'a SpikeList,
}

/// Neurons of a band, about: enough to be worth a task, few enough to share the work.
const BAND_NEURONS: usize = 16 * 1024;

/// One population between two steps, and what the last step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Membranes (`if`, readout), `[height, width, channels]`; empty for pools and relays.
    pub potential: Vec<i32>,
    /// What the last step did to each neuron: [`kernel::INPUT`], [`kernel::ACTIVE`], [`FIRED`].
    pub flags: Vec<u8>,
    /// `fire_above - 1` and `-fire_below`, or the bound that no membrane passes, by channel.
    highest: Vec<i32>,
    lowest: Vec<i32>,
    pool: Option<Pool>,
    /// Positions of a band.
    band: usize,
    outputs: Vec<Output>,
}

/// What one band gave.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Output {
    spikes: SpikeList,
    /// Membranes clamped to the chip's width.
    saturations: u64,
    scratch: Scratch,
}

/// One band of one population in one step.
pub struct Task<'a> {
    population: &'a Population,
    arrivals: &'a [Arrival<'a>],
    currents: Option<&'a [i32]>,
    positions: Range<usize>,
    potential: &'a mut [i32],
    flags: &'a mut [u8],
    highest: &'a [i32],
    lowest: &'a [i32],
    pool: Option<&'a mut Pool>,
    output: &'a mut Output,
}

impl State {
    /// State before the first step. `source` is the window and shape of a pool's input.
    pub fn new(population: &Population, source: Option<(&Window, Shape)>) -> Self {
        let Shape { channels, .. } = population.shape;
        let neurons = population.shape.neurons();
        let positions = population.shape.positions();
        let (mut highest, mut lowest) = (vec![i32::MAX; channels], vec![i32::MIN; channels]);
        let mut pool = None;
        let potential = match &population.model {
            Model::If(unit) => {
                for c in 0..channels {
                    highest[c] = unit.fire_above[c].saturating_sub(1);
                    lowest[c] = if unit.fire_below[c] == NEVER { i32::MIN } else { 1 - unit.fire_below[c] };
                }
                unit.initial.iter().copied().cycle().take(neurons).collect()
            }
            Model::Readout(_) => vec![0; neurons],
            Model::Relay => vec![],
            Model::Pool(kind) => {
                pool = source.map(|(window, source)| Pool::new(*kind, window, source, population.shape));
                vec![]
            }
        };
        // Pools and relays are one band: their work is little, and a pool's inputs overlap.
        let band = match potential.len() {
            0 => positions.max(1),
            _ => (BAND_NEURONS / channels.max(1)).clamp(1, positions.max(1)),
        };
        let output = Output { spikes: SpikeList::silent(0), saturations: 0, scratch: Scratch::default() };
        let outputs = vec![output; positions.div_ceil(band)];
        State { potential, flags: vec![0; neurons], highest, lowest, pool, band, outputs }
    }

    /// The tasks of one step. They may run in any order; then [`State::collect`] has the result.
    ///
    /// `currents` replaces the bias of an analogue population, one value per neuron.
    pub fn tasks<'a>(
        &'a mut self,
        population: &'a Population,
        arrivals: &'a [Arrival<'a>],
        currents: Option<&'a [i32]>,
    ) -> impl Iterator<Item = Task<'a>> {
        let positions = population.shape.positions();
        let (band, width) = (self.band, self.band * population.shape.channels);
        let (highest, lowest) = (&self.highest[..], &self.lowest[..]);
        let mut pool = self.pool.as_mut();
        let mut potential = self.potential.chunks_mut(width.max(1));
        let flags = self.flags.chunks_mut(width.max(1));
        self.outputs.iter_mut().zip(flags).enumerate().map(move |(index, (output, flags))| Task {
            population,
            arrivals,
            currents,
            positions: index * band..((index + 1) * band).min(positions),
            potential: potential.next().unwrap_or_default(),
            flags,
            highest,
            lowest,
            pool: pool.take(),
            output,
        })
    }

    /// Writes the spikes of the finished tasks into `out`; returns the membranes they clamped.
    pub fn collect(&mut self, out: &mut SpikeList) -> u64 {
        if let [only] = &mut self.outputs[..] {
            std::mem::swap(out, &mut only.spikes);
            return only.saturations;
        }
        out.clear();
        self.outputs.iter().for_each(|band| out.append(&band.spikes));
        self.outputs.iter().map(|band| band.saturations).sum()
    }
}

impl Task<'_> {
    /// Advances the band by one step.
    pub fn run(self) {
        self.output.spikes.clear();
        self.output.saturations = 0;
        match &self.population.model {
            Model::If(unit) => self.membranes(&unit.shift, &unit.bias, Some(unit)),
            Model::Readout(readout) => self.membranes(&readout.shift, &readout.bias, None),
            Model::Relay => self.relay(),
            Model::Pool(_) => {
                self.flags.fill(0);
                if let (Some(pool), [arrival]) = (self.pool, self.arrivals) {
                    pool.step(arrival.spikes, self.flags, &mut self.output.spikes);
                }
            }
        }
    }

    fn membranes(self, shift: &[u8], bias: &[i32], unit: Option<&IntegrateFire>) {
        let Shape { width, channels, .. } = self.population.shape;
        let Output { spikes, saturations, scratch } = self.output;
        let rows = self.potential.chunks_exact_mut(channels).zip(self.flags.chunks_exact_mut(channels));
        for (position, (potential, flags)) in self.positions.zip(rows) {
            scratch.clear(channels);
            for arrival in self.arrivals {
                if let Connection::Conv(conv) = &arrival.projection.connection {
                    let at = [position / width, position % width];
                    kernel::gather(conv, arrival.source, arrival.spikes, at, scratch);
                }
            }
            let first = position * channels;
            let membranes = Membranes {
                shift,
                inflow: self.currents.map_or(bias, |c| &c[first..first + channels]),
                highest: self.highest,
                lowest: self.lowest,
                saturation: unit.map_or(i32::MAX, |unit| unit.saturation),
            };
            flags.copy_from_slice(&scratch.touched);
            let (any, clamped) = kernel::integrate(potential, &scratch.sums, &membranes, flags);
            *saturations += u64::from(clamped);
            if let (true, Some(unit)) = (any, unit) {
                send(unit, potential, flags, spikes);
            }
            spikes.end_position();
        }
    }

    fn relay(self) {
        self.flags.fill(0);
        let channels = self.population.shape.channels;
        for arrival in self.arrivals {
            for position in self.positions.clone() {
                for &spike in arrival.spikes.at(position) {
                    self.output.spikes.push(spike);
                    self.flags[position * channels + spike.channel()] =
                        kernel::INPUT | kernel::ACTIVE | FIRED;
                }
                self.output.spikes.end_position();
            }
        }
    }
}

/// Spikes and resets of one position's neurons that fire.
fn send(unit: &IntegrateFire, potential: &mut [i32], flags: &[u8], spikes: &mut SpikeList) {
    for (chunk, flags) in flags.chunks(8).enumerate() {
        // Most neurons are silent: skip eight at a time.
        if flags.iter().fold(0, |all, &flag| all | flag) & FIRED == 0 {
            continue;
        }
        for (n, &flag) in flags.iter().enumerate() {
            if flag & FIRED != 0 {
                let c = chunk * 8 + n;
                let count = fire(unit, c, potential[c]);
                potential[c] -= count * if count > 0 { unit.reset_above[c] } else { unit.reset_below[c] };
                // A burst is at most 127 by construction of the unit.
                spikes.push(Spike::new(c, count as i8));
            }
        }
    }
}

/// Net spikes of an `if` unit with membrane `v`.
fn fire(unit: &IntegrateFire, c: usize, v: i32) -> i32 {
    if v >= unit.fire_above[c] {
        ((v - unit.fire_above[c]) / unit.reset_above[c] + 1).min(unit.burst)
    } else if unit.fire_below[c] != NEVER && v <= -unit.fire_below[c] {
        -((-v - unit.fire_below[c]) / unit.reset_below[c] + 1).min(unit.burst)
    } else {
        0
    }
}
