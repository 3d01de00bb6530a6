//! Errors of reading labelled pictures: which file, what is wrong, what to do.

use std::path::{Path, PathBuf};

use crate::encode::{self, events};
use crate::plain::counted;

/// Why a set of labelled pictures could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file or folder is missing or cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The image file is damaged.
    #[error("cannot read the image {}: {source}; replace it by an intact JPEG or PNG \
             file", path.display())]
    Image {
        /// The image file.
        path: PathBuf,
        /// The decoder's reason.
        source: image::ImageError,
    },
    /// A picture cannot be read.
    #[error(transparent)]
    Picture(encode::Error),
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] events::Error),
    /// The path holds no set, or more than one.
    #[error("{} {what}", path.display())]
    Layout {
        /// The path given.
        path: PathBuf,
        /// What was looked for, and what to give instead.
        what: String,
    },
    /// An annotation does not parse or contradicts itself.
    #[error("the annotation {} {what}; {remedy}", path.display())]
    Broken {
        /// The annotation file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// An annotation or list names a picture that is not there.
    #[error(
        "{} names the picture {image}, which is not in {}; put it there or remove it from the \
         annotations",
        annotation.display(),
        folder.display()
    )]
    MissingImage {
        /// The annotation or list.
        annotation: PathBuf,
        /// Name of the picture.
        image: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// An annotation names a picture by a way out of its folder.
    #[error(
        "{} names the picture {image}, which lies outside of its folder; name it from there, or \
         give --allow-outside",
        annotation.display()
    )]
    Outside {
        /// The annotation.
        annotation: PathBuf,
        /// Name of the picture.
        image: String,
    },
    /// A list entry has no annotation file.
    #[error(
        "{} has no annotation {}; write one, or remove the entry",
        entry.display(),
        annotation.display()
    )]
    MissingAnnotation {
        /// The list that names it.
        entry: PathBuf,
        /// The file that was looked for.
        annotation: PathBuf,
    },
    /// Not one box in the whole set.
    #[error(
        "{} holds {} and not one box{why}, so there is nothing to score; check the annotations",
        path.display(),
        counted(pictures, "picture")
    )]
    NoBoxes {
        /// The path given.
        path: PathBuf,
        /// Number of pictures.
        pictures: usize,
        /// What was left out, as a clause; empty if nothing was.
        why: String,
    },
    /// The set and the network have no class name in common.
    #[error(
        "no class of the set ({set}) is one of the network's ({network}); \
         rename the classes of one of them, or take a set labelled for this network"
    )]
    NoSharedClass {
        /// Classes of the set.
        set: String,
        /// Classes of the network.
        network: String,
    },
}

impl DatasetError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> DatasetError {
        DatasetError::Io { path: path.into(), source }
    }

    pub(super) fn layout(path: &Path, what: impl Into<String>) -> DatasetError {
        DatasetError::Layout { path: path.into(), what: what.into() }
    }

    pub(super) fn broken(path: &Path, what: impl Into<String>, remedy: &str) -> DatasetError {
        DatasetError::Broken { path: path.into(), what: what.into(), remedy: remedy.into() }
    }
}
