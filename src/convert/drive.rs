//! Values on their way through the graph: sums of populations, and linear combinations of them.

use std::ops::Range;

use crate::ann::{Shape, Window};
use crate::snn::PopulationId;

/// A window of one cell.
pub const POINT: Window = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };

/// Channels of one population, as part of a [`View`].
#[derive(Debug, Clone)]
pub struct Term {
    pub population: PopulationId,
    /// First channel of the population that it takes.
    pub first: usize,
    /// First channel of the view that those channels add to.
    pub offset: usize,
    pub upsample: [usize; 2],
    /// Factor by channel taken.
    pub scale: Vec<f64>,
}

impl Term {
    /// Channels of the view that the term adds to.
    pub fn channels(&self) -> Range<usize> {
        self.offset..self.offset + self.scale.len()
    }
}

/// A tensor that is a sum of populations over channel ranges.
#[derive(Debug, Clone)]
pub struct View {
    pub shape: Shape,
    pub terms: Vec<Term>,
}

impl View {
    /// Whether some channel is a sum of several populations.
    pub fn has_sums(&self) -> bool {
        let covered: usize = self.terms.iter().map(|t| t.scale.len()).sum();
        covered > self.shape.channels
    }
}

/// A convolution of channels of one population, weights
/// `[ky][kx][in channel][out channel within the group]`.
#[derive(Debug, Clone)]
pub struct Part {
    pub population: PopulationId,
    /// First channel of the population that it reads.
    pub first: usize,
    pub upsample: [usize; 2],
    pub window: Window,
    pub groups: usize,
    /// Channels of the drive that it adds to.
    pub outputs: Range<usize>,
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
            let channels = term.channels();
            let (first, end) = (channels.start / inputs, channels.end.div_ceil(inputs));
            // Only a term of whole groups keeps them; within others zeros stand.
            let whole = channels.start == first * inputs && channels.end == end * inputs;
            let kept = if whole { end - first } else { 1 };
            let reach = first * outputs..end * outputs;
            let mut weights = Vec::new();
            for tap in 0..taps {
                for (channel, scale) in channels.clone().zip(&term.scale) {
                    let group = channel / inputs - first;
                    for o in 0..reach.len() / kept {
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
            let (population, first, upsample) = (term.population, term.first, term.upsample);
            Part { population, first, upsample, window, groups: kept, outputs: reach, weights }
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
    pub fn scaled(mut self, scale: &[f64], shift: &[f64]) -> Drive {
        for part in &mut self.parts {
            for n in 0..part.weights.len() {
                part.weights[n] *= scale[part.output(n)];
            }
        }
        for (b, (scale, shift)) in self.bias.iter_mut().zip(scale.iter().zip(shift)) {
            *b = *b * scale + shift;
        }
        self
    }

    /// The finest cut into channel ranges that no part crosses, each with its first channel:
    /// what a grouped convolution reads of a concatenation stays apart, so that no synapse of
    /// weight zero joins it.
    pub fn pieces(self) -> Vec<(usize, Drive)> {
        let inside = |edge: &usize| {
            self.parts.iter().all(|p| *edge <= p.outputs.start || *edge >= p.outputs.end)
        };
        let mut edges: Vec<usize> =
            self.parts.iter().map(|p| p.outputs.start).filter(inside).collect();
        edges.extend([0, self.shape.channels]);
        edges.sort_unstable();
        edges.dedup();
        let ranges = edges.windows(2).map(|e| e[0]..e[1]);
        ranges.map(|range| (range.start, self.piece(range))).collect()
    }

    /// The channels of `range`, which no part crosses; every part reaches all of them.
    pub fn piece(&self, range: Range<usize>) -> Drive {
        let within = self.parts.iter().filter(|p| range.contains(&p.outputs.start));
        Drive {
            shape: Shape { channels: range.len(), ..self.shape },
            parts: within.map(|p| p.widened(&range)).collect(),
            bias: self.bias[range].to_vec(),
        }
    }
}

impl Part {
    /// How many channels it reads.
    pub fn inputs(&self) -> usize {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        self.weights.len() * self.groups / (taps * self.outputs.len())
    }

    /// The same in a drive where its channels come `offset` later.
    pub fn moved(self, offset: usize) -> Part {
        Part { outputs: self.outputs.start + offset..self.outputs.end + offset, ..self }
    }

    /// Channel of the drive that weight `n` adds to.
    pub fn output(&self, n: usize) -> usize {
        let (inputs, outputs) = (self.inputs(), self.outputs.len() / self.groups);
        let i = n / outputs % inputs;
        self.outputs.start + i / (inputs / self.groups) * outputs + n % outputs
    }

    /// The same, as part of a drive of the channels `range` alone; others than its own are reached
    /// through zeros.
    fn widened(&self, range: &Range<usize>) -> Part {
        if self.outputs == *range {
            return Part { outputs: 0..range.len(), ..self.clone() };
        }
        let per_group = self.outputs.len() / self.groups;
        let mut weights = vec![0.0; self.weights.len() / per_group * range.len()];
        for (n, &w) in self.weights.iter().enumerate() {
            weights[n / per_group * range.len() + self.output(n) - range.start] = w;
        }
        Part { groups: 1, outputs: 0..range.len(), weights, ..self.clone() }
    }
}
