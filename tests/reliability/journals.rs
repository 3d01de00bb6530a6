//! Evaluations and comparisons that are cut off: they go on from their journals, and nothing else
//! is taken for one.

use super::{contents, names, program, told};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const EVAL: &str = "eval digits --limit 6 --checkpoints 1,2 --timing analytic --plots none";

fn command(folder: &Path, words: &str, out: &str) -> Command {
    let mut command = program();
    command.args(words.split_whitespace()).args(["--out", out]).current_dir(folder);
    command.stdin(Stdio::null());
    command
}

fn ran(folder: &Path, words: &str) -> Output {
    command(folder, words, "out").output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, words: &str) -> String {
    let output = ran(folder, words);
    assert!(output.status.success(), "{words}: {}", told(&output));
    told(&output)
}

#[track_caller]
fn refused(folder: &Path, words: &str, parts: &[&str]) {
    let output = ran(folder, words);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{words}: {text}");
    assert!(parts.iter().all(|part| text.contains(part)), "{words}: {text}");
    assert!(!folder.join("out").exists());
}

/// Kills a command once its journal has so many lines.
fn cut(folder: &Path, words: &str, lines: usize) -> Vec<u8> {
    let journal = folder.join("out.journal");
    let mut cut = command(folder, words, "out");
    let mut child = cut.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let written = || fs::read(&journal).map_or(0, |text| text.split(|&b| b == b'\n').count() - 1);
    while written() < lines && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.join("out").exists(), "{words} ended before it was killed");
    fs::read(journal).unwrap()
}

/// What a command writes into `out` without a break.
fn whole(words: &str) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), words);
    contents(&folder.path().join("out"))
}

#[test]
fn an_evaluation_goes_on_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (path, single) = (folder.path(), format!("{EVAL} --threads 1"));
    let whole = whole(&single);
    let journal = cut(path, &format!("{EVAL} --threads 2"), 7);
    let lines: Vec<&[u8]> = journal.split_inclusive(|&byte| byte == b'\n').collect();
    let damaged = lines[2].iter().map(|&byte| if byte == b'3' { b'4' } else { byte }).collect();
    for (name, bytes, goes_on) in [
        ("as it was left", journal.clone(), "goes on after "),
        ("cut", [lines[..5].concat(), lines[5][..20].to_vec()].concat(), "line 6 was cut off"),
        ("damaged", [lines[..2].concat(), damaged, lines[3].into()].concat(), "line 3 is damaged"),
        ("its first line", lines[0][..30].to_vec(), ""),
    ] {
        fs::write(path.join("out.journal"), bytes).unwrap();
        let told = succeeds(path, &single);
        assert!(told.contains(goes_on), "{name}: {told}");
        assert!(contents(&path.join("out")) == whole, "{name}");
        assert_eq!(names(path), BTreeSet::from(["out".into()]), "{name}");
        fs::remove_dir_all(path.join("out")).unwrap();
    }
}

#[test]
fn what_is_no_journal_of_an_evaluation_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let journal = path.join("out.journal");
    let kept = cut(path, EVAL, 3);
    for (more, part) in [
        ("--recipe best", "it was made with --recipe paper,best, this is best"),
        ("--timing event", "--timing analytic, this is event"),
        ("--profile truenorth --idealised", "it was made with --idealised not given"),
    ] {
        let words = match more.starts_with("--timing") {
            true => EVAL.replace("--timing analytic", more),
            false => format!("{EVAL} {more}"),
        };
        refused(path, &words, &["E1204", "out.journal", "another evaluation", part]);
        assert_eq!(fs::read(&journal).unwrap(), kept, "{more}");
    }
    let compare = "compare digits --steps 1 --timing analytic --plots none";
    refused(path, compare, &["E1202", "no journal of a comparison"]);
    assert_eq!(fs::read(&journal).unwrap(), kept);
    for foreign in ["notes of mine", "[1, 2]\n", "{\"format\":\"spikemesh tune journal\"}\n"] {
        fs::write(&journal, foreign).unwrap();
        refused(path, EVAL, &["E1202", "no journal of an evaluation", "choose another --out"]);
        assert_eq!(fs::read(&journal).unwrap(), foreign.as_bytes());
    }
    fs::remove_file(&journal).unwrap();
    #[cfg(unix)]
    {
        let mine = path.join("mine");
        std::os::unix::fs::symlink(&mine, &journal).unwrap();
        refused(path, EVAL, &["E1202"]);
        assert!(!mine.exists());
    }
}

#[test]
fn a_journal_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (words, journal) = (EVAL.replace("--limit 6", "--limit 4"), path.join("out.journal"));
    let kept = cut(path, &words, 2);
    let held = fs::File::open(&journal).unwrap();
    held.lock().unwrap();
    let parts = ["E1205", "another process works on the same", "choose another --out"];
    refused(path, &words, &parts);
    let other = command(path, &words, "other").output().unwrap();
    assert!(other.status.success(), "{}", told(&other));
    assert_eq!(fs::read(&journal).unwrap(), kept);
    // Once it ends, the work goes on.
    drop(held);
    succeeds(path, &words);
}

#[test]
fn a_comparison_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let pictures = path.join("pictures");
    fs::create_dir(&pictures).unwrap();
    for n in 0..3 {
        let name = format!("scene-0{n}.png");
        let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes").join(&name);
        fs::copy(scene, pictures.join(name)).unwrap();
    }
    let words = "compare digits --input pictures --steps 2 --timing analytic --plots none \
                 --profile loihi1-davies2018,truenorth,spinnaker2-hoeppner2021";
    succeeds(path, words);
    let whole = contents(&path.join("out"));
    fs::remove_dir_all(path.join("out")).unwrap();
    let journal = cut(path, words, 5);
    assert!(journal.len() < 40_000, "{} bytes of few inputs", journal.len());
    let told = succeeds(path, words);
    assert!(told.contains("goes on after "), "{told}");
    assert!(contents(&path.join("out")) == whole);
    assert_eq!(names(path), BTreeSet::from(["out".into(), "pictures".into()]));
}
