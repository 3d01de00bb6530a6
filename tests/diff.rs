//! `diff`: what changed between two runs.

use crate::before::as_before;
use crate::runs::rows;
use crate::small_detector::{Files, spikemesh};
use std::fs;
use std::path::Path;

fn run(files: &Files, out: &str, arguments: &[&str]) {
    let mut run = files.run();
    run.args(["--timing", "analytic", "--recipe", "best"]).args(arguments);
    run.arg("--out").arg(files.path(out)).assert().success();
}

/// What `diff` of these folders prints; they lie in one place.
fn diff(place: &Path, arguments: &[&str]) -> String {
    let mut diff = spikemesh();
    diff.current_dir(place).arg("diff").args(arguments);
    String::from_utf8(diff.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn a_run_is_the_same_as_itself_and_another_recipe_names_what_moved() {
    let files = Files::write();
    let place = files.path(".");
    run(&files, "a", &["--steps", "4"]);
    run(&files, "b", &["--steps", "4"]);
    let text = diff(&place, &["a", "b", "--check"]);
    assert!(text.contains("no difference in ") && text.lines().count() == 3, "{text}");
    run(&files, "c", &["--steps", "4", "--set", "costs.static_mw_per_chip=1"]);
    let text = diff(&place, &["a", "c"]);
    assert!(text.contains("profile.name") && text.contains("of leakage, mJ"), "{text}");
    assert!(!text.contains("  spikes  "), "{text}");
    // Not the same recipe: layers by how much their energy moved.
    let mut run = files.run();
    run.args(["--timing", "analytic", "--recipe", "best,burst=7/3", "--steps", "4", "--out"]);
    run.arg(files.path("d")).assert().success();
    let text = diff(&place, &["a", "d", "--out", "written"]);
    assert!(text.contains("conversion.burst"), "{text}");
    let moved = |folder: &str| -> Vec<(String, f64)> {
        let of = |row: &crate::runs::Row| {
            (row["layer"].clone(), row["energy_dynamic_uj"].parse().unwrap())
        };
        rows(&files.path(folder).join("layers.csv")).iter().map(of).collect()
    };
    let pairs = moved("a").into_iter().zip(moved("d"));
    let apart = pairs.map(|((layer, a), (_, d))| ((d - a).abs(), layer));
    let (_, most) = apart.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    let below = text.split("layers, energy of events in uJ").nth(1).unwrap();
    let first = below.lines().nth(1).unwrap();
    assert!(first.starts_with(&most), "{most}: {text}");
    // The file has every cell, with the difference.
    let written = rows(&files.path("written").join("diff.csv"));
    let energy = written.iter().find(|row| row["column"] == "energy_uj").unwrap();
    let [a, b, difference] =
        ["a", "b", "difference"].map(|column| energy[column].parse::<f64>().unwrap());
    assert!((b - a - difference).abs() < 1e-9 && difference != 0.0, "{energy:?}");
    let mut check = spikemesh();
    check.current_dir(&place).args(["diff", "a", "d", "--check"]).assert().code(1);
}

/// Links that one run alone used shift the rows of all others.
#[test]
fn links_are_compared_by_their_routers() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    for (out, inputs) in [("a", "1,0\n1,2\n2,2\n3,2\n"), ("b", "1,2\n2,2\n3,2\n")] {
        let net = place.join("net");
        fs::create_dir_all(&net).unwrap();
        let neurons = "id,model,threshold,tile,core_in_tile\n0,input,,0,0\n1,lif,9,1,0\n\
                       2,input,,2,0\n3,lif,9,3,0\n";
        fs::write(net.join("neurons.csv"), neurons).unwrap();
        fs::write(net.join("synapses.csv"), "pre,post,weight\n0,1,1\n2,3,1\n").unwrap();
        fs::write(net.join("inputs.csv"), format!("step,neuron\n{inputs}")).unwrap();
        let mut run = spikemesh();
        run.current_dir(place).args(["run", "net", "--profile", "loihi2", "--plots", "none"]);
        run.args(["--steps", "4", "--out", out]).assert().success();
    }
    let text = diff(place, &["a", "b", "--out", "written"]);
    assert!(text.contains("a alone has row 0 0 1 0 of links.csv"), "{text}");
    let written = rows(&place.join("written/diff.csv"));
    let of = |file: &str| written.iter().filter(|row| row["file"] == file).count();
    assert_eq!(of("links.csv"), 0);
    assert!(of("cores.csv") > 0);
}

/// The second class of one run stands beside that class of the other, wherever it comes.
#[test]
fn classes_and_boxes_are_compared_by_name() {
    let files = Files::write();
    let place = files.path(".");
    for out in ["a", "b"] {
        run(&files, out, &["--steps", "2", "--plots", "none"]);
    }
    let write = |folder: &str, file: &str, text: &str| {
        fs::write(files.path(folder).join(file), text).unwrap();
    };
    let classes = "system,class,score\n";
    write("a", "classes.csv", &format!("{classes}spiking,cat,0.6\nspiking,dog,0.4\n"));
    write("b", "classes.csv", &format!("{classes}spiking,dog,0.6\nspiking,cat,0.4\n"));
    let boxes = "system,class,score,x1,y1,x2,y2\n";
    let cats = "spiking,cat,0.8,0,0,1,1\nspiking,cat,0.7,2,2,3,3\n";
    write("a", "detections.csv", &format!("{boxes}float,dog,0.9,0,0,1,1\n{cats}"));
    write("b", "detections.csv", &format!("{boxes}{cats}"));
    let text = diff(&place, &["a", "b", "--out", "written"]);
    assert!(text.contains("a alone has row float dog of detections.csv"), "{text}");
    let written = rows(&files.path("written").join("diff.csv"));
    let told: Vec<_> = written.iter().map(|row| (&row["row"][..], &row["column"][..])).collect();
    assert_eq!(told, [("spiking cat", "score"), ("spiking dog", "score")]);
}

/// Folders of two versions: columns that one alone has are told, and the rest is compared.
#[test]
fn columns_that_were_added_are_told() {
    let files = Files::write();
    let place = files.path(".");
    run(&files, "a", &["--steps", "2"]);
    run(&files, "b", &["--steps", "2"]);
    let path = files.path("b").join("summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[0] += ",moons";
    lines[1] += ",2";
    fs::write(&path, lines.join("\n")).unwrap();
    let text = diff(&place, &["a", "b"]);
    assert!(text.contains("b alone has column moons of summary.csv"), "{text}");
    assert!(text.contains("settings that both have"), "{text}");
    let mut none = spikemesh();
    none.current_dir(&place).args(["diff", "a", "nowhere"]).assert().code(1);
}

/// Other units, and a number as the name of an input.
#[test]
fn an_earlier_version_of_the_same_run_differs_in_no_figure() {
    let files = Files::write();
    let place = files.path(".");
    let numbered = files.path("000000000285.png");
    fs::copy(&files.image, &numbered).unwrap();
    for out in ["new", "old"] {
        let mut run = spikemesh();
        run.arg("run").arg(&files.network).arg("--input").arg(&numbered).arg("--detector");
        run.arg(&files.detector).args(["--steps", "2", "--timing", "event", "--plots", "none"]);
        run.arg("--out").arg(files.path(out)).assert().success();
    }
    let of = |folder: &str| rows(&files.path(folder).join("summary.csv")).swap_remove(0);
    assert_eq!(of("new")["image"], "000000000285.png");
    as_before(&files.path("old"));
    let energy = fs::read_to_string(files.path("old").join("energy.csv")).unwrap();
    assert!(energy.contains("nominal_pj"), "{energy}");
    let text = diff(&place, &["old", "new", "--check"]);
    assert!(text.contains("no difference in ") && text.lines().count() == 3, "{text}");
    let mut again = spikemesh();
    again.current_dir(&place).args(["price", "old", "--profile", "loihi1-davies2018", "--out"]);
    again.arg("again").assert().success();
    assert_eq!(of("again"), of("new"));
}

/// Several inputs: each by its folder; one of each run whatever its name.
#[test]
fn inputs_are_compared_one_by_one() {
    let root = tempfile::tempdir().unwrap();
    let scene = |n: &str| format!("{}/assets/scenes/scene-{n}.png", env!("CARGO_MANIFEST_DIR"));
    for (folder, scenes) in [("two", &["00", "01"][..]), ("three", &["00", "01", "02"])] {
        fs::create_dir(root.path().join(folder)).unwrap();
        for n in scenes {
            fs::copy(scene(n), root.path().join(folder).join(format!("{n}.png"))).unwrap();
        }
    }
    let run = |input: &str, out: &str| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", "digits", "--input", input, "--steps", "1"]);
        run.args(["--timing", "analytic", "--out", out]).assert().success();
    };
    run("two", "a");
    run("three", "b");
    let text = diff(root.path(), &["a", "b"]);
    assert!(text.contains("b alone has input 02"), "{text}");
    assert!(text.contains("b alone has row 02.png of summary.csv"), "{text}");
    // A sum is one of all that both have, a mean is one; whether a single one changed or not.
    run("two", "e");
    let path = root.path().join("e/summary.csv");
    let mut table = rows(&path);
    let of = |row: &crate::runs::Row, column: &str| row[column].parse::<f64>().unwrap();
    let [one, other] = [of(&table[0], "energy_uj"), of(&table[1], "energy_uj")];
    let power = [0, 1].map(|n: usize| table[n]["mean_power_mw"].clone());
    let changed = table.remove(1)["energy_uj"].clone();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen(&changed, &(2.0 * other).to_string(), 1)).unwrap();
    let text = diff(root.path(), &["a", "e"]);
    let line = text.lines().find(|line| line.starts_with("energy, mJ")).unwrap();
    let percent = format!("{:+.1} %", 100.0 * other / (one + other));
    assert!(line.ends_with(&percent), "{percent}: {text}");
    let halved = fs::read_to_string(&path).unwrap().replace(&power[1], "1.0");
    fs::write(&path, halved).unwrap();
    let text = diff(root.path(), &["a", "e"]);
    let line = text.lines().find(|line| line.starts_with("average power, mW, mean")).unwrap();
    let cells: Vec<f64> = line.split_whitespace().filter_map(|cell| cell.parse().ok()).collect();
    let first: f64 = power[0].parse().unwrap();
    assert!((cells[1] / ((first + 1.0) / 2.0) - 1.0).abs() < 1e-3, "{cells:?}: {text}");
    run("two/00.png", "c");
    run("two/01.png", "d");
    let text = diff(root.path(), &["c", "d"]);
    assert!(text.contains("energy, mJ") && !text.contains(" of summary.csv"), "{text}");
}
