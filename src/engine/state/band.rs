//! One band of a population: a rectangle of rows and channels, and its share of some steps.

use super::{Arrival, Record, Sight, Units};
use crate::engine::pool::Pool;
use crate::engine::spikes::{Spike, SpikeList};
use crate::kernel::{
    self, ACTIVE, FIRED, Field, Fires, INPUT, Instructions, Place, Pulling, Sent, Sums, Taps,
};
use crate::snn::{Connection, Fed, Model, Shape};
use std::ops::Range;
use std::time::Instant;

/// State of a band.
#[derive(Debug, Clone)]
pub struct Band {
    /// Rows of the population.
    pub rows: Range<usize>,
    /// Channels of the population.
    pub channels: Range<usize>,
    /// residues or sums, position by position.
    pub potential: Vec<i32>,
    /// Net spikes so far of tracking units and of those that follow a curve, currents that last;
    /// empty for others.
    pub counts: Vec<i32>,
    /// Steps that units with a refractory time still rest; empty for others.
    pub rests: Vec<u8>,
    /// Steps so far, of its own.
    pub steps: u32,
    /// State of a pool; `None` for other models.
    pub pool: Option<Pool>,
}

/// Buffers of one worker.
#[derive(Debug, Default)]
pub struct Scratch {
    /// By step, where it serves several bands, and by arrival.
    pulling: Vec<Vec<Pulling>>,
    sums: Vec<i32>,
    touched: Vec<u8>,
    flags: Vec<u8>,
    /// Marks that nobody reads.
    unread: Vec<u8>,
    taps: Taps,
    sent: Sent,
    line: Vec<[u32; 2]>,
}

/// Some steps of one band, or of several that are strips of the same rows.
pub struct Task<'a> {
    pub(super) shared: Shared<'a>,
    /// Of the chip.
    pub(super) steps: Range<usize>,
    pub(super) bands: &'a mut [Band],
    /// By band and step.
    pub(super) outputs: &'a mut [Vec<Record>],
}

/// What the bands of a population have in common.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub shape: Shape,
    pub model: &'a Model,
    pub units: &'a Units,
    pub arrivals: &'a [Arrival<'a>],
    pub currents: Option<&'a Fed>,
    pub sight: &'a Sight,
    pub instructions: Instructions,
}

/// A band at work.
struct Active<'a> {
    shared: Shared<'a>,
    band: &'a mut Band,
    /// Whether flags of all its neurons are asked for.
    flagged: bool,
}

/// Neurons that are summed up, then fired, before the next: their sums stay in the first-level
/// cache.
const CHUNK: usize = 4 * 1024;

impl Band {
    /// Before the first step.
    pub fn new(model: &Model, shape: Shape, rows: Range<usize>, channels: Range<usize>) -> Band {
        let positions = rows.len() * shape.width;
        let neurons = positions * channels.len();
        let (mut counts, mut rests) = (vec![], vec![]);
        let potential = match model {
            Model::If(unit) => unit.initial[channels.clone()].repeat(positions),
            Model::Tracking(_) | Model::Curve(_) => {
                counts = vec![0; neurons];
                vec![0; neurons]
            }
            Model::Readout(_) => vec![0; neurons],
            Model::Cuba(unit) => {
                counts = vec![0; if unit.keeps_current() { neurons } else { 0 }];
                rests = vec![0; if unit.refractory > 0 { neurons } else { 0 }];
                vec![0; neurons]
            }
            Model::Relay | Model::Pool(_) | Model::Input(_) => vec![],
        };
        Band { rows, channels, potential, counts, rests, steps: 0, pool: None }
    }

    fn positions(&self, width: usize) -> Range<usize> {
        self.rows.start * width..self.rows.end * width
    }
}

