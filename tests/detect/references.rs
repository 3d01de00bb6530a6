//! Float detectors of the shared folder against their reference detections and labelled scores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use spikemesh::ann::{Graph, exec};
use spikemesh::detect::compare::{Pair, matched};
use spikemesh::detect::voc::{Interpolation, mean_precision};
use spikemesh::detect::{Dataset, Decoder, Detection, Labelled, Rect, Scene, outputs};
use spikemesh::encode::inputs;
use spikemesh::import;

pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(part);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
    }
    path.exists().then_some(path)
}

fn decode(graph: &Graph, decoder: &Decoder, input: &Path, size: (usize, usize)) -> Vec<Detection> {
    let tensor = inputs(input, &decoder.input, graph.input_shape()).unwrap()[0].load().unwrap();
    let values = exec::run(graph, &tensor).unwrap();
    decoder.decode(&outputs(graph, &values), size).unwrap()
}

/// Corners in 0..1 of the picture, in pixels of it.
fn scaled(corners: &[f64], size: (usize, usize)) -> Rect {
    let (w, h) = (size.0 as f64, size.1 as f64);
    Rect::new([corners[0] * w, corners[1] * h, corners[2] * w, corners[3] * h])
}

/// `[class, score, x1, y1, x2, y2]` by image file, as the reference files hold them.
pub type Rows = BTreeMap<String, Vec<[f64; 6]>>;

pub fn reference(rows: &Rows, image: &Labelled, classes: &[Option<usize>]) -> Vec<Detection> {
    let size = (image.width, image.height);
    let name = image.path.file_name().unwrap().to_str().unwrap();
    let detection = |row: &[f64; 6]| Detection {
        class: classes[row[0] as usize].expect("the network has the class"),
        score: row[1],
        rect: scaled(&row[2..], size),
    };
    rows[name].iter().map(detection).collect()
}

/// Reference classes are those of the set; their indices in the network.
pub fn class_map(set: &Dataset, decoder: &Decoder) -> Vec<Option<usize>> {
    set.classes.iter().map(|name| decoder.classes.iter().position(|c| c == name)).collect()
}

/// Runs the photographs of val; share of reference detections matched, and labelled mAP50 against
/// the reference's.
fn check(folder: &str, stem: &str, rows: &str, key: &str) {
    let Some(val) = shared("data/coco-permissive/val") else { return };
    let Some(folder) = shared(&format!("models/{folder}")) else { return };
    let text = |name: &str| std::fs::read_to_string(folder.join("reference").join(name)).unwrap();
    let rows: Rows = serde_json::from_str(&text(rows)).unwrap();
    let figures: serde_json::Value = serde_json::from_str(&text("map.json")).unwrap();

    let graph = import::load(&folder.join(format!("{stem}.onnx"))).unwrap();
    let decoder = Decoder::for_network(stem).unwrap();
    decoder.check(&graph).unwrap();
    let set = Dataset::open(&val).unwrap();
    let classes = class_map(&set, &decoder);
    let set = set.for_classes(&decoder.classes).unwrap().dataset;
    let (mut pairs, mut scenes) = (Vec::new(), Vec::new());
    for image in &set.images {
        let found = decode(&graph, &decoder, &image.path, (image.width, image.height));
        pairs.push(Pair { reference: reference(&rows, image, &classes), found: found.clone() });
        scenes.push(Scene { detections: found, truths: image.boxes.clone() });
    }
    let share = matched(&pairs).unwrap();
    let ours = mean_precision(&scenes, 0.5, Interpolation::Area).mean.unwrap();
    let theirs = figures[key]["shared_val14"]["mAP50"].as_f64().unwrap();
    for (image, pair) in set.images.iter().zip(&pairs) {
        for lost in pair.reference.iter().filter(|d| d.score >= 0.3) {
            let alone = Pair { reference: vec![*lost], found: pair.found.clone() };
            if matched(&[alone]) != Some(1.0) {
                println!("{stem}: no partner for {lost:?} in {}", image.path.display());
            }
        }
    }
    println!("{stem}: {share:.4} matched, mAP50 {ours:.4} against {theirs}");
    assert_eq!(set.images.len(), 14);
    assert!(share >= 0.95, "{stem}: {share}");
    assert!((ours - theirs).abs() <= 0.02, "{stem}: {ours} against {theirs}");
}

