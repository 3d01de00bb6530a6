//! The bytes of a file, and the events found in them, both within limits.

use super::{Error, Event, Recording};
use crate::memory::{self, TooMuch};
use crate::plain::counted;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that is in memory as a whole.
pub(super) struct Source {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Source {
    /// Reads a file that fits into memory.
    pub fn open(path: &Path) -> Result<Source, Error> {
        let io = |source| Error::Io { path: path.into(), source };
        let too_much = |source| Error::Memory { path: path.into(), source };
        let file = crate::files::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        memory::check(length).map_err(too_much)?;
        let (allowed, _) = memory::allowed();
        let mut bytes = Vec::new();
        // What has no length, such as a device, has an end here.
        file.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
        memory::check(bytes.len() as u64).map_err(too_much)?;
        Ok(Source { path: path.into(), bytes })
    }

    /// The file contradicts its format at a byte.
    pub fn damaged(&self, at: usize, what: impl Into<String>) -> Error {
        Error::Damaged { path: self.path.clone(), at: at as u64, what: what.into() }
    }

    /// All that a reader unpacks of this file, or why it cannot be read.
    ///
    /// # Errors
    /// More than may be in memory, or the reader's own.
    pub fn unpacked(&self, reader: impl Read, at: usize, what: &str) -> Result<Vec<u8>, Error> {
        let (allowed, given) = memory::allowed();
        let left = allowed.saturating_sub(self.bytes.len() as u64) / 2;
        let mut bytes = Vec::new();
        let end = reader.take(left.saturating_add(1)).read_to_end(&mut bytes);
        end.map_err(|error| self.damaged(at, format!("{what} cannot be unpacked ({error})")))?;
        if bytes.len() as u64 > left {
            // At least so much: nobody knows before all is unpacked.
            let source = TooMuch { needed: allowed.saturating_mul(2), allowed, given };
            return Err(Error::Memory { path: self.path.clone(), source });
        }
        Ok(bytes)
    }
}

/// Bytes that an event may take: a list that grows holds old and new one at once, and sorting
/// takes half of a list more.
const PER_EVENT: u64 = 56;

/// Events as a reader finds them.
pub(super) struct Found {
    events: Vec<Event>,
    most: u64,
    taken: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    notes: Vec<String>,
}

impl Found {
    /// As many as memory takes beside a file of so many bytes.
    pub fn within(file: usize) -> Found {
        let (taken, (allowed, _)) = (file as u64, memory::allowed());
        let most = allowed.saturating_sub(taken) / PER_EVENT;
        Found { events: vec![], most, taken, width: None, height: None, notes: vec![] }
    }

    pub fn push(&mut self, source: &Source, event: Event) -> Result<(), Error> {
        if self.events.len() as u64 >= self.most {
            let (allowed, given) = memory::allowed();
            let events = (self.events.len() as u64 + 1).saturating_mul(PER_EVENT);
            let needed = self.taken.saturating_add(events);
            let too_much = TooMuch { needed, allowed, given };
            return Err(Error::Memory { path: source.path.clone(), source: too_much });
        }
        self.events.push(event);
        Ok(())
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Notes how many of something there were, if any.
    pub fn note_count(&mut self, count: u64, noun: &str, rest: &str) {
        if count > 0 {
            self.note(format!("{} {rest}", counted(count, noun)));
        }
    }

    /// The recording: by time, with notes of what is odd in it.
    pub fn recording(mut self, path: PathBuf, format: &'static str) -> Recording {
        let earlier = self.events.windows(2).filter(|pair| pair[1].t_us < pair[0].t_us).count();
        if earlier > 0 {
            self.events.sort_by_key(|event| event.t_us);
            self.note_count(earlier as u64, "event", "earlier than the one before: sorted by time");
        }
        if let (Some(width), Some(height)) = (self.width, self.height) {
            let beyond =
                |event: &&Event| u32::from(event.x) >= width || u32::from(event.y) >= height;
            let outside = self.events.iter().filter(beyond).count() as u64;
            self.note_count(outside, "event", "outside of the size that the file gives");
        }
        if self.events.is_empty() {
            self.note("no events");
        }
        let Found { events, width, height, notes, .. } = self;
        Recording { path, events, width, height, format, notes }
    }
}

/// A format that is known and not read.
pub(super) struct NotRead {
    pub what: &'static str,
    pub remedy: &'static str,
}

const AEDAT: &str = "convert it to AEDAT 4 with the tools of dv-processing, \
                     or to a .npy array of t, x, y, p with tonic.io";
const EVT: &str = "convert it to EVT3, or to a .npy array of t, x, y, p";
const HDF5: &str = "write its events with h5py and numpy.savez(path, t=, x=, y=, p=) as .npz";

/// The format of a file that begins so, if it is one of recordings that are not read.
pub(super) fn not_read(start: &[u8]) -> Option<NotRead> {
    let found = |what, remedy| Some(NotRead { what, remedy });
    if start.starts_with(b"#!AER-DAT") && !start.starts_with(b"#!AER-DAT4") {
        return found("a recording in AEDAT of a version before 4", AEDAT);
    }
    if start.starts_with(b"\x89HDF\r\n\x1a\n") {
        return found("an HDF5 file", HDF5);
    }
    match super::prophesee::header(start).encoding? {
        super::prophesee::Encoding::Other => found("a recording in an EVT other than 2 and 3", EVT),
        _ => None,
    }
}
