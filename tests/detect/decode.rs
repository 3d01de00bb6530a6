//! Heads decoded by hand, and boxes brought back to the picture.

use std::path::Path;

use super::near;
use spikemesh::ann::Shape;
use spikemesh::detect::{Decoder, Detection, Error, Output};
use spikemesh::encode::{Detector, Pixels};

const PLAIN: &str =
    "width = 64\nheight = 32\nresize = \"plain\"\nchannels = \"rgb\"\nscale = 1.0\n";

const BOXED: &str = "width = 64\nheight = 32\nresize = \"letterbox\"\npad = 0\n\
                     position = \"center\"\nchannels = \"rgb\"\nscale = 1.0\n";

fn decoder(input: &str, classes: &str, head: &str) -> Decoder {
    let text = format!("{input}[detect]\nscore = 0.1\nnms_iou = 0.5\nclasses = {classes}\n{head}");
    Decoder::parse(&text, Path::new("x")).unwrap()
}

/// A head of 1 x 2 cells of stride 32 with these channels in the right cell and -9 (no object, all
/// but nothing) in the left.
fn right_cell(channels: &[f32]) -> (Shape, Vec<f32>) {
    let values = channels.iter().flat_map(|&v| [-9.0, v]).collect();
    (Shape::new(channels.len(), 1, 2), values)
}

fn decode(decoder: &Decoder, channels: &[f32], image: (usize, usize)) -> Vec<Detection> {
    let (shape, values) = right_cell(channels);
    decoder.decode(&[Output { name: "head", shape, values: &values }], image).unwrap()
}

fn corners(detection: &Detection) -> [f64; 4] {
    let r = detection.rect;
    [r.x1, r.y1, r.x2, r.y2]
}

/// ln(p / (1 - p)): what a sigmoid makes p of.
fn logit(p: f64) -> f32 {
    (p / (1.0 - p)).ln() as f32
}

fn all_near(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    assert!(
        found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4),
        "{found:?} is not {wanted:?}"
    );
}

#[test]
fn region_by_hand() {
    let head =
        "[[detect.head]]\noutput = 0\nkind = \"region\"\nstride = 32\nanchors = [[0.5, 0.25]]\n";
    let decoder = decoder(PLAIN, "[\"a\", \"b\"]", head);
    // Centre (1 + 1/4, 1/2) cells = (40, 16); size e^ln2 * 0.5 cells = 32 by 0.25 cells = 8.
    let two = 2f32.ln();
    let channels = [logit(0.25), 0.0, two, 0.0, logit(0.8), 3f32.ln(), 0.0];
    let found = decode(&decoder, &channels, (64, 32));
    // Softmax of (ln 3, 0) is 3/4, 1/4.
    assert_eq!(found.iter().map(|d| d.class).collect::<Vec<_>>(), [0, 1]);
    all_near(&[found[0].score, found[1].score], &[0.6, 0.2]);
    all_near(&corners(&found[0]), &[24.0, 12.0, 56.0, 20.0]);
    // The same on a picture of another size: x twice, y ten times.
    let found = decode(&decoder, &channels, (128, 320));
    all_near(&corners(&found[0]), &[48.0, 120.0, 112.0, 200.0]);
}

#[test]
fn yolo_by_hand_with_stretched_centres() {
    let head = "[[detect.head]]\noutput = \"head\"\nkind = \"yolo\"\nstride = 32\n\
                anchors = [[16, 8]]\nscale_x_y = 2.0\n";
    let decoder = decoder(PLAIN, "[\"a\", \"b\"]", head);
    // sigmoid 3/4 stretched by 2: 3/2 - 1/2 = 1, so x = (1 + 1) * 32 = 64, and y: 1/2 stays.
    let channels = [logit(0.75), 0.0, 0.0, 2f32.ln(), logit(0.8), logit(0.5), logit(0.9)];
    let found = decode(&decoder, &channels, (64, 32));
    assert_eq!(found.iter().map(|d| d.class).collect::<Vec<_>>(), [1, 0]);
    all_near(&[found[0].score, found[1].score], &[0.72, 0.4]);
    // 56 to 72, cut at the picture's edge.
    all_near(&corners(&found[0]), &[56.0, 8.0, 64.0, 24.0]);
}

#[test]
fn object_alone_and_the_letterbox_undone() {
    let head = "[[detect.head]]\noutput = 0\nkind = \"region\"\nscores = \"object\"\nstride = 32\n\
                anchors = [[0.5, 0.5]]\n";
    let decoder = decoder(BOXED, "[\"face\"]", head);
    // Centre (48, 16), 16 by 16, in an input of 64 by 32.
    let channels = [0.0, 0.0, 0.0, 0.0, logit(0.9)];
    // 200 x 400 becomes 16 x 32 at column 24: the box is right of the picture and goes.
    assert_eq!(decode(&decoder, &channels, (200, 400)), []);
    // 400 x 100 becomes 64 x 16 at row 8: factor 6.25, y from 0 to 100.
    let found = decode(&decoder, &channels, (400, 100));
    all_near(&[found[0].score], &[0.9]);
    all_near(&corners(&found[0]), &[250.0, 0.0, 350.0, 100.0]);
}

