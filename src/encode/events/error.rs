//! Errors of recordings: what went wrong, where, and what to do about it.

use crate::memory::TooMuch;
use std::path::PathBuf;

/// Why a recording could not be read or cut into steps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is missing or cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// More memory than there is.
    #[error("the recording {}: {source}", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// How much is needed.
        source: TooMuch,
    },
    /// Neither first bytes nor suffix are those of a recording.
    #[error(
        "{} is no recording of events that can be read{}; give .bin or .bs2 (N-MNIST), .aedat4, \
         .dat, .raw (EVT2 or EVT3), .npy, .npz or .csv",
        path.display(),
        what.as_ref().map_or(String::new(), |what| format!(": {what}"))
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        what: Option<String>,
    },
    /// A recording of a format that is known and not read.
    #[error("{} is {what}, which is not read; {remedy}", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// Its format.
        what: &'static str,
        /// How to make it one that is read.
        remedy: &'static str,
    },
    /// The file contradicts its format.
    #[error(
        "the recording {} is damaged at byte {at}: {what}; copy or record it again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, from the start of the file, or of the part that `what` names.
        at: u64,
        /// What is wrong there.
        what: String,
    },
    /// A table or array without the columns of events, or of another shape or type.
    #[error("the recording {} {found}; {expected}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A value that is no time, pixel or polarity.
    #[error("the recording {}, {place}: {what}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Line or row.
        place: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// An event beyond the frame that it is to fill.
    #[error(
        "event {index} of the recording {} (t = {t_us} us) is at x = {x}, y = {y}, outside of a \
         frame of {width} x {height}, as are {count} events in all; take a network of the camera's \
         size, or leave them out with --events drop-outside", path.display()
    )]
    Outside {
        /// The file.
        path: PathBuf,
        /// Its number, from 0, by time.
        index: usize,
        /// Its time.
        t_us: u64,
        /// Its column.
        x: u16,
        /// Its row.
        y: u16,
        /// Columns of the frame.
        width: usize,
        /// Rows of the frame.
        height: usize,
        /// Number of such events.
        count: usize,
    },
    /// A frame that events cannot fill.
    #[error(
        "events cannot fill a frame of {shape:?} ([channels, height, width]); \
         it takes 1 channel, for both polarities, or 2, and at most {} elements",
        u32::MAX
    )]
    Frame {
        /// The frame.
        shape: [usize; 3],
    },
    /// A step that is no length of time, or so short that there are too many.
    #[error(
        "steps of {bin_us} us cannot be made of a recording of {duration_us} us: {what}; \
         give another step"
    )]
    Step {
        /// The length asked for.
        bin_us: f64,
        /// What would be cut.
        duration_us: u64,
        /// What is wrong.
        what: String,
    },
}
