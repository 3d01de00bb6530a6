//! Files of other kinds, and networks beyond the memory.

use super::{refused, shared, spikemesh, succeeds};
use spikemesh::import;
use std::fmt::Write as _;
use std::path::Path;

/// Name, first bytes, and what the message says.
const FOREIGN: &[(&str, &[u8], &[&str])] = &[
    ("a.pt", b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl", &["PyTorch", "torch.onnx.export"]),
    ("a.onnx", b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl", &["PyTorch", "torch.onnx.export"]),
    ("a.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", &["PyTorch", "torch.onnx.export"]),
    ("a.keras", b"PK\x03\x04metadata.json", &["Keras", "tf2onnx"]),
    ("a.npz", b"PK\x03\x04x.npy", &["NumPy"]),
    ("a.zip", b"PK\x03\x04model.onnx", &["zip", "unpack"]),
    ("a.h5", b"\x89HDF\r\n\x1a\n\0\0", &["HDF5", "tf2onnx"]),
    ("model", b"\x89HDF\r\n\x1a\n\0\0", &["HDF5"]),
    ("a.nir", b"\x89HDF\r\n\x1a\n\0\0", &["NIR", "cut short"]),
    ("a.tflite", b"\x1c\0\0\0TFL3\x14\0", &["TensorFlow Lite", "tf2onnx"]),
    ("a.bin", b"\x1c\0\0\0TFL3\x14\0", &["TensorFlow Lite"]),
    ("a.ort", b"\x1c\0\0\0ORTM", &["ONNX Runtime"]),
    ("a.engine", b"ftrt\0\0\0\0", &["TensorRT"]),
    ("a.safetensors", b"\x02\0\0\0\0\0\0\0{}", &["safetensors", "torch.onnx.export"]),
    (
        "train-images-idx3-ubyte",
        b"\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\x05\x06",
        &["IDX", "MNIST"],
    ),
    ("a.aedat", b"#!AER-DAT2.0\r\n", &["event camera"]),
    ("a.aedat4", b"#!AER-DAT4.0\r\n", &["event camera"]),
    ("a.raw", b"% date 2026-01-01\n% evt 3.0\n", &["event camera"]),
    ("a.dat", b"% Data file containing CD events.\n", &["event camera"]),
    ("a.npy", b"\x93NUMPY\x01\0", &["NumPy", "--input"]),
    ("a.png", b"\x89PNG\r\n\x1a\n", &["picture", "--input"]),
    ("a.gz", b"\x1f\x8b\x08", &["unpack"]),
    ("a.onnx", b"version https://git-lfs.github.com/spec/v1\noid", &["git lfs pull"]),
    ("a.onnx", b"\n<!DOCTYPE html><html>", &["web page"]),
    ("a.txt", b"[net]\nwidth=8\n", &["Darknet", ".cfg"]),
    ("a.xml", b"<?xml version=\"1.0\"?>\n<net name=\"x\">", &["OpenVINO"]),
    ("a.onnx", b"", &["empty"]),
    ("a.pb", b"\xff\xff", &["TensorFlow"]),
    ("a.mlmodel", b"\xff\xff", &["Core ML"]),
    ("a.pdmodel", b"\xff\xff", &["Paddle"]),
    ("a.onnx", b"\xff\xff", &["not an ONNX model"]),
];

#[test]
fn other_kinds_of_files_are_named() {
    for (name, bytes, words) in FOREIGN {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = import::open(&path).unwrap_err().to_string();
        for word in words.iter().chain(&[*name]) {
            assert!(error.contains(word), "{name}: `{word}` is missing: {error}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("saved_model.pb"), b"\x08\x01").unwrap();
    let error = import::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("SavedModel") && error.contains("tf2onnx"), "{error}");
    let path = folder.path().join("model.pth");
    std::fs::write(&path, b"PK\x03\x04archive/data.pkl").unwrap();
    refused(spikemesh().arg("inspect").arg(path), &["PyTorch", "torch.onnx.export"]);
}

/// A network of the shape of YOLOv3 at 608 x 608, with as few weights as that allows.
fn yolov3_shape(folder: &Path) -> std::path::PathBuf {
    let mut cfg = String::from("[net]\nwidth=608\nheight=608\nchannels=3\n");
    let mut weights = [0i32, 2, 0].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    weights.extend([0; 8]);
    let mut from = 3;
    let mut conv = |cfg: &mut String, filters: usize, stride: usize| {
        // Grouped as far as channels allow: shapes are what counts here.
        let groups =
            (1..=from).rev().find(|g| from % g == 0 && filters.is_multiple_of(*g)).unwrap_or(1);
        let _ = write!(
            cfg,
            "[convolutional]\nbatch_normalize=1\nfilters={filters}\nsize=1\nstride={stride}\ngroups={groups}\n\
             activation=leaky\n"
        );
        let numbers = 4 * filters + filters * from / groups;
        weights.extend(std::iter::repeat_n(0.5f32.to_le_bytes(), numbers).flatten());
        from = filters;
    };
    conv(&mut cfg, 32, 1);
    for (filters, blocks) in [(64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)] {
        conv(&mut cfg, filters, 2);
        for _ in 0..blocks {
            conv(&mut cfg, filters / 2, 1);
            conv(&mut cfg, filters, 1);
            cfg.push_str("[shortcut]\nfrom=-3\nactivation=linear\n");
        }
    }
    conv(&mut cfg, 255, 1);
    cfg.push_str("[yolo]\nmask=0,1,2\nclasses=80\n");
    let path = folder.join("yolov3.cfg");
    std::fs::write(&path, cfg).unwrap();
    std::fs::write(folder.join("yolov3.weights"), weights).unwrap();
    path
}

#[test]
fn networks_of_real_size_open_within_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = yolov3_shape(folder.path());
    let (table, _) = succeeds(spikemesh().arg("inspect").arg(&path).args(["--max-memory", "4GiB"]));
    assert!(table.contains("1024 x 19 x 19"), "{table}");
    let words =
        ["of memory needed", "64 MiB allowed (--max-memory)", "give --max-memory", "or more"];
    refused(spikemesh().arg("inspect").arg(&path).args(["--max-memory", "64MiB"]), &words);
    // What the message asks for is enough.
    let output =
        spikemesh().arg("inspect").arg(&path).args(["--max-memory", "64MiB"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).replace(['\n', '│'], " ");
    let (_, asked) = text.split_once("give --max-memory").unwrap();
    let asked = asked.split_whitespace().next().unwrap();
    succeeds(spikemesh().arg("inspect").arg(&path).args(["--max-memory", asked]));
    let wrong =
        spikemesh().arg("inspect").arg(&path).args(["--max-memory", "much"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn sums_of_sums_are_read_once() {
    for case in ["attack/add18.onnx", "attack/adds30.onnx"] {
        let (Some(path), Some(folder)) = (shared(case), shared("attack")) else { continue };
        let out = tempfile::tempdir().unwrap();
        let mut run = spikemesh();
        run.arg("run").arg(path).arg("--input").arg(folder.join("img.png"));
        run.arg("--detector").arg(folder.join("d0.toml")).args(["--steps", "2", "--out"]);
        succeeds(run.arg(out.path().join("out")).timeout(std::time::Duration::from_secs(60)));
    }
}

#[test]
fn any_kind_of_network_keeps_to_the_memory() {
    let mut digits = spikemesh();
    refused(
        digits.args(["inspect", "digits", "--max-memory", "1kB"]),
        &["of memory needed", "1000 B allowed"],
    );
    for case in ["attack/bigup.cfg"] {
        let Some(path) = shared(case) else { continue };
        refused(
            spikemesh().arg("inspect").arg(path).args(["--max-memory", "256MiB"]),
            &["256 MiB allowed"],
        );
    }
    // Nothing that counts reads what this one would fold: it is never made.
    if let Some(path) = shared("attack/foldbomb.onnx") {
        let mut inspect = spikemesh();
        inspect.arg("inspect").arg(path).args(["--max-memory", "1MiB"]).assert().success();
    }
    // Its tensors would fit, what a run makes of them not.
    let (Some(path), Some(folder)) = (shared("attack/bigup.cfg"), shared("attack")) else { return };
    let mut run = spikemesh();
    run.arg("run")
        .arg(path)
        .arg("--input")
        .arg(folder.join("img.png"))
        .args(["--max-memory", "2GiB"]);
    run.arg("--detector").arg(folder.join("d0.toml")).args([
        "--idealised",
        "--steps",
        "2",
        "--out",
    ]);
    let out = tempfile::tempdir().unwrap();
    refused(run.arg(out.path().join("out")), &["neurons", "2 GiB allowed"]);
}
