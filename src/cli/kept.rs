//! Inputs of long work, each kept in a journal once it is done.

use super::timing::TimingChoice;
use super::{Failure, Result, journal};
use crate::eval::{Answered, Picture};
use crate::journal::{Done, Entry, Journal, Parts};
use crate::report::Folder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Work that fails within this time is made again: a journal of it would only lie about.
const SHORT: Duration = Duration::from_secs(10);

/// What one pass over the inputs made of one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct One<T> {
    /// Number of the pass, as of a recipe or a chip.
    pass: usize,
    /// Hash of the input with its name and labels.
    input: String,
    made: T,
}

/// What can be kept of an input.
pub trait Made: Clone + PartialEq + Serialize + DeserializeOwned {
    /// As [`Entry::FORMAT`].
    const FORMAT: &'static str;
    /// As [`Entry::OF`].
    const OF: &'static str;
}

impl Made for Picture {
    const FORMAT: &'static str = "spikemesh eval journal";
    const OF: &'static str = "an evaluation";
}

impl Made for Answered {
    const FORMAT: &'static str = "spikemesh eval journal";
    const OF: &'static str = "an evaluation";
}

impl<T: Made> Entry for One<T> {
    const FORMAT: &'static str = T::FORMAT;
    const OF: &'static str = T::OF;
    const NOUN: &'static str = "input";
}

/// What is known of inputs, and where more is kept.
pub struct Kept<T: Made> {
    /// By number; equal inputs have equal ones.
    hashes: Vec<String>,
    /// `None` once all is made.
    journal: Mutex<Option<Journal<One<T>>>>,
    /// By pass and hash.
    known: BTreeMap<(usize, String), T>,
    begun: Instant,
}

impl<T: Made> Kept<T> {
    /// What an earlier process made, as [`journal::open`] finds it; `hashes` are of all inputs,
    /// with all that is not in `parts`.
    pub fn open(
        folder: &Folder,
        part: &str,
        mut parts: Parts,
        hashes: Vec<String>,
        timing: TimingChoice,
    ) -> Result<Kept<T>> {
        let first = hashes.first().filter(|_| timing.fits());
        // What is chosen depends on them.
        let by = |first| {
            let (name, count) = (timing.name(), hashes.len());
            format!("{name} (chosen by the first of {count} inputs, hash {first})")
        };
        let of = first.map(by);
        parts.insert("--timing".into(), of.unwrap_or_else(|| timing.name().into()));
        let journal: Journal<One<T>> = journal::open(folder, part, &parts)?;
        let known = |one: &One<T>| ((one.pass, one.input.clone()), one.made.clone());
        let known = journal.entries().iter().map(known).collect();
        Ok(Kept { hashes, known, journal: Mutex::new(Some(journal)), begun: Instant::now() })
    }

    /// How many inputs pass `pass` still has to make.
    pub fn left(&self, pass: usize) -> usize {
        let known = |hash: &&String| self.known.contains_key(&(pass, (*hash).clone()));
        self.hashes.len() - self.hashes.iter().filter(known).count()
    }

    /// What pass `pass` makes of input `input`, if it is known; else `make` makes it, and it is
    /// kept.
    pub fn or_made<E: From<Failure>>(
        &self,
        (pass, input): (usize, usize),
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let key = (pass, self.hashes[input].clone());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let one = One { pass, input: key.1, made: make()? };
        if let Some(journal) = &mut *self.journal() {
            journal.add(&one).map_err(Failure::from)?;
        }
        Ok(one.made)
    }

    /// All is made: the journal goes once the result has its name.
    pub fn finish(self) -> Done {
        self.close()
    }

    fn close(&self) -> Done {
        let journal = self.journal().take();
        let done = journal.map(Journal::finish).unwrap_or_default();
        done.little(self.known.is_empty() && self.begun.elapsed() < SHORT)
    }

    fn journal(&self) -> MutexGuard<'_, Option<Journal<One<T>>>> {
        // What another thread left half done is no whole line, and the next reader sees it.
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Made> Drop for Kept<T> {
    fn drop(&mut self) {
        // Of work that failed.
        drop(self.close());
    }
}
