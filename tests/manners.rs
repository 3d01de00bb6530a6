//! How the program behaves among others: standard input, archives, help, completions, colours.

use crate::small_detector::{Files, picture, spikemesh};
use assert_cmd::Command;
use ndarray::Array3;
use ndarray_npy::NpzReader;
use std::fs;
use std::fs::File;
use std::path::Path;

fn told(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code);
    String::from_utf8_lossy(&output.get_output().stderr).into_owned()
}

/// A picture and an array from standard input are what they are from a file.
#[test]
fn inputs_come_from_standard_input() {
    let files = Files::write();
    let array = files.path("x.npy");
    ndarray_npy::write_npy(&array, &Array3::<f32>::from_elem((3, 32, 32), 0.5)).unwrap();
    for input in [&files.image, &array] {
        let run = |from: &Path, out: &str| {
            let mut run = spikemesh();
            run.arg("run").arg(&files.network).arg("--detector").arg(&files.detector);
            run.arg("--input").arg(from).args(["--steps", "3", "--out"]).arg(files.path(out));
            if from == Path::new("-") {
                run.write_stdin(fs::read(input).unwrap());
            }
            run.assert().success();
            let energy = fs::read_to_string(files.path(out).join("energy.csv")).unwrap();
            let manifest = fs::read_to_string(files.path(out).join("manifest.toml")).unwrap();
            fs::remove_dir_all(files.path(out)).unwrap();
            let hash = manifest.lines().rfind(|line| line.starts_with("sha256")).map(String::from);
            (energy, hash)
        };
        assert_eq!(run(Path::new("-"), "sent"), run(input, "read"));
    }
    let picture = fs::read(&files.image).unwrap();
    let mut calibrate = spikemesh();
    calibrate.arg("calibrate").arg(&files.network).arg("--detector").arg(&files.detector);
    calibrate.args(["--input", "-", "--out"]).arg(files.path("small.ranges"));
    calibrate.write_stdin(picture.clone()).assert().success();
    let mut convert = spikemesh();
    convert.arg("convert").arg(&files.network).arg("--detector").arg(&files.detector);
    convert.arg("--calibrate").arg(files.path("small.ranges")).args(["--input", "-"]);
    convert.args(["--steps", "2", "--out"]).arg(files.path("small.spikemesh"));
    convert.write_stdin(picture.clone()).assert().success();
    let mut compare = spikemesh();
    compare.arg("compare").arg(&files.network).arg("--detector").arg(&files.detector);
    compare.args(["--input", "-", "--steps", "2", "--profile", "ideal-45nm", "--out"]);
    compare.arg(files.path("compared")).write_stdin(picture).assert().success();
}

#[test]
fn standard_input_of_another_kind_or_size_is_refused() {
    let files = Files::write();
    let run = |bytes: &[u8], more: &[&str]| {
        let mut run = spikemesh();
        run.arg("run").arg(&files.network).arg("--detector").arg(&files.detector);
        run.args(["--input", "-"]).args(more).args(["--out"]).arg(files.path("out"));
        told(run.write_stdin(bytes), 1)
    };
    let says = run(b"", &[]);
    assert!(says.contains("E0413") && says.contains("it seems to be empty"), "{says}");
    let says = run(b"\x00\x01\x02\x03", &[]);
    assert!(says.contains("E0413") && says.contains("its kind is unknown"), "{says}");
    let says = run(&[&b"\x89PNG"[..], &[0; 2_000_000]].concat(), &["--max-memory", "1MB"]);
    assert!(says.contains("E0503") && says.contains("standard input: "), "{says}");
    assert!(!files.path("out").exists());
}

/// Outputs that cannot both have their place are found before the run, whatever links lead there.
#[cfg(unix)]
#[test]
fn outputs_in_one_place_are_refused_before_the_run() {
    let files = Files::write();
    let folder = files.path("there");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(".", folder.join("link")).unwrap();
    for words in [
        ["--heads", "h.npz", "--trace", "h.npz"],
        ["--heads", "h.npz", "--trace", "link/h.npz"],
        ["--heads", "h.npz", "--trace", "link/new/../h.npz"],
        ["--out", "link/out", "--trace", "out"],
        ["--out", "out", "--trace", "out/packets.csv"],
        ["--out", "out/in", "--trace", "out"],
    ] {
        let mut run = files.run();
        run.current_dir(&folder).args(["--timing", "event", "--steps", "1"]).args(words);
        let text = told(&mut run, 1);
        assert!(text.contains("E2072"), "{words:?}: {text}");
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
        assert_eq!(left.len(), 1, "{words:?}: {left:?}");
    }
}

