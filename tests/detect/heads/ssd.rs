//! `ssd`.

use super::{Rows, decode, decoder, same, stays_sane};
use spikemesh::ann::Shape;

const LISTED: &str = "output = [0, 1]\nkind = \"ssd\"\npriors = [[50, 20, 8, 8], [20, 10, 10, 20]]";

/// Centre 20 + 0.1 x 1 x 10 = 21 and 10 + 0.1 (-1/2) 20 = 9; width 10 exp(0.2 (5 ln 2)) = 20,
/// height 20: 11 to 31, and -1 to 19, cut.
fn location() -> [f32; 4] {
    [1.0, -0.5, 5.0 * 2f32.ln(), 0.0]
}
const CORNERS: [f64; 4] = [11.0, 0.0, 31.0, 19.0];

/// The background in both priors, but for the second: shares 1/5, 3/5, 1/5.
fn scores() -> Rows {
    Rows::new(2, 0.0, &[(0, &[99.0, 0.0, 0.0]), (1, &[0.0, 3f32.ln(), 0.0])])
}

#[test]
fn locations_are_told_from_listed_priors() {
    let locations = Rows::new(2, 0.0, &[(1, &location())]);
    let wanted = [(0, 0.6, CORNERS), (1, 0.2, CORNERS)];
    let decoder = decoder(&[LISTED]);
    same(&decode(&decoder, &[locations.rows(), scores().rows()]), &wanted);
    // As one list each, as the Caffe program writes them.
    let list = |rows: &Rows| (Shape::new(rows.values.len(), 1, 1), rows.values.clone());
    same(&decode(&decoder, &[list(&locations), list(&scores())]), &wanted);
}

#[test]
fn variances_scores_and_the_background_are_free() {
    let keys = "\nbackground = 2\nactivated = true\ncentre_variance = 0.2\nsize_variance = 0.4";
    let shares = Rows::new(2, 0.0, &[(0, &[0.0, 0.0, 1.0]), (1, &[0.05, 0.7, 0.25])]);
    // Centre 22 and 8; 10 exp(0.4 (5 ln 2)) = 40 by 20: 2 to 42, and -2 to 18.
    let found = |head: &str, scores: &Rows| {
        let locations = Rows::new(2, 0.0, &[(1, &location())]);
        decode(&decoder(&[head]), &[locations.rows(), scores.rows()])
    };
    let corners = [2.0, 0.0, 42.0, 18.0];
    same(&found(&format!("{LISTED}{keys}"), &shares), &[(1, 0.7, corners)]);
    // A sigmoid of 0 is 1/2; each class for itself.
    let each = Rows::new(2, -9.0, &[(1, &[-9.0, 0.0, -9.0])]);
    same(&found(&format!("{LISTED}\nscores = \"sigmoid\""), &each), &[(0, 0.5, CORNERS)]);
}

/// Cells of 32 x 32: squares of 16 and of sqrt(16 x 36) = 24, then 32 by 8 and 8 by 32.
const LEVEL: &str = "output = [\"boxes\", \"scores\"]\nkind = \"ssd\"\nstride = 32\n\
                     sizes = [[16, 36]]\n\
                     aspect_ratios = [[4]]";

