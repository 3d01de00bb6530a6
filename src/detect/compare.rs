//! One network's detections against another's: spiking against float, ours against a reference.

use super::nms::best_first;
use super::voc::{Interpolation, mean_precision};
use super::{Detection, MeanPrecision, Scene, Truth};

/// Detections with a lower score are not taken for seen.
pub const SEEN: f64 = 0.3;

/// The detections of two networks in one picture, with the same class indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Those taken for the truth.
    pub reference: Vec<Detection>,
    /// Those judged.
    pub found: Vec<Detection>,
}

/// mAP at IoU 0.5 (area under the envelope) of all detections found, with the reference detections
/// of score [`SEEN`] and above as the truth. Blind to a common drift of the scores; see [`f1`].
pub fn agreement(pairs: &[Pair]) -> MeanPrecision {
    let truth =
        |d: &Detection| Truth { class: d.class, rect: d.rect, difficult: false, crowd: false };
    let scene = |pair: &Pair| Scene {
        detections: pair.found.clone(),
        truths: pair.reference.iter().filter(|d| d.score >= SEEN).map(truth).collect(),
    };
    let scenes: Vec<Scene> = pairs.iter().map(scene).collect();
    mean_precision(&scenes, 0.5, Interpolation::Area)
}

/// F1 = 2 right / (seen in the reference + seen in what was found), both cut at [`SEEN`]: right is
/// a box of the same class and an IoU of at least 0.5, one to one. `None` if neither sees a box.
pub fn f1(pairs: &[Pair]) -> Option<f64> {
    let (mut right, mut boxes) = (0, 0);
    for pair in pairs {
        let (reference, found) = (seen(&pair.reference), seen(&pair.found));
        boxes += reference.len() + found.len();
        right += partners(&found, &reference, |f, r| overlap(f, r, 0.5)).iter().flatten().count();
    }
    (boxes > 0).then(|| 2.0 * right as f64 / boxes as f64)
}

/// Share of the reference detections of score [`SEEN`] and above that have a partner, one to one:
/// same class, IoU of at least 0.9, score within 0.05. `None` if the reference sees no box.
pub fn matched(pairs: &[Pair]) -> Option<f64> {
    let (mut right, mut boxes) = (0, 0);
    for pair in pairs {
        let reference = seen(&pair.reference);
        boxes += reference.len();
        let near = |r: &Detection, f: &Detection| {
            overlap(r, f, 0.9).filter(|_| (r.score - f.score).abs() <= 0.05)
        };
        right += partners(&reference, &pair.found, near).iter().flatten().count();
    }
    (boxes > 0).then(|| right as f64 / boxes as f64)
}

fn seen(detections: &[Detection]) -> Vec<Detection> {
    detections.iter().filter(|d| d.score >= SEEN).copied().collect()
}

/// The IoU of two boxes of one class if it reaches `least`.
fn overlap(a: &Detection, b: &Detection, least: f64) -> Option<f64> {
    Some(a.rect.iou(b.rect)).filter(|&iou| a.class == b.class && iou >= least)
}

/// For each of `ours`, best score first, the free one of `theirs` that fits best (the first of
/// equals).
fn partners<F>(ours: &[Detection], theirs: &[Detection], fit: F) -> Vec<Option<usize>>
where
    F: Fn(&Detection, &Detection) -> Option<f64>,
{
    let mut taken = vec![false; theirs.len()];
    let mut partners = vec![None; ours.len()];
    for index in best_first(ours) {
        let free = (0..theirs.len()).filter(|&t| !taken[t]);
        let fitting = free.filter_map(|t| fit(&ours[index], &theirs[t]).map(|fit| (t, fit)));
        let best = fitting.reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((t, _)) = best {
            taken[t] = true;
            partners[index] = Some(t);
        }
    }
    partners
}
