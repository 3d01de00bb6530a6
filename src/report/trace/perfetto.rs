//! A trace of Perfetto: tracks of ports with slices of packets, joined by flows, and queues.
//!
//! A file holds nothing that refers to others, but flows and tracks have the same numbers in all
//! files of a run. So files of the steps before and after, joined, are one trace.

use super::Sink;
use super::events::{Events, What};
use super::proto::{
    BOOT_TIME, COUNTER, Clock, ClockSnapshot, EventName, InternedData, NEEDS_STATE, OWN_CLOCK,
    SLICE_BEGIN, SLICE_END, STATE_CLEARED, TracePacket, TracePacketDefaults, TrackEvent,
};
use super::rows::ends;
use super::short::{Detail, PACKET, SEQUENCE, Short};
use super::tracks::{self, Tracks};
use crate::engine::noc::Crossing;
use crate::engine::trace::StepTrace;
use crate::report::Error;
use prost::Message;
use rustc_hash::FxHashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes that are written at once.
const HELD: usize = 1 << 20;

/// The file being written.
pub(super) struct Perfetto {
    path: PathBuf,
    file: File,
    /// Bytes that the file has not got yet.
    held: Vec<u8>,
    tracks: Tracks,
    events: Events,
    /// Numbers of names, by the tiles that send and receive.
    names: FxHashMap<Ends, u64>,
    /// Time of the last event; unknown before the first.
    now_ps: Option<u64>,
}

type Ends = [Option<[usize; 2]>; 2];

impl Sink for Perfetto {
    fn add(&mut self, step: &StepTrace) -> Result<(), Error> {
        let written = self.step(step);
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let written = self.flush(0);
        written.map_err(|source| Error::Write { path: self.path, source })
    }
}

impl Perfetto {
    /// Starts one, which must not exist yet.
    pub fn create(path: &Path) -> Result<Perfetto, Error> {
        let path = path.to_owned();
        let file = File::create_new(&path)
            .map_err(|source| Error::Write { path: path.clone(), source })?;
        Ok(Perfetto {
            path,
            file,
            held: Vec::with_capacity(2 * HELD),
            tracks: Tracks::default(),
            events: Events::default(),
            names: FxHashMap::default(),
            now_ps: None,
        })
    }

    fn step(&mut self, step: &StepTrace) -> io::Result<()> {
        if self.now_ps.is_none() {
            self.begin(step.start_ps);
        }
        let StepTrace { crossings, start_ps, .. } = step;
        self.describe(crossings);
        let names = self.names(crossings);
        self.step_begins(step);
        let run = (step.step as u64) << 32;
        let mut events = std::mem::take(&mut self.events);
        for event in events.of(crossings) {
            let port = event.port();
            let (kind, track, detail) = match event.what() {
                What::Begin(packet) => {
                    let (name, flow) = (names[packet as usize], run + u64::from(packet));
                    (SLICE_BEGIN, tracks::slices(port), Detail::Slice { name, flow })
                }
                What::End => (SLICE_END, tracks::slices(port), Detail::None),
                What::Queue(waiting) => (COUNTER, tracks::queue(port), Detail::Value(waiting)),
            };
            let later = self.later(start_ps.saturating_add(event.at_ps));
            Short { kind: kind as u8, track, detail }.add(later, &mut self.held);
            self.flush(HELD)?;
        }
        self.events = events;
        let later = self.later(step.end_ps);
        let end = Short { kind: SLICE_END as u8, track: tracks::STEPS, detail: Detail::None };
        end.add(later, &mut self.held);
        self.flush(HELD)
    }

    /// The slice of the step begins.
    fn step_begins(&mut self, step: &StepTrace) {
        let timestamp = Some(self.later(step.start_ps));
        let event = TrackEvent {
            r#type: SLICE_BEGIN,
            track_uuid: tracks::STEPS,
            name: format!("step {}", step.step),
            ..TrackEvent::default()
        };
        self.tell(TracePacket { timestamp, track_event: Some(event), ..TracePacket::default() });
    }

    /// Time since the event before, and goes on to the next.
    fn later(&mut self, at_ps: u64) -> u64 {
        let now_ps = self.now_ps.get_or_insert(at_ps);
        let later = at_ps.saturating_sub(*now_ps);
        *now_ps += later;
        later
    }

    /// What a file begins with: names are counted anew, and so are times, from `start_ps` on.
    fn begin(&mut self, start_ps: u64) {
        self.now_ps = Some(start_ps);
        let own = TracePacketDefaults { timestamp_clock_id: OWN_CLOCK };
        self.tell(TracePacket {
            sequence_flags: STATE_CLEARED,
            trace_packet_defaults: Some(own),
            ..TracePacket::default()
        });
        let clock =
            |clock_id, is_incremental| Clock { clock_id, timestamp: start_ps, is_incremental };
        let clocks = vec![clock(BOOT_TIME, false), clock(OWN_CLOCK, true)];
        let snapshot = ClockSnapshot { clocks, primary_trace_clock: BOOT_TIME };
        self.tell(TracePacket { clock_snapshot: Some(snapshot), ..TracePacket::default() });
        self.tell(TracePacket {
            track_descriptor: Some(Tracks::begin()),
            ..TracePacket::default()
        });
    }

    /// Describes the tracks that are new.
    fn describe(&mut self, crossings: &[Crossing]) {
        let mut new = vec![];
        crossings.iter().for_each(|crossing| self.tracks.describe(crossing, &mut new));
        for track in new {
            self.tell(TracePacket { track_descriptor: Some(track), ..TracePacket::default() });
        }
    }

    /// The numbers of the packets' names, with those that are new.
    fn names(&mut self, crossings: &[Crossing]) -> Vec<u64> {
        let (mut names, mut new) = (vec![], vec![]);
        for passed in crossings.chunk_by(|a, b| a.packet == b.packet) {
            let (packet, ends) = (passed[0].packet as usize, ends(passed));
            let next = self.names.len() as u64 + 1;
            let iid = *self.names.entry(ends).or_insert_with(|| {
                new.push(EventName { iid: next, name: way(ends) });
                next
            });
            names.resize(names.len().max(packet + 1), 0);
            names[packet] = iid;
        }
        if !new.is_empty() {
            self.tell(TracePacket {
                interned_data: Some(InternedData { event_names: new }),
                sequence_flags: NEEDS_STATE,
                ..TracePacket::default()
            });
        }
        names
    }

    fn tell(&mut self, packet: TracePacket) {
        let sequence = SEQUENCE.into();
        let packet = TracePacket { trusted_packet_sequence_id: sequence, ..packet };
        self.held.push(PACKET);
        self.held.extend(packet.encode_length_delimited_to_vec());
    }

    /// Writes what is held, if it is that much.
    fn flush(&mut self, least: usize) -> io::Result<()> {
        if self.held.len() >= least {
            self.file.write_all(&self.held)?;
            self.held.clear();
        }
        Ok(())
    }
}

/// From where to where.
fn way([source, destination]: Ends) -> String {
    let tile = |tile: Option<[usize; 2]>| match tile {
        Some([x, y]) => format!("{x},{y}"),
        None => "several".into(),
    };
    format!("{} to {}", tile(source), tile(destination))
}
