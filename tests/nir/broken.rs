//! Broken copies of every file: an error or a network, never a panic, and soon, within bounds.

use std::process::Command;
use std::time::{Duration, Instant};

use super::exporters::{all, file};
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
