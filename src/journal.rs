//! What long work has done so far, on disk: work that was cut off goes on from there.
//!
//! The first line names the parts that an entry depends on, so that no two works are mixed. Every
//! further line is an entry and a check over it and all lines before: what was cut, changed,
//! doubled or taken out is seen. The file is made with its first entry, and is locked by the
//! process that works on it. What is no such file, a link included, is never written.

use crate::digest::sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Files that this process works on.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(vec![]);

fn open_files() -> MutexGuard<'static, Vec<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files that stay where they are if this process ends now.
pub fn staying() -> Vec<PathBuf> {
    open_files().clone()
}

/// Of the lines. Version 1 had one hash for all parts and no checks; 2 was for searches alone.
const VERSION: u32 = 3;

/// Version of what entries come to: it grows when scores, points or the emulation change, so that
/// no work goes on with entries of another program.
pub const ARITHMETIC: u32 = 1;

/// Something that is kept once it is done.
pub trait Entry: PartialEq + Serialize + DeserializeOwned {
    /// What the first line says that the file is.
    const FORMAT: &'static str;
    /// What entries are of, such as `a search`.
    const OF: &'static str;
    /// What an entry is called.
    const NOUN: &'static str;

    /// Whether it can come behind these.
    fn follows(&self, _before: &[Self]) -> bool {
        true
    }
}

/// A file of lines of JSON: what the work is, then an entry each.
#[derive(Debug)]
pub struct Journal<T> {
    path: PathBuf,
    /// None before the first entry.
    file: Option<Held>,
    /// The first line, until it is written.
    header: String,
    /// Those that it held.
    entries: Vec<T>,
    /// Check of the last line.
    check: String,
    /// What of the file was no use.
    remark: Option<String>,
}

/// Something that an entry depends on: a word or a hash, by its name.
pub type Parts = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    #[serde(default)]
    parts: Parts,
}

#[derive(Deserialize)]
struct Line<T> {
    entry: T,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system does not read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of another program, a link or a folder.
    #[error("{}: no journal of {of}; choose another --out, or move the file away", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// What was looked for, such as `a search`.
        of: &'static str,
    },
    /// A journal of another version.
    #[error(
        "{}: the journal of another version of spikemesh; choose another --out, or move it away",
        path.display()
    )]
    Version {
        /// The file or folder.
        path: PathBuf,
    },
    /// A journal of other work.
    #[error(
        "{}: the journal of {}: {differences}; repeat the command that began it, \
         choose another --out, or move the journal away", path.display(), another(of)
    )]
    Other {
        /// The file or folder.
        path: PathBuf,
        /// What the work is, such as `a search`.
        of: &'static str,
        /// What differs, in words.
        differences: String,
    },
    /// Another process holds it.
    #[error(
        "{}: another process works on the same; wait until it ends, or choose another --out",
        path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// `a search` as one that is not this.
fn another(of: &str) -> String {
    let noun = of.split_once(' ').map_or(of, |(_, noun)| noun);
    format!("another {noun}")
}

