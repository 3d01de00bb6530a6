//! Whole networks, all counters on: `cargo bench --bench whole [-- ROW...]`.
//!
//! The step of a network of the size of Tiny YOLO with random weights: rows as `average-0.06-1`
//! (pool, rate of firing, threads), or those that contain an argument. Before them, as row
//! `tinier`, the whole chain on a real detector with one thread:
//! tinier_yolo_relu7 (T = 32, `if`, gate pools, analytic timing) from import to the last
//! file, with the rate of the emulation alone and the peak memory of the process. The network is
//! read from ../shared; without it the bench says so and measures nothing of it.

#[path = "common/mod.rs"]
mod common;
#[path = "whole/tiny.rs"]
mod tiny;

use common::{Clock, Table};

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use spikemesh::encode::{Detector, inputs};
use spikemesh::import::{self, Network};
use spikemesh::pipeline::{self, Sample, Settings, Timing};
use spikemesh::{profile, report};

const MODEL: &str = "../shared/models/tinier-yolo-voc/tinier_yolo_relu7.onnx";
const INPUT: &str = "../shared/models/tinier-yolo-voc/reference/000000000285.input_u8_hwc_rgb.npy";

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes an option of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let [first, name, thresholds] = &wanted[..]
        && first == tiny::ROW
    {
        return tiny::run_row(name, thresholds);
    }
    // First: what the other rows' thresholds took would count for its memory.
    if wanted.is_empty() || wanted.iter().any(|row| "tinier".contains(row.as_str())) {
        detector()?;
    }
    tiny::measure(&wanted)
}

fn detector() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join(MODEL).exists() {
        println!("nothing measured: {MODEL} is not there");
        return Ok(());
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()?
        .install(|| chain(root))
        .map_err(|error| error as Box<dyn Error>)
}

fn chain(root: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    forget_peak();
    let begin = Instant::now();
    let network = import::open(&root.join(MODEL))?;
    let Network::Float(graph) = &network.network else { return Err("not a float network".into()) };
    let graph = graph.clone();
    let detector = Detector::for_network(&network.name)?;
    let item = inputs(&root.join(INPUT), &detector, graph.input_shape())?.remove(0);
    let sample = Sample::new(&graph, item.name.clone(), item.sha256()?, &item.load()?)?;
    let settings = Settings {
        steps: 32,
        timing: Timing::Analytic,
        // The profile refuses layers of fan-in 4608.
        idealised: true,
        record_spikes: false,
        seed: 0,
        conversion: spikemesh::convert::Recipe::default(),
        placement: spikemesh::mapping::Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        split: vec![],
        command: "cargo bench --bench whole".into(),
    };
    let profile = profile::load("loihi1-davies2018")?;
    let prepared = pipeline::prepare(network, profile, settings, std::slice::from_ref(&sample))?;
    let before = begin.elapsed().as_secs_f64();

    let (start, clock) = (Instant::now(), Clock::start());
    let outcome = prepared.emulate(Some(&sample), || ())?;
    let (emulation, cpu) = (start.elapsed().as_secs_f64(), clock.seconds());

    let start = Instant::now();
    let folder = tempfile::tempdir()?;
    report::write_run(
        folder.path(),
        &prepared.setup,
        prepared.profile(),
        std::slice::from_ref(&outcome),
        &Default::default(),
    )?;
    let reports = start.elapsed().as_secs_f64();
    let total = begin.elapsed().as_secs_f64();

    let operations: u64 =
        outcome.activity.steps.iter().map(|s| s.counts.total_synaptic_operations()).sum();
    let mut table = Table::default();
    let mut row = |name: &str, value: String, wanted: &str| table.row(name, value, wanted, "");
    row("import, float run, conversion, mapping (s)", format!("{before:.2}"), "");
    row("emulation, all counters on (s)", format!("{emulation:.2}"), "");
    row("synaptic operations", operations.to_string(), "");
    row(
        "emulation (G synaptic operations/s)",
        format!("{:.2}", operations as f64 / emulation / 1e9),
        ">= 3",
    );
    // On a shared machine the wall clock also measures the others.
    let by_cpu = format!("{:.2}", operations as f64 / cpu / 1e9);
    row("emulation (G synaptic operations/CPU s)", by_cpu, "");
    row("reports (s)", format!("{reports:.2}"), "");
    row("import to last file (s)", format!("{total:.2}"), "<= 20");
    row(
        "peak memory (MB)",
        peak_memory_mb().map_or("unknown".into(), |mb| format!("{mb:.0}")),
        "< 300",
    );
    table.finish("tinier").map_err(|error| error.to_string())?;
    Ok(())
}

/// The largest resident size begins anew; Linux does it.
fn forget_peak() {
    // Without it the peak is that of the process so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Largest resident size of this process since then; Linux tells.
fn peak_memory_mb() -> Option<f64> {
    let status = spikemesh::files::text(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
