//! The state of one population and how one step changes it.

use super::sparse::neuron::Outcome;
use super::spikes::{Spike, SpikeList};
use crate::ann::Window;
use crate::kernel;
use crate::snn::{Connection, IntegrateFire, Model, NEVER, PoolKind, Population, Projection, Shape};

/// What arrives in one step through one projection.
pub struct Arrival<'a> {
    pub projection: &'a Projection,
    pub source: Shape,
    pub spikes: &'a SpikeList,
}

/// Counts of one population and step that only the update sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Updates {
    /// Neurons that received input or fired.
    pub input: u64,
    /// Those, and neurons whose potential or bias was not zero.
    pub state: u64,
    /// Membranes clamped to the chip's width.
    pub saturations: u64,
}

/// Membranes (`if`, readout), or running sums of the inputs (pools), `[height, width, channels]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub potential: Vec<i32>,
    /// Telescoping pools: the maximum sent so far, by unit.
    sent: Vec<i32>,
    /// What the last step did to each neuron.
    outcomes: Vec<Outcome>,
}

impl State {
    /// State before the first step. `source` is the shape of a pool's input.
    pub fn new(population: &Population, source: Option<Shape>) -> Self {
        let neurons = population.shape.neurons();
        let outcomes = vec![Outcome::default(); neurons];
        match &population.model {
            Model::If(unit) => State {
                potential: unit.initial.iter().copied().cycle().take(neurons).collect(),
                sent: Vec::new(),
                outcomes,
            },
            Model::Readout(_) => State { potential: vec![0; neurons], sent: Vec::new(), outcomes },
            Model::Relay => State { potential: Vec::new(), sent: Vec::new(), outcomes },
            Model::Pool(kind) => State {
                potential: vec![0; source.map_or(0, Shape::neurons)],
                sent: if *kind == PoolKind::Telescoping { vec![0; neurons] } else { Vec::new() },
                outcomes,
            },
        }
    }

    /// One step: takes `arrivals`, writes what the population sends into `out`.
    ///
    /// `currents` replaces the bias of an analogue population, one value per neuron.
    pub fn step(
        &mut self,
        population: &Population,
        arrivals: &[Arrival],
        currents: Option<&[i32]>,
        out: &mut SpikeList,
    ) -> Updates {
        out.clear();
        self.outcomes.fill(Outcome::default());
        match &population.model {
            Model::Pool(kind) => self.step_pool(*kind, population.shape, arrivals, out),
            Model::Relay => self.relay(population.shape, arrivals, out),
            Model::If(_) | Model::Readout(_) => self.step_membranes(population, arrivals, currents, out),
        }
    }

    fn step_membranes(
        &mut self,
        population: &Population,
        arrivals: &[Arrival],
        currents: Option<&[i32]>,
        out: &mut SpikeList,
    ) -> Updates {
        let Shape { height, width, channels } = population.shape;
        let (bias, shift) = match &population.model {
            Model::If(unit) => (&unit.bias, &unit.shift),
            Model::Readout(readout) => (&readout.bias, &readout.shift),
            Model::Pool(_) | Model::Relay => return Updates::default(),
        };
        let mut sums = vec![0i32; channels];
        let mut touched = vec![false; channels];
        let mut updates = Updates::default();
        for position in 0..height * width {
            sums.fill(0);
            touched.fill(false);
            let mut all = false;
            for arrival in arrivals {
                let Connection::Conv(conv) = &arrival.projection.connection else { continue };
                let at = [position / width, position % width];
                let any = kernel::gather(conv, arrival.source, arrival.spikes, at, &mut sums, &mut touched);
                all |= any && conv.groups == 1;
            }
            let first = position * channels;
            let membranes = &mut self.potential[first..first + channels];
            let inflow = currents.map_or(&bias[..], |c| &c[first..first + channels]);
            for c in 0..channels {
                let before = membranes[c];
                let mut v = before + (sums[c] << shift[c]) + inflow[c];
                let mut fired = false;
                if let Model::If(unit) = &population.model {
                    let clamped = v.clamp(-unit.saturation, unit.saturation);
                    updates.saturations += u64::from(clamped != v);
                    let count = fire(unit, c, clamped);
                    v = clamped - reset(unit, c, count);
                    fired = count != 0;
                    if fired {
                        // A burst is at most 127 by construction of the unit.
                        out.push(Spike::new(c, count as i8));
                    }
                }
                membranes[c] = v;
                let received = all || touched[c];
                let active = received || before != 0 || inflow[c] != 0;
                self.outcomes[first + c] = Outcome { fired, received, active };
                updates.input += u64::from(received || fired);
                updates.state += u64::from(active || fired);
            }
            out.end_position();
        }
        updates
    }

