//! Heads of the networks of the shared folder against their reference outputs.

use std::path::{Path, PathBuf};

use ndarray::{Array3, ArrayD};
use spikemesh::{ann::exec, import};

/// The shared models, or a line that says they are missing.
pub fn models() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is missing", path.display());
    None
}

/// Runs a network on one reference input and compares each head.
fn check(folder: &str, file: &str, image: &str, heads: &[&str], unit: f32) {
    let Some(models) = models() else { return };
    let folder = models.join(folder);
    let reference = |name: &str| folder.join("reference").join(format!("{image}.{name}.npy"));
    let pixels: Array3<u8> = ndarray_npy::read_npy(reference("input_u8_hwc_rgb")).unwrap();
    let input: Vec<f32> =
        pixels.permuted_axes([2, 0, 1]).iter().map(|&p| f32::from(p) / unit).collect();
    let graph = import::load(&folder.join(file)).unwrap();
    let values = exec::run(&graph, &input).unwrap();
    assert_eq!(graph.heads.len(), heads.len());
    for (head, name) in graph.heads.iter().zip(heads) {
        let expected: ArrayD<f32> = ndarray_npy::read_npy(reference(name)).unwrap();
        let found = &values[head.node];
        assert_eq!(found.len(), expected.len());
        let square = |x: f32| f64::from(x) * f64::from(x);
        let difference: f64 = found.iter().zip(&expected).map(|(a, b)| square(a - b)).sum();
        let size: f64 = expected.iter().map(|&x| square(x)).sum();
        let error = (difference / size).sqrt();
        println!("{file} {image} {name}: relative error {error:.1e}");
        assert!(error <= 1e-4, "{file} {image} {name}: relative error {error}");
    }
}

#[test]
fn yolo_fastest() {
    for image in ["000000000285", "000000002473"] {
        check("yolo-fastest-1.1-coco", "yolo-fastest-1.1.onnx", image, &["head0", "head1"], 255.0);
    }
}

#[test]
fn mobilenet_v2() {
    let (folder, file) = ("mobilenetv2-yolo-fastest-voc", "mobilenetv2-yolo-fastest-voc.onnx");
    for image in ["000000000285", "000000002473"] {
        check(folder, file, image, &["head0", "head1"], 255.0);
    }
}

#[test]
fn tinier_yolo_relu7() {
    check("tinier-yolo-voc", "tinier_yolo_relu7.onnx", "000000000285", &["relu7_head"], 255.0);
}

#[test]
fn tinier_yolo_w1a3() {
    check("tinier-yolo-voc", "tinier_yolo_w1a3.onnx", "000000002473", &["w1a3_head"], 255.0);
}

#[test]
fn tiny_face() {
    check("tiny-face-detector", "tiny_face_detector_416.onnx", "000000000459", &["head"], 1.0);
}

#[test]
fn yoloface_50k() {
    check("yoloface-50k", "yoloface-50k.onnx", "000000000459_crop", &["head0"], 255.0);
}

#[test]
fn a_truncated_file_is_an_error() {
    let Some(models) = models() else { return };
    let path = models.join("yoloface-50k/yoloface-50k.onnx");
    let bytes = std::fs::read(&path).unwrap();
    for end in (0..bytes.len()).step_by(97) {
        let error = import::onnx::parse(&path, &bytes[..end]).unwrap_err();
        assert!(error.to_string().contains("yoloface-50k.onnx"), "{error}");
    }
}
