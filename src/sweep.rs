//! Many runs as one: a plan of points, a file for each result, one table of all.
//!
//! A point is the options of one `run`. Its [id](Point::id) follows from them alone, and its result
//! is one file that is whole or absent. So threads, processes, shards and other machines fill one
//! folder, and what was killed goes on. [`Sweep::run_point`] is all that such a worker needs.
//!
//! ```text
//! DIR/sweep.json       the points in their order
//! DIR/points/ID.json   what one gave: rows of summary.csv, or the error
//! DIR/sweep.csv        all of them, once all are there
//! ```
//!
//! ```
//! use spikemesh::sweep::{Point, Shard, Sweep, Value};
//!
//! let folder = tempfile::tempdir()?;
//! let steps = |steps| Point::from_iter([("steps".to_string(), Value::Whole(steps))]);
//! let sweep = Sweep::begin(&folder.path().join("steps"), vec![steps(4), steps(8)])?;
//! assert_eq!(sweep.points()[1].words(), ["run", "--steps=8"]);
//! // Nothing has run.
//! assert_eq!(sweep.missing(Shard::ALL, false)?, [0, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod digests;
mod error;
mod point;
mod record;
mod results;
mod spec;
mod table;

pub use error::Error;
pub use point::{Point, Value};
pub use record::{Outcome, Record};
pub use results::Results;
pub use spec::read_spec;
pub use table::Table;

use crate::files;
use crate::report::REPORT;
use crate::scratch::ScratchFile;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The points of a sweep in their order, and where their results lie.
#[derive(Debug)]
pub struct Sweep {
    dir: PathBuf,
    points: Vec<Point>,
    ids: Vec<String>,
    results: Results,
}

/// Which points of all are meant: every `of`th, from number `which`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Number of the first point, from 0.
    pub which: usize,
    /// Points from one to the next.
    pub of: usize,
}

impl Shard {
    /// All points.
    pub const ALL: Shard = Shard { which: 0, of: 1 };
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(which, of)| {
            Some(Shard { which: which.parse().ok()?, of: of.parse().ok()? })
        });
        match numbers {
            Some(shard) if shard.which < shard.of => Ok(shard),
            _ => Err("give I/N, such as 0/3, with I from 0 to N - 1".into()),
        }
    }
}

/// `sweep.json`.
#[derive(Serialize, Deserialize)]
struct Plan {
    version: String,
    points: Vec<Point>,
}

const PLAN: &str = "sweep.json";
/// The table of all points.
pub const SWEEP: &str = "sweep.csv";

impl Sweep {
    /// Makes a folder for the results of `points`, or goes on in one of the same points.
    ///
    /// # Errors
    /// There is no point; the folder holds other points, or cannot be written.
    pub fn begin(dir: &Path, points: Vec<Point>) -> Result<Sweep, Error> {
        if points.is_empty() {
            return Err(Error::Empty);
        }
        points.iter().try_for_each(Point::check)?;
        Results::begin(dir)?;
        let path = dir.join(PLAN);
        let plan = Plan { version: version(), points };
        let text = json(&path, &plan)?;
        if !write_new(&path, &text)? {
            let known =
                files::bytes(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
            if known != text {
                let damaged = serde_json::from_slice::<Plan>(&known).err();
                return Err(match damaged {
                    Some(reason) => Error::DamagedPlan { path, reason: reason.to_string() },
                    None => Error::Other { dir: dir.into() },
                });
            }
        }
        Ok(Sweep::of(dir, plan.points))
    }

    /// That of a folder that [`Sweep::begin`] made.
    ///
    /// # Errors
    /// It is no such folder.
    pub fn open(dir: &Path) -> Result<Sweep, Error> {
        let path = dir.join(PLAN);
        let text = files::bytes(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NoSweep { dir: dir.into() },
            _ => Error::Read { path: path.clone(), source },
        })?;
        match serde_json::from_slice::<Plan>(&text) {
            Ok(plan) if plan.version == version() => Ok(Sweep::of(dir, plan.points)),
            Ok(plan) => Err(Error::Version { dir: dir.into(), version: plan.version }),
            Err(source) => Err(Error::DamagedPlan { path, reason: source.to_string() }),
        }
    }

    fn of(dir: &Path, points: Vec<Point>) -> Sweep {
        let ids = points.iter().map(Point::id).collect();
        Sweep { dir: dir.into(), points, ids, results: Results::of(dir) }
    }

