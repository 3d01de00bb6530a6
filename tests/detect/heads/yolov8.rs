//! `yolov8`.

use super::{Rows, decode, decoder, logit, same, stays_sane};

const DRAWN: &str = "output = 0\nkind = \"yolov8\"";
const RAW: &str = "output = 0\nkind = \"yolov8\"\nstride = 16\nreg_max = 4";

#[test]
fn boxes_that_the_network_drew() {
    let decoder = decoder(&[DRAWN]);
    // Centre (20, 10), 16 by 8: no object score, both classes count.
    let cell = [20.0, 10.0, 16.0, 8.0, 0.9, 0.2];
    let tensor = Rows::new(7, 0.0, &[(5, &cell)]);
    let corners = [12.0, 6.0, 28.0, 14.0];
    let wanted = [(0, 0.9, corners), (1, 0.2, corners)];
    same(&decode(&decoder, &[tensor.planes(1, 7, 1)]), &wanted);
    same(&decode(&decoder, &[tensor.rows()]), &wanted);
}

/// 4 bins a side. Left: all alike, mean (0 + 1 + 2 + 3) / 4 = 1.5. Top: bin 1 alone. Right: bins 0
/// and 2 alike, mean 1. Bottom: bin 0 alone.
fn distances() -> Vec<f32> {
    let mut cell = vec![3.0; 4];
    cell.extend([-99.0, 0.0, -99.0, -99.0]);
    cell.extend([7.0, -99.0, 7.0, -99.0]);
    cell.extend([5.0, -99.0, -99.0, -99.0]);
    cell.extend([logit(0.7), logit(0.05)]);
    cell
}

#[test]
fn distances_from_the_middle_of_a_cell() {
    let decoder = decoder(&[RAW]);
    // Column 1, row 1 of 4 x 2: middle (1.5, 1.5), corners (0, 0.5), (2.5, 1.5) times 16.
    let tensor = Rows::new(8, -9.0, &[(5, &distances())]);
    let wanted = [(0, 0.7, [0.0, 8.0, 40.0, 24.0])];
    same(&decode(&decoder, &[tensor.planes(1, 2, 4)]), &wanted);
    same(&decode(&decoder, &[tensor.rows()]), &wanted);
}

#[test]
fn cells_of_all_strides_and_distances_without_bins() {
    let head = "output = 0\nkind = \"yolov8\"\nstride = [16, 32]\nreg_max = 1\nactivated = true";
    let decoder = decoder(&[head]);
    // Column 1 of stride 32, after 8 cells of stride 16: middle (1.5, 0.5), left 1, top 0.25, right
    // 0.5, bottom 0.5: (0.5, 0.25), (2, 1) times 32.
    let tensor = Rows::new(10, 0.0, &[(9, &[1.0, 0.25, 0.5, 0.5, 0.0, 0.6])]);
    let wanted = [(1, 0.6, [16.0, 8.0, 64.0, 32.0])];
    same(&decode(&decoder, &[tensor.planes(1, 10, 1)]), &wanted);
}

#[test]
fn no_number_does_harm() {
    let tensor = Rows::new(3, 0.0, &[(1, &[20.0, 10.0, 16.0, 8.0, 0.9, 0.0])]).rows();
    let places: Vec<usize> = (6..12).collect();
    stays_sane(&decoder(&[DRAWN]), &[tensor], 0, &places, |number, _| number < 5);
    let tensor = Rows::new(8, -9.0, &[(5, &distances())]).rows();
    let places: Vec<usize> = (5 * 18..6 * 18).collect();
    // A softmax bounds what is finite.
    let none =
        |number, value: f32| value.is_nan() && number < 17 || value == f32::INFINITY && number < 16;
    stays_sane(&decoder(&[RAW]), &[tensor], 0, &places, none);
}
