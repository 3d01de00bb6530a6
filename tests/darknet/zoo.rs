//! Trained networks of the shared folder: what Darknet's files say against what ONNX says.

use std::path::{Path, PathBuf};

use ndarray::Array3;
use spikemesh::detect::Decoder;
use spikemesh::{ann::exec, import};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(name);
    if !path.is_dir() {
        println!("skipped: {} is missing", path.display());
    }
    path.is_dir().then_some(path)
}

/// Relative L2 distance.
fn distance(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let square = |x: f32| f64::from(x) * f64::from(x);
    let difference: f64 = found.iter().zip(expected).map(|(a, b)| square(a - b)).sum();
    (difference / expected.iter().map(|&x| square(x)).sum::<f64>()).sqrt()
}

/// The heads on reference inputs, and whether the built-in description fits.
fn check(name: &str, stem: &str, images: &[&str], heads: usize) {
    let Some(folder) = folder(name) else { return };
    let imported = import::open(&folder.join(format!("{stem}.cfg"))).unwrap();
    assert_eq!(imported.name, stem);
    let import::Network::Float(darknet) = imported.network else { panic!("a float network") };
    let onnx = import::load(&folder.join(format!("{stem}.onnx"))).unwrap();
    assert_eq!((darknet.heads.len(), onnx.heads.len()), (heads, heads));
    Decoder::for_network(&imported.name).unwrap().check(&darknet).unwrap();
    for image in images {
        let path = folder.join("reference").join(format!("{image}.input_u8_hwc_rgb.npy"));
        let pixels: Array3<u8> = ndarray_npy::read_npy(path).unwrap();
        let input: Vec<f32> =
            pixels.permuted_axes([2, 0, 1]).iter().map(|&p| f32::from(p) / 255.0).collect();
        let (ours, theirs) =
            (exec::run(&darknet, &input).unwrap(), exec::run(&onnx, &input).unwrap());
        for (a, b) in darknet.heads.iter().zip(&onnx.heads) {
            assert_eq!((&a.name, darknet.nodes[a.node].shape), (&b.name, onnx.nodes[b.node].shape));
            let error = distance(&ours[a.node], &theirs[b.node]);
            println!("{stem} {image} {}: Darknet against ONNX {error:.1e}", a.name);
            assert!(error <= 1e-5, "{stem} {image} {}: {error}", a.name);
        }
    }
}

#[test]
fn yolo_fastest() {
    check("yolo-fastest-1.1-coco", "yolo-fastest-1.1", &["000000000285", "000000002473"], 2);
}

#[test]
fn mobilenet_v2() {
    let name = "mobilenetv2-yolo-fastest-voc";
    check(name, name, &["000000000285", "000000002473"], 2);
}

#[test]
fn yoloface_50k() {
    check("yoloface-50k", "yoloface-50k", &["000000000459_crop"], 1);
}

/// This one comes without Darknet weights.
#[test]
fn missing_weights_are_named() {
    let Some(folder) = folder("tinier-yolo-voc") else { return };
    let error = import::load(&folder.join("tinier-yolo.cfg")).unwrap_err().to_string();
    assert!(error.contains("tinier-yolo.weights"), "{error}");
}
