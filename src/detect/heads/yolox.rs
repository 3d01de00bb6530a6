//! `yolox`: YOLOX (Ge et al. 2021, "Exceeding YOLO Series in 2021", section 2.1). A box a cell:
//! `centre = (xy + cell) stride`, `size = exp(wh) stride`, `score = object x class`.
//!
//! An exporter joins the three strides to `[cells, 5 + classes]`, with object and classes behind
//! their sigmoid; a stride alone is a grid `[5 + classes, height, width]`.

use super::cells::{Cells, count, doubt, order, sites};
use super::keys::{self, Strides};
use super::{Centred, Found, Frame, Misfit, OutputKey, Rule, probability};
use crate::ann::Shape;
use crate::detect::Output;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// A head of YOLOX.
#[derive(Debug, Clone, PartialEq)]
pub struct Yolox {
    /// The output it reads.
    pub output: OutputKey,
    /// Pixels of the input per cell, in the order in which their cells stand.
    pub strides: Vec<usize>,
    /// Whether object and classes are behind their sigmoid already.
    pub activated: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    output: OutputKey,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    stride: Strides,
    activated: Option<bool>,
}

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Yolox, D::Error> {
    let Raw { output, stride, activated, .. } = Raw::deserialize(table)?;
    Ok(Yolox { output, strides: stride.0, activated: activated.unwrap_or(true) })
}

impl Rule for Yolox {
    fn outputs(&self) -> Vec<&OutputKey> {
        vec![&self.output]
    }

    fn contradiction(&self, head: usize, frame: Frame) -> Option<String> {
        self.strides.iter().find_map(|&stride| keys::undivided(stride, head, frame))
    }

    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit> {
        let numbers = 5 + frame.classes;
        let fits = |&shape: &Shape| order(shape, &self.strides, numbers, true, frame).is_some();
        if shapes.iter().all(fits) {
            return Ok(());
        }
        let (cells, classes) = (count(&self.strides, frame), frame.classes);
        let Frame { width, height, .. } = frame;
        let strides = &self.strides;
        Err(Misfit {
            output: 0,
            expected: super::cells::expected(strides, numbers, true, frame),
            rule: format!(
                "{cells} cells of {width}x{height} pixels at strides {strides:?}, each with \
                 5 + {classes} classes"
            ),
        })
    }

    fn doubt(&self, shapes: &[Shape], frame: Frame) -> Option<String> {
        let numbers = 5 + frame.classes;
        shapes.iter().find_map(|&shape| doubt(shape, &self.strides, numbers, true, frame))
    }

    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found) {
        let [output] = outputs else { return };
        let numbers = 5 + frame.classes;
        let Some(order) = order(output.shape, &self.strides, numbers, true, frame) else { return };
        let cells = Cells { values: output.values, numbers, order };
        for (cell, site) in sites(&self.strides, frame).enumerate() {
            let at = |number| cells.at(cell, number);
            let object = probability(at(4), self.activated);
            // No class exceeds 1, so nothing is lost here.
            if !found.counts(object) {
                continue;
            }
            let score = |class| object * probability(at(5 + class), self.activated);
            let stride = site.stride as f64;
            let corners = || {
                let centre = |t: f64, cell: usize| (t + cell as f64) * stride;
                let (x, y) = (centre(at(0), site.column), centre(at(1), site.row));
                let (width, height) = (at(2).exp() * stride, at(3).exp() * stride);
                Centred { x, y, width, height }.corners()
            };
            found.add((0..frame.classes).map(|class| (class, score(class))), corners);
        }
    }
}
