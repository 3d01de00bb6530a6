//! A folder that appears whole or not at all.

use super::{Error, names};
use crate::scratch::{Made, ScratchFolder};
use std::path::{Path, PathBuf};

/// A folder being written beside its target; nothing is visible under the final name until
/// [`Folder::finish`]. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    target: Target,
    temporary: ScratchFolder,
    /// Parents that were missing; behind the folder, since they must be empty to go.
    made: Made,
}

#[derive(Debug)]
enum Target {
    Exact(PathBuf),
    /// `parent/stem-n` with the first free n at the time of finishing.
    Numbered {
        parent: PathBuf,
        stem: String,
    },
}

impl Folder {
    /// Starts a folder that will be `target`. Fails at once, before hours of emulation, if it
    /// exists or cannot be written. Missing parents are made, and removed again if the run fails.
    pub fn create(target: &Path) -> Result<Folder, Error> {
        if target.symlink_metadata().is_ok() {
            return Err(exists(target));
        }
        if target.file_name().is_none() {
            return Err(Error::NoName { path: target.into() });
        }
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        Folder::start(parent, Target::Exact(target.into()))
    }

    /// Starts a folder that will be `parent/stem-n` with the first n, from 1, that is free when it
    /// finishes; two runs that race get two numbers. `stem` is made safe for a file name.
    pub fn numbered(parent: &Path, stem: &str) -> Result<Folder, Error> {
        Folder::start(parent, Target::Numbered { parent: parent.into(), stem: names::safe(stem) })
    }

    fn start(parent: &Path, target: Target) -> Result<Folder, Error> {
        let made =
            Made::folders(parent).map_err(|(path, source)| Error::Create { path, source })?;
        // In the same parent, hence on the same file system: the rename at the end cannot fail
        // half-way.
        let temporary = ScratchFolder::create(parent).map_err(|source| {
            let path = match &target {
                Target::Exact(target) => target.clone(),
                Target::Numbered { parent, .. } => parent.clone(),
            };
            Error::Create { path, source }
        })?;
        Ok(Folder { target, temporary, made })
    }

    /// Where to write until then.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// A path beside the folder to be: its name with `suffix`, without the number that it gets.
    pub fn beside(&self, suffix: &str) -> PathBuf {
        let name = match &self.target {
            // Without a slash at the end, behind which there is nothing yet.
            Target::Exact(target) => target.components().collect(),
            Target::Numbered { parent, stem } => parent.join(stem),
        };
        let mut name = name.into_os_string();
        name.push(suffix);
        name.into()
    }

    /// Whether its name ends in a number that it gets at the end.
    pub fn is_numbered(&self) -> bool {
        matches!(self.target, Target::Numbered { .. })
    }

    /// Gives the folder its final name and says which.
    pub fn finish(mut self) -> Result<PathBuf, Error> {
        let path = match &self.target {
            Target::Exact(target) => {
                let target = target.clone();
                if !self.rename(&target)? {
                    return Err(exists(&target));
                }
                target
            }
            Target::Numbered { parent, stem } => {
                let (parent, stem, mut n) = (parent.clone(), stem.clone(), 1u64);
                loop {
                    let target = parent.join(format!("{stem}-{n}"));
                    if self.rename(&target)? {
                        break target;
                    }
                    n += 1;
                }
            }
        };
        self.made.keep();
        Ok(path)
    }

    /// False if `target` exists. A rename onto a folder with content fails by itself, so that two
    /// runs that pass the first check together do not overwrite each other.
    fn rename(&mut self, target: &Path) -> Result<bool, Error> {
        if target.symlink_metadata().is_ok() {
            return Ok(false);
        }
        match self.temporary.rename(target) {
            Ok(()) => Ok(true),
            Err(_) if target.symlink_metadata().is_ok() => Ok(false),
            Err(source) => Err(Error::Create { path: target.into(), source }),
        }
    }
}

fn exists(target: &Path) -> Error {
    Error::Exists { path: target.into(), option: "--out" }
}
