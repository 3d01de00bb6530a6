//! What the outputs of a detector mean, read from the `[detect]` table of `*.detector.toml`.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::checked;
use super::error::Error;
use crate::ann::{Graph, Shape};
use crate::encode;
use crate::plain::plain;

/// How the numbers of a cell become a box. `t` are the head's numbers, `c` the cell's column and
/// row, `W` the cells along an axis, `s` = `scale_x_y`; sizes and centres in 0..1 of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadKind {
    /// YOLO v2 (Redmon and Farhadi 2017, "Direct location prediction"): anchors in cells.
    Region,
    /// YOLO v3 (Redmon and Farhadi 2018, section 2.1), v4 with `scale_x_y`: anchors in pixels.
    Yolo,
}

/// How the numbers of a cell become the scores of the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// `sigmoid(object) * softmax(classes)`, the rule of v2.
    Softmax,
    /// `sigmoid(object) * sigmoid(class)`, the rule of v3 and v4.
    Sigmoid,
    /// `sigmoid(object)`: one class, without a channel of its own.
    Object,
}

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

/// One head: channels are anchor-major, each anchor `x, y, w, h, object` and then the classes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "RawHead")]
pub struct Head {
    /// The output it reads.
    pub output: OutputKey,
    /// Rule of the boxes.
    pub kind: HeadKind,
    /// Rule of the scores; if not given, that of the paper of `kind`.
    pub scores: Scores,
    /// Pixels of the input per cell.
    pub stride: usize,
    /// Width and height of each anchor; cells for `region`, pixels of the input for `yolo`.
    pub anchors: Vec<[f64; 2]>,
    /// Stretch of the centre's sigmoid about the middle of the cell (Bochkovskiy et al. 2020, "grid
    /// sensitivity"); 1 if not given.
    pub scale_x_y: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHead {
    output: OutputKey,
    kind: HeadKind,
    scores: Option<Scores>,
    #[serde(deserialize_with = "checked::stride")]
    stride: usize,
    #[serde(deserialize_with = "checked::anchors")]
    anchors: Vec<[f64; 2]>,
    #[serde(default = "one", deserialize_with = "checked::scale_x_y")]
    scale_x_y: f64,
}

fn one() -> f64 {
    1.0
}

impl From<RawHead> for Head {
    fn from(raw: RawHead) -> Head {
        let scores = raw.scores.unwrap_or(match raw.kind {
            HeadKind::Region => Scores::Softmax,
            HeadKind::Yolo => Scores::Sigmoid,
        });
        let RawHead { output, kind, stride, anchors, scale_x_y, .. } = raw;
        Head { output, kind, scores, stride, anchors, scale_x_y }
    }
}

/// A detector from picture to boxes: the input rule and the meaning of the outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoder {
    /// How a picture becomes the input; its geometry also leads back.
    pub input: encode::Detector,
    /// Class names, in the order of the network.
    pub classes: Vec<String>,
    /// Boxes with this score or less are dropped.
    pub score: f64,
    /// Boxes that overlap a better one of their class by more than this IoU are dropped.
    pub nms_iou: f64,
    /// The heads; boxes of all of them compete.
    pub heads: Vec<Head>,
}

/// The `[detect]` table as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(deserialize_with = "checked::classes")]
    classes: Vec<String>,
    #[serde(deserialize_with = "checked::fraction")]
    score: f64,
    #[serde(deserialize_with = "checked::fraction")]
    nms_iou: f64,
    #[serde(rename = "head")]
    heads: Vec<Head>,
}

/// What one head says against the rest of the description.
fn contradiction(input: &encode::Detector, table: &Table) -> Option<String> {
    let classes = table.classes.len();
    for (i, head) in table.heads.iter().enumerate() {
        let (stride, width, height) = (head.stride, input.width, input.height);
        if width % stride != 0 || height % stride != 0 {
            return Some(format!("stride {stride} of head {i} does not divide {width}x{height}"));
        }
        if head.scores == Scores::Object && classes != 1 {
            return Some(format!(
                "head {i} has scores = \"object\", which is for one class, not {classes}"
            ));
        }
        if table.heads[..i].iter().any(|other| other.output == head.output) {
            return Some(format!("two heads read output {}; give each its own", head.output));
        }
    }
    None
}

