//! Values on their way through the graph: sums of populations, and linear combinations of them.

use crate::ann::{Shape, Window};
use crate::snn::PopulationId;

/// A window of one cell.
pub const POINT: Window = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };

/// All channels of one population, as part of a [`View`].
#[derive(Debug, Clone)]
pub struct Term {
    pub population: PopulationId,
    /// First channel of the view that the population's channels add to.
    pub offset: usize,
    pub upsample: [usize; 2],
    /// Factor by channel of the population.
    pub scale: Vec<f64>,
}

/// A tensor that is a sum of populations over channel ranges.
#[derive(Debug, Clone)]
pub struct View {
    pub shape: Shape,
    pub terms: Vec<Term>,
}

/// A convolution of one population, weights `[ky][kx][in channel][out channel within the group]`.
#[derive(Debug, Clone)]
pub struct Part {
    pub population: PopulationId,
    pub upsample: [usize; 2],
    pub window: Window,
    pub groups: usize,
    pub weights: Vec<f64>,
}

/// A linear combination of populations that waits for its activation.
#[derive(Debug, Clone)]
pub struct Drive {
    pub shape: Shape,
    pub parts: Vec<Part>,
    pub bias: Vec<f64>,
}

impl Drive {
    /// The convolution of `view` whose weight at (tap, input channel, output channel within the
    /// group) is `weight`; `shape` is the output's.
    pub fn conv(
        view: &View,
        shape: Shape,
        window: Window,
        groups: usize,
        bias: Vec<f64>,
        weight: impl Fn(usize, usize, usize) -> f64,
    ) -> Drive {
        let taps = window.kernel[0] * window.kernel[1];
        let (inputs, outputs) = (view.shape.channels / groups, shape.channels / groups);
        let part = |term: &Term| {
            // A term that covers some of the groups reaches the others through zeros.
            let whole = term.scale.len() == view.shape.channels;
            let kept = if whole { groups } else { 1 };
            let mut weights = Vec::new();
            for tap in 0..taps {
                for (i, scale) in term.scale.iter().enumerate() {
                    let channel = term.offset + i;
                    let group = channel / inputs;
                    for o in 0..shape.channels / kept {
                        weights.push(if whole {
                            scale * weight(tap, channel, o)
                        } else if o / outputs == group {
                            scale * weight(tap, channel, o % outputs)
                        } else {
                            0.0
                        });
                    }
                }
            }
            Part { population: term.population, upsample: term.upsample, window, groups: kept, weights }
        };
        Drive { shape, parts: view.terms.iter().map(part).collect(), bias }
    }

    /// The view itself.
    pub fn identity(view: &View) -> Drive {
        let channels = view.shape.channels;
        Drive::conv(view, view.shape, POINT, channels, vec![0.0; channels], |_, _, _| 1.0)
    }

    /// Both together.
    pub fn plus(mut self, other: Drive) -> Drive {
        self.parts.extend(other.parts);
        self.bias.iter_mut().zip(other.bias).for_each(|(a, b)| *a += b);
        self
    }

    /// `scale * self + shift`, by output channel.
    pub fn affine(mut self, scale: &[f32], shift: &[f32]) -> Drive {
        for part in &mut self.parts {
            let outputs = self.shape.channels / part.groups;
            let inputs = part.inputs(self.shape.channels);
            for (n, w) in part.weights.iter_mut().enumerate() {
                let (i, o) = (n / outputs % inputs, n % outputs);
                *w *= f64::from(scale[i / (inputs / part.groups) * outputs + o]);
            }
        }
        for (c, b) in self.bias.iter_mut().enumerate() {
            *b = *b * f64::from(scale[c]) + f64::from(shift[c]);
        }
        self
    }
}

impl Part {
    /// Channels of the source, where the target has `channels`.
    pub fn inputs(&self, channels: usize) -> usize {
        self.weights.len() * self.groups / (self.window.kernel[0] * self.window.kernel[1] * channels)
    }
}