impl<T: Entry> Journal<T> {
    /// Opens `path`, or begins there. `parts` are all that the entries depend on. Of a damaged file
    /// the entries before the damage are kept; see [`Journal::remark`].
    ///
    /// # Errors
    /// The file is that of other work, or no journal, or cannot be read; another process holds it.
    pub fn open(path: &Path, parts: &Parts) -> Result<Journal<T>, Error> {
        let io = |source| Error::Io { path: path.into(), source };
        let (format, parts) = (T::FORMAT.into(), parts.clone());
        let header = Header { format, version: VERSION, parts };
        let line = serde_json::to_string(&header).map_err(|error| io(error.into()))? + "\n";
        let check = sha256([line.as_bytes()]);
        let (path, entries, remark) = (path.into(), vec![], None);
        let mut journal = Journal { path, file: None, header: line, entries, check, remark };
        match journal.path.symlink_metadata() {
            Ok(found) if found.is_file() => journal.go_on(&header.parts)?,
            Ok(_) => return Err(journal.foreign()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(io(source)),
        }
        Ok(journal)
    }

    /// Takes what the file holds.
    fn go_on(&mut self, parts: &Parts) -> Result<(), Error> {
        let path = self.path.clone();
        let io = |source| Error::Io { path: path.clone(), source };
        let file = OpenOptions::new().append(true).open(&path).map_err(io)?;
        lock(&file, &path)?;
        let bytes = crate::files::bytes(&path).map_err(io)?;
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let mut kept = 0;
        if first.ends_with(b"\n") {
            same::<T>(&path, first, parts)?;
            kept = first.len();
            self.header.clear();
            for (n, line) in lines.enumerate() {
                let Some((entry, check)) = read(line, &self.check, &self.entries) else {
                    self.remark = Some(self.damage(n + 2, line.ends_with(b"\n")));
                    break;
                };
                self.entries.push(entry);
                self.check = check;
                kept += line.len();
            }
        } else if !self.header.as_bytes().starts_with(first) {
            // A header that was being written has no end yet; anything else is no header.
            return Err(self.foreign());
        }
        file.set_len(kept as u64).map_err(io)?;
        self.file = Some(Held::new(file, &path));
        Ok(())
    }

    fn foreign(&self) -> Error {
        Error::Foreign { path: self.path.clone(), of: T::OF }
    }

    fn damage(&self, line: usize, whole: bool) -> String {
        let what = if whole { "is damaged" } else { "was cut off" };
        let (path, nouns, good) = (self.path.display(), T::NOUN, self.entries.len());
        format!(
            "{path}: line {line} {what}; the {nouns}s before it ({good}) are kept, the others are \
             made again"
        )
    }

    /// A sentence on what of the file was no use, if anything was.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// What was done before, in order.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what is done. An entry that does not read back as it is, such as one with an infinite
    /// number, is left out: it is made again.
    ///
    /// # Errors
    /// The file cannot be written; another process has made one meanwhile.
    pub fn add(&mut self, entry: &T) -> Result<(), Error> {
        let path = self.path.clone();
        let io = |source| Error::Io { path: path.clone(), source };
        let (check, line) = written(entry, &self.check).map_err(|error| io(error.into()))?;
        let back = serde_json::from_str::<Line<T>>(&line);
        if back.is_ok_and(|back| back.entry == *entry) {
            let text = std::mem::take(&mut self.header) + &line;
            self.file()?.write_all(text.as_bytes()).map_err(io)?;
            self.check = check;
        }
        Ok(())
    }

    /// The file, which is made if it is not there.
    fn file(&mut self) -> Result<&mut File, Error> {
        let busy = || Error::Busy { path: self.path.clone() };
        if self.file.is_none() {
            let made = OpenOptions::new().append(true).create_new(true).open(&self.path);
            let file = made.map_err(|source| match source.kind() {
                ErrorKind::AlreadyExists => busy(),
                _ => Error::Io { path: self.path.clone(), source },
            })?;
            lock(&file, &self.path)?;
            self.file = Some(Held::new(file, &self.path));
        }
        self.file.as_mut().map(|held| &mut held.file).ok_or_else(busy)
    }

    /// Nothing more is done; the file stays until what came of it has its name.
    pub fn finish(self) -> Done {
        Done { file: self.file.map(|file| (self.path, file)), little: false }
    }

    /// Removes the file: the work is done.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        self.finish().remove()
    }
}

/// A file that is locked and open; [`staying`] names it.
#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
}

impl Held {
    fn new(file: File, path: &Path) -> Held {
        open_files().push(path.into());
        Held { file, path: path.into() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        open_files().retain(|path| *path != self.path);
    }
}

/// A journal to which nothing is added any more, while its result gets its name. Dropped, it stays
/// where it is, unless it is little.
#[derive(Debug, Default)]
#[must_use = "the file stays where it is"]
pub struct Done {
    file: Option<(PathBuf, Held)>,
    little: bool,
}

impl Done {
    /// Whether it is so little that it is not worth its place if the result gets no name.
    pub fn little(mut self, little: bool) -> Done {
        self.little = little;
        self
    }

