//! Operators of the float network: one file each, and one line each in the registry below.
//!
//! A file holds all that is known of its operator: when shapes fit, what it computes, what it
//! costs, what it becomes on a chip ([`Form`]), and for pointwise ones ([`Pointwise`]) the names
//! that network files have for it. Everything else asks here.

mod form;
mod pointwise;
mod taps;

use serde::{Deserialize, Serialize};

use super::{Shape, Window, check};

pub use composite::Step;
pub use form::{Activation, Curve, Form};
pub use pointwise::{Numbers, Pointwise};

/// Values of an input, `[channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// Row-major, channels outermost.
    pub values: &'a [f32],
    /// Shape of the values.
    pub shape: Shape,
}

/// What is known of an operator.
pub trait Operator {
    /// Name as printed in messages and tables.
    fn name(&self) -> &'static str;

    /// Whether `inputs`, the output and the operator's own numbers fit each other.
    fn fits(&self, inputs: &[Shape], out: Shape) -> bool;

    /// The values of the output; all fits, as [`Operator::fits`] says.
    fn run(&self, inputs: &[Tensor], out: Shape) -> Vec<f32>;

    /// What a conversion makes of it.
    fn form(&self) -> Form<'_>;

    /// Its value at `x`, if each element is the same function of the same element of its one input.
    fn function(&self, _x: f32) -> Option<f32> {
        None
    }

    /// The first of its numbers that is none, or infinite; bounds may be infinite.
    fn no_number(&self) -> Option<String> {
        None
    }

    /// How many weights it multiplies with.
    fn weights(&self) -> usize {
        0
    }

    /// Those weights, by output channel.
    fn weights_mut(&mut self) -> Option<&mut Vec<f32>> {
        None
    }

    /// Multiply-accumulates for one image, taps in the padding included:
    /// the dense count `out * in / groups * kh * kw` per output position, as the literature counts.
    fn macs(&self, _inputs: &[Shape], _out: Shape) -> u64 {
        0
    }
}

/// The types of all operators become the variants of [`Op`].
macro_rules! operators {
    (
        others { $($other_file:ident::$other:ident,)* }
        pointwise { $($file:ident::$name:ident,)* }
    ) => {
        $(pub mod $other_file; pub use $other_file::$other;)*
        $(pub mod $file; pub use $file::$name;)*

        /// What a node computes. All tensors are `[channels, height, width]`, row-major.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Op {
            $(
                #[doc = concat!("See [`", stringify!($other), "`].")]
                $other($other),
            )*
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        impl std::ops::Deref for Op {
            type Target = dyn Operator;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Op::$other(op) => op,)*
                    $(Op::$name(op) => op,)*
                }
            }
        }

        impl std::ops::DerefMut for Op {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self {
                    $(Op::$other(op) => op,)*
                    $(Op::$name(op) => op,)*
                }
            }
        }

        $(impl From<$other> for Op {
            fn from(op: $other) -> Op {
                Op::$other(op)
            }
        })*
        $(impl From<$name> for Op {
            fn from(op: $name) -> Op {
                Op::$name(op)
            }
        })*

        impl Op {
            /// The pointwise operator that ONNX calls `name`, with its attributes.
            pub fn from_onnx(name: &str, numbers: &dyn Numbers) -> Option<Result<Op, String>> {
                $(if $name::ONNX.contains(&name) {
                    return Some($name::from_onnx(numbers).map(Op::$name));
                })*
                None
            }

            /// Attributes of the pointwise operator that ONNX calls `name`.
            pub fn onnx_attributes(name: &str) -> Option<&'static [&'static str]> {
                $(if $name::ONNX.contains(&name) {
                    return Some($name::ATTRIBUTES);
                })*
                None
            }

            /// The activation that Darknet calls `name`.
            pub fn from_darknet(name: &str) -> Option<Op> {
                $(if let Some((_, op)) = $name::DARKNET.iter().find(|(known, _)| *known == name) {
                    return Some(Op::$name(op.clone()));
                })*
                None
            }

            /// Darknet's names of all activations that are known.
            pub fn darknet_names() -> Vec<&'static str> {
                let mut names = vec![];
                $(names.extend($name::DARKNET.iter().map(|(name, _)| *name));)*
                names.sort_unstable();
                names
            }
        }
    };
}

operators! {
    others {
        input::Input,
        conv::Conv,
        dense::Dense,
        affine::Affine,
        affine_map::AffineMap,
        max_pool::MaxPool,
        average_pool::AveragePool,
        global_average_pool::GlobalAveragePool,
        add::Add,
        sub::Sub,
        mul::Mul,
        div::Div,
        concat::Concat,
        slice::Slice,
        upsample::Upsample,
        pad::Pad,
        reshape::Reshape,
        prelu::PRelu,
        permute::Permute,
        softmax::Softmax,
        conv_transpose::ConvTranspose,
    }
    pointwise {
        relu::Relu,
        leaky_relu::LeakyRelu,
        clip::Clip,
        saturation::Saturation,
        round::Round,
        floor::Floor,
        ceil::Ceil,
        abs::Abs,
        sigmoid::Sigmoid,
        hard_sigmoid::HardSigmoid,
        loggy::Loggy,
        tanh::Tanh,
        silu::Silu,
        hard_swish::HardSwish,
        mish::Mish,
        hard_mish::HardMish,
        hard_tanh::HardTanh,
        gelu::Gelu,
        elu::Elu,
        celu::Celu,
        selu::Selu,
        thresholded_relu::ThresholdedRelu,
        softplus::Softplus,
        softsign::Softsign,
        lhtan::Lhtan,
        plse::Plse,
        ramp::Ramp,
        erf::Erf,
        exp::Exp,
        log::Log,
        sqrt::Sqrt,
        reciprocal::Reciprocal,
        power::Power,
        quantized::Quantized,
        composite::Composite,
    }
}

/// The first of some numbers that is none, or infinite, as a sentence.
fn not_finite(what: &str, list: &[f32]) -> Option<String> {
    let at = list.iter().position(|x| !x.is_finite())?;
    Some(format!("its {what} becomes {} at element {at}", list[at]))
}

/// Whether both have one height and width.
fn same_map(a: &Shape, b: &Shape) -> bool {
    (a.height, a.width) == (b.height, b.width)
}

/// Both inputs, element by element.
fn zip(inputs: &[Tensor], f: fn(f32, f32) -> f32) -> Vec<f32> {
    inputs[0].values.iter().zip(inputs[1].values).map(|(&a, &b)| f(a, b)).collect()
}

/// Cells of a window and channels of a group, from and to; `None` where groups do not divide
/// channels or the window is none.
fn grouped(window: &Window, groups: usize, from: Shape, to: Shape) -> Option<[usize; 3]> {
    let whole = |channels: usize| groups > 0 && channels.is_multiple_of(groups);
    let fits = check::window(window) && whole(from.channels) && whole(to.channels);
    let [kh, kw] = window.kernel;
    fits.then(|| [kh * kw, from.channels / groups, to.channels / groups])
}

/// Whether there are as many weights as `sizes` say.
fn as_many(weights: &[f32], sizes: [usize; 3]) -> bool {
    let all = sizes.into_iter().try_fold(1usize, usize::checked_mul);
    all == Some(weights.len())
}

/// Whether two inputs have the shape of the output.
fn alike(inputs: &[Shape], out: Shape) -> bool {
    inputs.len() == 2 && inputs.iter().all(|shape| *shape == out)
}
