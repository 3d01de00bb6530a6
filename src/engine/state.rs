//! The state of one population and how steps change it, in bands that do not depend on each other:
//! rows of positions or, of wide layers, stretches of channels.

use super::fire::Bounds;
use super::spikes::SpikeList;
use super::stopwatch::Laps;
use crate::kernel::{self, Field};
use crate::snn::{FirstPhase, Model, Population, Projection, Shape};
use std::ops::Range;

mod band;

pub use band::{Band, Scratch, Task};

/// What arrives through one projection.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    pub projection: &'a Projection,
    pub source: Shape,
    /// By step (modulo their number) what the source did.
    pub records: &'a [Record],
    /// Where the projection has one.
    pub field: Option<&'a Field>,
}

impl<'a> Arrival<'a> {
    /// The spikes that arrive in a step of the chip.
    pub fn spikes(&self, step: usize) -> &'a SpikeList {
        let (records, delay) = (self.records, self.projection.delay);
        // There are more than the delay, and no delay passes the step of an active population.
        &records[(step + records.len() - delay) % records.len()].spikes
    }
}

/// How finely an observer sees what a step does to the neurons of one population.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Ends of the parts of the channels for which neurons are counted; without any, nothing is counted.
    pub parts: Vec<usize>,
    /// Whether flags of every neuron are kept.
    pub neurons: bool,
}

/// One population between two steps, and what the last steps did.
#[derive(Debug, Clone)]
pub struct State {
    shape: Shape,
    sight: Sight,
    bands: Vec<Band>,
    /// Bands that share positions.
    strips: usize,
    units: Units,
    /// While it lasts.
    phase: Option<Phase>,
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

/// What a population's step gave, put together from its bands.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub spikes: SpikeList,
    /// By position and part of the channels: neurons that received input, and that were active.
    pub updates: Vec<[u32; 2]>,
    pub flags: Vec<u8>,
    /// Of readouts: what they have summed.
    pub membranes: Vec<i32>,
    /// Membranes clamped to the chip's width.
    pub saturations: u64,
    pub laps: Laps,
}

/// Least length of the values of [`Units`].
const REPEATED: usize = 128;
/// Neurons of a band, about: their state stays in the second-level cache while steps pass.
const BAND_NEURONS: usize = 48 * 1024;
/// Layers so wide are cut along their channels, so that each band reads weights of its own.
const WIDE: usize = 256;

impl State {
    /// State before the first step. `source` is the window and shape of a pool's input, `phase` the
    /// network's first phase; `fields`: whether all that arrives comes through fields.
    pub fn new(
        population: &Population,
        source: Option<(&crate::ann::Window, Shape)>,
        phase: Option<&FirstPhase>,
        sight: Sight,
        fields: bool,
    ) -> Self {
        let shape = population.shape;
        let first = phase.map(|&phase| {
            let model = phase.of(population);
            let units = Units::new(&model, shape.channels);
            Phase { of: phase, steps_left: phase.steps, model, units }
        });
        let model = first.as_ref().map_or(&population.model, |first| &first.model);
        let whole = [0..shape.height, 0..shape.channels];
        let cut: Vec<[Range<usize>; 2]> = match &population.model {
            // Pools and relays are one band: a pool's inputs overlap.
            Model::Pool(_) | Model::Relay => vec![whole.clone()],
            _ if shape.channels >= WIDE && fields && !population.analogue => {
                // As wide as the widest block of a field, so that it begins with one.
                (0..shape.channels)
                    .step_by(128)
                    .map(|c| [0..shape.height, c..(c + 128).min(shape.channels)])
                    .collect()
            }
            _ => {
                let rows =
                    (BAND_NEURONS / (shape.width * shape.channels).max(1)).clamp(1, shape.height.max(1));
                (0..shape.height)
                    .step_by(rows)
                    .map(|y| [y..(y + rows).min(shape.height), 0..shape.channels])
                    .collect()
            }
        };
        let strips =
            if cut.first().is_some_and(|[_, channels]| *channels != whole[1]) { cut.len() } else { 1 };
        let mut bands: Vec<Band> =
            cut.into_iter().map(|[rows, channels]| Band::new(model, shape, rows, channels)).collect();
        if let (Model::Pool(kind), Some((window, source))) = (&population.model, source) {
            let weight = phase.map_or(1, |phase| phase.weights()[0]);
            let pool = super::pool::Pool::new(*kind, window, source, shape, weight);
            bands.iter_mut().for_each(|band| band.pool = Some(pool.clone()));
        }
        State {
            shape,
            sight,
            bands,
            strips,
            units: Units::new(&population.model, shape.channels),
            phase: first,
        }
    }

