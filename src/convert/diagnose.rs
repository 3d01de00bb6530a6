//! What each layer loses in the conversion, from what a spiking run counted.
//!
//! A layer's error has two sources: what its inputs bring along, and what its own units add. To
//! tell them apart the float layer is evaluated on the activations that the spiking inputs stand
//! for (see `expected`): its distance from the float network is inherited, the spiking layer's
//! distance from it is added. Of what is added, two parts are certain: activations beyond what a
//! unit can send, and the distance to the next whole count of spikes. No spike train of T steps
//! does better.

mod expected;
mod rates;
mod reach;

use super::activations::{float, spiking};
use super::calibrate::{Calibration, LEAST};
use super::compare::correlation;
use super::{Conversion, Error, Settings};
use crate::ann::{self, Graph};
use crate::snn::{Model, PopulationId};
use expected::expected;
pub use rates::RateBin;
use rayon::prelude::*;
use reach::{Reach, capacities};
use std::collections::{BTreeMap, BTreeSet};

/// What one input did, by population of the conversion's network (not retimed).
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<'a> {
    /// Float values of every node of the graph, `[channels, height, width]`.
    pub values: &'a [Vec<f32>],
    /// By step (of each population's own) of [`marks`]: net spikes so far of every neuron,
    /// `[height, width, channels]`; of readouts the membrane.
    pub sums: BTreeMap<usize, Vec<Vec<i32>>>,
    /// Spikes in all steps, negative ones added.
    pub spikes: Vec<u64>,
}

/// What one layer loses, over all inputs. Errors are sums of absolute differences over the sum of
/// the layer's absolute float activations; `None` where those are all zero.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerLoss {
    /// Name of the layer.
    pub name: String,
    /// `relu`, `leaky`, `clip`, `linear`, `max-pool` or `head`.
    pub kind: &'static str,
    /// Channels of the layer.
    pub channels: usize,
    /// Units of the layer.
    pub neurons: usize,
    /// Smallest, median and largest over channels: float value of one spike a step. `None` for
    /// membranes.
    pub lambda: Option<[f64; 3]>,
    /// Channels whose activations never reach 1e-4 of the layer's largest on the calibration.
    pub dead_channels: usize,
    /// Channels that are not dead on the inputs, but whose units all end with a count of zero.
    pub silent_channels: usize,
    /// Channels of whose units at least 1 % send 99 % of what they can, while the activation
    /// exceeds it.
    pub saturated_channels: usize,
    /// Share of the activations that exceed what a unit can send.
    pub clipped_share: Option<f64>,
    /// Pearson correlation with the float activations; `None` where one side is constant.
    pub correlation: Option<f64>,
    /// After a quarter of the steps, half of them, and all.
    pub error: [Option<f64>; 3],
    /// Of what the float layer makes of the spiking inputs, from the float network.
    pub inherited_error: Option<f64>,
    /// Of the spiking layer, from what the float layer makes of the spiking inputs.
    pub added_error: Option<f64>,
    /// The part of `added_error` that lies beyond what a unit can send; `None` for membranes.
    pub clipping_error: Option<f64>,
    /// The part that whole counts of spikes cannot say; `None` for membranes.
    pub rounding_error: Option<f64>,
    /// Sum of spiking minus float activations over the sum of the absolute float ones.
    pub offset: Option<f64>,
    /// Spikes (bursts by size) per unit and step; 0 for readouts.
    pub spikes_per_neuron_step: f64,
    /// Where the net rates lie; empty for membranes.
    pub rates: Vec<RateBin>,
}

impl LayerLoss {
    /// The rest of `added_error`, which other spike trains would not have: spikes that come too
    /// early or too late, and weights of few bits.
    pub fn excess_error(&self) -> Option<f64> {
        let certain = self.clipping_error.unwrap_or(0.0) + self.rounding_error.unwrap_or(0.0);
        // Rounding of sums may leave less than nothing.
        self.added_error.map(|added| (added - certain).max(0.0))
    }
}

/// Steps whose sums [`diagnose`] reads in a run of `steps`: a quarter, half and all of them, and
/// for each the step after which heads begin to count.
pub fn marks(settings: &Settings, steps: usize) -> BTreeSet<usize> {
    let stops = stops(steps).into_iter().filter(|&stop| stop > 0);
    let marks = stops.flat_map(|stop| [stop, settings.readout_after.of(stop)]);
    marks.filter(|&mark| mark > 0 && mark <= steps).collect()
}

