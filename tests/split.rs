//! Fan-ins beyond a chip's: refused, or split over partial sums.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::{self, Graph};
use spikemesh::convert::{Reach, split};
use spikemesh::import::{self, Network};

use crate::runs::rows;
use crate::small_detector::{picture, spikemesh};

/// A detector of `features` units, read by ten, read by the six of a head: Darknet files, beside a
/// description and a picture.
pub fn write(dir: &Path, features: usize) -> PathBuf {
    let layer = |filters: usize, window: &str, activation: &str| {
        format!("[convolutional]\nfilters={filters}\n{window}\npad=0\nactivation={activation}\n")
    };
    let cfg = [
        "[net]\nwidth=8\nheight=8\nchannels=3\n".into(),
        layer(features, "size=8\nstride=8", "relu"),
        layer(10, "size=1\nstride=1", "relu"),
        layer(6, "size=1\nstride=1", "linear"),
        "[yolo]\nmask=0\nanchors=4,4\nclasses=1\nnum=1\n".into(),
    ];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut bytes = [[0, 2, 0, 0, 0i32].map(i32::to_le_bytes)].concat().concat();
    for (outputs, inputs) in [(features, 3 * 64), (10, features), (6, 10)] {
        let size = (2.0 / inputs as f32).sqrt();
        bytes.extend((0..outputs).flat_map(|_| rng.random_range(0.0..0.2f32).to_le_bytes()));
        bytes.extend(
            (0..outputs * inputs)
                .flat_map(|_| (size * rng.random_range(-1.7..1.7f32)).to_le_bytes()),
        );
    }
    std::fs::write(dir.join("wide.cfg"), cfg.concat()).unwrap();
    std::fs::write(dir.join("wide.weights"), bytes).unwrap();
    let rule = "width = 8\nheight = 8\nresize = \"plain\"\nchannels = \"rgb\"\n\
                scale = 0.00392156862745098\n";
    std::fs::write(dir.join("wide.detector.toml"), rule).unwrap();
    picture(&dir.join("picture.png"), 1);
    dir.join("wide.cfg")
}

fn run(dir: &Path, out: &str) -> assert_cmd::Command {
    run_on(dir, "truenorth", out)
}

/// `spikemesh run` on what [`write`] wrote.
pub fn run_on(dir: &Path, profile: &str, out: &str) -> assert_cmd::Command {
    let mut run = spikemesh();
    run.arg("run").arg(dir.join("wide.cfg")).arg("--input").arg(dir.join("picture.png"));
    run.arg("--detector").arg(dir.join("wide.detector.toml")).args(["--profile", profile]);
    run.args(["--recipe", "paper,weights=2,readout=count", "--steps", "32", "--out"])
        .arg(dir.join(out));
    run
}

fn dynamic(dir: &Path, out: &str) -> f64 {
    rows(&dir.join(out).join("summary.csv"))[0]["energy_dynamic_uj"].parse().unwrap()
}

#[test]
fn truenorth_runs_what_fits_and_splits_what_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, 200);
    run(dir, "fits").assert().success();

    write(dir, 300);
    let refused = run(dir, "refused").assert().code(1);
    let message = String::from_utf8_lossy(&refused.get_output().stderr).replace("\n  │ ", " ");
    assert!(message.contains("300 synapses into one neuron > 256 fan_in"), "{message}");
    assert!(!dir.join("refused").exists());

    let split = run(dir, "split").arg("--split-fan-in").assert().success();
    let table = String::from_utf8_lossy(&split.get_output().stdout).into_owned();
    let told = "fan-in of 300 > 256 split over 2 partial sums, 20 units that round and fire: \
                results change";
    assert!(table.contains("assumptions about the chip"), "{table}");
    assert!(std::fs::read_to_string(dir.join("split/manifest.toml")).unwrap().contains(told));
    let layers = rows(&dir.join("split/layers.csv"));
    let partial = layers.iter().filter(|layer| layer["layer"].contains("_part"));
    // Signed units take two neurons each on this chip.
    assert_eq!(partial.map(|layer| &layer["neurons"][..]).collect::<Vec<_>>(), ["20", "20"]);

    run(dir, "whole").arg("--idealised").assert().success();
    assert!(dynamic(dir, "split") > dynamic(dir, "whole"));
}

fn graph(network: &Path) -> Graph {
    match import::open(network).unwrap().network {
        Network::Float(graph) => graph,
        _ => panic!("a trained network"),
    }
}

#[test]
fn a_split_network_is_the_same_in_floats() {
    let dir = tempfile::tempdir().unwrap();
    let graph = graph(&write(dir.path(), 300));
    let reach = Reach { most: 64, per_signed: 2, all_signed: false };
    let (parts, done) = split(&graph, &reach);
    let [layer] = &done[..] else { panic!("one layer is too wide: {done:?}") };
    assert_eq!((layer.fan_in, layer.parts, layer.units), (300, 5, 50));

    let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
    let input: Vec<f32> = (0..3 * 64).map(|_| rng.random_range(0.0..1.0)).collect();
    let head = |graph: &Graph| ann::exec::run(graph, &input).unwrap()[graph.heads[0].node].clone();
    let (whole, parts) = (head(&graph), head(&parts));
    for (w, p) in whole.iter().zip(&parts) {
        assert!((w - p).abs() <= 1e-5 * w.abs().max(1.0), "{w} and {p}");
    }
    // Nothing beyond the limit, nothing changed.
    let wide = Reach { most: 300, ..reach };
    assert_eq!(split(&graph, &wide), (graph, vec![]));
}
