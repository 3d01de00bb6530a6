//! Thresholds of networks that spike already, by search: answers beside labels.

use crate::events::written::npy;
use crate::nir::writer::Nir;
use crate::runs::{Row, rows};
use crate::small_detector::spikemesh;
use crate::tuning::killed;
use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// Steps of a recording.
const STEPS: usize = 24;
/// Recordings, of two classes in turn.
const RECORDINGS: usize = 12;

/// A network of two layers that pass on what comes, and an output for each class of two inputs.
pub fn network() -> Vec<u8> {
    let mut nir = Nir::new("1.0.4");
    let same: Vec<f32> = (0..16).map(|n| f32::from(u8::from(n / 4 == n % 4))).collect();
    let sums: Vec<f32> = (0..8).map(|n| f32::from(u8::from(n / 4 == n % 4 / 2))).collect();
    nir.input("input", &[4]);
    for (name, before, weights, out) in [
        ("one", "input", &same, 4),
        ("two", "one_spikes", &same, 4),
        ("sums", "two_spikes", &sums, 2),
    ] {
        let path = nir.node(name, "Linear", &[before]);
        nir.floats(&format!("{path}/weight"), &[out, 4], weights);
        let threshold = if name == "sums" { 0.5 } else { 0.75 };
        let values = [("r", 1.0), ("v_threshold", threshold)];
        nir.layer(&format!("{name}_spikes"), "IF", &[name], &[out], &values);
    }
    nir.output("output", &["sums_spikes"], &[2]);
    nir.finish()
}

/// A recording in which the inputs of `class` fire in most steps, and the others seldom.
fn recording(class: usize, number: usize) -> Vec<u8> {
    let fires = |n: usize| {
        let (step, element) = (n / 4, n % 4);
        let seldom = (step + 3 * number + element).is_multiple_of(7);
        u8::from((element / 2 == class) != seldom)
    };
    let data: Vec<u8> = (0..4 * STEPS).map(fires).collect();
    npy("'|u1'", &format!("({STEPS}, 4)"), false, &data)
}

/// Writes the network and its recordings with their labels; `wrong` is labelled as the other class.
fn files(dir: &Path, wrong: Option<usize>) -> [PathBuf; 2] {
    let [nir, set] = ["net.nir", "set"].map(|name| dir.join(name));
    fs::write(&nir, network()).unwrap();
    fs::create_dir(&set).unwrap();
    let mut table = String::from("file,label\n");
    for n in 0..RECORDINGS {
        fs::write(set.join(format!("{n}.npy")), recording(n % 2, n)).unwrap();
        let label = if wrong == Some(n) { 1 - n % 2 } else { n % 2 };
        table.push_str(&format!("{n}.npy,{label}\n"));
    }
    fs::write(set.join("labels.csv"), table).unwrap();
    [nir, set]
}

fn tune([network, data]: &[PathBuf; 2], out: &Path, more: &[&str]) -> Command {
    let mut command = spikemesh();
    command.arg("tune").arg(network).arg("--data").arg(data).args(["--pictures", "8"]);
    command.args(more).arg("--out").arg(out);
    command
}

fn told(command: &mut Command) -> String {
    let done = command.assert().success();
    String::from_utf8_lossy(&done.get_output().stdout).into_owned()
}

/// What a command that fails says, in one line.
fn fault(command: &mut Command) -> String {
    let failed = command.assert().code(1);
    let told = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    crate::hints::flat(&told.replace("\n  │ ", " "))
}

fn row<'a>(rows: &'a [Row], quantity: &str) -> &'a Row {
    rows.iter().find(|row| row["quantity"] == quantity).unwrap()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// Higher thresholds send fewer spikes, and the answers stay; one recording, whose label is wrong,
