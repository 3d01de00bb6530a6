//! The trials of a search under way, on disk: a search that was cut off goes on from there.
//!
//! The first line names the parts that a trial depends on, so that no two searches are mixed. Every
//! further line is a trial and a check over it and all lines before: what was cut, changed, doubled
//! or taken out is seen.

use super::trials::{Run, Trial};
use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the first line says that it is.
const FORMAT: &str = "spikemesh tune journal";
/// Of the lines. Version 1 had one hash for all parts, and no checks.
const VERSION: u32 = 2;

/// A file of lines of JSON: what the search is, then a trial each.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    trials: Vec<Trial>,
    /// Check of the last line.
    check: String,
    /// What of the file was no use.
    remark: Option<String>,
}

/// Something that a trial depends on: a word or a hash, by its name.
pub type Parts = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    #[serde(default)]
    search: Parts,
}

#[derive(Serialize, Deserialize)]
struct Line {
    check: String,
    trial: Trial,
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
    /// A file of another program.
    #[error("{}: no journal of a search; choose another --out, or move the file away", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// A journal of another version.
    #[error(
        "{}: the journal of another version of spikemesh; choose another --out, or move it away", path.display()
    )]
    Version {
        /// The file or folder.
        path: PathBuf,
    },
    /// A journal of another search.
    #[error(
        "{}: the journal of another search: {differences}; repeat the command that began it, \
         choose another --out, or move the journal away", path.display()
    )]
    Other {
        /// The file or folder.
        path: PathBuf,
        /// What differs, in words.
        differences: String,
    },
}

impl Journal {
    /// Opens `path`, or begins it. `parts` are all that the trials depend on. Of a damaged file the
    /// trials before the damage are kept; see [`Journal::remark`].
    ///
    /// # Errors
    /// The file is that of another search, or no journal, or cannot be read or written.
    pub fn open(path: &Path, parts: &Parts) -> Result<Journal, Error> {
        let io = |source| Error::Io { path: path.into(), source };
        let header = Header { format: FORMAT.into(), version: VERSION, search: parts.clone() };
        let header =
            format!("{}\n", serde_json::to_string(&header).map_err(|error| io(error.into()))?);
        let bytes = match crate::files::bytes(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => vec![],
            Err(error) => return Err(io(error)),
        };
        let first = &bytes[..bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1)];
        let mut check = sha256([header.as_bytes()]);
        let (mut trials, mut kept, mut remark) = (vec![], header.len(), None);
        if first.is_empty() {
            // A header that was being written has no end yet.
            if !header.as_bytes().starts_with(&bytes) {
                return Err(Error::Foreign { path: path.into() });
            }
            std::fs::write(path, &header).map_err(io)?;
        } else {
            same_search(path, first, parts)?;
            kept = first.len();
            for (n, line) in bytes[first.len()..].split_inclusive(|&byte| byte == b'\n').enumerate()
            {
                let Some((trial, next)) = read(line, &check, &trials) else {
                    remark = Some(damage(path, n + 2, trials.len(), line.ends_with(b"\n")));
                    break;
                };
                trials.push(trial);
                check = next;
                kept += line.len();
            }
        }
        let file = OpenOptions::new().append(true).open(path).map_err(io)?;
        file.set_len(kept as u64).map_err(io)?;
        Ok(Journal { path: path.into(), file, trials, check, remark })
    }

    /// A sentence on what of the file was no use, if anything was.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// Number of trials of all searches in it.
    pub fn trials(&self) -> usize {
        self.trials.len()
    }

    /// The trials of one search, in order.
    pub fn known(&self, run: Run) -> Vec<Trial> {
        self.trials.iter().filter(|trial| trial.run == run).cloned().collect()
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, trial: &Trial) -> Result<(), Error> {
        let io = |source| Error::Io { path: self.path.clone(), source };
        let (check, line) = written(trial, &self.check).map_err(|error| io(error.into()))?;
        self.file.write_all(line.as_bytes()).map_err(io)?;
        self.check = check;
        Ok(())
    }

    /// Removes the file if it holds no trial: nothing can go on from there.
    ///
    /// # Errors
    /// The file cannot be read or removed.
    pub fn abandon(self) -> Result<(), Error> {
        let io = |source| Error::Io { path: self.path.clone(), source };
        let text = crate::files::bytes(&self.path).map_err(io)?;
        match text.iter().filter(|&&byte| byte == b'\n').count() {
            ..=1 => self.remove(),
            _ => Ok(()),
        }
    }

    /// Removes the file: the search is done.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).map_err(|source| Error::Io { path: self.path, source })
    }
}

/// Whether a first line is that of this search.
fn same_search(path: &Path, first: &[u8], parts: &Parts) -> Result<(), Error> {
    let path = path.to_owned();
    // Version 1 began with a string.
    if first.starts_with(b"\"spikemesh tune ") {
        return Err(Error::Version { path });
    }
    let header = match serde_json::from_slice::<Header>(first) {
        Ok(header) if header.format == FORMAT => header,
        _ => return Err(Error::Foreign { path }),
    };
    if header.version != VERSION {
        return Err(Error::Version { path });
    }
    let theirs = &header.search;
    let names = parts.keys().chain(theirs.keys().filter(|name| !parts.contains_key(*name)));
    let differs = names.filter(|name| theirs.get(*name) != parts.get(*name));
    let part =
        |of: &Parts, name: &String| of.get(name).map_or("nothing", String::as_str).to_owned();
    let told = differs.map(|name| {
        let [theirs, ours] = [part(theirs, name), part(parts, name)];
        format!("it was made with {name} {theirs}, this is {ours}")
    });
    let differences = told.collect::<Vec<_>>().join("; ");
    if differences.is_empty() { Ok(()) } else { Err(Error::Other { path, differences }) }
}

/// The trial of a line, and the check of it, if the line stands as it was written after lines that
/// end with `check`.
fn read(line: &[u8], check: &str, before: &[Trial]) -> Option<(Trial, String)> {
    let Line { trial, .. } = serde_json::from_slice(line).ok()?;
    let (next, written) = written(&trial, check).ok()?;
    let number = before.iter().filter(|other| other.run == trial.run).count();
    (written.as_bytes() == line && trial.number == number).then_some((trial, next))
}

/// The check of a trial, and its line.
fn written(trial: &Trial, check: &str) -> Result<(String, String), serde_json::Error> {
    let text = serde_json::to_string(trial)?;
    let check = sha256([check.as_bytes(), text.as_bytes()]);
    let line = serde_json::to_string(&Line { check: check.clone(), trial: trial.clone() })?;
    Ok((check, format!("{line}\n")))
}

fn damage(path: &Path, line: usize, good: usize, whole: bool) -> String {
    let what = if whole { "is damaged" } else { "was cut off" };
    format!(
        "{}: line {line} {what}; the trials before it ({good}) are kept, the others are made again",
        path.display()
    )
}
