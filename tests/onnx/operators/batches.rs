//! Batches that a file fixes: one image of them is read.

use super::Case;
use crate::onnx::small::{Net, int, ints};

/// Two images in the file, one in the test.
fn two() -> Net {
    let mut net = Net::new(&[2, 3, 4, 5]);
    net.shape[0] = 1;
    net
}

/// The first `n` places of an axis of `x` in another shape.
fn begins(shape: &[i64], axis: i64, n: i64) -> Net {
    let net = two().longs("shape", shape).node("Reshape", &["x", "shape"], "r", vec![]);
    let net = net.longs("from", &[0]).longs("to", &[n]).longs("axes", &[axis]);
    net.node("Slice", &["r", "from", "to", "axes"], "y", vec![])
}

pub fn cases() -> Vec<Case> {
    let same = |x: &[f64]| x.to_vec();
    let scaled =
        |k: [f32; 2]| two().given("k", &[2, 1, 1, 1], &k).node("Mul", &["x", "k"], "y", vec![]);
    let repeated =
        |op: &str, list: &[i64]| two().longs("n", list).node(op, &["x", "n"], "y", vec![]);
    let mut own = two().node("Shape", &["x"], "whole", vec![int("start", 0), int("end", 1)]);
    own.opset = 15;
    let own =
        own.longs("rest", &[-1]).node("Concat", &["whole", "rest"], "shape", vec![int("axis", 0)]);
    let own = own.node("Reshape", &["x", "shape"], "r", vec![]);
    let own = own.node("ReduceMean", &["r"], "y", vec![ints("axes", &[1])]);
    vec![
        Case::by("view(2, -1) of two images", begins(&[2, -1], 1, 7), |x| x[..7].to_vec()),
        Case::by("two times three rows of two images", begins(&[6, 20], 0, 1), |x| {
            x[..20].to_vec()
        }),
        Case::sums("a shape that the file computes", own, |x| {
            vec![x.iter().sum::<f64>() / x.len() as f64]
        }),
        Case::refused("rows of unknown images", begins(&[4, -1], 0, 1), &["a batch of 2 images"]),
        Case::by("Expand to the batch itself", repeated("Expand", &[2, 3, 4, 5]), same),
        Case::by("a factor for both images", scaled([0.5, 0.5]), |x| {
            x.iter().map(|x| 0.5 * x).collect()
        }),
        Case::refused("a factor for each image", scaled([0.5, 1.0]), &["differs among the images"]),
        Case::refused("Tile of a batch", repeated("Tile", &[2, 1, 1, 1]), &["repeats a batch"]),
    ]
}
