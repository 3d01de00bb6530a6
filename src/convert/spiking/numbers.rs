//! Steps of weights and units of membranes, by channel of one layer.

use super::{SpikingError, SpikingSettings, linear::Linear, most};
use crate::ann::Shape;
use crate::snn::ALL;
use crate::spiking::{Graph, Neuron, Projection, Values};
use serde::{Deserialize, Serialize};

/// Bits by which a membrane unit is finer than a weight step: Loihi's, and most of all.
const LOIHI: u8 = 6;
const FINEST: u8 = 13;
/// Largest value of a pixel, as bytes.
const BRIGHTEST: f64 = 255.0;
/// Steps of a run, at most.
const MOST_STEPS: f64 = 1024.0;
/// Of the membrane, the part that a threshold takes at most.
const ROOM: f64 = 8.0;
/// Units of a threshold that are fine enough: each step of a leak cuts off up to one.
const FINE: f64 = 4096.0;
const FINE_LEAK: f64 = 65536.0;

/// What the numbers of a layer became, and what that costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Name of the layer.
    pub name: String,
    /// What the network's file calls its neurons.
    pub kind: String,
    /// By channel: float of the potential per weight step.
    pub step: Vec<f64>,
    /// By channel: float of the potential per membrane unit.
    pub unit: Vec<f64>,
    /// Membrane units per weight step, as a power of two.
    pub shift: Vec<u8>,
    /// Bits of its weights: those asked for, or what whole numbers need.
    pub weight_bits: u32,
    /// Its largest weight, in steps.
    pub largest: f64,
    /// Whether its weights were whole numbers, but for the gain of its neurons, and are taken as
    /// they are.
    pub as_given: bool,
    /// `sum |rounded - float| / sum |float|` of the weights; 0 without weights.
    pub weight_error: f64,
    /// Largest difference of a decay from what was asked for, of 1.
    pub decay_error: f64,
}

impl Layer {
    pub(super) fn of_input(name: String) -> Layer {
        Layer {
            name,
            kind: "Input".into(),
            step: vec![],
            unit: vec![],
            shift: vec![],
            weight_bits: 0,
            largest: 0.0,
            as_given: true,
            weight_error: 0.0,
            decay_error: 0.0,
        }
    }
}

/// Share of a number by which products of floats may miss a whole one.
const ROUNDING: f64 = 1e-12;

/// Part of a step by which weights in floats of 32 bits may miss a whole number.
const SAID: f64 = 0.01;

pub(super) struct Numbers {
    pub layer: Layer,
    /// By channel: what is added to the current in every step, as a float of the potential.
    pub drive: Vec<f64>,
    shape: Shape,
    factor: Vec<f64>,
}

impl Numbers {
    pub fn new(
        graph: &Graph,
        p: usize,
        neuron: &Neuron,
        (arriving, images): (&[(Linear, &Projection)], &[Linear]),
        settings: &SpikingSettings,
    ) -> Result<Numbers, SpikingError> {
        let population = &graph.populations[p];
        let shape = population.shape;
        let channels = shape.channels;
        let fault = |what: &str| SpikingError::Layer {
            layer: population.name.clone(),
            why: format!(
                "its {what} differs between positions of a channel, and the units of a channel \
                 share their numbers on the chip"
            ),
        };
        let fires = neuron.fires.as_ref();
        let shared: [(&str, Option<&Values>); 7] = [
            ("leak", Some(&neuron.leak)),
            ("decay", Some(&neuron.keep)),
            ("gain", Some(&neuron.gain)),
            ("current's decay", neuron.current.as_ref().map(|current| &current.keep)),
            ("current's gain", neuron.current.as_ref().map(|current| &current.gain)),
            ("threshold", fires.map(|fires| &fires.threshold)),
            (
                "reset",
                fires.and_then(|fires| match &fires.reset {
                    crate::spiking::Reset::To(values) => Some(values),
                    crate::spiking::Reset::Subtract => None,
                }),
            ),
        ];
        for (what, values) in shared {
            if values.is_some_and(|values| !by_channel(&values.0, shape)) {
                return Err(fault(what));
            }
        }
        let mut constant = vec![0.0; shape.len()];
        for (linear, _) in arriving {
            constant.iter_mut().zip(&linear.constant).for_each(|(sum, c)| *sum += c);
        }
        if !by_channel(&constant, shape) {
            return Err(fault("bias"));
        }
        let first = |c: usize| c * shape.height * shape.width;
        let factor: Vec<f64> = (0..channels).map(|c| factor(neuron, first(c))).collect();
        let drive: Vec<f64> = (0..channels).map(|c| constant[first(c)] * factor[c]).collect();
        let layer = Layer {
            name: population.name.clone(),
            kind: neuron.kind.clone(),
            decay_error: 0.0,
            ..Layer::of_input(String::new())
        };
        let mut numbers = Numbers { layer, drive, shape, factor };
        numbers.choose(neuron, (arriving, images), settings);
        let fit = |what: String| SpikingError::Layer { layer: population.name.clone(), why: what };
        numbers.fits(neuron, settings).map_err(fit)?;
        numbers.layer.decay_error = numbers.decay_error(neuron);
        Ok(numbers)
    }

