//! Files of others, read within limits: only what has an end, and no more than memory takes.
//!
//! ```
//! use spikemesh::files;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("labels.txt");
//! std::fs::write(&path, "cat\ndog\n")?;
//! assert_eq!(files::text(&path)?.lines().count(), 2);
//! assert_eq!(files::start(&path, 3)?, b"cat");
//! # Ok::<(), std::io::Error>(())
//! ```

use crate::memory::{self, TooMuch};
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Opens a file to read it. A pipe or a device would wait for its other end, or have none.
///
/// # Errors
/// It cannot be opened, or is neither a file nor a folder.
#[expect(clippy::disallowed_methods, reason = "what is no pipe and no device may be opened")]
pub fn open(path: &Path) -> io::Result<File> {
    match unfit(&std::fs::metadata(path)?) {
        // A folder opens; reading it tells that it is one.
        None => File::open(path),
        Some(what) => {
            let text = format!("{what}, not a file; write what it gives into a file and name that");
            Err(io::Error::new(ErrorKind::InvalidInput, text))
        }
    }
}

/// What stands in place of a file, if neither a file nor a folder does.
fn unfit(found: &Metadata) -> Option<&'static str> {
    let kind = found.file_type();
    if kind.is_file() || kind.is_dir() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

/// All bytes of a file.
///
/// # Errors
/// As [`open`], or it takes more than memory has for it.
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    whole(path)?.read_to_end(&mut bytes)?;
    held(bytes.len())?;
    Ok(bytes)
}

/// A file as text.
///
/// # Errors
/// As [`bytes`], or it is no UTF-8.
pub fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let (before, rest) = error.as_bytes().split_at(good);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        // What stands before it is UTF-8.
        let own = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(own).chars().count() + 1;
        let byte = rest.first().copied().unwrap_or_default();
        let text = format!(
            "it is no text in UTF-8 (byte 0x{byte:02x} in line {line}, column {column}); save it \
             as UTF-8"
        );
        io::Error::new(ErrorKind::InvalidData, text)
    })
}

/// The first bytes of a file, at most `most`.
///
/// # Errors
/// As [`open`].
pub fn start(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that says that it fits into memory; one byte more of what grows is read, and told.
fn whole(path: &Path) -> io::Result<io::Take<File>> {
    let file = open(path)?;
    memory::check(file.metadata()?.len()).map_err(too_much)?;
    let (allowed, _) = memory::allowed();
    Ok(file.take(allowed.saturating_add(1)))
}

fn held(bytes: usize) -> io::Result<()> {
    memory::check(bytes as u64).map_err(too_much)
}

fn too_much(source: TooMuch) -> io::Error {
    io::Error::new(ErrorKind::OutOfMemory, source)
}
