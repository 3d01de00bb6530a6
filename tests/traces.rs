//! Traces of Perfetto, read back by messages of our own.

use crate::runs::{Row, rows};
use crate::small_detector::{Files, spikemesh};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

#[derive(Clone, PartialEq, Message)]
struct Packet {
    #[prost(message, optional, tag = "6")]
    clocks: Option<Clocks>,
    #[prost(uint64, optional, tag = "8")]
    timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "10")]
    sequence: Option<u32>,
    #[prost(message, optional, tag = "11")]
    event: Option<Event>,
    #[prost(message, optional, tag = "12")]
    interned: Option<Interned>,
    #[prost(uint32, optional, tag = "13")]
    flags: Option<u32>,
    #[prost(message, optional, tag = "60")]
    track: Option<Track>,
}

#[derive(Clone, PartialEq, Message)]
struct Clocks {
    #[prost(message, repeated, tag = "1")]
    clocks: Vec<Clock>,
}

#[derive(Clone, PartialEq, Message)]
struct Clock {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(uint64, tag = "2")]
    timestamp: u64,
    #[prost(bool, tag = "3")]
    incremental: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(int32, tag = "9")]
    kind: i32,
    #[prost(uint64, optional, tag = "10")]
    name_iid: Option<u64>,
    #[prost(uint64, tag = "11")]
    track: u64,
    #[prost(string, optional, tag = "23")]
    name: Option<String>,
    #[prost(int64, optional, tag = "30")]
    value: Option<i64>,
    #[prost(fixed64, repeated, packed = "false", tag = "47")]
    flows: Vec<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct Interned {
    #[prost(message, repeated, tag = "2")]
    names: Vec<Name>,
}

#[derive(Clone, PartialEq, Message)]
struct Name {
    #[prost(uint64, tag = "1")]
    iid: u64,
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Track {
    #[prost(uint64, tag = "1")]
    uuid: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(uint64, optional, tag = "5")]
    parent: Option<u64>,
    #[prost(message, optional, tag = "8")]
    counter: Option<Nothing>,
}

#[derive(Clone, PartialEq, Message)]
struct Nothing {}

/// A slice that has ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Slice {
    track: String,
    name: String,
    flows: Vec<u64>,
    from: u64,
    to: u64,
}

/// What a viewer makes of a trace.
#[derive(Default)]
struct Seen {
    slices: Vec<Slice>,
    /// By track, its values in the order of time.
    queues: BTreeMap<String, Vec<i64>>,
    tracks: BTreeMap<u64, Track>,
    names: BTreeMap<u64, String>,
    open: BTreeMap<u64, (u64, String, Vec<u64>)>,
    now: Option<u64>,
}

impl Seen {
    fn read(mut bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        while let Some((tag, rest)) = bytes.split_first() {
            assert_eq!(*tag, 0x0a, "field 1 of a trace");
            bytes = rest;
            let packet = Packet::decode_length_delimited(&mut bytes).unwrap();
            assert_eq!(packet.sequence, Some(1));
            seen.packet(packet);
        }
        assert!(seen.open.is_empty(), "every slice ends");
        seen
    }

    fn packet(&mut self, packet: Packet) {
        if packet.flags.unwrap_or(0) & 1 != 0 {
            (self.now, self.names) = (None, BTreeMap::new());
        }
        for clock in packet.clocks.iter().flat_map(|clocks| &clocks.clocks) {
            if clock.incremental {
                self.now = Some(clock.timestamp);
            }
        }
        for name in packet.interned.into_iter().flat_map(|interned| interned.names) {
            assert!(self.names.insert(name.iid, name.name).is_none());
        }
        if let Some(track) = packet.track {
            let before = self.tracks.insert(track.uuid, track.clone());
            assert!(before.is_none_or(|before| before == track), "one track for each number");
        }
        if let Some(event) = packet.event {
            let now = self.now.unwrap() + packet.timestamp.unwrap();
            self.now = Some(now);
            self.event(now, event);
        }
    }

    /// Router and port, or the name of a track without a router.
    fn track(&self, uuid: u64) -> String {
        let track = &self.tracks[&uuid];
        match track.parent {
            Some(parent) => format!("{}: {}", self.tracks[&parent].name, track.name),
            None => track.name.clone(),
        }
    }

    fn event(&mut self, now: u64, event: Event) {
        let track = self.track(event.track);
        assert_eq!(self.tracks[&event.track].counter.is_some(), event.kind == 4, "{track}");
        match event.kind {
            1 => {
                let name = event.name_iid.map(|iid| self.names[&iid].clone());
                let name = name.or(event.name).unwrap();
                let before = self.open.insert(event.track, (now, name, event.flows));
                assert!(before.is_none(), "slices of {track} overlap");
            }
            2 => {
                let (from, name, flows) = self.open.remove(&event.track).unwrap();
                self.slices.push(Slice { track, name, flows, from, to: now });
            }
            4 => self.queues.entry(track).or_default().push(event.value.unwrap()),
            kind => panic!("{kind}"),
        }
    }
}