    /// Removes the file.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(mut self) -> Result<(), Error> {
        let Some((path, _locked)) = self.file.take() else { return Ok(()) };
        std::fs::remove_file(&path).map_err(|source| Error::Io { path, source })
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some((path, _)) = self.file.take().filter(|_| self.little) {
            // The work has failed, and says why: what stays is no second error.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Not every system locks files; there nothing is held.
fn lock(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path: path.into() }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Whether a first line is that of this work.
fn same<T: Entry>(path: &Path, first: &[u8], parts: &Parts) -> Result<(), Error> {
    let (path, of) = (path.to_owned(), T::OF);
    // Version 1 was of searches, and began with a string.
    if first.starts_with(b"\"spikemesh tune ") {
        return Err(Error::Version { path });
    }
    let header = match serde_json::from_slice::<Header>(first) {
        Ok(header) if header.format == T::FORMAT => header,
        _ => return Err(Error::Foreign { path, of }),
    };
    if header.version != VERSION {
        return Err(Error::Version { path });
    }
    let theirs = &header.parts;
    let names = parts.keys().chain(theirs.keys().filter(|name| !parts.contains_key(*name)));
    let differs = names.filter(|name| theirs.get(*name) != parts.get(*name));
    let part =
        |of: &Parts, name: &String| of.get(name).map_or("not said", String::as_str).to_owned();
    let told = differs.map(|name| {
        let [theirs, ours] = [part(theirs, name), part(parts, name)];
        format!("it was made with {name} {theirs}, this is {ours}")
    });
    let differences = told.collect::<Vec<_>>().join("; ");
    if differences.is_empty() { Ok(()) } else { Err(Error::Other { path, of, differences }) }
}

/// The entry of a line, and the check of it, if the line stands as it was written after lines that
/// end with `check`.
fn read<T: Entry>(line: &[u8], check: &str, before: &[T]) -> Option<(T, String)> {
    let Line { entry } = serde_json::from_slice::<Line<T>>(line).ok()?;
    let (next, written) = written(&entry, check).ok()?;
    (written.as_bytes() == line && entry.follows(before)).then_some((entry, next))
}

/// The check of an entry, and its line.
fn written<T: Entry>(entry: &T, check: &str) -> Result<(String, String), serde_json::Error> {
    let text = serde_json::to_string(entry)?;
    let check = sha256([check.as_bytes(), text.as_bytes()]);
    let line = format!("{{\"check\":\"{check}\",\"entry\":{text}}}\n");
    Ok((check, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Number(Option<f64>);

    impl Entry for Number {
        const FORMAT: &'static str = "numbers";
        const OF: &'static str = "a count";
        const NOUN: &'static str = "number";
    }

    fn open(path: &Path) -> Result<Journal<Number>, Error> {
        Journal::open(path, &Parts::new())
    }

    #[test]
    fn a_journal_begins_with_its_first_entry_and_belongs_to_one_process() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal");
        let [mut first, mut late] = [open(&path).unwrap(), open(&path).unwrap()];
        assert!(!path.exists());
        // What JSON does not say is made again.
        first.add(&Number(Some(f64::NAN))).unwrap();
        assert!(!path.exists());
        [0.1, -0.0, 5e-324].iter().for_each(|&n| first.add(&Number(Some(n))).unwrap());
        assert!(matches!(late.add(&Number(None)), Err(Error::Busy { .. })));
        assert!(matches!(open(&path), Err(Error::Busy { .. })));
        drop(first);
        let known = open(&path).unwrap();
        let bits = known.entries().iter().map(|n| n.0.unwrap().to_bits()).collect::<Vec<_>>();
        assert_eq!(bits, [0.1f64, -0.0, 5e-324].map(f64::to_bits));
        known.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_journal_is_never_written() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal");
        fs::create_dir(&path).unwrap();
        assert!(matches!(open(&path), Err(Error::Foreign { .. })));
        fs::remove_dir(&path).unwrap();
        #[cfg(unix)]
        for target in ["nowhere", "mine"] {
            let target = root.path().join(target);
            std::os::unix::fs::symlink(&target, &path).unwrap();
            assert!(matches!(open(&path), Err(Error::Foreign { .. })));
            fs::remove_file(&path).unwrap();
            // One that comes later is not written through, either.
            let mut late = open(&path).unwrap();
            std::os::unix::fs::symlink(&target, &path).unwrap();
            assert!(late.add(&Number(None)).is_err());
            assert!(!target.exists());
            fs::remove_file(&path).unwrap();
        }
        fs::write(&path, "mine").unwrap();
        assert!(matches!(open(&path), Err(Error::Foreign { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }

    #[test]
    fn a_header_without_an_end_is_begun_anew() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal");
        open(&path).unwrap().add(&Number(None)).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in [0, 1, 12] {
            fs::write(&path, &whole[..length]).unwrap();
            open(&path).unwrap().add(&Number(None)).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }
}
