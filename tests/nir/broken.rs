//! Broken copies of every file: an error or a network, never a panic, and soon, within bounds.

use std::process::Command;
use std::time::{Duration, Instant};

use spikemesh::spiking::exec::Run;

use super::exporters::{all, file};
use super::writer::Nir;
use super::{Random, read};

const COPIES: usize = 1000;

/// A copy in which something is wrong.
fn broken(good: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = good.to_vec();
    match random.below(6) {
        0 => bytes.truncate(random.below(good.len())),
        1 => {
            // Another address, size or count from the file itself.
            let (from, to) = (random.below(good.len() - 8), random.below(good.len() - 8));
            bytes.copy_within(from..from + 8, to);
        }
        2 => {
            let at = random.below(good.len() - 8);
            bytes[at..at + 8].fill([0, 0xff, 0x7f][random.below(3)]);
        }
        _ => {
            for _ in 0..1 + random.below(8) {
                let at = random.below(good.len());
                bytes[at] = random.bits() as u8;
            }
        }
    }
    bytes
}

/// Reads a copy; the shortest of some tries, as others use the machine, too.
fn soon(bytes: &[u8], dt: Option<f64>) -> Duration {
    let limit = Duration::from_millis(100);
    let mut least = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let _ = read(bytes, dt);
        least = least.min(start.elapsed());
        if least < limit {
            break;
        }
    }
    least
}

/// Runs by [`broken_copies_end_well`] in a process of its own.
#[test]
#[ignore = "part of another test"]
fn copies() {
    let before = peak();
    let mut random = Random(11);
    let good = all().into_iter().map(|(name, dt, _)| (name, dt));
    for (name, dt) in good.chain([("lzf", None), ("cyclic", None)]) {
        let good = file(name);
        for copy in 0..COPIES {
            let bytes = broken(&good, &mut random);
            let time = soon(&bytes, dt);
            assert!(time < Duration::from_millis(100), "{name}, copy {copy}: {time:?}");
        }
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        let more = after - before;
        assert!(more < 100_000, "{more} kB");
    }
}

/// The most memory that this process had, in kB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// In a process of its own: nothing aborts it, and its memory is its own.
#[test]
fn broken_copies_end_well() {
    let words = ["nir::broken::copies", "--exact", "--ignored", "--test-threads", "1"];
    let output = Command::new(std::env::current_exe().unwrap()).args(words).output().unwrap();
    let told =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success() && told[0].contains("1 passed"), "{}", told.concat());
}

/// A graph of any nodes and edges, most of them odd.
fn anything(random: &mut Random) -> Vec<u8> {
    let mut nir = Nir::new("1.0.8").plain();
    let shapes: [&[i64]; 5] = [&[4], &[1, 2, 2], &[2, 2], &[1, 1, 4], &[1, 4, 1]];
    nir.input("in", shapes[random.below(5)]);
    let count = 2 + random.below(7);
    for n in 0..count {
        let name = n.to_string();
        let neuron = [("r", 1.0), ("v_threshold", 0.2), ("tau", 0.01), ("v_leak", 0.1)];
        match random.below(9) {
            0 => nir.linear(&name, &[], [4, 4]),
            1 => nir.scalars(&name, "Scale", &[], &[("scale", 2.0)]),
            2 => nir.scalars(&name, "Delay", &[], &[("delay", 2e-3)]),
            3 => nir.scalars(&name, "Threshold", &[], &[("threshold", 0.1)]),
            4 => {
                let path = nir.node(&name, "Conv2d", &[]);
                nir.weights(&format!("{path}/weight"), &[1, 1, 1 + random.below(3) as u64, 1]);
                nir.int(&format!("{path}/padding"), random.below(2) as i64);
            }
            5 => {
                let path = nir.node(&name, "Flatten", &[]);
                nir.int(&format!("{path}/start_dim"), random.below(5) as i64 - 2);
                nir.int(&format!("{path}/end_dim"), random.below(5) as i64 - 2);
            }
            6 => nir.scalars(&name, "IF", &[], &neuron[..2]),
            7 => nir.layer(&name, "LIF", &[], &[1, 4], &neuron),
            _ => nir.scalars(&name, "LI", &[], &neuron),
        }
    }
    nir.output("out", &[], &[4]);
    let mut name = |end: &str| match random.below(count + 1) {
        n if n == count => end.to_owned(),
        n => n.to_string(),
    };
    let mut edges: Vec<_> = (0..2 * count).map(|_| (name("in"), name("out"))).collect();
    edges.sort();
    edges.dedup();
    edges.iter().for_each(|(from, to)| nir.edge(from, to));
    nir.finish()
}

/// What is read can be run, and shapes go together.
#[test]
fn whatever_is_read_runs() {
    let mut random = Random(5);
    let mut taken = 0;
    for _ in 0..3000 {
        let Ok(file) = read(&anything(&mut random), None) else { continue };
        let graph = &file.graph;
        for projection in &graph.projections {
            let mut shape = graph.populations[projection.source].shape;
            for map in &projection.maps {
                assert_eq!(map.from, shape, "{}", map.name);
                shape = map.to;
            }
            assert_eq!(shape, graph.populations[projection.target].shape);
        }
        let mut run = Run::new(graph);
        for _ in 0..4 {
            run.step(|p| vec![1.0; graph.populations[p].shape.len()]);
        }
        taken += 1;
    }
    assert!(taken > 100, "{taken}");
}
