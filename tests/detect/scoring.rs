//! Average precision on cases worked out by hand.

use super::{crowd, difficult, found, near, scene, square, truth};
use spikemesh::detect::voc::{Interpolation, mean_precision};
use spikemesh::detect::{Rect, Scene, coco};

fn area(scenes: &[Scene]) -> Option<f64> {
    mean_precision(scenes, 0.5, Interpolation::Area).mean
}

fn eleven(scenes: &[Scene]) -> Option<f64> {
    mean_precision(scenes, 0.5, Interpolation::ElevenPoint).mean
}

fn at_50(scenes: &[Scene]) -> Option<f64> {
    coco::evaluate(scenes).mean_at(0)
}

/// Five boxes in a row, far apart; by falling score: right, wrong, right, wrong, wrong, right. Two
/// boxes stay unfound.
fn worked() -> Scene {
    let place = |i: usize| square(100.0 * i as f64);
    let far = |i: usize| square(5000.0 + 100.0 * i as f64);
    scene(
        &[
            found(0, 0.9, place(0)),
            found(0, 0.8, far(0)),
            found(0, 0.7, place(1)),
            found(0, 0.6, far(1)),
            found(0, 0.5, far(2)),
            found(0, 0.4, place(2)),
        ],
        &[0, 1, 2, 3, 4].map(|i| truth(0, place(i))),
    )
}

#[test]
fn eleven_points_and_area_by_paper() {
    // Precision at the right ones: 1, 2/3, 1/2, at recalls 1/5, 2/5, 3/5; later ones are no better.
    // Area: (1 + 2/3 + 1/2) / 5.
    near(area(&[worked()]).unwrap(), (1.0 + 2.0 / 3.0 + 0.5) / 5.0);
    // Recalls 0, .1, .2 give 1; .3, .4 give 2/3; .5, .6 give 1/2; from .7 on 0.
    near(eleven(&[worked()]).unwrap(), (3.0 + 2.0 * 2.0 / 3.0 + 2.0 * 0.5) / 11.0);
    // 101 points: 0 to .20 are 21 points, .21 to .40 are 20, .41 to .60 are 20.
    near(at_50(&[worked()]).unwrap(), (21.0 + 20.0 * 2.0 / 3.0 + 20.0 * 0.5) / 101.0);
}

#[test]
fn a_later_better_precision_lifts_the_earlier_one() {
    // Wrong, right, right of two boxes: precisions 0, 1/2, 2/3, so 2/3 at every recall.
    let detections =
        [found(0, 0.9, square(500.0)), found(0, 0.8, square(0.0)), found(0, 0.7, square(50.0))];
    let scenes = [scene(&detections, &[truth(0, square(0.0)), truth(0, square(50.0))])];
    for value in [area(&scenes), eleven(&scenes), at_50(&scenes)] {
        near(value.unwrap(), 2.0 / 3.0);
    }
}

#[test]
fn a_duplicate_is_wrong() {
    let detections =
        [found(0, 0.9, square(0.0)), found(0, 0.8, square(0.5)), found(0, 0.7, square(50.0))];
    let scenes = [scene(&detections, &[truth(0, square(0.0)), truth(0, square(50.0))])];
    // Right, wrong, right: 1 and 2/3.
    near(area(&scenes).unwrap(), (1.0 + 2.0 / 3.0) / 2.0);
    near(at_50(&scenes).unwrap(), (51.0 + 50.0 * 2.0 / 3.0) / 101.0);
}

#[test]
fn a_detection_may_take_the_second_best_box_in_coco_only() {
    // Both overlap the first box most; the second overlaps box two by 7.4 / 12.6 = .587.
    let detections = [found(0, 0.9, square(0.0)), found(0, 0.8, square(0.4))];
    let scenes = [scene(&detections, &[truth(0, square(0.0)), truth(0, square(3.0))])];
    // VOC: the second goes to the box it overlaps most, which is taken.
    near(area(&scenes).unwrap(), 0.5);
    near(at_50(&scenes).unwrap(), 1.0);
}

#[test]
fn the_threshold_itself_is_enough() {
    // A shift of 10/3 is an IoU of (10 - 10/3) / (10 + 10/3) = 1/2; halves are exact at 12 wide.
    let wide = |x: f64| Rect::new([x, 0.0, x + 12.0, 1.0]);
    let scenes = [scene(&[found(0, 0.9, wide(4.0))], &[truth(0, wide(0.0))])];
    near(area(&scenes).unwrap(), 1.0);
    near(at_50(&scenes).unwrap(), 1.0);
    let scenes = [scene(&[found(0, 0.9, wide(4.01))], &[truth(0, wide(0.0))])];
    near(area(&scenes).unwrap(), 0.0);
    near(at_50(&scenes).unwrap(), 0.0);
}

