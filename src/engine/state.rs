//! The state of one population and how one step changes it, in bands of positions that do not
//! depend on each other.

use super::fire::{Bounds, send, send_changes};
use super::pool::Pool;
use super::spikes::SpikeList;
use super::stopwatch::Laps;
use crate::ann::Window;
use crate::kernel::{self, ACTIVE, FIRED, Field, INPUT, Membranes, Pairs, Sums, Taps, Trackers};
use crate::snn::{Connection, FirstPhase, Model, Population, Projection, Shape};
use std::ops::Range;
use std::time::Instant;

/// What arrives in one step through one projection.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    pub projection: &'a Projection,
    pub source: Shape,
    pub spikes: &'a SpikeList,
    /// Where the projection has one; it has taken `spikes`.
    pub field: Option<&'a Field>,
}

/// Neurons of a band, about: enough to be worth a task, few enough to share the work.
const BAND_NEURONS: usize = 16 * 1024;

/// Least length of the values of [`Units`].
const REPEATED: usize = 128;

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
    units: Units,
    /// While it lasts.
    phase: Option<Phase>,
    pool: Option<Pool>,
    /// Positions of a band.
    band: usize,
    outputs: Vec<Output>,
}

/// What the units of a population have in common: values by channel, repeated for some positions, so that a
/// kernel runs over many potentials at once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Units {
    shift: Vec<u8>,
    bias: Vec<i32>,
    saturation: i32,
    bounds: Bounds,
}

impl Units {
    fn new(model: &Model, channels: usize) -> Units {
        let (shift, bias, saturation) = match model {
            Model::If(unit) => (&unit.shift[..], &unit.bias[..], unit.saturation),
            Model::Tracking(unit) => (&unit.shift[..], &unit.bias[..], unit.saturation),
            Model::Readout(unit) => (&unit.shift[..], &unit.bias[..], i32::MAX),
            Model::Pool(_) | Model::Relay => (&[][..], &[][..], i32::MAX),
        };
        let positions = REPEATED.div_ceil(channels.max(1));
        let bounds = Bounds::new(model, channels).repeated(positions);
        Units { shift: shift.repeat(positions), bias: bias.repeat(positions), saturation, bounds }
    }
}

/// The first of two phases of a population.
#[derive(Debug, Clone, PartialEq)]
struct Phase {
    of: FirstPhase,
    steps_left: usize,
    model: Model,
    units: Units,
}

/// What one band gave.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Output {
    spikes: SpikeList,
    /// Membranes clamped to the chip's width.
    saturations: u64,
    laps: Laps,
    sums: Vec<i32>,
    pairs: Pairs,
    taps: Taps,
}

