//! Tables that a run may have packed, read back.

use crate::files;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

/// Opens a table, or what `--gz` wrote in its place.
///
/// # Errors
/// Neither can be opened.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    match files::open(path) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut name = path.as_os_str().to_owned();
            name.push(".gz");
            let packed = files::open(Path::new(&name))?;
            Ok(Box::new(MultiGzDecoder::new(BufReader::new(packed))))
        }
        Err(error) => Err(error),
    }
}
