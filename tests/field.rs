//! Files as strangers bring them: the cases of `../shared/field`, and others of their kinds made
//! here.

mod asynchronous;
mod calibration;
mod figures;
mod files;
mod graphs;
mod inputs;
mod labels;
mod names;
mod pictures;
mod placed;
mod search;

use assert_cmd::Command;
use std::path::{Path, PathBuf};

/// A file or folder of `../shared/field`; says so where it is missing.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/field").join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

pub fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

/// Runs a command that must succeed; standard output, then standard error.
#[track_caller]
pub fn succeeds(command: &mut Command) -> (String, String) {
    let output = command.assert().success();
    let output = output.get_output();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Runs a command that must fail with exit code 1 and one message, which holds each of `words`.
#[track_caller]
pub fn refused(command: &mut Command, words: &[&str]) {
    let output = command.assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    // A message may be wrapped anywhere.
    let joined =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect::<String>();
    for word in words {
        assert!(joined(&text).contains(&joined(word)), "`{word}` is missing: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

/// A text in one line, as long as it may be wrapped.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
