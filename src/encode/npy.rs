//! `.npy` arrays as network inputs.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use ndarray::ArrayD;
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};

use super::error::Error;
use super::resize::Pixels;
use crate::ann::Shape;
use crate::import::foreign;

/// What an array holds.
pub(super) enum Content {
    /// The network's input as it is, `[channels, height, width]`.
    Values(Vec<f32>),
    /// 8-bit pixels of the network's size.
    Pixels(Pixels),
}

/// Where the channels of an array stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    First,
    Last,
}

/// How an array of shape `found` holds so many channels; channels first where it could be both.
/// Dimensions of one element may stand anywhere, or be left out.
fn layout(found: &[usize], channels: usize, size: [usize; 2]) -> Option<Layout> {
    let [height, width] = size;
    let long = |dims: &[usize]| dims.iter().copied().filter(|&n| n != 1).collect::<Vec<_>>();
    let (found, like) = (long(found), |dims: [usize; 3]| long(&dims));
    if found == like([channels, height, width]) {
        return Some(Layout::First);
    }
    (found == like([height, width, channels])).then_some(Layout::Last)
}

/// Reads floats of the network's shape as they are, and bytes as grey or RGB pixels; channels may
/// stand first or last, and a batch of one may stand before them.
pub(super) fn read(path: &Path, shape: Shape) -> Result<Content, Error> {
    let Shape { channels, height, width } = shape;
    // The header alone first: shape and type are judged before any memory is taken for the data.
    let header = header(path)?;
    let kind = header.type_descriptor.to_string();
    let kind = kind.trim_matches(['\'', '"']);
    let found = header.shape.as_slice();
    let as_values = layout(found, channels, [height, width]);
    match (kind.trim_start_matches(['<', '>', '=']), as_values) {
        ("f4", Some(layout)) => {
            return values(path, layout, channels, array::<f32>(path)?.mapv(f64::from));
        }
        ("f8", Some(layout)) => return values(path, layout, channels, array::<f64>(path)?),
        _ => {}
    }
    if matches!(kind, "|u1" | "u1") {
        // Pixels in colour may come to a network of one channel: turned grey, or refused in words.
        let laid = match channels {
            // Colours last where it could be both.
            3 if found == [height, width, 3] => Some((Layout::Last, 3)),
            3 => layout(found, 3, [height, width]).map(|laid| (laid, 3)),
            1 => [1, 3].into_iter().find_map(|n| Some((layout(found, n, [height, width])?, n))),
            _ => None,
        };
        if let Some((laid, colours)) = laid {
            return pixels(path, laid, colours, [height, width]).map(Content::Pixels);
        }
    }
    let found = format!("{} {found:?}", in_words(kind));
    Err(Error::Array { path: path.into(), found, expected: expected(shape) })
}

/// Whether the file says that it holds bytes. What cannot be read is judged by [`read`].
pub(super) fn holds_pixels(path: &Path) -> bool {
    let kind = header(path).map(|header| header.type_descriptor.to_string());
    kind.is_ok_and(|kind| matches!(kind.trim_matches(['\'', '"']), "|u1" | "u1"))
}

/// Types and shapes that would fit.
fn expected(shape: Shape) -> String {
    let Shape { channels, height, width } = shape;
    let mut expected = format!(
        "one input as float32 {:?}, {:?} or {:?} ([channels, height, width])",
        [channels, height, width],
        [1, channels, height, width],
        [height, width, channels]
    );
    match channels {
        3 => expected += &format!(", or uint8 {:?} (RGB pixels)", [height, width, 3]),
        1 => expected += &format!(", or uint8 {:?} (grey pixels)", [height, width]),
        _ => {}
    }
    expected
}

fn in_words(kind: &str) -> &str {
    match kind {
        "<f4" | ">f4" | "=f4" | "f4" => "float32",
        "<f8" | ">f8" | "=f8" | "f8" => "float64",
        "<f2" | ">f2" => "float16",
        "|u1" | "u1" => "uint8",
        "|i1" => "int8",
        "<u2" | ">u2" => "uint16",
        "<i2" | ">i2" => "int16",
        "<i4" | ">i4" => "int32",
        "<i8" | ">i8" => "int64",
        "|b1" => "bool",
        other => other,
    }
}