    /// The value of a channel.
    pub fn at(&self, values: &Values, c: usize) -> f64 {
        values.at(c * self.shape.height * self.shape.width)
    }

    /// A weight into channel `out`, in its steps.
    pub fn weight(&self, out: usize, w: f64) -> i32 {
        (w * self.factor[out] / self.layer.step[out]).round() as i32
    }

    fn choose(
        &mut self,
        neuron: &Neuron,
        (arriving, images): (&[(Linear, &Projection)], &[Linear]),
        settings: &SpikingSettings,
    ) {
        let channels = self.shape.channels;
        let factors = self.factor.clone();
        let of = move |c: usize| {
            let factor = factors[c];
            arriving.iter().flat_map(move |(linear, _)| {
                let each = linear.weights.len() / linear.outputs.max(1);
                linear.weights[c * each..(c + 1) * each].iter().map(move |w| w * factor)
            })
        };
        // What an image adds at most in a step.
        let image = |c: usize| {
            let brings = |linear: &Linear| {
                let each = linear.weights.len() / linear.outputs.max(1);
                let own = &linear.weights[c * each..(c + 1) * each];
                own.iter().map(|w| (w * self.factor[c]).abs()).sum::<f64>()
            };
            BRIGHTEST * images.iter().map(brings).sum::<f64>()
        };
        // Decays are cut, so that sums last up to twice as long.
        let lasts = |c: usize| 2.0 * lasts(neuron, self.at(&neuron.keep, c), c, self);
        let word = f64::from(word(neuron, settings));
        let largest = |c: usize| of(c).fold(0.0f64, |most, w| most.max(w.abs()));
        let held = f64::from((1u32 << (settings.weight_bits - 1)) - 1);
        let threshold = |c: usize| {
            let fires = neuron.fires.as_ref();
            fires.map_or(0.0, |fires| self.at(&fires.threshold, c).abs())
        };
        let whole = |x: f64| (x - x.round()).abs() <= ROUNDING * x.abs();
        let integral = |x: f64| whole(x) && x.abs() <= f64::from(i16::MAX);
        let given = |unit: &dyn Fn(usize) -> f64| {
            // Of images alone nothing says which numbers are whole.
            let is_fed = arriving.iter().any(|(linear, _)| !linear.weights.is_empty());
            (neuron.fires.is_some() || is_fed)
                && (0..channels).all(|c| {
                    unit(c) > 0.0
                        && of(c).all(|w| integral(w / unit(c)))
                        && integral(self.drive[c] / unit(c))
                        && whole(threshold(c) / unit(c))
                })
        };
        // Whole numbers that a neuron multiplies by its gain are those of the chip, too.
        let gain = |c: usize| self.factor[c];
        // What spikemesh wrote says its whole numbers itself; floats of 32 bits miss them a little.
        let said = neuron.whole.as_ref().filter(|whole| {
            let steps = |c: usize| of(c).map(move |w| w / whole.step[c]);
            let most = f64::from(i16::MAX);
            let near = |x: f64| (x - x.round()).abs() <= SAID && x.round().abs() <= most;
            settings.scale.is_none()
                && whole.step.len() == channels
                && (0..channels).all(|c| steps(c).all(near))
        });
        let own = |c: usize| said.map_or(1.0, |whole| whole.step[c]);
        let given: Option<&dyn Fn(usize) -> f64> = match settings.scale {
            Some(_) => None,
            None if said.is_some() => Some(&own),
            None if given(&|_| 1.0) => Some(&|_| 1.0),
            None => Some(&gain as &dyn Fn(usize) -> f64).filter(|gain| given(*gain)),
        };
        let as_given = given.is_some();
        let step = |c: usize| match (settings.scale, given, largest(c)) {
            (Some(scale), ..) => 1.0 / scale,
            (None, Some(unit), _) => unit(c),
            (None, None, most) if most > 0.0 => most / held,
            // What images bring fills the word, as long as it lasts.
            (None, None, _) if image(c) > 0.0 => {
                (image(c) + self.drive[c].abs()) * lasts(c) / word * f64::from(1u32 << LOIHI)
            }
            // Nothing arrives by weights.
            (None, None, _) => threshold(c).max(self.drive[c].abs()).max(1e-300) / held,
        };
        let step: Vec<f64> = (0..channels).map(step).collect();
        let shift = |c: usize| {
            if let Some(whole) = said {
                return whole.shift[c];
            }
            if settings.scale.is_some() {
                return LOIHI;
            }
            // Room below the threshold is wanted, too: membranes go far down, and come back. What
            // is read holds all that comes, as long as it lasts.
            let held = threshold(c).max(self.drive[c].abs()) / step[c];
            if neuron.fires.is_none() {
                let sum: f64 = of(c).map(|w| (w / step[c]).abs()).sum();
                let most = (sum + held + image(c) / step[c]) * lasts(c);
                let room = (word / most.max(1.0)).log2().floor();
                // A leak cuts off up to a unit in each step.
                let most = if self.at(&neuron.keep, c) < 1.0 { FINEST } else { LOIHI };
                return room.clamp(0.0, f64::from(most)) as u8;
            }
            let room = (word / (held * ROOM).max(1.0)).log2().floor();
            let leaks = self.at(&neuron.keep, c) < 1.0
                || neuron.current.as_ref().is_some_and(|current| self.at(&current.keep, c) > 0.0);
            let fine = if leaks { FINE_LEAK } else { FINE };
            let wanted = (fine / held.max(1.0)).log2().ceil().max(f64::from(LOIHI));
            wanted.min(room).clamp(0.0, f64::from(FINEST)) as u8
        };
        let shift: Vec<u8> = (0..channels).map(shift).collect();
        let (mut off, mut all, mut most_steps) = (0.0, 0.0, 0.0f64);
        for (c, step) in step.iter().enumerate() {
            for w in of(c) {
                let rounded = (w / step).round();
                off += (rounded * step - w).abs();
                all += w.abs();
                most_steps = most_steps.max(rounded.abs());
            }
        }
        let layer = &mut self.layer;
        layer.unit = step.iter().zip(&shift).map(|(s, &k)| s / f64::from(1u32 << k)).collect();
        (layer.step, layer.shift, layer.as_given) = (step, shift, as_given);
        layer.largest = most_steps;
        layer.weight_error = if all > 0.0 { off / all } else { 0.0 };
        layer.weight_bits = settings.weight_bits;
        if as_given || settings.scale.is_some() {
            // A sign and the digits of the largest.
            layer.weight_bits = (f64::log2(most_steps + 1.0).ceil() as u32 + 1).clamp(2, 16);
        }
    }

