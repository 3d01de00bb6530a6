//! Recordings of event cameras: what a file holds, whatever its format.
//!
//! A format is one file of this folder and one line in the table below. First bytes decide which
//! one it is; where a format has none of its own, the suffix does. docs/events.md has the rules of
//! axes, polarity, times and steps.

mod aedat;
mod binning;
mod columns;
mod dat;
mod error;
mod evt2;
mod evt3;
mod nmnist;
mod npz;
mod numpy;
mod prophesee;
mod source;
mod table;

pub use binning::{BinRule, Binned, Spikes, binned, zero_us};
pub use error::Error;
pub(super) use numpy::pixel_array;

/// What is wrong with the header of a `.npy` file, read with bounds.
pub(in crate::encode) fn header_fault(bytes: &[u8]) -> Result<(), String> {
    numpy::header(bytes).map(|_| ()).map_err(|(_, what)| what)
}

use rustc_hash::FxHashMap;
use source::{Found, Source};
use std::path::{Path, PathBuf};

/// One change of brightness at one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// Time in microseconds, as the file has it.
    pub t_us: u64,
    /// Column, from the left.
    pub x: u16,
    /// Row, from the top.
    pub y: u16,
    /// The pixel became brighter (polarity 1), not darker (polarity 0).
    pub on: bool,
}

/// All events of a file, in the order of their times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The file.
    pub path: PathBuf,
    /// Events of the same time keep their order in the file.
    pub events: Vec<Event>,
    /// Pixels of a row of the sensor, where the file says so.
    pub width: Option<u32>,
    /// Rows of the sensor, where the file says so.
    pub height: Option<u32>,
    /// Name of the file's format.
    pub format: &'static str,
    /// What was unusual, and what was made of it.
    pub notes: Vec<String>,
}

/// A pixel and the number of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busiest {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Events of either polarity.
    pub events: usize,
}

impl Recording {
    /// Time of the first event, in microseconds.
    pub fn first_us(&self) -> Option<u64> {
        self.events.first().map(|event| event.t_us)
    }

    /// Time of the last event, in microseconds.
    pub fn last_us(&self) -> Option<u64> {
        self.events.last().map(|event| event.t_us)
    }

    /// From the first event to the last, in microseconds; 0 without events.
    pub fn duration_us(&self) -> u64 {
        let ends = self.last_us().zip(self.first_us());
        ends.map_or(0, |(last, first)| last.saturating_sub(first))
    }

    /// Number of events with polarity 1.
    pub fn on(&self) -> usize {
        self.events.iter().filter(|event| event.on).count()
    }

    /// The pixel of most events; of equals the one furthest up, then furthest left.
    pub fn busiest(&self) -> Option<Busiest> {
        let mut counts: FxHashMap<(u16, u16), usize> = FxHashMap::default();
        for event in &self.events {
            *counts.entry((event.y, event.x)).or_default() += 1;
        }
        let first = counts.into_iter().min_by_key(|&(at, events)| (usize::MAX - events, at));
        first.map(|((y, x), events)| Busiest { x, y, events })
    }
}

/// A format of recordings.
struct Format {
    /// As people call it.
    name: &'static str,
    suffixes: &'static [&'static str],
    /// Whether a file that begins so is of this format for sure; `None` where nothing marks it.
    begins: Option<fn(&[u8]) -> bool>,
    read: fn(&Source, &mut Found) -> Result<(), Error>,
}

/// All formats, in the order in which they are tried.
const FORMATS: [Format; 9] = [
    aedat::FORMAT,
    evt2::FORMAT,
    evt3::FORMAT,
    dat::FORMAT,
    numpy::FORMAT,
    npz::FORMAT,
    table::FORMAT,
    nmnist::BIN,
    nmnist::BS2,
];

/// Suffixes of the files that [`read`] takes, without dots.
pub fn suffixes() -> Vec<&'static str> {
    let mut all: Vec<_> = FORMATS.iter().flat_map(|format| format.suffixes).copied().collect();
    all.dedup();
    all
}

/// Bytes that decide which format a file has.
const START: u64 = 64 << 10;

/// The format that a file is of, by what it begins with.
fn by_content(start: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.begins.is_some_and(|begins| begins(start)))
}

/// The formats that are called so.
fn by_suffix(path: &Path) -> Option<&'static Format> {
    let suffix = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS.iter().find(|format| format.suffixes.contains(&suffix.as_str()))
}

/// Whether the file is called as recordings are.
pub fn is_named(path: &Path) -> bool {
    by_suffix(path).is_some()
}

/// Name of the format of `path`, if it is a recording for sure: its first bytes say so, or nothing
/// marks its format but the suffix, and nothing speaks against it.
pub fn recognised(path: &Path) -> Option<&'static str> {
    let start = crate::files::start(path, START).ok()?;
    let unmarked = || {
        let foreign = crate::import::foreign::recognise(path, &start);
        by_suffix(path).filter(|format| format.begins.is_none() && foreign.is_none())
    };
    let archived = || npz::holds_events(path).then_some(npz::FORMAT.name);
    by_content(&start).or_else(unmarked).map(|format| format.name).or_else(archived)
}

/// Whether the file is called as recordings are, and nothing speaks against it: what is wrong with
/// it, [`read`] says best.
pub fn is_meant(path: &Path) -> bool {
    let start = || crate::files::start(path, START).ok();
    let known = |start: Vec<u8>| crate::import::foreign::recognise(path, &start).is_some();
    is_named(path) && start().is_some_and(|start| !known(start))
}

/// Reads a recording.
///
/// # Errors
/// A file that is missing, damaged, of another kind or too large for memory.
pub fn read(path: &Path) -> Result<Recording, Error> {
    let source = Source::open(path)?;
    let start = &source.bytes[..source.bytes.len().min(START as usize)];
    if let Some(known) = source::not_read(start) {
        let (path, what, remedy) = (path.into(), known.what, known.remedy);
        return Err(Error::NotRead { path, what, remedy });
    }
    let format = by_content(start).or_else(|| by_suffix(path));
    let Some(format) = format else {
        let what = crate::import::foreign::recognise_input(path, start);
        return Err(Error::Unknown { path: path.into(), what });
    };
    if source.bytes.is_empty() {
        return Err(source.damaged(0, "it is empty"));
    }
    let mut found = Found::within(source.bytes.len());
    (format.read)(&source, &mut found)?;
    Ok(found.recording(source.path, format.name))
}
