//! The state of one population and how steps change it, in bands that do not depend on each other:
//! rows of positions or, of wide layers, stretches of channels.

use super::fire::Bounds;
use super::pool::Pool;
use super::probe::Held;
use super::spikes::SpikeList;
use super::stopwatch::Laps;
use crate::kernel::{self, Field, Instructions};
use crate::snn::{Curve, Fed, FirstPhase, Model, Population, Projection, Shape};
use std::ops::Range;
use std::time::Instant;

mod band;
mod sight;
mod units;

use band::Shared;
pub use band::{Band, Scratch, Task};
pub use sight::Sight;

/// What arrives through one projection.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    /// Synapses that the spikes come by.
    pub projection: &'a Projection,
    /// Shape of the population that sent them.
    pub source: Shape,
    /// By step (modulo their number) what the source did.
    pub records: &'a [Record],
    /// Where the projection has one.
    pub field: Option<&'a Field>,
    /// Whether it has weights of zero, and its target's [`Sight`] skips them.
    pub skips_zeros: bool,
}

impl<'a> Arrival<'a> {
    /// The spikes that arrive in a step of the chip.
    pub fn spikes(&self, step: usize) -> &'a SpikeList {
        let (records, delay) = (self.records, self.projection.delay);
        // There are more than the delay, and no delay passes the step of an active population.
        &records[(step + records.len() - delay) % records.len()].spikes
    }
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

/// What the units of a population have in common: values by channel, repeated for some positions,
/// so that a kernel runs over many potentials at once.
#[derive(Debug, Clone, PartialEq)]
struct Units {
    shift: Vec<u8>,
    bias: Vec<i32>,
    saturation: i32,
    bounds: Bounds,
    follows: Follows,
}

/// Of units that follow a curve, by channel, not repeated: what [`kernel::CurveUnits`] asks for.
#[derive(Debug, Clone, Default, PartialEq)]
struct Follows {
    from: Vec<f64>,
    scale: Vec<f64>,
    restless: Vec<i32>,
}

impl Follows {
    fn new(model: &Model) -> Follows {
        let Model::Curve(curve) = model else { return Follows::default() };
        let segments = |&width: &u8| 0.5f64.powi(width.into());
        Follows {
            from: curve.from.iter().map(|&from| from.into()).collect(),
            scale: curve.width.iter().map(segments).collect(),
            restless: (0..curve.from.len()).map(|c| curve.is_restless(c).into()).collect(),
        }
    }

    /// Those of some channels of `curve` in a step of their own.
    ///
    /// # Panics
    /// Beyond [`Curve::MOST_STEPS`].
    fn units<'f>(
        &'f self,
        curve: &'f Curve,
        channels: Range<usize>,
        step: u32,
    ) -> kernel::CurveUnits<'f> {
        assert!(step <= Curve::MOST_STEPS, "units that follow a curve run so many steps at most");
        let knots = curve.segments + 1;
        kernel::CurveUnits {
            from: &self.from[channels.clone()],
            scale: &self.scale[channels.clone()],
            knots: &curve.knots[channels.start * knots..channels.end * knots],
            segments: curve.segments,
            restless: &self.restless[channels],
            most: [curve.most_up, curve.most_down],
            step,
        }
    }
}