fn run(files: &Files, name: &str, more: &[&str]) -> Vec<u8> {
    let mut run = files.run();
    run.current_dir(files.dir.path()).args(["--timing", "event", "--plots", "none"]);
    run.args(["--profile", "loihi1-davies2018", "--steps", "10"]);
    run.args(["--trace", name, "--out", &format!("{name}.run")]).args(more);
    let output = run.assert().success();
    let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(told.contains("trace: about "), "{told}");
    fs::read(files.path(name)).unwrap()
}

fn count(row: &Row, column: &str) -> usize {
    row[column].parse().unwrap()
}

#[test]
fn a_trace_for_perfetto_holds_every_passage_and_joins() {
    let files = Files::write();
    let whole = run(&files, "whole.pftrace", &["--threads", "1"]);
    let again = run(&files, "parts.csv", &["--threads", "2", "--trace-steps", "2..3"]);
    let table = rows(&files.path("parts.csv"));
    assert!(!again.is_empty() && table.iter().all(|row| ["2", "3"].contains(&&*row["step"])));
    let first = run(&files, "first.pftrace", &["--threads", "2", "--trace-steps", "1..4"]);
    let second = run(&files, "second.pftrace", &["--threads", "2", "--trace-steps", "5..99"]);
    let seen = Seen::read(&whole);
    let steps = rows(&files.path("whole.pftrace.run/steps.csv"));
    passages(&seen, &steps, whole.len());
    queues(&seen);
    same_as_the_table(&seen, &table);

    // Both parts, one behind the other, are the whole.
    let joined = Seen::read(&[first, second].concat());
    assert_eq!(joined.slices, seen.slices);
    assert_eq!(joined.queues, seen.queues);
    assert_eq!(joined.tracks, seen.tracks);
}

/// Slices of packets are those that the run counts, and each packet's flow goes from end to end.
fn passages(seen: &Seen, steps: &[Row], bytes: usize) {
    let (of_steps, of_packets): (Vec<&Slice>, Vec<&Slice>) =
        seen.slices.iter().partition(|slice| slice.flows.is_empty());
    assert_eq!(of_steps.len(), steps.len());
    let sum = |column| steps.iter().map(|row| count(row, column)).sum::<usize>();
    let (packets, hops) = (sum("packets"), sum("hops"));
    assert_eq!(of_packets.len(), 2 * packets + hops);
    assert!(bytes < 60 * of_packets.len(), "{bytes} of {}", of_packets.len());
    for (step, row) in of_steps.iter().zip(steps) {
        assert_eq!(step.name, format!("step {}", row["step"]));
    }
    let mut flows: BTreeMap<u64, Vec<&Slice>> = BTreeMap::new();
    for &slice in &of_packets {
        let [flow] = slice.flows[..] else { panic!("{slice:?}") };
        flows.entry(flow).or_default().push(slice);
        let step = of_steps[(flow >> 32) as usize - 1];
        assert!(step.from <= slice.from && slice.to <= step.to, "{slice:?}");
    }
    assert_eq!(flows.len(), packets);
    for slices in flows.values() {
        let of = |part: &str| slices.iter().filter(|slice| slice.track.contains(part)).count();
        assert_eq!([of(": sent by core "), of(": core ")], [1, 1]);
        assert!(slices.iter().all(|slice| slice.name == slices[0].name));
    }
}