/// The array with its channels first, in `f32`; every value must be a number there, too.
fn values(
    path: &Path,
    layout: Layout,
    channels: usize,
    array: ArrayD<f64>,
) -> Result<Content, Error> {
    let is_odd = |value: f64| !(value as f32).is_finite();
    if let Some((index, &value)) = array.indexed_iter().find(|&(_, &value)| is_odd(value)) {
        let count = array.iter().filter(|&&value| is_odd(value)).count();
        let index = (0..array.ndim()).map(|axis| index[axis]).collect();
        return Err(Error::NotFinite { path: path.into(), value, index, count });
    }
    let values = channels_first(layout, channels, &array);
    Ok(Content::Values(values.into_iter().map(|value| value as f32).collect()))
}

/// All elements, those of the first channel first.
fn channels_first<T: Copy>(layout: Layout, channels: usize, array: &ArrayD<T>) -> Vec<T> {
    let all: Vec<T> = array.iter().copied().collect();
    match layout {
        Layout::First => all,
        Layout::Last => {
            (0..channels).flat_map(|c| all[c..].iter().copied().step_by(channels)).collect()
        }
    }
}

/// Pixels in so many colours, of a layout that fits a picture of this size.
fn pixels(
    path: &Path,
    layout: Layout,
    colours: usize,
    [height, width]: [usize; 2],
) -> Result<Pixels, Error> {
    let planes = channels_first(layout, colours, &array::<u8>(path)?);
    let area = height * width;
    let data = (0..area)
        .flat_map(|at| [0, 1, 2].map(|c| planes[at + area * if colours == 3 { c } else { 0 }]));
    Pixels::new(width, height, data.collect())
        .ok_or_else(|| damaged(path, "the data do not fill the shape"))
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    let file =
        crate::files::open(path).map_err(|source| Error::Io { path: path.into(), source })?;
    Ok(BufReader::new(file))
}

fn damaged(path: &Path, reason: impl ToString) -> Error {
    Error::Npy { path: path.into(), reason: reason.to_string() }
}

/// Brackets of a header; that of a plain array has one of braces and one around its shape.
const BRACKETS: usize = 8;

/// Reads type and shape. The parser takes a time that doubles with every nested bracket, so these
/// are counted before.
fn header(path: &Path) -> Result<Header, Error> {
    let io = |source| Error::Io { path: path.into(), source };
    let mut file = open(path)?;
    // Magic, version, and a length of two or four bytes; the text may not be longer than the file.
    let mut start = Vec::new();
    file.by_ref().take(4096).read_to_end(&mut start).map_err(io)?;
    if !start.starts_with(b"\x93NUMPY")
        && let Some(what) = foreign::recognise_input(path, &start)
    {
        return Err(Error::Foreign { path: path.into(), what });
    }
    start.truncate(12);
    if let [_, _, _, _, _, _, major, _, a, b, c, d] = start[..] {
        let (length, skipped) = match major {
            1 => (u64::from(u16::from_le_bytes([a, b])), 10),
            _ => (u64::from(u32::from_le_bytes([a, b, c, d])), 12),
        };
        file.seek(std::io::SeekFrom::Start(skipped)).map_err(io)?;
        let mut brackets = 0;
        for byte in file.by_ref().take(length).bytes() {
            brackets += usize::from(matches!(byte.map_err(io)?, b'{' | b'(' | b'['));
            if brackets > BRACKETS {
                return Err(damaged(path, "its header is nested; only plain arrays can be read"));
            }
        }
    }
    Header::from_reader(&mut open(path)?).map_err(|e| damaged(path, e))
}

/// The elements by their indices, whatever the order in the file.
fn array<T: ReadableElement>(path: &Path) -> Result<ArrayD<T>, Error> {
    ArrayD::<T>::read_npy(open(path)?).map_err(|e| match e {
        ReadNpyError::Io(source) => Error::Io { path: path.into(), source },
        e => damaged(path, e),
    })
}
