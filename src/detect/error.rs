//! Errors of decoding: what does not fit, and what to do about it.

use std::path::PathBuf;

use crate::encode;

/// Why a description or a set of outputs cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input rule of the description, or its file, has a fault.
    #[error(transparent)]
    Input(#[from] encode::Error),
    /// The `[detect]` table is missing, does not parse or contradicts itself.
    #[error("the detector description {} is not valid: {reason}", path.display())]
    Description {
        /// The description, or the name of a built-in one.
        path: PathBuf,
        /// What is wrong in it, with the line.
        reason: String,
    },
    /// A head of the description names an output that the network does not have.
    #[error(
        "the description's head {head} is output {output}, but the network's outputs are {known}; \
         correct `output` of the head"
    )]
    UnknownOutput {
        /// Position of the head in the description, from 0.
        head: usize,
        /// Name or index that the description gives.
        output: String,
        /// The network's outputs.
        known: String,
    },
    /// The network has an output that no head of the description reads.
    #[error(
        "no head of the description reads the network's output `{name}`; add a [[detect.head]] for \
         it"
    )]
    UnusedOutput {
        /// Name of the output.
        name: String,
    },
    /// Two heads read one output, named in two ways.
    #[error(
        "heads {heads:?} read one output, `{name}` or {index} by its number; give each head its \
         own"
    )]
    SharedOutput {
        /// Name of the output.
        name: String,
        /// Its number.
        index: usize,
        /// The heads that read it.
        heads: [usize; 2],
    },
    /// An output has another shape than the head's description asks for.
    #[error(
        "head {head} (output `{name}`): found {found:?}, expected {expected} ([channels, height, \
         width]); {rule}; correct anchors, classes, scores or stride of the description, or take \
         the network it describes"
    )]
    HeadShape {
        /// Position of the head in the description, from 0.
        head: usize,
        /// Name of the output.
        name: String,
        /// Shape of the output.
        found: [usize; 3],
        /// Shapes that the description allows.
        expected: String,
        /// How the expected shape comes about.
        rule: String,
    },
    /// A classifier with other outputs than one number for each class.
    #[error(
        "the description names {classes} classes for one output of as many numbers, and the \
         network's outputs have {found:?} numbers; correct `classes`, or take the network it \
         describes"
    )]
    ClassOutputs {
        /// Classes that the description names.
        classes: usize,
        /// Numbers of each output.
        found: Vec<usize>,
    },
    /// A class of a labelled set that a classifier does not have.
    #[error("the set has a class `{class}`, and the network's classes are {known}; {advice}")]
    ClassNames {
        /// The first such class.
        class: String,
        /// The first classes of the network.
        known: String,
        /// What helps.
        advice: &'static str,
    },
    /// An output has another number of values than its shape says.
    #[error("output `{name}` has {found} values, but its shape needs {expected}")]
    Values {
        /// Name of the output.
        name: String,
        /// Number of values.
        found: usize,
        /// Number that the shape needs.
        expected: usize,
    },
}
