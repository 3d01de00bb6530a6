//! Errors of writing and reading reports: which path, and what to do about it.

use std::path::PathBuf;

/// Why a report was not written, or not read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What is to be written is there already; nothing in it was touched.
    #[error("{} exists already; choose another {option}, or move it away", path.display())]
    Exists {
        /// The folder or file asked for.
        path: PathBuf,
        /// The option that names it.
        option: &'static str,
    },
    /// A file that is about to be replaced comes from somewhere else; it was not touched.
    #[error("{} was not written by `{command}`; choose another --out, or move it \
             away", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What writes such files.
        command: &'static str,
    },
    /// The path ends in nothing that could be created.
    #[error("{} does not name a new folder; give --out a path that ends in a name", path.display())]
    NoName {
        /// The path asked for.
        path: PathBuf,
    },
    /// The output folder cannot be made.
    #[error(
        "cannot create the folder {}: {source}; choose an --out where you may write", path.display()
    )]
    Create {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; {}", path.display(), to_write(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A figure is infinite or none.
    #[error(
        "column `{column}` of {} would hold `{value}`, which is no finite number; check the \
         network and the costs of the profile, or report it",
        path.file_name().unwrap_or_default().display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Its column.
        column: String,
        /// What is no number.
        value: String,
    },
    /// A table as Parquet, and the program cannot write it.
    #[error(
        "this program was built without Parquet; build it with `cargo build --release --features \
         parquet`, or take CSV"
    )]
    NoParquet,
    /// A picture cannot be drawn.
    #[error("cannot draw {}: {reason}; this is a fault of spikemesh, please report \
             it", path.display())]
    Draw {
        /// The picture.
        path: PathBuf,
        /// What the plotting library said.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}; give the folder of a finished run", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A folder without a saved activity.
    #[error("{} holds no activity.json; give the folder of a finished run", path.display())]
    NoActivity {
        /// The folder.
        path: PathBuf,
    },
    /// The file is no saved activity, or one of another version.
    #[error("{} is not an activity of this version: {reason}; run the network \
             again", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// The file is a saved activity, but damaged.
    #[error("{} is damaged: {reason}; run the network again", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

/// What lets a file be written that could not be.
fn to_write(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::NotFound => "make its folder first",
        _ => "check the free space and permissions",
    }
}
