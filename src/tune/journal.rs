//! The trials of a search under way, on disk: a search that was cut off goes on from there.

use super::trials::{Run, Trial};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file of lines of JSON: what the search is, then a trial each.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    trials: Vec<Trial>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error(
        "{}: the journal of another search; move it away, choose another --out, or repeat the command that began it", path.display()
    )]
    Other { path: PathBuf },
}

impl Journal {
    /// Opens `path`, or begins it. `what` describes all that the trials depend on.
    ///
    /// # Errors
    /// The file is that of another search, or cannot be read or written.
    pub fn open(path: &Path, what: &str) -> Result<Journal, Error> {
        let io = |source| Error::Io { path: path.into(), source };
        let (mut whole, mut trials) = (format!("{}\n", serde_json::Value::from(what)), vec![]);
        if path.exists() {
            let text = std::fs::read_to_string(path).map_err(io)?;
            // Of a line that was being written when the search was cut off, there is no end.
            let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if lines.next().is_some_and(|line| line != whole) {
                return Err(Error::Other { path: path.into() });
            }
            for line in lines {
                let trial = serde_json::from_str(line).map_err(|_| Error::Other { path: path.into() })?;
                trials.push(trial);
                whole.push_str(line);
            }
        }
        std::fs::write(path, whole).map_err(io)?;
        let file = OpenOptions::new().append(true).open(path).map_err(io)?;
        Ok(Journal { path: path.into(), file, trials })
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
        let mut line = serde_json::to_string(trial).map_err(|error| io(error.into()))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(io)
    }

    /// Removes the file: the search is done.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).map_err(|source| Error::Io { path: self.path, source })
    }
}
