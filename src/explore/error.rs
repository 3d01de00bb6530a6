//! What can go wrong around an exploration.

use std::path::PathBuf;

/// Why an exploration does not begin or go on. A chip that refuses a network is a row, no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// Of a file that is to describe a study.
    #[error("{place}: {reason}; `spikemesh explore new` prints one that is right")]
    Spec { place: String, reason: String },
    #[error(
        "{profile} does not say how much memory a core has, so that there is no area; add {key} \
         to [all] as set = [\"{key}=...\"]"
    )]
    NoMemory { profile: String, key: &'static str },
    /// The chip that all others are held against.
    #[error("the chip that the study begins with does not run {network}: {code}: {message}")]
    Start { network: String, code: String, message: String },
    /// Of a run or an evaluation, and not because of the chip.
    #[error("{network} failed: {code}: {message}; what ran before is kept, so mend it and go on")]
    Failed { network: String, code: String, message: String },
    #[error("what `{network}` gave has no {column}; delete {} and go on", dir.display())]
    Column { network: String, column: &'static str, dir: PathBuf },
    #[error(transparent)]
    Results(#[from] crate::sweep::Error),
    #[error(transparent)]
    Profile(#[from] crate::profile::Error),
    #[error(transparent)]
    Search(#[from] crate::tune::SearchError),
}
