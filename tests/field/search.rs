//! Searches that go on, what is advised, and numbers on the command line.

use super::{refused, shared, spikemesh, succeeds};
use crate::runs::rows;
use spikemesh::journal::Parts;
use spikemesh::tune::Journal;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{fs, io::Read};
use tempfile::TempDir;

/// `tune` on scenes of the program, with a journal beside `out`.
fn tune(dir: &TempDir, out: &str, more: &[&str]) -> assert_cmd::Command {
    let mut command = spikemesh();
    command.current_dir(dir.path());
    command.args([
        "tune",
        "digits",
        "--steps",
        "4",
        "--pictures",
        "2",
        "--judge",
        "1",
        "--budget",
        "6",
    ]);
    command.args(["--search", "random", "--tolerance", "1", "--out", out]).args(more);
    command
}

/// Kills a search once it has made some trials, and returns its journal.
fn cut(dir: &TempDir, out: &str, more: &[&str]) -> PathBuf {
    let journal = dir.path().join(format!("{out}.journal"));
    let command = tune(dir, out, more);
    let mut child = std::process::Command::new(command.get_program());
    let mut child = child
        .args(command.get_args())
        .current_dir(dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines() >= 4, "it was killed on its way");
    journal
}

#[test]
fn a_journal_is_for_one_search_only() {
    let dir = tempfile::tempdir().unwrap();
    let anneal = ["--placement", "anneal", "--placement-moves", "1000"];
    let journal = cut(&dir, "out", &anneal);
    let kept = fs::read(&journal).unwrap();
    let placement = dir.path().join("placement.csv");
    let inspect = ["inspect", "digits", "--profile", "loihi1-davies2018", "--out", "placed"];
    spikemesh().current_dir(dir.path()).args(inspect).assert().success();
    fs::copy(dir.path().join("placed/mapping.csv"), &placement).unwrap();
    let detector = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/assets/detectors/digits.detector.toml"
    ));
    let other = dir.path().join("other.detector.toml");
    fs::write(&other, detector.unwrap().replace("score = 0.02", "score = 0.03")).unwrap();
    for (more, part) in [
        (&["--seed", "1"][..], "it was made with --seed 0, this is 1"),
        (
            &["--placement-moves", "999"],
            "--placement anneal, 1000 moves, seed 0, this is anneal, 999 moves",
        ),
        (&["--placement", "placement.csv"], "this is a file with hash "),
        (&["--detector", "other.detector.toml"], "detector description "),
        (&["--profile", "loihi1-sanafe"], "it was made with profile loihi1-davies2018 (hash "),
        (&["--recipe", "paper,norm=layer"], "--recipe paper, this is paper,norm=layer"),
        (&["--steps", "5"], "--steps 4, this is 5"),
        (&["--tolerance", "0.5"], "--tolerance 1, this is 0.5"),
        (&["--budget", "7"], "--budget 6, this is 7"),
        (&["--objective", "energy"], "--objective sops, this is energy"),
        (&["--groups", "2"], "--groups 1, this is 2"),
        (&["--timing", "links"], "--timing analytic, this is links"),
        (&["--judge", "2"], "pictures "),
        (&["--pictures", "1"], "--pictures 2, this is 1"),
        (&["--keep-v0"], "--keep-v0 not given, this is given"),
        (&["--two-phase"], "--two-phase not given, this is given"),
        (&["--idealised"], "--idealised not given, this is given"),
    ] {
        let mut words: Vec<&str> = vec!["tune", "digits", "--out", "out"];
        let own = [
            ("--steps", "4"),
            ("--pictures", "2"),
            ("--judge", "1"),
            ("--budget", "6"),
            ("--search", "random"),
            ("--tolerance", "1"),
            ("--placement", "anneal"),
            ("--placement-moves", "1000"),
        ];
        for (key, value) in own.into_iter().filter(|(key, _)| !more.contains(key)) {
            words.extend([key, value]);
        }
        words.extend(more);
        let mut command = spikemesh();
        refused(
            command.current_dir(dir.path()).args(&words),
            &["out.journal", "another search", part, "repeat"],
        );
        assert_eq!(fs::read(&journal).unwrap(), kept, "{more:?}");
    }
    // What it advises goes on, and comes to what a search without a break comes to.
    succeeds(&mut tune(&dir, "out", &anneal));
    succeeds(&mut tune(&dir, "whole", &anneal));
    let trials = |out: &str| fs::read(dir.path().join(out).join("trials.csv")).unwrap();
    assert_eq!(trials("out"), trials("whole"));
    assert!(!journal.exists());
}

