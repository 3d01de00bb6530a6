//! What operators become on a chip: all that a conversion knows of them.

use super::{Conv, Dense, Permute};
use crate::ann::Window;

/// The rule by which a conversion takes an operator.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// The image.
    Image,
    /// Units of its own, one for each element.
    Units(Activation<'a>),
    /// A convolution.
    Conv(&'a Conv),
    /// A fully connected layer.
    Dense(&'a Dense),
    /// `scale x + shift`, by channel.
    Affine {
        /// Factor by channel.
        scale: &'a [f32],
        /// Summand by channel.
        shift: &'a [f32],
    },
    /// The same by element.
    AffineMap {
        /// Factor by element.
        scale: &'a [f32],
        /// Summand by element.
        shift: &'a [f32],
    },
    /// The sum of its inputs.
    Sum,
    /// Its inputs along channels.
    Join,
    /// Channels from this one on.
    Slice {
        /// The first channel that is kept.
        first: usize,
    },
    /// Each cell `factor` times in y and x.
    Repeat {
        /// Times in y and in x.
        factor: [usize; 2],
    },
    /// The maximum of each window.
    MaxPool(Window),
    /// The mean of each window.
    AveragePool {
        /// Size and steps of the window.
        window: Window,
        /// Whether padding counts as elements of the mean.
        count_pad: bool,
    },
    /// The mean of each channel.
    GlobalAveragePool,
    /// The same elements in another shape.
    Reshape,
    /// Its elements in another order.
    Permute(&'a Permute),
    /// Nothing changes.
    Same,
    /// Linear, but for the image alone; why not for spikes.
    ImageOnly(&'static str),
    /// It has none, and why.
    None(&'static str),
}

/// What a unit makes of its summed input.
#[derive(Clone, Copy)]
pub enum Activation<'a> {
    /// The input where it is not negative, 0 elsewhere.
    Relu,
    /// With this slope below zero, which is not negative.
    Leaky(f32),
    /// From 0 to this.
    Clip(f32),
    /// The same, and the bound is none of the network, but where its values happened to end.
    Saturated(f32),
    /// The input itself.
    Linear,
    /// Any other function.
    Curve(&'a dyn Curve),
}

/// A function of one number, perhaps another one for each channel.
pub trait Curve {
    /// Its value at `x`, for this channel.
    fn value(&self, channel: usize, x: f64) -> f64;

    /// Below the first and above the second number it is as good as straight.
    fn bend(&self) -> [f64; 2];
}

impl Form<'_> {
    /// Whether a layer without units of its own may compute it.
    pub fn is_linear(&self) -> bool {
        !matches!(self, Form::Units(_) | Form::MaxPool(_) | Form::None(_))
    }

    /// It moves or scales what its inputs send, and sums nothing.
    pub fn rearranges(&self) -> bool {
        matches!(
            self,
            Form::Join
                | Form::Slice { .. }
                | Form::Repeat { .. }
                | Form::Affine { .. }
                | Form::AffineMap { .. }
                | Form::Reshape
                | Form::Permute(_)
                | Form::Same
        )
    }

    /// What it sends has the signs of what it reads.
    pub fn passes_signs(&self) -> bool {
        matches!(
            self,
            Form::MaxPool(_)
                | Form::Slice { .. }
                | Form::Join
                | Form::Repeat { .. }
                | Form::Reshape
                | Form::Permute(_)
        )
    }

    /// Name of the kind of units, for tables.
    pub fn kind(&self) -> &'static str {
        match self {
            Form::Units(Activation::Relu | Activation::Saturated(_)) => "relu",
            Form::Units(Activation::Leaky(_)) => "leaky",
            Form::Units(Activation::Clip(_)) => "clip",
            Form::Units(Activation::Curve(_)) => "curve",
            Form::MaxPool(_) => "max-pool",
            _ => "linear",
        }
    }
}
