//! The lines of text that files of Prophesee begin with.

/// How the words behind the header are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Evt2,
    Evt3,
    /// EVT 2.1, EVT 4 and what may follow.
    Other,
}

/// What the lines say.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Length in bytes.
    pub end: usize,
    pub encoding: Option<Encoding>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Version of a DAT file.
    pub version: Option<u32>,
}

/// Longest line; behind it are data that happen to begin as lines do.
const LINE: usize = 4096;

/// Reads the lines that begin with a percent sign. Data may begin with one, too: a line of anything
/// but text is none.
pub(super) fn header(bytes: &[u8]) -> Header {
    let mut header = Header::default();
    while let Some(line) = line(&bytes[header.end..]) {
        header.end += line.len() + 1;
        let text = String::from_utf8_lossy(&line[1..]);
        let mut words = text.trim().splitn(2, char::is_whitespace);
        let (key, value) = (words.next().unwrap_or(""), words.next().unwrap_or("").trim());
        header.take(&key.to_ascii_lowercase(), value);
        if key == "end" {
            break;
        }
    }
    header
}

/// The first line, without its end.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first() != Some(&b'%') {
        return None;
    }
    let end = bytes.iter().take(LINE).position(|&byte| byte == b'\n')?;
    let is_text = |&byte: &u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\r');
    Some(&bytes[..end]).filter(|line| line.iter().all(is_text))
}

impl Header {
    fn take(&mut self, key: &str, value: &str) {
        match key {
            "evt" => self.encoding = Some(encoding(value)),
            "format" => {
                let mut parts = value.split(';');
                self.encoding = parts.next().map(encoding);
                for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                    self.take(key.trim(), value.trim());
                }
            }
            "geometry" => {
                if let Some((width, height)) = value.split_once('x') {
                    self.take("width", width);
                    self.take("height", height);
                }
            }
            "width" => self.width = value.parse().ok().or(self.width),
            "height" => self.height = value.parse().ok().or(self.height),
            "version" => self.version = value.parse().ok(),
            _ => {}
        }
    }
}

fn encoding(value: &str) -> Encoding {
    match value.trim().to_ascii_uppercase().as_str() {
        "2.0" | "2" | "EVT2" | "EVT2.0" => Encoding::Evt2,
        "3.0" | "3" | "EVT3" | "EVT3.0" => Encoding::Evt3,
        _ => Encoding::Other,
    }
}
