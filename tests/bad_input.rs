//! Bad inputs: one clear message, the right exit code, and nothing left behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use ndarray::Array3;
use ndarray_npy::write_npy;

use crate::onnx::small::Net;
use crate::small_detector::{Files, spikemesh};

/// Everything below a folder.
fn listing(dir: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(listing(&path));
        }
        all.insert(path.display().to_string());
    }
    all
}

/// The code before the message, such as `E0101`; all of the text must hold it once.
#[track_caller]
pub fn code_of(text: &str) -> &str {
    let code = text.split_once("  × ").and_then(|(_, message)| message.split_once(": "));
    let code = code.map_or("", |(code, _)| code);
    let digits = code.strip_prefix('E').unwrap_or_default();
    assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "no code: {text}");
    assert_eq!(text.matches(code).count(), 1, "{text}");
    code
}

/// Runs a command that must fail with `code`, say each of `words`, once, and leave `dir` as it was.
#[track_caller]
fn refused(dir: &Path, command: &mut Command, code: i32, words: &[&str]) {
    let before = listing(dir);
    let output = command.assert().code(code);
    let output = output.get_output();
    let (out, text) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Messages are wrapped to the width of the terminal: long paths may be broken anywhere.
    let joined =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect::<String>();
    for word in words {
        assert!(joined(&text).contains(&joined(word)), "`{word}` is missing: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
    assert!(code == 2 || text.matches('×').count() == 1, "one error: {text}");
    assert!(code == 2 || !code_of(&text).is_empty());
    assert!(!out.contains("written to"), "{out}");
    assert_eq!(listing(dir), before, "something is left behind");
}

/// `run` of the small detector on `profile` into a folder with missing parents.
pub fn run(files: &Files, profile: &str) -> Command {
    let mut run = files.run();
    run.args(["--profile", profile, "--steps", "2", "--out"]).arg(files.path("not/there/out"));
    run
}

/// `run` of other files.
pub fn run_on(files: &Files, network: &Path, input: &Path) -> Command {
    let mut run = spikemesh();
    run.arg("run").arg(network).arg("--input").arg(input).arg("--detector").arg(&files.detector);
    run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--out"])
        .arg(files.path("not/there/out"));
    run
}

#[test]
fn a_truncated_network() {
    let files = Files::write();
    let whole = fs::read(&files.network).unwrap();
    let cut = files.path("cut.onnx");
    // In the weights, in the middle of the graph, and after a few bytes.
    for length in [whole.len() - 1, whole.len() / 2, 5] {
        fs::write(&cut, &whole[..length]).unwrap();
        refused(
            files.dir.path(),
            &mut run_on(&files, &cut, &files.image),
            1,
            &["cut.onnx", "cut short"],
        );
    }
    fs::write(&cut, b"").unwrap();
    refused(files.dir.path(), &mut run_on(&files, &cut, &files.image), 1, &["cut.onnx"]);
}

#[test]
fn texts_of_other_encodings_and_marks() {
    let files = Files::write();
    let own = files.path("own.toml");
    let own_text = own.display().to_string();
    for (text, words) in [
        (&b"inherits = \"loihi2\"\ntitle = \"Z\xfcrich\"\n"[..], "byte 0xfc in line 2, column 11"),
        // A mark of the byte order takes no column, and ends no file.
        ("\u{feff}inherit = \"loihi2\"\n".as_bytes(), "own.toml:1:1: unknown field `inherit`"),
    ] {
        fs::write(&own, text).unwrap();
        refused(files.dir.path(), &mut run(&files, &own_text), 1, &[words]);
    }
    // One line a name, whatever stands in it.
    let output = run(&files, "a\nb").assert().code(1);
    let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(told.contains("no profile `a\\nb`"), "{told}");
}

#[test]
fn an_unknown_operator() {
    let files = Files::write();
    let odd = files.path("odd.onnx");
    fs::write(&odd, Net::new(&[1, 3, 32, 32]).node("Einsum", &["x"], "y", vec![]).bytes()).unwrap();
    let words = ["odd.onnx", "Einsum", "the Einsum y"];
    refused(files.dir.path(), &mut run_on(&files, &odd, &files.image), 1, &words);
}

#[test]
fn an_operator_without_a_spiking_form() {
    let files = Files::write();
    let odd = files.path("odd.onnx");
    let net = Net::new(&[1, 3, 32, 32]).floats("w", &[4, 3, 3, 3]);
    let net = net.node("Round", &["x"], "o", vec![]).node("Conv", &["o", "w"], "y", vec![]);
    fs::write(&odd, net.bytes()).unwrap();
    refused(
        files.dir.path(),
        &mut run_on(&files, &odd, &files.image),
        1,
        &["Round", "the Round o"],
    );
}

#[test]
fn a_corrupt_image() {
    let files = Files::write();
    let whole = fs::read(&files.image).unwrap();
    for (name, bytes) in [
        ("cut.png", &whole[..whole.len() / 2]),
        ("text.png", b"this is no picture"),
        ("empty.png", b""),
        ("text.jpg", b"neither is this"),
    ] {
        let image = files.path(name);
        fs::write(&image, bytes).unwrap();
        refused(files.dir.path(), &mut run_on(&files, &files.network, &image), 1, &[name]);
    }
}

/// A bad picture late in a folder: the pictures before it leave nothing.
#[test]
fn a_corrupt_image_among_good_ones() {
    let files = Files::write();
    let folder = files.path("pictures");
    fs::create_dir(&folder).unwrap();
    for n in 0..9 {
        fs::copy(&files.image, folder.join(format!("{n}.png"))).unwrap();
    }
    fs::write(folder.join("9.png"), b"no picture").unwrap();
    let mut run = run_on(&files, &files.network, &folder);
    refused(files.dir.path(), &mut run, 1, &["9.png"]);
}

#[test]
fn an_array_of_a_wrong_shape_or_type() {
    let files = Files::write();
    let array = files.path("array.npy");
    write_npy(&array, &Array3::<f32>::zeros((3, 32, 31))).unwrap();
    let words = ["array.npy", "[3, 32, 31]", "[3, 32, 32]"];
    refused(files.dir.path(), &mut run_on(&files, &files.network, &array), 1, &words);
    write_npy(&array, &Array3::<i32>::zeros((3, 32, 32))).unwrap();
    let words = ["array.npy", "int32", "float32"];
    refused(files.dir.path(), &mut run_on(&files, &files.network, &array), 1, &words);
    let whole = fs::read(&array).unwrap();
    fs::write(&array, &whole[..whole.len() / 2]).unwrap();
    refused(files.dir.path(), &mut run_on(&files, &files.network, &array), 1, &["array.npy"]);
    write_npy(&array, &Array3::<f32>::zeros((3, 32, 32))).unwrap();
    run_on(&files, &files.network, &array).assert().success();
}

#[test]
fn no_input_an_empty_folder_and_a_missing_one() {
    let files = Files::write();
    let mut without = spikemesh();
    without
        .arg("run")
        .arg(&files.network)
        .args(["--profile", "truenorth", "--out"])
        .arg(files.path("out"));
    refused(files.dir.path(), &mut without, 1, &["--input"]);
    let folder = files.path("nothing");
    fs::create_dir(&folder).unwrap();
    refused(files.dir.path(), &mut run_on(&files, &files.network, &folder), 1, &["nothing"]);
    let missing = files.path("nowhere.png");
    refused(files.dir.path(), &mut run_on(&files, &files.network, &missing), 1, &["nowhere.png"]);
    refused(files.dir.path(), &mut run_on(&files, &missing, &files.image), 1, &["nowhere.png"]);
}

#[test]
fn a_network_without_a_description_of_its_pictures() {
    let files = Files::write();
    let mut run = spikemesh();
    run.arg("run").arg(&files.network).arg("--input").arg(&files.image);
    run.args(["--profile", "loihi1-davies2018", "--out"]).arg(files.path("out"));
    refused(files.dir.path(), &mut run, 1, &["small", ".detector.toml"]);
}

#[test]
fn an_input_beside_a_network_that_brings_its_own() {
    let files = Files::write();
    let folder = files.path("csv");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("neurons.csv"), "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,1\n")
        .unwrap();
    fs::write(folder.join("synapses.csv"), "pre,post,weight\n0,1,1.5\n").unwrap();
    fs::write(folder.join("inputs.csv"), "step,neuron\n1,0\n").unwrap();
    let out = files.path("not/there/out");
    let run = || {
        let mut run = spikemesh();
        run.arg("run")
            .arg(&folder)
            .args(["--profile", "loihi1-sanafe", "--steps", "3", "--out"])
            .arg(&out);
        run
    };
    for flag in ["--input", "--calibrate"] {
        let mut with = spikemesh();
        with.arg("run")
            .arg(&folder)
            .args(["--profile", "loihi1-sanafe"])
            .arg(flag)
            .arg(&files.image);
        with.arg("--out").arg(&out);
        refused(files.dir.path(), &mut with, 1, &["csv", flag, "its own inputs"]);
    }
    // Two cores of a tile, on a chip with one.
    let small = files.profile("one-core", "loihi1-sanafe", "[topology]\ncores_per_tile = 1\n");
    let mut misplaced = spikemesh();
    misplaced.arg("run").arg(&folder).arg("--profile").arg(&small).arg("--out").arg(&out);
    refused(files.dir.path(), &mut misplaced, 1, &["neuron 1", "1 core;"]);
    fs::write(folder.join("synapses.csv"), "pre,post,weight\n0,7,1.5\n").unwrap();
    refused(files.dir.path(), &mut run(), 1, &["synapses.csv, line 2", "7"]);
    fs::remove_file(folder.join("synapses.csv")).unwrap();
    refused(files.dir.path(), &mut run(), 1, &["synapses.csv"]);
}

#[test]
fn a_profile_with_a_typo() {
    let files = Files::write();
    let profile = files.profile("typo", "loihi1-davies2018", "[limits]\nneurons_per_cor = 3\n");
    let words = ["typo.toml:3", "neurons_per_cor"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
    refused(files.dir.path(), &mut run(&files, "loihi1-davis2018"), 1, &["loihi1-davis2018"]);
}

fn cost(low: f64, nominal: f64, high: f64) -> String {
    format!(
        "[costs]\ninput_mac_pj = {{ low = {low:?}, nominal = {nominal:?}, high = {high:?}, \
         basis = \"assumed\", source = \"test\" }}\n"
    )
}

#[test]
fn a_negative_cost() {
    let files = Files::write();
    let profile = files.profile("negative", "loihi1-davies2018", &cost(-1.5, 2.0, 3.0));
    let words = ["negative.toml:3", "-1.5"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
}

#[test]
fn a_low_end_above_the_nominal_cost() {
    let files = Files::write();
    let profile = files.profile("band", "loihi1-davies2018", &cost(2.5, 2.0, 3.0));
    let words = ["band.toml:3", "low", "nominal"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
}

#[test]
fn a_network_larger_than_the_board() {
    let files = Files::write();
    let small = "[topology]\nmesh = [2, 1]\ncores_per_tile = 1\nboard = [1, 2]\n";
    let profile = files.profile("tiny", "loihi1-davies2018", small);
    let words = ["cores", "largest board has 4", "2 chips"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
}

#[test]
fn a_limit_that_one_layer_breaks() {
    let files = Files::write();
    let profile = files.profile("narrow", "loihi1-davies2018", "[limits]\nfan_in = 60\n");
    let words = ["the Relu branch", "144", "60 fan_in", "--idealised"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
}

#[test]
fn membranes_that_are_too_narrow() {
    let files = Files::write();
    let profile = files.profile("narrow", "loihi1-davies2018", "[limits]\nmembrane_bits = 12\n");
    let words = ["layer the", "12 membrane_bits", "--idealised"];
    refused(files.dir.path(), &mut run(&files, profile.to_str().unwrap()), 1, &words);
    run(&files, profile.to_str().unwrap()).arg("--idealised").assert().success();
    let told = fs::read_to_string(files.path("not/there/out/assumptions.csv")).unwrap();
    assert!(told.contains("\ndropped,") && told.contains("12 membrane_bits"), "{told}");
}

#[test]
fn no_steps_and_other_usage() {
    let files = Files::write();
    for (flag, value) in
        [("--steps", "0"), ("--steps", "1025"), ("--limit", "0"), ("--timing", "exact")]
    {
        let mut run = files.run();
        run.args(["--profile", "truenorth", flag, value, "--out"]).arg(files.path("not/there/out"));
        refused(files.dir.path(), &mut run, 2, &[flag, value]);
    }
}

#[test]
fn a_folder_that_cannot_be_written() {
    let files = Files::write();
    let file = files.path("file");
    fs::write(&file, "mine").unwrap();
    for below in ["file/out", "file/deeper/out"] {
        let mut run = files.run();
        run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--out"])
            .arg(files.path(below));
        refused(files.dir.path(), &mut run, 1, &["file", "--out"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_folder_that_exists_is_not_touched() {
    let files = Files::write();
    let folder = files.path("mine");
    fs::create_dir(&folder).unwrap();
    let try_to = || {
        let mut run = files.run();
        run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--out"]).arg(&folder);
        refused(files.dir.path(), &mut run, 1, &["mine", "exists", "--out"]);
    };
    try_to();
    fs::write(folder.join("summary.csv"), "mine").unwrap();
    try_to();
    assert_eq!(fs::read_to_string(folder.join("summary.csv")).unwrap(), "mine");
}

#[test]
fn price_of_no_run_and_of_a_damaged_one() {
    let files = Files::write();
    let out = files.path("run");
    let price = |of: &Path, profile: &str| {
        let mut price = spikemesh();
        price
            .arg("price")
            .arg(of)
            .args(["--profile", profile, "--out"])
            .arg(files.path("not/there/priced"));
        price
    };
    refused(files.dir.path(), &mut price(&out, "truenorth"), 1, &["run", "finished run"]);
    fs::create_dir(&out).unwrap();
    refused(files.dir.path(), &mut price(&out, "truenorth"), 1, &["run", "finished run"]);
    fs::remove_dir(&out).unwrap();
    let mut run = files.run();
    run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--timing", "analytic", "--out"])
        .arg(&out);
    run.assert().success();
    refused(files.dir.path(), &mut price(&out, "truenort"), 1, &["truenort"]);
    let saved = out.join("activity.json");
    let text = fs::read_to_string(&saved).unwrap();
    for (broken, word) in [
        (text[..text.len() / 2].to_string(), "damaged"),
        (text.replacen("\"format_version\":1", "\"format_version\":99", 1), "99"),
        ("[1, 2]".to_string(), "activity.json"),
        (text.replacen("\"accesses\":[", "\"accesses\":[1,", 1), "accesses"),
    ] {
        assert_ne!(broken, text);
        fs::write(&saved, broken).unwrap();
        refused(files.dir.path(), &mut price(&out, "truenorth"), 1, &["activity.json", word]);
    }
    fs::write(&saved, text).unwrap();
    price(&out, "truenorth").assert().success();
}

/// A star is run, its hubs stand in `links.csv`; a sweep of it and the prices of a mesh are
/// refused.
#[test]
fn a_star_is_neither_swept_nor_priced_as_a_mesh() {
    let files = Files::write();
    let star = files.path("star.toml");
    fs::write(&star, "inherits = \"loihi1-davies2018\"\n[topology]\nkind = \"star\"\n").unwrap();
    let star = star.to_str().unwrap();
    let mut sweep = run(&files, star);
    refused(
        files.dir.path(),
        sweep.args(["--timing", "sweep"]),
        1,
        &["--timing event", "analytic"],
    );
    let out = files.path("run");
    let mut event = files.run();
    event.args(["--profile", star, "--steps", "2", "--out"]).arg(&out).assert().success();
    let links = fs::read_to_string(out.join("links.csv")).unwrap();
    // The mesh of the chip is 8 x 4, and its hub the router beyond.
    assert!(links.lines().any(|line| line.contains(",8,4,false,")), "{links}");
    let mut price = spikemesh();
    price.arg("price").arg(&out).args(["--profile", "truenorth"]);
    refused(files.dir.path(), &mut price, 1, &["links of a star", "truenorth"]);
    spikemesh().arg("price").arg(&out).args(["--profile", star]).assert().success();
}
