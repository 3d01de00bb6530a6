//! Codes of errors: each stands for one error, is explained in docs/errors.md and is printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use ndarray::Array3;
use ndarray_npy::write_npy;
use spikemesh::error_code::all;

use crate::bad_input::{code_of, run, run_on};
use crate::onnx::small::Net;
use crate::small_detector::{Files, spikemesh};

const PAGE: &str = include_str!("../docs/errors.md");

#[test]
fn a_code_stands_for_one_error() {
    assert!(all().is_sorted_by(|a, b| a < b), "{:?}", all());
}

/// The page has a part for every code, in order, and for nothing else.
#[test]
fn the_page_explains_every_code_and_no_other() {
    let headings: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: Vec<String> = all().iter().map(ToString::to_string).collect();
    assert_eq!(headings, codes);
}

/// A part stands under its block and has an example, as it is printed, and a cure.
#[test]
fn every_part_of_the_page_has_an_example_and_a_cure() {
    for block in PAGE.split("\n## ").skip(1) {
        let digits = block.split("xx: ").next().unwrap();
        for part in block.split("\n### ").skip(1) {
            let (code, rest) = part.split_once('\n').unwrap();
            assert!(code.starts_with(digits), "{code} stands under {digits}");
            let pieces: Vec<&str> = rest.split("```\n").collect();
            let [_, example, cure] = pieces[..] else { panic!("{part}") };
            assert_eq!(code_of(example), code, "{part}");
            assert!(cure.trim().ends_with('.'), "{part}");
        }
    }
    for line in PAGE.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

/// A folder of two neurons with one synapse.
fn placed(files: &Files, name: &str, synapse: &str) -> PathBuf {
    let folder = files.path(name);
    fs::create_dir(&folder).unwrap();
    let neurons = "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,1\n";
    fs::write(folder.join("neurons.csv"), neurons).unwrap();
    fs::write(folder.join("synapses.csv"), format!("pre,post,weight\n{synapse}\n")).unwrap();
    fs::write(folder.join("inputs.csv"), "step,neuron\n1,0\n").unwrap();
    folder
}

fn words(words: &[&str]) -> Command {
    let mut command = spikemesh();
    command.args(words);
    command
}

/// A network of one operator.
fn network(files: &Files, operator: &str) -> PathBuf {
    let path = files.path(&format!("{operator}.onnx"));
    let net = Net::new(&[1, 3, 32, 32]).floats("w", &[4, 3, 3, 3]);
    let net = net.node(operator, &["x"], "o", vec![]).node("Conv", &["o", "w"], "y", vec![]);
    fs::write(&path, net.bytes()).unwrap();
    path
}

/// A failure of every module that a command line reaches, and its code.
fn failures(files: &Files) -> BTreeMap<&'static str, Command> {
    let text = |path: &Path| path.to_str().unwrap().to_string();
    let write = |name: &str, bytes: &[u8]| {
        let path = files.path(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let on = |profile: &Path| run(files, &text(profile));
    let profile = |name: &str, rest: &str| files.profile(name, "loihi1-davies2018", rest);
    let input = |path: &Path| run_on(files, &files.network, path);
    let csv = |folder: &Path, profile: &str| words(&["run", &text(folder), "--profile", profile]);

    let small = "[topology]\nmesh = [2, 1]\ncores_per_tile = 1\nboard = [1, 2]\n";
    let star = profile("star", "[topology]\nkind = \"star\"\n");
    let mut sweep = on(&star);
    sweep.args(["--timing", "links"]);
    let array = files.path("array.npy");
    write_npy(&array, &Array3::<f32>::zeros((3, 32, 31))).unwrap();
    let one_core = files.profile("one-core", "loihi1-sanafe", "[topology]\ncores_per_tile = 1\n");
    let good = placed(files, "good", "0,1,1.5");
    let mut given = csv(&good, "loihi1-sanafe");
    given.arg("--input").arg(&files.image);
    let mut exists = files.run();
    exists.arg("--out").arg(files.dir.path());
    let cut = &fs::read(&files.network).unwrap()[..5];
    let mixed = files.path("mixed");
    fs::create_dir(&mixed).unwrap();
    fs::copy(&array, mixed.join("a.npy")).unwrap();
    fs::copy(&files.image, mixed.join("b.png")).unwrap();
    let empty = files.path("empty");
    fs::create_dir(&empty).unwrap();
    let foreign = files.path("run");
    fs::create_dir(&foreign).unwrap();
    write("run/activity.json", b"[1, 2]");

    BTreeMap::from([
        ("E0101", words(&["profiles", "show", "loihi3"])),
        ("E0103", on(&profile("typo", "[limits]\nneurons_per_cor = 3\n"))),
        ("E0201", words(&["inspect", &text(&files.path("nowhere.onnx"))])),
        ("E0202", words(&["inspect", &text(&write("cut.onnx", cut))])),
        ("E0204", words(&["inspect", &text(&network(files, "Einsum"))])),
        ("E0219", words(&["inspect", &text(&placed(files, "bad", "0,7,1.5"))])),
        ("E0401", input(&files.path("nowhere.png"))),
        ("E0402", input(&write("cut.jpg", b"\xff\xd8\xff"))),
        ("E0404", input(&empty)),
        ("E0406", input(&array)),
        ("E0412", words(&["run", &text(&files.network), "--input", &text(&files.image)])),
        ("E0413", input(&write("text.png", b"no picture"))),
        ("E0414", input(&mixed)),
        ("E0601", run_on(files, &network(files, "Round"), &files.image)),
        ("E0605", words(&["eval", "--recipe", "nothing"])),
        ("E0613", words(&["convert", "--out", &text(&files.path("network.onnx"))])),
        ("E0701", on(&profile("narrow", "[limits]\nfan_in = 60\n"))),
        ("E0702", on(&profile("tiny", small))),
        ("E0804", sweep),
        ("E0822", csv(&good, &text(&one_core))),
        ("E1101", exists),
        ("E1109", words(&["price", &text(&empty), "--profile", "truenorth"])),
        ("E1110", words(&["price", &text(&foreign), "--profile", "truenorth"])),
        ("E1301", words(&["compare", "--baseline", "titan"])),
        ("E2011", words(&["run", &text(&files.network)])),
        ("E2012", given),
    ])
}

#[test]
fn commands_print_the_code_before_the_message() {
    let files = Files::write();
    for (code, mut command) in failures(&files) {
        let output = command.assert().code(1);
        let told = String::from_utf8_lossy(&output.get_output().stderr);
        assert_eq!(code_of(&told), code, "{told}");
    }
}

/// What is said about an error has its code.
#[test]
fn an_error_within_another_gives_its_code() {
    let files = Files::write();
    let folder = files.path("pictures");
    fs::create_dir(&folder).unwrap();
    fs::copy(&files.image, folder.join("1.png")).unwrap();
    let mut command = words(&["tune", "--data", folder.to_str().unwrap(), "--out"]);
    let output = command.arg(files.path("out")).assert().code(1);
    let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert_eq!(code_of(&told), "E0313", "{told}");
    assert!(told.contains("--unlabelled") && told.contains("╰─▶"), "{told}");
}

/// Values of a wrong kind are told in words, not as types of the program.
#[test]
fn a_set_with_wrong_values_is_told_in_words() {
    let files = Files::write();
    for (text, wanted) in [
        ("names: 3.5\nval: .\n", "expected a list of names, or names by index"),
        ("names: [{a: 1}]\nval: .\n", "expected a list of names, or names by index"),
        ("names: [a]\nval: {x: 1}\n", "expected a folder of pictures, or a list of such"),
    ] {
        let set = files.path("data.yaml");
        fs::write(&set, text).unwrap();
        let output = words(&["eval", "--data", set.to_str().unwrap()]).assert().code(1);
        let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert_eq!(code_of(&told), "E0314", "{told}");
        assert!(told.contains(wanted) && !told.contains("enum"), "{told}");
    }
}
