//! Where the first picture of a JPEG file ends, and whether all of its scans have begun.
//!
//! Telephones hang films, depth maps and second pictures behind a photograph; what counts is the
//! first picture. Markers are followed from segment to segment, so that nothing behind it is read.

/// Position behind the data of the first picture's last scan, with or without an end marker there;
/// `None` where no scan is, or where the file ends before the scans of all components have begun.
pub(super) fn scans_end(bytes: &[u8]) -> Option<usize> {
    let (mut scans, mut at, mut end) = (Scans::default(), 2, None);
    while let Some((marker, behind)) = next_marker(bytes, at) {
        at = behind;
        match marker {
            0xd9 if end.is_some() => return end,
            // A second picture begins without an end of the first.
            0xd8 if end.is_some() => break,
            // Markers without a length.
            0x01 | 0xd0..=0xd9 => {}
            _ => {
                let Some(body) = segment(bytes, behind) else { break };
                at += 2 + body.len();
                match marker {
                    0xc4 | 0xc8 | 0xcc => {}
                    0xc0..=0xcf => scans.frame(marker, body),
                    0xda => {
                        scans.scan(body);
                        let data = entropy_end(bytes, at);
                        let film = other_file(&bytes[at..data]);
                        end = Some(film.map_or(data, |film| at + film));
                        if film.is_some() {
                            break;
                        }
                        at = data;
                    }
                    _ => {}
                }
            }
        }
    }
    end.filter(|_| scans.are_all())
}

/// The next marker and the position behind it; stray bytes before it are passed over.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0x00 => at += 2,
            marker => return Some((marker, at + 2)),
        }
    }
}

/// What follows a length, which counts itself.
fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]) as usize;
    bytes.get(at + 2..at + length.max(2))
}

/// The first marker that ends a scan, or the end of the file.
fn entropy_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(pair) = bytes.get(at..at + 2) {
        match (pair[0], pair[1]) {
            // A stuffed byte, and restart markers.
            (0xff, 0x00 | 0xd0..=0xd7) => at += 2,
            (0xff, _) => return at,
            _ => at += 1,
        }
    }
    // A last lone 0xff is half a pair.
    if bytes.get(at) == Some(&0xff) { at } else { bytes.len() }
}

/// Where another file begins within the data of a scan that has no end marker: a film, as
/// telephones hang behind their photographs, or a PNG picture. Their first bytes are too many to
/// come up by chance.
fn other_file(data: &[u8]) -> Option<usize> {
    let begins = |start: &[u8]| match start {
        [0, 0, 0, _, b'f', b't', b'y', b'p', ..] => true,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => true,
        _ => start.starts_with(b"\x89PNG\r\n\x1a\n"),
    };
    (0..data.len()).find(|&at| begins(&data[at..]))
}

/// Fewer zeros are nothing to wonder about.
const ZEROS: usize = 16;

/// Whether a picture that is complete owes that to zeros which filled up a file after it was cut
/// off, as loaders leave them that reserve its space first. Zeros may be scan data, too: then these
/// are exactly as many as the scan needs. `complete` says it of the picture's first bytes.
pub(super) fn filled_up(bytes: &[u8], complete: impl Fn(&[u8]) -> bool) -> bool {
    let zeros = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
    // The last byte alone may be without effect on any pixel.
    let fewer = &bytes[..bytes.len() - zeros.min(2)];
    zeros >= ZEROS && complete(fewer) && !complete(&bytes[..bytes.len() - zeros])
}

/// What the scans so far have told of each component: a bit for each coefficient known to the last
/// bit.
#[derive(Default)]
struct Scans {
    progressive: bool,
    components: Vec<(u8, u64)>,
}

impl Scans {
    fn frame(&mut self, marker: u8, body: &[u8]) {
        self.progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
        let ids = body.get(6..).unwrap_or_default().chunks_exact(3).map(|component| component[0]);
        self.components = ids.map(|id| (id, 0)).collect();
    }

    fn scan(&mut self, body: &[u8]) {
        let count = usize::from(body.first().copied().unwrap_or(0));
        let Some([first, last, precision]) = body.get(1 + 2 * count..4 + 2 * count) else { return };
        let told = match (self.progressive, precision & 0x0f) {
            (false, _) => u64::MAX,
            (true, 0) => (*first..=(*last).min(63)).fold(0, |bits, n| bits | 1 << n),
            (true, _) => 0,
        };
        for id in body[1..1 + 2 * count].iter().step_by(2) {
            for (_, known) in self.components.iter_mut().filter(|(own, _)| own == id) {
                *known |= told;
            }
        }
    }

    fn are_all(&self) -> bool {
        self.components.iter().all(|&(_, known)| known == u64::MAX)
    }
}
