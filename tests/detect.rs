//! Decoding, suppression, scoring, labelled sets.

mod decode;
mod descriptions;
mod drafts;
mod heads;
mod pairs;
mod references;
mod scoring;
mod sets;
mod yolox;

use spikemesh::detect::{Detection, Rect, Scene, Truth};

/// A square of side 10 at (x, 0): two of them at x and x + d overlap by (10 - d) / (10 + d).
pub fn square(x: f64) -> Rect {
    Rect::new([x, 0.0, x + 10.0, 10.0])
}

pub fn found(class: usize, score: f64, rect: Rect) -> Detection {
    Detection { class, score, rect }
}

fn truth(class: usize, rect: Rect) -> Truth {
    Truth { class, rect, difficult: false, crowd: false }
}

fn difficult(class: usize, rect: Rect) -> Truth {
    Truth { difficult: true, ..truth(class, rect) }
}

fn crowd(class: usize, rect: Rect) -> Truth {
    Truth { crowd: true, ..truth(class, rect) }
}

fn scene(detections: &[Detection], truths: &[Truth]) -> Scene {
    Scene { detections: detections.to_vec(), truths: truths.to_vec() }
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}