#[test]
fn what_is_left_of_a_damaged_journal_is_used_with_a_word() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(&mut tune(&dir, "whole", &[]));
    let journal = cut(&dir, "out", &[]);
    let good = fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let header: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let parts: Parts = serde_json::from_value(header["parts"].clone()).unwrap();
    let joined = |lines: &[&str]| lines.concat().into_bytes();
    let changed = |from: &str, to: &str| {
        let line = lines[2].replacen(from, to, 1);
        assert_ne!(line, lines[2], "{from}");
        joined(&[lines[0], lines[1], &line, lines[3]])
    };
    let empty = {
        let at = lines[2].find("\"values\":[").unwrap() + 10;
        let end = at + lines[2][at..].find(']').unwrap();
        let line = format!("{}{}", &lines[2][..at], &lines[2][end..]);
        joined(&[lines[0], lines[1], &line, lines[3]])
    };
    for (what, bytes) in [
        ("cut", good.as_bytes()[..lines[..3].concat().len() - 20].to_vec()),
        ("empty values", empty),
        ("no measure", changed("\"at\":[{", "\"at\":[],\"was\":[{")),
        ("a figure", changed("\"error\":0.", "\"error\":1.")),
        ("not a number", changed("\"error\":", "\"error\":null,\"was\":")),
        ("another point", changed("\"point\":[0.", "\"point\":[0.1")),
        ("out of range", changed("\"point\":[0.", "\"point\":[7.")),
        ("more numbers", changed("\"point\":[", "\"point\":[0.5,")),
        ("another number", changed("\"number\":1", "\"number\":5")),
        ("double", joined(&[lines[0], lines[1], lines[1], lines[2]])),
        ("left out", joined(&[lines[0], lines[1], lines[3]])),
        ("swapped", joined(&[lines[0], lines[1], lines[3], lines[2]])),
        ("no text", [lines[..2].concat().as_bytes(), b"\xff\xfe\n"].concat()),
    ] {
        fs::write(&journal, &bytes).unwrap();
        let read = Journal::open(&journal, &parts).unwrap();
        let remark = read.remark().unwrap_or_default();
        assert!(remark.contains("out.journal: line 3"), "{what}: {remark}");
        assert_eq!(read.entries().len(), 1, "{what}");
        drop(read);
        // The command heeds it: two of them are enough.
        if !["cut", "a figure"].contains(&what) {
            continue;
        }
        fs::write(&journal, &bytes).unwrap();
        let out = dir.path().join("out");
        let (_, told) = succeeds(&mut tune(&dir, "out", &[]));
        assert!(
            told.contains("out.journal: line 3") && told.contains("(1) are kept"),
            "{what}: {told}"
        );
        let trials = |out: &Path| fs::read(out.join("trials.csv")).unwrap();
        assert_eq!(trials(&out), trials(&dir.path().join("whole")), "{what}");
        fs::remove_dir_all(out).unwrap();
    }
    // What is no journal is not touched.
    let _ = fs::remove_file(&journal);
    for (what, bytes) in [
        ("foreign", &b"notes of mine"[..]),
        ("a list", b"[1, 2]\n"),
        ("another format", b"{\"format\": \"x\", \"version\": 2}\n"),
        ("nothing but an end", b"\n"),
    ] {
        fs::write(&journal, bytes).unwrap();
        refused(
            &mut tune(&dir, "out", &[]),
            &["out.journal", "no journal of a search", "choose another --out"],
        );
        assert_eq!(fs::read(&journal).unwrap(), bytes, "{what}");
    }
    fs::write(&journal, "\"spikemesh tune 0.1.0 3de1\"\n").unwrap();
    refused(&mut tune(&dir, "out", &[]), &["another version of spikemesh", "move it away"]);
}

