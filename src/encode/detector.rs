//! How a network wants its picture, read from `*.detector.toml`.

use crate::plain::plain;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::Error;
use super::resize::{Letterbox, Pixels};

/// The channels of the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
    /// One channel, the brightness of a picture.
    Grey,
}

/// Where a letterboxed picture lies on its canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// In the middle; an odd rest leaves the wider margin at the right and the bottom.
    Center,
    /// In the top left corner.
    TopLeft,
}

/// How the side that does not fill the canvas of a letterbox becomes an integer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Its fraction is dropped, as Darknet and YOLOX do.
    #[default]
    Truncate,
    /// It is rounded, halves to even, as Ultralytics does.
    Round,
}

impl Sides {
    /// The quotient of two numbers as an integer.
    pub(super) fn of(self, whole: u128, by: u128) -> u128 {
        let (quotient, rest) = (whole / by, whole % by);
        let up = match self {
            Self::Truncate => false,
            Self::Round => 2 * rest > by || (2 * rest == by && quotient % 2 == 1),
        };
        quotient + u128::from(up)
    }
}

/// How a picture is brought to the input size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// Both sides stretched to the input size.
    Plain,
    /// Aspect kept, the rest of the canvas filled.
    Letterbox {
        /// The 8-bit value of the canvas.
        pad: u8,
        /// Where the picture lies.
        position: Position,
        /// How its other side becomes an integer.
        sides: Sides,
    },
}

/// The input rule of one detector.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Detector {
    /// Input width in pixels.
    pub width: usize,
    /// Input height in pixels.
    pub height: usize,
    /// How a picture is brought to that size.
    pub resize: Resize,
    /// The channels of the network's input. A network of one channel takes grey pictures, whatever
    /// the order; only [`ChannelOrder::Grey`] takes pictures in colour, too.
    pub channels: ChannelOrder,
    /// Factor of the 8-bit value, after the mean is taken off.
    pub scale: f64,
    /// 8-bit mean of each channel, in the order of the network's channels; zeros if not given.
    pub mean: [f64; 3],
}

/// The file as written; [`Detector`] is what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    width: usize,
    height: usize,
    resize: RawResize,
    pad: Option<u8>,
    position: Option<Position>,
    sides: Option<Sides>,
    channels: ChannelOrder,
    scale: f64,
    mean: Option<RawMean>,
    /// Hashes of networks: by these a built-in description is found, elsewhere they only tell.
    #[serde(rename = "sha256")]
    _sha256: Option<Vec<String>>,
    /// What the network's outputs mean: read and judged by `detect::Decoder`.
    #[serde(rename = "detect")]
    _detect: Option<IgnoredAny>,
    /// The same of a classifier: read by `detect::Classifier`.
    #[serde(rename = "classify")]
    _classify: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawResize {
    Plain,
    Letterbox,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "mean must be a number, or a list of three, such as [123.7, 116.8, 103.9]"
)]
enum RawMean {
    All(f64),
    One([f64; 1]),
    Each([f64; 3]),
}

/// Longest side that a description may ask for: far above any detector, and its canvas still fits
/// memory.
const LONGEST_SIDE: usize = 16_384;

impl TryFrom<Raw> for Detector {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Detector, String> {
        for (name, side) in [("width", raw.width), ("height", raw.height)] {
            if side == 0 || side > LONGEST_SIDE {
                return Err(format!("{name} is {side}; give a value from 1 to {LONGEST_SIDE}"));
            }
        }
        let resize = match (raw.resize, raw.pad, raw.position, raw.sides) {
            (RawResize::Plain, None, None, None) => Resize::Plain,
            (RawResize::Plain, ..) => {
                return Err("a plain resize has no pad, position and sides; remove them".into());
            }
            (RawResize::Letterbox, Some(pad), Some(position), sides) => {
                Resize::Letterbox { pad, position, sides: sides.unwrap_or_default() }
            }
            (RawResize::Letterbox, ..) => {
                return Err(
                    "a letterbox needs pad (0 to 255) and position (\"center\" or \"top_left\")"
                        .into(),
                );
            }
        };
        let mean = match raw.mean {
            None => [0.0; 3],
            Some(RawMean::All(mean) | RawMean::One([mean])) => [mean; 3],
            Some(RawMean::Each(mean)) => mean,
        };
        if !raw.scale.is_finite() || raw.scale == 0.0 || mean.iter().any(|m| !m.is_finite()) {
            return Err("scale must be a finite number other than 0, and every mean finite".into());
        }
        let Raw { width, height, channels, scale, .. } = raw;
        Ok(Detector { width, height, resize, channels, scale, mean })
    }
}

