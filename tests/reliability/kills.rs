//! Kills and signals at random moments: what the same command gives afterwards, and what is left.

use super::{contents, is_ignored, names, program};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How many kills and signals the tests that are left out make.
const KILLS: &str = "SPIKEMESH_KILLS";
const SIGNALS: &str = "SPIKEMESH_SIGNALS";

/// Commands that take about a second, each into `out`.
const COMMANDS: [&str; 5] = [
    "eval digits --limit 12 --checkpoints 1,2 --timing analytic",
    "run digits --steps 6 --timing event",
    "tune digits --steps 4 --pictures 2 --judge 1 --budget 6 --search random --tolerance 1",
    "compare digits --steps 2 --profile loihi1-davies2018,truenorth --timing analytic",
    "eval digits --limit 6 --checkpoints 2 --timing analytic --profile loihi1-davies2018,loihi2",
];

/// Shorter ones, for the tests of every day.
const SHORT: [&str; 3] = [
    "eval digits --limit 4 --checkpoints 1 --recipe best --timing analytic --plots none",
    "run digits --steps 2 --timing analytic --plots none",
    "compare digits --steps 1 --profile loihi1-davies2018 --timing analytic --plots none",
];

fn count(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |count| count.parse().unwrap())
}

/// A folder to work in, and one for temporary files.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        ["files", "temporary"]
            .iter()
            .for_each(|name| fs::create_dir(root.path().join(name)).unwrap());
        Place { root }
    }

    fn files(&self) -> PathBuf {
        self.root.path().join("files")
    }

    fn temporary(&self) -> PathBuf {
        self.root.path().join("temporary")
    }

    fn told(&self) -> String {
        fs::read_to_string(self.root.path().join("told")).unwrap()
    }

    fn begin(&self, words: &str) -> Child {
        let mut command: Command = program();
        command.args(words.split_whitespace()).args(["--out", "out"]).current_dir(self.files());
        command.env("TMPDIR", self.temporary()).stdout(Stdio::null());
        let told = fs::File::create(self.root.path().join("told")).unwrap();
        command.stderr(told).spawn().unwrap()
    }

    fn whole(&self, words: &str) -> ExitStatus {
        self.begin(words).wait().unwrap()
    }

    /// What is there of files and folders, but for journals.
    fn left(&self) -> [BTreeSet<String>; 2] {
        let mut files = names(&self.files());
        files.retain(|name| !name.ends_with(".journal"));
        [files, names(&self.temporary())]
    }
}

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// A command, what it writes, and how long that takes.
struct Reference {
    words: &'static str,
    written: Contents,
    took: Duration,
}

fn references(commands: &[&'static str]) -> Vec<Reference> {
    let one = |&words: &&'static str| {
        let (place, begun) = (Place::new(), Instant::now());
        assert!(place.whole(words).success(), "{words}: {}", place.told());
        let (written, took) = (contents(&place.files().join("out")), begun.elapsed());
        Reference { words, written, took }
    };
    commands.iter().map(one).collect()
}

/// A moment on the way of a command.
fn moment(reference: &Reference, number: usize) -> Duration {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(number as u64);
    reference.took.mul_f64(rng.random_range(0.0..1.0))
}