#[test]
fn journals_of_strangers() {
    let Some(attack) = shared("attack") else { return };
    let dir = tempfile::tempdir().unwrap();
    for (journal, search, detector) in [
        ("journal-of-detector-a.journal", "random", "net-b.detector.toml"),
        ("journal-empty-values.journal", "bayes", "net.detector.toml"),
    ] {
        fs::write(dir.path().join("out.journal"), fs::read(attack.join(journal)).unwrap()).unwrap();
        let mut command = spikemesh();
        command.current_dir(&attack).args([
            "tune",
            "net.onnx",
            "--data",
            "coco-seed",
            "--pictures",
            "2",
        ]);
        command.args(["--steps", "4", "--budget", "8", "--search", search, "--detector", detector]);
        refused(
            command.arg("--out").arg(dir.path().join("out")),
            &["journal of another", "move it away"],
        );
    }
}

/// The last line that `tune` prints is a command that runs.
#[test]
fn the_command_at_the_end_of_a_search_runs() {
    let dir = tempfile::tempdir().unwrap();
    let scenes = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenes");
    let named = ["--data", scenes, "--profile", "truenorth", "--idealised", "--seed", "3"];
    let placed = ["--placement", "anneal", "--placement-moves", "1000"];
    for (out, more) in [("plain", &[][..]), ("a name/", &[&named[..], &placed].concat())] {
        let (text, _) = succeeds(&mut tune(&dir, out, more));
        let command = text.lines().last().unwrap().trim();
        assert!(command.starts_with("spikemesh run "), "{text}");
        let shell = format!("PATH=\"$BIN:$PATH\"; {command} --out ran");
        let binary = Path::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
        let mut sh = assert_cmd::Command::new("sh");
        sh.args(["-c", &shell]).env("BIN", binary.parent().unwrap()).current_dir(dir.path());
        succeeds(&mut sh);
        let tuned = rows(&dir.path().join(out).join("trials.csv"));
        let best = tuned.iter().find(|trial| trial["best"] == "true").unwrap();
        assert!(command.contains(&format!(" --steps {} ", best["steps"])), "{command}");
        assert_eq!(rows(&dir.path().join("ran/summary.csv")).len(), 1);
        fs::remove_dir_all(dir.path().join("ran")).unwrap();
    }
}

