//! `yolov5`.

use super::{Rows, decode, decoder, logit, same, stays_sane};

const RAW: &str = "output = 0\nkind = \"yolov5\"\nstride = 16\nanchors = [[16, 8], [10, 20]]";

/// Anchor 1 in column 3, row 0 of 4 x 2 cells: the ninth to sixteenth cell are its.
const CELL: usize = 8 + 3;

/// x = 2 (3/4) - 1/2 = 1: centre (1 + 3) 16 = 64; y = 2 (1/2) - 1/2: centre (1/2) 16 = 8.
/// Width (2 x 3/4)^2 10 = 22.5, height (2 x 1/2)^2 20 = 20: 52.75 to 75.25 and -2 to 18, cut.
const SHARES: [f64; 7] = [0.75, 0.5, 0.75, 0.5, 0.8, 0.5, 0.1];
const WANTED: [(usize, f64, [f64; 4]); 1] = [(0, 0.4, [52.75, 0.0, 64.0, 18.0])];

#[test]
fn grids_and_cells_one_behind_the_other() {
    let decoder = decoder(&[RAW]);
    let tensor = Rows::new(16, -9.0, &[(CELL, &SHARES.map(logit))]);
    same(&decode(&decoder, &[tensor.planes(2, 2, 4)]), &WANTED);
    // [1, anchors, height, width, numbers], flattened to [anchors x height x width, numbers], ...
    let (shape, values) = tensor.rows();
    same(&decode(&decoder, &[(shape, values.clone())]), &WANTED);
    // ... or to [anchors, height x width, numbers].
    let shape = spikemesh::ann::Shape::new(2, 8, 7);
    same(&decode(&decoder, &[(shape, values)]), &WANTED);
}

#[test]
fn sigmoids_in_the_network_and_another_stretch() {
    let shares = SHARES.map(|share| share as f32);
    let tensor = Rows::new(16, 0.0, &[(CELL, &shares)]).planes(2, 2, 4);
    let activated = format!("{RAW}\nactivated = true");
    same(&decode(&decoder(&[&activated]), std::slice::from_ref(&tensor)), &WANTED);
    // Without a stretch x is 3/4: centre 60, 48.75 to 71.25.
    let plain = format!("{activated}\nscale_x_y = 1");
    same(&decode(&decoder(&[&plain]), &[tensor]), &[(0, 0.4, [48.75, 0.0, 64.0, 18.0])]);
}

#[test]
fn boxes_that_the_network_drew() {
    let decoder = decoder(&["output = 0\nkind = \"yolov5\""]);
    // Centre (20, 10), 16 by 8, and one of twice that size at its left, with class b.
    let near = [20.0, 10.0, 16.0, 8.0, 0.5, 0.9, 0.0];
    let far = [40.0, 16.0, 32.0, 16.0, 1.0, 0.0, 0.3];
    let tensor = Rows::new(5, 0.0, &[(1, &near), (4, &far)]);
    let wanted = [(0, 0.45, [12.0, 6.0, 28.0, 14.0]), (1, 0.3, [24.0, 8.0, 56.0, 24.0])];
    same(&decode(&decoder, &[tensor.rows()]), &wanted);
    same(&decode(&decoder, &[tensor.planes(1, 5, 1)]), &wanted);
}

#[test]
fn no_number_does_harm() {
    let tensor = Rows::new(16, -9.0, &[(CELL, &SHARES.map(logit))]).rows();
    let places: Vec<usize> = (CELL * 7..CELL * 7 + 7).collect();
    // A sigmoid bounds all but what is no number.
    let none = |number, value: f32| number < 6 && value.is_nan();
    stays_sane(&decoder(&[RAW]), &[tensor], 0, &places, none);
    let tensor = Rows::new(3, 0.0, &[(1, &[20.0, 10.0, 16.0, 8.0, 0.5, 0.9, 0.0])]).rows();
    let drawn = decoder(&["output = 0\nkind = \"yolov5\""]);
    let places: Vec<usize> = (7..14).collect();
    stays_sane(&drawn, &[tensor], 0, &places, |number, _| number < 6);
}
