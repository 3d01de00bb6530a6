//! Files of many grey pictures of one size: IDX, and arrays `[N, H, W]` of bytes.

use super::{Error, suffix};
use crate::encode::events::pixel_array;
use crate::files;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A grey picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Row by row, from the top.
    pub pixels: Vec<u8>,
}

/// A file of pictures, whose size was compared with what it says of itself.
pub(super) struct Stack {
    path: PathBuf,
    pub count: usize,
    height: usize,
    width: usize,
    /// Where the first one begins.
    at: u64,
}

/// Bytes that IDX files of bytes with three dimensions begin with.
const PICTURES: [u8; 4] = [0, 0, 8, 3];
/// The same with one dimension.
const LABELS: [u8; 4] = [0, 0, 8, 1];
/// As much as headers of arrays take.
const START: u64 = 1 << 17;

/// Whether the file begins as one of pictures does.
pub(super) fn is_idx(path: &Path) -> bool {
    let mut start = [0; 4];
    files::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok()) && start == PICTURES
}

/// The numbers behind the first four bytes.
fn sizes<const N: usize>(start: &[u8]) -> Option<[usize; N]> {
    let mut sizes = [0; N];
    for (size, bytes) in sizes.iter_mut().zip(start.get(4..4 + 4 * N)?.as_chunks().0) {
        *size = u32::from_be_bytes(*bytes) as usize;
    }
    Some(sizes)
}

/// The first bytes of a file, and its length.
fn start(path: &Path) -> Result<(Vec<u8>, u64), Error> {
    let io = |source| Error::Io { path: path.into(), source };
    let file = crate::files::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start).map_err(io)?;
    Ok((start, length))
}

impl Stack {
    pub fn open(path: &Path) -> Result<Stack, Error> {
        let (start, length) = start(path)?;
        let ([count, height, width], at) = if suffix(path) == "npy" {
            let described = pixel_array(&start).map_err(|what| Error::damaged(path, what))?;
            described.ok_or_else(|| {
                Error::layout(path, "is no array of three dimensions of 8-bit pixels (uint8)")
            })?
        } else if start.starts_with(&PICTURES) {
            let cut = || Error::damaged(path, "it ends within its first 16 bytes");
            (sizes(&start).ok_or_else(cut)?, 16)
        } else {
            return Err(Error::layout(path, "does not begin as IDX files of pictures do"));
        };
        let area = height as u64 * width as u64;
        let whole = area.checked_mul(count as u64).and_then(|size| size.checked_add(at));
        if area == 0 || whole != Some(length) {
            let what = format!("{count} pictures of {width} x {height} are not {length} bytes");
            return Err(Error::damaged(path, what));
        }
        Ok(Stack { path: path.into(), count, height, width, at })
    }

    /// One picture.
    pub fn read(&self, index: usize) -> Result<Grey, Error> {
        let &Stack { height, width, count, .. } = self;
        if index >= count {
            let what = format!("it has {count} pictures, none of number {index}");
            return Err(Error::damaged(&self.path, what));
        }
        let io = |source| Error::Io { path: self.path.clone(), source };
        let mut file = crate::files::open(&self.path).map_err(io)?;
        // All of it lies within the file, whose length was compared.
        let area = height * width;
        file.seek(SeekFrom::Start(self.at + area as u64 * index as u64)).map_err(io)?;
        let mut pixels = vec![0; area];
        file.read_exact(&mut pixels).map_err(io)?;
        Ok(Grey { height, width, pixels })
    }
}

/// The labels of an IDX file.
pub(super) fn labels(path: &Path) -> Result<Vec<u8>, Error> {
    let (start, length) = start(path)?;
    if !start.starts_with(&LABELS) {
        return Err(Error::layout(path, "does not begin as IDX files of labels do"));
    }
    let [count] = sizes(&start).ok_or_else(|| Error::damaged(path, "it ends within 8 bytes"))?;
    if count as u64 + 8 != length {
        return Err(Error::damaged(path, format!("{count} labels are not {length} bytes")));
    }
    let io = |source| Error::Io { path: path.into(), source };
    let mut file = crate::files::open(path).map_err(io)?;
    file.seek(SeekFrom::Start(8)).map_err(io)?;
    let mut labels = Vec::new();
    file.take(count as u64).read_to_end(&mut labels).map_err(io)?;
    Ok(labels)
}
