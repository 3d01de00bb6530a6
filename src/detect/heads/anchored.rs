//! What YOLO v2 and v3 share: anchors on a grid `[anchors x (5 + classes), height, width]`.

use super::keys::{self, Anchors, ScaleXY, Stride};
use super::{Found, Frame, Misfit, OutputKey, Rule, sigmoid, softmax};
use crate::ann::Shape;
use crate::detect::Output;
use serde::Deserialize;
use serde::de::IgnoredAny;

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

/// One head: channels are anchor-major, each anchor `x, y, w, h, object` and then the classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchored {
    /// The output it reads.
    pub output: OutputKey,
    /// Rule of the scores; if not given, that of the paper of the kind.
    pub scores: Scores,
    /// Pixels of the input per cell.
    pub stride: usize,
    /// Width and height of each anchor; cells for `region`, pixels of the input for `yolo`.
    pub anchors: Vec<[f64; 2]>,
    /// Stretch of the centre's sigmoid about the middle of the cell (Bochkovskiy et al. 2020, "grid
    /// sensitivity"); 1 if not given.
    pub scale_x_y: f64,
    /// Pixels of the input that anchors are measured in: a cell, or 1.
    pub(super) unit: f64,
}

/// The table as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    output: OutputKey,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    scores: Option<Scores>,
    stride: Stride,
    anchors: Anchors,
    scale_x_y: Option<ScaleXY>,
}

impl Raw {
    pub(super) fn with(self, usual: Scores, unit: impl Fn(usize) -> f64) -> Anchored {
        let stride = self.stride.0;
        Anchored {
            output: self.output,
            scores: self.scores.unwrap_or(usual),
            stride,
            anchors: self.anchors.0,
            scale_x_y: self.scale_x_y.map_or(1.0, |scale| scale.0),
            unit: unit(stride),
        }
    }
}

impl Rule for Anchored {
    fn outputs(&self) -> Vec<&OutputKey> {
        vec![&self.output]
    }

    fn contradiction(&self, head: usize, frame: Frame) -> Option<String> {
        let several = self.scores == Scores::Object && frame.classes != 1;
        keys::undivided(self.stride, head, frame).or_else(|| {
            several.then(|| {
                let classes = frame.classes;
                format!(
                    "head {head} has scores = \"object\", which is for one class, not {classes}"
                )
            })
        })
    }

    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit> {
        let (anchors, classes, stride) = (self.anchors.len(), frame.classes, self.stride);
        let channels = anchors * (5 + self.class_channels(classes));
        let expected = Shape::new(channels, frame.height / stride, frame.width / stride);
        if shapes == [expected] {
            return Ok(());
        }
        let per_anchor = match self.scores {
            Scores::Object => "5".to_string(),
            _ => format!("(5 + {classes} classes)"),
        };
        let (width, height) = (frame.width, frame.height);
        let rule = format!(
            "{anchors} anchors x {per_anchor} channels on {width}x{height} pixels / stride {stride}"
        );
        let expected = format!("{:?}", [expected.channels, expected.height, expected.width]);
        Err(Misfit { output: 0, expected, rule })
    }

    /// In the order anchor, row, column, class.
    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found) {
        let [output] = outputs else { return };
        let Shape { height, width, .. } = output.shape;
        let plane = height * width;
        let channels = self.class_channels(frame.classes);
        for (a, &anchor) in self.anchors.iter().enumerate() {
            let numbers = &output.values[a * (5 + channels) * plane..];
            for cell in 0..plane {
                let at = |channel: usize| f64::from(numbers[channel * plane + cell]);
                let object = sigmoid(at(4));
                // No class factor exceeds 1, so nothing is lost here.
                if !found.counts(object) {
                    continue;
                }
                let corners = || {
                    let numbers = [at(0), at(1), at(2), at(3)];
                    Some(self.corners(numbers, anchor, (cell % width, cell / width)))
                };
                let classes = (0..channels).map(|c| at(5 + c));
                match self.scores {
                    Scores::Object => found.add([(0, object)].into_iter(), corners),
                    Scores::Sigmoid => {
                        let scores = classes.map(|class| object * sigmoid(class));
                        found.add(scores.enumerate(), corners);
                    }
                    Scores::Softmax => {
                        let scores = softmax(classes).map(|(c, share)| (c, object * share));
                        found.add(scores, corners);
                    }
                }
            }
        }
    }
}

impl Anchored {
    /// Channels of an anchor after the first five.
    fn class_channels(&self, classes: usize) -> usize {
        if self.scores == Scores::Object { 0 } else { classes }
    }

    /// Corners in pixels of the input. `centre = (sigmoid(t) s - (s - 1) / 2 + cell) stride`,
    /// `size = anchor exp(t)`.
    fn corners(&self, t: [f64; 4], anchor: [f64; 2], cell: (usize, usize)) -> [f64; 4] {
        let stride = self.stride as f64;
        let s = self.scale_x_y;
        let centre =
            |t: f64, cell: usize| (sigmoid(t) * s - (s - 1.0) / 2.0 + cell as f64) * stride;
        let half = |t: f64, side: f64| t.exp() * side * self.unit / 2.0;
        let (x, y) = (centre(t[0], cell.0), centre(t[1], cell.1));
        let (w, h) = (half(t[2], anchor[0]), half(t[3], anchor[1]));
        [x - w, y - h, x + w, y + h]
    }
}
