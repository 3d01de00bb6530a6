//! A converted network as one file: a header that says what it is, then the whole conversion.
//!
//! Both are MessagePack maps with the names of their fields, one after the other, so that any
//! reader of MessagePack shows what they hold. The header's hash tells damage from content, and
//! what was read is checked again for consistency: a file is input, whoever wrote it.

use super::consistent::consistent;
use super::{Conversion, Settings, check};
use crate::ann::{self, Graph};
use crate::digest::sha256;
use crate::plain::plain;
use crate::scratch::ScratchFile;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Suffix of the files.
pub const SUFFIX: &str = "spikemesh";
const FORMAT: &str = "spikemesh converted network";
/// Version of the format; files of another one are refused.
const VERSION: u32 = 11;

/// A conversion and all that is needed to run it, to compare it, and to tell what it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertedFile {
    /// Name of the original network.
    pub name: String,
    /// SHA-256 of the original network's files, hexadecimal.
    pub network_sha256: String,
    /// The recipe, as text.
    pub recipe: String,
    /// All choices that the recipe and the chip made.
    pub settings: Settings,
    /// Names of the inputs that calibrated.
    pub calibration: Vec<String>,
    /// The detector's description (TOML), if one was given.
    pub detector: Option<String>,
    /// Version of spikemesh that converted.
    pub version: String,
    /// The float network, which the spiking one is compared with.
    pub graph: Graph,
    /// The spiking network, and lambda by population and channel.
    pub conversion: Conversion,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    /// Of the bytes that follow.
    sha256: String,
}

/// Why a converted network was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system does not read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is there already.
    #[error("{} exists already; choose another --out, or move it away", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// A name with another ending.
    #[error("{}: a converted network is called NAME.{SUFFIX}", path.display())]
    Suffix {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of another program.
    #[error("{}: not a converted network of spikemesh", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of another version.
    #[error(
        "{}: a converted network of version {found}, this program reads {VERSION}; convert again",
        path.display()
    )]
    Version {
        /// The file or folder.
        path: PathBuf,
        /// Version of the file.
        found: u32,
    },
    /// Bytes that do not decode.
    #[error("{}: damaged or cut short; convert again", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
    },
    /// Parts that do not fit together.
    #[error("{}: the converted network contradicts itself: {what}; convert again", path.display())]
    Inconsistent {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, in words.
        what: String,
    },
    /// The network does not encode.
    #[error("{}: cannot be written: {what}", path.display())]
    Encode {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, in words.
        what: String,
    },
}

impl ConvertedFile {
    /// Reads the `bytes` of a file; `path` is for messages.
    ///
    /// # Errors
    /// The bytes are something else, of another version, damaged, or contradict themselves.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<ConvertedFile, FileError> {
        let path = path.to_owned();
        let mut rest = bytes;
        let header: Result<Header, _> = rmp_serde::from_read(&mut rest);
        let header = match header {
            Ok(header) if header.format == FORMAT => header,
            _ => return Err(FileError::Foreign { path }),
        };
        if header.version != VERSION {
            return Err(FileError::Version { path, found: header.version });
        }
        if header.sha256 != sha256([rest]) {
            return Err(FileError::Damaged { path });
        }
        let mut file: ConvertedFile = match rmp_serde::from_slice(rest) {
            Ok(file) => file,
            Err(error) => {
                return Err(FileError::Inconsistent { path, what: plain(&error.to_string()) });
            }
        };
        match file.check() {
            Ok(()) => {
                file.conversion.network = file.conversion.network.packed();
                Ok(file)
            }
            Err(what) => Err(FileError::Inconsistent { path, what }),
        }
    }

    /// Whether all parts fit each other; the sentence says which do not.
    fn check(&self) -> Result<(), String> {
        check(&self.settings).map_err(|error| error.to_string())?;
        ann::check::check(&self.graph)?;
        consistent(&self.graph, &self.conversion)
    }

    /// Writes `path`, which must not exist; it appears whole or not at all.
    ///
    /// # Errors
    /// The file exists, its suffix is another, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        ConvertedFile::writable(path)?;
        let bytes = self
            .bytes()
            .map_err(|e| FileError::Encode { path: path.to_owned(), what: e.to_string() })?;
        write_whole(path, &bytes).map_err(|source| match path.symlink_metadata() {
            Ok(_) => FileError::Exists { path: path.to_owned() },
            Err(_) => FileError::Io { path: path.to_owned(), source },
        })
    }

    /// Whether `path` could be written, before hours of work.
    ///
    /// # Errors
    /// The file exists, or its suffix is another.
    pub fn writable(path: &Path) -> Result<(), FileError> {
        if !named(path) {
            return Err(FileError::Suffix { path: path.to_owned() });
        }
        match path.symlink_metadata() {
            Ok(_) => Err(FileError::Exists { path: path.to_owned() }),
            Err(_) => Ok(()),
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// The encoder refuses; it has no reason to.
    pub fn bytes(&self) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        let body = rmp_serde::to_vec_named(self)?;
        let header =
            Header { format: FORMAT.into(), version: VERSION, sha256: sha256([&body[..]]) };
        let mut bytes = rmp_serde::to_vec_named(&header)?;
        bytes.extend(body);
        Ok(bytes)
    }
}

/// Writes a file that does not exist yet: it appears whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let mut temporary = ScratchFile::create(parent)?;
    temporary.write_all(bytes)?;
    temporary.persist(path)
}

/// Whether `path` has the suffix of converted networks.
pub fn named(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(SUFFIX))
}