/// Whatever a membrane is too narrow for, the recipe that is named fits.
#[test]
fn advice_on_narrow_membranes_fits() {
    let dir = tempfile::tempdir().unwrap();
    let narrow = dir.path().join("narrow.toml");
    fs::write(&narrow, "inherits = \"loihi1-davies2018\"\n[limits]\nmembrane_bits = 12\n").unwrap();
    let narrow = narrow.to_str().unwrap();
    for (profile, recipe) in [
        ("speck", "best"),
        ("speck", "paper"),
        ("speck", "paper,pool=average,burst=7/4"),
        ("truenorth", "best"),
        (narrow, "best"),
        (narrow, "paper-strict"),
    ] {
        let convert = |recipe: &str, name: &str| {
            let mut command = spikemesh();
            command
                .current_dir(dir.path())
                .args(["convert", "digits", "--steps", "2", "--limit", "1"]);
            let out = format!("{name}.spikemesh");
            command.args(["--profile", profile, "--recipe", recipe, "--out", &out]);
            let (_, told) = succeeds(&mut command);
            for part in ["-report", ".spikemesh"] {
                let path = dir.path().join(format!("{name}{part}"));
                if path.is_dir() {
                    fs::remove_dir_all(path).unwrap()
                } else {
                    fs::remove_file(path).unwrap()
                }
            }
            told
        };
        let told = convert(recipe, "first");
        let advised = told.split("with --recipe ").nth(1).and_then(|rest| rest.split(' ').next());
        let advised = advised.unwrap_or_else(|| panic!("{profile} {recipe}: {told}"));
        // The numbers fit; whether the chip takes the rest is another question.
        let told = convert(advised, "second");
        let refused = told.starts_with(&format!("warning: {profile} refuses this network: "));
        assert!(told.is_empty() || refused && !told.contains("do not fit"), "{advised}: {told}");
    }
    // The same where the chip refuses the run for it.
    let run = |recipe: &str, more: &[&str]| {
        let mut command = spikemesh();
        command.current_dir(dir.path()).args([
            "run",
            "digits",
            "--profile",
            narrow,
            "--steps",
            "2",
            "--recipe",
            recipe,
        ]);
        command.args(["--timing", "analytic", "--out", "out"]).args(more);
        command
    };
    refused(
        &mut run("paper", &[]),
        &["12 membrane_bits", "--idealised drops it; with --recipe paper,weights="],
    );
    succeeds(&mut run("paper", &["--idealised"]));
    fs::remove_dir_all(dir.path().join("out")).unwrap();
    let output = run("paper", &[]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    let advised = text.split("with --recipe ").nth(1).unwrap().split(' ').next().unwrap();
    succeeds(&mut run(advised, &[]));
}

/// What no flag drops is said first, and what is advised then works.
#[test]
fn chips_without_steps_are_told_of_first() {
    let dir = tempfile::tempdir().unwrap();
    for profile in ["speck", "odin", "dynap-se"] {
        let run = |recipe: &str, more: &[&str]| {
            let mut command = spikemesh();
            command.current_dir(dir.path()).args([
                "run",
                "digits",
                "--profile",
                profile,
                "--steps",
                "1",
            ]);
            command.args(["--recipe", recipe, "--out", "out"]).args(more);
            command
        };
        for more in [&[][..], &["--idealised"]] {
            refused(
                &mut run("paper", more),
                &["the chip has no steps; convert with --recipe paper,pool=telescoping"],
            );
            refused(
                &mut run("best", more),
                &["take spikes back", "convert with --recipe paper,pool=telescoping"],
            );
        }
        refused(&mut run("paper,pool=telescoping", &[]), &["--idealised drops"]);
        succeeds(&mut run("paper,pool=telescoping", &["--idealised"]));
        fs::remove_dir_all(dir.path().join("out")).unwrap();
    }
}

/// What a refusal advises is done, and then the same command runs.
#[test]
fn what_is_advised_runs() {
    let dir = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = spikemesh();
        command.current_dir(dir.path()).args(["run", "digits", "--out", "out"]).args(words);
        command
    };
    let odin = ["--profile", "odin", "--idealised", "--steps", "4"];
    for (wrong, words, right) in [
        (
            [&odin[..], &["--recipe", "paper,pool=average,phases=2@4"]].concat(),
            &["convert with phases=one"][..],
            [&odin[..], &["--recipe", "paper,pool=average,phases=one"]].concat(),
        ),
        (
            vec!["--steps", "1", "--timing", "links", "--trace", "a.csv"],
            &["take --timing event"],
            vec!["--steps", "1", "--timing", "event", "--trace", "a.csv"],
        ),
        (
            [&odin[..], &["--recipe", "paper,pool=average", "--trace", "b.csv"]].concat(),
            &["`barrier` or `tick`, such as loihi1-davies2018"],
            vec!["--profile", "loihi1-davies2018", "--steps", "1", "--trace", "b.csv"],
        ),
        (
            vec!["--profile", "spinnaker1", "--steps", "1", "--timing", "links"],
            &["take --timing event or --timing analytic"],
            vec!["--profile", "spinnaker1", "--steps", "1", "--timing", "event"],
        ),
        (
            vec!["--steps", "4", "--recipe", "paper,after=4"],
            &["take more --steps, or a smaller `after`"],
            vec!["--steps", "5", "--recipe", "paper,after=4"],
        ),
        (
            vec!["--profile", "truenorth", "--timing", "analytic", "--steps", "1"],
            &["--idealised drops them"],
            vec!["--profile", "truenorth", "--timing", "analytic", "--steps", "1", "--idealised"],
        ),
    ] {
        refused(&mut run(&wrong), words);
        succeeds(&mut run(&right));
        fs::remove_dir_all(dir.path().join("out")).unwrap();
    }
    // Where limits are dropped without being asked, nobody is told to drop them.
    let mut compare = spikemesh();
    compare.current_dir(dir.path()).args([
        "compare",
        "--profile",
        "truenorth",
        "--steps",
        "1",
        "--out",
        "both",
    ]);
    succeeds(&mut compare);
    let text = fs::read_to_string(dir.path().join("both/compare.csv")).unwrap();
    assert!(text.contains("is not in neuron_models") && !text.contains("--idealised"), "{text}");
}