    /// Points, in the order of their numbers.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// By point.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The numbers of the points of a shard that have no result yet, or one of other files than
    /// those that lie there now, each result once; those that failed count as missing where they
    /// are to be tried `again`.
    ///
    /// # Errors
    /// A result is damaged.
    pub fn missing(&self, shard: Shard, again: bool) -> Result<Vec<usize>, Error> {
        let mut missing = vec![];
        for n in self.of_shard(shard) {
            let known = self.record(n)?.is_some_and(|record| {
                let failed = matches!(record.outcome, Outcome::Failed { .. });
                !(again && failed) && self.results.are_current(&record)
            });
            if !known {
                missing.push(n);
            }
        }
        Ok(missing)
    }

    /// How many results a shard has when it is through; equal points have one.
    pub fn distinct(&self, shard: Shard) -> usize {
        self.of_shard(shard).count()
    }

    /// The numbers of the first points of their ids.
    fn of_shard(&self, shard: Shard) -> impl Iterator<Item = usize> {
        let mut seen = BTreeSet::new();
        let first = self.ids.iter().enumerate().filter(move |(_, id)| seen.insert(*id));
        first.map(|(n, _)| n).filter(move |n| n % shard.of == shard.which)
    }

    /// Runs point `n` by `run` and keeps what comes of it. A table of before goes first, with its
    /// page: it would not be that of these points.
    ///
    /// # Errors
    /// The result cannot be written, or the table not removed.
    pub fn run_point(
        &self,
        n: usize,
        run: impl FnOnce(&Point) -> Outcome,
    ) -> Result<Record, Error> {
        for path in [SWEEP, REPORT].map(|name| self.dir.join(name)) {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::Write { path, source });
                }
                _ => {}
            }
        }
        self.results.run(&self.points[n], run)
    }

    /// What point `n` gave, if it ran.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn record(&self, n: usize) -> Result<Option<Record>, Error> {
        self.results.record(&self.ids[n])
    }

    /// How many results are of other files than those that lie there now.
    ///
    /// # Errors
    /// A result is damaged.
    pub fn outdated(&self) -> Result<usize, Error> {
        let mut count = 0;
        for n in 0..self.points.len() {
            let record = self.record(n)?;
            count += usize::from(record.is_some_and(|record| !self.results.are_current(&record)));
        }
        Ok(count)
    }

    /// The table of all points, in their order.
    ///
    /// # Errors
    /// A result is damaged, or of other files than those of other points.
    pub fn table(&self) -> Result<Table, Error> {
        let records = (0..self.points.len()).map(|n| self.record(n)).collect::<Result<Vec<_>, _>>();
        let records = records?;
        let mut files = BTreeMap::new();
        for (n, record) in records.iter().enumerate() {
            for (name, digest) in record.iter().flat_map(|record| &record.files) {
                if files.insert(name, digest).is_some_and(|before| before != digest) {
                    let (path, name) = (self.results.path(&self.ids[n]), name.clone());
                    return Err(Error::Mixed { path, name });
                }
            }
        }
        Ok(Table::new(&self.points, &self.ids, &records))
    }

    /// Writes [`SWEEP`] and gives its path.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, table: &Table) -> Result<PathBuf, Error> {
        let path = self.dir.join(SWEEP);
        replace(&path, &table.csv())?;
        Ok(path)
    }
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| Error::Write { path: path.into(), source: source.into() })?;
    text.push(b'\n');
    Ok(text)
}

/// A file beside `path` that holds `text` and has no name that anybody reads.
fn beside(path: &Path, text: &[u8]) -> Result<ScratchFile, Error> {
    let failed = |source| Error::Write { path: path.into(), source };
    let mut file = ScratchFile::create(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    file.write_all(text).map_err(failed)?;
    Ok(file)
}

/// Writes a whole file in place of one that may be there.
fn replace(path: &Path, text: &[u8]) -> Result<(), Error> {
    let written = beside(path, text)?.replace(path);
    written.map_err(|source| Error::Write { path: path.into(), source })
}

/// Writes a whole file and says whether there was none.
fn write_new(path: &Path, text: &[u8]) -> Result<bool, Error> {
    match beside(path, text)?.persist(path) {
        Ok(()) => Ok(true),
        Err(_) if path.is_file() => Ok(false),
        Err(source) => Err(Error::Write { path: path.into(), source }),
    }
}
