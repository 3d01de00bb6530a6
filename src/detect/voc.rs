//! Average precision as Pascal VOC scores it (Everingham et al., "The PASCAL Visual Object Classes
//! Challenge", IJCV 2010, section 4.2; the development kit's `VOCevaldet.m`).
//!
//! By falling score, each detection goes to the labelled box of its class that it overlaps most.
//! From the IoU threshold up it is right the first time and a duplicate, so wrong, after that.
//! Where the box is marked difficult the detection does not count, nor does the box. Coordinates
//! are continuous; the kit adds one pixel to every side.
//!
//! VOC has no crowds. Here a detection that would be wrong does not count where a crowd takes as
//! much of its own area as the threshold asks for: the rule of [`super::coco`].

use super::precision::{Curve, class_count, overlap};
use super::{MeanPrecision, Scene};

/// How a curve of precision over recall becomes one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// Mean of the largest precision from the recalls 0, 0.1, ..., 1 on (VOC up to 2009).
    ElevenPoint,
    /// Area under the monotone envelope (VOC from 2010 on).
    Area,
}

/// Average precision of every class at one IoU threshold (VOC: 0.5).
pub fn mean_precision(scenes: &[Scene], iou: f64, interpolation: Interpolation) -> MeanPrecision {
    let of_class = |class| {
        let truths = scenes.iter().flat_map(|s| &s.truths);
        let counting = truths.filter(|t| t.class == class && !t.difficult && !t.crowd).count();
        let curve = Curve::new(&verdicts(scenes, class, iou), counting)?;
        Some(match interpolation {
            Interpolation::ElevenPoint => curve.sampled(10),
            Interpolation::Area => curve.area(),
        })
    };
    MeanPrecision::new((0..class_count(scenes)).map(of_class).collect())
}

/// Whether each detection that counts is right, by falling score; equal scores by scene and index.
fn verdicts(scenes: &[Scene], class: usize, iou: f64) -> Vec<bool> {
    let mut order = Vec::new();
    for (s, scene) in scenes.iter().enumerate() {
        order.extend(scene.detections.iter().filter(|d| d.class == class).map(|d| (s, d)));
    }
    order.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let mut taken: Vec<Vec<bool>> = scenes.iter().map(|s| vec![false; s.truths.len()]).collect();
    let mut verdicts = Vec::with_capacity(order.len());
    for (s, detection) in order {
        let mut best: Option<(usize, f64)> = None;
        let mut crowded = false;
        for (t, truth) in scenes[s].truths.iter().enumerate().filter(|(_, t)| t.class == class) {
            let overlap = overlap(detection, truth);
            if truth.crowd {
                crowded |= overlap >= iou;
            } else if best.is_none_or(|(_, most)| overlap > most) {
                best = Some((t, overlap));
            }
        }
        let right = match best.filter(|&(_, overlap)| overlap >= iou) {
            None => false,
            Some((t, _)) if scenes[s].truths[t].difficult => continue,
            Some((t, _)) => !std::mem::replace(&mut taken[s][t], true),
        };
        if right || !crowded {
            verdicts.push(right);
        }
    }
    verdicts
}