fn stops(steps: usize) -> [usize; 3] {
    [steps / 4, steps / 2, steps]
}

/// What every population of `conversion` loses in a run of `steps` steps, in their order.
///
/// `calibration` is what the conversion was calibrated by.
///
/// # Errors
/// The values of the graph's input are too few or too many; or `calibration` is of another network.
///
/// # Panics
/// If an observation has other populations or neurons than the conversion, or lacks a mark.
pub fn diagnose(
    graph: &Graph,
    conversion: &Conversion,
    settings: &Settings,
    calibration: Calibration,
    observations: &[Observation],
    steps: usize,
) -> Result<Vec<LayerLoss>, Error> {
    let run = Run { conversion, settings, observations, steps };
    let expected: Vec<Vec<Vec<f64>>> =
        observations.iter().map(|o| expected(graph, &run, o)).collect::<Result<_, _>>()?;
    let capacities = capacities(&conversion.network);
    let layer = |p: PopulationId| {
        let traces = run.traces(p, &expected);
        run.loss(graph, calibration, p, capacities[p], &traces)
    };
    (0..conversion.network.populations.len()).into_par_iter().map(layer).collect()
}

struct Run<'a> {
    conversion: &'a Conversion,
    settings: &'a Settings,
    observations: &'a [Observation<'a>],
    steps: usize,
}

/// One population over all inputs, neuron by neuron.
#[derive(Default)]
struct Traces {
    /// Net spikes; of readouts the gained membrane.
    counts: Vec<i32>,
    /// What they stand for.
    spiking: Vec<f64>,
    float: Vec<f64>,
    /// What the float layer makes of the spiking inputs.
    expected: Vec<f64>,
}

