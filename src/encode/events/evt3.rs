//! EVT 3.0 of Prophesee: words of 16 bits that change a state.

use super::prophesee::{Encoding, header};
use super::source::{Found, Source};
use super::{Error, Event, Format};

pub(super) const FORMAT: Format =
    Format { name: "Prophesee EVT3", suffixes: &["raw"], begins: Some(begins), read };

/// Microseconds after which the low word of time begins again.
const LOW_US: u64 = 1 << 12;
/// Microseconds after which both words of time begin again.
const ROUND_US: u64 = 1 << 24;

fn begins(start: &[u8]) -> bool {
    header(start).encoding == Some(Encoding::Evt3)
}

/// What words before have said.
#[derive(Default)]
struct State {
    /// The high word of time, in microseconds.
    high_us: u64,
    low_us: u64,
    /// Falls of the low word since the last high one.
    falls: u64,
    rounds: u64,
    y: u16,
    /// Where the next mask begins, and its polarity.
    base: u16,
    on: bool,
}

impl State {
    fn t_us(&self) -> u64 {
        self.rounds * ROUND_US + self.high_us + self.falls * LOW_US + self.low_us
    }

    /// A new high word; whether the time went round.
    fn high(&mut self, value: u16) -> bool {
        let now = u64::from(value) * LOW_US;
        let went_round = self.high_us.saturating_sub(now) > ROUND_US / 2;
        self.rounds += u64::from(went_round);
        // Where the same is said again, the low word holds: each is said when it changes.
        if now != self.high_us {
            (self.high_us, self.low_us) = (now, 0);
        }
        self.falls = 0;
        went_round
    }

    /// A new low word; whether it fell though no high word came. Some writers leave those out.
    fn low(&mut self, value: u16) -> bool {
        let now = u64::from(value);
        let fell = now < self.low_us;
        self.falls += u64::from(fell);
        self.low_us = now;
        fell
    }

    fn event(&self, x: u16, on: bool) -> Event {
        Event { t_us: self.t_us(), x, y: self.y, on }
    }
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    let header = header(&source.bytes);
    (found.width, found.height) = (header.width, header.height);
    let (words, rest) = source.bytes[header.end..].as_chunks::<2>();
    let mut state = State::default();
    let (mut early, mut falls, mut others, mut begun) = (0, 0, 0, false);
    for &word in words {
        let word = u16::from_le_bytes(word);
        let (kind, value, low) = (word >> 12, word & 0x0fff, word & 0x07ff);
        let on = word & 0x0800 != 0;
        begun |= kind == 0x8;
        match kind {
            // Where the next events are may be said before their time.
            0x0 => state.y = low,
            0x3 => (state.base, state.on) = (low, on),
            _ if !begun => early += 1,
            0x2 => found.push(source, state.event(low, on))?,
            0x4 => several(source, found, &mut state, value, 12)?,
            0x5 => several(source, found, &mut state, value & 0xff, 8)?,
            0x6 => falls += u64::from(state.low(value)),
            0x8 => {
                state.high(value);
            }
            _ => others += 1,
        }
    }
    found.note_count(early, "word", "before the first high word of time left out");
    found.note_count(falls, "fall", "of the low word of time without a high one: 4096 us added");
    found.note_count(state.rounds, "time", "began again at 0: 2^24 us added each time");
    found.note_count(others, "word", "of other kinds (triggers and the like) passed over");
    found.note_count(rest.len() as u64, "byte", "at the end, part of a word, left out");
    Ok(())
}

/// Events of a mask: a pixel for each bit that is set, the lowest first.
fn several(
    source: &Source,
    found: &mut Found,
    state: &mut State,
    mask: u16,
    bits: u16,
) -> Result<(), Error> {
    for bit in (0..bits).filter(|bit| mask >> bit & 1 == 1) {
        found.push(source, state.event(state.base.saturating_add(bit), state.on))?;
    }
    state.base = state.base.saturating_add(bits);
    Ok(())
}
