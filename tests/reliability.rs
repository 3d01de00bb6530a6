//! What goes wrong around a run: odd files, signals, kills, names, small memory;
//! docs/reliability.md lists them.

mod faults;
mod journals;
#[cfg(unix)]
mod kills;
mod limits;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::onnx::small::Net;
use crate::small_detector::{Files, spikemesh};

/// The program, for what waits for it in its own way.
fn program() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

/// What a shell makes of a line in this folder, the program being `$0`.
fn shell(folder: &Path, line: &str) -> Output {
    let mut shell = Command::new("bash");
    shell.args(["-c", line]).arg(assert_cmd::cargo::cargo_bin!("spikemesh")).current_dir(folder);
    shell.stdin(Stdio::null()).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    fs::read_dir(folder).unwrap().map(|entry| name(entry).into_string().unwrap()).collect()
}

#[test]
fn pipes_and_devices_are_no_files() {
    let files = Files::write();
    let folder = files.dir.path();
    for pipe in ["p.onnx", "p.cfg", "p.nir", "p.png", "p.npy", "p.toml", "p.json", "p.spikemesh"] {
        assert!(Command::new("mkfifo").arg(files.path(pipe)).status().unwrap().success());
    }
    for (folder, pipe) in [("a", "activity.json"), ("b", "manifest.toml"), ("b", "summary.csv")] {
        fs::create_dir_all(files.path(folder)).unwrap();
        let pipe = files.path(folder).join(pipe);
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    fs::write(files.path("b/activity.json"), "{}").unwrap();
    let small = "$0 run small.onnx --detector small.detector.toml --steps 2 --out out";
    for (line, what) in [
        ("$0 inspect p.onnx".into(), "a pipe"),
        ("$0 inspect p.cfg".into(), "a pipe"),
        ("$0 inspect p.nir".into(), "a pipe"),
        ("$0 inspect p.spikemesh".into(), "a pipe"),
        (format!("{small} --input p.png"), "a pipe"),
        (format!("{small} --input p.npy"), "a pipe"),
        (format!("{small} --input picture.png --profile p.toml"), "a pipe"),
        ("$0 eval --data p.json".into(), "a pipe"),
        ("$0 sweep p.toml --out out".into(), "a pipe"),
        ("$0 explore p.toml --out out".into(), "a pipe"),
        ("$0 diff b b".into(), "a pipe"),
        ("$0 plot a".into(), "a pipe"),
        ("$0 price a --profile loihi2".into(), "a pipe"),
        ("$0 sweep /dev/zero --out out".into(), "a device"),
        ("$0 explore /dev/zero --out out".into(), "a device"),
        ("$0 inspect /dev/zero".into(), "a device"),
        (format!("{small} --input picture.png --profile /dev/zero"), "a device"),
    ] {
        let output = shell(folder, &format!("exec timeout 20 {}", line.replace("$0", "\"$0\"")));
        let text = told(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {text}");
        assert!(text.contains(what), "{line}: {text}");
    }
    assert!(!files.path("out").exists());
}

#[test]
fn tables_beyond_the_memory_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |n: usize| (1..n).map(|id| format!("{id},lif\n")).collect::<String>();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("neurons.csv", format!("id,model\n0,input\n{}", rows(3000)));
    write("synapses.csv", "pre,post,weight\n0,1,1.5\n".into());
    write("inputs.csv", "step,neuron\n1,0\n".into());
    let run = |most: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(folder.path()).args(["--profile", "ideal-45nm", "--steps", "2"]);
        run.args(["--max-memory", most, "--out"]).arg(folder.path().join("out"));
        run.output().unwrap()
    };
    let refused = run("1MiB");
    let text = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    for words in ["E0503", "neurons.csv: a run of its rows", "give --max-memory"] {
        assert!(text.contains(words), "{text}");
    }
    assert!(run("64MiB").status.success());
}

