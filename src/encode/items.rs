//! The inputs that a path holds, listed first and read one at a time.

use std::io::{Cursor, ErrorKind};
use std::path::{Path, PathBuf};

use image::{ImageFormat, ImageReader};

use super::detector::Detector;
use super::error::Error;
use super::npy;
use super::resize::Pixels;
use crate::ann::Shape;
use crate::digest::sha256;

/// One input of the network; its values are read by [`InputItem::load`], so that a folder of
/// photographs is never in memory as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct InputItem {
    /// File stem, the name in reports.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    detector: Detector,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    Array,
}

fn kind(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" => Some(Kind::Image),
        "npy" => Some(Kind::Array),
        _ => None,
    }
}

/// Lists the inputs of `path`: an image, an `.npy` array, or a folder, whose images come sorted by
/// file name (other files and subfolders are passed over). `shape` is the network's input. Pixels
/// are read later, by [`InputItem::load`].
pub fn inputs(path: &Path, detector: &Detector, shape: Shape) -> Result<Vec<InputItem>, Error> {
    let io = |source| Error::Io { path: path.into(), source };
    let item = |path: PathBuf| InputItem {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        path,
        detector: *detector,
        shape,
    };
    let is_folder = std::fs::metadata(path).map_err(io)?.is_dir();
    if !is_folder {
        let kind = kind(path).ok_or_else(|| Error::Unsupported { path: path.into() })?;
        if kind == Kind::Image {
            check_size(detector, shape)?;
        }
        return Ok(vec![item(path.into())]);
    }
    check_size(detector, shape)?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        if kind(&file) == Some(Kind::Image) && !file.is_dir() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Error::EmptyFolder { path: path.into() });
    }
    files.sort();
    Ok(files.into_iter().map(item).collect())
}

/// Pictures come out of the detector's rule as `[3, height, width]`; the network must take that.
fn check_size(detector: &Detector, shape: Shape) -> Result<(), Error> {
    let made = [3, detector.height, detector.width];
    let network = [shape.channels, shape.height, shape.width];
    if made == network { Ok(()) } else { Err(Error::Size { detector: made, network }) }
}

impl InputItem {
    /// SHA-256 of the file, hexadecimal.
    pub fn sha256(&self) -> Result<String, Error> {
        let bytes =
            std::fs::read(&self.path).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        Ok(sha256([&bytes[..]]))
    }

    /// The picture itself; `None` for an array of other values than 8-bit pixels.
    pub fn picture(&self) -> Result<Option<Pixels>, Error> {
        match kind(&self.path) {
            Some(Kind::Image) => Pixels::read(&self.path).map(Some),
            Some(Kind::Array) => npy::pixels(&self.path, self.shape),
            None => Err(Error::Unsupported { path: self.path.clone() }),
        }
    }

    /// Reads the file: the values of `[channels, height, width]`, row-major.
    pub fn load(&self) -> Result<Vec<f32>, Error> {
        match kind(&self.path) {
            Some(Kind::Image) => {
                let pixels = Pixels::read(&self.path)?;
                Ok(self.detector.tensor(&self.detector.fit(&pixels)))
            }
            Some(Kind::Array) => npy::load(&self.path, &self.detector, self.shape),
            None => Err(Error::Unsupported { path: self.path.clone() }),
        }
    }
}

/// Whether the end-of-image marker follows the last scan. The decoder fills the missing part of a
/// cut-off photograph with grey and says nothing; such a picture must not be counted. Inside a scan
/// the marker cannot occur, and that of an embedded thumbnail comes before the scan.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    let (scan, end) = (last(0xda), last(0xd9));
    end.is_some() && end > scan
}

impl Pixels {
    /// Decodes a JPEG or PNG file to 8-bit RGB. Transparency and the camera's orientation mark are
    /// ignored; the format is taken from the content, not from the suffix.
    pub fn read(path: &Path) -> Result<Pixels, Error> {
        let io = |source| Error::Io { path: path.into(), source };
        let corrupt = |source| Error::Image { path: path.into(), source };
        let bytes = std::fs::read(path).map_err(io)?;
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(io)?;
        if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_is_whole(&bytes) {
            let cut = std::io::Error::new(ErrorKind::UnexpectedEof, "the file is cut off");
            return Err(corrupt(image::ImageError::IoError(cut)));
        }
        let picture = reader.decode().map_err(corrupt)?.into_rgb8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Pixels::new(width, height, picture.into_raw()).ok_or_else(|| {
            corrupt(image::ImageError::Parameter(image::error::ParameterError::from_kind(
                image::error::ParameterErrorKind::DimensionMismatch,
            )))
        })
    }
}
