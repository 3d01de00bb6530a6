//! The five bytes an event of N-MNIST: `.bin` as published, `.bs2` as SLAYER has them.

use super::source::{Found, Source};
use super::{Error, Event, Format};

/// As published: rows of 240 are no events, they say that the clock went round.
pub(super) const BIN: Format =
    Format { name: "N-MNIST .bin", suffixes: &["bin"], begins: None, read: read_bin };
/// The same bytes with whole times.
pub(super) const BS2: Format =
    Format { name: "N-MNIST .bs2", suffixes: &["bs2"], begins: None, read: read_bs2 };

/// The row that stands for a clock that went round.
const WRAPPED: u8 = 240;
/// Microseconds of a round.
const ROUND_US: u64 = 1 << 13;

fn read_bin(source: &Source, found: &mut Found) -> Result<(), Error> {
    let mut rounds = 0;
    each(source, |row, mut event| {
        if row == WRAPPED {
            rounds += 1;
            return Ok(());
        }
        event.t_us += rounds * ROUND_US;
        found.push(source, event)
    })?;
    found.note_count(rounds, "row", "of 240: the clock went round, 8192 us each");
    Ok(())
}

fn read_bs2(source: &Source, found: &mut Found) -> Result<(), Error> {
    each(source, |_, event| found.push(source, event))
}

/// Takes all events, with the byte of their row.
fn each(
    source: &Source,
    mut take: impl FnMut(u8, Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let (events, rest) = source.bytes.as_chunks::<5>();
    if !rest.is_empty() {
        let what = "the file is no whole number of events of 5 bytes";
        return Err(source.damaged(source.bytes.len() - rest.len(), what));
    }
    for &[x, y, high, middle, low] in events {
        let t_us = u64::from(u32::from_be_bytes([0, high & 0x7f, middle, low]));
        take(y, Event { t_us, x: x.into(), y: y.into(), on: high & 0x80 != 0 })?;
    }
    Ok(())
}
