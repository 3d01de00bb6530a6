//! What the scoring rules share: a scored picture, and average precision by class.

use super::{Detection, Truth};

/// One picture with what was found in it and what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The boxes found, in any order; equal scores count in this order.
    pub detections: Vec<Detection>,
    /// The labelled boxes, with the same class indices.
    pub truths: Vec<Truth>,
}

/// Average precision of every class, and its mean.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanPrecision {
    /// By class index, 0 to 1; `None` for a class without a labelled box that counts.
    pub classes: Vec<Option<f64>>,
    /// Mean over the classes that have one.
    pub mean: Option<f64>,
}

impl MeanPrecision {
    pub(super) fn new(classes: Vec<Option<f64>>) -> MeanPrecision {
        let mean = mean(classes.iter().flatten().copied());
        MeanPrecision { classes, mean }
    }
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// One more than the largest class index that occurs.
pub(super) fn class_count(scenes: &[Scene]) -> usize {
    let truths = scenes.iter().flat_map(|s| s.truths.iter().map(|t| t.class + 1));
    let detections = scenes.iter().flat_map(|s| s.detections.iter().map(|d| d.class + 1));
    truths.chain(detections).max().unwrap_or(0)
}

/// How far a detection fills a labelled box, 0 to 1: the IoU; of a crowd the share of its own area.
pub(super) fn overlap(detection: &Detection, truth: &Truth) -> f64 {
    if !truth.crowd {
        return detection.rect.iou(truth.rect);
    }
    let area = detection.rect.area();
    if area > 0.0 { detection.rect.intersection(truth.rect) / area } else { 0.0 }
}

/// Precision and recall after each detection that counts, best score first.
pub(super) struct Curve {
    /// Found boxes so far that are right.
    right: Vec<usize>,
    /// Labelled boxes that count.
    truths: usize,
    /// Largest precision at this detection or a later one.
    envelope: Vec<f64>,
}

impl Curve {
    /// From the verdicts by falling score; `None` if there is nothing to find.
    pub(super) fn new(verdicts: &[bool], truths: usize) -> Option<Curve> {
        if truths == 0 {
            return None;
        }
        let mut right = Vec::with_capacity(verdicts.len());
        let mut sum = 0;
        for &verdict in verdicts {
            sum += usize::from(verdict);
            right.push(sum);
        }
        let precision = right.iter().enumerate().map(|(i, &tp)| tp as f64 / (i + 1) as f64);
        let mut envelope: Vec<f64> = precision.collect();
        for i in (1..envelope.len()).rev() {
            envelope[i - 1] = envelope[i - 1].max(envelope[i]);
        }
        Some(Curve { right, truths, envelope })
    }

    /// Area under the envelope over recall: each right detection adds a column of width 1 / truths.
    pub(super) fn area(&self) -> f64 {
        let is_step = |i: usize| self.right[i] > if i == 0 { 0 } else { self.right[i - 1] };
        let columns = (0..self.right.len()).filter(|&i| is_step(i)).map(|i| self.envelope[i]);
        columns.sum::<f64>() / self.truths as f64
    }

    /// Mean of the envelope at the recalls 0, 1/n, ..., 1 (0 where the recall is not reached).
    /// Recalls are compared as fractions, so that none is missed by a rounded decimal.
    pub(super) fn sampled(&self, n: usize) -> f64 {
        let at = |i: usize| {
            let first = self.right.partition_point(|&tp| tp * n < i * self.truths);
            self.envelope.get(first).copied().unwrap_or(0.0)
        };
        (0..=n).map(at).sum::<f64>() / (n + 1) as f64
    }
}
