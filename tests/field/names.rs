//! Names with line breaks and control characters: rows of tables stay rows.

use super::pictures::at;
use super::{spikemesh, succeeds};
use crate::onnx::small::Net;
use ndarray::Array3;
use ndarray_npy::write_npy;

/// A line break, a bell, and what clears a terminal.
const ODD: &str = "two\nlines\u{7}\u{1b}[2J";
const SHOWN: &str = "two\\nlines\\u{7}\\u{1b}[2J";

#[track_caller]
fn shows(text: &str, times: usize) {
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.matches(SHOWN).count() >= times, "{text}");
    assert!(!text.lines().any(|line| line.starts_with("lines")), "{text}");
}

/// One head of one anchor and one class, on 2 x 2 cells.
const DESCRIPTION: &str = r#"
width = 8
height = 8
resize = "plain"
channels = "rgb"
scale = 1.0
[detect]
score = 0.001
nms_iou = 0.45
classes = ["two\nlines\u0007\u001B[2J"]
[[detect.head]]
output = 0
kind = "yolo"
stride = 4
anchors = [[4.0, 4.0]]
"#;

#[test]
fn tables_escape_names() {
    let dir = tempfile::tempdir().unwrap();
    let net = Net::new(&[1, 3, 8, 8]).floats("w", &[4, 3, 4, 4]).floats("v", &[6, 4, 1, 1]);
    let stride = crate::onnx::small::ints("strides", &[4, 4]);
    let net = net.node("Conv", &["x", "w"], ODD, vec![stride]).node("Relu", &[ODD], "r", vec![]);
    let net = net.node("Conv", &["r", "v"], "y", vec![]);
    let network = at(&dir, "net.onnx", &net.bytes());
    let detector = at(&dir, "net.detector.toml", DESCRIPTION.as_bytes());
    let input = dir.path().join("x.npy");
    write_npy(&input, &Array3::<f32>::from_elem((3, 8, 8), 1.0)).unwrap();

    let (table, _) =
        succeeds(spikemesh().arg("inspect").arg(&network).args(["--profile", "ideal-45nm"]));
    shows(&table, 1);
    let mut convert = spikemesh();
    convert
        .arg("convert")
        .arg(&network)
        .arg("--calibrate")
        .arg(&input)
        .arg("--detector")
        .arg(&detector);
    convert.args(["--steps", "16", "--out"]).arg(dir.path().join("net.spikemesh"));
    shows(&succeeds(&mut convert).0, 0);
    let run = |profile: &str, input: &std::path::Path, out: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(&network).arg("--input").arg(input).arg("--detector").arg(&detector);
        run.args(["--steps", "4", "--timing", "analytic", "--idealised", "--profile", profile]);
        shows(&succeeds(run.arg("--out").arg(dir.path().join(out))).0, 0);
    };
    run("ideal-45nm", &input, "one");
    run("ideal-45nm,truenorth", &input, "two");
    // Names of files stand in titles.
    if cfg!(unix) {
        let named = dir.path().join(format!("{ODD}.npy"));
        std::fs::copy(&input, &named).unwrap();
        run("ideal-45nm", &named, "three");
    }
}

/// What a set leaves out stands in a table, too.
#[test]
fn classes_of_a_set() {
    let set = format!(
        r#"{{"images": [{{"id": 1, "file_name": "a.png"}}], "annotations": [
        {{"image_id": 1, "category_id": 1, "bbox": [4, 2, 10, 6]}}, {{"image_id": 1, "category_id": 2, "bbox": [4, 2, 10, 6]}}],
        "categories": [{{"id": 1, "name": "3"}}, {{"id": 2, "name": {ODD:?}}}]}}"#,
        ODD = "two\nlines"
    );
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("a.json"), set).unwrap();
    image::RgbImage::new(40, 20).save(data.join("a.png")).unwrap();
    let mut eval = spikemesh();
    eval.args(["eval", "digits", "--checkpoints", "1", "--data"]).arg(&data);
    let (table, _) = succeeds(eval.arg("--out").arg(dir.path().join("out")));
    assert!(table.contains("two\\nlines 1"), "{table}");
}
