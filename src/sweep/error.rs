//! What can go wrong around the points of a sweep.

use std::io;
use std::path::PathBuf;

/// Why a sweep does not begin, or cannot be read. What fails within a point is its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; check the free space and permissions", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Of a file that is to describe a sweep.
    #[error("{}: {reason}; docs/clusters.md shows the form", path.display())]
    Spec {
        /// The file or folder.
        path: PathBuf,
        /// The reason, in words.
        reason: String,
    },
    /// A sweep without points.
    #[error("a sweep has no points; give one value at least for every option")]
    Empty,
    /// An option that is the same for all points.
    #[error(
        "`{key}` is no option of a point: it says what a run writes or how it uses the machine; \
         leave it out"
    )]
    Key {
        /// Name of the option.
        key: String,
    },
    /// A value of another form.
    #[error(
        "`{key}` takes a number, a text, true, false, or a list of these; numbers are finite, and \
         whole ones below 2^63"
    )]
    Value {
        /// Name of the option.
        key: String,
    },
    /// The folder holds another sweep.
    #[error(
        "{} holds the results of other points; name another folder, or give the points of then",
        dir.display()
    )]
    Other {
        /// Folder of the results.
        dir: PathBuf,
    },
    /// The folder holds a sweep of another version.
    #[error(
        "{} holds results of spikemesh {version}, and this is {}; name another folder",
        dir.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// Folder of the results.
        dir: PathBuf,
        /// Version that wrote it.
        version: String,
    },
    /// A folder without a sweep.
    #[error("{} holds no sweep; name the folder that one was told to write", dir.display())]
    NoSweep {
        /// Folder of the results.
        dir: PathBuf,
    },
    /// The result of a point cannot be read.
    #[error("{} is damaged: {reason}; delete it, and its point runs again", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// The reason, in words.
        reason: String,
    },
    /// Of the points themselves.
    #[error(
        "{} is damaged: {reason}; delete it, and give the points again: results are kept",
        path.display()
    )]
    DamagedPlan {
        /// The file or folder.
        path: PathBuf,
        /// The reason, in words.
        reason: String,
    },
    /// A file changed, and only some points ran again.
    #[error(
        "{} is of another {name} than other points; run the sweep again, all shards of it",
        path.display()
    )]
    Mixed {
        /// The file or folder.
        path: PathBuf,
        /// Name of the changed file.
        name: String,
    },
    /// A path that is no folder.
    #[error("{} is no folder; name another one", path.display())]
    NoFolder {
        /// The file or folder.
        path: PathBuf,
    },
    /// A folder with other files.
    #[error("{} holds something else; name another folder, or an empty one", dir.display())]
    Foreign {
        /// Folder of the results.
        dir: PathBuf,
    },
}
