//! Populations: thresholds, starting potentials and limits of their units, in integers.

use super::curve::Target;
use super::drive::{Drive, Part};
use super::quantize::{self, CLAMP, Limits, MOST_STEPS, each, quantize, shift};
use super::settings::{ClipScale, Negative, Neuron, Rounding};
use super::walk::{Unit, Walk};
use super::{Analogue, Error};
use crate::ann::{NodeId, Shape};
use crate::snn::{
    Connection, Conv, IntegrateFire, MOST_SPIKES, Model, NEVER, Population, PopulationId,
    Projection, Readout, Tracking, Weights,
};

/// What the spikes of a population are worth.
pub struct Worth {
    /// Float value of one spike a step, by channel.
    pub amplitude: Vec<f64>,
    /// Most spikes of a unit in a step.
    pub burst: i32,
    /// What a negative spike weighs against a positive one.
    pub slope: f64,
    /// By channel, whether calibration never saw it active.
    pub unseen: Vec<bool>,
}

/// A channel whose scale is below this share of its layer's largest is faint: its numbers are made
/// to fit by a larger scale, which the values that calibration saw hardly need.
const FAINT: f64 = 1.0 / 16.0;
/// Most by which the scale of a channel that calibration never saw is raised.
const MOST_RAISED: f64 = 1e9;

/// Least parts of a spike, as a power of two, in which sums of the image's values are kept.
const LEAST_FINE: u8 = 4;

/// Where the input of a population comes from.
enum Source {
    Drive(Drive),
    /// The image; the largest magnitude by channel.
    Image(Vec<f64>),
}

/// What arrives at a membrane, in its own integers, by channel.
pub struct Membrane {
    pub shift: Vec<u8>,
    pub bias: Vec<i32>,
    /// Membrane units of one spike.
    pub threshold: Vec<i32>,
    /// One membrane unit in spikes.
    pub unit: Vec<f64>,
    /// Largest magnitude.
    pub saturation: i32,
}

impl<'a> Walk<'a> {
    /// Adds the population of the channels of `node` (and its first channel) that `drive` drives,
    /// or the image's values at `pre`; one spike is worth `amplitude`, in the whole layer at most
    /// `ceiling`.
    /// Also returns one membrane unit in floats, by channel.
    pub fn populate(
        &mut self,
        (node, first): (NodeId, usize),
        pre: NodeId,
        drive: Option<Drive>,
        unit: Unit<'a>,
        mut amplitude: Vec<f64>,
        ceiling: f64,
    ) -> Result<(PopulationId, Vec<f64>), Error> {
        let graph = self.graph;
        let shape = drive.as_ref().map_or(graph.nodes[node].shape, |d| d.shape);
        let octaves = self.settings.phases.map_or(0, |phases| phases.octaves);
        let limits = Limits {
            threshold: if matches!(unit, Unit::Readout) { 0.0 } else { self.below(unit).max(1.0) },
            membrane_bits: self.settings.membrane_bits,
            weight_bits: self.settings.weight_bits,
            octaves,
            spike_octaves: if self.settings.rescale { octaves } else { 0 },
        };
        let analogue = drive.is_none();
        let source = match drive {
            Some(drive) => Source::Drive(drive),
            None => Source::Image(self.calibration.largest(graph, pre, shape)?),
        };
        let peaks = match unit {
            Unit::Curve(_) => Some(self.inputs(pre, first, shape, &source)?),
            // Not all of a calibration's ranges hold them, and few readouts need them.
            Unit::Readout => self.inputs(pre, first, shape, &source).ok(),
            _ => None,
        };
        let unseen = self.unseen_of(node);
        let least: Vec<f64> = amplitude.clone();
        // Of a channel that calibration never saw, one scale is as good as another.
        let free = |c: usize, now: f64| match unseen.contains(&(first + c)) {
            true => now < least[c] * MOST_RAISED,
            false => least[c] < ceiling * FAINT && now < ceiling,
        };
        let membrane = loop {
            let tight = match &source {
                Source::Drive(drive) => {
                    self.weighted(drive.clone(), &amplitude, &limits, peaks.as_deref())
                }
                Source::Image(peaks) => {
                    let sums = matches!(unit, Unit::Curve(_));
                    self.fed(pre, peaks, &amplitude, &limits, sums)
                }
            };
            let tight = match tight {
                Ok(membrane) => break membrane,
                Err(channels) => channels,
            };
            if let Some(&channel) = tight.iter().find(|&&c| !free(c, amplitude[c])) {
                let node = &graph.nodes[node];
                let channel = first + channel;
                return Err(Error::Membrane {
                    operator: node.op.name(),
                    node: node.name.clone(),
                    channel,
                });
            }
            let raised = &mut self.unsure(node).raised;
            for channel in tight {
                amplitude[channel] *= 2.0;
                raised.push(first + channel);
            }
            raised.sort_unstable();
            raised.dedup();
        };
        let floats: Vec<f64> = membrane.unit.iter().zip(&amplitude).map(|(u, a)| u * a).collect();
        let (up, down) = self.bursts_of(unit, &amplitude);
        let model = match (unit, self.settings.neuron) {
            (Unit::Readout, _) => {
                Model::Readout(Readout { bias: membrane.bias, shift: membrane.shift })
            }
            (Unit::Curve(function), _) => {
                let ends = self.ends(pre, first, shape);
                let widest = |peaks: Vec<f64>| peaks.iter().map(|&peak| [-peak, peak]).collect();
                let seen = &ends.clone().unwrap_or_else(|| widest(peaks.unwrap_or_default()));
                let (amplitude, segments) = (&amplitude, self.settings.segments);
                let target = Target { function, first, seen, amplitude, burst: up, segments };
                // Ranges of old files do not tell where the inputs lie.
                match target.checked(membrane, &floats, ends.is_some()) {
                    Ok(curve) => Model::Curve(curve),
                    Err(why) => return self.refuse(node, why),
                }
            }
            (_, Neuron::If) => Model::If(self.integrate_fire(unit, membrane, up)),
            (_, Neuron::Tracking) => Model::Tracking(self.tracking(unit, membrane, up, down)),
        };
        let symmetric = self.settings.negative == Negative::Symmetric;
        let slope = match unit {
            Unit::Leaky(alpha) if symmetric => f64::from(alpha),
            _ => 1.0,
        };
        let unseen = (first..first + amplitude.len()).map(|c| unseen.contains(&c)).collect();
        let worth = Worth { amplitude, burst: up.max(down), slope, unseen };
        Ok((self.push((node, first), shape, model, analogue, worth), floats))
    }

