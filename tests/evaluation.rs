//! `eval` and the network inside the program, by the binary.

use crate::runs::{Row, rows};
use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

#[test]
fn a_row_equals_a_run_of_that_many_steps() {
    let dir = tempfile::tempdir().unwrap();
    let (eval, run) = (dir.path().join("eval"), dir.path().join("run"));
    spikemesh()
        .args(["eval", "--recipe", "paper,best", "--checkpoints", "2,3,6", "--limit", "1", "--out"])
        .arg(&eval)
        .assert()
        .success();
    let all = rows(&eval.join("accuracy.csv"));
    assert_eq!(all.len(), 1 + 2 * 3);
    assert_eq!(all[0]["T"], "float");
    assert!((number(&all[0], "agreement") - 1.0).abs() < 1e-12, "the float network agrees with itself");
    for (recipe, at) in [("paper", 2), ("best", 5)] {
        let folder = run.join(recipe);
        spikemesh()
            .args(["run", "--recipe", recipe, "--steps", "3", "--timing", "analytic", "--out"])
            .arg(&folder)
            .assert()
            .success();
        let (row, alone) = (&all[at], &rows(&folder.join("summary.csv"))[0]);
        assert_eq!((row["recipe"].as_str(), row["T"].as_str()), (recipe, "3"));
        assert_eq!(number(row, "synaptic_operations"), number(alone, "synaptic_operations"));
        for (mine, theirs, factor) in [
            ("energy_mj", "energy_dynamic_uj", 1e3),
            ("energy_low_mj", "energy_dynamic_low_uj", 1e3),
            ("energy_high_mj", "energy_dynamic_high_uj", 1e3),
            ("latency_ms", "latency_us", 1e3),
            ("spikes_per_synapse", "spikes_per_synapse", 1.0),
        ] {
            let (mine, theirs) = (number(row, mine) * factor, number(alone, theirs));
            assert!((mine - theirs).abs() <= 1e-9 * theirs, "{recipe}: {mine} {theirs}");
        }
        for file in ["detections.png", "detections.csv", "heatmap_cores.png"] {
            assert!(folder.join(file).exists(), "{file}");
        }
    }
    for file in ["detections.csv", "convergence.png", "convergence.svg", "manifest.toml"] {
        assert!(fs::metadata(eval.join(file)).unwrap().len() > 100, "{file}");
    }
}

#[test]
fn the_network_inside_reads_digits_it_was_never_trained_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("eval");
    spikemesh()
        .args(["eval", "--recipe", "best", "--checkpoints", "8,16", "--out"])
        .arg(&out)
        .assert()
        .success();
    let map: Vec<f64> = rows(&out.join("accuracy.csv")).iter().map(|row| number(row, "mAP50")).collect();
    println!("mAP50 of 24 scenes: float {:.3}, T = 8 {:.3}, T = 16 {:.3}", map[0], map[1], map[2]);
    assert!(map[0] >= 0.93 && map[1] >= 0.93 * map[0] && map[2] >= 0.99 * map[0], "{map:?}");
}

#[test]
fn an_evaluation_that_cannot_be_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let out = dir.path().join("out");
    let fails = |arguments: &[&str], word: &str| {
        let output = spikemesh().arg("eval").args(arguments).arg("--out").arg(&out).assert().code(1);
        let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(text.contains(word) && !text.contains("panicked"), "{text}");
        assert!(!out.exists());
    };
    fails(&["--checkpoints", "4,2"], "growing numbers");
    fails(&["--checkpoints", "0,2"], "growing numbers");
    fails(&["--recipe", "papier"], "papier");
    fails(&["--data", empty.to_str().unwrap()], "empty");
    fails(&["--data", "nowhere"], "nowhere");
}

#[test]
fn tinier_yolo_has_too_many_sources_for_loihi_unless_idealised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/tinier-yolo-voc");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut run = spikemesh();
    run.arg("run").arg(folder.join("tinier_yolo_relu7.onnx"));
    run.arg("--input").arg(folder.join("reference/000000000285.input_u8_hwc_rgb.npy"));
    run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--timing", "analytic", "--out"]).arg(&out);
    let output = run.assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    let flat = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(flat.contains("layer act6: 4608 sources > 4096 axons_in_per_core"), "{text}");
    assert!(!out.exists());
    let output = run.arg("--idealised").assert().success();
    assert!(String::from_utf8(output.get_output().stdout.clone()).unwrap().contains("IDEALISED"));
    assert_eq!(rows(&out.join("summary.csv"))[0]["idealised"], "true");
    assert!(fs::read_to_string(out.join("manifest.toml")).unwrap().contains("idealised = true"));
}
