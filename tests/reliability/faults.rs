//! Faults of disks and clocks, inputs that vanish, and runs that meet: one error each, and what was
//! there before stays as it is.

use super::{contents, names, program, shell, told};
use crate::small_detector::{Files, picture};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A run of a second.
const RUN: &str = "run digits --steps 2 --timing analytic";

#[track_caller]
fn one_error(output: &Output, parts: &[&str]) {
    let text = told(output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.matches('×').count(), 1, "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(parts.iter().all(|part| text.contains(part)), "{parts:?}: {text}");
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(String::from).into()
}

/// `ulimit -f` stands for a disk that takes no more, whoever runs the tests.
#[cfg(unix)]
#[test]
fn files_that_may_not_grow_are_one_error() {
    let files = Files::write();
    let path = files.dir.path();
    fs::create_dir(path.join("temporary")).unwrap();
    let limited = |kilobytes: usize, run: &str| {
        let (limit, temporary) = (format!("ulimit -f {kilobytes}"), "TMPDIR=\"$PWD/temporary\"");
        shell(path, &format!("{limit}; export {temporary}; exec \"$0\" run {run} --steps 2"))
    };
    let small = "small.onnx --input picture.png --detector small.detector.toml --out";
    assert!(limited(1 << 20, &format!("{small} first")).status.success());
    let (first, before) = (contents(&path.join("first")), names(path));
    let largest = first.values().map(Vec::len).max().unwrap() / 1024;
    // A table, a picture, what is unpacked.
    for (kilobytes, run) in [
        (1, format!("{small} out")),
        (largest / 4, format!("{small} out")),
        (largest - 1, format!("{small} out")),
        (8, "digits --out out".into()),
    ] {
        one_error(&limited(kilobytes, &run), &["File too large"]);
        assert_eq!(names(path), before, "{kilobytes}");
        assert!(names(&path.join("temporary")).is_empty(), "{kilobytes}");
    }
    assert!(contents(&path.join("first")) == first);
}

/// What a shell gives that may mount something at `disk` of its folder, if it may.
#[cfg(target_os = "linux")]
fn mounted(folder: &Path, line: &str) -> Option<Output> {
    fs::create_dir_all(folder.join("disk")).unwrap();
    let script = format!("mount -t tmpfs -o size=4m none disk || exit 77; {line}");
    let mut shell = Command::new("unshare");
    shell.args(["--user", "--map-root-user", "--mount", "bash", "-c", &script]);
    shell.arg(assert_cmd::cargo::cargo_bin!("spikemesh")).current_dir(folder);
    let output = shell.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.code() != Some(77) && !told(&output).contains("unshare") => {
            Some(output)
        }
        _ => {
            eprintln!("skipped: nothing can be mounted here");
            None
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!(
        "\"$0\" -q {RUN} --out disk/first || exit 2; cp -r disk/first whole; \
         head -c 4m /dev/zero > disk/fill 2> /dev/null; truncate -s -60k disk/fill; \
         \"$0\" {RUN} --out disk/out; code=$?; \
         diff -r disk/first whole && ls -A disk | tr '\\n' ' '; exit $code"
    );
    let Some(output) = mounted(folder.path(), &line) else { return };
    one_error(&output, &["No space left on device"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "fill first");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_no_writing_is_one_error() {
    for command in [RUN, "eval digits --limit 1 --checkpoints 1 --recipe best"] {
        let folder = tempfile::tempdir().unwrap();
        let line = format!(
            "\"$0\" -q {RUN} --out disk/first || exit 2; mount -o remount,ro disk; \
             \"$0\" {command} --out disk/out; code=$?; ls -A disk; exit $code"
        );
        let Some(output) = mounted(folder.path(), &line) else { return };
        one_error(&output, &["E1104", "Read-only file system"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "first");
    }
}

/// An input that goes while the others are emulated.
#[test]
fn an_input_that_vanishes_is_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("pictures")).unwrap();
    for n in 0..8 {
        let scene = format!("{}/assets/scenes/scene-0{n}.png", env!("CARGO_MANIFEST_DIR"));
        fs::copy(scene, path.join(format!("pictures/{n}.png"))).unwrap();
    }
    let words = "compare digits --input pictures --steps 8 --profile loihi1-davies2018 --timing \
                 analytic --out out";
    let mut command = program();
    command.args(words.split_whitespace()).current_dir(path).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // One is done, so all are listed.
    while !path.join("out.journal").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    fs::remove_file(path.join("pictures/7.png")).unwrap();
    let output = child.wait_with_output().unwrap();
    one_error(&output, &["7.png", "No such file"]);
    assert_eq!(names(path), set(["pictures"]));
}

#[test]
fn of_two_runs_into_one_folder_one_is_whole() {
    for words in [RUN, "eval digits --limit 4 --checkpoints 1 --recipe best --timing analytic"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let begin = |out: &str| {
            let mut command = program();
            command.args(words.split_whitespace()).args(["--out", out]).current_dir(path);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let both = [begin("out"), begin("out")].map(|child| child.wait_with_output().unwrap());
        let (done, failed): (Vec<_>, Vec<_>) =
            both.iter().partition(|output| output.status.success());
        let texts: Vec<String> = both.iter().map(told).collect();
        assert_eq!(done.len(), 1, "{words}: {texts:?}");
        failed.iter().for_each(|output| one_error(output, &["out"]));
        assert_eq!(names(path), set(["out"]), "{words}");
        let out = contents(&path.join("out"));
        fs::remove_dir_all(path.join("out")).unwrap();
        assert!(begin("out").wait().unwrap().success());
        assert!(contents(&path.join("out")) == out, "{words}");
    }
}

/// Nothing asks for the time of day: a clock that goes backwards, and files of tomorrow, change
/// nothing.
#[test]
fn clocks_do_not_matter() {
    let sources = super::all_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for path in sources.iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("SystemTime") && !text.contains("UNIX_EPOCH"), "{}", path.display());
    }
    let files = Files::write();
    let path = files.dir.path();
    let run = |out: &str| {
        let mut run = program();
        run.current_dir(path).args(["run", "small.onnx", "--input", "picture.png", "--steps", "2"]);
        run.args(["--detector", "small.detector.toml", "--out", out]).output().unwrap()
    };
    assert!(run("out").status.success());
    let today = contents(&path.join("out"));
    fs::remove_dir_all(path.join("out")).unwrap();
    let left = path.join(".spikemesh-left.partial");
    fs::create_dir(&left).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(1 << 32);
    for name in ["small.onnx", "picture.png", ".spikemesh-left.partial"] {
        fs::File::open(path.join(name)).unwrap().set_modified(later).unwrap();
    }
    assert!(run("out").status.success());
    assert!(contents(&path.join("out")) == today && !left.exists());
}

/// A thousand pictures of one name in as many folders, and some of one name in one folder.
#[test]
fn files_of_one_name_stay_apart() {
    let files = Files::write();
    let path = files.dir.path();
    let mut rows = "file,label\n".to_string();
    for n in 0..1000 {
        let folder = path.join(format!("set/{n}"));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&files.image, folder.join("a.png")).unwrap();
        rows += &format!("{n}/a.png,{}\n", n % 10);
    }
    fs::write(path.join("set/list.csv"), rows).unwrap();
    let words = "eval digit-256 --data set/list.csv --profile ideal-45nm --checkpoints 1 --recipe \
                 best --timing analytic --plots none --out out";
    let output = program().current_dir(path).args(words.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let answers = fs::read_to_string(path.join("out/answers.csv")).unwrap();
    let found = answers.lines().skip(1).map(|row| row.split(',').nth(2).unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>().len(), 1000);

    let folder = path.join("one");
    fs::create_dir(&folder).unwrap();
    let endings = ["png", "PNG", "pNg", "pnG", "Png", "PNg", "pNG", "PnG"];
    for (n, ending) in endings.iter().enumerate() {
        picture(&folder.join("picture.png"), n as u32);
        fs::rename(folder.join("picture.png"), folder.join(format!("a.{ending}"))).unwrap();
    }
    // File systems that ignore case have one of them.
    let there = names(&folder).len();
    let words = "run small.onnx --detector small.detector.toml --input one --steps 2 --plots none \
                 --timing analytic --out runs";
    let output = program().current_dir(path).args(words.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let names = names(&path.join("runs"));
    let folders = names.iter().filter(|name| path.join("runs").join(name).is_dir());
    assert!(there == 1 || folders.count() == there);
}
