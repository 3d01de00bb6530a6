//! Photographs and arrays as network inputs.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array, Array3};
use spikemesh::ann::Shape;
use spikemesh::encode::{
    ChannelOrder, Detector, Error, Letterbox, Pixels, Position, Resize, Sides, inputs,
};

/// A picture with the same value in the three channels.
fn grey(width: usize, height: usize, values: &[u8]) -> Pixels {
    Pixels::new(width, height, values.iter().flat_map(|&v| [v; 3]).collect()).unwrap()
}

fn reds(pixels: &Pixels) -> Vec<u8> {
    pixels.data().iter().step_by(3).copied().collect()
}

fn tiny(width: usize, height: usize) -> Detector {
    let mut detector = Detector::for_network("yoloface-50k").unwrap();
    (detector.width, detector.height) = (width, height);
    detector
}

fn description(text: &str) -> Result<Detector, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.detector.toml");
    fs::write(&path, text).unwrap();
    Detector::load(&path)
}

#[test]
fn resize_by_hand() {
    // Centres of 4 cells over 2: -0.25, 0.25, 0.75, 1.25; the outer ones repeat the border.
    assert_eq!(reds(&grey(2, 1, &[0, 100]).resize(4, 1)), [0, 25, 75, 100]);
    assert_eq!(reds(&grey(1, 2, &[0, 100]).resize(1, 4)), [0, 25, 75, 100]);
    // Halved: the mean of two neighbours, 0.5 rounds up.
    assert_eq!(reds(&grey(4, 1, &[0, 1, 10, 20]).resize(2, 1)), [1, 15]);
    // A third: only the middle pixel of three counts, so there is no antialias.
    assert_eq!(reds(&grey(3, 3, &[9, 9, 9, 9, 50, 9, 9, 9, 9]).resize(1, 1)), [50]);
    // Both axes: (0.75 * 0.75 * 0 + 0.75 * 0.25 * 80) + (0.25 * 0.75 * 160 + 0.25 * 0.25 * 240) =
    // 60.
    assert_eq!(reds(&grey(2, 2, &[0, 80, 160, 240]).resize(4, 4))[5], 60);
}

#[test]
fn letterbox_geometry() {
    let fit = |w, h, position| {
        let l = Letterbox::fit((w, h), (416, 416), position, Sides::Truncate);
        (l.width, l.height, l.left, l.top)
    };
    assert_eq!(fit(640, 480, Position::Center), (416, 312, 0, 52));
    assert_eq!(fit(480, 640, Position::TopLeft), (312, 416, 0, 0));
    // 416 * 427 / 640 = 277.55, truncated; the odd rest of 139 leaves 69 above and 70 below.
    assert_eq!(fit(640, 427, Position::Center), (416, 277, 0, 69));
    assert_eq!(fit(5000, 1, Position::Center), (416, 1, 0, 207));
    // As Ultralytics rounds (`LetterBox` of its `data/augment.py`): height, and rows above. 64 *
    // 75 / 101 = 47.5, 64 * 133 / 200 = 42.6, 96 * 133 / 200 = 63.8; halves go to even.
    for (from, to, height, top) in [
        ((101, 75), (64, 64), 48, 8),
        ((200, 133), (64, 64), 43, 10),
        ((200, 133), (96, 64), 64, 0),
        ((64, 5), (32, 32), 2, 15),
        ((64, 7), (32, 32), 4, 14),
    ] {
        let place = Letterbox::fit(from, to, Position::Center, Sides::Round);
        assert_eq!((place.width, place.height, place.left, place.top), (to.0, height, 0, top));
    }
    let boxed = grey(2, 1, &[1, 2]).letterbox(2, 3, 9, Position::Center, Sides::Truncate);
    assert_eq!(reds(&boxed), [9, 9, 1, 2, 9, 9]);
    let boxed = grey(1, 2, &[1, 2]).letterbox(2, 2, 9, Position::TopLeft, Sides::Truncate);
    assert_eq!(reds(&boxed), [1, 9, 2, 9]);
}

#[test]
fn built_in_descriptions() {
    let known: Vec<_> =
        Detector::known().map(|stem| Detector::for_network(stem).unwrap()).collect();
    assert_eq!(known.len(), 12);
    let tinier = Detector::for_network("tinier_yolo_w1a3").unwrap();
    let (position, sides) = (Position::Center, Sides::Truncate);
    let centred = Resize::Letterbox { pad: 128, position, sides };
    assert_eq!(tinier.resize, centred);
    assert_eq!(tinier, Detector::for_network("tinier_yolo_relu7").unwrap());
    assert_eq!(Detector::for_network("tiny_face_detector_416").unwrap().scale, 1.0);
    // Every 8-bit value divided by 255 is the nearest f32.
    for v in 0..=255u8 {
        assert_eq!(tinier.tensor(&grey(1, 1, &[v]))[0], f32::from(v) / 255.0);
    }
    let message = Detector::for_network("other").unwrap_err().to_string();
    assert!(message.contains("other") && message.contains("tinier_yolo_w1a3"), "{message}");
}

