//! What an emulation is said to take, beside what it takes; where it is stopped before it begins.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::small_detector::Files;
use spikemesh::convert::Recipe;
use spikemesh::import;
use spikemesh::mapping::Placement;
use spikemesh::pipeline::{self, PROGRAM, Sample, Settings, Timing};
use spikemesh::profile;

const STEPS: usize = 8;

/// The estimate of a trained network.
fn needs(network: &Path, timing: Timing) -> u64 {
    let imported = import::open(network).unwrap();
    let graph = imported.network.graph().unwrap().clone();
    let wave = |n: usize| ((n * 37 % 101) as f32) / 100.0;
    let input: Vec<f32> = (0..graph.input_shape().len()).map(wave).collect();
    let sample = Sample::new(&graph, "wave".into(), String::new(), &input).unwrap();
    let settings = Settings {
        steps: STEPS,
        timing,
        idealised: true,
        record_spikes: false,
        seed: 0,
        conversion: Recipe::best(),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        command: String::new(),
    };
    let profile = profile::load("loihi1-davies2018").unwrap();
    let prepared = pipeline::prepare(imported, profile, settings, &[sample][..]).unwrap();
    prepared.needs() + PROGRAM
}

/// The most that a command takes, in bytes, as the system tells while it runs.
fn peak(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let high = status.unwrap_or_default();
        let high = high.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|high| high.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(high.unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn run(network: &str, input: &str, timing: Timing, more: &[&str]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
    run.args(["run", network, "--input", input, "--idealised", "--recipe", "best", "--steps"]);
    run.arg(STEPS.to_string()).args(["--timing", timing.name()]).args(more);
    peak(run.arg("--out").arg(folder.path().join("out")))
}

fn model(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_estimated_within_a_factor_of_two() {
    let root = env!("CARGO_MANIFEST_DIR");
    let picture = format!("{root}/assets/scenes/scene-00.png");
    let digits = PathBuf::from(format!("{root}/assets/networks/digits.onnx"));
    let mut cases = vec![
        ("digits".to_string(), digits.clone(), Timing::Analytic),
        ("digits".to_string(), digits, Timing::Event),
    ];
    for file in [
        "yoloface-50k/yoloface-50k.onnx",
        "yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx",
        "tinier-yolo-voc/tinier_yolo_relu7.onnx",
    ] {
        cases.extend(model(file).map(|path| (path.display().to_string(), path, Timing::Analytic)));
    }
    for (name, path, timing) in cases {
        let (said, taken) = (needs(&path, timing), run(&name, &picture, timing, &[]));
        println!("{name}, {}: said {said}, taken {taken}", timing.name());
        assert!(said < 2 * taken && taken < 2 * said, "{name}: said {said}, taken {taken}");
        // What is said is what is asked for.
        let most = format!("{}kB", (said - 1) / 1000);
        let mut less = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
        less.args(["run", &name, "--input", &picture, "--idealised", "--recipe", "best"]);
        less.args(["--steps", &STEPS.to_string(), "--timing", timing.name()]);
        let folder = tempfile::tempdir().unwrap();
        let less = less.args(["--max-memory", &most, "--out"]).arg(folder.path().join("out"));
        let told = less.output().unwrap().stderr;
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("E0503"), "{name}: {told}");
    }
}

/// A chip whose grid is too large to move packets on is refused before they move.
#[test]
fn a_run_beyond_the_memory_does_not_begin() {
    let files = Files::write();
    let large = "[topology]\nmesh = [1024, 1024]\ncores_per_tile = 1\n";
    let large = files.profile("large", "loihi1-davies2018", large);
    let run = |most: &str, timing: &str| {
        let mut run = files.run();
        run.arg("--profile").arg(&large).args(["--steps", "2", "--max-memory", most]);
        run.args(["--timing", timing, "--out"]).arg(files.path("out"));
        run.output().unwrap()
    };
    let refused = run("600MiB", "event");
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{text}");
    for words in ["E0503", "an emulation with event timing", "GiB of memory", "give --max-memory"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!files.path("out").exists());
    let runs = run("600MiB", "analytic");
    assert!(runs.status.success(), "{}", String::from_utf8_lossy(&runs.stderr));
}

/// Spikes are written while they come, so that a run of ten times as many takes no more memory.
#[cfg(target_os = "linux")]
#[test]
fn recorded_spikes_do_not_stay_in_memory() {
    let picture = format!("{}/assets/scenes/scene-00.png", env!("CARGO_MANIFEST_DIR"));
    let taken = |more: &[&str]| {
        let mut most: Vec<&str> = vec!["--recipe", "paper", "--steps", "128"];
        most.extend(more);
        let folder = tempfile::tempdir().unwrap();
        let mut run = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
        run.args(["run", "digits", "--input", &picture, "--timing", "analytic"]).args(most);
        let peak = peak(run.arg("--out").arg(folder.path().join("out")));
        let spikes = std::fs::metadata(folder.path().join("out/spikes.csv"));
        (peak, spikes.map_or(0, |file| file.len()))
    };
    let ((without, _), (with, written)) = (taken(&[]), taken(&["--record-spikes"]));
    println!("{without} without, {with} with {written} bytes of spikes");
    assert!(written > 32 << 20, "{written}");
    assert!(with < without + (8 << 20), "{without} {with}");
}
