//! Converted networks as files: the same run as from the trained network, and no trust in bytes.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use spikemesh::convert::file::{ConvertedFile, FileError};
use spikemesh::import;
use spikemesh::snn::{Connection, Curve, FirstPhase, Model, Population, Weights};

use crate::small_detector::{Files, picture, spikemesh};

/// Files whose bytes do not depend on where the network came from.
const SAME: [&str; 6] =
    ["steps.csv", "energy.csv", "latency.csv", "layers.csv", "cores.csv", "links.csv"];

fn text(command: &mut Command) -> String {
    let output = command.assert().failure().code(1).get_output().stderr.clone();
    // The message is wrapped to the terminal.
    let text = String::from_utf8(output).unwrap();
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

fn calibration(files: &Files) -> PathBuf {
    let folder = files.path("calibration");
    fs::create_dir(&folder).unwrap();
    (2..5).for_each(|seed| picture(&folder.join(format!("{seed}.png")), seed));
    folder
}

fn convert(files: &Files, calibration: &Path, out: &str, more: &[&str]) -> PathBuf {
    let out = files.path(out);
    let mut command = spikemesh();
    command.arg("convert").arg(&files.network).arg("--detector").arg(&files.detector);
    command
        .arg("--calibrate")
        .arg(calibration)
        .arg("--out")
        .arg(&out)
        .args(more)
        .assert()
        .success();
    out
}

#[track_caller]
fn equal(a: &Path, b: &Path) {
    for name in SAME {
        assert_eq!(fs::read(a.join(name)).unwrap(), fs::read(b.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_run_from_the_file_is_the_run_from_the_network() {
    let files = Files::write();
    let calibration = calibration(&files);
    for recipe in ["paper", "best", "paper,negative=symmetric,delivery=unbalanced"] {
        let file =
            convert(&files, &calibration, &format!("{recipe}.spikemesh"), &["--recipe", recipe]);
        let (direct, again) =
            (files.path(&format!("{recipe}-a")), files.path(&format!("{recipe}-b")));
        let mut command = files.run();
        command
            .arg("--calibrate")
            .arg(&calibration)
            .args(["--recipe", recipe, "--steps", "6", "--out"]);
        command.arg(&direct).assert().success();
        // The file holds the detector's description.
        let mut command = spikemesh();
        command.arg("run").arg(&file).arg("--input").arg(&files.image);
        command.args(["--steps", "6", "--out"]).arg(&again).assert().success();
        equal(&direct, &again);
        let setup = |dir: &Path| -> serde_json::Value {
            let text = fs::read_to_string(dir.join("activity.json")).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["setup"].take()
        };
        for key in ["network", "recipe", "conversion", "calibration", "gaps", "float_macs"] {
            assert_eq!(setup(&direct)[key], setup(&again)[key], "{key}");
        }
    }
}

#[test]
fn the_network_inside_runs_from_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let (file, scene) = (dir.path().join("d.spikemesh"), "assets/scenes/scene-00.png");
    spikemesh().args(["convert", "--out"]).arg(&file).assert().success();
    let mut command = spikemesh();
    let [direct, again] = ["a", "b"].map(|name| dir.path().join(name));
    command
        .args(["run", "digits", "--steps", "3", "--input", scene, "--out"])
        .arg(&direct)
        .assert()
        .success();
    let mut command = spikemesh();
    command.arg("run").arg(&file).args(["--steps", "3", "--input", scene, "--out"]);
    command.arg(&again).assert().success();
    equal(&direct, &again);
    let boxes = |dir: &Path| fs::read_to_string(dir.join("detections.csv")).unwrap();
    assert_eq!(boxes(&direct), boxes(&again));
    let mut inspect = spikemesh();
    inspect.arg("inspect").arg(&file).args(["--profile", "loihi1-davies2018"]).assert().success();
}

#[test]
fn what_does_not_go_with_a_file_is_refused() {
    let files = Files::write();
    let calibration = calibration(&files);
    let file = convert(&files, &calibration, "small.spikemesh", &[]);
    let run = || {
        let mut command = spikemesh();
        command
            .arg("run")
            .arg(&file)
            .arg("--input")
            .arg(&files.image)
            .args(["--steps", "2", "--out"]);
        command.arg(files.path("out"));
        command
    };
    assert!(
        text(run().args(["--recipe", "best"])).contains("converted already; leave out --recipe")
    );
    assert!(text(run().arg("--calibrate").arg(&calibration)).contains("converted already"));
    let narrow = files.profile("narrow", "loihi1-davies2018", "[limits]\nmembrane_bits = 20\n");
    let message = text(run().arg("--profile").arg(&narrow));
    assert!(message.contains("converted for membranes of 24 bits"), "{message}");
    run().arg("--idealised").arg("--profile").arg(&narrow).assert().success();
    let mut command = spikemesh();
    command.arg("convert").arg(&files.network).arg("--calibrate").arg(&calibration);
    command.arg("--detector").arg(&files.detector);
    assert!(text(command.arg("--out").arg(&file)).contains("exists already"));
    let mut command = spikemesh();
    command.arg("convert").arg(&file).arg("--out").arg(files.path("b.spikemesh"));
    assert!(text(&mut command).contains("nothing to convert"));
    let mut command = spikemesh();
    command.arg("convert").arg(&files.network).arg("--out").arg(files.path("b.onnx"));
    assert!(text(&mut command).contains("NAME.spikemesh"));
}

/// A file of the small detector, read.
fn small(dir: &Files) -> (PathBuf, Vec<u8>, ConvertedFile) {
    let path = convert(dir, &calibration(dir), "small.spikemesh", &[]);
    let bytes = fs::read(&path).unwrap();
    let file = ConvertedFile::parse(&path, &bytes).unwrap();
    (path, bytes, file)
}

#[test]
fn damage_is_found() {
    let dir = Files::write();
    let (path, bytes, file) = small(&dir);
    let import::Network::Converted(opened) = import::open(&path).unwrap().network else {
        panic!("converted")
    };
    assert_eq!(*opened, file);
    assert_eq!(file.bytes().unwrap(), bytes);
    for end in (0..bytes.len()).step_by(37).chain(0..200) {
        assert!(ConvertedFile::parse(&path, &bytes[..end]).is_err(), "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(53).chain(0..200) {
        for bit in [1, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= bit;
            assert!(ConvertedFile::parse(&path, &damaged).is_err(), "byte {at}");
        }
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(matches!(ConvertedFile::parse(&path, &longer), Err(FileError::Damaged { .. })));
    assert!(matches!(ConvertedFile::parse(&path, b"a text"), Err(FileError::Foreign { .. })));
    let at = bytes.windows(8).position(|w| w == b"\xa7version").unwrap() + 8;
    let mut other = bytes.clone();
    other[at] = 99;
    assert!(matches!(
        ConvertedFile::parse(&path, &other),
        Err(FileError::Version { found: 99, .. })
    ));
}

/// Bytes flipped below the hash: whatever still reads as a file must run, or be refused.
#[test]
fn flipped_bytes_with_a_right_hash_never_panic() {
    let dir = Files::write();
    let (path, bytes, file) = small(&dir);
    let body = bytes.len() - rmp_serde::to_vec_named(&file).unwrap().len();
    let mut survivors = 0;
    for n in 0..1500usize {
        let mut damaged = bytes.clone();
        let at = body + n.wrapping_mul(2_654_435_761) % (bytes.len() - body);
        damaged[at] ^= 1 << (n % 8);
        let Ok(value) = rmp_serde::from_slice::<ConvertedFile>(&damaged[body..]) else { continue };
        let Ok(read) = ConvertedFile::parse(&path, &value.bytes().unwrap()) else { continue };
        survivors += 1;
        if survivors % 20 == 0 {
            let input = vec![0.5; read.graph.input_shape().len()];
            spikemesh::ann::exec::run(&read.graph, &input).unwrap();
            let currents = spikemesh::convert::currents(&read.conversion, &input).unwrap();
            spikemesh::engine::functional::layered(&read.conversion.network, &currents, 2, |_| {});
        }
    }
    assert!(survivors > 100, "{survivors}");
}

/// The first population that fires, made one that follows a curve.
fn bend(file: &mut ConvertedFile) -> &mut Curve {
    let populations = &mut file.conversion.network.populations;
    let fires = |p: &Population| matches!(p.model, Model::If(_) | Model::Tracking(_));
    let population = populations.iter_mut().find(|p| fires(p)).unwrap();
    let channels = population.shape.channels;
    population.model = Model::Curve(Curve {
        from: vec![-64; channels],
        width: vec![1; channels],
        knots: (0..channels).flat_map(|_| -100..=-36).collect(),
        segments: 64,
        bias: vec![3; channels],
        shift: vec![0; channels],
        most_up: 2047,
        most_down: 1,
        saturation: 1 << 30,
    });
    match &mut population.model {
        Model::Curve(curve) => curve,
        _ => unreachable!("it was made one"),
    }
}

#[test]
fn curves_go_through_files_and_broken_ones_do_not() {
    let dir = Files::write();
    let (path, _, file) = small(&dir);
    type Change = fn(&mut Curve);
    let parse = |change: Change| {
        let mut file = file.clone();
        change(bend(&mut file));
        let read = ConvertedFile::parse(&path, &file.bytes().unwrap());
        read.map(|read| assert_eq!(read, file))
    };
    parse(|_| {}).unwrap();
    let changes: [(&str, Change); 12] = [
        ("from", |c| c.from.clear()),
        ("far", |c| c.from[0] = i32::MIN),
        ("width", |c| c.width[0] = 31),
        ("wide", |c| c.width[0] = 30),
        ("knots", |c| c.knots.truncate(9)),
        ("knot", |c| c.knots[0] = i32::MIN),
        ("segments", |c| c.segments = usize::MAX),
        ("none", |c| (c.segments, c.knots) = (0, vec![])),
        ("bias", |c| c.bias.clear()),
        ("shift", |c| c.shift[0] = 25),
        ("burst", |c| c.most_up = 2048),
        ("saturation", |c| c.saturation = 0),
    ];
    for (what, change) in changes {
        let found = parse(change);
        assert!(matches!(found, Err(FileError::Inconsistent { .. })), "{what}: {found:?}");
    }
    let mut phased = file.clone();
    bend(&mut phased);
    phased.conversion.network.first_phase =
        Some(FirstPhase { steps: 2, octaves: 1, rescaled: false });
    assert!(ConvertedFile::parse(&path, &phased.bytes().unwrap()).is_err());
}

#[test]
fn contradictions_are_refused() {
    let dir = Files::write();
    let (path, _, file) = small(&dir);
    type Change = fn(&mut ConvertedFile);
    let changes: [(&str, Change); 16] = [
        ("node input", |f| f.graph.nodes[1].inputs[0] = 1000),
        ("node shape", |f| f.graph.nodes[1].shape.channels = 1 << 40),
        ("input", |f| f.graph.input = 1000),
        ("float head", |f| f.graph.heads[0].node = 1000),
        ("population shape", |f| f.conversion.network.populations[0].shape.height = usize::MAX),
        ("no neurons", |f| f.conversion.network.populations[0].shape.width = 0),
        ("source", |f| f.conversion.network.projections[0].source = 1000),
        ("backwards", |f| f.conversion.network.projections[0].target = 0),
        ("delay", |f| f.conversion.network.projections[0].delay = 7),
        ("head", |f| f.conversion.network.heads[0].population = 1000),
        ("scale", |f| f.conversion.network.heads[0].scale.clear()),
        ("nodes", |f| f.conversion.nodes[0] = (1000, 0)),
        ("lambda", |f| f.conversion.lambda[0][0] = f64::NAN),
        ("limit", |f| f.conversion.analogue[0].limit[0] = -1),
        ("relay", |f| f.conversion.network.populations[0].model = Model::Relay),
        ("weights", |f| {
            for projection in &mut f.conversion.network.projections {
                if let Connection::Conv(conv) = &mut projection.connection {
                    conv.weights = Weights::default();
                }
            }
        }),
    ];
    for (what, change) in changes {
        let mut wrong = file.clone();
        change(&mut wrong);
        let found = ConvertedFile::parse(&path, &wrong.bytes().unwrap());
        assert!(matches!(found, Err(FileError::Inconsistent { .. })), "{what}: {found:?}");
    }
}