/// A run that takes some seconds, once it has begun to write.
#[cfg(unix)]
fn long_run(folder: &Path, temporary: &Path) -> Child {
    let mut run = program();
    run.args(["run", "digits", "--steps", "500", "--timing", "event", "--out", "deep/er/out"]);
    run.current_dir(folder).env("TMPDIR", temporary);
    run.stdout(Stdio::null()).stderr(fs::File::create(folder.join("told")).unwrap());
    let child = run.spawn().unwrap();
    let begun = Instant::now();
    let parent = folder.join("deep/er");
    while !parent.exists() || names(&parent).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never began");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

/// Whether the process that tests run in hands on that a signal is ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1) >> (signal - 1) & 1
        == 1
}

#[cfg(unix)]
#[test]
fn signals_leave_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, name, code) in
        [(Signal::INT, "SIGINT", 130), (Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129)]
    {
        if is_ignored(signal.as_raw()) {
            eprintln!("{name} is ignored here, as by nohup: skipped");
            continue;
        }
        let root = tempfile::tempdir().unwrap();
        let [folder, temporary] = ["files", "temporary"].map(|name| root.path().join(name));
        [&folder, &temporary].into_iter().for_each(|path| fs::create_dir(path).unwrap());
        let mut child = long_run(&folder, &temporary);
        assert!(!names(&temporary).is_empty(), "the network inside is unpacked");
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        let text = fs::read_to_string(folder.join("told")).unwrap();
        assert_eq!(status.code(), Some(code), "{text}");
        assert!(text.contains(&format!("ended by {name}")), "{text}");
        assert!(!text.contains("E1"), "{text}");
        assert_eq!(names(&folder), BTreeSet::from(["told".to_string()]));
        assert!(names(&temporary).is_empty(), "{:?}", names(&temporary));
    }
}

#[cfg(unix)]
#[test]
fn the_next_run_sweeps_what_a_kill_left() {
    let root = tempfile::tempdir().unwrap();
    let [folder, temporary] = ["files", "temporary"].map(|name| root.path().join(name));
    [&folder, &temporary].into_iter().for_each(|path| fs::create_dir(path).unwrap());
    let mut child = long_run(&folder, &temporary);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = |path: &Path| names(path).iter().filter(|name| name.ends_with(".partial")).count();
    assert_eq!([left(&folder.join("deep/er")), left(&temporary)], [1, 1]);
    // One that still runs keeps what is its own.
    let mut other = long_run(&folder, &temporary);
    let mut next = program();
    next.args(["run", "digits", "--steps", "2", "--timing", "analytic", "--out", "deep/er/new"]);
    let next = next.current_dir(&folder).env("TMPDIR", &temporary).output().unwrap();
    assert!(next.status.success(), "{}", told(&next));
    assert_eq!([left(&folder.join("deep/er")), left(&temporary)], [1, 1]);
    other.kill().unwrap();
    other.wait().unwrap();
}