    /// The tasks of the steps `steps` of the chip. They may run in any order; then [`State::collect`] has the results.
    /// While a first phase lasts, only one step at a time.
    ///
    /// `currents` replaces the bias of an analogue population, one value per neuron.
    pub fn tasks<'a>(
        &'a mut self,
        population: &'a Population,
        arrivals: &'a [Arrival<'a>],
        currents: Option<&'a [i32]>,
        steps: Range<usize>,
    ) -> impl Iterator<Item = Task<'a>> {
        self.advance();
        let (model, units) = match &self.phase {
            Some(phase) => (&phase.model, &phase.units),
            None => (&population.model, &self.units),
        };
        let shape = self.shape;
        // Flags say which of several parts a neuron is in.
        let flagged = self.sight.neurons || self.sight.parts.len() > 1;
        self.bands.iter_mut().map(move |band| Task {
            shape,
            model,
            units,
            arrivals,
            currents,
            steps: steps.clone(),
            flagged,
            band,
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
        for band in &mut self.bands {
            // A spike of that phase took off as much as several do now.
            band.counts.iter_mut().for_each(|count| *count <<= phase.octaves.max(0));
            if let Some(pool) = &mut band.pool {
                pool.weigh(phase.weights()[1]);
            }
        }
    }

    /// Membranes (`if`, readout) or residues (`tracking`), `[height, width, channels]`; empty for
    /// pools and relays.
    pub fn potential(&self) -> Vec<i32> {
        self.joined(|band| &band.potential)
    }

    /// Values of all bands, `[height, width, channels]`.
    fn joined<T: Copy>(&self, of: impl Fn(&Band) -> &[T]) -> Vec<T> {
        let mut all = vec![];
        self.join(&mut all, of);
        all
    }

    fn join<T: Copy>(&self, into: &mut Vec<T>, of: impl Fn(&Band) -> &[T]) {
        into.clear();
        if self.strips <= 1 {
            self.bands.iter().for_each(|band| into.extend_from_slice(of(band)));
            return;
        }
        for position in 0..self.shape.positions() {
            for band in &self.bands {
                let width = band.channels.len();
                let values = of(band);
                into.extend_from_slice(values.get(position * width..(position + 1) * width).unwrap_or(&[]));
            }
        }
    }

    /// Puts together what the finished tasks gave in their `nth` step.
    pub fn collect(&mut self, nth: usize, into: &mut Record) {
        into.saturations = self.bands.iter().map(|band| band.outputs[nth].saturations).sum();
        into.laps = Laps::default();
        self.bands.iter().for_each(|band| into.laps += band.outputs[nth].laps);
        let start = std::time::Instant::now();
        match &mut self.bands[..] {
            [only] => std::mem::swap(&mut into.spikes, &mut only.outputs[nth].spikes),
            bands if self.strips > 1 => {
                into.spikes.clear();
                for position in 0..self.shape.positions() {
                    into.spikes.append_across(bands.iter().map(|band| &band.outputs[nth].spikes), position);
                }
            }
            bands => {
                into.spikes.clear();
                bands.iter().for_each(|band| into.spikes.append(&band.outputs[nth].spikes));
            }
        }
        let [first, ..] = &self.bands[..] else { return };
        let flagged = !first.outputs[nth].flags.is_empty();
        self.join(&mut into.flags, |band| &band.outputs[nth].flags);
        into.updates.clear();
        if flagged {
            let parts = &self.sight.parts;
            for flags in into.flags.chunks_exact(self.shape.channels.max(1)) {
                let starts = std::iter::once(&0).chain(parts);
                into.updates
                    .extend(starts.zip(parts).map(|(&from, &to)| kernel::count_flags(&flags[from..to])));
            }
        } else if !self.sight.parts.is_empty() {
            if self.strips > 1 {
                into.updates.resize(self.shape.positions(), [0; 2]);
                for band in &self.bands {
                    let own = &band.outputs[nth].updates;
                    into.updates
                        .iter_mut()
                        .zip(own)
                        .for_each(|(sum, own)| *sum = [0, 1].map(|n| sum[n] + own[n]));
                }
            } else {
                self.bands.iter().for_each(|band| into.updates.extend_from_slice(&band.outputs[nth].updates));
            }
        }
        if !self.sight.neurons {
            into.flags.clear();
        }
        self.join(&mut into.membranes, |band| &band.outputs[nth].membranes);
        into.laps.lists += start.elapsed();
    }
}

impl Record {
    /// Of a population of `positions` that is outside its window.
    pub fn silence(&mut self, positions: usize) {
        self.spikes.silence(positions);
        self.updates.clear();
        self.flags.clear();
        self.saturations = 0;
        self.laps = Laps::default();
    }
}
