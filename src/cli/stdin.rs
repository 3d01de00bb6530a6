//! `--input -`: standard input as a file, for the readers of files.

use super::{Error, Result, failure};
use crate::encode;
use crate::import::foreign;
use crate::memory::{self, TooMuch};
use crate::scratch::ScratchFolder;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What stands for standard input on the command line.
const NAME: &str = "-";

/// How messages call it.
const STANDARD_INPUT: &str = "standard input";

/// Bytes that tell what it is.
const START: u64 = 4096;

/// Most bytes of what is too long that are counted.
const COUNTED: u64 = 4 << 30;

/// A file of what came in; it goes with this value.
pub struct Stdin {
    _folder: ScratchFolder,
    pub file: PathBuf,
}

/// Reads standard input where `path` stands for it.
///
/// # Errors
/// It cannot be read, is no picture and no array, or takes more memory than is allowed.
pub fn take(path: Option<&Path>) -> Result<Option<Stdin>> {
    if path != Some(Path::new(NAME)) {
        return Ok(None);
    }
    let bytes = read(std::io::stdin().lock())?;
    let folder = ScratchFolder::create(&std::env::temp_dir())
        .map_err(|error| unpacking(&std::env::temp_dir(), error))?;
    // Its stem is the input's name in reports.
    let file = folder.path().join(format!("stdin.{}", suffix(&bytes)?));
    std::fs::write(&file, bytes).map_err(|error| unpacking(&file, error))?;
    failure::call(&file, STANDARD_INPUT);
    Ok(Some(Stdin { _folder: folder, file }))
}

fn unpacking(path: &Path, error: std::io::Error) -> Error {
    Error::Unpack { path: path.into(), error }
}

/// All of it: what is no input is refused by its first bytes.
fn read(mut from: impl Read) -> Result<Vec<u8>> {
    let (allowed, given) = memory::allowed();
    let mut bytes = vec![];
    let failed = |error| Error::Stdin { error };
    from.by_ref()
        .take(START.min(allowed.saturating_add(1)))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    suffix(&bytes)?;
    let rest = allowed.saturating_add(1).saturating_sub(bytes.len() as u64);
    from.by_ref().take(rest).read_to_end(&mut bytes).map_err(failed)?;
    let held = bytes.len() as u64;
    if held <= allowed {
        return Ok(bytes);
    }
    // What it would take is told, where it has an end.
    let more = std::io::copy(&mut from.take(COUNTED), &mut std::io::sink()).map_err(failed)?;
    let needed = held.saturating_add(more);
    Err(Error::LongStdin { error: TooMuch { needed, allowed, given } }.into())
}

/// Of a file with such bytes.
fn suffix(bytes: &[u8]) -> Result<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Ok("png"),
        [0xff, 0xd8, 0xff, ..] => Ok("jpg"),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Ok("npy"),
        _ => {
            let path = PathBuf::from(STANDARD_INPUT);
            let unknown = || "its kind is unknown; send a JPEG, a PNG or a .npy array".into();
            let what = foreign::recognise_input(&path, bytes).unwrap_or_else(unknown);
            Err(encode::Error::Foreign { path, what }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused_by_its_beginning() {
        let error = read(std::io::repeat(0)).unwrap_err().to_string();
        assert!(error.starts_with("standard input is no picture and no array"), "{error}");
        let long = b"\x89PNG".chain(std::io::repeat(7).take(10_000));
        assert_eq!(read(long).unwrap().len(), 10_004);
    }
}