/// What fails late takes away the folders that it made.
#[test]
fn failures_take_their_folders_away() {
    let files = Files::write();
    let before = names(files.dir.path());
    let narrow = files.profile("narrow", "loihi1-davies2018", "[limits]\nfan_in = 60\n");
    for out in ["a/../b", "a/b/c", "a/./b/"] {
        let mut run = program();
        run.current_dir(files.dir.path()).args(["run", "small.onnx", "--input", "picture.png"]);
        run.args(["--detector", "small.detector.toml", "--trace", "trace.csv", "--profile"]);
        let output = run.arg(&narrow).args(["--out", out]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        let mut after = names(files.dir.path());
        after.remove("narrow.toml");
        assert_eq!(after, before, "{out}");
    }
}

/// A network whose layers are called so.
fn named(name: &str) -> Vec<u8> {
    let net = Net::new(&[1, 3, 32, 32]).floats("w", &[4, 3, 3, 3]).floats("v", &[2, 4, 1, 1]);
    let mut net = net.node("Conv", &["x", "w"], "c", vec![]).node("Relu", &["c"], name, vec![]);
    net.graph.node[1].name = name.into();
    net.node("Conv", &[name, "v"], "y", vec![]).bytes()
}

fn run_named(files: &Files, name: &str, more: &[&str]) -> Output {
    fs::write(files.path("named.onnx"), named(name)).unwrap();
    let mut run = program();
    run.current_dir(files.dir.path()).args(["run", "named.onnx", "--input", "picture.png"]);
    run.args(["--detector", "small.detector.toml", "--steps", "2"]).args(more);
    run.output().unwrap()
}

#[test]
fn names_of_any_length_are_drawn_in_time() {
    let files = Files::write();
    let begun = Instant::now();
    let output = run_named(&files, &"n".repeat(20_000), &["--out", "out"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let odd = format!("{}\u{e9}", "n".repeat(20_000));
    fs::write(files.path("odd.onnx"), {
        let mut net = Net::new(&[1, 3, 32, 32]).node("Einsum", &["x"], "y", vec![]);
        net.graph.node[0].name = odd;
        net.bytes()
    })
    .unwrap();
    let output = program().arg("inspect").arg(files.path("odd.onnx")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).len() < 1000, "{}", told(&output));
}

/// The bytes of every file below a folder, by its path from there.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let all = all_files(folder).into_iter();
    all.map(|path| (path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap())).collect()
}

/// Everything below a folder.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path] }).collect()
}

/// The line of a file that an error quotes, too.
#[test]
fn faults_of_a_profile_are_marked_at_the_end_of_a_line_too() {
    let dir = tempfile::tempdir().unwrap();
    for (text, what) in [
        ("[limits", "chip.toml:1:8: unclosed table"),
        ("[limits\n\n", "chip.toml:1:8: unclosed table"),
        ("title = \"\"\"\r\nabc\r\n\r\n", "chip.toml:2:4: "),
        ("inherits = [1,\n", "chip.toml:1:15: unclosed array"),
        ("[limits]\nneurons_per_core = ", "chip.toml:2:20: "),
        ("inherits = \"loihi2\"\n[limits]\n\"neu\\nrons\" = 1", "unknown field `neu\\nrons`"),
    ] {
        fs::write(dir.path().join("chip.toml"), text).unwrap();
        let mut check = program();
        check.current_dir(dir.path()).args(["profiles", "check", "chip.toml"]);
        let told = told(&check.output().unwrap());
        let first = told.trim_start().lines().next().unwrap();
        assert!(first.contains(what) && told.contains("── here"), "{text:?}: {told}");
    }
}

#[test]
fn quoted_lines_are_text() {
    let dir = tempfile::tempdir().unwrap();
    for line in [
        "mesh = [\u{1b}[2J, 4]",
        "# \u{1b}]0;x\u{7}",
        "[l\u{7f}\u{7f}imits]",
        "kind \u{1d} = 3",
        "x = \u{9b}2J",
        "\u{202e}x = 1",
        "name = \"\0\"\r",
    ] {
        let text = format!("inherits = \"truenorth\"\r\n\tid = 1\n{line}\n[limits]\n");
        for name in ["chip.toml", "chip.detector.toml"] {
            fs::write(dir.path().join(name), &text).unwrap();
        }
        for words in [
            "profiles check chip.toml",
            "compare digits --timing analytic --baseline chip.toml",
            "run digits --steps 1 --timing analytic --detector chip.detector.toml",
        ] {
            let mut command = program();
            let output = command.current_dir(dir.path()).args(words.split(' ')).output().unwrap();
            let text = told(&output);
            assert_eq!(output.status.code(), Some(1), "{words}: {text}");
            let unseen = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!text.contains(unseen), "{words}: {text:?}");
        }
    }
    // Nor does the name of the file do anything.
    let name = "a\u{1b}[31m\u{202e}.toml";
    fs::write(dir.path().join(name), "größe = \"größe\" x\n").unwrap();
    fs::write(dir.path().join("next.toml"), "inherits = \"a\\u001b[31m\\u202e.toml\"\n").unwrap();
    for file in [name, "next.toml"] {
        let mut command = program();
        let output =
            command.current_dir(dir.path()).args(["profiles", "check", file]).output().unwrap();
        let text = told(&output);
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{text:?}"
        );
        // The place is the same in the message and above the line.
        let place =
            |text: &str| text[..text.find([']', ' ']).unwrap()].trim_end_matches(':').to_owned();
        let places: Vec<String> = text.split("toml:").skip(1).map(place).collect();
        assert!(places.len() == 2 && places[0] == places[1], "{places:?} {text}");
    }
}

