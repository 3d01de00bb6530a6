//! Errors of reading inputs: what went wrong, where, and what to do about it.

use crate::plain::counted;
use std::path::PathBuf;

/// Why an input or a detector description could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file or folder is missing or cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The image file is damaged, or not the format its content announces.
    #[error("cannot decode the image {}: {source}; replace it by an intact JPEG or PNG \
             file", path.display())]
    Image {
        /// The image file.
        path: PathBuf,
        /// The decoder's reason.
        source: image::ImageError,
    },
    /// The file is of another kind than its name says.
    #[error("{} is no picture and no array that can be read: {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it seems to be, and what to do.
        what: String,
    },
    /// The file's suffix is none that can be read.
    #[error("{} is no supported input; give a .jpg, .jpeg, .png or .npy file, or a folder of \
             images", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
    },
    /// A folder without a single image or array.
    #[error("the folder {} holds no .jpg, .jpeg, .png or .npy file; give a folder of \
             these", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder of pictures and arrays, which nobody would want to run as one list.
    #[error(
        "the folder {} holds {} and {}, the first {}; \
         move either into a folder of its own",
        path.display(),
        counted(pictures, "picture"),
        counted(arrays, "array"),
        first.display()
    )]
    Mixed {
        /// The folder.
        path: PathBuf,
        /// Number of pictures.
        pictures: usize,
        /// Number of arrays.
        arrays: usize,
        /// The first array.
        first: PathBuf,
    },
    /// The `.npy` file is damaged.
    #[error("cannot read the array {}: {reason}; write it again with numpy.save", path.display())]
    Npy {
        /// The array file.
        path: PathBuf,
        /// The reader's reason.
        reason: String,
    },
    /// The `.npy` array has a shape or an element type that the network does not take.
    #[error(
        "the array {} is {found}, but the network takes {expected}; save it in that shape and type",
        path.display()
    )]
    Array {
        /// The array file.
        path: PathBuf,
        /// Element type and shape of the file.
        found: String,
        /// Element types and shapes that would fit.
        expected: String,
    },
    /// The `.npy` array holds a value that is no number.
    #[error(
        "the array {} has {value} at {index:?}, and {count} such values in all; \
         correct what made them, or write numpy.nan_to_num(x) instead",
        path.display()
    )]
    NotFinite {
        /// The array file.
        path: PathBuf,
        /// NaN or an infinity.
        value: f64,
        /// Where the first one stands, by the dimensions of the file.
        index: Vec<usize>,
        /// Number of such values.
        count: usize,
    },
    /// The detector description makes pictures of another size than the network takes.
    #[error(
        "the detector description makes inputs of {detector:?}, but the network takes {network:?} \
         ([height, width]); correct width and height of the description"
    )]
    Size {
        /// Height and width after the description's rule.
        detector: [usize; 2],
        /// Height and width of the network's input.
        network: [usize; 2],
    },
    /// The network takes another number of channels than the description makes of a picture.
    #[error(
        "the network takes inputs of {channels} channel{}, which the detector description does \
         not make of a picture; {remedy}",
        if *channels == 1 { "" } else { "s" }
    )]
    Channels {
        /// Channels of the network's input.
        channels: usize,
        /// What to do.
        remedy: String,
    },
    /// A picture in colour for a network of one channel.
    #[error(
        "{} is in colour, but the network takes one channel; give a grey picture, \
         or write channels = \"grey\" in the detector description to have its brightness",
        path.display()
    )]
    Colour {
        /// The image or array file.
        path: PathBuf,
    },
    /// The detector description does not parse or contradicts itself.
    #[error("the detector description {} is not valid: {reason}", path.display())]
    Detector {
        /// The description, or the name of a built-in one.
        path: PathBuf,
        /// What is wrong in it, with the line.
        reason: String,
    },
    /// No built-in description for the network.
    #[error(
        "no built-in detector description for the network `{stem}` (known: {known}); \
         give one as a .detector.toml file"
    )]
    UnknownNetwork {
        /// File stem of the network.
        stem: String,
        /// The stems with a built-in description.
        known: String,
    },
    /// A recording where a picture is needed.
    #[error(
        "{} is a recording of an event camera, and the network is trained on pictures; give \
         pictures, or a network that spikes already",
        path.display()
    )]
    Events {
        /// The recording.
        path: PathBuf,
    },
    /// An element of a file of many pictures that cannot be read.
    #[error(transparent)]
    Element(#[from] Box<super::labelled::Error>),
    /// Pixels, and no description.
    #[error(
        "{} holds pixels, and no detector description says how they become the network's input; \
         give one, or a .npy array of float32 values",
        path.display()
    )]
    NoDescription {
        /// The picture or array.
        path: PathBuf,
    },
}

impl Error {
    /// Of a network with this file stem.
    pub(crate) fn unknown(stem: &str) -> Error {
        let known = super::Detector::known().collect::<Vec<_>>().join(", ");
        Error::UnknownNetwork { stem: stem.into(), known }
    }
}