/// A reader that goes away has read enough.
#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh");
    for words in [
        &["profiles", "list"][..],
        &["profiles", "show", "truenorth"],
        &["profiles", "compare", "truenorth", "odin"],
        &["inspect", "digits"],
        &["inspect", "digits", "--profile", "truenorth"],
        &["--help"],
        &["bogus"],
    ] {
        let mut child = std::process::Command::new(binary);
        let child = child.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let code = child.wait().unwrap().code();
        let usage = words == ["bogus"];
        assert_eq!(code, Some(if usage { 2 } else { 0 }), "{words:?}: {told}");
        assert_eq!(told.is_empty(), !usage, "{words:?}: {told}");
    }
    // Nobody hears of the failure, but it is one.
    let mut child = std::process::Command::new(binary);
    let mut child =
        child.args(["profiles", "show", "nothing"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh");
    let output = std::process::Command::new(binary)
        .args(["profiles", "list"])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(|child| child.wait_with_output())
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && told.contains("cannot write to standard output"),
        "{told}"
    );
}

/// A message is one line where no terminal wraps it.
#[test]
fn messages_stay_whole_outside_a_terminal() {
    let output = spikemesh().args(["profiles", "show", "nothing"]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    let known: Vec<String> =
        spikemesh::profile::all().unwrap().into_iter().map(|p| p.name).collect();
    let message =
        format!("no profile `nothing`: it is neither a file nor one of {}", known.join(", "));
    assert!(text.lines().any(|line| line.contains(&message)), "{text}");
}

#[test]
fn numbers_out_of_range_are_usage_errors_that_name_it() {
    let most = u64::MAX.to_string();
    let commands = ["run", "compare", "convert", "eval", "tune", "inspect"];
    for (option, within, on, range) in [
        ("--steps", 8, &commands[..3], "from 1 to 1024"),
        ("--steps", 8, &commands[4..5], "from 1 to 1024"),
        ("--threads", 1, &commands[..5], "from 0 to 1024"),
        ("--limit", 1, &commands[..3], "from 1 to 1000000000"),
        ("--placement-moves", 1, &commands[..2], "from 0 to 10000000000"),
        ("--placement-moves", 1, &commands[3..], "from 0 to 10000000000"),
        ("--checkpoints", 1, &commands[3..4], "from 1 to 1024"),
        ("--budget", 1, &commands[4..5], "from 1 to 10000"),
        ("--pictures", 1, &commands[4..5], "from 1 to 1000000000"),
        ("--judge", 1, &commands[4..5], "from 1 to 1000000000"),
        ("--folds", 2, &commands[4..5], "from 2 to 1000"),
        ("--seeds", 1, &commands[4..5], "from 1 to 1000"),
        ("--groups", 1, &commands[4..5], "from 1 to 16"),
        ("--tolerance", 1, &commands[4..5], "from 0 to 1"),
        ("--gpu-inferences", 1, &commands[1..2], "from 1 to 1000000000"),
        ("--gpu-batch", 1, &commands[1..2], "from 1 to 1000000000"),
        ("--seed", 1, &commands[..2], "from 0 to 9223372036854775807"),
    ] {
        for command in on {
            let zero = if range.contains("from 0") { "-0.5" } else { "0" };
            let beyond = if option == "--seed" { "9223372036854775808" } else { &most };
            for bad in [zero, beyond, "-1", "NaN"] {
                let words = [*command, "digits", option, bad, "--out", "never.spikemesh"];
                let output = spikemesh().args(words).assert().code(2);
                let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
                assert!(text.contains(range) && text.contains(option), "{words:?}: {text}");
            }
            // Others are taken: the command goes on to its network, which is missing.
            let dir = tempfile::tempdir().unwrap();
            let (out, within) = (dir.path().join("missing/../.."), within.to_string());
            let mut taken = spikemesh();
            taken.args([*command, "nothing.onnx", option, &within]);
            if *command != "inspect" {
                taken.arg("--out").arg(out);
            }
            assert_eq!(
                taken.output().unwrap().status.code(),
                Some(1),
                "{command} {option} {within}"
            );
        }
    }
    for (words, message) in [
        (&["--seed", "9223372036854775807", "--seeds", "2"][..], "with this --seed give 1 to 1"),
        (&["--search", "bayes,sobol,bayes"], "--search names bayes twice"),
    ] {
        let output = spikemesh().args(["tune", "digits"]).args(words).assert().code(2);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains(message), "{words:?}: {text}");
    }
}