#[test]
fn yolo_fastest() {
    check("yolo-fastest-1.1-coco", "yolo-fastest-1.1", "detections_val.json", "yolo-fastest-1.1");
}

#[test]
fn mobilenet_v2() {
    let name = "mobilenetv2-yolo-fastest-voc";
    check(name, name, "detections_val.json", name);
}

#[test]
fn tinier_yolo_relu7() {
    check("tinier-yolo-voc", "tinier_yolo_relu7", "relu7_detections_val.json", "relu7");
}

/// The rounding variant, on the two reference inputs: each of its layers takes the floor, so that
/// the last bit of a decoded photograph moves boxes by more than the tolerance.
#[test]
fn tinier_yolo_w1a3() {
    let Some(val) = shared("data/coco-permissive/val") else { return };
    let Some(folder) = shared("models/tinier-yolo-voc") else { return };
    let graph = import::load(&folder.join("tinier_yolo_w1a3.onnx")).unwrap();
    let decoder = Decoder::for_network("tinier_yolo_w1a3").unwrap();
    let rows = std::fs::read_to_string(folder.join("reference/w1a3_detections_val.json")).unwrap();
    let rows: Rows = serde_json::from_str(&rows).unwrap();
    let set = Dataset::open(&val).unwrap();
    let classes = class_map(&set, &decoder);
    let mut pairs = Vec::new();
    for name in ["000000000285", "000000002473"] {
        let image = set.images.iter().find(|i| i.path.ends_with(format!("{name}.jpg"))).unwrap();
        let input = folder.join(format!("reference/{name}.input_u8_hwc_rgb.npy"));
        let found = decode(&graph, &decoder, &input, (image.width, image.height));
        pairs.push(Pair { reference: reference(&rows, image, &classes), found });
    }
    let share = matched(&pairs).unwrap();
    println!("tinier_yolo_w1a3: {share:.4} matched");
    assert!(share >= 0.95, "{share}");
}

/// One face network on its reference input; `rows` are `[.., score, x1, y1, x2, y2]`.
fn check_face(folder: &str, stem: &str, input: &str, rows: &str, size: (usize, usize)) {
    let Some(folder) = shared(&format!("models/{folder}")) else { return };
    let graph = import::load(&folder.join(format!("{stem}.onnx"))).unwrap();
    let decoder = Decoder::for_network(stem).unwrap();
    decoder.check(&graph).unwrap();
    let rows = std::fs::read_to_string(folder.join("reference").join(rows)).unwrap();
    let rows: Vec<Vec<f64>> = serde_json::from_str(&rows).unwrap();
    let detection = |row: &Vec<f64>| {
        let numbers = &row[row.len() - 5..];
        Detection { class: 0, score: numbers[0], rect: scaled(&numbers[1..], size) }
    };
    let reference: Vec<Detection> = rows.iter().map(detection).collect();
    let found = decode(&graph, &decoder, &folder.join("reference").join(input), size);
    for wanted in &reference {
        let best = found
            .iter()
            .map(|f| (f.rect.iou(wanted.rect), f.score))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        println!("{stem}: {} wanted, {best:?} found (IoU, score)", wanted.score);
    }
    assert_eq!(matched(&[Pair { reference, found }]), Some(1.0));
}

#[test]
fn yoloface() {
    let crop = "000000000459_crop";
    // The reference is in 0..1 of the crop, whose size is not stated; any will do.
    let (input, rows) = (format!("{crop}.input_u8_hwc_rgb.npy"), format!("{crop}.detections.json"));
    check_face("yoloface-50k", "yoloface-50k", &input, &rows, (100, 100));
}

#[test]
fn tiny_face() {
    let Some(train) = shared("data/coco-permissive/train") else { return };
    let set = Dataset::open(&train).unwrap();
    let image = set.images.iter().find(|i| i.path.ends_with("000000000459.jpg")).unwrap();
    let (input, rows) =
        ("000000000459.input_u8_hwc_rgb.npy", "000000000459.detections_score_x1y1x2y2.json");
    check_face(
        "tiny-face-detector",
        "tiny_face_detector_416",
        input,
        rows,
        (image.width, image.height),
    );
}
