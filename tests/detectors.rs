//! Real detectors from outside the repository: import, conversion and the spiking heads.

use spikemesh::ann::op::Add;
use spikemesh::ann::{Graph, Op};
use spikemesh::convert::{Conversion, Settings, convert, currents};
use spikemesh::encode::{Detector, inputs};
use spikemesh::engine::functional::layered;
use spikemesh::snn::retime::retime;
use spikemesh::{ann, import, mapping, profile};
use std::path::{Path, PathBuf};

use crate::runs::rows;
use crate::small_detector::spikemesh;

fn model(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(folder);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

/// The float network and its values for one reference input.
fn float(folder: &Path, stem: &str, input: &str) -> (Graph, Vec<Vec<f32>>) {
    let graph = import::load(&folder.join(format!("{stem}.onnx"))).unwrap();
    let detector = Detector::for_network(stem).unwrap();
    let path = folder.join("reference").join(input);
    let image = inputs(&path, &detector, graph.input_shape()).unwrap().remove(0).load().unwrap();
    let values = ann::exec::run(&graph, &image).unwrap();
    (graph, values)
}

/// sum|spiking - float| / sum|float| over all heads, after `steps` steps, calibrated on the input.
fn head_error(folder: &Path, stem: &str, input: &str, steps: usize) -> f64 {
    let (graph, values) = float(folder, stem, input);
    let conversion = convert(&graph, &[&values], &Settings::default()).unwrap();
    let retimed = retime(&conversion.network, Some(8));
    println!("{stem}: {} populations, depth {}", retimed.network.populations.len(), retimed.depth);
    error_of_heads(&graph, &values, &conversion, steps)
}

fn error_of_heads(
    graph: &Graph,
    values: &[Vec<f32>],
    conversion: &Conversion,
    steps: usize,
) -> f64 {
    let network = &conversion.network;
    let mut spikes = 0;
    let states =
        layered(network, &currents(conversion, &values[graph.input]).unwrap(), steps, |o| {
            spikes += o.spikes.spikes(0, o.spikes.positions());
        });
    let (mut wrong, mut total) = (0.0, 0.0);
    for (head, float) in network.heads.iter().zip(&graph.heads) {
        let shape = network.populations[head.population].shape;
        let truth = &values[float.node];
        for (n, &v) in states[head.population].potential().iter().enumerate() {
            let (position, c) = (n / shape.channels, n % shape.channels);
            let spiking = head.scale[c] * f64::from(v) / steps as f64;
            let expected = f64::from(truth[c * shape.positions() + position]);
            wrong += (spiking - expected).abs();
            total += expected.abs();
        }
    }
    println!(
        "{}: head error {:.3} after {steps} steps, {spikes} spikes",
        graph.name,
        wrong / total
    );
    wrong / total
}

#[test]
fn yoloface_converges_to_its_float_heads() {
    let Some(folder) = model("yoloface-50k") else { return };
    let input = "000000000459_crop.input_u8_hwc_rgb.npy";
    let early = head_error(&folder, "yoloface-50k", input, 64);
    let late = head_error(&folder, "yoloface-50k", input, 1024);
    assert!(late < early && late < 0.05, "{early} {late}");
}

#[test]
fn tinier_yolo_reaches_the_known_error_of_plain_integrate_and_fire() {
    let Some(folder) = model("tinier-yolo-voc") else { return };
    let error = head_error(&folder, "tinier_yolo_relu7", "000000000285.input_u8_hwc_rgb.npy", 16);
    assert!(error < 0.34, "{error}");
}

#[test]
fn yolo_fastest_goes_onto_loihi_with_and_without_add_populations() {
    let Some(folder) = model("yolo-fastest-1.1-coco") else { return };
    let (graph, values) = float(&folder, "yolo-fastest-1.1", "000000000285.input_u8_hwc_rgb.npy");
    let profile = profile::load("loihi1-davies2018").unwrap();
    let mapped = |max_sources| {
        let settings =
            Settings { membrane_bits: 24, max_sources, units_per_signed: 2, ..Settings::default() };
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let retimed = retime(&conversion.network, profile.limits.max_delay);
        let mapping = mapping::map(&retimed.network, &profile, false).unwrap();
        let is_sum = |(node, _): &&(usize, usize)| matches!(graph.nodes[*node].op, Op::Add(Add));
        let sums = conversion.nodes.iter().filter(is_sum).count();
        println!("{max_sources:?}: {sums} add populations, {} cores", mapping.cores.len());
        (conversion, sums)
    };
    let (_, sums) = mapped(profile.limits.axons_in_per_core);
    assert_eq!(sums, 1, "only the pyramid of pools wants a sum of one amplitude");
    let (conversion, sums) = mapped(Some(100));
    assert_eq!(sums, 8);
    let error = error_of_heads(&graph, &values, &conversion, 32);
    assert!(error < 0.22, "{error}");
}

/// Half of the steps moved, hop by hop, tell the time of all of them to 5 %.
#[test]
fn sampled_time_is_that_of_events() {
    let Some(folder) = model("yoloface-50k") else { return };
    let place = tempfile::tempdir().unwrap();
    let latency_us = |timing: &str| -> [f64; 2] {
        let out = place.path().join(timing);
        let run = spikemesh()
            .arg("run")
            .arg(folder.join("yoloface-50k.onnx"))
            .arg("--input")
            .arg(folder.join("reference/000000000459_crop.input_u8_hwc_rgb.npy"))
            .args(["--profile", "loihi1-davies2018", "--steps", "16", "--timing", timing, "--out"])
            .arg(&out)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let summary = rows(&out.join("summary.csv"));
        ["latency_us", "latency_error_us"].map(|column| summary[0][column].parse().unwrap())
    };
    let ([event, exact], [sampled, error]) = (latency_us("event"), latency_us("sampled"));
    println!("event {event} us, sampled {sampled} +- {error} us");
    assert!(exact == 0.0 && error > 0.0);
    assert!((sampled / event - 1.0).abs() < 0.05, "{sampled} {event}");
}
