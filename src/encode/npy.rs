//! `.npy` arrays as network inputs.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ndarray::ArrayD;
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};

use super::detector::Detector;
use super::error::Error;
use super::resize::Pixels;
use crate::ann::Shape;

/// The picture in a `uint8 [h, w, 3]` array of the network's size; `None` for any other array.
pub(super) fn pixels(path: &Path, shape: Shape) -> Result<Option<Pixels>, Error> {
    let Shape { height, width, .. } = shape;
    let header = Header::from_reader(&mut open(path)?).map_err(|e| damaged(path, e))?;
    let kind = header.type_descriptor.to_string();
    let is_byte = matches!(kind.trim_matches(['\'', '"']), "|u1" | "u1");
    if !is_byte || header.shape.as_slice() != [height, width, 3] {
        return Ok(None);
    }
    Ok(Pixels::new(width, height, values(path)?))
}

/// Reads `float32 [c, h, w]` or `[1, c, h, w]` as it is, or `uint8 [h, w, 3]` RGB pixels through
/// the detector's rule.
pub(super) fn load(path: &Path, detector: &Detector, shape: Shape) -> Result<Vec<f32>, Error> {
    let Shape { channels, height, width } = shape;
    // The header alone first: shape and type are judged before any memory is taken for the data.
    let header = Header::from_reader(&mut open(path)?).map_err(|e| damaged(path, e))?;
    let kind = header.type_descriptor.to_string();
    let kind = kind.trim_matches(['\'', '"']);
    let found = header.shape.as_slice();
    let is_float = matches!(kind, "<f4" | ">f4" | "=f4" | "f4");
    let is_byte = matches!(kind, "|u1" | "u1");
    if is_float && (found == [channels, height, width] || found == [1, channels, height, width]) {
        return values::<f32>(path);
    }
    if is_byte && channels == 3 && found == [height, width, 3] {
        let damaged_length = || damaged(path, "the data do not fill the shape");
        let pixels = Pixels::new(width, height, values(path)?).ok_or_else(damaged_length)?;
        return Ok(detector.tensor(&pixels));
    }
    let mut expected = format!(
        "float32 {:?} or {:?} ([channels, height, width])",
        [channels, height, width],
        [1, channels, height, width]
    );
    if channels == 3 {
        expected += &format!(", or uint8 {:?} (RGB pixels)", [height, width, 3]);
    }
    let kind = match kind {
        "<f4" | ">f4" | "=f4" | "f4" => "float32",
        "<f8" | ">f8" => "float64",
        "<f2" | ">f2" => "float16",
        "|u1" | "u1" => "uint8",
        "|i1" => "int8",
        other => other,
    };
    Err(Error::Array { path: path.into(), found: format!("{kind} {found:?}"), expected })
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    let file = File::open(path).map_err(|source| Error::Io { path: path.into(), source })?;
    Ok(BufReader::new(file))
}

fn damaged(path: &Path, reason: impl ToString) -> Error {
    Error::Npy { path: path.into(), reason: reason.to_string() }
}

/// The elements in the order of their indices, whatever the order in the file.
fn values<T: ReadableElement + Copy>(path: &Path) -> Result<Vec<T>, Error> {
    let array = ArrayD::<T>::read_npy(open(path)?).map_err(|e| match e {
        ReadNpyError::Io(source) => Error::Io { path: path.into(), source },
        e => damaged(path, e),
    })?;
    Ok(array.iter().copied().collect())
}
