//! `yolov8`: YOLOv8 and v11 (Ultralytics, `nn/modules/head.py`). A box a cell and no object score:
//! each class has a sigmoid of its own. The four sides are distances from the middle of the cell,
//! each the mean of a distribution over `reg_max` bins (Li et al. 2020, "Generalized Focal Loss").
//!
//! Without `stride` the network has drawn the boxes itself: `[4 + classes, cells]` of centre and
//! size in pixels of the input, and classes behind their sigmoid.

use super::cells::{
    Cells, Order, Site, doubt, doubted, expected, order, planes, rows_of_any, sites,
};
use super::keys::{self, Strides};
use super::{Centred, Found, Frame, Misfit, OutputKey, Rule, near, probability, softmax};
use crate::ann::Shape;
use crate::detect::Output;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// A head of YOLOv8 or v11.
#[derive(Debug, Clone, PartialEq)]
pub struct Yolov8 {
    /// The output it reads.
    pub output: OutputKey,
    /// How boxes are drawn; `None` where the network did it.
    pub raw: Option<Distances>,
    /// Whether classes are behind their sigmoid already.
    pub activated: bool,
}

/// The rule of a head before boxes are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distances {
    /// Pixels of the input per cell, in the order in which their cells stand.
    pub strides: Vec<usize>,
    /// Bins of a distance; 16 if not given. 1: the distance itself.
    pub reg_max: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    output: OutputKey,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    stride: Option<Strides>,
    reg_max: Option<Bins>,
    activated: Option<bool>,
}

/// Bins of a distance.
struct Bins(usize);

/// Far above any network.
const MOST_BINS: usize = 1024;

impl<'de> Deserialize<'de> for Bins {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Bins, D::Error> {
        match usize::deserialize(source)? {
            bins @ 1..=MOST_BINS => Ok(Bins(bins)),
            bins => Err(D::Error::custom(format!(
                "reg_max is {bins}; give the bins of a distance, 1 to {MOST_BINS} (16 is usual)"
            ))),
        }
    }
}

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Yolov8, D::Error> {
    let Raw { output, stride, reg_max, activated, .. } = Raw::deserialize(table)?;
    let raw = match (stride, reg_max) {
        (Some(strides), bins) => {
            Some(Distances { strides: strides.0, reg_max: bins.map_or(16, |bins| bins.0) })
        }
        (None, None) => None,
        (None, Some(_)) => {
            return Err(D::Error::custom(
                "reg_max is for distances of cells, and then stride is needed; without both the \
                 output holds boxes in pixels",
            ));
        }
    };
    let activated = activated.unwrap_or(raw.is_none());
    Ok(Yolov8 { output, raw, activated })
}

impl Distances {
    /// The four sides: left, top, right, bottom. `at` gives the numbers of the cell.
    fn corners(&self, site: Site, at: impl Fn(usize) -> f64) -> Option<[f64; 4]> {
        let stride = site.stride as f64;
        let distance = |side: usize| match self.reg_max {
            1 => at(side),
            bins => softmax((0..bins).map(|bin| at(side * bins + bin)))
                .map(|(bin, share)| bin as f64 * share)
                .sum(),
        };
        let (x, y) = (site.column as f64 + 0.5, site.row as f64 + 0.5);
        let corners = [x - distance(0), y - distance(1), x + distance(2), y + distance(3)];
        near(corners.map(|corner| corner * stride))
    }
}

impl Yolov8 {
    /// Numbers of a cell.
    fn numbers(&self, frame: Frame) -> usize {
        4 * self.raw.as_ref().map_or(1, |raw| raw.reg_max) + frame.classes
    }

    fn order(&self, shape: Shape, frame: Frame) -> Option<Order> {
        let numbers = self.numbers(frame);
        match &self.raw {
            Some(raw) => order(shape, &raw.strides, numbers, false, frame),
            None => planes(shape, numbers).or(rows_of_any(shape, numbers)),
        }
    }
}

impl Rule for Yolov8 {
    fn outputs(&self) -> Vec<&OutputKey> {
        vec![&self.output]
    }

    fn contradiction(&self, head: usize, frame: Frame) -> Option<String> {
        let strides = self.raw.iter().flat_map(|raw| &raw.strides);
        strides.into_iter().find_map(|&stride| keys::undivided(stride, head, frame))
    }

    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit> {
        if shapes.iter().all(|&shape| self.order(shape, frame).is_some()) {
            return Ok(());
        }
        let (numbers, classes) = (self.numbers(frame), frame.classes);
        let (expected, rule) = match &self.raw {
            Some(raw) => {
                let Distances { strides, reg_max } = raw;
                let Frame { width, height, .. } = frame;
                let rule = format!(
                    "4 x {reg_max} bins + {classes} classes on {width}x{height} pixels at strides \
                     {strides:?}"
                );
                (expected(strides, numbers, false, frame), rule)
            }
            None => (
                format!("[{numbers}, boxes, 1]"),
                format!("each box with its centre, its size and {classes} classes"),
            ),
        };
        Err(Misfit { output: 0, expected, rule })
    }

    fn doubt(&self, shapes: &[Shape], frame: Frame) -> Option<String> {
        let numbers = self.numbers(frame);
        shapes.iter().find_map(|&shape| match &self.raw {
            Some(raw) => doubt(shape, &raw.strides, numbers, false, frame),
            None => doubted(shape, numbers, planes(shape, numbers), rows_of_any(shape, numbers)),
        })
    }

    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found) {
        let [output] = outputs else { return };
        let Some(order) = self.order(output.shape, frame) else { return };
        let numbers = self.numbers(frame);
        let cells = Cells { values: output.values, numbers, order };
        let first = numbers - frame.classes;
        let mut add = |cell: usize, corners: &dyn Fn() -> Option<[f64; 4]>| {
            let score = |class| probability(cells.at(cell, first + class), self.activated);
            found.add((0..frame.classes).map(|class| (class, score(class))), corners);
        };
        match &self.raw {
            Some(raw) => {
                for (cell, site) in sites(&raw.strides, frame).enumerate() {
                    add(cell, &|| raw.corners(site, |number| cells.at(cell, number)));
                }
            }
            None => {
                for cell in 0..cells.len() {
                    let [x, y, width, height] = [0, 1, 2, 3].map(|number| cells.at(cell, number));
                    add(cell, &|| Centred { x, y, width, height }.corners());
                }
            }
        }
    }
}