    /// Largest magnitude of what units of `first` on, of `shape`, sum up on the calibration, by
    /// channel.
    fn inputs(
        &self,
        pre: NodeId,
        first: usize,
        shape: Shape,
        source: &Source,
    ) -> Result<Vec<f64>, Error> {
        let whole = self.graph.nodes[pre].shape;
        match source {
            Source::Image(peaks) => Ok(peaks.clone()),
            // In another shape channels are others.
            Source::Drive(_) if (whole.height, whole.width) != (shape.height, shape.width) => {
                let peaks = self.calibration.largest(self.graph, pre, whole)?;
                let most = peaks.into_iter().fold(0.0, f64::max);
                Ok(vec![most; shape.channels])
            }
            Source::Drive(_) => {
                let peaks = self.calibration.largest(self.graph, pre, whole)?;
                Ok(peaks[first..first + shape.channels].to_vec())
            }
        }
    }

    /// Least and largest of the same, where the calibration tells them.
    fn ends(&self, pre: NodeId, first: usize, shape: Shape) -> Option<Vec<[f64; 2]>> {
        let whole = self.graph.nodes[pre].shape;
        let alike = (whole.height, whole.width) == (shape.height, shape.width);
        let ends = self.calibration.ends(pre, whole).filter(|_| alike)?;
        Some(ends[first..first + shape.channels].to_vec())
    }

    /// The negative threshold in thresholds.
    fn below(&self, unit: Unit) -> f64 {
        match unit {
            Unit::Leaky(alpha) if self.settings.negative == Negative::Imbalanced => {
                1.0 / f64::from(alpha)
            }
            _ => 1.0,
        }
    }

    /// Most spikes of a step, positive and negative: positive ones up to the clip.
    fn bursts_of(&self, unit: Unit, amplitude: &[f64]) -> (i32, i32) {
        let n = self.settings.burst.0 as i32;
        let signed = matches!(unit, Unit::Leaky(_) | Unit::Linear | Unit::Curve(_))
            || self.settings.neuron == Neuron::Tracking;
        let down = if signed { n } else { 0 };
        let clipped = |clip: f64, most: i32| {
            let largest = amplitude.iter().copied().fold(0.0, f64::max);
            // A little more than the quotient, which rounding may leave below a whole number.
            let spikes = (clip / largest * (1.0 + 1e-6)).min(f64::from(MOST_SPIKES)) as i32;
            most.min(spikes.max(1))
        };
        match unit {
            Unit::Readout => (0, 0),
            Unit::Clip(clip) => {
                // Where a whole clip may leave in a step, it may under lower thresholds, too, in
                // more spikes.
                let whole =
                    self.settings.clip == ClipScale::Clip && n >= self.settings.burst.1 as i32;
                (clipped(f64::from(clip), if whole { MOST_SPIKES } else { n }), down)
            }
            Unit::FarClip(clip) => (clipped(clip, if n > 1 { MOST_SPIKES } else { n }), down),
            _ => (n, down),
        }
    }