impl Task<'_> {
    /// Advances the bands one after the other, step by step. What strips read is taken once, for
    /// all of them.
    pub fn run(self, scratch: &mut Scratch) {
        let Task { shared, steps, bands, outputs } = self;
        let strips = bands.len() > 1;
        for (n, (band, outputs)) in bands.iter_mut().zip(outputs).enumerate() {
            if outputs.len() < steps.len() {
                outputs.resize_with(steps.len(), Record::default);
            }
            for (nth, step) in steps.clone().enumerate() {
                let output = &mut outputs[nth];
                output.clear();
                let slot = if strips { nth } else { 0 };
                if n == 0 || !strips {
                    let start = Instant::now();
                    shared.take(step, slot, band.rows.clone(), scratch);
                    output.laps.scatter += start.elapsed();
                }
                let flagged = shared.sight.needs_flags(&band.channels);
                let mut active = Active { shared, band, flagged };
                match shared.model {
                    Model::If(_)
                    | Model::Tracking(_)
                    | Model::Curve(_)
                    | Model::Cuba(_)
                    | Model::Readout(_) => active.membranes(step, slot, scratch, output),
                    Model::Input(_) => active.input(scratch, output),
                    Model::Relay => active.relay(step, scratch, output),
                    Model::Pool(_) => active.pool(step, scratch, output),
                }
                let start = Instant::now();
                let (line, positions) = (&mut scratch.line, &scratch.sent.updates);
                shared.sight.count(band, shared.shape.width, positions, line, output);
                shared.sight.note(band, shared.shape, shared.model, output);
                output.laps.counts += start.elapsed();
            }
        }
    }
}

impl Shared<'_> {
    /// Takes the spikes that arrive in a step into the buffers of a slot.
    fn take(&self, step: usize, slot: usize, rows: Range<usize>, scratch: &mut Scratch) {
        if scratch.pulling.len() <= slot {
            scratch.pulling.resize_with(slot + 1, Vec::new);
        }
        let pulling = &mut scratch.pulling[slot];
        pulling.resize_with(self.arrivals.len().max(pulling.len()), Pulling::default);
        for (arrival, pulling) in self.arrivals.iter().zip(pulling) {
            if let Some(field) = arrival.field {
                field.take(self.instructions, arrival.spikes(step), rows.clone(), pulling);
            }
        }
    }
}

