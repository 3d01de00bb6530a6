//! Kinds of heads: which keys describe one, which outputs it reads, and what boxes they hold.
//!
//! A kind is a file and a line of [`kinds!`]. It knows its keys, the shapes that its outputs may
//! have and the rule from numbers to corners in pixels of the input; what is the same for all
//! (clipping, suppression) stands in `decode`.

mod anchored;
mod cells;
mod keys;
mod priors;
mod region;
mod ssd;
mod yolo;
mod yolov5;
mod yolov8;
mod yolox;

use super::error::Error;
use super::{Detection, Output, Rect};
use crate::ann::Shape;
use crate::encode;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use std::fmt;
use toml::Spanned;
use toml::de::DeValue;

pub use anchored::{Anchored, Scores};
pub use ssd::{ClassRule, Ssd};
pub use yolov5::Yolov5;
pub use yolov8::Yolov8;
pub use yolox::Yolox;

/// Which output of the network a head reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "output must be an index (from 0) or a name")]
pub enum OutputKey {
    /// Position among the network's outputs, from 0.
    Index(usize),
    /// Name of the output.
    Name(String),
}

impl fmt::Display for OutputKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputKey::Index(index) => write!(f, "{index}"),
            OutputKey::Name(name) => write!(f, "`{name}`"),
        }
    }
}

/// What a head needs to know of the rest of the description.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Size of the input in pixels.
    pub width: usize,
    pub height: usize,
    /// Number of classes.
    pub classes: usize,
}

/// An output of another shape than its head's description asks for.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Which of the outputs of the head.
    pub output: usize,
    /// The shapes that would do.
    pub expected: String,
    /// How they come about.
    pub rule: String,
}

/// What a kind of heads is.
pub(super) trait Rule {
    /// The outputs it reads.
    fn outputs(&self) -> Vec<&OutputKey>;

    /// What does not fit the rest of the description; `head` is its position in it.
    fn contradiction(&self, head: usize, frame: Frame) -> Option<String>;

    /// Whether its outputs may have these shapes.
    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit>;

    /// What else outputs of these shapes, which fit, may be.
    fn doubt(&self, _shapes: &[Shape], _frame: Frame) -> Option<String> {
        None
    }

    /// Adds its boxes. The outputs have shapes that fit, and as many values.
    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found);
}

/// Makes [`Head`] and [`HeadKind`] from a table: name of the kind, variant, and what describes it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal = $variant:ident($described:ty), $read:path;)*) => {
        /// How the numbers of a head become boxes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub enum HeadKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        /// One `[[detect.head]]`: what it reads, and how.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Head {
            $($(#[$doc])* $variant($described),)*
        }

        impl Head {
            /// Its kind.
            pub fn kind(&self) -> HeadKind {
                match self {
                    $(Head::$variant(_) => HeadKind::$variant,)*
                }
            }

            pub(super) fn rule(&self) -> &dyn Rule {
                match self {
                    $(Head::$variant(rule) => rule,)*
                }
            }

            fn of_kind(kind: HeadKind, table: Spanned<DeValue>) -> Result<Head, toml::de::Error> {
                let table = table.into_deserializer();
                Ok(match kind {
                    $(HeadKind::$variant => Head::$variant($read(table)?),)*
                })
            }
        }
    };
}

kinds! {
    /// YOLO v2 (Redmon and Farhadi 2017, "Direct location prediction"): anchors in cells.
    "region" = Region(Anchored), region::read;
    /// YOLO v3 (Redmon and Farhadi 2018, section 2.1), v4 with `scale_x_y`: anchors in pixels.
    "yolo" = Yolo(Anchored), yolo::read;
    /// YOLOv5 (Ultralytics), YOLOv7 (Wang et al. 2022), `new_coords` of Darknet.
    "yolov5" = Yolov5(Yolov5), yolov5::read;
    /// YOLOv8 and v11 (Ultralytics): no object score, sides as distributions.
    "yolov8" = Yolov8(Yolov8), yolov8::read;
    /// YOLOX (Ge et al. 2021): no anchors.
    "yolox" = Yolox(Yolox), yolox::read;
    /// SSD (Liu et al. 2016): priors, locations and scores apart.
    "ssd" = Ssd(Ssd), ssd::read;
}

