//! Damaged files of every kind: each is read or refused, in time, within the memory, and without a
//! trace. All is seeded, so that a number names a mutant.

mod change;
mod readers;
mod seeds;

use change::{Rng, mutant};
use rand::SeedableRng;
use seeds::{Seed, seeds};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the tests tell the processes that they start.
const COUNT: &str = "SPIKEMESH_MUTANTS";

/// Longest that one file may take.
const LONGEST: Duration = Duration::from_secs(5);

/// Memory that readers may take.
const MEMORY: u64 = 256 << 20;

fn count(otherwise: usize) -> usize {
    std::env::var(COUNT).map_or(otherwise, |count| count.parse().unwrap())
}

/// Mutant `number` of all, and the seed that it is of.
fn made(all: &[Seed], number: usize) -> (&Seed, Vec<u8>) {
    let seed = &all[number % all.len()];
    let mut rng = Rng::seed_from_u64(number as u64);
    (seed, mutant(seed.form, &seed.bytes, &mut rng))
}

/// Writes the files for `fuzz/`, with a list of those that are changed.
#[test]
#[ignore = "a part of fuzz/run.sh"]
fn seeds_for_fuzzing() {
    let Some(folder) = std::env::var_os("SPIKEMESH_SEEDS").map(PathBuf::from) else { return };
    let seeds = seeds();
    fs::create_dir_all(&folder).unwrap();
    seeds.write(&folder);
    let names: Vec<&str> = seeds.all.iter().map(|seed| seed.file.as_str()).collect();
    fs::write(folder.join("names"), names.join("\n") + "\n").unwrap();
}

/// In a process of its own, since memory has one limit for a process.
#[test]
fn readers_survive_mutants() {
    let begun = Instant::now();
    let mut tests = Command::new(std::env::current_exe().unwrap());
    tests.args(["--exact", "mutants::reading", "--ignored", "--nocapture"]);
    let output = tests.env(COUNT, count(2000).to_string()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stdout));
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// All mutants through their readers; `readers_survive_mutants` starts it.
#[test]
#[ignore = "a part of readers_survive_mutants"]
fn reading() {
    #[cfg(target_os = "linux")]
    limit(4 << 30);
    spikemesh::memory::allow(MEMORY);
    let seeds = seeds();
    let folder = tempfile::tempdir().unwrap();
    seeds.write(folder.path());
    let begun = Instant::now();
    let mut faults = vec![];
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if QUIET.get() {
            eprintln!("{panic}");
        } else {
            hook(panic);
        }
    }));
    for number in 0..count(2000) {
        let (seed, bytes) = made(&seeds.all, number);
        let path = folder.path().join(&seed.file);
        fs::write(&path, &bytes).unwrap();
        // The last one that is told is that of an abort.
        if std::env::var_os("SPIKEMESH_TELL").is_some() {
            eprintln!("mutant {number} of {}", seed.file);
        }
        let started = Instant::now();
        QUIET.set(true);
        let read = || (seed.read)(folder.path(), &seed.file);
        let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
        QUIET.set(false);
        if end.is_err() {
            faults.push(format!("mutant {number} of {}: panic", seed.file));
        }
        if started.elapsed() > LONGEST {
            faults.push(format!("mutant {number} of {}: {:?}", seed.file, started.elapsed()));
        }
        fs::write(&path, &seed.bytes).unwrap();
    }
    eprintln!("{} mutants in {:?}", count(2000), begun.elapsed());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[cfg(target_os = "linux")]
fn limit(bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let most = getrlimit(Resource::As).maximum;
    let current = Some(most.map_or(bytes, |most| most.min(bytes)));
    setrlimit(Resource::As, Rlimit { current, maximum: most }).unwrap();
}

/// The words of a seed's command, within its folder.
fn words(seed: &Seed) -> Vec<String> {
    let word = |word: &str| match word {
        "$" => seed.file.clone(),
        word => word.replace("@/", ""),
    };
    seed.command.split_whitespace().map(word).collect()
}

/// What a command did to a mutant.
struct Ran {
    code: Option<i32>,
    stderr: String,
    took: Duration,
    peak: u64,
}