/// The largest seed and its neighbours beyond 32 bits are seeds of their own.
#[test]
fn large_seeds_are_seeds() {
    let dir = tempfile::tempdir().unwrap();
    let most = i64::MAX.to_string();
    let trials = |out: &str, seed: &str| {
        succeeds(&mut tune(&dir, out, &["--search", "sobol", "--seed", seed]));
        fs::read_to_string(dir.path().join(out).join("trials.csv")).unwrap()
    };
    let thresholds = |text: String| {
        text.lines().nth(3).unwrap().split_once(",0,").map(|(_, rest)| rest.to_owned())
    };
    let (small, large) = (trials("small", "0"), trials("large", "4294967296"));
    assert_ne!(thresholds(small), thresholds(large));
    trials("most", &most);
}

const DAVIES: &str = include_str!("../../hardware_profiles/loihi1-davies2018.toml");

fn check(dir: &TempDir, text: &str) -> String {
    fs::write(dir.path().join("p.toml"), text).unwrap();
    let output =
        spikemesh().current_dir(dir.path()).args(["profiles", "check", "p.toml"]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn all_missing_keys_are_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = DAVIES
        .replace("cores_per_tile = 4\n", "")
        .replace("update_rule", "# ")
        .replace("mesh = [8, 4]", "");
    let told = check(&dir, &text);
    assert!(
        told.contains("missing keys `topology.mesh`, `topology.cores_per_tile`, `update_rule`\n"),
        "{told}"
    );
    assert!(
        check(&dir, "").contains(
            "`title`, `trust`, `topology`, `capabilities`, `costs`, `clock`, `update_rule`"
        )
    );
}

/// No key of a whole profile can go without being named, but those that may be missing.
#[test]
fn every_missing_key_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let whole: toml::Table = DAVIES.parse().unwrap();
    let mut paths = vec![];
    leaves(&whole, &mut vec![], &mut paths);
    assert!(paths.len() > 100);
    for path in &paths {
        let mut table = whole.clone();
        let mut at = &mut table;
        for part in &path[..path.len() - 1] {
            at = at.get_mut(part).unwrap().as_table_mut().unwrap();
        }
        at.remove(path.last().unwrap());
        fs::write(dir.path().join("p.toml"), table.to_string()).unwrap();
        let Err(error) = spikemesh::profile::load(dir.path().join("p.toml").to_str().unwrap())
        else {
            continue;
        };
        let (error, path) = (error.to_string(), path.join("."));
        let other = ["barrier takes", "`default`"].iter().any(|words| error.contains(words));
        assert!(other || error.ends_with(&format!("missing key `{path}`")), "{path}: {error}");
    }
}

fn leaves(table: &toml::Table, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    for (key, value) in table {
        path.push(key.clone());
        paths.push(path.clone());
        if let Some(table) = value.as_table() {
            leaves(table, path, paths);
        }
        path.pop();
    }
}

