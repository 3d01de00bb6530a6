//! Channels that calibration hardly sees, and pictures beside each other.

use super::{refused, shared, spikemesh, succeeds};
use crate::convert::{Build, evaluate};
use crate::small_detector::{Files, picture};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::op::{Conv, Relu};
use spikemesh::ann::{Graph, Op};
use spikemesh::convert::ranges::Ranges;
use spikemesh::convert::{Calibration, Recipe, Settings, Unsure, convert, convert_by, currents};
use spikemesh::engine::functional::layered;
use std::path::Path;

const STEPS: usize = 512;

/// The head error that `convert` writes into its report.
fn reported(dir: &Path, network: &Path, input: &Path, detector: &Path) -> f64 {
    let mut convert = spikemesh();
    convert
        .arg("convert")
        .arg(network)
        .arg("--calibrate")
        .arg(input)
        .arg("--detector")
        .arg(detector);
    convert.args(["--steps", "512", "--out"]).arg(dir.join("out.spikemesh"));
    succeeds(convert.arg("--report").arg(dir.join("report")));
    let mut table = csv::Reader::from_path(dir.join("report/conversion.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (kind, error) = (column("kind"), column("error"));
    let heads = table.records().map(|row| row.unwrap()).filter(|row| &row[kind] == "head");
    heads.map(|row| row[error].parse().unwrap()).fold(0.0, f64::max)
}

#[test]
fn shared_channels_that_are_silent_or_nearly() {
    for (name, input) in [("dead-channel", "x-3x8x8"), ("rare-channel", "x-rare-3x64x64")] {
        let files = [format!("{name}.onnx"), format!("{input}.npy"), "any.detector.toml".into()];
        let [Some(network), Some(input), Some(detector)] = files.map(|file| shared(&file)) else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let error = reported(dir.path(), &network, &input, &detector);
        assert!(error < 0.01, "{name}: {error}");
        let mut run = spikemesh();
        run.arg("run").arg(&network).arg("--input").arg(&input).arg("--detector").arg(&detector);
        run.args(["--timing", "analytic", "--steps", "2", "--out"]).arg(dir.path().join("run"));
        succeeds(&mut run);
    }
}

/// Convolutions and ReLUs; in every layer one channel is `odd`.
fn with_odd_channels(odd: Odd, seed: u64) -> Graph {
    let mut build = Build::new();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut last = 0;
    for _ in 0..3 {
        last = build.conv(last, 6, 1);
        let channel = rng.random_range(0..6);
        if let Op::Conv(Conv { weight, bias, .. }) = &mut build.nodes[last].op {
            let own = weight.len() / 6;
            let weights = &mut weight[channel * own..(channel + 1) * own];
            match odd {
                Odd::None => {}
                Odd::Silent => bias[channel] = -1e3,
                Odd::Noise => {
                    weights.iter_mut().for_each(|w| *w *= 1e-9);
                    bias[channel] = 0.0;
                }
                Odd::Faint => {
                    weights.iter_mut().for_each(|w| *w *= 3e-4);
                    bias[channel] *= 3e-4;
                }
                Odd::Rare => bias[channel] -= 0.8 * weights.iter().map(|w| w.max(0.0)).sum::<f32>(),
            }
        }
        last = build.same(Op::Relu(Relu), last);
    }
    let head = build.conv(last, 3, 1);
    build.graph(head)
}

#[derive(Debug, Clone, Copy)]
enum Odd {
    /// No channel is.
    None,
    /// It never passes its threshold, by far.
    Silent,
    /// It is active, at a thousand millionth of the others.
    Noise,
    /// At a few ten thousandths.
    Faint,
    /// In few cells.
    Rare,
}

fn image(graph: &Graph, seed: u64) -> Vec<f32> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..graph.input_shape().len()).map(|_| rng.random_range(0.0..1.0)).collect()
}