/// The part of the file that `encode` leaves to this module.
#[derive(Deserialize)]
struct File {
    detect: Option<Table>,
}

impl Decoder {
    /// The built-in description of the network with this file stem.
    pub fn for_network(stem: &str) -> Result<Decoder, Error> {
        Decoder::parse(encode::Detector::built_in_text(stem)?, Path::new(stem))
    }

    /// Reads a `*.detector.toml` file.
    pub fn load(path: &Path) -> Result<Decoder, Error> {
        Decoder::parse(&encode::Detector::text(path)?, path)
    }

    /// The description in `text`; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Decoder, Error> {
        // The input rule first: it refuses what no part of the file knows.
        let input = encode::Detector::parse(text, path)?;
        let invalid = |reason: String| Error::Description { path: path.into(), reason };
        let file: File =
            toml::from_str(text).map_err(|e| invalid(plain(e.to_string().trim_end())))?;
        let table = file.detect.ok_or_else(|| {
            invalid("it has no [detect] table; add one with classes, score, nms_iou and a [[detect.head]] per output".into())
        })?;
        if let Some(reason) = contradiction(&input, &table) {
            return Err(invalid(reason));
        }
        let Table { classes, score, nms_iou, heads } = table;
        Ok(Decoder { input, classes, score, nms_iou, heads })
    }

    /// Checks that the heads are there and have the shapes described, before anything is run.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let outputs: Vec<_> =
            graph.heads.iter().map(|h| (h.name.as_str(), graph.nodes[h.node].shape)).collect();
        self.locate(&outputs).map(|_| ())
    }

    /// Index of the output that each head reads.
    pub(super) fn locate(&self, outputs: &[(&str, Shape)]) -> Result<Vec<usize>, Error> {
        let mut found = Vec::with_capacity(self.heads.len());
        for (i, head) in self.heads.iter().enumerate() {
            let index = match &head.output {
                OutputKey::Index(index) => (*index < outputs.len()).then_some(*index),
                OutputKey::Name(name) => outputs.iter().position(|(known, _)| known == name),
            };
            let index = index.ok_or_else(|| {
                let names: Vec<_> =
                    outputs.iter().enumerate().map(|(i, (n, _))| format!("{i} = `{n}`")).collect();
                Error::UnknownOutput {
                    head: i,
                    output: head.output.to_string(),
                    known: names.join(", "),
                }
            })?;
            self.check_shape(i, outputs[index].0, outputs[index].1)?;
            found.push(index);
        }
        match (0..outputs.len()).find(|i| !found.contains(i)) {
            Some(unused) => Err(Error::UnusedOutput { name: outputs[unused].0.into() }),
            None => Ok(found),
        }
    }

    fn check_shape(&self, index: usize, name: &str, shape: Shape) -> Result<(), Error> {
        let head = &self.heads[index];
        let (anchors, classes) = (head.anchors.len(), self.classes.len());
        let channels = anchors * (5 + head.class_channels(classes));
        let expected = [channels, self.input.height / head.stride, self.input.width / head.stride];
        let found = [shape.channels, shape.height, shape.width];
        if found == expected {
            return Ok(());
        }
        let per_anchor = match head.scores {
            Scores::Object => "5".to_string(),
            _ => format!("(5 + {classes} classes)"),
        };
        let (width, height, stride) = (self.input.width, self.input.height, head.stride);
        let rule = format!(
            "{anchors} anchors x {per_anchor} channels on {width}x{height} pixels / stride {stride}"
        );
        Err(Error::HeadShape { head: index, name: name.into(), found, expected, rule })
    }
}

impl Head {
    /// Channels of an anchor after the first five.
    pub(super) fn class_channels(&self, classes: usize) -> usize {
        if self.scores == Scores::Object { 0 } else { classes }
    }
}
