//! The lines that rows of a CSV file stand in, whatever ends them.
//!
//! A reader of `csv` counts `\n` alone, and gives the place where it began to look for a row: the
//! end of `\r\n` and blank lines lie behind it. Where every line ends in one `\n`, the row is what
//! was read last.

use crate::plain::counted;
use std::io::{self, Read};

/// A text whose lines all end in `\n` alone, the last one, too.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    text: R,
    /// As it stands in the text.
    last: u8,
}

/// A reader that takes rows from such a text.
pub(crate) type Reader<R> = csv::Reader<Lines<R>>;

/// A reader of rows, their cells without the blanks around them.
pub(crate) fn reader<R: Read>(text: R) -> Reader<R> {
    // Nothing needs no end.
    let lines = Lines { text, last: b'\n' };
    csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(lines)
}

/// Longest header that is looked for.
const HEADER: usize = 4096;

/// Cells of the first line of a file that begins so; none where it is no text.
pub(crate) fn header(start: &[u8]) -> Vec<String> {
    let start = &start[..start.len().min(HEADER)];
    let header = reader(start).headers().cloned().unwrap_or_default();
    header.iter().map(str::to_owned).collect()
}

/// Line of the row that was read last, well or not, from 1.
pub(crate) fn line<R: Read>(reader: &Reader<R>) -> u64 {
    reader.position().line().saturating_sub(1).max(1)
}

/// Why a row is none, without a place of its own: [`line`] tells that.
pub(crate) fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("found {} where the header has {expected_len}", counted(*len, "value"))
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("column {} is no text in UTF-8", err.field() + 1)
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.text.read(buffer)?;
            if read == 0 {
                return Ok(self.end(buffer));
            }
            let kept = self.even(&mut buffer[..read]);
            // Nothing at all would be the end.
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Lines<R> {
    /// Ends the last line, if nothing did.
    fn end(&mut self, buffer: &mut [u8]) -> usize {
        let ended = [b'\n', b'\r'].contains(&self.last);
        match buffer.first_mut().filter(|_| !ended) {
            Some(first) => {
                (*first, self.last) = (b'\n', b'\n');
                1
            }
            None => 0,
        }
    }

    /// Moves what is kept of `bytes` to their beginning, and says how many these are.
    fn even(&mut self, bytes: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes[at];
            let ended = byte == b'\n' && self.last == b'\r';
            self.last = byte;
            if !ended {
                bytes[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    fn rows(text: impl Read) -> Vec<(u64, String)> {
        let mut reader = reader(text);
        let mut record = csv::StringRecord::new();
        let mut rows = vec![];
        while reader.read_record(&mut record).unwrap() {
            rows.push((line(&reader), record.iter().collect::<Vec<_>>().join("|")));
        }
        rows
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            for last in ["", end] {
                let text = ["a,b", "1,2", "", "", "3, 4"].join(end) + last;
                let expected = [(2, "1|2".to_owned()), (5, "3|4".to_owned())];
                assert_eq!(rows(text.as_bytes()), expected, "{text:?}");
                assert_eq!(rows(Slow(text.as_bytes())), expected, "{text:?}");
            }
        }
        assert!(rows(&b""[..]).is_empty());
    }

    #[test]
    fn rows_that_are_none_have_a_line_too() {
        let mut reader = reader(&b"a,b\r\n1,2\r\n\r\n3\r\n"[..]);
        let mut record = csv::StringRecord::new();
        assert!(reader.read_record(&mut record).unwrap());
        assert!(reader.read_record(&mut record).is_err());
        assert_eq!(line(&reader), 4);
    }

    #[test]
    fn headers_are_read_as_the_rows_are() {
        for text in ["file,label\n1,2", "\u{feff}\"file\", label\r1,2", "file ,\"label\""] {
            assert_eq!(header(text.as_bytes()), ["file", "label"], "{text:?}");
        }
        assert_eq!(header(b"file,label\n\xff,1\n"), ["file", "label"]);
        assert!(header(b"").is_empty() && header(b"\xff,a\n").is_empty());
    }

    #[test]
    fn reasons_name_no_place() {
        let of = |text: &[u8]| {
            let mut reader = reader(text);
            reason(&reader.records().next().unwrap().unwrap_err())
        };
        assert_eq!(of(b"a,b\n\n3\n"), "found 1 value where the header has 2");
        assert_eq!(of(b"a,b\n1,2,3\n"), "found 3 values where the header has 2");
        assert_eq!(of(b"a,b\n1,\xff\n"), "column 2 is no text in UTF-8");
    }
}