impl Detector {
    /// Reads a `*.detector.toml` file.
    pub fn load(path: &Path) -> Result<Detector, Error> {
        Detector::parse(&Detector::text(path)?, path)
    }

    /// The text of a `*.detector.toml` file.
    pub(crate) fn text(path: &Path) -> Result<String, Error> {
        crate::files::text(path).map_err(|source| Error::Io { path: path.into(), source })
    }

    /// The input rule in the text of a description; `path` is for messages.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Detector, Error> {
        toml::from_str(text).map_err(|e| Error::Detector {
            path: path.into(),
            reason: plain(e.to_string().trim_end()),
        })
    }

    /// The picture at the input size, still 8-bit RGB.
    pub fn fit(&self, pixels: &Pixels) -> Pixels {
        match self.resize {
            Resize::Plain => pixels.resize(self.width, self.height),
            Resize::Letterbox { pad, position, sides } => {
                pixels.letterbox(self.width, self.height, pad, position, sides)
            }
        }
    }

    /// Corners `[x1, y1, x2, y2]` in pixels of the network's input, brought back to pixels of the
    /// picture of size `image` (width, height) that [`Detector::fit`] made the input from. Corners
    /// outside of the picture stay outside.
    pub fn to_image(&self, corners: [f64; 4], image: (usize, usize)) -> [f64; 4] {
        let place = match self.resize {
            Resize::Plain => Letterbox { width: self.width, height: self.height, left: 0, top: 0 },
            Resize::Letterbox { position, sides, .. } => {
                Letterbox::fit(image, (self.width, self.height), position, sides)
            }
        };
        let x = |x: f64| (x - place.left as f64) * image.0 as f64 / place.width as f64;
        let y = |y: f64| (y - place.top as f64) * image.1 as f64 / place.height as f64;
        let [x1, y1, x2, y2] = corners;
        [x(x1), y(y1), x(x2), y(y2)]
    }

    /// Whether a picture can become an input of so many channels.
    pub(super) fn check_channels(&self, channels: usize) -> Result<(), Error> {
        let same_mean = self.mean.iter().all(|mean| *mean == self.mean[0]);
        let remedy = match (self.channels, channels) {
            (ChannelOrder::Rgb | ChannelOrder::Bgr, 3) => return Ok(()),
            (_, 1) if same_mean => return Ok(()),
            (_, 1) => "give one number for `mean` in the detector description",
            (ChannelOrder::Grey, 3) => {
                "write channels = \"rgb\" or \"bgr\" in the detector description"
            }
            _ => "give a .npy array of float32 values",
        };
        Err(Error::Channels { channels, remedy: remedy.into() })
    }

    /// The picture as the channels ask for it: for one channel, grey. A picture in colour is turned
    /// grey only where the description says so.
    pub(super) fn prepared(
        &self,
        pixels: Pixels,
        channels: usize,
        path: &Path,
    ) -> Result<Pixels, Error> {
        self.check_channels(channels)?;
        match (channels, self.channels) {
            (1, ChannelOrder::Grey) => Ok(pixels.grey()),
            (1, _) if !pixels.is_grey() => Err(Error::Colour { path: path.into() }),
            _ => Ok(pixels),
        }
    }

    /// The network input `[3, height, width]` of a picture that has the input size already, or
    /// `[1, height, width]` for a grey input: channels ordered, mean taken off, scaled.
    pub fn tensor(&self, pixels: &Pixels) -> Vec<f32> {
        let channels = if self.channels == ChannelOrder::Grey { 1 } else { 3 };
        self.channels_of(pixels, channels)
    }

    /// The first `channels` of a picture. All of a grey one are the same.
    pub(super) fn channels_of(&self, pixels: &Pixels, channels: usize) -> Vec<f32> {
        let order = match self.channels {
            ChannelOrder::Rgb | ChannelOrder::Grey => [0, 1, 2],
            ChannelOrder::Bgr => [2, 1, 0],
        };
        let mut tensor = Vec::with_capacity(pixels.data().len() / 3 * channels);
        for (mean, source) in self.mean.into_iter().zip(order).take(channels) {
            let values = pixels.data().iter().skip(source).step_by(3);
            // In f64, so that a scale of 1/255 gives the f32 nearest to value / 255.
            tensor.extend(values.map(|&value| ((f64::from(value) - mean) * self.scale) as f32));
        }
        tensor
    }
}
