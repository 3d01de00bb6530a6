//! AEDAT 4 of iniVation: a header and packets, both flatbuffers, packed or not.

mod flat;

use super::source::{Found, Source};
use super::{Error, Event, Format};
use flat::Table;
use lz4_flex::frame::FrameDecoder;
use roxmltree::{Document, Node};
use ruzstd::decoding::StreamingDecoder;
use std::borrow::Cow;

pub(super) const FORMAT: Format =
    Format { name: "AEDAT 4", suffixes: &["aedat4"], begins: Some(begins), read };

/// Line of the version; the header follows.
const VERSION: &[u8] = b"#!AER-DAT4.0\r\n";
/// Mark of a header.
const HEADER: &[u8] = b"IOHE";
/// Mark of a packet of events.
const EVENTS: &[u8] = b"EVTS";
/// Bytes of an event.
const SIZE: usize = 16;
/// Longest description of streams.
const LONGEST_INFO: usize = 1 << 20;
/// Largest window of Zstandard: what its specification asks readers to take.
const WINDOW: u64 = 8 << 20;

fn begins(start: &[u8]) -> bool {
    start.starts_with(b"#!AER-DAT4")
}

/// How packets are packed.
#[derive(Clone, Copy)]
enum Packing {
    None,
    Lz4,
    Zstd,
}

/// What the header says.
struct Header {
    packing: Packing,
    /// First byte and last byte of the packets.
    packets: [usize; 2],
    streams: Vec<Stream>,
}

/// A stream of events.
struct Stream {
    id: i32,
    width: Option<u32>,
    height: Option<u32>,
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let header = header(source)?;
    let first = header.streams.iter().min_by_key(|stream| stream.id);
    let mut chosen = first.map(|stream| stream.id);
    if let Some(stream) = first {
        (found.width, found.height) = (stream.width, stream.height);
    }
    let [mut at, end] = header.packets;
    let (mut others, mut cut) = (0, 0);
    while at < end {
        let Some((id, data)) = packet(&source.bytes[at..end]) else {
            cut = (end - at) as u64;
            break;
        };
        let data_at = at + 8;
        at = data_at + data.len();
        if chosen.is_some_and(|chosen| chosen != id) {
            others += 1;
            continue;
        }
        let data = unpacked(source, header.packing, data, data_at)?;
        if data.get(8..12) != Some(EVENTS) {
            others += 1;
            continue;
        }
        chosen = Some(id);
        events(source, found, &data, data_at)?;
    }
    found.note_count(others, "packet", "of other streams (frames and the like) passed over");
    found.note_count(cut, "byte", "at the end, a packet that is cut off, left out");
    Ok(())
}

/// Reads the table behind the line of the version.
fn header(source: &Source) -> Result<Header, Error> {
    let bytes = &source.bytes;
    let damaged = |what: &str| source.damaged(VERSION.len(), what);
    let data = bytes.strip_prefix(VERSION).ok_or_else(|| source.damaged(0, "no AEDAT 4.0"))?;
    let length = flat::u32_at(data, 0).and_then(|length| usize::try_from(length).ok());
    let table = length.and_then(|length| data.get(4..)?.get(..length));
    let table = table.ok_or_else(|| damaged("its header is longer than the file"))?;
    if table.get(4..8) != Some(HEADER) {
        return Err(damaged("its header has no mark IOHE"));
    }
    let start = VERSION.len() + 4 + table.len();
    let table = Table::root(table).ok_or_else(|| damaged("its header is no table"))?;
    let packing = match table.i32(0) {
        None | Some(0) => Packing::None,
        Some(1 | 2) => Packing::Lz4,
        Some(3 | 4) => Packing::Zstd,
        Some(other) => return Err(damaged(&format!("it is packed in an unknown way ({other})"))),
    };
    let info = table.text(2).filter(|text| text.len() <= LONGEST_INFO);
    let streams = info.map_or_else(Vec::new, streams);
    // A list of packets may stand behind them.
    let end = table.i64(1).and_then(|end| usize::try_from(end).ok());
    let end = end.filter(|end| (start..=bytes.len()).contains(end)).unwrap_or(bytes.len());
    Ok(Header { packing, packets: [start, end], streams })
}

/// The streams of events that the description names. Without one, the first that comes is read.
fn streams(info: &str) -> Vec<Stream> {
    let Ok(document) = Document::parse(info) else { return vec![] };
    let value = |node: Node, key: &str| {
        let is_it = |child: &Node| child.attribute("key") == Some(key);
        node.children().find(is_it).and_then(|child| child.text().map(str::to_owned))
    };
    let stream = |node: Node| {
        value(node, "typeIdentifier").filter(|kind| kind.as_bytes() == EVENTS)?;
        let info = node.children().find(|child| child.attribute("name") == Some("info"));
        let size = |key| info.and_then(|info| value(info, key)?.parse().ok());
        let id = node.attribute("name")?.parse().ok()?;
        Some(Stream { id, width: size("sizeX"), height: size("sizeY") })
    };
    document.descendants().filter_map(stream).collect()
}

/// Stream and bytes of the packet that comes first, if it is there as a whole.
fn packet(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let id = flat::u32_at(bytes, 0)?.cast_signed();
    let size = usize::try_from(flat::u32_at(bytes, 4)?.cast_signed()).ok()?;
    Some((id, bytes.get(8..)?.get(..size)?))
}

fn unpacked<'a>(
    source: &Source,
    packing: Packing,
    data: &'a [u8],
    at: usize,
) -> Result<Cow<'a, [u8]>, Error> {
    let what = "a packet";
    match packing {
        Packing::None => Ok(Cow::Borrowed(data)),
        Packing::Lz4 => source.unpacked(FrameDecoder::new(data), at, what).map(Cow::Owned),
        Packing::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(data, WINDOW);
            let decoder = decoder.map_err(|error| {
                source.damaged(at, format!("{what} cannot be unpacked ({error})"))
            })?;
            source.unpacked(decoder, at, what).map(Cow::Owned)
        }
    }
}

/// Takes the events of one packet, which is a table of one list.
fn events(source: &Source, found: &mut Found, data: &[u8], at: usize) -> Result<(), Error> {
    let damaged = |what: &str| source.damaged(at, what);
    let table = Table::root(&data[4..]).ok_or_else(|| damaged("a packet is no table"))?;
    let list = table.list(0, SIZE).ok_or_else(|| damaged("a packet's events leave it"))?;
    for &event in list.as_chunks::<SIZE>().0 {
        let [t0, t1, t2, t3, t4, t5, t6, t7, x0, x1, y0, y1, on, ..] = event;
        let t = i64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]);
        let (x, y) = (i16::from_le_bytes([x0, x1]), i16::from_le_bytes([y0, y1]));
        let (Ok(t_us), Ok(x), Ok(y)) = (t.try_into(), x.try_into(), y.try_into()) else {
            let what = format!("an event has t = {t}, x = {x}, y = {y}: below 0");
            return Err(damaged(&what));
        };
        found.push(source, Event { t_us, x, y, on: on != 0 })?;
    }
    Ok(())
}
