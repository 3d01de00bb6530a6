//! Folders and files under way: they get their name whole, or go.
//!
//! Each is locked by its process and listed there. A signal removes what is listed, and the next
//! command that writes into the same place removes what no process holds any more.
//!
//! ```
//! use spikemesh::scratch::ScratchFolder;
//!
//! let parent = tempfile::tempdir()?;
//! let mut folder = ScratchFolder::create(parent.path())?;
//! std::fs::write(folder.path().join("a.csv"), "step\n")?;
//! folder.rename(&parent.path().join("whole"))?;
//! drop(ScratchFolder::create(parent.path())?);
//! assert_eq!(parent.path().read_dir()?.count(), 1);
//! # Ok::<(), std::io::Error>(())
//! ```

use crate::files;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

const PREFIX: &str = ".spikemesh-";
const SUFFIX: &str = ".partial";

/// How often what another thread still writes into is removed again.
const TRIES: usize = 100;

/// Between two of these.
const PAUSE: Duration = Duration::from_millis(1);

/// What goes when the process is told to end, in the order of its making.
static LISTED: Mutex<Vec<Listed>> = Mutex::new(vec![]);

#[derive(Debug, PartialEq, Eq)]
enum Listed {
    /// With all that is in it.
    Whole(PathBuf),
    /// Only if nobody has put something in.
    IfEmpty(PathBuf),
}

fn list() -> MutexGuard<'static, Vec<Listed>> {
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unlist(path: &Path, of: &mut Vec<Listed>) {
    of.retain(|listed| match listed {
        Listed::Whole(other) | Listed::IfEmpty(other) => other != path,
    });
}

/// Makes something and lists it at once: a signal comes before both or after them.
fn listed<T>(make: impl FnOnce() -> io::Result<T>, path: fn(&T) -> &Path) -> io::Result<T> {
    let mut list = list();
    let made = make().map_err(bare)?;
    list.push(Listed::Whole(path(&made).into()));
    Ok(made)
}

/// Removes all that is under way, for a process that ends now: nothing can be begun or finished
/// after it.
pub fn discard() {
    let mut listed = list();
    for item in listed.drain(..).rev() {
        match item {
            Listed::Whole(path) => discarded(&path),
            // Fails where somebody else has put something in: then it stays.
            Listed::IfEmpty(path) => fs::remove_dir(path).is_ok(),
        };
    }
    // Threads that would begin or finish something wait here for the end.
    std::mem::forget(listed);
}

/// Removes what is under way, though other threads still write into it: under another name first,
/// so that they find no folder where they would make more.
fn discarded(path: &Path) -> bool {
    let mut away = path.as_os_str().to_owned();
    away.push(SUFFIX);
    let away = PathBuf::from(away);
    // Where it cannot be moved, it is removed where it is.
    let _ = fs::rename(path, &away);
    (0..TRIES).any(|_| {
        gone(&away) & gone(path) || {
            std::thread::sleep(PAUSE);
            false
        }
    })
}

/// Removes a file or a folder; whether nothing is left.
fn gone(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).is_ok(),
        Ok(_) => fs::remove_file(path).is_ok(),
        Err(_) => true,
    }
}

/// Says that something is under way, to this process and to others.
#[derive(Debug)]
struct Mark {
    path: PathBuf,
    /// Held as long as it is open; a process that is killed loses it.
    _lock: Option<File>,
}

impl Mark {
    /// Of what is listed. `None` if another process took it for one that was left behind.
    fn set(path: &Path) -> Option<Mark> {
        // Not every system locks folders; there nothing is swept.
        let lock = files::open(path).ok().filter(|file| file.lock().is_ok());
        let mark = Mark { path: path.into(), _lock: lock };
        path.exists().then_some(mark)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        unlist(&self.path, &mut list());
    }
}

/// A folder without a name of its own yet. Dropped, it is removed.
#[derive(Debug)]
pub struct ScratchFolder {
    folder: Option<TempDir>,
    mark: Mark,
}

