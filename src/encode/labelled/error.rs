//! Errors of labelled sets: what went wrong, where, and what to do about it.

use crate::encode::{self, events};
use std::path::{Path, PathBuf};

/// Why a labelled set could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder is missing or cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// No layout that is known.
    #[error(
        "{} {what}; give a folder or file of one of these: *-images.idx3-ubyte with \
         *-labels.idx1-ubyte, a CSV of file,label, a folder for each class, or a .npy array \
         [N, H, W] of bytes with labels.txt beside it",
        path.display()
    )]
    Layout {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file of many pictures or labels contradicts itself.
    #[error("{} is damaged: {what}; copy it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A row of a CSV that names no file or no label.
    #[error("{}, line {line}: {what}", path.display())]
    Row {
        /// The CSV file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A file that a set needs is not there.
    #[error("{} is missing, which {} needs; put it there", path.display(), of.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What needs it.
        of: PathBuf,
    },
    /// As many labels as pictures are needed.
    #[error(
        "{} holds {labels} labels for the {items} pictures of {}; give the labels of this file",
        path.display(),
        of.display()
    )]
    Count {
        /// The file of labels.
        path: PathBuf,
        /// The file of pictures.
        of: PathBuf,
        /// Number of labels.
        labels: usize,
        /// Number of pictures.
        items: usize,
    },
    /// Labels of which some are numbers and others not, or too large.
    #[error("{}: label {place} is `{label}`; {what}", path.display())]
    Labels {
        /// The file of labels.
        path: PathBuf,
        /// Its place, from 1.
        place: usize,
        /// The label.
        label: String,
        /// What is wrong, and what to do.
        what: &'static str,
    },
    /// A recording that cannot be read.
    #[error(transparent)]
    Recording(#[from] events::Error),
    /// A picture that cannot be read.
    #[error(transparent)]
    Picture(#[from] encode::Error),
}

impl Error {
    pub(super) fn layout(path: &Path, what: impl Into<String>) -> Error {
        Error::Layout { path: path.into(), what: what.into() }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Error {
        Error::Damaged { path: path.into(), what: what.into() }
    }
}
