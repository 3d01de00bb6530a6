//! YOLOX-Nano of the shared folder: our inputs against the reference's, and the outputs of another
//! runtime decoded against its detections and its mAP.

use std::path::Path;

use ndarray::{Array3, ArrayD};
use spikemesh::ann::Shape;
use spikemesh::detect::compare::{Pair, matched};
use spikemesh::detect::voc::{Interpolation, mean_precision};
use spikemesh::detect::{Dataset, Decoder, Detection, Output, Scene, coco};
use spikemesh::encode::{Letterbox, Pixels, Position, Sides};

use super::references::{Rows, class_map, reference, shared};

const MODEL: &str = "models/yolox-nano-coco/reference";

/// The reference lists detections from this score on.
const LISTED: f64 = 0.05;

fn decode(decoder: &Decoder, path: &Path, size: (usize, usize)) -> Option<Vec<Detection>> {
    let output: ArrayD<f32> = ndarray_npy::read_npy(path).ok()?;
    assert_eq!(output.shape(), [1, 3549, 85]);
    let values: Vec<f32> = output.iter().copied().collect();
    let output = Output { name: "output", shape: Shape::new(3549, 85, 1), values: &values };
    Some(decoder.decode(&[output], size).unwrap())
}

#[test]
fn outputs_of_another_runtime_give_its_detections() {
    let (Some(val), Some(model)) = (shared("data/coco-permissive/val"), shared(MODEL)) else {
        return;
    };
    let text = |name: &str| std::fs::read_to_string(model.join(name)).unwrap();
    let rows: Rows = serde_json::from_str(&text("detections_val.json")).unwrap();
    let figures: serde_json::Value = serde_json::from_str(&text("map.json")).unwrap();
    let decoder = Decoder::for_network("yolox_nano").unwrap();
    let set = Dataset::open(&val).unwrap();
    let classes = class_map(&set, &decoder);
    let set = set.for_classes(&decoder.classes).unwrap().dataset;
    let (mut pairs, mut scenes) = (vec![], vec![]);
    for image in &set.images {
        let stem = image.path.file_stem().unwrap().to_str().unwrap();
        let size = (image.width, image.height);
        let output = model.join(format!("{stem}.output.npy"));
        let Some(found) = decode(&decoder, &output, size) else { continue };
        let wanted = reference(&rows, image, &classes);
        let listed = found.iter().filter(|d| d.score >= LISTED).count();
        assert_eq!(listed, wanted.len(), "{stem}");
        // The reference divides by one factor for both sides; we undo the resize as it was, to
        // sides cut to whole pixels. The ways part by less than a pixel of the input.
        let pixel = size.0.max(size.1) as f64 / 416.0;
        for w in &wanted {
            let near = |d: &&Detection| {
                let [a, b] = [d.rect, w.rect].map(|r| [r.x1, r.y1, r.x2, r.y2]);
                d.class == w.class
                    && (d.score - w.score).abs() < 2e-5
                    && a.iter().zip(b).all(|(a, b)| (a - b).abs() < pixel)
            };
            assert_eq!(found.iter().filter(near).count(), 1, "{stem}: {w:?}");
        }
        scenes.push(Scene { detections: found.clone(), truths: image.boxes.clone() });
        pairs.push(Pair { reference: wanted, found });
    }
    println!("yolox_nano: {} pictures, {:?} matched", pairs.len(), matched(&pairs));
    assert!(pairs.len() >= 2 && matched(&pairs) == Some(1.0));
    if scenes.len() == set.images.len() {
        let ours = mean_precision(&scenes, 0.5, Interpolation::Area).mean.unwrap();
        let theirs = figures["yolox-nano"]["shared_val14"]["mAP50"].as_f64().unwrap();
        let map = coco::evaluate(&scenes).mean().unwrap();
        println!("yolox_nano: mAP50 {ours:.4} against {theirs}, mAP {map:.4}");
        assert!((ours - theirs).abs() <= 0.005);
    }
}

#[test]
fn photographs_become_the_reference_inputs() {
    let (Some(val), Some(model)) = (shared("data/coco-permissive/val/images"), shared(MODEL))
    else {
        return;
    };
    let decoder = Decoder::for_network("yolox_nano").unwrap();
    for stem in ["000000000285", "000000002473"] {
        let theirs: Array3<u8> =
            ndarray_npy::read_npy(model.join(format!("{stem}.input_u8_hwc_rgb.npy"))).unwrap();
        let photograph = Pixels::read(&val.join(format!("{stem}.jpg"))).unwrap();
        let ours = decoder.input.fit(&photograph);
        let pairs = || ours.data().iter().zip(&theirs);
        assert_eq!(ours.data().len(), theirs.len());
        let other = pairs().filter(|(a, b)| a != b).count();
        let most = pairs().map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        println!("{stem}: {other} of {} bytes differ, by {most} at most", theirs.len());
        // Decoders of JPEG differ in their last bit, the border does not.
        assert!(most <= 4 && other * 20 < theirs.len(), "{stem}");
        let size = (photograph.width(), photograph.height());
        let place = Letterbox::fit(size, (416, 416), Position::TopLeft, Sides::Truncate);
        let outside = |i: usize| i / 3 % 416 >= place.width || i / 3 / 416 >= place.height;
        let mut border = pairs().enumerate().filter(|(i, _)| outside(*i));
        assert!(border.all(|(_, (a, b))| (*a, *b) == (114, 114)), "{stem}");
    }
}