/// Numbers of 0 to `count`, on all cores.
fn each<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let (work, part) = (&work, |part| (part..count).step_by(all));
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..all).map(|n| scope.spawn(move || part(n).map(work).collect::<Vec<T>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn same(place: &Place, reference: &Reference, number: usize) {
    let (words, written) = (reference.words, contents(&place.files().join("out")));
    let differ = |path: &&PathBuf| written.get(*path) != reference.written.get(*path);
    let all = written.keys().chain(reference.written.keys());
    let differ: BTreeSet<_> = all.filter(differ).collect();
    assert!(differ.is_empty(), "kill {number} of {words}: {differ:?} differ");
}

/// What became of a kill.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    Begun,
    WentOn,
    Late,
}

/// Kills a command at a moment, and repeats it to its end.
fn killed(reference: &Reference, number: usize) -> Ended {
    let (place, words) = (Place::new(), reference.words);
    let mut child = place.begin(words);
    std::thread::sleep(moment(reference, number));
    child.kill().unwrap();
    child.wait().unwrap();
    if place.files().join("out").exists() {
        same(&place, reference, number);
        return Ended::Late;
    }
    assert!(place.whole(words).success(), "kill {number} of {words}: {}", place.told());
    same(&place, reference, number);
    let all = names(&place.files());
    assert_eq!(all, BTreeSet::from(["out".into()]), "kill {number} of {words}");
    assert!(names(&place.temporary()).is_empty(), "kill {number} of {words}");
    if place.told().contains("goes on after") { Ended::WentOn } else { Ended::Begun }
}

fn kills(commands: &[&'static str], count: usize) {
    let references = references(commands);
    let ends = each(count, |n| killed(&references[n % references.len()], n));
    let of = |end: Ended| ends.iter().filter(|other| **other == end).count();
    eprintln!(
        "{count} kills: {} went on from a journal, {} began anew, {} came after the end",
        of(Ended::WentOn),
        of(Ended::Begun),
        of(Ended::Late)
    );
}

#[test]
fn some_kills_change_nothing() {
    kills(&SHORT, 6);
}

#[test]
#[ignore = "some minutes"]
fn kills_change_nothing() {
    kills(&COMMANDS, count(KILLS, 100));
}

const ALL: [(Signal, &str, i32); 3] =
    [(Signal::INT, "SIGINT", 130), (Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129)];

/// What became of a signal: heeded, too early to be heeded, too late, or ignored here.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Heeded,
    Early,
    Late,
    Ignored,
}

fn signalled(reference: &Reference, number: usize) -> Heard {
    let (signal, name, code) = ALL[number % ALL.len()];
    if is_ignored(signal.as_raw()) {
        return Heard::Ignored;
    }
    let (place, words) = (Place::new(), reference.words);
    let mut child = place.begin(words);
    std::thread::sleep(moment(reference, number));
    if kill_process(Pid::from_child(&child), signal).is_err() {
        child.wait().unwrap();
        return Heard::Late;
    }
    let (status, told) = (child.wait().unwrap(), place.told());
    let [mut files, temporary] = place.left();
    let what = format!("signal {number}, {name} to {words}: {status}\n{told}");
    assert!(temporary.is_empty(), "{what}\n{temporary:?}");
    // It may come between the last file and the end.
    if files.remove("out") {
        same(&place, reference, number);
    }
    assert!(files.is_empty(), "{what}\n{files:?}");
    // Before the process hears of signals, they end it as the system does.
    if status.signal() == Some(signal.as_raw()) {
        return Heard::Early;
    }
    if status.success() {
        return Heard::Late;
    }
    assert_eq!(status.code(), Some(code), "{what}");
    let last = told.lines().last().unwrap_or_default();
    assert!(last.contains(&format!("ended by {name}")), "{what}");
    for journal in names(&place.files()).iter().filter(|name| name.ends_with(".journal")) {
        let advice = "; the same command goes on from ";
        let (_, kept) = last.split_once(advice).unwrap_or_else(|| panic!("{journal}: {what}"));
        assert!(kept.contains(journal.as_str()), "{what}");
    }
    assert!(!told.contains('×'), "{what}");
    Heard::Heeded
}

fn signals(commands: &[&'static str], count: usize) {
    let references = references(commands);
    let ends = each(count, |n| signalled(&references[n / ALL.len() % references.len()], n));
    let of = |end: Heard| ends.iter().filter(|other| **other == end).count();
    eprintln!(
        "{count} signals: {} heeded, {} before they are heard, {} after the end, {} ignored",
        of(Heard::Heeded),
        of(Heard::Early),
        of(Heard::Late),
        of(Heard::Ignored)
    );
}

#[test]
fn some_signals_leave_nothing() {
    signals(&SHORT[1..], 6);
}

#[test]
#[ignore = "a minute"]
fn signals_at_any_moment_leave_nothing() {
    signals(&COMMANDS, count(SIGNALS, 45));
}