/// Mean error of the head at T = 512, calibrated on one image and run on another, and what was
/// not sure.
fn head_error(graph: &Graph, settings: &Settings, seed: u64) -> (f64, Vec<Unsure>) {
    let calibration = evaluate(graph, image(graph, seed));
    let conversion = convert(graph, &[&calibration], settings).unwrap();
    let values = evaluate(graph, image(graph, seed + 1));
    let currents = currents(&conversion, &values[graph.input]).unwrap();
    let states = layered(&conversion.network, &currents, STEPS, |_| ());
    let head = &conversion.network.heads[0];
    let shape = conversion.network.populations[head.population].shape;
    let (mut off, mut all) = (0.0, 0.0);
    for (n, &v) in states[head.population].potential().iter().enumerate() {
        let (position, c) = (n / shape.channels, n % shape.channels);
        let expected = f64::from(values[graph.heads[0].node][c * shape.positions() + position]);
        off += (head.scale[c] * f64::from(v) / STEPS as f64 - expected).abs();
        all += expected.abs();
    }
    (off / all, conversion.unsure)
}

#[test]
fn odd_channels_convert_for_wide_and_narrow_membranes() {
    for odd in [Odd::None, Odd::Silent, Odd::Noise, Odd::Faint, Odd::Rare] {
        for (seed, membrane_bits) in (0..12).zip([32, 24, 20].into_iter().cycle()) {
            let graph = with_odd_channels(odd, seed);
            let settings = Recipe::best().settings(&graph).unwrap();
            let settings = Settings { membrane_bits, ..settings };
            let (error, unsure) = head_error(&graph, &settings, seed);
            assert!(error < 0.02, "{odd:?}, {seed}, {membrane_bits} bits: {error}");
            if matches!(odd, Odd::Silent | Odd::Noise) {
                assert_eq!(unsure.len(), 3, "{odd:?}: one channel in each layer");
                assert!(unsure.iter().all(|layer| layer.unseen.len() == 1), "{unsure:?}");
            }
        }
    }
}

#[test]
fn a_picture_without_light_calibrates() {
    let graph = with_odd_channels(Odd::Rare, 1);
    let dark = evaluate(&graph, vec![0.0; graph.input_shape().len()]);
    let settings = Recipe::best().settings(&graph).unwrap();
    let conversion = convert(&graph, &[&dark], &settings).unwrap();
    assert!(conversion.lambda.iter().flatten().all(|lambda| lambda.is_finite() && *lambda > 0.0));
}

#[test]
fn a_layer_that_never_fires_has_the_scale_of_its_input() {
    let mut build = Build::new();
    let first = build.layer(0);
    let dead = build.conv(first, 4, 1);
    if let Op::Conv(Conv { bias, .. }) = &mut build.nodes[dead].op {
        bias.fill(-50.0);
    }
    let relu = build.same(Op::Relu(Relu), dead);
    let head = build.conv(relu, 2, 1);
    let graph = build.graph(head);
    let values = evaluate(&graph, image(&graph, 1));
    let settings = Recipe::best().settings(&graph).unwrap();
    let conversion = convert(&graph, &[&values], &settings).unwrap();
    let unsure = conversion.unsure.iter().find(|layer| layer.node == relu).unwrap();
    assert_eq!(unsure.unseen, [0, 1, 2, 3]);
    let of = conversion.nodes.iter().position(|&(node, _)| node == relu).unwrap();
    // Magnitudes near 50, a quarter of which is a spike.
    assert!(
        conversion.lambda[of].iter().all(|lambda| (10.0..15.0).contains(lambda)),
        "{:?}",
        conversion.lambda
    );
}

#[test]
fn stored_ranges_convert_as_the_pictures_do() {
    let graph = with_odd_channels(Odd::Rare, 5);
    let values = [evaluate(&graph, image(&graph, 1)), evaluate(&graph, image(&graph, 2))];
    let images: Vec<&[Vec<f32>]> = values.iter().map(Vec::as_slice).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.ranges");
    Ranges::measure(&graph, &images, "abc", vec![]).unwrap().write(&path).unwrap();
    let ranges = Ranges::open(&path, "abc").unwrap();
    for recipe in ["best", "paper", "paper-strict", "paper,norm=layer", "paper,readout=count"] {
        let settings = Recipe::parse(recipe).unwrap().settings(&graph).unwrap();
        let stored = convert_by(&graph, Calibration::Ranges(&ranges), &settings).unwrap();
        assert_eq!(stored, convert(&graph, &images, &settings).unwrap(), "{recipe}");
    }
    let settings = Recipe::parse("paper,lambda=p97").unwrap().settings(&graph).unwrap();
    let error =
        convert_by(&graph, Calibration::Ranges(&ranges), &settings).unwrap_err().to_string();
    assert!(error.contains("lambda=p99.9") && error.contains("--calibrate PICTURES"), "{error}");
    let error = Ranges::open(&path, "abd").unwrap_err().to_string();
    assert!(error.contains("another network") && error.contains("spikemesh calibrate"), "{error}");
    std::fs::write(&path, "ranges").unwrap();
    assert!(Ranges::open(&path, "abc").is_err());
}

