//! The lines that rows of a CSV file stand in, whatever ends them.
//!
//! A reader of `csv` counts `\n` alone, and gives the place where it began to look for a row: the
//! end of `\r\n` and blank lines lie behind it. Where every line ends in one `\n`, the row is what
//! was read last.

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

/// Line of the row that was read last, well or not, from 1.
pub(crate) fn line<R: Read>(reader: &Reader<R>) -> u64 {
    reader.position().line().saturating_sub(1).max(1)
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
}
