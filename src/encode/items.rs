//! The inputs that a path holds, listed first and read one at a time.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::detector::Detector;
use super::error::Error;
use super::labelled::{self, ClassItem, Place};
use super::names::named;
use super::npy::{self, Content};
use super::resize::Pixels;
use crate::ann::Shape;
use crate::digest::sha256;
use crate::import::foreign;

/// One input of the network; its values are read by [`InputItem::load`], so that a folder of
/// photographs is never in memory as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct InputItem {
    /// As [`named`] calls the file, or its stem with the number of an element; the name in reports.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Of a file of many pictures, its number from 0.
    pub element: Option<usize>,
    detector: Option<Detector>,
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

/// Suffixes of pictures and arrays of forms that are not read.
pub const OTHER_FORMS: [&str; 18] = [
    "avif", "bmp", "dng", "exr", "gif", "heic", "heif", "jfif", "jp2", "jpe", "jxl", "npz", "pgm",
    "ppm", "tga", "tif", "tiff", "webp",
];

fn is_of_other_form(path: &Path) -> bool {
    let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_ascii_lowercase());
    suffix.is_some_and(|suffix| OTHER_FORMS.contains(&suffix.as_str())) && path.is_file()
}

/// Lists the inputs of `path`: an image, an `.npy` array, or a folder of either, sorted by file
/// name (other files and subfolders are passed over). `shape` is the network's input. Pixels are
/// read later, by [`InputItem::load`].
///
/// # Errors
/// Among others, a folder of both: one would be left out, or the same thing would run twice. A
/// folder with an input of a form that is not read, which would be left out, too. Pixels without a
/// detector.
pub fn inputs<'a>(
    path: &Path,
    detector: impl Into<Option<&'a Detector>>,
    shape: Shape,
) -> Result<Vec<InputItem>, Error> {
    let detector = detector.into();
    let io = |source| Error::Io { path: path.into(), source };
    let item = |path: PathBuf| InputItem {
        name: named(&path),
        path,
        element: None,
        detector: detector.copied(),
        shape,
    };
    let is_folder = std::fs::metadata(path).map_err(io)?.is_dir();
    if !is_folder {
        let kind = kind(path).ok_or_else(|| unsupported(path))?;
        check(path, kind, detector, shape)?;
        return Ok(vec![item(path.into())]);
    }
    let (mut images, mut arrays, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        match kind(&file).filter(|_| !file.is_dir()) {
            Some(Kind::Image) => images.push(file),
            Some(Kind::Array) => arrays.push(file),
            None if is_of_other_form(&file) => others.push(file),
            None => {}
        }
    }
    if let Some(first) = others.iter().min() {
        return Err(unsupported(first));
    }
    images.sort();
    arrays.sort();
    let files = match (images.len(), arrays.first()) {
        (0, None) => return Err(Error::EmptyFolder { path: path.into() }),
        (0, Some(_)) => {
            arrays.iter().try_for_each(|array| check(array, Kind::Array, detector, shape))?;
            arrays
        }
        (pictures, Some(first)) => {
            let (path, first) = (path.into(), first.clone());
            return Err(Error::Mixed { path, pictures, arrays: arrays.len(), first });
        }
        (_, None) => {
            check(&images[0], Kind::Image, detector, shape)?;
            images
        }
    };
    Ok(files.into_iter().map(item).collect())
}

/// An element of a labelled set as an input; `shape` is the network's.
///
/// # Errors
/// A recording, or a picture that the detector's rule does not bring to that shape.
pub fn of_class(
    item: &ClassItem,
    detector: Option<&Detector>,
    shape: Shape,
) -> Result<InputItem, Error> {
    let (path, element) = match &item.place {
        Place::Picture(path) => (path, None),
        Place::Element { path, index } => (path, Some(*index)),
        Place::Recording(path) => return Err(Error::Events { path: path.clone() }),
    };
    check(path, Kind::Image, detector, shape)?;
    let (name, detector) = (item.name.clone(), detector.copied());
    Ok(InputItem { name, path: path.clone(), element, detector, shape })
}

/// What a file of another form seems to be, and what to do.
pub fn unsupported(path: &Path) -> Error {
    let mut bytes = Vec::new();
    let start = crate::files::open(path).and_then(|file| file.take(4096).read_to_end(&mut bytes));
    match start.ok().and_then(|_| foreign::recognise_input(path, &bytes)) {
        Some(what) => Error::Foreign { path: path.into(), what },
        None => Error::Unsupported { path: path.into() },
    }
}

/// Whether an input fits detector and network, as far as can be told without its data.
fn check(path: &Path, kind: Kind, detector: Option<&Detector>, shape: Shape) -> Result<(), Error> {
    match (kind, detector) {
        (Kind::Image, Some(detector)) => check_size(detector, shape),
        (Kind::Image, None) => Err(Error::NoDescription { path: path.into() }),
        (Kind::Array, None) if npy::holds_pixels(path) => {
            Err(Error::NoDescription { path: path.into() })
        }
        (Kind::Array, _) => Ok(()),
    }
}

/// Whether pictures come out of the detector's rule in the shape that the network takes.
fn check_size(detector: &Detector, shape: Shape) -> Result<(), Error> {
    let Shape { channels, height, width } = shape;
    if (height, width) != (detector.height, detector.width) {
        let (detector, network) = ([detector.height, detector.width], [height, width]);
        return Err(Error::Size { detector, network });
    }
    detector.check_channels(channels)
}

impl InputItem {
    /// SHA-256 of the file, and of a place within it, hexadecimal.
    pub fn sha256(&self) -> Result<String, Error> {
        let bytes = crate::files::bytes(&self.path)
            .map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let element = self.element.map_or(String::new(), |element| format!("#{element}"));
        Ok(sha256([&bytes[..], element.as_bytes()]))
    }

    /// The picture itself; `None` for an array of other values than 8-bit pixels.
    pub fn picture(&self) -> Result<Option<Pixels>, Error> {
        Ok(match self.content()? {
            Content::Pixels(pixels) => Some(pixels),
            Content::Values(_) => None,
        })
    }

    /// Reads the file: the values of `[channels, height, width]`, row-major.
    pub fn load(&self) -> Result<Vec<f32>, Error> {
        match self.content()? {
            Content::Values(values) => Ok(values),
            Content::Pixels(pixels) => {
                let Shape { channels, height, width } = self.shape;
                let none = || Error::NoDescription { path: self.path.clone() };
                let detector = self.detector.as_ref().ok_or_else(none)?;
                let pixels = detector.prepared(pixels, channels, &self.path)?;
                // An array has the network's size already, whatever the description says of
                // pictures.
                let fits = (pixels.height(), pixels.width()) == (height, width);
                let pixels = if fits { pixels } else { detector.fit(&pixels) };
                Ok(detector.channels_of(&pixels, channels))
            }
        }
    }

    fn content(&self) -> Result<Content, Error> {
        if let Some(element) = self.element {
            let grey = labelled::element(&self.path, element).map_err(Box::new)?;
            return Ok(Content::Pixels(Pixels::of_grey(&grey)));
        }
        match kind(&self.path) {
            Some(Kind::Image) => Pixels::read(&self.path).map(Content::Pixels),
            Some(Kind::Array) => npy::read(&self.path, self.shape),
            None => Err(Error::Unsupported { path: self.path.clone() }),
        }
    }
}