/// The figures of one input, without what names it.
fn summary(folder: &Path) -> Vec<String> {
    let mut table = csv::Reader::from_path(folder.join("summary.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let row = table.records().next().unwrap().unwrap();
    let named =
        |name: &str| name.contains("energy") || name.contains("latency") || name == "spikes";
    header.iter().zip(&row).filter(|(name, _)| named(name)).map(|(_, value)| value.into()).collect()
}

#[test]
fn a_picture_takes_the_same_joules_alone_and_among_others() {
    let files = Files::write();
    let folder = files.path("pictures");
    std::fs::create_dir(&folder).unwrap();
    for n in 0..3 {
        picture(&folder.join(format!("{n}.png")), n + 1);
    }
    let stored = files.path("small.ranges");
    let mut calibrate = spikemesh();
    calibrate.arg("calibrate").arg(&files.network).arg("--input").arg(&folder);
    succeeds(calibrate.arg("--detector").arg(&files.detector).arg("--out").arg(&stored));
    let run = |input: &Path, out: &str, calibrate: Option<&Path>| {
        let mut run = spikemesh();
        run.arg("run")
            .arg(&files.network)
            .arg("--input")
            .arg(input)
            .arg("--detector")
            .arg(&files.detector);
        run.args(["--steps", "4", "--out"]).arg(files.path(out));
        if let Some(calibrate) = calibrate {
            run.arg("--calibrate").arg(calibrate);
        }
        succeeds(&mut run)
    };
    let one = folder.join("0.png");
    let (_, said) = run(&one, "alone", Some(&stored));
    assert!(!said.contains("warning"), "{said}");
    run(&folder, "among", Some(&stored));
    let alone = summary(&files.path("alone"));
    assert!(alone.len() > 3);
    assert_eq!(alone, summary(&files.path("among")));
    // Without fixed ranges there is a warning, on the screen and in the reports.
    let (printed, said) = run(&folder, "itself", None);
    assert!(said.contains("warning: calibrated on the first 3 inputs themselves"), "{said}");
    let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("calibrated on the first 3 inputs themselves"), "{printed}");
    let manifest = std::fs::read_to_string(files.path("itself/manifest.toml")).unwrap();
    assert!(manifest.contains("calibrated on the first 3 inputs themselves"), "{manifest}");
}

#[test]
fn ranges_of_another_network_are_refused() {
    let files = Files::write();
    let stored = files.path("digits.ranges");
    succeeds(spikemesh().args(["calibrate", "digits", "--out"]).arg(&stored));
    let mut run = files.run();
    run.arg("--calibrate").arg(&stored).args(["--profile", "loihi1-davies2018", "--out"]);
    refused(run.arg(files.path("out")), &["digits.ranges", "another network, digits"]);
    refused(
        spikemesh().args(["calibrate", "digits", "--out"]).arg(&stored),
        &["digits.ranges", "exists already"],
    );
}

/// The README's command on photographs, each alone.
#[test]
fn known_detectors_take_stored_ranges() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let name = "mobilenetv2-yolo-fastest-voc";
    let network = root.join(format!("models/{name}/{name}.onnx"));
    let Ok(pictures) = std::fs::read_dir(root.join("data/coco-permissive/val/images")) else {
        eprintln!("skipped: no photographs");
        return;
    };
    let mut pictures: Vec<_> = pictures.map(|entry| entry.unwrap().path()).collect();
    pictures.sort();
    let dir = tempfile::tempdir().unwrap();
    // Those whose own silent channels once made a network that no membrane holds are among them.
    for (n, picture) in pictures.iter().take(3).enumerate() {
        let mut run = spikemesh();
        run.arg("run").arg(&network).arg("--input").arg(picture).args(["--steps", "1"]);
        run.args(["--timing", "analytic", "--out"]).arg(dir.path().join(n.to_string()));
        let (_, said) = succeeds(&mut run);
        assert!(!said.contains("themselves"), "{said}");
    }
}