impl ScratchFolder {
    /// Makes one in `parent`, and removes what processes that were killed have left there.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(parent: &Path) -> io::Result<ScratchFolder> {
        sweep(parent);
        loop {
            let mut temporary = tempfile::Builder::new();
            temporary.prefix(PREFIX).suffix(SUFFIX);
            let folder = listed(|| temporary.tempdir_in(parent), |folder| folder.path())?;
            if let Some(mark) = Mark::set(folder.path()) {
                return Ok(ScratchFolder { folder: Some(folder), mark });
            }
        }
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.mark.path
    }

    /// Gives it a name.
    ///
    /// # Errors
    /// What the system says; the folder is still there then.
    pub fn rename(&mut self, target: &Path) -> io::Result<()> {
        let mut listed = list();
        fs::rename(self.path(), target)?;
        unlist(&self.mark.path, &mut listed);
        if let Some(folder) = self.folder.take() {
            // It has moved: there is nothing left to remove under the old name.
            let _ = folder.keep();
        }
        Ok(())
    }
}

/// A set of files in place of another, with the file that did not get its name.
pub type Replaced = Result<(), (PathBuf, io::Error)>;

impl ScratchFolder {
    /// Gives the files in it their names in `dir`. All of `names` that are there go first, so that
    /// no two sets ever mix: the last name comes last, and with it the set is whole. Signals and
    /// others that replace a set there wait meanwhile.
    ///
    /// # Errors
    /// What the system says, and of which file.
    pub fn replace<N: AsRef<str>>(&self, dir: &Path, names: &[N]) -> Replaced {
        // Not every system locks folders; there two at once may mix.
        let lock = files::open(dir).ok().filter(|folder| folder.lock().is_ok());
        let listed = list();
        for name in names.iter().rev() {
            let path = dir.join(name.as_ref());
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err((path, e)),
                _ => {}
            }
        }
        for name in names {
            let (from, to) = (self.path().join(name.as_ref()), dir.join(name.as_ref()));
            if from.symlink_metadata().is_ok() {
                fs::rename(from, &to).map_err(|e| (to, e))?;
            }
        }
        drop((listed, lock));
        Ok(())
    }
}

/// A file without a name of its own yet. Dropped, it is removed.
#[derive(Debug)]
pub struct ScratchFile {
    file: NamedTempFile,
    _mark: Mark,
}

impl ScratchFile {
    /// Makes one in `parent`, and removes what processes that were killed have left there.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(parent: &Path) -> io::Result<ScratchFile> {
        sweep(parent);
        let mut temporary = tempfile::Builder::new();
        temporary.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Others may read it, as any file that a program leaves behind.
            temporary.permissions(fs::Permissions::from_mode(0o666));
        }
        loop {
            let file = listed(|| temporary.tempfile_in(parent), |file| file.path())?;
            if let Some(mark) = Mark::set(file.path()) {
                return Ok(ScratchFile { file, _mark: mark });
            }
        }
    }

    /// Gives it a name that nothing has.
    ///
    /// # Errors
    /// What the system says, such as that something has it.
    pub fn persist(self, target: &Path) -> io::Result<()> {
        self.named(|file| file.persist_noclobber(target))
    }

    /// Gives it a name, and takes it from what had it.
    ///
    /// # Errors
    /// What the system says.
    pub fn replace(self, target: &Path) -> io::Result<()> {
        self.named(|file| file.persist(target))
    }

    fn named(
        self,
        name: impl FnOnce(NamedTempFile) -> Result<File, tempfile::PersistError>,
    ) -> io::Result<()> {
        let ScratchFile { file, _mark: mark } = self;
        let mut listed = list();
        let persisted = name(file);
        unlist(&mark.path, &mut listed);
        drop(listed);
        persisted.map(|_| ()).map_err(|error| error.error)
    }
}

impl io::Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a folder within one that is under way, if it is not there. Those above it are not made: a
/// signal may have removed them.
///
/// # Errors
/// What the system says.
pub fn folder_within(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(_) if path.is_dir() => Ok(()),
        made => made,
    }
}