    /// Whether weights, thresholds and constants fit their words, and the steps of rest theirs.
    fn fits(&self, neuron: &Neuron, settings: &SpikingSettings) -> Result<(), String> {
        let (layer, bits) = (&self.layer, settings.membrane_bits);
        if layer.largest > f64::from(i16::MAX) {
            return Err("its weights do not fit 16 bits at this scale; take a smaller one".into());
        }
        if neuron.refractory > u32::from(u8::MAX) {
            return Err(format!("it rests {} steps, and a unit at most 255", neuron.refractory));
        }
        let fires = neuron.fires.as_ref();
        let reset = |c: usize| match fires.map(|fires| &fires.reset) {
            Some(crate::spiking::Reset::To(values)) => self.at(values, c),
            _ => 0.0,
        };
        for c in 0..self.shape.channels {
            let threshold = fires.map_or(0.0, |fires| self.at(&fires.threshold, c));
            let values = [
                ("threshold", threshold),
                ("leak", self.at(&neuron.leak, c)),
                ("bias", self.drive[c]),
                ("reset", reset(c)),
            ];
            let wide = |x: f64| {
                !(x / layer.unit[c]).is_finite()
                    || x.abs() / layer.unit[c] > f64::from(word(neuron, settings))
            };
            if let Some((what, _)) = values.into_iter().find(|(_, x)| wide(*x)) {
                return Err(format!(
                    "the {what} of channel {c} does not fit membranes of {bits} bits beside its \
                     weights"
                ));
            }
        }
        Ok(())
    }

