//! `ssd`: SSD (Liu et al. 2016). Locations are told from priors: `centre = prior + variance loc
//! size of the prior`, `size = size of the prior x exp(variance loc)`. Scores are a softmax over
//! the classes and the background.
//!
//! Locations and scores are two outputs: `[priors, 4]` and `[priors, 1 + classes]`, or with a
//! channel for each number where one level of priors stands alone.

use super::cells::{Cells, Order, doubted, rows, rows_of_any};
use super::keys::Positive;
use super::priors::{Each, Keys, Listed, Priors, Ratios, Sizes};
use super::{Centred, Found, Frame, Misfit, OutputKey, Rule, probability, softmax};
use crate::ann::Shape;
use crate::detect::Output;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// How the numbers of a prior become the scores of the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassRule {
    /// Shares of all classes and the background.
    Softmax,
    /// Each class for itself.
    Sigmoid,
}

/// A head of SSD.
#[derive(Debug, Clone, PartialEq)]
pub struct Ssd {
    /// The outputs it reads: locations, then scores.
    pub outputs: [OutputKey; 2],
    /// Rule of the scores; softmax if not given.
    pub scores: ClassRule,
    /// Whether the scores are behind that already.
    pub activated: bool,
    /// Index of the background among the scores; 0 if not given.
    pub background: usize,
    /// Factors of the locations, of centre and size; 0.1 and 0.2 if not given.
    pub variance: [f64; 2],
    priors: Priors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    output: Pair,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    scores: Option<ClassRule>,
    activated: Option<bool>,
    background: Option<usize>,
    centre_variance: Option<Positive>,
    size_variance: Option<Positive>,
    priors: Option<Listed>,
    stride: Option<Each>,
    sizes: Option<Sizes>,
    aspect_ratios: Option<Ratios>,
    clip: Option<bool>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "output of kind ssd must be two: locations and scores, such as [0, 1] or \
                 [\"boxes\", \"scores\"]"
)]
enum Pair {
    Both([OutputKey; 2]),
}

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Ssd, D::Error> {
    let raw = Raw::deserialize(table)?;
    let Pair::Both(outputs) = raw.output;
    let Raw { priors, stride, sizes, aspect_ratios, clip, .. } = raw;
    let keys = Keys { priors, stride, sizes, aspect_ratios, clip };
    let variance = |given: Option<Positive>, usual: f64| given.map_or(usual, |given| given.0);
    Ok(Ssd {
        outputs,
        scores: raw.scores.unwrap_or(ClassRule::Softmax),
        activated: raw.activated.unwrap_or(false),
        background: raw.background.unwrap_or(0),
        variance: [variance(raw.centre_variance, 0.1), variance(raw.size_variance, 0.2)],
        priors: Priors::new(keys).map_err(D::Error::custom)?,
    })
}

impl Ssd {
    /// The orders that an output with so many numbers for each prior fits: planes of a grid, which
    /// is for one level only; and one prior behind the other, or all in one list.
    fn orders(&self, shape: Shape, numbers: usize, frame: Frame) -> [Option<Order>; 2] {
        let Some(priors) = self.priors.count(frame) else { return [None; 2] };
        if priors.checked_mul(numbers) != Some(shape.len()) {
            return [None; 2];
        }
        let list = (shape == Shape::new(shape.len(), 1, 1)).then_some(Order::Rows);
        match self.priors.single(frame) {
            Some((columns, height, boxes)) => {
                let is_grid = shape == Shape::new(boxes * numbers, height, columns);
                let planes = is_grid.then_some(Order::Planes { plane: columns * height });
                [planes, rows(shape, numbers, &[height, columns, boxes]).or(list)]
            }
            // Whatever dimensions they are in, the priors come in their order.
            None => [None, rows_of_any(shape, numbers).or(list)],
        }
    }

    /// One order for both outputs: planes if both may be planes. Else each has what it fits.
    fn order(&self, shapes: [Shape; 2], frame: Frame) -> [Option<Order>; 2] {
        let numbers = [4, frame.classes + 1];
        let fit = [0, 1].map(|n| self.orders(shapes[n], numbers[n], frame));
        for order in [0, 1] {
            if fit.iter().all(|fit| fit[order].is_some()) {
                return fit.map(|fit| fit[order]);
            }
        }
        fit.map(|[planes, rows]| planes.or(rows))
    }

