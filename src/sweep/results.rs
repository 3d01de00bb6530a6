//! A folder of results: a file for each point, whole or absent.

use super::digests::Digests;
use super::{Error, Outcome, Point, Record, json, replace, version};
use crate::files;
use std::fs;
use std::path::{Path, PathBuf};

/// What points gave that are known by their options alone.
#[derive(Debug)]
pub struct Results {
    dir: PathBuf,
    digests: Digests,
}

impl Results {
    /// Those in `dir/points`, folders that are made if they are not there.
    ///
    /// # Errors
    /// They cannot be made; `dir` is no folder, or one of something else.
    pub fn begin(dir: &Path) -> Result<Results, Error> {
        let results = Results::of(dir);
        if dir.symlink_metadata().is_ok() && !dir.is_dir() {
            return Err(Error::NoFolder { path: dir.into() });
        }
        if !results.dir.is_dir() && fs::read_dir(dir).is_ok_and(|mut all| all.next().is_some()) {
            return Err(Error::Foreign { dir: dir.into() });
        }
        let made = fs::create_dir_all(&results.dir);
        made.map_err(|source| Error::Write { path: results.dir.clone(), source })?;
        Ok(results)
    }

    pub(super) fn of(dir: &Path) -> Results {
        Results { dir: dir.join("points"), digests: Digests::default() }
    }

    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }

    /// What the point of this id gave, if it ran.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn record(&self, id: &str) -> Result<Option<Record>, Error> {
        let path = self.path(id);
        let text = match files::bytes(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path, source }),
        };
        match serde_json::from_slice::<Record>(&text) {
            Ok(record) => match record.fault(id, &version()) {
                None => Ok(Some(record)),
                Some(reason) => Err(Error::Damaged { path, reason: reason.into() }),
            },
            Err(source) => Err(Error::Damaged { path, reason: source.to_string() }),
        }
    }

    /// Whether it is of the files that lie there now.
    pub fn are_current(&self, record: &Record) -> bool {
        record.files == self.digests.of(&record.options)
    }

    /// Runs a point by `run` and keeps what comes of it.
    ///
    /// # Errors
    /// The result cannot be written.
    pub fn run(&self, point: &Point, run: impl FnOnce(&Point) -> Outcome) -> Result<Record, Error> {
        // Before it runs: what changes meanwhile is noticed the next time.
        let files = self.digests.of(point);
        let (id, version) = (point.id(), version());
        let record = Record { id, options: point.clone(), version, files, outcome: run(point) };
        let path = self.path(&record.id);
        replace(&path, &json(&path, &record)?)?;
        Ok(record)
    }

    /// What a point gave, or gives now if it did not run on the files that lie there, or failed
    /// for another reason than the chip.
    ///
    /// # Errors
    /// A result is damaged, or cannot be written.
    pub fn known_or_run(
        &self,
        point: &Point,
        run: impl FnOnce(&Point) -> Outcome,
    ) -> Result<Record, Error> {
        match self.record(&point.id())? {
            Some(record) if self.are_current(&record) && is_settled(&record.outcome) => Ok(record),
            _ => self.run(point, run),
        }
    }
}

/// Whether it would come out so again.
fn is_settled(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. }) || outcome.is_refusal()
}