/// Queues change with every value, and are empty in the end.
fn queues(seen: &Seen) {
    assert!(!seen.queues.is_empty());
    for values in seen.queues.values() {
        assert!(values.iter().all(|&value| value >= 0));
        assert!(values[0] > 0 && values.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(values.last(), Some(&0));
    }
}

/// Links are left and cores begin when the table says so.
fn same_as_the_table(seen: &Seen, table: &[Row]) {
    let of_table = table.iter().filter(|row| row["port"] != "source").map(|row| {
        let track = format!("router {},{}: {}", row["router_x"], row["router_y"], row["port"]);
        let flow = ((count(row, "step") as u64) << 32) + count(row, "packet") as u64;
        (track, flow, count(row, "leaves_ps") as u64)
    });
    let of_trace = seen.slices.iter().filter_map(|slice| {
        let flow = *slice.flows.first()?;
        let told = [2, 3].contains(&(flow >> 32)) && !slice.track.contains(": sent by core ");
        told.then(|| (slice.track.clone(), flow, slice.from))
    });
    let (of_table, of_trace): (BTreeSet<_>, BTreeSet<_>) = (of_table.collect(), of_trace.collect());
    assert!(of_table == of_trace);
}

/// What is beyond the run is refused before the run.
#[test]
fn steps_of_a_trace_are_those_of_the_run() {
    let root = tempfile::tempdir().unwrap();
    for (steps, code, told) in [
        ("900..901", 1, "E1006: --trace-steps begins with step 900, and the run ends with step"),
        ("3..2", 2, "give two steps"),
        ("0..2", 2, "give two steps"),
    ] {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", "digits", "--steps", "2", "--timing", "event"]);
        let run = run.args(["--trace", "t.pftrace", "--trace-steps", steps, "--out", "out"]);
        let failure = run.assert().code(code);
        let text = String::from_utf8_lossy(&failure.get_output().stderr).into_owned();
        let text = text.replace("│ ", "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(told), "{text}");
    }
    let mut alone = spikemesh();
    let told = alone.args(["run", "digits", "--trace-steps", "1..2"]).assert().code(2);
    assert!(String::from_utf8_lossy(&told.get_output().stderr).contains("--trace"));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

/// What an archive holds.
fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = vec![];
    let packed = fs::read(path).unwrap();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

const LARGE: [&str; 3] = ["spikes", "cores", "links"];

#[test]
fn packed_tables_hold_the_same_and_compare() {
    let files = Files::write();
    let plain = run(&files, "plain.csv", &["--record-spikes"]);
    let packed = run(&files, "packed.csv.gz", &["--record-spikes", "--gz"]);
    let again = run(&files, "again.csv.gz", &["--record-spikes", "--gz", "--threads", "1"]);
    assert_eq!(packed, again);
    assert_eq!(unpacked(&files.path("packed.csv.gz")), plain);
    for name in LARGE {
        let [plain, packed, again] =
            [("plain.csv", ""), ("packed.csv.gz", ".gz"), ("again.csv.gz", ".gz")]
                .map(|(run, ending)| files.path(&format!("{run}.run/{name}.csv{ending}")));
        assert!(!files.path(&format!("packed.csv.gz.run/{name}.csv")).exists());
        assert_eq!(unpacked(&packed), fs::read(plain).unwrap(), "{name}");
        assert_eq!(fs::read(packed).unwrap(), fs::read(again).unwrap(), "{name}");
    }
    let folders = ["plain.csv.run", "packed.csv.gz.run"];
    let compare = |more: &[&str]| {
        let mut diff = spikemesh();
        diff.current_dir(files.dir.path()).arg("diff").args(folders).args(more);
        String::from_utf8(diff.assert().success().get_output().stdout.clone()).unwrap()
    };
    compare(&["--out", "same"]);
    let changes = rows(&files.path("same/diff.csv"));
    assert!(changes.iter().all(|row| row["file"] == "manifest.toml"), "{changes:?}");
    // It does read them.
    let core = files.path("plain.csv.run/cores.csv");
    let text = fs::read_to_string(&core).unwrap();
    let line = text.lines().nth(1).unwrap();
    fs::write(&core, text.replacen(line, &format!("{line}7"), 1)).unwrap();
    compare(&["--out", "other"]);
    let changes = rows(&files.path("other/diff.csv"));
    assert!(changes.iter().any(|row| row["file"] == "cores.csv"), "{changes:?}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_nothing_runs_for_it() {
    let files = Files::write();
    for more in [&["--parquet"][..], &["--trace", "t.parquet"]] {
        let mut run = files.run();
        run.current_dir(files.dir.path()).args(["--steps", "2", "--out", "out"]);
        run.args(["--profile", "loihi1-davies2018", "--timing", "event"]).args(more);
        let failure = run.assert().code(1);
        let told = String::from_utf8_lossy(&failure.get_output().stderr).into_owned();
        assert!(told.contains("E1112") && told.contains("--features"), "{told}");
        assert!(!files.path("out").exists() && !files.path("t.parquet").exists());
    }
}

#[cfg(feature = "parquet")]
mod with_parquet {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    fn read(path: &Path) -> Vec<Row> {
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        let cell = |field: &Field| match field {
            Field::Null => String::new(),
            Field::Str(text) => text.clone(),
            Field::Long(whole) => whole.to_string(),
            Field::Double(float) => float.to_string(),
            Field::Bool(truth) => truth.to_string(),
            other => panic!("{other}"),
        };
        let row = |row: parquet::record::Row| {
            row.get_column_iter().map(|(name, field)| (name.clone(), cell(field))).collect()
        };
        reader.get_row_iter(None).unwrap().map(|read| row(read.unwrap())).collect()
    }

    #[test]
    fn tables_as_parquet_hold_the_same() {
        let files = Files::write();
        let plain = run(&files, "plain.csv", &[]);
        let packed = run(&files, "trace.parquet", &["--record-spikes", "--parquet"]);
        let again = run(&files, "again.parquet", &["--threads", "1"]);
        assert_eq!(packed, again);
        assert!(4 * packed.len() < plain.len(), "{} of {}", packed.len(), plain.len());
        assert_eq!(read(&files.path("trace.parquet")), rows(&files.path("plain.csv")));
        for name in LARGE {
            let [parquet, csv] = ["parquet", "csv"]
                .map(|ending| files.path(&format!("trace.parquet.run/{name}.{ending}")));
            let table = rows(&csv);
            assert!(!table.is_empty());
            assert_eq!(read(&parquet), table, "{name}");
        }
    }
}
