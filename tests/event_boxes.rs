//! Detection on events: `eval` of a spiking detector on recordings with boxes, by the binary.

use crate::runs::{Row, rows};
use assert_cmd::Command;
use spikemesh::encode::events;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const NETWORK: &str = "assets/networks/digit-events.nir";
const DESCRIPTION: &str = "assets/detectors/digit-events.detector.toml";
const SCENES: &str = "assets/events";
/// In all recordings.
const EVENTS: usize = 24007;

fn described(data: &Path, detector: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
    command.args(["eval", NETWORK, "--timing", "analytic", "--detector"]).arg(detector);
    command.arg("--data").arg(data).args(more);
    command
}

fn eval(data: &Path, more: &[&str]) -> Command {
    described(data, Path::new(DESCRIPTION), more)
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

/// The rows of `accuracy.csv`.
fn accuracy(data: &Path, more: &[&str]) -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("eval");
    eval(data, more).arg("--out").arg(&out).assert().success();
    rows(&out.join("accuracy.csv"))
}

/// What `eval` says where it refuses.
fn refused(data: &Path, detector: &Path) -> String {
    let output = described(data, detector, &[]).assert().failure().get_output().clone();
    // As it is wrapped for a terminal.
    String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The scenes with other annotations.
fn with_annotations(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(SCENES).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("annotations.json");
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(path, changed).unwrap();
    folder
}

fn recordings() -> Vec<PathBuf> {
    let all = fs::read_dir(SCENES).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = all.filter(|path| path.extension().unwrap() == "bs2").collect();
    all.sort();
    all
}

#[test]
fn a_saccade_ends_where_it_began() {
    let all = recordings();
    assert_eq!(all.len(), 10);
    let mut sum = 0;
    for path in all {
        let recording = events::read(&path).unwrap();
        sum += recording.events.len();
        let mut net: BTreeMap<(u16, u16), i64> = BTreeMap::new();
        for event in &recording.events {
            assert!(event.x < 64 && event.y < 64 && event.t_us < 300_000, "{event:?}");
            *net.entry((event.x, event.y)).or_default() += if event.on { 1 } else { -1 };
        }
        // The picture is back, so every pixel is within a threshold of where it was.
        let away: Vec<_> = net.into_iter().filter(|(_, net)| net.abs() > 1).collect();
        assert!(away.is_empty(), "{}: {away:?}", path.display());
        // All three moves are in it, a third of the time each.
        for third in 0..3 {
            let of_third = |event: &&events::Event| event.t_us / 100_000 == third;
            assert!(recording.events.iter().filter(of_third).count() > 10, "{}", path.display());
        }
    }
    assert_eq!(sum, EVENTS);
}

#[test]
fn boxes_are_found_on_events() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("eval");
    let steps = ["--checkpoints", "5,10,15"];
    eval(Path::new(SCENES), &steps).arg("--out").arg(&out).assert().success();
    let all = rows(&out.join("accuracy.csv"));
    let of: Vec<&str> = all.iter().map(|row| row["T"].as_str()).collect();
    assert_eq!(of, ["5", "10", "15"], "no float network of one pass");
    let last = &all[2];
    assert!(number(last, "mAP50") > 0.3, "{last:?}");
    assert!(number(last, "mAP") > 0.05, "{last:?}");
    assert!(number(last, "mAP50") > number(&all[0], "mAP50"), "a third of the saccade is less");
    for column in ["agreement", "f1", "head_error", "spikes_per_synapse", "accuracy"] {
        assert_eq!(last[column], "", "{column}");
    }
    for column in ["energy_dynamic_uj", "latency_us", "synaptic_operations"] {
        assert!(number(&all[0], column) > 0.0, "{column}");
        assert!(number(last, column) > number(&all[1], column), "{column}");
    }
    let boxes = rows(&out.join("detections.csv"));
    assert!(boxes.iter().any(|row| row["image"] == "scene-00" && row["class"] == "digit"));
    assert!(boxes.iter().all(|row| number(row, "x2") <= 64.0 && number(row, "y1") >= 0.0));
    for file in ["convergence.png", "convergence.svg", "manifest.toml"] {
        assert!(fs::metadata(out.join(file)).unwrap().len() > 100, "{file}");
    }
    let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
    assert!(manifest.contains("events in steps of 20000 us"), "{manifest}");
    assert!(manifest.contains("digit-events") && manifest.contains("to_find"), "{manifest}");
}

#[test]
fn boxes_of_other_scenes_are_not_found() {
    // Every box goes to the next recording.
    let moved = with_annotations(|text| {
        (0..10)
            .rev()
            .fold(text.to_string(), |text, image| {
                let (old, new) = (format!("\"image_id\": {image},"), (image + 1) % 10);
                text.replace(&old, &format!("\"image_id\": #{new},"))
            })
            .replace('#', "")
    });
    let [row] = &accuracy(moved.path(), &["--checkpoints", "15"])[..] else { panic!() };
    assert!(number(row, "mAP50") < 0.05, "{row:?}");
}

#[test]
fn floats_run_beside_step_by_step() {
    let more = ["--checkpoints", "10,15", "--floats"];
    let all = accuracy(Path::new(SCENES), &more);
    let names: Vec<_> = all.iter().map(|row| (&row["recipe"][..], &row["T"][..])).collect();
    assert_eq!(names, [("float", "10"), ("float", "15"), ("spiking", "10"), ("spiking", "15")]);
    assert_eq!((&all[0]["agreement"][..], &all[0]["energy_dynamic_uj"][..]), ("1", ""));
    assert!(number(&all[3], "agreement") > 0.5 && number(&all[3], "head_error") < 0.5);
}

#[test]
fn what_does_not_fit_is_refused() {
    let sensor = with_annotations(|text| text.replace("\"width\": 64", "\"width\": 34"));
    let text = refused(sensor.path(), Path::new(DESCRIPTION));
    assert!(text.contains("scene-00 is a recording of 64 x 34 pixels"), "{text}");
    assert!(text.contains("asks for 64 x 64"), "{text}");
    let sizeless = with_annotations(|text| text.replace("\"width\"", "\"wide\""));
    let text = refused(sizeless.path(), Path::new(DESCRIPTION));
    assert!(text.contains("says no size of the recording"), "{text}");

    let dir = tempfile::tempdir().unwrap();
    let written = fs::read_to_string(DESCRIPTION).unwrap();
    for (from, to, says) in [
        ("width = 64", "width = 128", "says 128x64, and the network's input is 64x64"),
        ("stride = 8", "stride = 16", "found [15, 8, 8], expected [15, 4, 4]"),
        ("resize = \"plain\"", LETTERBOX, "say resize = \"plain\""),
        // Nothing that makes boxes: the network is taken for a classifier.
        ("[detect]", "", "--detector would have no effect: the network spikes already"),
    ] {
        assert!(written.contains(from), "{from}");
        let text = match from {
            "[detect]" => written.split("[detect]").next().unwrap().to_string(),
            _ => written.replacen(from, to, 1),
        };
        let path = dir.path().join("other.toml");
        fs::write(&path, text).unwrap();
        let text = refused(Path::new(SCENES), &path);
        assert!(text.contains(says), "{from}: {text}");
    }
}

const LETTERBOX: &str = "resize = \"letterbox\"\npad = 0\nposition = \"center\"";