impl Active<'_> {
    fn membranes(&mut self, step: usize, slot: usize, scratch: &mut Scratch, output: &mut Record) {
        self.band.steps += 1;
        let (width, channels) = (self.shared.shape.width, self.band.channels.len());
        let positions = self.band.positions(width);
        if self.flagged {
            output.flags.resize(positions.len() * channels, 0);
        }
        scratch.sent.clear();
        let mut chunk = (CHUNK / channels.max(1)).max(1);
        if self.shared.arrivals.iter().any(|arrival| arrival.field.is_some_and(Field::by_rows)) {
            chunk = (chunk / width).max(1) * width;
        }
        let mut start = Instant::now();
        for first in positions.clone().step_by(chunk) {
            let chunk = first..(first + chunk).min(positions.end);
            let own =
                (first - positions.start) * channels..(chunk.end - positions.start) * channels;
            let marked = self.gather(step, slot, chunk.clone(), scratch);
            let gathered = Instant::now();
            if self.flagged {
                let flags = &mut output.flags[own.clone()];
                if marked {
                    flags.copy_from_slice(&scratch.flags);
                } else {
                    mark(&scratch.touched, channels, flags);
                }
                self.advance(chunk, own, flags, scratch, &mut output.spikes);
            } else {
                let mut flags = std::mem::take(&mut scratch.flags);
                if !marked && kernel::needs_flags(self.shared.instructions, self.shared.model) {
                    flags.clear();
                    flags.resize(own.len(), 0);
                    mark(&scratch.touched, channels, &mut flags);
                } else if !marked {
                    flags.clear();
                }
                self.advance(chunk, own, &mut flags, scratch, &mut output.spikes);
                let counts = flags.chunks_exact(channels.max(1)).map(counted);
                scratch.sent.updates.extend(counts);
                scratch.flags = flags;
            }
            output.laps.scatter += gathered - start;
            start = Instant::now();
            output.laps.update += start - gathered;
        }
        output.spikes.end_positions(&scratch.sent.ends, &scratch.sent.sizes);
        output.saturations = scratch.sent.clamped;
        if self.shared.model.is_read() {
            output.membranes.extend_from_slice(&self.band.potential);
        }
    }

    /// Sums up what arrives at some positions; whether the flags of the scratch hold what was
    /// touched, because not all neurons of a position need to be.
    fn gather(
        &self,
        step: usize,
        slot: usize,
        positions: Range<usize>,
        scratch: &mut Scratch,
    ) -> bool {
        let (width, channels) = (self.shared.shape.width, self.band.channels.len());
        scratch.touched.clear();
        scratch.touched.resize(positions.len(), 0);
        scratch.sums.clear();
        if self.shared.arrivals.is_empty() {
            return false;
        }
        scratch.sums.resize(positions.len() * channels, 0);
        let place =
            Place { positions: positions.clone(), width, outputs: self.band.channels.clone() };
        let mut pull = |skips: bool, sums: &mut [i32], touched: &mut [u8]| {
            let arrivals = self.shared.arrivals.iter().zip(&mut scratch.pulling[slot]);
            for (arrival, pulling) in arrivals.filter(|(arrival, _)| arrival.skips_zeros == skips) {
                if let Some(field) = arrival.field {
                    field.gather(arrival.spikes(step), &place, sums, touched, pulling);
                }
            }
        };
        pull(false, &mut scratch.sums, &mut scratch.touched);
        let own = |arrival: &Arrival| arrival.field.is_none() || arrival.skips_zeros;
        let marked = self.shared.arrivals.iter().any(own);
        if marked {
            scratch.flags.clear();
            scratch.flags.resize(positions.len() * channels, 0);
            mark(&scratch.touched, channels, &mut scratch.flags);
            pull(true, &mut scratch.sums, &mut scratch.touched);
        }
        for arrival in self.shared.arrivals.iter().filter(|arrival| own(arrival)) {
            let Connection::Conv(conv) = &arrival.projection.connection else { continue };
            let (source, spikes) = (arrival.source, arrival.spikes(step));
            let rows = scratch
                .sums
                .chunks_exact_mut(channels)
                .zip(scratch.flags.chunks_exact_mut(channels));
            for (position, (sums, flags)) in positions.clone().zip(rows) {
                let at = [position / width, position % width];
                if arrival.field.is_none() {
                    scratch.unread.resize(channels, 0);
                    let touched = match arrival.skips_zeros {
                        true => &mut scratch.unread[..],
                        false => &mut *flags,
                    };
                    let into = &mut Sums { sums, touched, taps: &mut scratch.taps };
                    kernel::gather(conv, source, spikes, at, into);
                }
                if arrival.skips_zeros {
                    let outputs = (self.shared.shape.channels, self.band.channels.clone());
                    kernel::mark_reached(conv, (source, spikes), at, outputs, flags);
                }
            }
        }
        marked
    }

    /// Integrates and fires; `own` are the units among those of the band.
    fn advance(
        &mut self,
        positions: Range<usize>,
        own: Range<usize>,
        flags: &mut [u8],
        scratch: &mut Scratch,
        spikes: &mut SpikeList,
    ) {
        let all = self.shared.shape.channels;
        let channels = self.band.channels.clone();
        let currents = self
            .shared
            .currents
            .and_then(Fed::current)
            .map(|currents| &currents[positions.start * all..positions.end * all]);
        let kept = |values: usize| if values == 0 { 0..0 } else { own.clone() };
        let (counts, rests) = (kept(self.band.counts.len()), kept(self.band.rests.len()));
        if kernel::needs_flags(self.shared.instructions, self.shared.model)
            && scratch.sums.is_empty()
        {
            scratch.sums.resize(own.len(), 0);
        }
        let mut state = Fires {
            potential: &mut self.band.potential[own],
            counts: &mut self.band.counts[counts],
            sums: &scratch.sums,
            touched: &scratch.touched,
            flags,
            first_channel: channels.start,
        };
        if let Model::Cuba(unit) = self.shared.model {
            let rests = &mut self.band.rests[rests];
            let inflow = currents.unwrap_or(&[]);
            let entries = spikes.entries_mut();
            return kernel::cuba(unit, inflow, &mut state, rests, entries, &mut scratch.sent);
        }
        let (model, step) = (self.shared.model, self.band.steps);
        let units = self.shared.units.of_channels(model, channels.clone(), currents, step);
        if let Some(units) = units
            && kernel::fire(
                self.shared.instructions,
                &units,
                &mut state,
                spikes.entries_mut(),
                &mut scratch.sent,
            )
        {
            return;
        }
        self.shared.units.advance(
            self.shared.model,
            channels,
            all,
            currents,
            &mut state,
            spikes,
            &mut scratch.sent,
        );
    }

    fn pool(&mut self, step: usize, scratch: &mut Scratch, output: &mut Record) {
        let start = Instant::now();
        if self.flagged {
            output.flags.resize(
                self.band.rows.len() * self.shared.shape.width * self.shared.shape.channels,
                0,
            );
        }
        if let (Some(pool), [arrival]) = (&mut self.band.pool, self.shared.arrivals) {
            let Record { spikes, flags, .. } = output;
            let arriving = arrival.spikes(step);
            pool.step(self.shared.instructions, arriving, flags, spikes, &mut scratch.sent);
        }
        output.laps.lists += start.elapsed();
    }

    /// Sends what it is fed in a step of its own. Nothing arrives, and nothing is kept.
    fn input(&mut self, scratch: &mut Scratch, output: &mut Record) {
        self.band.steps += 1;
        let Shape { channels, .. } = self.shared.shape;
        let train = self.shared.currents.and_then(Fed::spikes);
        let mut due = train.map_or(&[][..], |train| train.at(self.band.steps as usize)).iter();
        let mut next = due.next();
        if self.flagged {
            output.flags.resize(self.shared.shape.neurons(), 0);
        }
        for position in 0..self.shared.shape.positions() {
            let end = (position + 1) * channels;
            while let Some(&(neuron, count)) = next.filter(|(neuron, _)| (*neuron as usize) < end) {
                output.spikes.push(Spike::new(neuron as usize % channels, count));
                if self.flagged {
                    output.flags[neuron as usize] = FIRED;
                }
                next = due.next();
            }
            output.spikes.end_position();
        }
        scratch.sent.updates.clear();
        scratch.sent.updates.resize(self.shared.shape.positions(), [0; 2]);
    }

    fn relay(&mut self, step: usize, scratch: &mut Scratch, output: &mut Record) {
        let channels = self.shared.shape.channels;
        scratch.flags.clear();
        scratch.flags.resize(self.shared.shape.neurons(), 0);
        for arrival in self.shared.arrivals {
            for position in 0..self.shared.shape.positions() {
                for &spike in arrival.spikes(step).at(position) {
                    output.spikes.push(spike);
                    scratch.flags[position * channels + spike.channel()] = INPUT | ACTIVE | FIRED;
                }
                output.spikes.end_position();
            }
        }
        scratch.sent.updates.clear();
        match self.flagged {
            true => output.flags.extend_from_slice(&scratch.flags),
            false => scratch
                .sent
                .updates
                .extend(scratch.flags.chunks_exact(channels.max(1)).map(counted)),
        }
    }
}

/// Neurons of a position with input, and active ones; few enough to fit where they are asked for.
fn counted(flags: &[u8]) -> [u16; 2] {
    kernel::count_flags(flags).map(|n| n as u16)
}

/// Marks all neurons of the positions that were touched.
fn mark(touched: &[u8], channels: usize, flags: &mut [u8]) {
    for (flags, _) in
        flags.chunks_exact_mut(channels.max(1)).zip(touched).filter(|(_, touched)| **touched != 0)
    {
        flags.fill(INPUT | ACTIVE);
    }
}