/// is told wrong by both. The command that is named comes to the same.
#[test]
fn a_search_finds_fewer_operations_at_the_same_accuracy() {
    let dir = tempfile::tempdir().unwrap();
    // The tenth is judged, not searched on.
    let (files, out) = (files(dir.path(), Some(10)), dir.path().join("out"));
    let more = ["--budget", "10", "--search", "bayes", "--seed", "3"];
    let text = told(&mut tune(&files, &out, &more));
    for words in [
        "searched on 8 inputs, judged on 4 others",
        "untuned as given\ntuned   thresholds=",
        "on inputs not searched on",
        "the tuned network is judged on all inputs with\n  spikemesh eval ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let table = rows(&out.join("tuning.csv"));
    let accuracy = row(&table, "accuracy");
    assert_eq!([&accuracy["untuned"], &accuracy["tuned"]], ["0.75", "0.75"]);
    assert_eq!(row(&table, "steps")["untuned"], STEPS.to_string());
    assert!(number(row(&table, "synaptic_operations"), "ratio") < 0.9, "{text}");
    assert!(number(row(&table, "energy_static"), "untuned") > 0.0);
    let quantities: Vec<&str> = table.iter().map(|row| &row["quantity"][..]).collect();
    for of_boxes in ["agreement", "f1", "head_error"] {
        assert!(!quantities.contains(&of_boxes), "{quantities:?}");
    }
    let trials = rows(&out.join("trials.csv"));
    assert_eq!(trials.len(), 10);
    for trial in &trials {
        assert_eq!([&trial["head_error"], &trial["agreement"], &trial["f1"]], ["", "", ""]);
        assert_eq!(trial["thresholds"].split('/').count(), 2, "the output keeps its own");
    }
    assert_eq!(trials[0]["accuracy"], "1");
    let best = trials.iter().find(|trial| trial["best"] == "true").unwrap();
    assert!(["accuracy", "status"].map(|name| &best[name][..]) == ["1", "feasible"], "{best:?}");
    assert!(text.contains(&format!("thresholds={}\n", best["thresholds"])), "{text}");

    let line = text.lines().last().unwrap();
    let judged = dir.path().join("judged");
    let words = line.trim().split(' ').skip(1);
    spikemesh().args(words).arg("--out").arg(&judged).assert().success();
    let again = rows(&judged.join("accuracy.csv"));
    assert_eq!(again[0]["accuracy"].parse::<f64>().unwrap(), 11.0 / 12.0);
    let seen = number(best, "synaptic_operations") * 8.0;
    let unseen = number(row(&table, "synaptic_operations"), "tuned") * 4.0;
    let all = number(&again[0], "synaptic_operations") * 12.0;
    assert!((seen + unseen - all).abs() < 1e-6, "{seen} {unseen} {all}");
}

#[test]
fn a_killed_search_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, cut] = ["whole", "cut"].map(|name| dir.path().join(name));
    let files = files(dir.path(), None);
    let more = ["--budget", "16", "--search", "random,bayes", "--folds", "2"];
    // Parts of the inputs take the place of the first ones.
    let tune = |out: &Path| {
        let mut command = spikemesh();
        command.arg("tune").arg(&files[0]).arg("--data").arg(&files[1]).args(more);
        command.arg("--out").arg(out);
        command
    };
    told(&mut tune(&whole));
    let journal = dir.path().join("cut.journal");
    killed(&tune(&cut), &journal);
    assert!(!cut.exists(), "it was killed on its way");
    let header = fs::read_to_string(&journal).unwrap();
    for part in [
        "\"form of the inputs\":\"spikes of an array in steps of 1000 us",
        "\"neurons\":",
        "\"inputs\":",
    ] {
        assert!(header.contains(part), "{part}: {header}");
    }
    // Neurons that reset otherwise are another search.
    let mut other = tune(&cut);
    let told_other = fault(other.args(["--reset", "zero"]));
    assert!(told_other.contains("E1204: ") && told_other.contains("neurons"), "{told_other}");
    told(&mut tune(&cut));
    assert!(!journal.exists());
    for file in ["trials.csv", "searches.csv", "tuning.csv"] {
        let [whole, cut] = [&whole, &cut].map(|folder| fs::read(folder.join(file)).unwrap());
        assert_eq!(whole, cut, "{file}");
    }
}

