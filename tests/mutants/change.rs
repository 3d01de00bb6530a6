//! Changes to files: of bytes, of text, and of the fields of messages.

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

pub type Rng = Xoshiro256PlusPlus;

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Bytes,
    Text,
    /// Fields of protobuf messages, one within the other.
    Messages,
    /// A header with a hash over the rest, which is made again.
    Hashed,
}

/// One mutant of a file.
pub fn mutant(form: Form, bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let blunt = rng.random_bool(0.3);
    match form {
        Form::Text if !blunt => text(bytes, rng),
        Form::Messages if !blunt => message(bytes, rng),
        Form::Hashed if !blunt => hashed(bytes, rng),
        _ => chunks(bytes, rng),
    }
}

/// Bits flipped, the end cut off, parts taken out, doubled, moved, overwritten.
fn chunks(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut new = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=new.len());
        let long = rng.random_range(1..=64).min(new.len() - at);
        let extreme = [0x00, 0x01, 0x7f, 0x80, 0xff][rng.random_range(0..5)];
        match rng.random_range(0..8) {
            0 | 1 if at < new.len() => new[at] ^= 1 << rng.random_range(0..8),
            2 => new.truncate(at),
            3 => drop(new.drain(at..at + long)),
            4 => {
                let part = new[at..at + long].to_vec();
                new.splice(at..at, part);
            }
            5 => drop(new.splice(at..at, vec![extreme; rng.random_range(1..300)])),
            6 => {
                let wide = [1, 2, 4, 8][rng.random_range(0..4)].min(new.len() - at);
                new[at..at + wide].fill(extreme);
            }
            _ => {
                let part: Vec<u8> = new.drain(at..at + long).collect();
                let to = rng.random_range(0..=new.len());
                new.splice(to..to, part);
            }
        }
    }
    new
}

/// Words that stand in place of a number or another word.
const WORDS: [&str; 26] = [
    "0",
    "-1",
    "1",
    "1e308",
    "-1e308",
    "1e-320",
    "nan",
    "NaN",
    "inf",
    "255",
    "65536",
    "1048577",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "",
    "true",
    "null",
    "\"x\"",
    "[]",
    "{}",
    "[1, 2]",
    "..",
    "\u{1b}[2J",
    "=1+1",
];

/// Numbers and words replaced, lines taken out, doubled, moved.
fn text(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    for _ in 0..rng.random_range(1..4) {
        let inside = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
        let starts: Vec<usize> = text
            .char_indices()
            .filter(|&(at, c)| inside(c) && !text[..at].ends_with(inside))
            .map(|(at, _)| at)
            .collect();
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        if starts.is_empty() {
            break;
        }
        let line = rng.random_range(0..lines.len());
        match rng.random_range(0..8) {
            0 => text = [&lines[..line], &lines[line + 1..]].concat().concat(),
            1 => text = [&lines[..=line], &lines[line..]].concat().concat(),
            2 => {
                let mut lines = lines;
                let other = rng.random_range(0..lines.len());
                lines.swap(line, other);
                text = lines.concat();
            }
            which => {
                // Numbers rather than words: they say how much.
                let numbers: Vec<usize> = starts
                    .iter()
                    .copied()
                    .filter(|&at| text[at..].starts_with(|c: char| c.is_ascii_digit() || c == '-'))
                    .collect();
                let from = if which > 4 && !numbers.is_empty() { &numbers } else { &starts };
                let at = from[rng.random_range(0..from.len())];
                let end = text[at..].find(|c| !inside(c)).map_or(text.len(), |end| at + end);
                let long = "n".repeat(5000);
                let word = match rng.random_range(0..WORDS.len() + 1) {
                    n if n < WORDS.len() => WORDS[n],
                    _ => &long,
                };
                text.replace_range(at..end, word);
            }
        }
    }
    text.into_bytes()
}

/// A field of a message: its number and kind, and where its value lies.
struct Field {
    tag: u64,
    value: std::ops::Range<usize>,
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 127).checked_shl(shift)?;
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

fn written(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The fields of a message; `None` if the bytes are none.
fn fields(bytes: &[u8]) -> Option<Vec<Field>> {
    let (mut at, mut fields) = (0, vec![]);
    while at < bytes.len() {
        let tag = varint(bytes, &mut at)?;
        let start = at;
        let long = match tag & 7 {
            0 => {
                varint(bytes, &mut at)?;
                at - start
            }
            1 => 8,
            5 => 4,
            2 => {
                let long = usize::try_from(varint(bytes, &mut at)?).ok()?;
                fields.push(Field { tag, value: at..at.checked_add(long)? });
                at = at.checked_add(long).filter(|&end| end <= bytes.len())?;
                continue;
            }
            _ => return None,
        };
        at = start.checked_add(long).filter(|&end| end <= bytes.len())?;
        fields.push(Field { tag, value: start..at });
    }
    Some(fields)
}

/// A field taken out, doubled or changed, at any depth; lengths fit what came of it.
fn message(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let Some(fields) = fields(bytes).filter(|fields| !fields.is_empty()) else {
        return chunks(bytes, rng);
    };
    let chosen = rng.random_range(0..fields.len());
    let mut new = vec![];
    for (n, Field { tag, value }) in fields.iter().enumerate() {
        let value = &bytes[value.clone()];
        let times = match (n == chosen, rng.random_range(0..8)) {
            (true, 0) => 0,
            (true, 1) => 2,
            _ => 1,
        };
        for _ in 0..times {
            let value = if n == chosen { changed(*tag, value, rng) } else { value.to_vec() };
            new.extend(written(*tag));
            if tag & 7 == 2 {
                new.extend(written(value.len() as u64));
            }
            new.extend(value);
        }
    }
    new
}

fn changed(tag: u64, value: &[u8], rng: &mut Rng) -> Vec<u8> {
    let whole = [0, 1, 2, 3, 255, 1 << 20, 1 << 31, 1 << 32, 1 << 62, u64::MAX, u64::MAX - 1];
    let float = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e30, 1e-40][rng.random_range(0..6)];
    match tag & 7 {
        0 => written(whole[rng.random_range(0..whole.len())]),
        1 => float.to_le_bytes().to_vec(),
        5 => (float as f32).to_le_bytes().to_vec(),
        _ if !value.is_empty() && rng.random_bool(0.8) => message(value, rng),
        _ => match rng.random_range(0..3) {
            0 => vec![],
            1 => b"x".to_vec(),
            _ => vec![b'n'; rng.random_range(1..20_000)],
        },
    }
}

/// Bytes behind the header changed, and the header's hash made anew.
fn hashed(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let name = bytes.windows(6).position(|word| word == b"sha256").unwrap_or(0);
    // Behind the key: the mark of a string of up to 255 bytes, its length, and 64 digits.
    let (start, end) = (name + 8, name + 72);
    if end > bytes.len() {
        return chunks(bytes, rng);
    }
    let rest = chunks(&bytes[end..], rng);
    let hash = spikemesh::digest::sha256([&rest[..]]);
    [&bytes[..start], hash.as_bytes(), &rest].concat()
}