    /// Projects the parts of `drive` into the next population. The error is the channels that do
    /// not fit.
    fn weighted(
        &mut self,
        mut drive: Drive,
        amplitude: &[f64],
        limits: &Limits,
        peaks: Option<&[f64]>,
    ) -> Result<Membrane, Vec<usize>> {
        let target = self.out.network.populations.len();
        let channels = drive.shape.channels;
        let mut bursts = Vec::new();
        for part in &mut drive.parts {
            let source = &self.out.lambda[part.population];
            let (first, inputs, outputs) = (part.first, part.inputs(), channels / part.groups);
            let mut normal = part.weights.clone();
            each(part, |at, c, w| {
                normal[at] = w * source[first + at / outputs % inputs] / amplitude[c];
            });
            part.weights = normal;
            bursts.push(self.bursts[part.population]);
        }
        self.bound_unseen(&mut drive);
        drive.bias.iter_mut().zip(amplitude).for_each(|(b, a)| *b /= a);
        let peaks: Option<Vec<f64>> =
            peaks.map(|peaks| peaks.iter().zip(amplitude).map(|(p, a)| p / a).collect());
        let means: Vec<Vec<f64>> = match self.settings.rounding {
            Rounding::Nearest => vec![],
            Rounding::Mean => drive.parts.iter().map(|part| self.means(part)).collect(),
        };
        let whole = quantize(&drive, &bursts, limits, peaks.as_deref(), &means)?;
        self.out.most_steps = self.out.most_steps.min(whole.steps);
        for (part, weights) in drive.parts.iter().zip(whole.weights) {
            let slope = self.out.negative_worth[part.population];
            let mut negative = vec![];
            if slope != 1.0 {
                negative = vec![0i16; weights.len()];
                each(part, |at, c, w| {
                    let step = whole.unit[c] * f64::from(1u32 << whole.shift[c]);
                    negative[at] = (w * slope / step).round() as i16;
                });
            }
            let (window, groups, upsample) = (part.window, part.groups, part.upsample);
            let inputs = part.first..part.first + part.inputs();
            let [weights, negative] =
                [weights, negative].map(|steps| Weights::new(steps, limits.weight_bits));
            let connection =
                Connection::Conv(Conv { inputs, window, groups, upsample, weights, negative });
            let source = part.population;
            self.out.network.projections.push(Projection { source, target, connection, delay: 1 });
        }
        let saturation = self.saturation().min(if whole.clamped { CLAMP } else { i32::MAX });
        let (shift, bias, threshold, unit) = (whole.shift, whole.bias, whole.threshold, whole.unit);
        Ok(Membrane { shift, bias, threshold, unit, saturation })
    }

    /// Mean spikes a step of what a part reads, by its input channel; empty where calibration does
    /// not tell.
    fn means(&self, part: &Part) -> Vec<f64> {
        let (node, first) = self.out.nodes[part.population];
        let (own, whole) =
            (self.out.network.populations[part.population].shape, self.graph.nodes[node].shape);
        // In another shape channels are others; spikes that weigh less below zero have two scales.
        let alike = (own.height, own.width) == (whole.height, whole.width)
            && self.out.negative_worth[part.population] == 1.0;
        let means = self.calibration.means(node, whole).filter(|_| alike);
        let spikes = |means: Vec<f64>| {
            let lambda = &self.out.lambda[part.population][part.first..][..part.inputs()];
            let means = &means[first + part.first..][..part.inputs()];
            means.iter().zip(lambda).map(|(mean, lambda)| mean / lambda).collect()
        };
        means.map_or(vec![], spikes)
    }

    /// Weights from channels that calibration never saw are no larger than the others into the same
    /// channel: what was never active must not take the bits of what is.
    fn bound_unseen(&self, drive: &mut Drive) {
        let unseen = |part: &Part, at: usize| {
            let outputs = part.outputs.len() / part.groups;
            self.unseen[part.population][part.first + at / outputs % part.inputs()]
        };
        if drive.parts.iter().all(|part| !self.unseen[part.population].contains(&true)) {
            return;
        }
        let mut most = vec![0f64; drive.shape.channels];
        for part in &drive.parts {
            each(part, |at, c, w| {
                if !unseen(part, at) {
                    most[c] = most[c].max(w.abs());
                }
            });
        }
        for part in &mut drive.parts {
            let mut bounded = part.weights.clone();
            each(part, |at, c, w| {
                if most[c] > 0.0 && unseen(part, at) {
                    bounded[at] = w.clamp(-most[c], most[c]);
                }
            });
            part.weights = bounded;
        }
    }

