//! A folder that appears whole or not at all.

use super::{Error, names};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder being written beside its target; nothing is visible under the final name until
/// [`Folder::finish`]. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    target: Target,
    /// `None` only after `finish` has given it away.
    temporary: Option<TempDir>,
    /// Parents that were missing and are ours to remove, outermost first.
    made: Vec<PathBuf>,
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
    /// Starts a folder that will be `target`. Fails at once, before hours of emulation, if it exists
    /// or cannot be written. Missing parents are made, and removed again if the run fails.
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
        let mut folder = Folder { target, temporary: None, made: vec![] };
        let missing: Vec<&Path> =
            parent.ancestors().take_while(|p| *p != Path::new("") && !p.is_dir()).collect();
        // From here on an early return drops `folder`, which removes what was made.
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => folder.made.push(path.into()),
                // Another run made it in the meantime: then it is not ours to remove.
                Err(_) if path.is_dir() => {}
                Err(source) => return Err(Error::Create { path: path.into(), source }),
            }
        }
        // In the same parent, hence on the same file system: the rename at the end cannot fail half-way.
        let temporary =
            tempfile::Builder::new().prefix(".spikemesh-").suffix(".partial").tempdir_in(parent);
        folder.temporary =
            Some(temporary.map_err(|source| Error::Create { path: parent.into(), source })?);
        Ok(folder)
    }

    /// Where to write until then.
    pub fn path(&self) -> &Path {
        match &self.temporary {
            Some(temporary) => temporary.path(),
            None => Path::new(""),
        }
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

    /// Gives the folder its final name and says which.
    pub fn finish(mut self) -> Result<PathBuf, Error> {
        let path = match &self.target {
            Target::Exact(target) => {
                if !self.rename(target)? {
                    return Err(exists(target));
                }
                target.clone()
            }
            Target::Numbered { parent, stem } => {
                let mut n = 1u64;
                loop {
                    let target = parent.join(format!("{stem}-{n}"));
                    if self.rename(&target)? {
                        break target;
                    }
                    n += 1;
                }
            }
        };
        if let Some(temporary) = self.temporary.take() {
            // It has moved: there is nothing left to remove under the old name.
            let _ = temporary.keep();
        }
        self.made.clear();
        Ok(path)
    }

    /// False if `target` exists. A rename onto a folder with content fails by itself, so that two runs
    /// that pass the first check together do not overwrite each other.
    fn rename(&self, target: &Path) -> Result<bool, Error> {
        if target.symlink_metadata().is_ok() {
            return Ok(false);
        }
        match fs::rename(self.path(), target) {
            Ok(()) => Ok(true),
            Err(_) if target.symlink_metadata().is_ok() => Ok(false),
            Err(source) => Err(Error::Create { path: target.into(), source }),
        }
    }
}

fn exists(target: &Path) -> Error {
    Error::Exists { path: target.into(), option: "--out" }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.temporary.take());
        for path in self.made.iter().rev() {
            // Fails where somebody else has put something in: then it stays.
            let _ = fs::remove_dir(path);
        }
    }
}