    /// The shapes that would do, for messages.
    fn expected(&self, numbers: usize, frame: Frame) -> String {
        let Some(priors) = self.priors.count(frame) else { return "fewer priors".into() };
        let rows = format!("[{priors}, {numbers}, 1]");
        match self.priors.single(frame) {
            Some((columns, height, boxes)) => {
                format!("{rows} or {:?}", [boxes * numbers, height, columns])
            }
            None => rows,
        }
    }

    /// Class and score of each class of a prior.
    fn scores(&self, cells: &Cells, cell: usize) -> Vec<(usize, f64)> {
        let numbers = (0..cells.numbers).map(|number| cells.at(cell, number));
        let shares: Vec<f64> = match (self.scores, self.activated) {
            (ClassRule::Softmax, false) => softmax(numbers).map(|(_, share)| share).collect(),
            (_, activated) => numbers.map(|number| probability(number, activated)).collect(),
        };
        let classes = (0..shares.len()).filter(|&number| number != self.background);
        classes.enumerate().map(|(class, number)| (class, shares[number])).collect()
    }

    fn corners(&self, prior: Centred, location: [f64; 4]) -> Option<[f64; 4]> {
        let [x, y, w, h] = location;
        let [centre, size] = self.variance;
        Centred {
            x: prior.x + x * centre * prior.width,
            y: prior.y + y * centre * prior.height,
            width: prior.width * (w * size).exp(),
            height: prior.height * (h * size).exp(),
        }
        .corners()
    }
}

impl Rule for Ssd {
    fn outputs(&self) -> Vec<&OutputKey> {
        self.outputs.iter().collect()
    }

    fn contradiction(&self, head: usize, frame: Frame) -> Option<String> {
        let (background, classes) = (self.background, frame.classes);
        (background > classes).then(|| {
            format!(
                "head {head} has background = {background}, but with the background there are \
                 {} scores; give 0 to {classes}",
                classes + 1
            )
        })
    }

    fn fits(&self, shapes: &[Shape], frame: Frame) -> Result<(), Misfit> {
        let classes = frame.classes;
        for (output, (&shape, numbers)) in shapes.iter().zip([4, classes + 1]).enumerate() {
            if self.orders(shape, numbers, frame).iter().any(Option::is_some) {
                continue;
            }
            let rule = match output {
                0 => "4 numbers for each prior".into(),
                _ => format!("background + {classes} classes for each prior"),
            };
            return Err(Misfit { output, expected: self.expected(numbers, frame), rule });
        }
        Ok(())
    }

    fn doubt(&self, shapes: &[Shape], frame: Frame) -> Option<String> {
        let &[locations, scores] = shapes else { return None };
        let fit = [(locations, 4), (scores, frame.classes + 1)]
            .map(|(shape, numbers)| self.orders(shape, numbers, frame));
        let [[planes, rows], [Some(_), Some(_)]] = fit else { return None };
        doubted(locations, 4, planes, rows)
    }

    fn boxes(&self, outputs: &[Output], frame: Frame, found: &mut Found) {
        let [locations, scores] = outputs else { return };
        let order = self.order([locations.shape, scores.shape], frame);
        let [Some(of_locations), Some(of_scores)] = order else { return };
        let locations = Cells { values: locations.values, numbers: 4, order: of_locations };
        let numbers = frame.classes + 1;
        let scores = Cells { values: scores.values, numbers, order: of_scores };
        let boxes = self.priors.single(frame).map_or(1, |(_, _, boxes)| boxes);
        for (n, prior) in self.priors.all(frame).into_iter().enumerate() {
            let corners = || {
                let cell = place(n, locations.order, boxes);
                self.corners(prior, [0, 1, 2, 3].map(|number| locations.at(cell, number)))
            };
            let scores = self.scores(&scores, place(n, scores.order, boxes));
            found.add(scores.into_iter(), corners);
        }
    }
}

/// Where the numbers of prior `n` stand: priors of a cell follow each other, planes of a grid go
/// box by box.
fn place(n: usize, order: Order, boxes: usize) -> usize {
    match order {
        Order::Rows => n,
        Order::Planes { plane } => n % boxes * plane + n / boxes,
    }
}
