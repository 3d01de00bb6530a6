//! The state of one population and how one step changes it, in bands of positions that do not
//! depend on each other.

use super::fire::{Bounds, send, send_changes};
use super::pool::Pool;
use super::spikes::SpikeList;
use crate::ann::Window;
use crate::kernel::{self, FIRED, Membranes, Scratch, Trackers};
use crate::snn::{Connection, FirstPhase, Model, Population, Projection, Shape};
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
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Membranes (`if`, readout) or residues (`tracking`), `[height, width, channels]`; empty for
    /// pools and relays.
    pub potential: Vec<i32>,
    /// Net spikes so far of `tracking` units; empty for others.
    counts: Vec<i32>,
    /// What the last step did to each neuron: [`kernel::INPUT`], [`kernel::ACTIVE`], [`FIRED`].
    pub flags: Vec<u8>,
    bounds: Bounds,
    /// While it lasts.
    first: Option<First>,
    pool: Option<Pool>,
    /// Positions of a band.
    band: usize,
    outputs: Vec<Output>,
}

/// A population in the first of two phases.
#[derive(Debug, Clone, PartialEq)]
struct First {
    phase: FirstPhase,
    steps_left: usize,
    model: Model,
    bounds: Bounds,
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
    shape: Shape,
    model: &'a Model,
    arrivals: &'a [Arrival<'a>],
    currents: Option<&'a [i32]>,
    positions: Range<usize>,
    potential: &'a mut [i32],
    counts: &'a mut [i32],
    flags: &'a mut [u8],
    bounds: &'a Bounds,
    pool: Option<&'a mut Pool>,
    output: &'a mut Output,
}

impl State {
    /// State before the first step. `source` is the window and shape of a pool's input, `phase` the
    /// network's first phase.
    pub fn new(
        population: &Population,
        source: Option<(&Window, Shape)>,
        phase: Option<&FirstPhase>,
    ) -> Self {
        let Shape { channels, .. } = population.shape;
        let neurons = population.shape.neurons();
        let positions = population.shape.positions();
        let first = phase.map(|&phase| {
            let model = phase.of(population);
            let bounds = Bounds::new(&model, channels);
            First { phase, steps_left: phase.steps, model, bounds }
        });
        let mut pool = None;
        let mut counts = vec![];
        let potential = match first.as_ref().map_or(&population.model, |first| &first.model) {
            Model::If(unit) => unit.initial.iter().copied().cycle().take(neurons).collect(),
            Model::Tracking(_) => {
                counts = vec![0; neurons];
                vec![0; neurons]
            }
            Model::Readout(_) => vec![0; neurons],
            Model::Relay => vec![],
            Model::Pool(kind) => {
                let weight = phase.map_or(1, |phase| phase.weights()[0]);
                pool =
                    source.map(|(window, source)| Pool::new(*kind, window, source, population.shape, weight));
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
        let bounds = Bounds::new(&population.model, channels);
        State { potential, counts, flags: vec![0; neurons], bounds, first, pool, band, outputs }
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
        self.advance();
        let positions = population.shape.positions();
        let (band, width) = (self.band, self.band * population.shape.channels);
        let (model, bounds) = match &self.first {
            Some(first) => (&first.model, &first.bounds),
            None => (&population.model, &self.bounds),
        };
        let mut pool = self.pool.as_mut();
        let mut potential = self.potential.chunks_mut(width.max(1));
        let mut counts = self.counts.chunks_mut(width.max(1));
        let flags = self.flags.chunks_mut(width.max(1));
        self.outputs.iter_mut().zip(flags).enumerate().map(move |(index, (output, flags))| Task {
            shape: population.shape,
            model,
            arrivals,
            currents,
            positions: index * band..((index + 1) * band).min(positions),
            potential: potential.next().unwrap_or_default(),
            counts: counts.next().unwrap_or_default(),
            flags,
            bounds,
            pool: pool.take(),
            output,
        })
    }

    /// Begins a step: the first phase may be over.
    fn advance(&mut self) {
        let Some(first) = &mut self.first else { return };
        if first.steps_left > 0 {
            first.steps_left -= 1;
            return;
        }
        let phase = first.phase;
        self.first = None;
        // A spike of that phase took off as much as several do now.
        self.counts.iter_mut().for_each(|count| *count <<= phase.octaves.max(0));
        if let Some(pool) = &mut self.pool {
            pool.weigh(phase.weights()[1]);
        }
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
        match self.model {
            Model::If(_) | Model::Tracking(_) | Model::Readout(_) => self.membranes(),
            Model::Relay => self.relay(),
            Model::Pool(_) => {
                self.flags.fill(0);
                if let (Some(pool), [arrival]) = (self.pool, self.arrivals) {
                    pool.step(arrival.spikes, self.flags, &mut self.output.spikes);
                }
            }
        }
    }

    fn membranes(self) {
        let Shape { width, channels, .. } = self.shape;
        let Output { spikes, saturations, scratch } = self.output;
        let rows = self.potential.chunks_exact_mut(channels).zip(self.flags.chunks_exact_mut(channels));
        let mut counts = self.counts.chunks_exact_mut(channels);
        let (bounds, currents) = (self.bounds, self.currents);
        for (position, (potential, flags)) in self.positions.zip(rows) {
            scratch.clear(channels);
            for arrival in self.arrivals {
                if let Connection::Conv(conv) = &arrival.projection.connection {
                    let at = [position / width, position % width];
                    kernel::gather(conv, arrival.source, arrival.spikes, at, scratch);
                }
            }
            flags.copy_from_slice(&scratch.touched);
            let inflow = |bias| currents.map_or(bias, |c| &c[position * channels..(position + 1) * channels]);
            let (sums, highest, lowest) = (&scratch.sums[..], &bounds.highest[..], &bounds.lowest[..]);
            let clamped = match self.model {
                Model::If(unit) => {
                    let (shift, inflow, saturation) = (&unit.shift[..], inflow(&unit.bias), unit.saturation);
                    let membranes = Membranes { shift, inflow, highest, lowest, saturation };
                    let (any, clamped) = kernel::integrate(potential, sums, &membranes, flags);
                    if any {
                        send(unit, potential, flags, spikes);
                    }
                    clamped
                }
                Model::Tracking(unit) => {
                    let (shift, inflow, saturation) = (&unit.shift[..], inflow(&unit.bias), unit.saturation);
                    let (returning, leaving) = (&bounds.returning[..], &bounds.leaving[..]);
                    let trackers =
                        Trackers { shift, inflow, highest, returning, lowest, leaving, saturation };
                    // One count per potential.
                    let counts = counts.next().unwrap_or_default();
                    let (any, clamped) = kernel::track(potential, counts, sums, &trackers, flags);
                    if any {
                        send_changes(unit, potential, counts, flags, spikes);
                    }
                    clamped
                }
                Model::Readout(readout) => {
                    let (shift, inflow) = (&readout.shift[..], inflow(&readout.bias));
                    let membranes = Membranes { shift, inflow, highest, lowest, saturation: i32::MAX };
                    kernel::integrate(potential, sums, &membranes, flags).1
                }
                Model::Pool(_) | Model::Relay => 0,
            };
            *saturations += u64::from(clamped);
            spikes.end_position();
        }
    }

    fn relay(self) {
        self.flags.fill(0);
        let channels = self.shape.channels;
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
