//! Heads of every kind, decoded by hand: the expected corners stand in the comments.

mod refused;
mod ssd;
mod yolov5;
mod yolov8;
mod yolox;

use std::path::Path;

use spikemesh::ann::Shape;
use spikemesh::detect::{Decoder, Detection, Output};

/// An input of 64 x 32 pixels, boxes above .1, two classes.
const BEGIN: &str = "width = 64\nheight = 32\nresize = \"plain\"\nchannels = \"rgb\"\nscale = 1.0\n\
                     [detect]\nscore = 0.1\nnms_iou = 0.5\nclasses = [\"a\", \"b\"]\n";

/// A description of heads of these keys.
fn decoder(heads: &[&str]) -> Decoder {
    let heads: String = heads.iter().map(|keys| format!("[[detect.head]]\n{keys}\n")).collect();
    Decoder::parse(&format!("{BEGIN}{heads}"), Path::new("x")).unwrap()
}

/// A tensor `[cells, numbers]` of zeros but for some cells.
#[derive(Clone)]
struct Rows {
    numbers: usize,
    values: Vec<f32>,
}

impl Rows {
    fn new(cells: usize, rest: f32, some: &[(usize, &[f32])]) -> Rows {
        let numbers = some[0].1.len();
        let mut values = vec![rest; cells * numbers];
        for (cell, wanted) in some {
            values[cell * numbers..(cell + 1) * numbers].copy_from_slice(wanted);
        }
        Rows { numbers, values }
    }

    fn cells(&self) -> usize {
        self.values.len() / self.numbers
    }

    /// `[cells, numbers]` as it is.
    fn rows(&self) -> (Shape, Vec<f32>) {
        (Shape::new(self.cells(), self.numbers, 1), self.values.clone())
    }

    /// `[anchors x numbers, height, width]`, or with a height of all cells and a width of 1.
    fn planes(&self, anchors: usize, height: usize, width: usize) -> (Shape, Vec<f32>) {
        let plane = self.cells() / anchors;
        assert_eq!(plane, height * width);
        let value = |i: usize| {
            let (anchor, number, cell) =
                (i / plane / self.numbers, i / plane % self.numbers, i % plane);
            self.values[(anchor * plane + cell) * self.numbers + number]
        };
        let shape = Shape::new(anchors * self.numbers, height, width);
        (shape, (0..self.values.len()).map(value).collect())
    }
}

/// The boxes in a picture of the input's size.
fn decode(decoder: &Decoder, tensors: &[(Shape, Vec<f32>)]) -> Vec<Detection> {
    let output = |(shape, values)| Output { name: "out", shape, values };
    let outputs: Vec<Output> = tensors.iter().map(|(s, v)| output((*s, &v[..]))).collect();
    decoder.decode(&outputs, (64, 32)).unwrap()
}

/// Class, score and corners, the best first.
fn same(found: &[Detection], wanted: &[(usize, f64, [f64; 4])]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (d, (class, score, corners)) in found.iter().zip(wanted) {
        assert_eq!(d.class, *class, "{found:?}");
        assert!((d.score - score).abs() < 1e-5, "{d:?} is not {score}");
        let r = d.rect;
        let near = [r.x1, r.y1, r.x2, r.y2].iter().zip(corners).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near, "{r:?} is not {corners:?}");
    }
}

/// ln(p / (1 - p)): what a sigmoid makes p of.
fn logit(p: f64) -> f32 {
    (p / (1.0 - p)).ln() as f32
}

const EXTREMES: [f32; 5] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN];

/// Puts what is no size and no place into each number of one cell, which has a box: no panic, and
/// no box outside of the picture. None at all where `none` says so of number and value.
fn stays_sane(
    decoder: &Decoder,
    tensors: &[(Shape, Vec<f32>)],
    changed: usize,
    places: &[usize],
    none: impl Fn(usize, f32) -> bool,
) {
    assert_eq!(decode(decoder, tensors).len(), 1);
    for (number, &place) in places.iter().enumerate() {
        for value in EXTREMES {
            let mut tensors = tensors.to_vec();
            tensors[changed].1[place] = value;
            let found = decode(decoder, &tensors);
            for d in &found {
                assert!(d.score > 0.1 && d.score <= 1.0, "{d:?}");
                let r = d.rect;
                assert!(r.x1 >= 0.0 && r.x2 <= 64.0 && r.y1 >= 0.0 && r.y2 <= 32.0, "{d:?}");
                assert!(r.has_area(), "{d:?}");
            }
            assert!(!none(number, value) || found.is_empty(), "{number} {value}: {found:?}");
        }
    }
}