#[test]
fn what_has_no_effect_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (files, out) = (files(dir.path(), None), dir.path().join("out"));
    for option in [
        &["--unlabelled"][..],
        &["--calibrate", "x.png"],
        &["--detector", "x.toml"],
        &["--keep-v0"],
        &["--keep-steps"],
        &["--two-phase"],
        &["--groups", "2"],
    ] {
        let told = fault(&mut tune(&files, &out, option));
        let words = ["E2040: ", &format!("{} would have no effect", option[0]), "leave it out"];
        assert!(words.iter().all(|word| told.contains(word)), "{option:?}: {told}");
    }
    for (option, words) in [
        (&["--recipe", "thresholds=1/2/1"][..], "E0635: setting `thresholds`: 3 factors for 2"),
        (&["--recipe", "thresholds=1:2/1"], "takes one threshold for each layer"),
        (&["--recipe", "best"], "no recipe of this name"),
        (&["--pictures", "12"], "E2026: "),
        (&["--encode", "phase"], "recordings enter as the events that they are"),
    ] {
        let mut command = spikemesh();
        command.arg("tune").arg(&files[0]).arg("--data").arg(&files[1]).args(option);
        let told = fault(command.arg("--out").arg(&out));
        assert!(told.contains(words), "{option:?}: {told}");
    }
    let mut nir = Nir::new("1.0.4");
    nir.input("input", &[4]);
    nir.layer("spikes", "IF", &["input"], &[4], &[("r", 1.0), ("v_threshold", 0.5)]);
    nir.output("output", &["spikes"], &[4]);
    let one = dir.path().join("one.nir");
    fs::write(&one, nir.finish()).unwrap();
    let told = fault(&mut tune(&[one, files[1].clone()], &out, &[]));
    assert!(told.contains("E2050: ") && told.contains("nothing to tune"), "{told}");
    let told = fault(spikemesh().arg("tune").arg(&files[0]).arg("--out").arg(&out));
    assert!(told.contains("give --data, a set of labelled recordings or pictures"), "{told}");
    let told = fault(spikemesh().args(["tune", "digits", "--bin", "0.001", "--out"]).arg(&out));
    assert!(
        told.contains("--bin would have no effect: it is for networks that spike already"),
        "{told}"
    );
    assert!(!out.exists());
}

/// The recipe key alone: a run with it is a run of the file that `convert --nir` writes with it,
/// and no run of the network as it is.
#[test]
fn thresholds_are_scaled_wherever_a_recipe_goes() {
    let dir = tempfile::tempdir().unwrap();
    let [network, set] = files(dir.path(), None);
    let path = |name: &str| dir.path().join(name);
    let run = |network: &Path, recipe: &[&str], name: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(network).arg("--input").arg(set.join("3.npy")).args(recipe);
        run.args(["--timing", "analytic", "--record-spikes", "--out"]).arg(path(name));
        run.assert().success();
        let spikes = rows(&path(name).join("spikes.csv"));
        spikes.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>()
    };
    let recipe = ["--recipe", "thresholds=2/1.5"];
    let mut convert = spikemesh();
    convert.arg("convert").arg(&network).args(recipe).arg("--nir").arg(path("tuned.nir"));
    convert.assert().success();
    let plain = run(&network, &[], "plain");
    let tuned = run(&network, &recipe, "tuned");
    assert_eq!(tuned, run(&path("tuned.nir"), &[], "written"));
    assert!(tuned.len() < plain.len(), "{} {}", tuned.len(), plain.len());
    assert_eq!(plain, run(&network, &["--recipe", "thresholds=one"], "one"));
    assert_eq!(plain, run(&network, &["--recipe", "thresholds=1/1"], "ones"));
    let manifest = fs::read_to_string(path("tuned").join("manifest.toml")).unwrap();
    assert!(manifest.contains("spiking,thresholds=2/1.5"), "{manifest}");
    // Both layers in front of the output have a threshold of their own.
    assert_ne!(tuned, run(&network, &["--recipe", "thresholds=1.5/2"], "turned"));
    let out = path("eval");
    let mut eval = spikemesh();
    eval.arg("eval").arg(&network).arg("--data").arg(&set).args(["--recipe", "thresholds=2/1.5"]);
    eval.args(["--floats", "--timing", "analytic", "--out"]).arg(&out).assert().success();
    let table = rows(&out.join("accuracy.csv"));
    // The floats are those of these thresholds, which are whole numbers here and there.
    let errors: Vec<&str> = table.iter().map(|row| &row["head_error"][..]).collect();
    assert_eq!(errors, ["", "0"], "{table:?}");
}

/// Recordings of an event camera, where they are at hand.
#[test]
fn digits_of_an_event_camera_are_tuned() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let files = ["models/nir-paper/02_cnn/cnn_sinabs.nir", "data/nmnist-small/test.csv"]
        .map(|part| shared.join(part));
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        eprintln!("skipped: no {}", missing.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = spikemesh();
    command.arg("tune").arg(&files[0]).arg("--data").arg(&files[1]).arg("--out").arg(&out);
    let more = ["--pictures", "4", "--judge", "4", "--budget", "3", "--search", "sobol"];
    told(command.args(more).args(["--steps", "150"]));
    let trials = rows(&out.join("trials.csv"));
    let operations: Vec<f64> =
        trials.iter().map(|trial| number(trial, "synaptic_operations")).collect();
    assert!(operations.iter().all(|&count| count > 1e5), "{operations:?}");
    assert!(operations[1] != operations[0] && operations[2] != operations[0]);
    assert_eq!(rows(&out.join("tuning.csv")).len(), 10);
}
