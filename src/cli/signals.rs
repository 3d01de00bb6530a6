//! Signals that end a process: what is under way goes, a line says so, and the exit code tells
//! which it was.

use super::output;
use crate::{journal, scratch};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Signals that are heeded, by number and name.
const NAMES: [(i32, &str); 3] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")];

/// Whether one has come.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Waits for signals beside the command, but for those that this process was started to ignore, as
/// by `nohup`.
pub fn watch() {
    // A file that grows beyond `ulimit -f` is an error of its write, not the end of the process.
    let _ = flag::register(SIGXFSZ, Arc::default());
    let ignored = ignored();
    let heeded = NAMES.iter().map(|(signal, _)| *signal).filter(|s| ignored >> (s - 1) & 1 == 0);
    // Where the system takes no handler, signals end the process as they always do.
    let Ok(mut signals) = Signals::new(heeded) else { return };
    std::thread::spawn(move || signals.forever().for_each(end));
}

/// The mask of signals that were ignored from the start. Where the system does not tell, hanging up
/// is left to it: whoever started the process may have asked to ignore that one.
fn ignored() -> u64 {
    let status = crate::files::text(Path::new("/proc/self/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(1 << (SIGHUP - 1))
}

fn end(signal: i32) {
    ENDING.store(true, Ordering::SeqCst);
    scratch::discard();
    let name = NAMES.iter().find(|(number, _)| *number == signal).map_or("a signal", |(_, n)| n);
    let staying: Vec<String> =
        journal::staying().iter().map(|path| path.display().to_string()).collect();
    let more = match staying.join(", ").as_str() {
        "" => String::new(),
        files => format!("; the same command goes on from {files}"),
    };
    output::alarm(format_args!("spikemesh: ended by {name}; what was under way is removed{more}"));
    std::process::exit(128 + signal);
}

/// Lets the signal end the process where one has come: what fails then fails because of it.
pub fn give_way() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_secs(1));
    }
}
