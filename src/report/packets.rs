//! `packets.csv`: how many packets took how long; and the way of each of them, where a trace is asked for.

use super::csv_file::{Maybe, Table};
use super::{Error, PACKETS, TRACE};
use crate::activity::Activity;
use crate::engine::noc::{Crossing, PortName};
use crate::engine::trace::{StepTrace, Tracer};
use crate::mapping::route::Direction;
use crate::scratch::ScratchFolder;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Columns of `packets.csv`.
pub const HEADER: [&str; 3] = ["from_ps", "to_ps", "packets"];

/// Columns of a trace.
pub const TRACE_HEADER: [&str; 11] = [
    "step",
    "packet",
    "source_x",
    "source_y",
    "destination_x",
    "destination_y",
    "router_x",
    "router_y",
    "port",
    "arrives_ps",
    "leaves_ps",
];

pub(super) fn write(dir: &Path, activity: &Activity) -> Result<(), Error> {
    Table::write(dir, PACKETS, &HEADER, |table| bin_rows(table, activity))
}

pub(super) fn bin_rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
) -> Result<(), Error> {
    for bin in activity.latencies.bins() {
        table.row([&bin.from_ps, &bin.to_ps, &bin.count])?;
    }
    Ok(())
}

/// A trace being written; nothing is visible under its name until [`TraceFile::finish`].
pub struct TraceFile {
    target: PathBuf,
    folder: ScratchFolder,
    written: Arc<Mutex<Written>>,
}

type Rows = Table<{ TRACE_HEADER.len() }>;

/// The table, or why there is none any more.
struct Written(Result<Rows, Option<Error>>);

impl Written {
    fn add(&mut self, step: &StepTrace) {
        let failed = self.0.as_mut().map_or(Ok(()), |table| rows(table, step));
        if let Err(error) = failed {
            self.0 = Err(Some(error));
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.0, Err(None)) {
            Ok(table) => table.finish(),
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
            .map_err(|source| Error::Create { path: target.into(), source })?;
        let table = Table::create(folder.path(), TRACE, &TRACE_HEADER)?;
        Ok(TraceFile {
            target: target.into(),
            folder,
            written: Arc::new(Mutex::new(Written(Ok(table)))),
        })
    }

    /// What writes the packets of a run into it. After an error it writes no more.
    pub fn tracer(&self) -> Tracer {
        let written = Arc::clone(&self.written);
        Tracer::new(move |step| written.lock().unwrap_or_else(PoisonError::into_inner).add(step))
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
        fs::rename(folder.path().join(TRACE), &target)
            .map_err(|source| Error::Create { path: target, source })
    }
}

fn exists(target: &Path) -> Error {
    Error::Exists { path: target.into(), option: "--trace" }
}

/// The packets of a step, one after the other, a row for every port.
fn rows(table: &mut Rows, step: &StepTrace) -> Result<(), Error> {
    for packet in step.crossings.chunk_by(|a, b| a.packet == b.packet) {
        let of = |wanted: fn(PortName) -> bool| {
            packet.iter().filter(move |crossing| wanted(crossing.port))
        };
        let mut sources = of(|port| port == PortName::Source);
        let mut cores = of(|port| matches!(port, PortName::Core(_)));
        let source = sources.next().map(|crossing| crossing.router);
        // A packet with many destinations names none.
        let destination =
            cores.next().filter(|_| cores.next().is_none()).map(|crossing| crossing.router);
        for Crossing { packet, router: [x, y], port, arrives_ps, leaves_ps } in packet {
            table.row([
                &step.step,
                packet,
                &Maybe(source.map(|[x, _]| x)),
                &Maybe(source.map(|[_, y]| y)),
                &Maybe(destination.map(|[x, _]| x)),
                &Maybe(destination.map(|[_, y]| y)),
                x,
                y,
                &name(*port),
                &step.start_ps.saturating_add(*arrives_ps),
                &step.start_ps.saturating_add(*leaves_ps),
            ])?;
        }
    }
    Ok(())
}

fn name(port: PortName) -> String {
    match port {
        PortName::Source => "source".into(),
        PortName::Core(core) => format!("core {core}"),
        PortName::Link(direction) => match direction {
            Direction::East => "east".into(),
            Direction::West => "west".into(),
            Direction::North => "north".into(),
            Direction::South => "south".into(),
            Direction::NorthEast => "north_east".into(),
            Direction::SouthWest => "south_west".into(),
        },
    }
}
