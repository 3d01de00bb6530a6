//! What can go wrong around an exploration.

use std::path::PathBuf;

/// Why an exploration does not begin or go on. A chip that refuses a network is a row, no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Of a file that is to describe a study.
    #[error("{place}: {reason}; `spikemesh explore new` prints one that is right")]
    Spec {
        /// File and key.
        place: String,
        /// The reason, in words.
        reason: String,
    },
    /// A profile without memory of its cores.
    #[error(
        "{profile} does not say how much memory a core has, so that there is no area; add {key} \
         to [all] as set = [\"{key}=...\"]"
    )]
    NoMemory {
        /// Name of the profile.
        profile: String,
        /// Key that is missing.
        key: &'static str,
    },
    /// The chip that all others are held against.
    #[error("the chip that the study begins with does not run {network}: {code}: {message}")]
    Start {
        /// Name of the network.
        network: String,
        /// Code of the error.
        code: String,
        /// What the error says.
        message: String,
    },
    /// Of a run or an evaluation, and not because of the chip.
    #[error("{network} failed: {code}: {message}; what ran before is kept, so mend it and go on")]
    Failed {
        /// Name of the network.
        network: String,
        /// Code of the error.
        code: String,
        /// What the error says.
        message: String,
    },
    /// A result without a figure that the search needs.
    #[error("what `{network}` gave has no {column}; delete {} and go on", dir.display())]
    Column {
        /// Name of the network.
        network: String,
        /// Name of the column.
        column: &'static str,
        /// Folder of the point's results.
        dir: PathBuf,
    },
    /// Results cannot be read or written.
    #[error(transparent)]
    Results(#[from] crate::sweep::Error),
    /// A design is no profile.
    #[error(transparent)]
    Profile(#[from] crate::profile::Error),
    /// The search cannot go on.
    #[error(transparent)]
    Search(#[from] crate::tune::SearchError),
}