#[test]
fn priors_of_a_level_stand_about_the_middle_of_its_cells() {
    let mut decoder = decoder(&[LEVEL]);
    decoder.nms_iou = 1.0;
    // Of 8 priors, those of the right cell, about (48, 16), with falling scores.
    let score = |share: f32| [1.0 - share, share, 0.0].map(f32::ln);
    let right: Vec<(usize, [f32; 3])> =
        (0..4).map(|b| (4 + b, score(0.9 - 0.1 * b as f32))).collect();
    let mut some: Vec<(usize, &[f32])> = right.iter().map(|(n, s)| (*n, &s[..])).collect();
    let background = [99.0f32, 0.0, 0.0];
    some.extend((0..4).map(|n| (n, &background[..])));
    let (locations, scores) = (Rows::new(8, 0.0, &[(0, &[0.0; 4])]), Rows::new(8, 0.0, &some));
    let wanted = [
        (0, 0.9, [40.0, 8.0, 56.0, 24.0]),
        (0, 0.8, [36.0, 4.0, 60.0, 28.0]),
        (0, 0.7, [32.0, 12.0, 64.0, 20.0]),
        (0, 0.6, [44.0, 0.0, 52.0, 32.0]),
    ];
    let named = |tensors: [(Shape, Vec<f32>); 2]| {
        let output = |name, (shape, values)| spikemesh::detect::Output { name, shape, values };
        let [boxes, scores] = &tensors;
        let outputs =
            [output("scores", (scores.0, &scores.1)), output("boxes", (boxes.0, &boxes.1))];
        decoder.decode(&outputs, (64, 32)).unwrap()
    };
    same(&named([locations.rows(), scores.rows()]), &wanted);
    // As the convolutions give them: channels box by box, [4 x 4, 1, 2] and [4 x 3, 1, 2].
    let grid = |rows: &Rows| {
        let n = rows.numbers;
        let value = |i: usize| rows.values[(i % 2 * 4 + i / 2 / n) * n + i / 2 % n];
        (Shape::new(4 * n, 1, 2), (0..8 * n).map(value).collect())
    };
    same(&named([grid(&locations), grid(&scores)]), &wanted);
}

/// `[cells, boxes, 4]` has the shape of a grid of two boxes as well; beside scores that can be no
/// grid it is none.
#[test]
fn both_outputs_have_one_order() {
    let two = LEVEL.replace("stride = 32", "stride = 16").replace("aspect_ratios = [[4]]", "");
    let decoder = decoder(&[&two]);
    let located = Rows::new(16, 0.25, &[(3, &[1.0, -1.0, 0.5, 0.0]), (6, &[-2.0, 0.0, 0.0, 1.0])]);
    let scored = Rows::new(16, 0.0, &[(3, &[0.0, 3.0, 1.0]), (6, &[0.0, 1.0, 2.5])]);
    let found = |shapes: [Shape; 2]| {
        let values = [&located.values, &scored.values];
        let output = |name, n: usize| spikemesh::detect::Output {
            name,
            shape: shapes[n],
            values: values[n],
        };
        decoder.decode(&[output("boxes", 0), output("scores", 1)], (64, 32)).unwrap()
    };
    let lists = found([Shape::new(16, 4, 1), Shape::new(16, 3, 1)]);
    assert!(!lists.is_empty());
    assert_eq!(found([Shape::new(8, 2, 4), Shape::new(8, 2, 3)]), lists);
}

#[test]
fn priors_may_be_cut_to_the_input() {
    let clipped = format!("{LEVEL}\nclip = true").replace("[[16, 36]]", "[[100]]");
    let mut decoder = decoder(&[&clipped.replace("[\"boxes\", \"scores\"]", "[0, 1]")]);
    decoder.nms_iou = 1.0;
    // 100 by 100, 200 by 50 and 50 by 200 about (16, 16) become 64 by 32, 64 by 32, 50 by 32.
    let three = [[-9.0f32, 0.0, -9.0], [-9.0, 0.1, -9.0], [-9.0, 0.2, -9.0]];
    let some: Vec<(usize, &[f32])> = three.iter().enumerate().map(|(n, s)| (n, &s[..])).collect();
    let mut scores = Rows::new(6, 0.0, &some);
    for n in 3..6 {
        scores.values[n * 3] = 99.0;
    }
    let found = decode(&decoder, &[Rows::new(6, 0.0, &[(0, &[0.0; 4])]).rows(), scores.rows()]);
    let rights: Vec<f64> = found.iter().map(|d| d.rect.x2).collect();
    assert_eq!(rights, [41.0, 48.0, 48.0]);
}

#[test]
fn no_number_does_harm() {
    let decoder = decoder(&[LISTED]);
    let sure = Rows::new(2, 0.0, &[(0, &[99.0, 0.0, 0.0]), (1, &[0.0, 9.0, 0.0])]);
    let tensors = [Rows::new(2, 0.0, &[(1, &location())]).rows(), sure.rows()];
    stays_sane(&decoder, &tensors, 0, &[4, 5, 6, 7], |_, _| true);
    let none = |_, value: f32| value.is_nan() || value == f32::INFINITY;
    stays_sane(&decoder, &tensors, 1, &[3, 4, 5], none);
}