/// Threads that still draw pictures when a signal comes leave none.
#[cfg(unix)]
#[test]
fn a_signal_amid_the_pictures_leaves_nothing() {
    use rustix::process::{Pid, Signal, kill_process};
    if is_ignored(Signal::TERM.as_raw()) {
        eprintln!("SIGTERM is ignored here: skipped");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    for number in 0..6 {
        let out = root.path().join("files");
        fs::create_dir(&out).unwrap();
        let mut run = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
        run.args(["run", "digit-pools", "--steps", "2", "--timing", "analytic", "--out", "x"]);
        run.stdout(Stdio::null()).stderr(Stdio::null()).current_dir(&out);
        let mut child = run.spawn().unwrap();
        let drawing = || {
            let all = fs::read_dir(&out).unwrap().flatten().map(|entry| entry.path());
            all.into_iter().any(|path| path.join("layers").exists())
        };
        while !drawing() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(3 * number));
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        child.wait().unwrap();
        let mut left = names(&out);
        left.remove("x");
        assert!(left.is_empty(), "{left:?}");
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn names_from_files_are_text() {
    let files = Files::write();
    let name = "=1+1\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}2J\r\u{202e}<script>&\"\u{ffff}";
    let output = run_named(&files, name, &["--out", "out"]);
    let unseen = |text: &str| {
        text.chars().any(|c| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{ffff}'))
    };
    let screen = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(!unseen(&screen) && !unseen(&told(&output)), "{screen:?}");
    for path in all_files(&files.path("out")) {
        let kind = path.extension().unwrap().to_str().unwrap();
        if !["csv", "svg", "toml", "json"].contains(&kind) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        // Of TOML and JSON a reader takes the escapes back.
        let fine =
            if ["csv", "svg"].contains(&kind) { !unseen(&text) } else { !text.contains('\u{1b}') };
        assert!(fine, "{}", path.display());
        assert!(kind != "svg" || !text.contains("<script"), "{}", path.display());
        if kind == "csv" {
            let mut rows = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            for cell in rows
                .records()
                .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            {
                assert!(!cell.starts_with(['=', '@']), "{}: {cell}", path.display());
            }
        }
    }
    let layers = fs::read_to_string(files.path("out/layers.csv")).unwrap();
    assert!(layers.contains("'=1+1"), "{layers}");
    // JSON reads back on standard output, too.
    let output = run_named(&files, name, &["--out", "json", "--json"]);
    let told_of: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told_of.to_string().contains("<script>"), "{told_of}");
    assert!(!unseen(&String::from_utf8(output.stdout).unwrap()));
    // What is written is read back.
    let more = ["--mapping", "out/mapping.csv", "--out", "again"];
    let output = run_named(&files, name, &more);
    assert!(output.status.success(), "{}", told(&output));
    let [one, other] = ["out", "again"].map(|out| fs::read(files.path(out).join("layers.csv")));
    assert_eq!(one.unwrap(), other.unwrap());
    // A message of it, too.
    fs::write(files.path("odd.onnx"), {
        let mut net = Net::new(&[1, 3, 32, 32]).node("Einsum", &["x"], "y", vec![]);
        net.graph.node[0].name = name.into();
        net.bytes()
    })
    .unwrap();
    let output = program().arg("inspect").arg(files.path("odd.onnx")).output().unwrap();
    assert!(told(&output).contains("=1+1\\u{1b}[2J") && !unseen(&told(&output)));
}

#[test]
fn annotations_name_no_files_outside() {
    let files = Files::write();
    let folder = files.path("set");
    fs::create_dir(&folder).unwrap();
    let set = |name: &str| {
        let text = format!(
            "{{\"images\": [{{\"id\": 1, \"file_name\": {name:?}, \"width\": 48, \
             \"height\": 40}}], \
             \"annotations\": [{{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 1, 9, 9]}}], \
             \"categories\": [{{\"id\": 1, \"name\": \"5\"}}]}}"
        );
        fs::write(folder.join("set.json"), text).unwrap();
    };
    let eval = |more: &[&str]| {
        let mut eval = program();
        eval.args(["eval", "digits", "--checkpoints", "2", "--recipe", "best", "--data"]);
        eval.arg(&folder).args(more).arg("--out").arg(files.path("out")).output().unwrap()
    };
    let whole = files.image.display().to_string();
    for name in ["../picture.png", &whole, "a/../../picture.png"] {
        set(name);
        let output = eval(&[]);
        let text = told(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("E0319") && text.contains("--allow-outside"), "{text}");
    }
    set("../picture.png");
    let output = eval(&["--allow-outside"]);
    assert!(output.status.success(), "{}", told(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn half_a_gigabyte_of_addresses_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    for threads in [0, 8] {
        let line = format!(
            "ulimit -v 524288; exec \"$0\" run digits --threads {threads} --out out-{threads}"
        );
        let output = shell(folder.path(), &line);
        assert!(output.status.success(), "{}", told(&output));
    }
    let [one, other] = [0, 8].map(|n| fs::read(folder.path().join(format!("out-{n}/cores.csv"))));
    assert_eq!(one.unwrap(), other.unwrap());
}

/// Time grows with the nodes of a file, not with their square.
#[test]
fn many_nodes_are_read_in_time() {
    let folder = tempfile::tempdir().unwrap();
    for (operator, inputs) in [("Relu", 1), ("Sigmoid", 1), ("Add", 2)] {
        let mut net = Net::new(&[1, 3, 4, 4]);
        let name = |n: usize| if n == 0 { "x".to_string() } else { format!("n{n}") };
        for n in 1..=100_000 {
            let before = name(n - 1);
            let out = if n == 100_000 { "y".into() } else { name(n) };
            net = net.node(operator, &vec![&before[..]; inputs], &out, vec![]);
        }
        let path = folder.path().join("many.onnx");
        fs::write(&path, net.bytes()).unwrap();
        let begun = Instant::now();
        let imported = spikemesh::import::open(&path).unwrap();
        assert!(imported.network.graph().is_some());
        assert!(begun.elapsed() < Duration::from_secs(20), "{operator}: {:?}", begun.elapsed());
    }
}

/// Deep nests of brackets end a reader with a message, not with its stack.
#[test]
fn nests_of_brackets_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let deep = |part: &str| part.repeat(100_000);
    fs::create_dir_all(path("voc/Annotations")).unwrap();
    fs::create_dir_all(path("voc/JPEGImages")).unwrap();
    for (name, text) in [
        ("a.json", deep("[")),
        ("b.json", deep("{\"a\":")),
        ("a.toml", format!("a = {}", deep("["))),
        ("b.toml", format!("{} = 1", vec!["a"; 100_000].join("."))),
        ("c.toml", format!("[{}]", vec!["a"; 100_000].join("."))),
        ("data.yaml", deep("[")),
        ("voc/Annotations/a.xml", deep("<a>")),
    ] {
        fs::write(path(name), text).unwrap();
    }
    for name in ["a.json", "b.json", "data.yaml", "voc"] {
        assert!(spikemesh::detect::Dataset::open(&path(name)).is_err(), "{name}");
    }
    for name in ["a.toml", "b.toml", "c.toml"] {
        let name = path(name).display().to_string();
        assert!(spikemesh::profile::load(&name).is_err());
        assert!(spikemesh::baseline::load(&name).is_err());
        assert!(spikemesh::encode::Detector::load(Path::new(&name)).is_err());
    }
    assert!(spikemesh::report::read_activity(&path("a.json")).is_err());
}