/// Nothing that has several files, or must be whole, goes to standard output.
#[test]
fn standard_output_is_refused_with_advice() {
    for words in [
        &["run", "digits", "--out", "-"][..],
        &["run", "digits", "--trace", "-"],
        &["run", "digits", "--heads", "-"],
        &["convert", "digits", "--out", "-"],
        &["convert", "digits", "--out", "a.spikemesh", "--report", "-"],
        &["calibrate", "digits", "--out", "-"],
        &["eval", "digits", "--out", "-"],
        &["compare", "digits", "--out", "-"],
        &["price", "run", "--profile", "odin", "--out", "-"],
        &["inspect", "digits", "--profile", "odin", "--out", "-"],
        &["tune", "digits", "--out", "-"],
        &["validate", "--out", "-"],
        &["detector", "new", "digits", "--out", "-"],
        &["man", "--out", "-"],
    ] {
        let text = told(spikemesh().args(words), 2);
        assert!(text.contains("standard output; name"), "{words:?}: {text}");
    }
    let text = told(spikemesh().args(["run", "digits", "--heads", "heads.zip"]), 2);
    assert!(text.contains("name it NAME.npz"), "{text}");
}

/// The archive holds what the float network and the spiking one say, in the network's shapes.
#[test]
fn heads_are_written_as_arrays() {
    let files = Files::write();
    let heads = files.path("heads.npz");
    let mut run = files.run();
    run.args(["--steps", "64", "--recipe", "paper", "--heads"]).arg(&heads);
    run.arg("--out").arg(files.path("out")).assert().success();
    let mut archive = NpzReader::new(File::open(&heads).unwrap()).unwrap();
    assert_eq!(archive.names().unwrap(), ["float_y", "spiking_y"]);
    let [float, spiking]: [Array3<f32>; 2] =
        ["float_y", "spiking_y"].map(|key| archive.by_name(key).unwrap());
    assert_eq!((float.dim(), spiking.dim()), ((6, 8, 8), (6, 8, 8)));

    let graph = spikemesh::import::load(&files.network).unwrap();
    let detector = spikemesh::encode::Detector::load(&files.detector).unwrap();
    let items = spikemesh::encode::inputs(&files.image, &detector, graph.input_shape()).unwrap();
    let values = spikemesh::ann::exec::run(&graph, &items[0].load().unwrap()).unwrap();
    let own = &values[graph.heads[0].node];
    assert_eq!(float.iter().copied().collect::<Vec<_>>(), *own);
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    let error = norm(&mut float.iter().zip(&spiking).map(|(a, b)| a - b));
    assert!(error > 0.0 && error < 0.5 * norm(&mut float.iter().copied()), "{error}");

    // It is not written over, and several inputs have a name each.
    let before = fs::read(&heads).unwrap();
    let mut again = files.run();
    again.arg("--heads").arg(&heads).arg("--out").arg(files.path("again"));
    assert!(told(&mut again, 1).contains("E1101"));
    assert_eq!(fs::read(&heads).unwrap(), before);
    let folder = files.path("two");
    fs::create_dir(&folder).unwrap();
    ["a", "b"]
        .iter()
        .zip(1..)
        .for_each(|(n, seed)| picture(&folder.join(n).with_extension("png"), seed));
    let two = files.path("two.npz");
    let mut run = spikemesh();
    run.arg("run").arg(&files.network).arg("--detector").arg(&files.detector);
    run.arg("--input").arg(&folder).args(["--steps", "2", "--heads"]).arg(&two);
    run.arg("--out").arg(files.path("both")).assert().success();
    let names = NpzReader::new(File::open(&two).unwrap()).unwrap().names().unwrap();
    assert_eq!(names, ["a/float_y", "a/spiking_y", "b/float_y", "b/spiking_y"]);
    // One file for one profile.
    let mut several = files.run();
    several.args(["--profile", "ideal-45nm,odin", "--heads"]).arg(files.path("several.npz"));
    assert!(told(&mut several, 1).contains("E2031"));
    assert!(!files.path("several.npz").exists());
}

/// Help texts of the program and of every command below it, by the words that lead there.
pub fn helps() -> Vec<(Vec<String>, String)> {
    let mut all = vec![];
    let mut open = vec![vec![]];
    while let Some(words) = open.pop() {
        let output = spikemesh().args(&words).arg("--help").assert().success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        let commands = text.split("\nCommands:\n").nth(1).unwrap_or_default();
        for line in commands.lines().take_while(|line| line.starts_with("  ")) {
            let name = line.split_whitespace().next().unwrap();
            let is_name = line.starts_with("  ") && !line.starts_with("   ") && name != "help";
            if is_name {
                open.push(words.iter().cloned().chain([name.to_string()]).collect());
            }
        }
        all.push((words, text));
    }
    all
}

fn examples(help: &str) -> Vec<&str> {
    let list = help.split("\nExamples:\n").nth(1).unwrap_or_default();
    list.lines().take_while(|line| line.starts_with("  ")).map(str::trim).collect()
}

