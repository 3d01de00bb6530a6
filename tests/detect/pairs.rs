//! Comparison of two networks' detections, by hand.

use super::{found, near, square};
use spikemesh::detect::compare::{Pair, agreement, f1, matched};
use spikemesh::detect::{Detection, suppress};

fn pair(reference: &[Detection], found: &[Detection]) -> Vec<Pair> {
    vec![Pair { reference: reference.to_vec(), found: found.to_vec() }]
}

#[test]
fn agreement_is_blind_to_score_drift_and_f1_is_not() {
    let reference =
        [found(0, 0.9, square(0.0)), found(0, 0.3, square(50.0)), found(0, 0.29, square(90.0))];
    // Itself: the box below 0.3 is no truth, but comes last, so it costs nothing.
    let same = pair(&reference, &reference);
    near(agreement(&same).mean.unwrap(), 1.0);
    near(f1(&same).unwrap(), 1.0);
    near(matched(&same).unwrap(), 1.0);
    // All scores a tenth: the same order, but nothing is seen.
    let faint = reference.map(|d| Detection { score: d.score / 10.0, ..d });
    let drifted = pair(&reference, &faint);
    near(agreement(&drifted).mean.unwrap(), 1.0);
    near(f1(&drifted).unwrap(), 0.0);
    near(matched(&drifted).unwrap(), 0.0);
}

#[test]
fn f1_counts_both_kinds_of_error() {
    let reference =
        [found(0, 0.9, square(0.0)), found(0, 0.8, square(50.0)), found(1, 0.8, square(90.0))];
    // One right, one of the wrong class, two ghosts: 2 * 1 / (3 + 4).
    let ours = [
        found(0, 0.7, square(1.0)),
        found(0, 0.6, square(90.0)),
        found(0, 0.5, square(500.0)),
        found(0, 0.4, square(600.0)),
    ];
    near(f1(&pair(&reference, &ours)).unwrap(), 2.0 / 7.0);
    // A duplicate finds no partner: 2 * 1 / (1 + 2).
    let twice = [found(0, 0.7, square(0.0)), found(0, 0.6, square(0.0))];
    near(f1(&pair(&reference[..1], &twice)).unwrap(), 2.0 / 3.0);
}

#[test]
fn matched_needs_class_place_and_score() {
    let reference = [found(0, 0.5, square(0.0))];
    for (ours, share) in [
        (found(0, 0.54, square(0.5)), 1.0), // IoU 9.5 / 10.5 = .905
        (found(0, 0.46, square(0.0)), 1.0),
        (found(0, 0.56, square(0.0)), 0.0),
        (found(0, 0.5, square(0.6)), 0.0), // IoU 9.4 / 10.6 = .887
        (found(1, 0.5, square(0.0)), 0.0),
    ] {
        near(matched(&pair(&reference, &[ours])).unwrap(), share);
    }
    // One box is no partner for two.
    let two = [found(0, 0.5, square(0.0)), found(0, 0.5, square(0.1))];
    near(matched(&pair(&two, &[found(0, 0.5, square(0.0))])).unwrap(), 0.5);
}

#[test]
fn nothing_seen_is_no_figure() {
    let faint = [found(0, 0.2, square(0.0))];
    let pairs = pair(&faint, &faint);
    assert_eq!((agreement(&pairs).mean, f1(&pairs), matched(&pairs)), (None, None, None));
    // Only one of the two sees something.
    let sure = [found(0, 0.9, square(0.0))];
    assert_eq!(f1(&pair(&sure, &[])), Some(0.0));
    assert_eq!(f1(&pair(&[], &sure)), Some(0.0));
    assert_eq!(matched(&pair(&[], &sure)), None);
    assert_eq!(agreement(&pair(&sure, &[])).mean, Some(0.0));
}

#[test]
fn suppression_is_by_class_and_stable() {
    let boxes = [
        found(0, 0.5, square(0.0)),
        found(0, 0.9, square(1.0)),
        found(1, 0.5, square(0.0)),
        found(0, 0.5, square(50.0)),
        found(0, 0.5, square(50.5)), // as good as the one before: the earlier stays
        found(0, 0.1, square(9.0)),
    ];
    assert_eq!(suppress(&boxes, 0.45), [boxes[1], boxes[2], boxes[3], boxes[5]]);
    // Exactly the limit is kept: a shift of 5 is an IoU of 5 / 15.
    let pair = [found(0, 0.9, square(0.0)), found(0, 0.8, square(5.0))];
    assert_eq!(suppress(&pair, 5.0 / 15.0).len(), 2);
    assert_eq!(suppress(&pair, 0.33).len(), 1);
    assert_eq!(suppress(&[], 0.5), []);
}
