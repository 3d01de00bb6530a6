//! YOLOX-Nano of the shared folder: our inputs against the reference's, and the outputs of another
//! runtime decoded against its detections and its mAP.

use std::path::Path;

use ndarray::{Array3, ArrayD};
use spikemesh::ann::Shape;
use spikemesh::detect::compare::{Pair, matched};
use spikemesh::detect::voc::{Interpolation, mean_precision};
use spikemesh::detect::{Dataset, Decoder, Detection, Output, Scene, coco};
use spikemesh::encode::Pixels;

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
        for w in &wanted {
            let same = |d: &&Detection| d.class == w.class && (d.score - w.score).abs() < 2e-5;
            let overlap = found.iter().filter(same).map(|d| d.rect.iou(w.rect)).fold(0.0, f64::max);
            assert!(overlap > 0.995, "{stem}: {w:?} has {overlap}");
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
        // Only roundings of halves differ.
        assert!(most <= 1 && other <= 100, "{stem}");
    }
}