impl Run<'_> {
    fn is_head(&self, p: PopulationId) -> bool {
        self.conversion.network.heads.iter().any(|head| head.population == p)
    }

    /// Steps after which and until which population `p` counts in a run of `stop` steps.
    fn window(&self, p: PopulationId, stop: usize) -> Option<[usize; 2]> {
        let from = if self.is_head(p) { self.settings.readout_after.of(stop) } else { 0 };
        (from < stop).then_some([from, stop])
    }

    /// What the neurons of `p` counted in the steps of a window.
    fn counts(
        &self,
        observation: &Observation,
        p: PopulationId,
        [from, to]: [usize; 2],
    ) -> Vec<i32> {
        let sums = &observation.sums[&to][p];
        match from {
            0 => sums.clone(),
            _ => sums.iter().zip(&observation.sums[&from][p]).map(|(to, from)| to - from).collect(),
        }
    }

    fn traces(&self, p: PopulationId, expected: &[Vec<Vec<f64>>]) -> Traces {
        let mut traces = Traces::default();
        let Some(window) = self.window(p, self.steps) else { return traces };
        for (observation, expected) in self.observations.iter().zip(expected) {
            let counts = self.counts(observation, p, window);
            traces.spiking.extend(spiking(self.conversion, p, &counts, window[1] - window[0]));
            traces.float.extend(float(self.conversion, p, observation.values));
            traces.expected.extend_from_slice(&expected[p]);
            traces.counts.extend(counts);
        }
        traces
    }

    /// The error that a run of `stop` steps leaves.
    fn error_at(&self, p: PopulationId, stop: usize) -> Option<f64> {
        let window = self.window(p, stop)?;
        let (mut off, mut all) = (0.0, 0.0);
        for observation in self.observations {
            let counts = self.counts(observation, p, window);
            let float = float(self.conversion, p, observation.values);
            let spiking = spiking(self.conversion, p, &counts, window[1] - window[0]);
            off += distance(&spiking, &float);
            all += magnitude(&float);
        }
        (all > 0.0).then(|| off / all)
    }

    fn loss(
        &self,
        graph: &Graph,
        calibration: Calibration,
        p: PopulationId,
        capacity: Option<[i32; 2]>,
        traces: &Traces,
    ) -> Result<LayerLoss, Error> {
        let Traces { counts, spiking, float, expected } = traces;
        let population = &self.conversion.network.populations[p];
        let (channels, neurons) = (population.shape.channels, population.shape.neurons());
        let reach = capacity.map(|capacity| self.reach(p, capacity));
        let best = reach.as_ref().map(|reach| reach.best(expected, self.steps));
        let all = magnitude(float);
        let share = |part: f64| (all > 0.0).then(|| part / all);
        let peaks = self.peaks(graph, calibration, p)?;
        let least = peaks.iter().copied().fold(0.0, f64::max) * LEAST;
        let dead = self.own(graph, p, &peaks).iter().filter(|&&peak| peak <= least).count();
        let fires = !matches!(population.model, Model::Readout(_));
        let spikes: u64 = self.observations.iter().map(|o| o.spikes[p]).sum();
        let places = (neurons * self.steps * self.observations.len()).max(1);
        Ok(LayerLoss {
            name: population.name.clone(),
            kind: if self.is_head(p) {
                "head"
            } else {
                graph.nodes[self.conversion.nodes[p].0].op.form().kind()
            },
            channels,
            neurons,
            lambda: fires.then(|| quartiles(&self.conversion.lambda[p])),
            dead_channels: dead,
            silent_channels: if fires { silent(counts, float, channels, least) } else { 0 },
            saturated_channels: reach
                .as_ref()
                .map_or(0, |r| r.saturated(counts, float, self.steps)),
            clipped_share: reach
                .as_ref()
                .map(|r| r.beyond(float) as f64 / float.len().max(1) as f64),
            correlation: correlation(spiking, float),
            error: stops(self.steps).map(|stop| self.error_at(p, stop)),
            inherited_error: share(distance(expected, float)),
            added_error: share(distance(spiking, expected)),
            clipping_error: best.as_ref().and_then(|best| share(distance(expected, &best.limited))),
            rounding_error: best
                .as_ref()
                .and_then(|best| share(distance(&best.limited, &best.whole))),
            offset: share(spiking.iter().zip(float).map(|(s, f)| s - f).sum()),
            spikes_per_neuron_step: if fires { spikes as f64 / places as f64 } else { 0.0 },
            rates: capacity
                .map_or(vec![], |c| rates::histogram(counts, c, self.settings.burst.1, self.steps)),
        })
    }

    fn reach(&self, p: PopulationId, [up, down]: [i32; 2]) -> Reach<'_> {
        let worth = self.conversion.negative_worth[p];
        Reach { lambda: &self.conversion.lambda[p], worth, up, down }
    }

    /// Largest magnitudes on the calibration of the node that `p` stands for, by channel as `p` has
    /// them.
    fn peaks(
        &self,
        graph: &Graph,
        calibration: Calibration,
        p: PopulationId,
    ) -> Result<Vec<f64>, Error> {
        let (node, shape) =
            (self.conversion.nodes[p].0, self.conversion.network.populations[p].shape);
        // A part of the node or the whole, whose values may stand in another shape there.
        let channels = graph.nodes[node].shape.len() / shape.positions();
        let whole = ann::Shape::new(channels, shape.height, shape.width);
        calibration.largest(graph, node, whole)
    }

    /// Those of the channels of `p`, of `peaks`.
    fn own<'p>(&self, graph: &Graph, p: PopulationId, peaks: &'p [f64]) -> &'p [f64] {
        let ((node, first), shape) =
            (self.conversion.nodes[p], self.conversion.network.populations[p].shape);
        match shape.neurons() == graph.nodes[node].shape.len() {
            true => peaks,
            false => &peaks[first..first + shape.channels],
        }
    }
}

/// Channels with an activation above `least` whose counts are all zero.
fn silent(counts: &[i32], float: &[f64], channels: usize, least: f64) -> usize {
    let (mut alive, mut sends) = (vec![false; channels], vec![false; channels]);
    for (n, (&count, float)) in counts.iter().zip(float).enumerate() {
        alive[n % channels] |= float.abs() > least;
        sends[n % channels] |= count != 0;
    }
    alive.iter().zip(&sends).filter(|&(alive, sends)| *alive && !sends).count()
}

/// Smallest, median (of an even number the lower) and largest.
fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Populations have channels.
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    [at(0), at(sorted.len().saturating_sub(1) / 2), at(sorted.len().saturating_sub(1))]
}

fn magnitude(values: &[f64]) -> f64 {
    values.iter().map(|v| v.abs()).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}