#[test]
fn equal_scores_count_in_the_order_given() {
    let (right, wrong) = (found(0, 0.5, square(0.0)), found(0, 0.5, square(500.0)));
    let truths = [truth(0, square(0.0))];
    for (detections, value) in [([right, wrong], 1.0), ([wrong, right], 0.5)] {
        let scenes = [scene(&detections, &truths)];
        near(area(&scenes).unwrap(), value);
        near(at_50(&scenes).unwrap(), value);
    }
    // Across scenes: the first scene's before the second's.
    let scenes = [scene(&[wrong], &[]), scene(&[right], &truths)];
    near(area(&scenes).unwrap(), 0.5);
    near(at_50(&scenes).unwrap(), 0.5);
    // Of two boxes at the same place one is taken, and then the other.
    let twin = [found(0, 0.9, square(0.0)), found(0, 0.8, square(0.0))];
    let scenes = [scene(&twin, &[truth(0, square(0.0)), truth(0, square(0.0))])];
    near(at_50(&scenes).unwrap(), 1.0);
}

#[test]
fn difficult_boxes_do_not_count() {
    let detections = [
        found(0, 0.9, square(0.0)), // on the difficult box
        found(0, 0.8, square(50.0)),
        found(0, 0.7, square(0.0)), // on it again
    ];
    let scenes = [scene(&detections, &[difficult(0, square(0.0)), truth(0, square(50.0))])];
    near(area(&scenes).unwrap(), 1.0);
    near(eleven(&scenes).unwrap(), 1.0);
    // COCO ignores one detection a box; the second comes after the full recall and costs nothing.
    near(at_50(&scenes).unwrap(), 1.0);
    // Nothing but difficult boxes: no figure.
    let scenes = [scene(&detections, &[difficult(0, square(0.0))])];
    assert_eq!((area(&scenes), at_50(&scenes)), (None, None));
}

#[test]
fn crowds_take_any_number() {
    let region = Rect::new([1000.0, 0.0, 2000.0, 1000.0]);
    let inside = |score: f64, x: f64| found(0, score, Rect::new([x, 100.0, x + 10.0, 110.0]));
    // Half of the last one is in the region: its own area counts, so 1/2 at IoU .5 and too little
    // above.
    let detections =
        [inside(0.9, 1100.0), inside(0.8, 1200.0), inside(0.7, 995.0), found(0, 0.6, square(0.0))];
    let scenes = [scene(&detections, &[crowd(0, region), truth(0, square(0.0))])];
    let result = coco::evaluate(&scenes);
    near(result.mean_at(0).unwrap(), 1.0);
    near(result.mean_at(1).unwrap(), 0.5);
    near(result.mean().unwrap(), (1.0 + 9.0 * 0.5) / 10.0);
    // Without the region three wrong ones come first.
    near(at_50(&[scene(&detections, &[truth(0, square(0.0))])]).unwrap(), 0.25);
    // A crowd of another class does not help.
    near(at_50(&[scene(&detections, &[crowd(1, region), truth(0, square(0.0))])]).unwrap(), 0.25);
}

/// At IoU .5 both rules take the crowd out, whichever box overlaps most.
#[test]
fn crowds_cost_nothing_by_either_rule() {
    let region = Rect::new([0.0, 0.0, 1000.0, 1000.0]);
    let small = |x: f64| Rect::new([x, 500.0, x + 4.0, 504.0]);
    let mut detections: Vec<_> =
        (0..9).map(|n| found(0, 0.9, small(f64::from(n) * 40.0))).collect();
    detections.push(found(0, 0.5, square(0.0)));
    detections.push(found(0, 0.4, square(0.0)));
    let scenes = [scene(&detections, &[crowd(0, region), truth(0, square(0.0))])];
    near(area(&scenes).unwrap(), 1.0);
    near(at_50(&scenes).unwrap(), 1.0);
    let scenes = [scene(&detections, &[truth(0, square(0.0))])];
    near(area(&scenes).unwrap(), 0.1);
}

#[test]
fn a_box_goes_before_a_crowd_around_it() {
    let region = Rect::new([0.0, 0.0, 100.0, 100.0]);
    let scenes = [scene(&[found(0, 0.9, square(1.0))], &[crowd(0, region), truth(0, square(0.0))])];
    near(at_50(&scenes).unwrap(), 1.0);
}

