//! The choices of a conversion, each with its equation in docs/conversion.md.
//!
//! Throughout, lambda is the activation that one spike a step stands for, th the threshold, alpha
//! the slope of a leaky ReLU, and rates are net spikes (negative ones subtracted) a step.

use crate::snn::FirstPhase;
use serde::{Deserialize, Serialize};

/// Choices of a conversion. The default is the recipe `paper`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What shares one lambda.
    pub normalisation: Normalisation,
    /// Which of the calibration's activations is lambda.
    pub lambda: Lambda,
    /// Which activations lambda is taken from.
    pub statistic: Statistic,
    /// Lambda of units whose float activation is clipped.
    pub clip: ClipScale,
    /// What leaky units do below zero.
    pub negative: Negative,
    /// V(0) / th, 0 to 1. Linear units start at 0 and fire at +-(1 - this) th instead, so that
    /// neither sign is ahead (1/2: Bu et al. 2022, optimal for a uniform input; 0: the papers').
    pub initial: f64,
    /// By scaled layer (see [`super::scaled_layers`]): its threshold in multiples of lambda, or
    /// several, one for each of as many groups of its channels; empty: 1 for all.
    pub thresholds: Vec<Vec<f64>>,
    /// Whether a spike carries what its threshold took off, so that thresholds change no gain: then
    /// lambda itself is multiplied. Else outgoing weights stay as they are.
    pub rescale: bool,
    /// The first of two phases: until one of a layer's steps its thresholds are other ones. Its
    /// `rescaled` is [`Settings::rescale`].
    pub phases: Option<Phases>,
    /// `(n, d)`: a spike is worth lambda / d, and up to n leave in a step (Li & Zeng 2022).
    pub burst: (u32, u32),
    /// How a unit turns its input into spikes.
    pub neuron: Neuron,
    /// Straight pieces of the table of a curve.
    pub segments: usize,
    /// What stands for a max-pool.
    pub pool: MaxPool,
    /// What a sum of branches becomes that several layers read.
    pub residual: Residual,
    /// What a head reads of its last layer.
    pub readout: Readout,
    /// The first steps of a head, which do not count.
    pub readout_after: ReadoutAfter,
    /// Bits of a weight, its sign included: 2 to 16.
    pub weight_bits: u32,
    /// What becomes of what weights lose by rounding.
    pub rounding: Rounding,
    /// The same in the analogue layer, which is computed outside the chip; `None`: as many.
    pub input_bits: Option<u32>,
    /// When spikes of a layer act on the next.
    pub delivery: Delivery,
    /// Width of the chip's membranes, up to 32.
    pub membrane_bits: u32,
    /// Most source units that one neuron may read, as a chip's axons in count them. `None`: any
    /// number. What exceeds it without reading sums stays as it is.
    pub max_sources: Option<u64>,
    /// What a source with negative spikes counts there: 2 where they take a second neuron, else 1.
    pub units_per_signed: u64,
}

/// Two-phase thresholds: until a layer's step `switch` its thresholds are 2^`octaves` times as
/// high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Power of two of the factor on the thresholds.
    pub octaves: i32,
    /// Step of a layer until which it lasts.
    pub switch: usize,
}

impl std::fmt::Display for Phases {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}@{}", 2f64.powi(self.octaves), self.switch)
    }
}

/// Largest power of two of the factor of a first phase, and one over the smallest.
pub const MOST_OCTAVES: i32 = 3;

/// Largest factor on a threshold, and one over the smallest.
pub const LARGEST_FACTOR: f64 = 16.0;

/// What shares one lambda: `w~ = w lambda_in / lambda_out`, `b~ = b / lambda_out`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// All channels of a layer (Diehl et al. 2015).
    Layer,
    /// Each channel has its own (Kim et al. 2020, eq. 5).
    Channel,
}

/// Which of the calibration's activations is lambda.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lambda {
    /// The largest.
    Max,
    /// A percentile, 0 to 100 (Rueckauer et al. 2017: 99.9).
    Percentile(f64),
}

/// Which activations lambda is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// |a|: a channel that is mostly negative fits, too.
    Absolute,
    /// a, as published: negative values beyond -lambda saturate.
    Signed,
}

/// Lambda of units whose float activation is clipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipScale {
    /// The clip itself: lambda = c, so that d spikes of lambda / d are the clip.
    Clip,
    /// As for all other units; floor(c d / lambda) spikes a step are the clip.
    Statistic,
}

/// What leaky units do below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negative {
    /// A spike -1 at V <= -th / alpha (Kim et al. 2020, eq. 8).
    Imbalanced,
    /// A spike -1 at V <= -th that weighs alpha w ("mode B"): a second table of weights.
    Symmetric,
    /// Nothing: the unit is a ReLU.
    None,
}

/// How a unit turns its input into spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neuron {
    /// Integrate and fire with reset by subtraction.
    If,
    /// Sends the change of round(f(U)), U the sum of all input; takes spikes back.
    Tracking,
}

/// What stands for a max-pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxPool {
    /// Passes the spikes of the input with the largest sum so far (Rueckauer et al. 2017).
    Gate,
    /// Sends the change of the largest sum.
    Telescoping,
    /// Sends the largest spike count of the step.
    Or,
    /// Averages: another network, for comparison.
    Average,
}

/// What a sum of branches becomes that several layers read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Residual {
    /// Forwarded as far as [`Settings::max_sources`] allows, else a population.
    Auto,
    /// Each branch projects into every reader.
    Forward,
    /// A linear population adds them.
    AddPopulation,
}

/// What a head reads of its last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The membrane of a unit that never fires: y = lambda V(T) / T.
    Membrane,
    /// The net spikes N of a linear unit: y = lambda N / T.
    Count,
}

/// The first K steps of a head do not count: y = lambda (V(T) - V(K)) / (T - K).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadoutAfter {
    /// K itself; below T.
    Step(usize),
    /// K = floor(T / 2).
    Half,
}

impl ReadoutAfter {
    /// K of a run of `steps` steps.
    pub fn of(self, steps: usize) -> usize {
        match self {
            ReadoutAfter::Step(step) => step,
            ReadoutAfter::Half => steps / 2,
        }
    }
}

/// What becomes of what weights lose by rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Nothing.
    Nearest,
    /// The bias makes up for what the mean activations of the calibration lose by it (Nagel et al.
    /// 2019).
    Mean,
}

/// When spikes of a layer act on the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    #[default]
    /// Every population starts at its depth, branches are delayed (see [`crate::snn::retime`]).
    Balanced,
    /// Every population runs from the first step, every spike takes one step.
    Unbalanced,
}

impl Settings {
    /// The first of two phases, as the network has it.
    pub fn first_phase(&self) -> Option<FirstPhase> {
        let phase = |Phases { octaves, switch }| FirstPhase {
            steps: switch,
            octaves,
            rescaled: self.rescale,
        };
        self.phases.map(phase)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            normalisation: Normalisation::Channel,
            lambda: Lambda::Percentile(99.9),
            statistic: Statistic::Absolute,
            clip: ClipScale::Clip,
            negative: Negative::Imbalanced,
            initial: 0.5,
            thresholds: vec![],
            rescale: true,
            phases: None,
            burst: (1, 1),
            neuron: Neuron::If,
            segments: 512,
            pool: MaxPool::Gate,
            residual: Residual::Auto,
            readout: Readout::Membrane,
            readout_after: ReadoutAfter::Half,
            weight_bits: 8,
            rounding: Rounding::Nearest,
            input_bits: None,
            delivery: Delivery::Balanced,
            membrane_bits: 32,
            max_sources: None,
            units_per_signed: 1,
        }
    }
}