impl Head {
    /// Reads a `[[detect.head]]`. Its `kind` says which keys it has.
    pub(super) fn read(table: Spanned<DeValue>) -> Result<Head, toml::de::Error> {
        #[derive(Deserialize)]
        struct Kind {
            kind: HeadKind,
        }
        let Kind { kind } = Kind::deserialize(table.clone().into_deserializer())?;
        Head::of_kind(kind, table)
    }

    /// The grid of anchors of the kinds `region` and `yolo`.
    pub fn anchored(&self) -> Option<&Anchored> {
        match self {
            Head::Region(head) | Head::Yolo(head) => Some(head),
            _ => None,
        }
    }
}

impl Misfit {
    /// As an error that names the head and the output.
    pub(super) fn error(self, head: usize, name: &str, shape: Shape) -> Error {
        let Misfit { expected, rule, .. } = self;
        let found = [shape.channels, shape.height, shape.width];
        Error::HeadShape { head, name: name.into(), found, expected, rule }
    }
}

/// Boxes of one picture, as heads find them.
pub(super) struct Found<'a> {
    pub input: &'a encode::Detector,
    /// Width and height of the picture.
    pub image: (usize, usize),
    /// Boxes of this score or less are dropped.
    pub score: f64,
    pub detections: Vec<Detection>,
}

impl Found<'_> {
    /// Whether a score is high enough; not so where it is no number.
    pub fn counts(&self, score: f64) -> bool {
        score > self.score
    }

    /// Adds a box for every class whose score is high enough, where the corners (in pixels of the
    /// input) enclose a part of the picture. They are asked for once, and only if one is.
    pub fn add(
        &mut self,
        scores: impl Iterator<Item = (usize, f64)>,
        corners: impl FnOnce() -> Option<[f64; 4]>,
    ) {
        let least = self.score;
        let mut scores = scores.filter(|&(_, score)| score > least).peekable();
        if scores.peek().is_none() {
            return;
        }
        let Some(corners) = corners() else { return };
        let rect = Rect::new(self.input.to_image(corners, self.image)).clip(self.image);
        if rect.has_area() {
            let detection = |(class, score)| Detection { class, score, rect };
            self.detections.extend(scores.map(detection));
        }
    }
}

/// A box by its centre and its sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Centred {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Corners farther out than this, in pixels of the input, are no box: an input has 16384 at most.
const FARTHEST: f64 = 1e6;

impl Centred {
    /// Its corners; none where they are no numbers or far from any picture.
    pub fn corners(self) -> Option<[f64; 4]> {
        let (w, h) = (self.width / 2.0, self.height / 2.0);
        near([self.x - w, self.y - h, self.x + w, self.y + h])
    }
}

/// These corners, where all are near a picture; not so what is no number.
pub(super) fn near(corners: [f64; 4]) -> Option<[f64; 4]> {
    corners.iter().all(|corner| corner.abs() <= FARTHEST).then_some(corners)
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A score out of what the network says: behind its sigmoid, or `activated` already. Spikes may
/// bring the latter a little above 1, which counts as 1; above 2 it is no score.
pub(super) fn probability(x: f64, activated: bool) -> f64 {
    match activated {
        false => sigmoid(x),
        true if x <= 2.0 => x.min(1.0),
        true => 0.0,
    }
}

/// Index and share, the largest subtracted first so that nothing overflows.
pub(super) fn softmax(
    values: impl Iterator<Item = f64> + Clone,
) -> impl Iterator<Item = (usize, f64)> {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = values.clone().map(|v| (v - largest).exp()).sum();
    values.map(move |v| (v - largest).exp() / total).enumerate()
}
