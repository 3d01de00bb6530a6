//! The one reader of JPEG and PNG files: sizes and pixels as a viewer shows them.

use std::io::{Cursor, ErrorKind};
use std::path::Path;

use image::error::{DecodingError, ParameterError, ParameterErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::error::Error;
use super::jpeg;
use super::resize::Pixels;
use crate::import::foreign;
use crate::memory;

/// What a file says of its picture before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Header {
    /// Width and height of the pixels in the file.
    pub stored: (usize, usize),
    /// How a viewer turns them, after the camera's mark (Exif).
    turn: Orientation,
}

impl Header {
    /// Reads the file's header.
    pub fn read(path: &Path) -> Result<Header, Error> {
        let bytes = read(path)?;
        let (mut decoder, format) = decoder(&bytes).map_err(|source| corrupt(path, source))?;
        let turn = orientation(&mut decoder, format, &bytes);
        let (width, height) = decoder.dimensions();
        Ok(Header { stored: (width as usize, height as usize), turn })
    }

    /// Of what nothing turns, such as a recording of a sensor of this width and height.
    pub fn upright(stored: (usize, usize)) -> Header {
        Header { stored, turn: Orientation::NoTransforms }
    }

    /// Width and height as a viewer shows the picture.
    pub fn shown(&self) -> (usize, usize) {
        let (width, height) = self.stored;
        match self.turn {
            Orientation::NoTransforms
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical
            | Orientation::Rotate180 => (width, height),
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
        }
    }

    /// A point of the stored picture, in the picture as it is shown.
    pub fn turned(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (width, height) = (self.stored.0 as f64, self.stored.1 as f64);
        match self.turn {
            Orientation::NoTransforms => (x, y),
            Orientation::FlipHorizontal => (width - x, y),
            Orientation::FlipVertical => (x, height - y),
            Orientation::Rotate180 => (width - x, height - y),
            Orientation::Rotate90 => (height - y, x),
            Orientation::Rotate270 => (y, width - x),
            Orientation::Rotate90FlipH => (y, x),
            Orientation::Rotate270FlipH => (height - y, width - x),
        }
    }
}

impl Pixels {
    /// Decodes a JPEG or PNG file to 8-bit RGB and turns it as the camera's orientation mark says.
    /// Transparency is ignored, and so is what follows the first picture of a file; the format is
    /// taken from the content, not from the suffix.
    pub fn read(path: &Path) -> Result<Pixels, Error> {
        let bytes = read(path)?;
        let fault = |source| corrupt(path, source);
        let (mut decoder, format) = decoder(&bytes).map_err(fault)?;
        let turn = orientation(&mut decoder, format, &bytes);
        let mut picture = match format {
            ImageFormat::Jpeg => whole_jpeg(&bytes),
            _ => decoded(decoder, bytes.len()),
        }
        .map_err(fault)?;
        picture.apply_orientation(turn);
        let picture = picture.into_rgb8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mismatch = || {
            let kind = ParameterErrorKind::DimensionMismatch;
            fault(ImageError::Parameter(ParameterError::from_kind(kind)))
        };
        Pixels::new(width, height, picture.into_raw()).ok_or_else(mismatch)
    }
}

/// The bytes of a file that begins as a picture does.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes =
        crate::files::bytes(path).map_err(|source| Error::Io { path: path.into(), source })?;
    if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(bytes);
    }
    match foreign::recognise_input(path, &bytes) {
        Some(what) => Err(Error::Foreign { path: path.into(), what }),
        None => Ok(bytes),
    }
}

fn corrupt(path: &Path, source: ImageError) -> Error {
    Error::Image { path: path.into(), source }
}

/// A decoder that has read the header, and the format that it reads.
fn decoder(bytes: &[u8]) -> Result<(impl ImageDecoder + '_, ImageFormat), ImageError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let format = reader.format();
    if format == Some(ImageFormat::Png) {
        check_palette(bytes)?;
    }
    // A file of no known format has no decoder.
    Ok((reader.into_decoder()?, format.unwrap_or(ImageFormat::Png)))
}