/// However long a line is, its fault is shown, with the column that it has in the file.
#[test]
fn long_lines_are_quoted_in_part() {
    let dir = tempfile::tempdir().unwrap();
    for spaces in [0, 200, 65_535, 70_000] {
        let told = check(&dir, &format!("title = {}x\n", " ".repeat(spaces)));
        assert!(told.contains(&format!("p.toml:1:{}", spaces + 9)), "{spaces}: {told}");
        assert!(told.lines().all(|line| line.len() < 400), "{spaces}: {told}");
        assert!(told.contains(&format!("[p.toml:1:{}]", spaces + 9)), "{spaces}: {told}");
    }
    let long = format!(
        "# {}\ntitle = \"{}\"\ntrust = 3 # {}\n",
        "ä".repeat(70_000),
        "ö".repeat(70_000),
        "é".repeat(70_000)
    );
    let told = check(&dir, &long);
    assert!(
        told.contains("p.toml:3:") && told.lines().all(|line| line.chars().count() < 400),
        "{told}"
    );
    if let Some(file) = shared("attack/profile-column-66000.toml") {
        refused(
            spikemesh().args(["profiles", "check"]).arg(file),
            &["profile-column-66000.toml:1:66005"],
        );
    }
}

/// No message names a type of the program.
#[test]
fn messages_name_no_types() {
    let dir = tempfile::tempdir().unwrap();
    for (from, to) in [
        ("cores_per_tile = 4", "cores_per_tile = -4"),
        ("cores_per_tile = 4", "cores_per_tile = \"4\""),
        ("cores_per_tile = 4", "cores_per_tile = 4.5"),
        ("mesh = [8, 4]", "mesh = 8"),
        ("mesh = [8, 4]", "mesh = [8, 4, 2]"),
        ("mesh = [8, 4]", "mesh = { x = 8 }"),
        ("low = 0.29", "low = \"x\""),
        ("basis = \"measured\"", "basis = 3"),
        ("update_rule = ", "update_rule = 3 # "),
        ("title = ", "title = 3 # "),
        ("input_mac_pj = ", "input_mac_pj = \"3\" # "),
        ("neuron_models = ", "neuron_models = true # "),
    ] {
        let text = DAVIES.replacen(from, to, 1);
        assert_ne!(text, DAVIES, "{from}");
        plain(&check(&dir, &text));
    }
    let device = "title = \"t\"\nkind = \"gpu\"\ntrust = \"t\"\npower_w = 3\n";
    fs::write(dir.path().join("gpu.toml"), device).unwrap();
    let mut compare = spikemesh();
    compare.current_dir(dir.path()).args(["compare", "--baseline", "gpu.toml", "--out", "out"]);
    plain(&String::from_utf8_lossy(&compare.assert().code(1).get_output().stderr));
    for text in
        ["width = \"x\"", "width = -1", "width = 3.5", "width = [3]", "detect = 3", "resize = 3"]
    {
        fs::write(dir.path().join("d.toml"), text).unwrap();
        let mut run = spikemesh();
        run.current_dir(dir.path()).args(["run", "digits", "--detector", "d.toml", "--out", "out"]);
        plain(&String::from_utf8_lossy(&run.assert().code(1).get_output().stderr));
    }
    fs::create_dir(dir.path().join("run")).unwrap();
    for text in
        ["{\"format\": 3}", "{\"format\": \"spikemesh activity\", \"format_version\": \"x\"}"]
    {
        fs::write(dir.path().join("run/activity.json"), text).unwrap();
        let mut price = spikemesh();
        price.current_dir(dir.path()).args(["price", "run", "--profile", "speck"]);
        plain(&String::from_utf8_lossy(&price.assert().code(1).get_output().stderr));
    }
}

#[track_caller]
fn plain(text: &str) {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    for word in
        ["usize", "u64", "u32", "i64", "f64", "f32", "struct", "enum", "Raw", "panicked", "Spanned"]
    {
        assert!(!words.contains(&word), "{word}: {text}");
    }
}