/// One band of one population in one step.
pub struct Task<'a> {
    shape: Shape,
    model: &'a Model,
    arrivals: &'a [Arrival<'a>],
    currents: Option<&'a [i32]>,
    positions: Range<usize>,
    first_neuron: usize,
    units: &'a Units,
    potential: &'a mut [i32],
    counts: &'a mut [i32],
    flags: &'a mut [u8],
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
            let units = Units::new(&model, channels);
            Phase { of: phase, steps_left: phase.steps, model, units }
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
            // Each band of a wide layer reads all its weights.
            _ if channels >= 512 => (2 * BAND_NEURONS / channels).clamp(1, positions.max(1)),
            _ => (BAND_NEURONS / channels.max(1)).clamp(1, positions.max(1)),
        };
        let output = Output {
            spikes: SpikeList::silent(0),
            saturations: 0,
            laps: Laps::default(),
            sums: vec![],
            pairs: Pairs::default(),
            taps: Taps::default(),
        };
        let outputs = vec![output; positions.div_ceil(band)];
        let units = Units::new(&population.model, channels);
        State { potential, counts, flags: vec![0; neurons], units, phase: first, pool, band, outputs }
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
        let (model, units) = match &self.phase {
            Some(phase) => (&phase.model, &phase.units),
            None => (&population.model, &self.units),
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
            first_neuron: index * width,
            units,
            potential: potential.next().unwrap_or_default(),
            counts: counts.next().unwrap_or_default(),
            flags,
            pool: pool.take(),
            output,
        })
    }

    /// Begins a step: the first phase may be over.
    fn advance(&mut self) {
        let Some(Phase { of: phase, steps_left, .. }) = &mut self.phase else { return };
        if *steps_left > 0 {
            *steps_left -= 1;
            return;
        }
        let phase = *phase;
        self.phase = None;
        // A spike of that phase took off as much as several do now.
        self.counts.iter_mut().for_each(|count| *count <<= phase.octaves.max(0));
        if let Some(pool) = &mut self.pool {
            pool.weigh(phase.weights()[1]);
        }
    }

    /// What the bands of the last step took.
    pub fn laps(&self) -> Laps {
        self.outputs.iter().fold(Laps::default(), |mut sum, band| {
            sum += band.laps;
            sum
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
        match self.model {
            Model::If(_) | Model::Tracking(_) | Model::Readout(_) => self.membranes(),
            Model::Relay => self.relay(),
            Model::Pool(_) => {
                let start = Instant::now();
                self.flags.fill(0);
                if let (Some(pool), [arrival]) = (self.pool, self.arrivals) {
                    pool.step(arrival.spikes, self.flags, &mut self.output.spikes);
                }
                self.output.laps = Laps { lists: start.elapsed(), ..Laps::default() };
            }
        }
    }

    fn membranes(self) {
        let Shape { width, channels, .. } = self.shape;
        let Output { spikes, saturations, laps, sums, pairs, taps } = self.output;
        let (potential, flags) = (self.potential, self.flags);
        let start = Instant::now();
        flags.fill(0);
        sums.resize(potential.len(), 0);
        if !self.arrivals.is_empty() {
            sums.fill(0);
        }
        for arrival in self.arrivals {
            let Connection::Conv(conv) = &arrival.projection.connection else { continue };
            if let Some(field) = arrival.field {
                field.gather(self.positions.clone(), width, sums, pairs, |n| {
                    flags[n * channels..(n + 1) * channels].fill(INPUT | ACTIVE);
                });
                continue;
            }
            let rows = sums.chunks_exact_mut(channels).zip(flags.chunks_exact_mut(channels));
            for (position, (sums, touched)) in self.positions.clone().zip(rows) {
                let at = [position / width, position % width];
                kernel::gather(conv, arrival.source, arrival.spikes, at, &mut Sums { sums, touched, taps });
            }
        }
        let scattered = Instant::now();
        let own = self.first_neuron..self.first_neuron + potential.len();
        let inflow = |bias| self.currents.map_or(bias, |currents| &currents[own.clone()]);
        let Units { shift, bias, saturation, bounds } = self.units;
        let (highest, lowest) = (&bounds.highest[..], &bounds.lowest[..]);
        let (any, clamped) = match self.model {
            Model::Tracking(_) => {
                let (mut any, mut clamped) = (false, 0);
                for (n, flags) in flags.chunks_exact_mut(channels).enumerate() {
                    let own = n * channels..(n + 1) * channels;
                    let trackers = Trackers {
                        shift: &shift[..channels],
                        inflow: &inflow(bias)
                            [if self.currents.is_some() { own.clone() } else { 0..channels }],
                        highest: &highest[..channels],
                        returning: &bounds.returning[..channels],
                        lowest: &lowest[..channels],
                        leaving: &bounds.leaving[..channels],
                        saturation: *saturation,
                    };
                    let (residue, counts) = (&mut potential[own.clone()], &self.counts[own.clone()]);
                    let (fired, more) = kernel::track(residue, counts, &sums[own], &trackers, flags);
                    any |= fired;
                    clamped += more;
                }
                (any, clamped)
            }
            _ => {
                let inflow = inflow(bias);
                let membranes = Membranes { shift, inflow, highest, lowest, saturation: *saturation };
                kernel::integrate(potential, sums, &membranes, flags)
            }
        };
        *saturations = u64::from(clamped);
        let updated = Instant::now();
        let positions = flags.len() / channels;
        for n in 0..positions {
            let own = n * channels..(n + 1) * channels;
            match self.model {
                Model::If(unit) if any => send(unit, &mut potential[own.clone()], &flags[own], spikes),
                Model::Tracking(unit) if any => {
                    let counts = &mut self.counts[own.clone()];
                    send_changes(unit, &mut potential[own.clone()], counts, &flags[own], spikes);
                }
                _ => {}
            }
            spikes.end_position();
        }
        *laps = Laps { scatter: scattered - start, update: updated - scattered, lists: updated.elapsed() };
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