/// Every example of every help runs as it stands, in a folder with the files that it names.
#[test]
fn every_example_of_the_help_runs() {
    let files = Files::write();
    let path = |name: &str| files.path(name);
    fs::rename(&files.network, path("detector.onnx")).unwrap();
    fs::rename(&files.detector, path("detector.toml")).unwrap();
    picture(&path("photograph.jpg"), 3);
    fs::create_dir(path("photographs")).unwrap();
    // Scenes in which the network inside the program sees something.
    for n in ["00", "01"] {
        let scene = format!("{}/assets/scenes/scene-{n}.png", env!("CARGO_MANIFEST_DIR"));
        fs::copy(scene, path("photographs").join(format!("{n}.png"))).unwrap();
    }
    files.profile("chip", "loihi1-davies2018", "");
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let environment = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.env("PATH", &environment).current_dir(files.dir.path()).args(["-c", line]);
        shell
    };
    // `price` wants a finished run.
    shell("spikemesh run digits --timing analytic").assert().success();
    // `diff` wants two, and `sweep` a file of points.
    shell("spikemesh run digits --timing analytic --steps 1 --profile loihi2").assert().success();
    let spec = "all = { network = 'digits', timing = 'analytic', steps = 1 }\n\
        [grid]\nprofile = ['loihi1-davies2018', 'loihi2']\n";
    fs::write(path("chips.toml"), spec).unwrap();
    // `explore` wants a study; this one is quick.
    let study = "all = { timing = 'analytic', steps = 1 }\nnetwork = [{ network = 'digit-256' }]\n\
        [vary]\n'topology.mesh' = [[1, 1]]\n'limits.neurons_per_core' = [256]\n";
    fs::write(path("study.toml"), study).unwrap();
    let mut count = 0;
    for (words, help) in helps() {
        let all = examples(&help);
        assert!(!all.is_empty(), "no example: {words:?}");
        for line in all {
            println!("{line}");
            assert!(line.contains("spikemesh ") && line.chars().count() < 100, "{line}");
            shell(line).assert().success();
            count += 1;
        }
    }
    assert!(count >= 26, "{count}");
}

/// Every option of every command stands in a group.
#[test]
fn options_are_grouped() {
    for (words, help) in helps() {
        let plain = help.split("\nOptions:\n").nth(1).unwrap_or_default();
        let options = plain.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
        let names =
            options.filter_map(|line| line.split_whitespace().find(|w| w.starts_with("--")));
        let loose: Vec<&str> = names.collect();
        let known = |name: &&str| ["--help", "--version"].contains(name);
        assert!(loose.iter().all(known), "{words:?}: {loose:?}");
        assert!(help.contains("\nMachine and chance:\n"), "{words:?}");
    }
}

#[test]
fn shells_and_man_get_what_they_need() {
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef spikemesh"),
        ("fish", "complete -c spikemesh"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = spikemesh().args(["completions", shell]).assert().success();
        let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
        let knows = ["run", "detector", "split-fan-in"].iter().all(|name| text.contains(name));
        assert!(text.contains(word) && knows, "{shell}: {text:.400}");
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("man1");
    spikemesh().args(["man", "--out"]).arg(&out).assert().success();
    for (words, help) in helps() {
        let stem = ["spikemesh".to_string()].into_iter().chain(words).collect::<Vec<_>>().join("-");
        let page = fs::read_to_string(out.join(format!("{stem}.1"))).unwrap();
        // The page has the examples, too; hyphens are escaped there.
        let plain = page.replace("\\-", "-");
        assert!(plain.contains(examples(&help)[0]), "{stem}: {plain}");
    }
    let own = spikemesh().arg("man").assert().success().get_output().stdout.clone();
    assert_eq!(own, fs::read(out.join("spikemesh.1")).unwrap());
}

/// No escape sequence leaves the program where nobody has a terminal, or NO_COLOR is set.
#[test]
fn colours_are_for_terminals_alone() {
    let words: [&[&str]; 4] = [
        &["profiles", "show", "loihi3"],
        &["profiles", "shw"],
        &["--help"],
        &["run", "digits", "--steps", "0"],
    ];
    for words in words {
        // Some environments claim colours for what is no terminal.
        let mut command = spikemesh();
        command.args(words).env_remove("NO_COLOR").env("COLORTERM", "truecolor");
        let output = command.env("TERM", "xterm-256color").output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!bytes.contains(&0x1b), "{words:?}: {}", String::from_utf8_lossy(bytes));
        }
    }
    // On a terminal, which `script` makes, colours are there unless NO_COLOR is set.
    let terminal = |no_color: Option<&str>, words: &[&str]| {
        let binary = assert_cmd::cargo::cargo_bin!("spikemesh");
        let line = format!("{} {}", binary.display(), words.join(" "));
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm-256color");
        script.env_remove("NO_COLOR").env_remove("CI").stdin(std::process::Stdio::null());
        no_color.map(|value| script.env("NO_COLOR", value));
        script.output().ok().map(|output| output.stdout.contains(&0x1b))
    };
    for words in words {
        let Some(coloured) = terminal(None, words) else {
            println!("skipped: no `script` to make a terminal with");
            return;
        };
        assert!(coloured, "{words:?}");
        assert_eq!(terminal(Some("1"), words), Some(false), "{words:?}");
    }
}
