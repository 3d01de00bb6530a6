//! `yolov5`: YOLOv5 (Ultralytics, `models/yolo.py`), YOLOv7 (Wang et al. 2022) and `new_coords` of
//! Darknet. `centre = (2 sigmoid(xy) - 0.5 + cell) stride`, `size = (2 sigmoid(wh))^2 anchor`,
//! `score = object x class`, each behind its sigmoid.
//!
//! Without `stride` and `anchors` the network has drawn the boxes itself: `[cells, 5 + classes]` of
//! centre and size in pixels of the input, object and classes.

use super::cells::{Cells, Order, doubted, grid, planes, rows, rows_of_any};
use super::keys::{self, Anchors, ScaleXY, Stride};
use super::{Centred, Found, Frame, Misfit, OutputKey, Rule, probability};
use crate::ann::Shape;
use crate::detect::Output;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// A head of YOLOv5 or v7.
#[derive(Debug, Clone, PartialEq)]
pub struct Yolov5 {
    /// The output it reads.
    pub output: OutputKey,
    /// How boxes are drawn; `None` where the network did it.
    pub raw: Option<RawBoxes>,
}

/// The rule of a head before boxes are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct RawBoxes {
    /// Pixels of the input per cell.
    pub stride: usize,
    /// Width and height of each anchor in pixels of the input.
    pub anchors: Vec<[f64; 2]>,
    /// Stretch of the centre about the middle of the cell; 2 if not given.
    pub scale_x_y: f64,
    /// Whether all numbers are behind their sigmoid already.
    pub activated: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    output: OutputKey,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    stride: Option<Stride>,
    anchors: Option<Anchors>,
    scale_x_y: Option<ScaleXY>,
    activated: Option<bool>,
}

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Yolov5, D::Error> {
    let Raw { output, stride, anchors, scale_x_y, activated, .. } = Raw::deserialize(table)?;
    let raw = match (stride, anchors, scale_x_y, activated) {
        (Some(stride), Some(anchors), scale, activated) => Some(RawBoxes {
            stride: stride.0,
            anchors: anchors.0,
            scale_x_y: scale.map_or(2.0, |scale| scale.0),
            activated: activated.unwrap_or(false),
        }),
        (None, None, None, None | Some(true)) => None,
        _ => {
            return Err(D::Error::custom(
                "kind yolov5 has stride and anchors, and then scale_x_y and activated may follow; \
                 without both the output holds boxes in pixels and scores behind the sigmoid",
            ));
        }
    };
    Ok(Yolov5 { output, raw })
}

impl RawBoxes {
    /// The order of a tensor of this head: the anchors' planes, or the cells of an anchor one
    /// behind the other, anchor by anchor.
    fn order(&self, shape: Shape, numbers: usize, frame: Frame) -> Option<Order> {
        let (width, height) = grid(self.stride, frame);
        if shape == Shape::new(self.anchors.len() * numbers, height, width) {
            return Some(Order::Planes { plane: width * height });
        }
        self.rows(shape, numbers, frame)
    }

    fn rows(&self, shape: Shape, numbers: usize, frame: Frame) -> Option<Order> {
        let (width, height) = grid(self.stride, frame);
        rows(shape, numbers, &[self.anchors.len(), height, width])
    }

    fn corners(&self, t: [f64; 4], cell: usize, frame: Frame) -> Option<[f64; 4]> {
        let (columns, rows) = grid(self.stride, frame);
        let [anchor_w, anchor_h] = self.anchors.get(cell / (columns * rows)).copied()?;
        let [x, y, w, h] = t.map(|t| probability(t, self.activated));
        let s = self.scale_x_y;
        let stride = self.stride as f64;
        let centre = |x: f64, cell: usize| (x * s - (s - 1.0) / 2.0 + cell as f64) * stride;
        let side = |share: f64, anchor: f64| (2.0 * share).powi(2) * anchor;
        let (x, y) = (centre(x, cell % columns), centre(y, cell / columns % rows));
        Centred { x, y, width: side(w, anchor_w), height: side(h, anchor_h) }.corners()
    }
}

/// The order of boxes in pixels, of any number.
fn drawn(shape: Shape, numbers: usize) -> Option<Order> {
    rows_of_any(shape, numbers).or(planes(shape, numbers))
}

impl Rule for Yolov5 {
    fn outputs(&self) -> Vec<&OutputKey> {
        vec![&self.output]
    }

    fn contradiction(&self, head: usize, frame: Frame) -> Option<String> {
        self.raw.as_ref().and_then(|raw| keys::undivided(raw.stride, head, frame))
    }

    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit> {
        let classes = frame.classes;
        let numbers = 5 + classes;
        let fits = |&shape: &Shape| match &self.raw {
            Some(raw) => raw.order(shape, numbers, frame).is_some(),
            None => drawn(shape, numbers).is_some(),
        };
        if shapes.iter().all(fits) {
            return Ok(());
        }
        let (expected, rule) = match &self.raw {
            Some(raw) => {
                let (columns, rows) = grid(raw.stride, frame);
                let (anchors, stride) = (raw.anchors.len(), raw.stride);
                let grid = [anchors * numbers, rows, columns];
                let cells = [anchors * columns * rows, numbers, 1];
                let Frame { width, height, .. } = frame;
                let rule = format!(
                    "{anchors} anchors x (5 + {classes} classes) on {width}x{height} pixels / \
                     stride {stride}"
                );
                (format!("{grid:?} or {cells:?}"), rule)
            }
            None => (
                format!("[boxes, {numbers}, 1]"),
                format!("each box with its centre, its size, an object and {classes} classes"),
            ),
        };
        Err(Misfit { output: 0, expected, rule })
    }

    /// In the order anchor, row, column, class.
    fn doubt(&self, shapes: &[Shape], frame: Frame) -> Option<String> {
        let numbers = 5 + frame.classes;
        let orders = |shape| match &self.raw {
            Some(raw) => (raw.order(shape, numbers, frame), raw.rows(shape, numbers, frame)),
            None => (rows_of_any(shape, numbers), planes(shape, numbers)),
        };
        shapes.iter().find_map(|&shape| {
            let (taken, other) = orders(shape);
            doubted(shape, numbers, taken, other)
        })
    }

    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found) {
        let [output] = outputs else { return };
        let numbers = 5 + frame.classes;
        let order = match &self.raw {
            Some(raw) => raw.order(output.shape, numbers, frame),
            None => drawn(output.shape, numbers),
        };
        let Some(order) = order else { return };
        let activated = self.raw.as_ref().is_none_or(|raw| raw.activated);
        let cells = Cells { values: output.values, numbers, order };
        for cell in 0..cells.len() {
            let at = |number| cells.at(cell, number);
            let object = probability(at(4), activated);
            // No class exceeds 1, so nothing is lost here.
            if !found.counts(object) {
                continue;
            }
            let score = |class| object * probability(at(5 + class), activated);
            let corners = || {
                let [x, y, width, height] = [at(0), at(1), at(2), at(3)];
                match &self.raw {
                    Some(raw) => raw.corners([x, y, width, height], cell, frame),
                    None => Centred { x, y, width, height }.corners(),
                }
            };
            found.add((0..frame.classes).map(|class| (class, score(class))), corners);
        }
    }
}