/// Most bytes of pixels that a byte of a file can stand for: of a PNG 1032, of a JPEG 1536.
const MOST_PACKED: u64 = 2048;
/// How many copies of a picture are held at once: decoded twice, turned, and as RGB.
const COPIES: u64 = 4;

/// The pixels; what the file cannot hold, or memory cannot take, is refused before it is made.
fn decoded(mut decoder: impl ImageDecoder, file: usize) -> Result<DynamicImage, ImageError> {
    let pixels = decoder.total_bytes();
    if pixels > MOST_PACKED.saturating_mul(file as u64) {
        let cut = "the file is too short for its size in pixels";
        return Err(ImageError::IoError(std::io::Error::new(ErrorKind::UnexpectedEof, cut)));
    }
    memory::check(COPIES.saturating_mul(pixels)).map_err(|too_much| {
        ImageError::IoError(std::io::Error::new(ErrorKind::OutOfMemory, too_much))
    })?;
    let mut limits = Limits::default();
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}

/// What a scan is prolonged by. Zeros are a code of every table, so that the decoder goes on with
/// them; the other bits are other codes, or none.
const TAILS: [[u8; 1024]; 2] = [[0x00; 1024], [0xaa; 1024]];

/// The first picture of a JPEG file, if its scans are there to their last visible pixel.
fn whole_jpeg(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let cut = || {
        ImageError::IoError(std::io::Error::new(ErrorKind::UnexpectedEof, "the file is cut off"))
    };
    let end = jpeg::scans_end(bytes).ok_or_else(cut)?;
    let picture = complete(&bytes[..end])?.ok_or_else(cut)?;
    if jpeg::filled_up(&bytes[..end], |bytes| {
        complete(bytes).is_ok_and(|picture| picture.is_some())
    }) {
        return Err(cut());
    }
    Ok(picture)
}

/// The picture, if its scans need no more data. The decoder makes up what is missing and says
/// nothing. So the picture is decoded twice, with other data behind its last scan: only a scan that
/// was cut off reads them.
fn complete(bytes: &[u8]) -> Result<Option<DynamicImage>, ImageError> {
    let picture = |tail: &[u8]| {
        let bytes = [bytes, tail, &[0xff, 0xd9]].concat();
        decoder(&bytes).and_then(|(decoder, _)| decoded(decoder, bytes.len()))
    };
    let [one, other] = TAILS.map(|tail| picture(&tail));
    let (one, other) = (one?, other?);
    Ok((one.as_bytes() == other.as_bytes()).then_some(one))
}

/// The camera's mark; none where it is missing or not to be understood, as viewers do.
fn orientation(decoder: &mut impl ImageDecoder, format: ImageFormat, bytes: &[u8]) -> Orientation {
    let turn = match format {
        // The chunk may follow the pixels, where a decoder that reads the header does not see it.
        ImageFormat::Png => {
            chunks(bytes).find(|(kind, _)| kind == b"eXIf").and_then(|(_, exif)| {
                Orientation::from_exif_chunk(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
            })
        }
        _ => decoder.orientation().ok(),
    };
    turn.unwrap_or(Orientation::NoTransforms)
}

/// Kind and data of the chunks of a PNG file, as far as they are whole.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (&kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = after.get(..length)?;
        // The checksum is the decoder's business.
        rest = after.get(length.checked_add(4)?..)?;
        Some((kind, data))
    })
}

/// The decoder panics at palettes that are not whole colours.
fn check_palette(bytes: &[u8]) -> Result<(), ImageError> {
    match chunks(bytes)
        .find(|(kind, data)| kind == b"PLTE" && (data.len() % 3 != 0 || data.len() > 768))
    {
        None => Ok(()),
        Some((_, data)) => {
            let what = format!(
                "its palette has {} bytes: not 3 for each of at most 256 colours",
                data.len()
            );
            Err(ImageError::Decoding(DecodingError::new(ImageFormat::Png.into(), what)))
        }
    }
}