#[test]
fn heads_compete_and_outputs_come_in_any_order() {
    let head = |output: &str| {
        format!(
            "[[detect.head]]\noutput = {output}\nkind = \"yolo\"\nstride = 32\n\
             anchors = [[16, 8]]\n"
        )
    };
    let decoder = decoder(PLAIN, "[\"a\"]", &(head("\"fine\"") + &head("0")));
    let faint = right_cell(&[0.0, 0.0, 0.0, 0.0, logit(0.6), 9.0]);
    let sure = right_cell(&[0.0, 0.0, 0.0, 0.0, logit(0.7), 9.0]);
    let outputs = [("coarse", &faint), ("fine", &sure)].map(|(name, (shape, values))| Output {
        name,
        shape: *shape,
        values,
    });
    // The same box from both: one stays, the better.
    let found = decoder.decode(&outputs, (64, 32)).unwrap();
    assert_eq!(found.len(), 1);
    assert!((found[0].score - 0.7).abs() < 1e-3);
}

#[test]
fn numbers_out_of_bounds_do_no_harm() {
    let head =
        "[[detect.head]]\noutput = 0\nkind = \"region\"\nstride = 32\nanchors = [[0.5, 0.25]]\n";
    let decoder = decoder(PLAIN, "[\"a\", \"b\"]", head);
    let extremes = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0];
    for place in 0..7 {
        for value in extremes {
            let mut channels = [0.0, 0.0, 0.0, 0.0, 5.0, 1.0, 0.0];
            channels[place] = value;
            for d in decode(&decoder, &channels, (64, 32)) {
                assert!(d.score > 0.1 && d.score <= 1.0, "{d:?}");
                assert!(corners(&d).iter().all(|v| (0.0..=64.0).contains(v)), "{d:?}");
            }
        }
    }
    // A size beyond all bounds is the whole picture.
    let found = decode(&decoder, &[0.0, 0.0, 1e9, 1e9, 5.0, 1.0, 0.0], (64, 32));
    all_near(&corners(&found[0]), &[0.0, 0.0, 64.0, 32.0]);
}

#[test]
fn values_must_fill_the_shape() {
    let head = "[[detect.head]]\noutput = 0\nkind = \"yolo\"\nstride = 32\nanchors = [[16, 8]]\n";
    let decoder = decoder(PLAIN, "[\"a\"]", head);
    let output = Output { name: "head", shape: Shape::new(6, 1, 2), values: &[0.0; 11] };
    let error = decoder.decode(&[output], (64, 32)).unwrap_err();
    assert!(matches!(error, Error::Values { found: 11, expected: 12, .. }), "{error}");
}

/// A white block in a black picture is where `to_image` brings its place in the input back to.
#[test]
fn geometry_is_that_of_the_pixels() {
    for stem in ["tinier_yolo_relu7", "tiny_face_detector_416", "yolo-fastest-1.1"] {
        let detector = Detector::for_network(stem).unwrap();
        for (width, height) in [(640, 427), (427, 640), (416, 416), (100, 60)] {
            let (x1, y1, x2, y2) = (width / 4, height / 3, width / 2, height / 2);
            let inside =
                |i: usize| (x1..x2).contains(&(i % width)) && (y1..y2).contains(&(i / width));
            let data =
                (0..width * height).flat_map(|i| [if inside(i) { 255 } else { 0 }; 3]).collect();
            let input = detector.fit(&Pixels::new(width, height, data).unwrap());
            // Rows and columns where the block is; those of a grey canvas are not white.
            let white = |i: &usize| input.data()[i * 3] > 140;
            let cells: Vec<usize> = (0..input.width() * input.height()).filter(white).collect();
            let columns = || cells.iter().map(|i| (i % input.width()) as f64);
            let rows = || cells.iter().map(|i| (i / input.width()) as f64);
            let least = |v: &mut dyn Iterator<Item = f64>| v.fold(f64::INFINITY, f64::min);
            let most = |v: &mut dyn Iterator<Item = f64>| v.fold(0.0, f64::max) + 1.0;
            let seen = [
                least(&mut columns()),
                least(&mut rows()),
                most(&mut columns()),
                most(&mut rows()),
            ];
            let back = detector.to_image(seen, (width, height));
            let pixel = (width.max(height) as f64 / 320.0).max(1.0) * 1.1;
            for (a, b) in back.iter().zip([x1, y1, x2, y2]) {
                assert!((a - b as f64).abs() <= pixel, "{stem} {width}x{height}: {back:?}");
            }
        }
    }
    // The corners of a plain input are those of the picture.
    let back = Detector::for_network("yolo-fastest-1.1")
        .unwrap()
        .to_image([0.0, 0.0, 320.0, 320.0], (640, 480));
    back.iter().zip([0.0, 0.0, 640.0, 480.0]).for_each(|(&a, b)| near(a, b));
}