/// Runs a command that sees `folder` alone.
fn ran(words: &[String], folder: &Path, temporary: &Path) -> Ran {
    let line = "ulimit -v 6000000; exec \"$0\" \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", line]).arg(assert_cmd::cargo::cargo_bin!("spikemesh")).args(words);
    command.args(["--max-memory", "256MiB"]).current_dir(folder).env("TMPDIR", temporary);
    let errors = temporary.with_extension("stderr");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(&errors).unwrap());
    let (begun, mut child) = (Instant::now(), command.spawn().unwrap());
    let (mut peak, mut code) = (0, None);
    while begun.elapsed() < 2 * LONGEST {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|high| high.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(high.unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().unwrap() {
            code = status.code();
            break;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    let took = begun.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    let stderr = String::from_utf8_lossy(&fs::read(&errors).unwrap()).into_owned();
    Ran { code, stderr, took, peak }
}

/// What is wrong with the way that a command ended.
fn faults(ran: &Ran) -> Vec<String> {
    let mut faults = vec![];
    let first = |line: &&str| !line.trim().is_empty();
    if !matches!(ran.code, Some(0..=2)) || ran.stderr.contains("panicked") {
        faults.push(format!("ended with {:?}: {}", ran.code, ran.stderr));
    }
    if ran.took > LONGEST {
        faults.push(format!("took {:?}", ran.took));
    }
    if ran.peak > 500 << 20 {
        faults.push(format!("took {} MiB", ran.peak >> 20));
    }
    let line = ran.stderr.lines().find(first).unwrap_or_default();
    if line.chars().count() >= 400 {
        faults.push(format!("began with a line of {} characters", line.chars().count()));
    }
    if ran.code == Some(1) && line.is_empty() {
        faults.push("said nothing".into());
    }
    if ran.stderr.contains(|c: char| c.is_control() && c != '\n') {
        faults.push(format!("wrote control characters: {:?}", ran.stderr));
    }
    faults
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(listing(&path));
        }
        all.push(path);
    }
    all.sort();
    all
}

/// One mutant of each kind of file here; the others take a quarter of an hour:
/// `SPIKEMESH_MUTANTS=14000 cargo test commands_survive_mutants -- --ignored`.
#[test]
fn commands_survive_some_mutants() {
    commands(0..seeds().all.len());
}

/// The files as they are make their commands end well, so that mutants get beyond the first line.
/// Of few that is not so: a journal, for one, is that of another search.
#[test]
fn commands_take_the_files_as_they_are() {
    let seeds = seeds();
    let root = tempfile::tempdir().unwrap();
    let (folder, temporary) = (root.path().join("files"), root.path().join("temporary"));
    [&folder, &temporary].into_iter().for_each(|path| fs::create_dir(path).unwrap());
    seeds.write(&folder);
    let mut refused = vec![];
    for seed in &seeds.all {
        let ran = ran(&words(seed), &folder, &temporary);
        if ran.code != Some(0) {
            refused.push(format!("{}\n{}", words(seed).join(" "), ran.stderr));
        }
        for made in ["out", "tuned"] {
            let _ = fs::remove_dir_all(folder.join(made));
        }
        // Of a command that was stopped, since it took too long.
        let _ = fs::remove_file(folder.join("out.journal"));
        fs::write(folder.join(&seed.file), &seed.bytes).unwrap();
    }
    println!("{}", refused.join("\n"));
    assert!(refused.len() * 5 < seeds.all.len(), "{}", refused.join("\n"));
}

#[test]
#[ignore = "14 000 processes"]
fn commands_survive_mutants() {
    commands(0..count(14_000));
}

fn commands(numbers: std::ops::Range<usize>) {
    let seeds = seeds();
    let all = std::thread::available_parallelism().map_or(1, |n| n.get());
    let part = |part: usize| {
        let root = tempfile::tempdir().unwrap();
        let (folder, temporary) = (root.path().join("files"), root.path().join("temporary"));
        [&folder, &temporary].into_iter().for_each(|path| fs::create_dir(path).unwrap());
        seeds.write(&folder);
        let before = listing(&folder);
        let mut found = vec![];
        for number in numbers.clone().skip(part).step_by(all) {
            let (seed, bytes) = made(&seeds.all, number);
            let path = folder.join(&seed.file);
            fs::write(&path, &bytes).unwrap();
            let words = words(seed);
            let ran = ran(&words, &folder, &temporary);
            let mut wrong = faults(&ran);
            for made in ["out", "tuned"] {
                let _ = fs::remove_dir_all(folder.join(made));
            }
            fs::write(&path, &seed.bytes).unwrap();
            let (left, temporaries) = (listing(&folder), listing(&temporary));
            if left != before || !temporaries.is_empty() {
                wrong.push(format!("left {left:?} {temporaries:?}"));
                left.iter().filter(|path| !before.contains(path)).for_each(|path| {
                    let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
                });
            }
            found.extend(wrong.iter().map(|fault| {
                format!("mutant {number} of {}: {fault}\n  {}", seed.file, words.join(" "))
            }));
        }
        found
    };
    let found: Vec<String> = std::thread::scope(|scope| {
        let part = &part;
        let threads: Vec<_> = (0..all).map(|n| scope.spawn(move || part(n))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}
