//! Average precision as COCO scores it (Lin et al. 2014; the rules of `cocoeval.py`, all areas).
//!
//! IoU thresholds 0.5, 0.55, ..., 0.95; at most 100 detections a picture and class; precision read
//! at 101 recalls. A crowd is a region where detections of its class do not count: any number of
//! them, and their overlap is measured against their own area. A difficult box is ignored in the
//! same way, but for one detection and at the common IoU.

use super::precision::overlap;
use super::precision::{Curve, class_count, mean};
use super::{Detection, Scene, Truth};

/// Number of IoU thresholds.
pub const THRESHOLDS: usize = 10;

/// Detections that count for one picture and class.
const MOST: usize = 100;

/// Average precision of every class at every threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct CocoPrecision {
    /// By class index, then by threshold; `None` for a class without a labelled box that counts.
    pub classes: Vec<Option<[f64; THRESHOLDS]>>,
}

impl CocoPrecision {
    /// mAP@[.5:.95]: the mean over classes and thresholds.
    pub fn mean(&self) -> Option<f64> {
        mean(self.classes.iter().flatten().map(|by| by.iter().sum::<f64>() / THRESHOLDS as f64))
    }

    /// The mean over classes at threshold number `index`: 0 is an IoU of 0.5, 5 is 0.75.
    pub fn mean_at(&self, index: usize) -> Option<f64> {
        mean(self.classes.iter().flatten().map(|by| by[index]))
    }
}

/// IoU threshold number `index`.
pub fn threshold(index: usize) -> f64 {
    // One division, so that 0.5 and 0.75 are exact and the others the nearest numbers.
    (50 + 5 * index) as f64 / 100.0
}

/// Scores the scenes by the rules of the module.
pub fn evaluate(scenes: &[Scene]) -> CocoPrecision {
    CocoPrecision {
        classes: (0..class_count(scenes)).map(|class| of_class(scenes, class)).collect(),
    }
}

fn of_class(scenes: &[Scene], class: usize) -> Option<[f64; THRESHOLDS]> {
    let mut counting = 0;
    let mut verdicts: Vec<Verdict> = Vec::new();
    for scene in scenes {
        let mut truths: Vec<Truth> =
            scene.truths.iter().filter(|t| t.class == class).copied().collect();
        // Boxes that count come first: a detection takes an ignored one only if no other fits.
        truths.sort_by_key(ignored);
        counting += truths.iter().filter(|t| !ignored(t)).count();
        let mut detections: Vec<_> = scene.detections.iter().filter(|d| d.class == class).collect();
        detections.sort_by(|a, b| b.score.total_cmp(&a.score));
        detections.truncate(MOST);
        verdicts.extend(judge(&detections, &truths));
    }
    // Stable: equal scores by scene, then by order within it.
    verdicts.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut precision = [0.0; THRESHOLDS];
    for (index, value) in precision.iter_mut().enumerate() {
        let counted: Vec<bool> = verdicts.iter().filter_map(|v| v.right[index]).collect();
        *value = Curve::new(&counted, counting)?.sampled(100);
    }
    Some(precision)
}

fn ignored(truth: &Truth) -> bool {
    truth.crowd || truth.difficult
}

/// One detection at every threshold: right, wrong, or `None` where it does not count.
struct Verdict {
    score: f64,
    right: [Option<bool>; THRESHOLDS],
}

/// Judges the detections of one scene and class, given by falling score.
fn judge(detections: &[&Detection], truths: &[Truth]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = detections
        .iter()
        .map(|d| Verdict { score: d.score, right: [Some(false); THRESHOLDS] })
        .collect();
    let overlaps: Vec<Vec<f64>> =
        detections.iter().map(|d| truths.iter().map(|t| overlap(d, t)).collect()).collect();
    for index in 0..THRESHOLDS {
        let mut taken = vec![false; truths.len()];
        for (verdict, overlaps) in verdicts.iter_mut().zip(&overlaps) {
            let Some(t) = best(overlaps, truths, &taken, threshold(index)) else { continue };
            taken[t] = true;
            verdict.right[index] = (!ignored(&truths[t])).then_some(true);
        }
    }
    verdicts
}

/// The free box of the largest overlap from `least` up, the last of equals; one that counts goes
/// before an ignored one of any overlap.
fn best(overlaps: &[f64], truths: &[Truth], taken: &[bool], least: f64) -> Option<usize> {
    let mut found: Option<usize> = None;
    for (t, truth) in truths.iter().enumerate() {
        if taken[t] && !truth.crowd {
            continue;
        }
        if ignored(truth) && found.is_some_and(|f| !ignored(&truths[f])) {
            break;
        }
        if overlaps[t] >= found.map_or(least, |f| overlaps[f]) {
            found = Some(t);
        }
    }
    found
}
