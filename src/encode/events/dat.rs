//! DAT of Prophesee: lines of text, two bytes, then 8 bytes an event.

use super::prophesee::{Header, header};
use super::source::{Found, Source};
use super::{Error, Event, Format};

pub(super) const FORMAT: Format =
    Format { name: "Prophesee DAT", suffixes: &["dat"], begins: Some(begins), read };

/// Kinds of events that are changes of brightness; others have other fields.
const CHANGES: [u8; 2] = [0x00, 0x0c];
/// Bytes of an event.
const SIZE: u8 = 8;
/// Microseconds after which 32 bits begin again.
const ROUND_US: u64 = 1 << 32;

fn begins(start: &[u8]) -> bool {
    let header = header(start);
    let kind = start.get(header.end..).unwrap_or_default();
    header.end > 0 && header.encoding.is_none() && matches!(kind, [_, SIZE, ..])
}

/// Where the events begin.
fn events_at(source: &Source, header: &Header) -> Result<usize, Error> {
    if header.end == 0 {
        return Err(source.damaged(0, "a DAT file begins with lines of text after a % sign"));
    }
    if let Some(version) = header.version.filter(|&version| version < 2) {
        let what = format!("it is of version {version}, and only version 2 is read");
        return Err(source.damaged(0, what));
    }
    match source.bytes[header.end..] {
        [kind, SIZE, ..] if CHANGES.contains(&kind) => Ok(header.end + 2),
        [kind, size, ..] => {
            let what = format!("events of kind {kind} and {size} bytes are none of brightness");
            Err(source.damaged(header.end, what))
        }
        _ => Err(source.damaged(header.end, "it ends behind its lines of text")),
    }
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let header = header(&source.bytes);
    let at = events_at(source, &header)?;
    (found.width, found.height) = (header.width, header.height);
    let (events, rest) = source.bytes[at..].as_chunks::<8>();
    let (mut rounds, mut before, mut odd) = (0, 0u32, 0);
    for &[t0, t1, t2, t3, a, b, c, d] in events {
        let (t, word) = (u32::from_le_bytes([t0, t1, t2, t3]), u32::from_le_bytes([a, b, c, d]));
        // A small step back is disorder, a step by half of all times is a new round.
        rounds += u64::from(before.saturating_sub(t) > u32::MAX / 2);
        before = t;
        let polarity = word >> 28;
        odd += u64::from(polarity > 1);
        let (x, y) = ((word & 0x3fff) as u16, (word >> 14 & 0x3fff) as u16);
        let t_us = u64::from(t) + rounds * ROUND_US;
        found.push(source, Event { t_us, x, y, on: polarity != 0 })?;
    }
    found.note_count(rounds, "time", "began again at 0: 2^32 us added each time");
    found.note_count(odd, "polarity", "above 1, taken for 1");
    found.note_count(rest.len() as u64, "byte", "at the end, part of an event, left out");
    Ok(())
}
