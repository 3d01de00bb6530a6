//! EVT 2.0 of Prophesee: words of 32 bits.

use super::prophesee::{Encoding, header};
use super::source::{Found, Source};
use super::{Error, Event, Format};

pub(super) const FORMAT: Format =
    Format { name: "Prophesee EVT2", suffixes: &["raw"], begins: Some(begins), read };

/// Microseconds after which a word of time begins again.
const ROUND_US: u64 = 1 << 34;

fn begins(start: &[u8]) -> bool {
    header(start).encoding == Some(Encoding::Evt2)
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let header = header(&source.bytes);
    if header.encoding != Some(Encoding::Evt2) {
        // Files that are called .raw come here whatever they begin with.
        return Err(source.damaged(0, "no line of text says `% evt 2.0` or `% evt 3.0`"));
    }
    (found.width, found.height) = (header.width, header.height);
    let (words, rest) = source.bytes[header.end..].as_chunks::<4>();
    let mut high: Option<u64> = None;
    let (mut rounds, mut early, mut others) = (0, 0, 0);
    for &word in words {
        let word = u32::from_le_bytes(word);
        match (word >> 28, high) {
            (0x0 | 0x1, None) => early += 1,
            (on @ (0x0 | 0x1), Some(high)) => {
                let t_us = high + u64::from(word >> 22 & 0x3f) + rounds * ROUND_US;
                let (x, y) = ((word >> 11 & 0x7ff) as u16, (word & 0x7ff) as u16);
                found.push(source, Event { t_us, x, y, on: on == 1 })?;
            }
            (0x8, before) => {
                let now = u64::from(word & 0x0fff_ffff) << 6;
                rounds += u64::from(before.unwrap_or(0).saturating_sub(now) > ROUND_US / 2);
                high = Some(now);
            }
            _ => others += 1,
        }
    }
    found.note_count(early, "event", "before the first word of time left out");
    found.note_count(rounds, "time", "began again at 0: 2^34 us added each time");
    found.note_count(others, "word", "of other kinds (triggers and the like) passed over");
    found.note_count(rest.len() as u64, "byte", "at the end, part of a word, left out");
    Ok(())
}
