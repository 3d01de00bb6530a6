//! `yolox`.

use super::{Rows, decode, decoder, logit, same, stays_sane};

const JOINED: &str = "output = 0\nkind = \"yolox\"\nstride = [16, 32]";

/// 4 x 2 cells of stride 16, then 2 x 1 of stride 32.
fn joined() -> Rows {
    let two = 2f32.ln();
    // Column 2, row 1 of stride 16: centre (2.5, 1.25) 16 = (40, 20), size 2 x 16 by 16.
    let fine = [0.5, 0.25, two, 0.0, 0.8, 0.5, 0.1];
    // Column 1, row 0 of stride 32: centre (1.5, 0.5) 32 = (48, 16), size 32 by 32.
    let coarse = [0.5, 0.5, 0.0, 0.0, 0.9, 0.0, 1.0];
    Rows::new(10, 0.0, &[(6, &fine), (9, &coarse)])
}

const WANTED: [(usize, f64, [f64; 4]); 2] =
    [(1, 0.9, [32.0, 0.0, 64.0, 32.0]), (0, 0.4, [24.0, 12.0, 56.0, 28.0])];

#[test]
fn cells_of_all_strides_in_one_output() {
    let decoder = decoder(&[JOINED]);
    let tensor = joined();
    same(&decode(&decoder, &[tensor.rows()]), &WANTED);
    same(&decode(&decoder, &[tensor.planes(1, 10, 1)]), &WANTED);
    same(&decode(&decoder, &[tensor.planes(1, 1, 10)]), &WANTED);
}

#[test]
fn each_stride_as_a_grid_of_its_own() {
    let head = |output, stride| format!("output = {output}\nkind = \"yolox\"\nstride = {stride}");
    let decoder = decoder(&[&head(1, 16), &head(0, 32)]);
    let all = joined();
    let part = |cells: std::ops::Range<usize>| Rows {
        numbers: 7,
        values: all.values[cells.start * 7..cells.end * 7].to_vec(),
    };
    let (fine, coarse) = (part(0..8).planes(1, 2, 4), part(8..10).planes(1, 1, 2));
    same(&decode(&decoder, &[coarse, fine]), &WANTED);
}

#[test]
fn scores_before_their_sigmoid() {
    let decoder = decoder(&[&format!("{JOINED}\nactivated = false")]);
    let cell = [0.5, 0.25, 0.0, 0.0, logit(0.8), logit(0.5), logit(0.25)];
    // Centre (40, 20), 16 by 16; scores .8 x .5 and .8 x .25.
    let corners = [32.0, 12.0, 48.0, 28.0];
    let found = decode(&decoder, &[Rows::new(10, -9.0, &[(6, &cell)]).rows()]);
    same(&found, &[(0, 0.4, corners), (1, 0.2, corners)]);
}

#[test]
fn spikes_may_bring_a_score_above_1() {
    let tensor = |object| Rows::new(10, 0.0, &[(6, &[0.0, 0.0, 0.0, 0.0, object, 0.5, 0.0])]);
    let found = |object| decode(&decoder(&[JOINED]), &[tensor(object).rows()]);
    // Centre (2, 1) 16 = (32, 16).
    same(&found(1.25), &[(0, 0.5, [24.0, 8.0, 40.0, 24.0])]);
    same(&found(3.0), &[]);
}

#[test]
fn no_number_does_harm() {
    let decoder = decoder(&[JOINED]);
    let tensor = Rows::new(10, 0.0, &[(6, &[0.5, 0.25, 0.0, 0.0, 0.8, 0.5, 0.1])]);
    let places: Vec<usize> = (42..49).collect();
    stays_sane(&decoder, &[tensor.rows()], 0, &places, |number, _| number < 6);
}
