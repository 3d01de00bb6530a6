//! Operators that compute each element of their output from the same element of their one input.

use super::{Activation, Curve, Form, Operator, Tensor};
use crate::ann::Shape;

/// What is known of a pointwise operator.
pub trait Pointwise: Sized + 'static {
    /// Name as printed in messages and tables.
    const NAME: &'static str;
    /// ONNX's names of it.
    const ONNX: &'static [&'static str] = &[];
    /// Attributes that ONNX gives it.
    const ATTRIBUTES: &'static [&'static str] = &[];
    /// Darknet's names of it.
    const DARKNET: &'static [(&'static str, Self)] = &[];

    /// Its value at `x`.
    fn at(&self, x: f32) -> f32;

    /// From the attributes of an ONNX node.
    ///
    /// # Errors
    /// A sentence about an attribute that does not fit.
    fn from_onnx(_numbers: &dyn Numbers) -> Result<Self, String> {
        Err(format!("{} has no form of its own in ONNX", Self::NAME))
    }

    /// What a conversion makes of it: a curve, unless simpler units do.
    fn becomes(&self) -> Form<'_> {
        Form::Units(Activation::Curve(self))
    }

    /// Below the first and above the second number it is as good as straight.
    fn straight(&self) -> [f64; 2] {
        [-16.0, 16.0]
    }

    /// The first of its numbers that is none, or infinite.
    fn odd(&self) -> Option<String> {
        None
    }
}

/// Numbers and words that a file gives an operator.
pub trait Numbers {
    /// The number of this name, which must be finite.
    ///
    /// # Errors
    /// A sentence about what stands there in its place.
    fn float(&self, name: &str, default: f32) -> Result<f32, String>;

    /// The word of this name.
    ///
    /// # Errors
    /// A sentence about what stands there in its place.
    fn text(&self, name: &str, default: &str) -> Result<String, String>;
}

impl<P: Pointwise> Operator for P {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn fits(&self, inputs: &[Shape], out: Shape) -> bool {
        inputs == [out]
    }

    fn run(&self, inputs: &[Tensor], _out: Shape) -> Vec<f32> {
        inputs[0].values.iter().map(|&x| self.at(x)).collect()
    }

    fn function(&self, x: f32) -> Option<f32> {
        Some(self.at(x))
    }

    fn form(&self) -> Form<'_> {
        self.becomes()
    }

    fn no_number(&self) -> Option<String> {
        self.odd()
    }
}

impl<P: Pointwise> Curve for P {
    fn value(&self, _channel: usize, x: f64) -> f64 {
        f64::from(self.at(x as f32))
    }

    fn bend(&self) -> [f64; 2] {
        self.straight()
    }
}
