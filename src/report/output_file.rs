//! A file that is written from its beginning to its end, packed where its name ends in `.gz`.

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Bytes that are written at once.
const HELD: usize = 1 << 16;
/// One that packs tables to a fifth: the largest takes them to a sixth, in three times the time.
const LEVEL: Compression = Compression::new(3);
/// What gzip says where it does not tell the system that wrote a file.
const UNKNOWN_SYSTEM: u8 = 255;

pub(super) enum Output {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl Output {
    /// Starts a file that must not exist yet.
    pub fn create(path: &Path) -> io::Result<Output> {
        let file = BufWriter::with_capacity(HELD, File::create_new(path)?);
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
            return Ok(Output::Plain(file));
        }
        // No name, time or system: the same bytes whenever and wherever it is written.
        let packed = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(file, LEVEL);
        Ok(Output::Packed(packed.into()))
    }

    /// Writes what is left.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Output::Plain(mut file) => file.flush(),
            Output::Packed(packed) => packed.finish()?.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Plain(file) => file.write(bytes),
            Output::Packed(packed) => packed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Plain(file) => file.flush(),
            Output::Packed(packed) => packed.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn packed_files_are_the_same_whenever_they_are_written() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = root.path().join(name);
            let mut output = Output::create(&path).unwrap();
            output.write_all(b"a,b\n1,2\n").unwrap();
            output.finish().unwrap();
            std::fs::read(path).unwrap()
        };
        let packed = write("a.csv.gz");
        assert_eq!(packed, write("b.csv.gz"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), write("c.csv"));
    }
}