#[test]
fn descriptions_from_files() {
    let rule = "width = 2\nheight = 1\nresize = \"plain\"\nchannels = \"bgr\"\n\
                scale = 0.5\nmean = [1, 2, 3]\n";
    let detector = description(rule).unwrap();
    assert_eq!(detector.channels, ChannelOrder::Bgr);
    let pixels = Pixels::new(2, 1, vec![13, 12, 11, 23, 22, 21]).unwrap();
    // Blue first: (11 - 1) / 2, (21 - 1) / 2, then green less 2, red less 3.
    assert_eq!(detector.tensor(&pixels), [5.0, 10.0, 5.0, 10.0, 5.0, 10.0]);
    for (from, to, says) in [
        ("scale", "scael", "scael"),
        ("\"plain\"", "\"letterbox\"", "pad"),
        ("width = 2", "width = 0", "width"),
        ("scale = 0.5", "scale = nan", "scale"),
        ("height = 1", "height = 1\npad = 3", "pad"),
        ("height = 1", "height = 1\nsides = \"round\"", "sides"),
    ] {
        let error = description(&rule.replace(from, to)).unwrap_err();
        assert!(matches!(error, Error::Detector { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn arrays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let shape = Shape::new(3, 1, 2);
    let load = || inputs(&path, &tiny(2, 1), shape).unwrap()[0].load();

    ndarray_npy::write_npy(
        &path,
        &Array3::from_shape_vec((1, 2, 3), vec![0u8, 51, 102, 153, 204, 255]).unwrap(),
    )
    .unwrap();
    assert_eq!(load().unwrap(), [0.0, 0.6, 0.2, 0.8, 0.4, 1.0]);

    let values: Vec<f32> = (0..6u8).map(f32::from).collect();
    let plane = Array3::from_shape_vec((3, 1, 2), values.clone()).unwrap();
    ndarray_npy::write_npy(&path, &plane).unwrap();
    assert_eq!(load().unwrap(), values);
    ndarray_npy::write_npy(&path, &plane.clone().insert_axis(ndarray::Axis(0))).unwrap();
    assert_eq!(load().unwrap(), values);
    // Column-major on disk, the same tensor.
    let mut fortran = Array::zeros(ndarray::ShapeBuilder::f((3, 1, 2)));
    fortran.assign(&plane);
    ndarray_npy::write_npy(&path, &fortran).unwrap();
    assert_eq!(load().unwrap(), values);

    ndarray_npy::write_npy(&path, &Array3::<f32>::zeros((3, 2, 2))).unwrap();
    let message = load().unwrap_err().to_string();
    for part in ["float32 [3, 2, 2]", "[3, 1, 2]", "uint8 [1, 2, 3]", "a.npy"] {
        assert!(message.contains(part), "{message}");
    }
    ndarray_npy::write_npy(&path, &Array3::<i64>::zeros((3, 1, 2))).unwrap();
    assert!(load().unwrap_err().to_string().contains("int64 [3, 1, 2]"));
}

#[test]
fn broken_files() {
    let folder = tempfile::tempdir().unwrap();
    let shape = Shape::new(3, 4, 4);
    let at = |name: &str| folder.path().join(name);
    let load = |name: &str, bytes: &[u8]| {
        fs::write(at(name), bytes).unwrap();
        inputs(&at(name), &tiny(4, 4), shape).and_then(|items| items[0].load()).unwrap_err()
    };
    let empty = inputs(folder.path(), &tiny(4, 4), shape).unwrap_err();
    assert!(matches!(empty, Error::EmptyFolder { .. }), "{empty}");
    assert!(matches!(load("a.jpg", b"\xff\xd8\xff no picture"), Error::Image { .. }));
    assert!(matches!(load("b.png", b"\x89PNG\r\n\x1a\nxx"), Error::Image { .. }));
    assert!(matches!(load("c.JPEG", b""), Error::Foreign { .. }));
    assert!(matches!(load("d.gif", b"GIF89a"), Error::Foreign { .. }));
    assert!(matches!(load("d.bin", b"\x01\x02"), Error::Unsupported { .. }));
    assert!(matches!(load("e.npy", b"\x01\x02"), Error::Npy { .. }));
    let missing = inputs(&at("none.png"), &tiny(4, 4), shape).unwrap_err();
    assert!(
        matches!(missing, Error::Io { .. }) && missing.to_string().contains("none.png"),
        "{missing}"
    );
    let size = inputs(&at("a.jpg"), &tiny(5, 4), shape).unwrap_err().to_string();
    assert!(size.contains("[4, 5]") && size.contains("[4, 4]"), "{size}");

    // An array cut off in its data.
    ndarray_npy::write_npy(at("f.npy"), &Array3::<f32>::zeros((3, 4, 4))).unwrap();
    let whole = fs::read(at("f.npy")).unwrap();
    assert!(matches!(load("f.npy", &whole[..whole.len() - 5]), Error::Npy { .. }));

    // Images of a folder in the order of their names, other files passed over; pictures of other
    // forms and arrays beside them are not.
    let other = inputs(folder.path(), &tiny(4, 4), shape).unwrap_err();
    assert!(matches!(&other, Error::Foreign { path, .. } if path.ends_with("d.gif")), "{other}");
    fs::remove_file(at("d.gif")).unwrap();
    let mixed = inputs(folder.path(), &tiny(4, 4), shape).unwrap_err();
    assert!(matches!(mixed, Error::Mixed { pictures: 3, arrays: 2, .. }), "{mixed}");
    ["e.npy", "f.npy"].iter().for_each(|name| fs::remove_file(at(name)).unwrap());
    let names: Vec<_> = inputs(folder.path(), &tiny(4, 4), shape)
        .unwrap()
        .into_iter()
        .map(|item| item.name)
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
}

/// Photographs agree with the pixels that the reference runs were fed with.
#[test]
fn photographs_match_the_reference_pixels() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let photograph = |image: &str| -> Option<PathBuf> {
        ["train", "val"]
            .map(|part| shared.join(format!("data/coco-permissive/{part}/images/{image}.jpg")))
            .into_iter()
            .find(|path| path.exists())
    };
    let cases = [
        ("yolo-fastest-1.1-coco", "yolo-fastest-1.1", "000000000285"),
        ("yolo-fastest-1.1-coco", "yolo-fastest-1.1", "000000002473"),
        ("mobilenetv2-yolo-fastest-voc", "mobilenetv2-yolo-fastest-voc", "000000000285"),
        ("tinier-yolo-voc", "tinier_yolo_relu7", "000000000285"),
        ("tinier-yolo-voc", "tinier_yolo_relu7", "000000002473"),
        ("tiny-face-detector", "tiny_face_detector_416", "000000000459"),
        ("yolox-nano-coco", "yolox_nano", "000000000285"),
        ("yolox-nano-coco", "yolox_nano", "000000002473"),
    ];
    for (folder, stem, image) in cases {
        let reference =
            shared.join(format!("models/{folder}/reference/{image}.input_u8_hwc_rgb.npy"));
        let Some(photograph) = photograph(image).filter(|_| reference.exists()) else {
            println!("skipped: {} or its photograph is missing", reference.display());
            continue;
        };
        let detector = Detector::for_network(stem).unwrap();
        let shape = Shape::new(3, detector.height, detector.width);
        let tensor = |path: &Path| inputs(path, &detector, shape).unwrap()[0].load().unwrap();
        let (ours, theirs) = (tensor(&photograph), tensor(&reference));
        assert_eq!((ours.len(), theirs.len()), (shape.len(), shape.len()));
        let sum: f64 = ours.iter().zip(&theirs).map(|(a, b)| f64::from((a - b).abs())).sum();
        let levels = sum / shape.len() as f64 / detector.scale;
        println!("{stem} {image}: mean absolute difference {levels:.4} levels");
        assert!(levels < 0.5, "{stem} {image}: {levels} levels");
    }
}

/// Damaged photographs are an error or a picture, never a panic; a cut-off one is always an error.
#[test]
fn damaged_photographs() {
    let folder = tempfile::tempdir().unwrap();
    let picture =
        image::RgbImage::from_fn(48, 32, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, 90]));
    for name in ["a.jpg", "a.png"] {
        let path = folder.path().join(name);
        picture.save(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        Pixels::read(&path).unwrap();
        for eighths in 1..8 {
            fs::write(&path, &whole[..whole.len() * eighths / 8]).unwrap();
            let result = Pixels::read(&path);
            assert!(matches!(result, Err(Error::Image { .. })), "{name} cut at {eighths}/8");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            fs::write(&path, bytes).unwrap();
            let _ = Pixels::read(&path);
        }
    }
}

/// Every photograph of the folder can be read.
#[test]
fn folder_of_photographs() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/coco-permissive/val/images");
    if !folder.exists() {
        println!("skipped: {} is missing", folder.display());
        return;
    }
    let detector = Detector::for_network("yoloface-50k").unwrap();
    let items = inputs(&folder, &detector, Shape::new(3, 56, 56)).unwrap();
    assert!(items.is_sorted_by_key(|item| &item.name));
    for item in items {
        let tensor = item.load().unwrap();
        assert!(tensor.iter().all(|v| (0.0..=1.0).contains(v)), "{}", item.name);
    }
}