    /// Feeds the next population with the image's values at `pre`, whose largest are `peaks`. Other
    /// images may exceed the calibration's values: there is room for eight times as much. `sums`:
    /// the membranes hold the sum of all steps.
    fn fed(
        &mut self,
        pre: NodeId,
        peaks: &[f64],
        amplitude: &[f64],
        limits: &Limits,
        sums: bool,
    ) -> Result<Membrane, Vec<usize>> {
        let (mut unit, mut tight) = (Vec::new(), vec![]);
        let mut limit = Vec::new();
        let mut most_steps = self.out.most_steps;
        for (c, peak) in peaks.iter().enumerate() {
            let bound = (8.0 * peak / amplitude[c]).max(1e-3);
            let one = shift(bound, limits.largest_threshold(), limits.membrane_bits);
            let held = |k: u8| quantize::held(k, bound / 4.0, limits.membrane_bits);
            let k = match (one, sums) {
                (Some(most), true) => {
                    let least = most.min(LEAST_FINE);
                    let k = (least..=most).rev().find(|&k| held(k) >= MOST_STEPS).unwrap_or(least);
                    most_steps = most_steps.min(held(k));
                    Some(k).filter(|&k| held(k) >= quantize::HELD_STEPS)
                }
                (k, _) => k,
            };
            let Some(k) = k else {
                tight.push(c);
                continue;
            };
            let fine = f64::from(1u32 << k);
            unit.push(1.0 / fine);
            limit.push((bound * fine) as i32);
        }
        if !tight.is_empty() {
            return Err(tight);
        }
        self.out.most_steps = most_steps;
        let gain = unit.iter().zip(amplitude).map(|(u, a)| 1.0 / (u * a)).collect();
        let population = self.out.network.populations.len();
        self.out.analogue.push(Analogue { population, node: pre, gain, limit });
        let threshold = unit.iter().map(|u| (1.0 / u) as i32).collect();
        let (channels, saturation) = (peaks.len(), self.saturation());
        Ok(Membrane {
            shift: vec![0; channels],
            bias: vec![0; channels],
            threshold,
            unit,
            saturation,
        })
    }

    fn integrate_fire(&self, unit: Unit, membrane: Membrane, burst: i32) -> IntegrateFire {
        let thresholds = membrane.threshold;
        let ahead = |t: &i32| (f64::from(*t) * self.settings.initial) as i32;
        let initial: Vec<i32> = thresholds.iter().map(ahead).collect();
        let under = self.under(unit, &thresholds);
        let linear = matches!(unit, Unit::Linear);
        // A linear unit has no side to favour: both thresholds come nearer instead, but not below
        // half of what a spike takes off, or each spike would call for one back.
        let nearer: Vec<i32> =
            thresholds.iter().zip(&initial).map(|(t, i)| (t - i).max(t - t / 2)).collect();
        IntegrateFire {
            fire_above: if linear { nearer.clone() } else { thresholds.clone() },
            fire_below: if linear { nearer } else { under.clone() },
            initial: if linear { vec![0; thresholds.len()] } else { initial },
            reset_above: thresholds,
            reset_below: under,
            bias: membrane.bias,
            shift: membrane.shift,
            burst,
            saturation: membrane.saturation,
        }
    }

    fn tracking(&self, unit: Unit, membrane: Membrane, most_up: i32, most_down: i32) -> Tracking {
        let below = self.under(unit, &membrane.threshold);
        let (bias, shift, saturation) = (membrane.bias, membrane.shift, membrane.saturation);
        Tracking { above: membrane.threshold, below, bias, shift, most_up, most_down, saturation }
    }

    /// Membrane units of a negative spike.
    fn under(&self, unit: Unit, thresholds: &[i32]) -> Vec<i32> {
        let times = self.below(unit);
        match unit {
            Unit::Leaky(_) | Unit::Linear => {
                thresholds.iter().map(|&t| (f64::from(t) * times).round() as i32).collect()
            }
            _ => vec![NEVER; thresholds.len()],
        }
    }

    fn saturation(&self) -> i32 {
        ((1i64 << (self.settings.membrane_bits - 1)) - 1) as i32
    }

    pub fn push(
        &mut self,
        node: (NodeId, usize),
        shape: Shape,
        model: Model,
        analogue: bool,
        worth: Worth,
    ) -> PopulationId {
        let whole = &self.graph.nodes[node.0];
        let Shape { channels, height, width } = shape;
        let name = if shape.len() < whole.shape.len() {
            format!("{}[{}..{}]", whole.name, node.1, node.1 + channels)
        } else {
            whole.name.clone()
        };
        let shape = crate::snn::Shape { height, width, channels };
        self.out.network.populations.push(Population { name, shape, model, analogue, depth: 0 });
        self.out.nodes.push(node);
        self.out.lambda.push(worth.amplitude);
        self.bursts.push(worth.burst);
        self.unseen.push(worth.unseen);
        self.out.negative_worth.push(worth.slope);
        self.out.network.populations.len() - 1
    }
}
