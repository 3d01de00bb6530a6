//! One file that appears whole or not at all.

use super::Error;
use crate::scratch::ScratchFile;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file being written beside its target, which must not exist. Dropped unfinished, it leaves
/// nothing behind.
#[derive(Debug)]
pub struct NewFile {
    target: PathBuf,
    option: &'static str,
    written: BufWriter<ScratchFile>,
}

impl NewFile {
    /// Starts a file that will be `target`, as `option` asks for.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(target: &Path, option: &'static str) -> Result<NewFile, Error> {
        if target.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: target.into(), option });
        }
        let parent = target.parent().filter(|parent| *parent != Path::new(""));
        let temporary = ScratchFile::create(parent.unwrap_or(Path::new(".")))
            .map_err(|source| Error::Write { path: target.into(), source })?;
        Ok(NewFile { target: target.into(), option, written: BufWriter::new(temporary) })
    }

    /// Adds to what it holds.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let path = || self.target.clone();
        self.written.write_all(bytes).map_err(|source| Error::Write { path: path(), source })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// It cannot be written, or the name has been taken meanwhile.
    pub fn finish(self) -> Result<(), Error> {
        let NewFile { target, option, written } = self;
        let failed = |source| Error::Write { path: target.clone(), source };
        let temporary = written.into_inner().map_err(|error| failed(error.into_error()))?;
        match temporary.persist(&target) {
            Ok(()) => Ok(()),
            Err(_) if target.symlink_metadata().is_ok() => {
                Err(Error::Exists { path: target, option })
            }
            Err(error) => Err(failed(error)),
        }
    }
}