impl Units {
    fn new(model: &Model, channels: usize) -> Units {
        let (shift, bias, saturation) = match model {
            Model::If(unit) => (&unit.shift[..], &unit.bias[..], unit.saturation),
            Model::Tracking(unit) => (&unit.shift[..], &unit.bias[..], unit.saturation),
            Model::Curve(curve) => (&curve.shift[..], &curve.bias[..], curve.saturation),
            Model::Readout(unit) => (&unit.shift[..], &unit.bias[..], i32::MAX),
            Model::Cuba(unit) => (&unit.shift[..], &unit.bias[..], unit.saturation),
            Model::Pool(_) | Model::Relay | Model::Input(_) => (&[][..], &[][..], i32::MAX),
        };
        let positions = REPEATED.div_ceil(channels.max(1));
        let bounds = Bounds::new(model, channels).within(saturation).repeated(positions);
        let (shift, bias) = (shift.repeat(positions), bias.repeat(positions));
        Units { shift, bias, saturation, bounds, follows: Follows::new(model) }
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

/// What one step of a population gave, or of one of its bands before they are put together.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// What the population sent.
    pub spikes: SpikeList,
    /// By block of the [`Sight`], of a band by those that it has a share of: neurons that received
    /// input, and that were active.
    pub updates: Vec<[u32; 2]>,
    /// Of every neuron, where they are wanted.
    pub flags: Vec<u8>,
    /// Of readouts: what they have summed.
    pub membranes: Vec<i32>,
    /// Of the neurons that a [`Sight`] asks for, band by band.
    pub held: Vec<Held>,
    /// Membranes clamped to the chip's width.
    pub saturations: u64,
    /// How long its parts took.
    pub laps: Laps,
}

/// Least length of the values of [`Units`].
const REPEATED: usize = 128;
/// Neurons of a band, about: their state stays in the second-level cache while steps pass.
const BAND_NEURONS: usize = 52 * 1024;
/// Bands that are put together at once, so that what they gave is still in the cache.
const ROUND: usize = 4;
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
        let by_rows = |neurons: usize| -> Vec<[Range<usize>; 2]> {
            let rows =
                (neurons / (shape.width * shape.channels).max(1)).clamp(1, shape.height.max(1));
            let ends = (0..shape.height).step_by(rows).map(|y| y..(y + rows).min(shape.height));
            ends.map(|rows| [rows, 0..shape.channels]).collect()
        };
        let cut: Vec<[Range<usize>; 2]> = match &population.model {
            Model::Relay | Model::Input(_) => vec![whole.clone()],
            // Its state is that of its inputs.
            Model::Pool(_) => by_rows(BAND_NEURONS / 4),
            _ if shape.channels >= WIDE && fields && !population.analogue => {
                // As wide as the widest block of a field, so that it begins with one.
                (0..shape.channels)
                    .step_by(128)
                    .map(|c| [0..shape.height, c..(c + 128).min(shape.channels)])
                    .collect()
            }
            _ => by_rows(BAND_NEURONS),
        };
        let strips = if cut.first().is_some_and(|[_, channels]| *channels != whole[1]) {
            cut.len()
        } else {
            1
        };
        let mut bands: Vec<Band> = cut
            .into_iter()
            .map(|[rows, channels]| Band::new(model, shape, rows, channels))
            .collect();
        if let (Model::Pool(kind), Some((window, source))) = (&population.model, source) {
            let weight = phase.map_or(1, |phase| phase.weights()[0]);
            for band in &mut bands {
                band.pool =
                    Some(Pool::new(*kind, window, source, shape, band.rows.clone(), weight));
            }
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

    /// Stretches of bands that can be run, and then put together, one after the other.
    pub fn rounds(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (bands, most) =
            (self.bands.len(), if self.strips > 1 { self.bands.len() } else { ROUND });
        (0..bands).step_by(most.max(1)).map(move |first| first..(first + most).min(bands))
    }

    /// The tasks of some bands in the steps `steps` of the chip. They may run in any order; then
    /// [`State::collect`] puts together what each leaves in its `outputs`. While a first phase
    /// lasts, only one step at a time.
    ///
    /// `currents`: what is fed from outside. A current replaces the bias of an analogue population.
    pub fn tasks<'a>(
        &'a mut self,
        population: &'a Population,
        arrivals: &'a [Arrival<'a>],
        currents: Option<&'a Fed>,
        steps: Range<usize>,
        bands: Range<usize>,
        outputs: &'a mut [Vec<Record>],
    ) -> impl Iterator<Item = Task<'a>> {
        if bands.start == 0 {
            self.advance();
        }
        let (model, units) = match &self.phase {
            Some(phase) => (&phase.model, &phase.units),
            None => (&population.model, &self.units),
        };
        let (shape, sight) = (self.shape, &self.sight);
        // Chosen once for all that a task does.
        let instructions = Instructions::best();
        // Strips read the same spikes: as many of them in a task as leave every thread one.
        let each = if self.strips > 1 {
            bands.len().div_ceil(rayon::current_num_threads()).max(1)
        } else {
            1
        };
        self.bands[bands].chunks_mut(each).zip(outputs.chunks_mut(each)).map(
            move |(bands, outputs)| Task {
                shared: Shared { shape, model, units, arrivals, currents, sight, instructions },
                steps: steps.clone(),
                bands,
                outputs,
            },
        )
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

    /// Membranes (`if`, `cuba`, readout), residues (`tracking`) or sums (curves),
    /// `[height, width, channels]`; empty for pools, relays and inputs.
    pub fn potential(&self) -> Vec<i32> {
        self.joined(|band| &band.potential)
    }

    /// Currents (`cuba`), net counts (`tracking`, curves), `[height, width, channels]`.
    pub fn counts(&self) -> Vec<i32> {
        self.joined(|band| &band.counts)
    }

    /// Values of all bands, `[height, width, channels]`.
    fn joined<T: Copy>(&self, of: impl Fn(&Band) -> &[T]) -> Vec<T> {
        let (mut all, values) =
            (vec![], self.bands.iter().map(|band| (band, of(band))).collect::<Vec<_>>());
        self.join(&values, &mut all);
        all
    }

    /// Appends values of bands, position by position.
    fn join<T: Copy>(&self, bands: &[(&Band, &[T])], into: &mut Vec<T>) {
        if self.strips <= 1 {
            bands.iter().for_each(|(_, values)| into.extend_from_slice(values));
            return;
        }
        for position in 0..self.shape.positions() {
            for (band, values) in bands {
                let width = band.channels.len();
                into.extend_from_slice(
                    values.get(position * width..(position + 1) * width).unwrap_or(&[]),
                );
            }
        }
    }

    /// Puts together what the finished tasks of some bands gave in their `nth` step, behind that of
    /// the bands before.
    pub fn collect(
        &self,
        nth: usize,
        bands: Range<usize>,
        outputs: &mut [Vec<Record>],
        into: &mut Record,
    ) {
        let start = Instant::now();
        if bands.start == 0 {
            into.clear();
        }
        for output in outputs.iter().map(|outputs| &outputs[nth]) {
            into.saturations += output.saturations;
            into.laps += output.laps;
            into.held.extend_from_slice(&output.held);
        }
        let entries = outputs.iter().map(|outputs| outputs[nth].spikes.entries().len()).sum();
        let rounds = (self.bands.len() - bands.start).div_ceil(bands.len().max(1));
        into.spikes.reserve(self.shape.positions(), entries, rounds);
        match &mut *outputs {
            [only] if self.bands.len() == 1 => {
                std::mem::swap(&mut into.spikes, &mut only[nth].spikes)
            }
            outputs if self.strips > 1 => {
                for position in 0..self.shape.positions() {
                    into.spikes.append_across(
                        outputs.iter().map(|outputs| &outputs[nth].spikes),
                        position,
                    );
                }
            }
            outputs => outputs.iter().for_each(|outputs| into.spikes.append(&outputs[nth].spikes)),
        }
        if bands.end == self.bands.len() {
            into.spikes.shrink();
        }
        let each =
            || self.bands[bands.clone()].iter().zip(outputs.iter().map(|outputs| &outputs[nth]));
        let flags: Vec<_> = each().map(|(band, output)| (band, &output.flags[..])).collect();
        self.join(&flags, &mut into.flags);
        each().for_each(|(band, output)| self.sight.add(band, &output.updates, &mut into.updates));
        let membranes: Vec<_> =
            each().map(|(band, output)| (band, &output.membranes[..])).collect();
        self.join(&membranes, &mut into.membranes);
        into.laps.lists += start.elapsed();
    }
}

impl Record {
    fn clear(&mut self) {
        self.spikes.clear();
        self.updates.clear();
        self.flags.clear();
        self.membranes.clear();
        self.held.clear();
        self.saturations = 0;
        self.laps = Laps::default();
    }

    /// Of a population of `positions` that is outside its window.
    pub fn silence(&mut self, positions: usize) {
        self.clear();
        self.spikes.silence(positions);
    }
}