/// Folders that were missing. Dropped, they are removed where they are still empty.
#[derive(Debug, Default)]
pub struct Made(Vec<PathBuf>);

impl Made {
    /// Makes `folder` and those above it that are missing.
    ///
    /// # Errors
    /// What the system says, and of which folder; none is left then.
    pub fn folders(folder: &Path) -> Result<Made, (PathBuf, io::Error)> {
        let missing = folder.ancestors().take_while(|p| *p != Path::new("") && !p.is_dir());
        let missing: Vec<&Path> = missing.collect();
        let mut made = Made::default();
        // From here on an early return drops `made`, which removes what was made.
        for path in missing.into_iter().rev() {
            // Made and listed at once, as in `listed`.
            let mut list = list();
            match fs::create_dir(path) {
                Ok(()) => {
                    list.push(Listed::IfEmpty(path.into()));
                    made.0.push(path.into());
                }
                // Another run made it in the meantime: then it is not ours to remove.
                Err(_) if path.is_dir() => {}
                Err(source) => {
                    drop(list);
                    return Err((path.into(), source));
                }
            }
        }
        Ok(made)
    }

    /// Leaves them where they are.
    pub fn keep(&mut self) {
        let mut listed = list();
        self.0.drain(..).for_each(|path| unlist(&path, &mut listed));
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let mut listed = list();
        for path in self.0.drain(..).rev() {
            unlist(&path, &mut listed);
            // Fails where somebody else has put something in: then it stays.
            let _ = fs::remove_dir(path);
        }
    }
}

/// The system's words, without the hidden name that `tempfile` puts behind them.
fn bare(error: io::Error) -> io::Error {
    let words = error.to_string();
    match words.split_once(" at path ") {
        Some((system, _)) => io::Error::new(error.kind(), system),
        None => error,
    }
}

/// Removes what was under way in `parent` and no process holds. What cannot be looked at stays.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX));
        // Neither a link nor a pipe is ours.
        let plain = entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_file());
        if !ours || !plain {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = files::open(&path)
            && file.try_lock().is_ok()
        {
            gone(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_swept_and_what_is_held_stays() {
        let root = tempfile::tempdir().unwrap();
        let left = [".spikemesh-a.partial", ".spikemesh-b.partial"].map(|n| root.path().join(n));
        fs::create_dir(&left[0]).unwrap();
        fs::write(left[0].join("some.csv"), "half").unwrap();
        fs::write(&left[1], "half").unwrap();
        let mine = root.path().join(".spikemesh-mine");
        fs::write(&mine, "mine").unwrap();
        let first = ScratchFolder::create(root.path()).unwrap();
        assert!(left.iter().all(|path| !path.exists()) && mine.exists());
        let second = ScratchFile::create(root.path()).unwrap();
        assert!(first.path().exists());
        second.persist(&root.path().join("named")).unwrap();
        drop(first);
        let mut names: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".spikemesh-mine", "named"]);
    }

    #[test]
    fn a_folder_that_was_removed_is_not_brought_back() {
        let root = tempfile::tempdir().unwrap();
        let layers = root.path().join("a/layers");
        assert!(folder_within(&layers).is_err());
        fs::create_dir(root.path().join("a")).unwrap();
        folder_within(&layers).unwrap();
        folder_within(&layers).unwrap();
        assert!(discarded(&root.path().join("a")));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn errors_do_not_name_what_is_hidden() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("missing");
        for error in [
            ScratchFolder::create(&missing).map(|_| ()).unwrap_err(),
            ScratchFile::create(&missing).map(|_| ()).unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(!error.to_string().contains(PREFIX), "{error}");
        }
    }

    #[test]
    fn folders_that_were_made_go_unless_they_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        drop(Made::folders(&deep).unwrap());
        assert!(!root.path().join("a").exists());
        Made::folders(&deep).unwrap().keep();
        assert!(deep.exists());
        fs::write(root.path().join("file"), "").unwrap();
        assert!(Made::folders(&root.path().join("file/c")).is_err());
    }
}
