//! What can go wrong around the points of a sweep.

use std::io;
use std::path::PathBuf;

/// Why a sweep does not begin, or cannot be read. What fails within a point is its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}; check the free space and permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// Of a file that is to describe a sweep.
    #[error("{}: {reason}; docs/clusters.md shows the form", path.display())]
    Spec { path: PathBuf, reason: String },
    #[error("a sweep has no points; give one value at least for every option")]
    Empty,
    #[error(
        "`{key}` is no option of a point: it says what a run writes or how it uses the machine; \
         leave it out"
    )]
    Key { key: String },
    #[error("`{key}` takes a finite number, a text, true, false, or a list of these")]
    Value { key: String },
    #[error(
        "{} holds the results of other points; name another folder, or give the points of then",
        dir.display()
    )]
    Other { dir: PathBuf },
    #[error(
        "{} holds results of spikemesh {version}, and this is {}; name another folder",
        dir.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Version { dir: PathBuf, version: String },
    #[error("{} holds no sweep; name the folder that one was told to write", dir.display())]
    NoSweep { dir: PathBuf },
    #[error("{} is damaged: {reason}; delete it, and its point runs again", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// Of the points themselves.
    #[error(
        "{} is damaged: {reason}; delete it, and give the points again: results are kept",
        path.display()
    )]
    DamagedPlan { path: PathBuf, reason: String },
    /// A file changed, and only some points ran again.
    #[error(
        "{} is of another {name} than other points; run the sweep again, all shards of it",
        path.display()
    )]
    Mixed { path: PathBuf, name: String },
    #[error("{} is no folder; name another one", path.display())]
    NoFolder { path: PathBuf },
    #[error("{} holds something else; name another folder, or an empty one", dir.display())]
    Foreign { dir: PathBuf },
}
