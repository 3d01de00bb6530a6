//! Non-maximum suppression.

use super::Detection;
use super::geometry::Rect;

/// Greedy suppression within each class: best score first, equal scores in the order given; a box
/// that overlaps a kept one of its class by more than `iou` is dropped. The rest comes back in that
/// order.
pub fn suppress(detections: &[Detection], iou: f64) -> Vec<Detection> {
    let classes = detections.iter().map(|d| d.class + 1).max().unwrap_or(0);
    let mut kept_of: Vec<Vec<Rect>> = vec![Vec::new(); classes];
    let mut kept = Vec::new();
    for index in best_first(detections) {
        let detection = detections[index];
        let rivals = &mut kept_of[detection.class];
        if rivals.iter().all(|rival| rival.iou(detection.rect) <= iou) {
            rivals.push(detection.rect);
            kept.push(detection);
        }
    }
    kept
}

/// Indices by falling score, equal scores by index.
pub(super) fn best_first(detections: &[Detection]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..detections.len()).collect();
    // The sort is stable, so equal scores keep their order.
    order.sort_by(|&a, &b| detections[b].score.total_cmp(&detections[a].score));
    order
}
