//! Damaged files: a recording or a message, in a short time and little memory.

use super::written::{each, sample};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use spikemesh::encode::events;
use std::process::Command;
use std::time::{Duration, Instant};

/// Tells the process that does the work from the one that starts it.
const MARK: &str = "SPIKEMESH_BROKEN_COPIES";
/// Copies of each file.
const COPIES: u64 = 1000;

/// A copy with a few faults of the kinds that happen, and of those that somebody plans.
fn broken(bytes: &[u8], random: &mut SmallRng) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    for _ in 0..random.random_range(1..8) {
        if copy.is_empty() {
            break;
        }
        // Most of what decides stands at the beginning.
        let end = if random.random() { copy.len() } else { copy.len().min(400) };
        let at = random.random_range(0..end);
        match random.random_range(0..7) {
            0 => copy[at] = random.random(),
            1 => copy[at] ^= 1 << random.random_range(0..8),
            2 => copy.truncate(at),
            3 => copy.insert(at, random.random()),
            4 => {
                copy.remove(at);
            }
            5 => copy[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
            _ => {
                let digits = b"99999999999999999999(((((((((([[[[[[{{{{{{{{,,,,''''";
                let from = random.random_range(0..digits.len());
                let part = &digits[from..];
                copy[at..].iter_mut().zip(part.iter().take(9)).for_each(|(to, &from)| *to = from);
            }
        }
    }
    copy
}

/// Most memory that this process ever had, in kB.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn all_copies() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in each(&sample(300)) {
        let path = folder.path().join(name);
        let (mut good, mut longest) = (0, Duration::ZERO);
        for seed in 0..COPIES {
            let copy = broken(&bytes, &mut SmallRng::seed_from_u64(seed));
            std::fs::write(&path, &copy).unwrap();
            let begun = Instant::now();
            let read = events::read(&path);
            longest = longest.max(begun.elapsed());
            match read {
                Ok(read) => {
                    good += 1;
                    assert!(read.events.is_sorted_by_key(|event| event.t_us), "{name} {seed}");
                }
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
        println!("{name}: {good} of {COPIES} read, the longest in {longest:?}");
        assert!(longest < Duration::from_millis(100), "{name}: {longest:?}");
    }
    if let Some(most) = most_memory() {
        println!("{most} kB");
        assert!(most < 100_000, "{most} kB");
    }
}

/// In a process of its own, whose memory is that of these files alone.
#[test]
fn broken_copies_are_read_or_refused_soon_and_in_little_memory() {
    if std::env::var_os(MARK).is_some() {
        return all_copies();
    }
    let name = "events::broken::broken_copies_are_read_or_refused_soon_and_in_little_memory";
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.env(MARK, "1").args(["--exact", name, "--nocapture"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
    println!("{text}");
}