#[test]
fn tighter_thresholds_see_the_shift() {
    // A shift of 1: IoU 9/11 = .818, right at .5, .55, ..., .8: seven of ten thresholds.
    let scenes = [scene(&[found(0, 0.9, square(1.0))], &[truth(0, square(0.0))])];
    let result = coco::evaluate(&scenes);
    near(result.mean().unwrap(), 0.7);
    near(result.mean_at(5).unwrap(), 1.0);
    near(result.mean_at(7).unwrap(), 0.0);
}

#[test]
fn a_hundred_detections_a_picture_and_class() {
    let wrong = (0..100).map(|i| found(0, 0.9, square(100.0 + 20.0 * f64::from(i))));
    let mut detections: Vec<_> = wrong.collect();
    detections.push(found(0, 0.5, square(0.0)));
    detections.push(found(1, 0.4, square(0.0)));
    let scenes = [scene(&detections, &[truth(0, square(0.0)), truth(1, square(0.0))])];
    let result = coco::evaluate(&scenes);
    // The hundred and first does not count; the other class has its own hundred.
    near(result.classes[0].unwrap()[0], 0.0);
    near(result.classes[1].unwrap()[0], 1.0);
    // VOC has no such limit.
    near(mean_precision(&scenes, 0.5, Interpolation::Area).classes[0].unwrap(), 1.0 / 101.0);
}

#[test]
fn empty_pictures_and_no_detections() {
    assert_eq!((area(&[]), eleven(&[]), at_50(&[])), (None, None, None));
    let empty = scene(&[], &[]);
    assert_eq!(
        (area(std::slice::from_ref(&empty)), at_50(std::slice::from_ref(&empty))),
        (None, None)
    );
    // Something to find and nothing found.
    let missed = scene(&[], &[truth(0, square(0.0))]);
    let all = [empty.clone(), missed.clone()];
    assert_eq!((area(&all), eleven(&all), at_50(&all)), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!(coco::evaluate(&all).mean(), Some(0.0));
    // Something found where there is nothing: no figure alone, but wrong beside a labelled picture.
    let ghost = scene(&[found(0, 0.9, square(0.0))], &[]);
    assert_eq!(
        (area(std::slice::from_ref(&ghost)), at_50(std::slice::from_ref(&ghost))),
        (None, None)
    );
    let hit = scene(&[found(0, 0.5, square(0.0))], &[truth(0, square(0.0))]);
    near(area(&[ghost.clone(), hit.clone()]).unwrap(), 0.5);
    near(at_50(&[ghost, hit]).unwrap(), 0.5);
}

/// Random crowded scenes against the figures of pycocotools (`cocoeval.py` beside this file made
/// them).
#[test]
fn coco_agrees_with_its_own_tool() {
    #[derive(serde::Deserialize)]
    struct Vector {
        /// By image: class, crowd, corners.
        truths: Vec<Vec<(usize, u8, [f64; 4])>>,
        /// By image: class, score, corners.
        detections: Vec<Vec<(usize, f64, [f64; 4])>>,
        /// By class: average precision at each threshold.
        precision: Vec<[f64; coco::THRESHOLDS]>,
    }
    let vector: Vector = serde_json::from_str(include_str!("cocoeval.json")).unwrap();
    let scenes: Vec<Scene> = vector
        .truths
        .iter()
        .zip(&vector.detections)
        .map(|(truths, detections)| Scene {
            truths: truths
                .iter()
                .map(|&(class, is_crowd, corners)| {
                    if is_crowd == 1 {
                        crowd(class, Rect::new(corners))
                    } else {
                        truth(class, Rect::new(corners))
                    }
                })
                .collect(),
            detections: detections
                .iter()
                .map(|&(class, score, corners)| found(class, score, Rect::new(corners)))
                .collect(),
        })
        .collect();
    let ours = coco::evaluate(&scenes);
    for (ours, theirs) in ours.classes.iter().zip(&vector.precision) {
        for (a, b) in ours.unwrap().iter().zip(theirs) {
            assert!((a - b).abs() < 1e-6, "{a} is not {b}");
        }
    }
    let mean = vector.precision.iter().flatten().sum::<f64>()
        / (vector.precision.len() * coco::THRESHOLDS) as f64;
    println!("mAP@[.5:.95] {:.4} against {mean:.4}", ours.mean().unwrap());
}

#[test]
fn the_mean_is_over_labelled_classes() {
    let detections =
        [found(0, 0.9, square(0.0)), found(2, 0.9, square(0.0)), found(3, 0.9, square(0.0))];
    let scenes = [scene(&detections, &[truth(0, square(0.0)), truth(2, square(90.0))])];
    let result = mean_precision(&scenes, 0.5, Interpolation::Area);
    assert_eq!(result.classes, [Some(1.0), None, Some(0.0), None]);
    assert_eq!(result.mean, Some(0.5));
    assert_eq!(at_50(&scenes), Some(0.5));
}