    fn decay_error(&self, neuron: &Neuron) -> f64 {
        let off = |keep: f64| ((1.0 - keep) - f64::from(cut(1.0 - keep)) / f64::from(ALL)).abs();
        let all = (0..self.shape.channels).map(|c| {
            let current = neuron.current.as_ref();
            let current = current.map_or(0.0, |current| off(self.at(&current.keep, c)));
            off(self.at(&neuron.keep, c)).max(current)
        });
        all.fold(0.0, f64::max)
    }
}

/// What an input of element `n` adds to its potential in the same step.
pub(super) fn factor(neuron: &Neuron, n: usize) -> f64 {
    neuron.gain.at(n) * neuron.current.as_ref().map_or(1.0, |current| current.gain.at(n))
}

/// Steps for which an input counts in a potential that is read, at most those of a run.
fn lasts(neuron: &Neuron, keep: f64, c: usize, numbers: &Numbers) -> f64 {
    let steps = |keep: f64| 1.0 / (1.0 - keep).max(1.0 / MOST_STEPS);
    let current = neuron.current.as_ref();
    (steps(keep) * current.map_or(1.0, |of| steps(numbers.at(&of.keep, c)))).min(MOST_STEPS)
}

/// Largest magnitude of the membranes of a neuron: what is read is summed in 32 bits, as the heads
/// of trained networks are.
pub(super) fn word(neuron: &Neuron, settings: &SpikingSettings) -> i32 {
    if neuron.fires.is_some() { most(settings) } else { i32::MAX }
}

/// Whether all positions of a channel have the same value.
fn by_channel(values: &[f64], shape: Shape) -> bool {
    let positions = shape.height * shape.width;
    let same = |own: &[f64]| own.iter().all(|value| *value == own[0]);
    values.len() == 1 || positions == 0 || values.chunks(positions).all(same)
}

/// A share of 1 in 4096 parts, cut: what compilers for Loihi do.
pub(super) fn cut(share: f64) -> u16 {
    let parts = near(share * f64::from(ALL)).floor();
    parts.clamp(0.0, f64::from(ALL)) as u16
}

/// The largest whole number that a number above `x` passes only where it passes `x`.
pub(super) fn whole(x: f64) -> i32 {
    // The cast stops at the ends.
    near(x).floor() as i32
}

/// A number as good as whole is whole: quotients of floats miss it by their last digits.
fn near(x: f64) -> f64 {
    let round = x.round();
    if (x - round).abs() <= 1e-6 * round.abs().max(1.0) { round } else { x }
}
