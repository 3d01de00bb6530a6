//! The way of every packet, where `--trace` asks for it: a table, or a trace of Perfetto.

mod events;
mod perfetto;
mod proto;
mod rows;
mod short;
mod tracks;

use super::{Error, TRACE};
use crate::engine::trace::{StepTrace, Tracer};
use crate::scratch::ScratchFolder;
use perfetto::Perfetto;
pub use rows::HEADER as TRACE_HEADER;
use rows::Rows;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What a trace is written as; the ending of its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceForm {
    /// A row for each event.
    Csv,
    /// The same, packed: `.gz`.
    Gz,
    /// Protocol buffers that ui.perfetto.dev opens: `.pftrace`.
    Perfetto,
    /// The table as Parquet: `.parquet`.
    Parquet,
}

impl TraceForm {
    /// That of a file.
    pub fn of(path: &Path) -> TraceForm {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("gz") => TraceForm::Gz,
            Some("pftrace") => TraceForm::Perfetto,
            Some("parquet") => TraceForm::Parquet,
            _ => TraceForm::Csv,
        }
    }

    /// Name of the file until it is finished.
    fn file(self) -> &'static str {
        match self {
            TraceForm::Csv => TRACE,
            TraceForm::Gz => "trace.csv.gz",
            TraceForm::Perfetto => "trace.pftrace",
            TraceForm::Parquet => "trace.parquet",
        }
    }

    /// Bytes that the passage of one packet through one port takes, about: docs/traces.md.
    pub fn bytes(self) -> u64 {
        match self {
            TraceForm::Csv => 51,
            TraceForm::Gz => 9,
            TraceForm::Perfetto => 56,
            TraceForm::Parquet => 5,
        }
    }
}

/// Takes the packets of one step after another.
trait Sink: Send {
    fn add(&mut self, step: &StepTrace) -> Result<(), Error>;

    /// Writes what is left.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// A trace being written; nothing is visible under its name until [`TraceFile::finish`].
pub struct TraceFile {
    target: PathBuf,
    folder: ScratchFolder,
    written: Arc<Mutex<Written>>,
}

/// What writes, or why nothing does any more.
struct Written(Result<Box<dyn Sink>, Option<Error>>);

impl Written {
    fn add(&mut self, step: &StepTrace) {
        let failed = self.0.as_mut().map_or(Ok(()), |sink| sink.add(step));
        if let Err(error) = failed {
            self.0 = Err(Some(error));
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.0, Err(None)) {
            Ok(sink) => sink.finish(),
            Err(error) => error.map_or(Ok(()), Err),
        }
    }
}

impl TraceFile {
    /// Starts a file that will be `target`, which must not exist yet.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(target: &Path) -> Result<TraceFile, Error> {
        if target.symlink_metadata().is_ok() {
            return Err(exists(target));
        }
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // On the same file system as the target: the rename at the end cannot fail half-way.
        let folder = ScratchFolder::create(parent)
            .map_err(|source| Error::Write { path: target.into(), source })?;
        let form = TraceForm::of(target);
        let (folder_path, file) = (folder.path(), form.file());
        let sink: Box<dyn Sink> = match form {
            TraceForm::Csv | TraceForm::Gz => Box::new(Rows::csv(folder_path, file)?),
            TraceForm::Parquet => Box::new(Rows::parquet(folder_path, file)?),
            TraceForm::Perfetto => Box::new(Perfetto::create(&folder_path.join(file))?),
        };
        let written = Arc::new(Mutex::new(Written(Ok(sink))));
        Ok(TraceFile { target: target.into(), folder, written })
    }

    /// What writes the packets of `steps` of a run into it. After an error it writes no more.
    /// `first` hears about how many bytes the first step with packets takes.
    pub fn tracer(
        &self,
        steps: RangeInclusive<usize>,
        first: impl FnOnce(u64) + Send + 'static,
    ) -> Tracer {
        let (written, form) = (Arc::clone(&self.written), TraceForm::of(&self.target));
        let mut first = Some(first);
        Tracer::new(steps, move |step| {
            if let Some(first) = first.take_if(|_| !step.crossings.is_empty()) {
                first(form.bytes() * step.crossings.len() as u64);
            }
            written.lock().unwrap_or_else(PoisonError::into_inner).add(step);
        })
    }

    /// Gives the file its name; what comes later is not in it.
    ///
    /// # Errors
    /// Something could not be written, or the name has been taken meanwhile.
    pub fn finish(self) -> Result<(), Error> {
        let TraceFile { target, folder, written } = self;
        written.lock().unwrap_or_else(PoisonError::into_inner).finish()?;
        if target.symlink_metadata().is_ok() {
            return Err(exists(&target));
        }
        fs::rename(folder.path().join(TraceForm::of(&target).file()), &target)
            .map_err(|source| Error::Write { path: target, source })
    }
}

fn exists(target: &Path) -> Error {
    Error::Exists { path: target.into(), option: "--trace" }
}