    fn step_pool(
        &mut self,
        kind: PoolKind,
        shape: Shape,
        arrivals: &[Arrival],
        out: &mut SpikeList,
    ) -> Updates {
        let mut updates = Updates::default();
        let mut touched = vec![false; shape.channels];
        for arrival in arrivals {
            let Connection::Pool(window) = &arrival.projection.connection else { continue };
            let source = arrival.source;
            for position in 0..source.positions() {
                for spike in arrival.spikes.at(position) {
                    self.potential[position * source.channels + spike.channel()] += spike.count();
                }
            }
            for position in 0..shape.positions() {
                let cells = cells(window, source, [position / shape.width, position % shape.width]);
                touched.fill(false);
                for &cell in &cells {
                    for spike in arrival.spikes.at(cell) {
                        touched[spike.channel()] = true;
                    }
                }
                for c in (0..shape.channels).filter(|&c| touched[c]) {
                    updates.input += 1;
                    let unit = position * shape.channels + c;
                    let count = self.pool_unit(kind, source, &cells, arrival.spikes, unit, c);
                    self.outcomes[unit] = Outcome { fired: count != 0, received: true, active: true };
                    if count != 0 {
                        // Changes by more than a spike's range cannot happen: an input moves by one burst.
                        out.push(Spike::new(c, count as i8));
                    }
                }
                out.end_position();
            }
        }
        updates.state = updates.input;
        updates
    }

    fn relay(&mut self, shape: Shape, arrivals: &[Arrival], out: &mut SpikeList) -> Updates {
        let mut updates = Updates::default();
        for arrival in arrivals {
            for position in 0..shape.positions() {
                for &spike in arrival.spikes.at(position) {
                    out.push(spike);
                    let unit = position * shape.channels + spike.channel();
                    self.outcomes[unit] = Outcome { fired: true, received: true, active: true };
                    updates.input += 1;
                }
                out.end_position();
            }
        }
        updates.state = updates.input;
        updates
    }

    /// What the last step did to each neuron.
    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Spikes that one pool unit sends, its inputs' sums being up to date.
    fn pool_unit(
        &mut self,
        kind: PoolKind,
        source: Shape,
        cells: &[usize],
        spikes: &SpikeList,
        unit: usize,
        channel: usize,
    ) -> i32 {
        let mut leader = cells[0];
        for &cell in &cells[1..] {
            if self.potential[cell * source.channels + channel]
                > self.potential[leader * source.channels + channel]
            {
                leader = cell;
            }
        }
        match kind {
            PoolKind::Gate => {
                spikes.at(leader).iter().find(|s| s.channel() == channel).map_or(0, |s| s.count())
            }
            PoolKind::Telescoping => {
                let maximum = self.potential[leader * source.channels + channel];
                let change = maximum - self.sent[unit];
                self.sent[unit] = maximum;
                change
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

/// What the membrane loses by sending `count` spikes.
fn reset(unit: &IntegrateFire, c: usize, count: i32) -> i32 {
    count * if count > 0 { unit.reset_above[c] } else { unit.reset_below[c] }
}

/// Source positions inside a pool's window, row-major.
pub fn cells(window: &Window, source: Shape, at: [usize; 2]) -> Vec<usize> {
    let axis = |a: usize, size: usize| {
        (0..window.kernel[a]).filter_map(move |k| {
            let i = (at[a] * window.stride[a] + k * window.dilation[a]).checked_sub(window.pad[a])?;
            (i < size).then_some(i)
        })
    };
    axis(0, source.height).flat_map(|y| axis(1, source.width).map(move |x| y * source.width + x)).collect()
}
