//! One network on several profiles by the binary.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spikemesh::profile;

use crate::field::flat;
use crate::runs::{Row, rows};
use crate::small_detector::{Files, picture, spikemesh};

fn run(files: &Files, profiles: &str, out: &Path) -> assert_cmd::Command {
    let mut run = files.run();
    run.args(["--profile", profiles, "--steps", "4", "--timing", "analytic", "--out"]).arg(out);
    run
}

fn texts(assert: assert_cmd::assert::Assert) -> (String, String) {
    let output = assert.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {:?}", row[column]))
}

fn of<'a>(rows: &'a [Row], profile: &str) -> &'a Row {
    rows.iter().find(|row| row["profile"] == profile).unwrap_or_else(|| panic!("no {profile}"))
}

#[track_caller]
fn close(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{ours} instead of {theirs}");
}

/// A row's figures are those of the reports in its folder.
fn agrees(row: &Row, dir: &Path) {
    let summary = rows(&dir.join("summary.csv"));
    assert_eq!(number(row, "inputs"), summary.len() as f64);
    for column in [
        "energy_dynamic_uj",
        "energy_static_high_uj",
        "latency_us",
        "synaptic_operations",
        "spikes",
    ] {
        // Without times there is no latency, and none in either file.
        if row[column].is_empty() {
            assert!(column == "latency_us" && summary.iter().all(|image| image[column].is_empty()));
            continue;
        }
        let sum: f64 = summary.iter().map(|image| number(image, column)).sum();
        close(number(row, column), sum / summary.len() as f64);
    }
    for column in ["cores", "chips"] {
        assert_eq!(row[column], summary[0][column], "{column}");
    }
    for scope in ["dynamic", "static", "system"] {
        let [low, nominal, high] =
            ["_low_uj", "_uj", "_high_uj"].map(|end| number(row, &format!("energy_{scope}{end}")));
        assert!(low <= nominal && nominal <= high, "{} {scope}", row["profile"]);
    }
}

#[test]
fn all_profiles_in_one_command() {
    let files = Files::write();
    let out = files.path("all");
    let (stdout, _) = texts(run(&files, "all", &out).assert().success());
    let table = rows(&out.join("profiles.csv"));
    let all: Vec<String> =
        profile::all().unwrap().into_iter().map(|profile| profile.name).collect();
    assert_eq!(table.iter().map(|row| row["profile"].clone()).collect::<Vec<_>>(), all);
    for row in &table {
        let dir = out.join(&row["profile"]);
        let line =
            stdout.lines().find(|line| line.starts_with(&format!("{} ", row["profile"]))).unwrap();
        assert_eq!(line.contains("refused"), row["status"] == "refused", "{line}");
        match row["status"].as_str() {
            "ran" => {
                assert!(row["reason"].is_empty() && dir.join("activity.json").exists());
                agrees(row, &dir);
            }
            "refused" => {
                assert!(
                    !dir.exists() && row["cores"].is_empty() && row["energy_static_uj"].is_empty()
                );
                let reason = &row["reason"];
                assert!(
                    reason.contains("--idealised") || reason.contains("pool=telescoping"),
                    "{reason}"
                );
                let told = format!("{}: {}", row["profile"], row["reason"]);
                assert!(flat(&stdout).contains(&flat(&told)), "{told}: {stdout}");
            }
            other => panic!("{other}"),
        }
    }
    for (profile, status) in
        [("loihi1-davies2018", "ran"), ("spinnaker1", "ran"), ("truenorth", "refused")]
    {
        assert_eq!(of(&table, profile)["status"], status, "{profile}");
    }
    // They are several runs, which have no one bill.
    let priced = spikemesh().arg("price").arg(&out).args(["--profile", "odin"]).assert().code(1);
    let told = String::from_utf8_lossy(&priced.get_output().stderr).into_owned();
    assert!(told.contains("E2046"), "{told}");
    let (_, told) = texts(spikemesh().arg("diff").args([&out, &out]).assert().code(1));
    assert!(told.contains("E2046"), "{told}");
    // One network, and functions that do not depend on the price.
    let operations = |profile: &str| number(of(&table, profile), "synaptic_operations");
    assert_eq!(operations("ideal-45nm"), operations("compat-loihi"));
}

#[test]
fn idealised_ones_run_and_are_marked() {
    let files = Files::write();
    let out = files.path("idealised");
    let mut run = run(&files, "truenorth,ideal-45nm", &out);
    let (stdout, _) = texts(run.arg("--idealised").assert().success());
    let table = rows(&out.join("profiles.csv"));
    let (truenorth, ideal) = (of(&table, "truenorth"), of(&table, "ideal-45nm"));
    assert_eq!((&truenorth["status"][..], &ideal["status"][..]), ("idealised", "ran"));
    assert!(truenorth["reason"].contains("layer") && ideal["reason"].is_empty(), "{table:?}");
    assert!(
        stdout.contains("IDEALISED") && flat(&stdout).contains(&flat(&truenorth["reason"])),
        "{stdout}"
    );
    for row in &table {
        agrees(row, &out.join(&row["profile"]));
    }
}

#[test]
fn refusals_alone_are_an_error_with_a_table() {
    let files = Files::write();
    let out = files.path("refused");
    let (stdout, stderr) = texts(run(&files, "truenorth,odin", &out).assert().code(1));
    assert_eq!(rows(&out.join("profiles.csv")).len(), 2);
    assert!(
        stdout.contains("odin: layer") && stderr.contains("every profile refuses"),
        "{stdout} {stderr}"
    );

    let nowhere = files.path("nowhere");
    let (_, stderr) = texts(run(&files, "odin,loihi3", &nowhere).assert().code(1));
    assert!(stderr.contains("loihi3") && !nowhere.exists(), "{stderr}");
}

#[test]
fn several_inputs_are_means_and_equal_names_get_numbers() {
    let files = Files::write();
    let pictures = files.path("pictures");
    fs::create_dir(&pictures).unwrap();
    (1..=2).for_each(|n| picture(&pictures.join(format!("street{n}.png")), n));
    fs::create_dir(files.path("other")).unwrap();
    let first = files.profile("chip", "loihi1-davies2018", "");
    let second = files.profile("other/chip", "loihi1-sanafe", "");
    let out = files.path("out");
    let mut run = spikemesh();
    run.arg("run")
        .arg(&files.network)
        .arg("--input")
        .arg(&pictures)
        .arg("--detector")
        .arg(&files.detector);
    run.args(["--steps", "4", "--out"]).arg(&out);
    run.arg("--profile")
        .arg(format!("{},{}", first.display(), second.display()))
        .assert()
        .success();
    let table = rows(&out.join("profiles.csv"));
    let names: BTreeSet<&str> = table.iter().map(|row| row["profile"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["chip", "chip-2"]));
    for row in &table {
        assert_eq!(row["inputs"], "2");
        agrees(row, &out.join(&row["profile"]));
    }
}

/// A network with a placement of its own is refused where the chip has no such core.
#[test]
fn a_placement_that_a_chip_lacks_is_a_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let network = dir.path().join("net");
    fs::create_dir(&network).unwrap();
    for (file, text) in [
        ("neurons.csv", "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,1\n"),
        ("synapses.csv", "pre,post,weight\n0,1,1\n"),
        ("inputs.csv", "neuron,step\n0,1\n"),
    ] {
        fs::write(network.join(file), text).unwrap();
    }
    let out = dir.path().join("out");
    let mut run = spikemesh();
    run.arg("run")
        .arg(&network)
        .args(["--profile", "loihi1-sanafe,odin", "--steps", "3", "--out"])
        .arg(&out);
    run.assert().success();
    let table = rows(&out.join("profiles.csv"));
    assert_eq!((&table[0]["status"][..], &table[1]["status"][..]), ("ran", "refused"));
    assert!(table[1]["reason"].contains("core 1"), "{}", table[1]["reason"]);
}

#[test]
fn a_finished_run_is_priced_under_several_profiles() {
    let files = Files::write();
    let [out, several, one] = ["run", "several", "one"].map(|name| files.path(name));
    run(&files, "loihi1-davies2018", &out).assert().success();
    let price = |profiles: &str| {
        let mut price = spikemesh();
        price.arg("price").arg(&out).args(["--profile", profiles]);
        price
    };
    let both = "loihi1-davies2018,ideal-45nm";
    let (stdout, _) = texts(price(both).arg("--out").arg(&several).assert().success());
    assert!(flat(&stdout).contains("not asked whether it takes the network"), "{stdout}");
    let table = rows(&several.join("profiles.csv"));
    assert_eq!(table.iter().map(|row| &row["profile"][..]).collect::<Vec<_>>().join(","), both);
    table.iter().for_each(|row| agrees(row, &several.join(&row["profile"])));
    assert!(several.join("report.html").exists());
    // Each is what it is by itself.
    price("ideal-45nm").arg("--out").arg(&one).assert().success();
    for file in ["summary.csv", "energy.csv", "layers.csv"] {
        let of = |dir: &Path| fs::read(dir.join(file)).unwrap();
        assert!(of(&one) == of(&several.join("ideal-45nm")), "{file}");
    }
    // As JSON, with no folder to read it from.
    let (json, _) = texts(price(both).arg("--json").assert().success());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["folder"], json["rows"].as_array().map(Vec::len)), (&"".into(), Some(2)));
    assert_eq!(json["rows"][1]["energy_dynamic_uj"], number(&table[1], "energy_dynamic_uj"));
}

#[test]
fn prices_of_other_links_are_rows_that_refuse() {
    let files = Files::write();
    let out = files.path("torus");
    run(&files, "spinnaker1", &out).assert().success();
    let price = |profiles: &str| {
        let mut price = spikemesh();
        price.arg("price").arg(&out).args(["--profile", profiles, "--json"]);
        price
    };
    let (json, _) = texts(price("spinnaker1,truenorth").assert().success());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let of = |column: &str| [0, 1].map(|row| json["rows"][row][column].clone());
    assert_eq!(of("status"), ["ran", "refused"]);
    assert!(of("reason")[1].as_str().unwrap().contains("links of a triangular torus"), "{json}");
    let (_, told) = texts(price("loihi2,truenorth").assert().code(1));
    assert!(told.contains("E2045"), "{told}");
}

/// What takes time may not happen: where hops alone do, on one core nothing does.
#[test]
fn power_is_not_priced_for_a_run_without_times() {
    let files = Files::write();
    let hops = "[topology]\ncores_per_tile = 1\nmesh = [8, 8]\n[costs.hop.east]\n\
                latency_ns = 50\nenergy_pj = 1\n";
    for (name, power) in [("hops", "static_mw_per_chip = 5"), ("free", "input_mac_pj = 0")] {
        files.profile(name, "ideal-45nm", &format!("[costs]\n{power}\n{hops}"));
        let own = files.path(&format!("{name}.toml"));
        let mut analytic = run(&files, own.to_str().unwrap(), &files.path(name));
        let done = analytic.assert();
        match name {
            "hops" => {
                let (_, told) = texts(done.code(1));
                assert!(told.contains("E1013") && told.contains("--timing event"), "{told}");
            }
            _ => drop(done.success()),
        }
    }
    // Where nothing at all takes time this is told before the run; a price has times of its own.
    files.profile("power", "ideal-45nm", "[costs]\nstatic_mw_per_chip = 5\n");
    let power = files.path("power.toml");
    let mut timeless = run(&files, power.to_str().unwrap(), &files.path("power"));
    let (_, told) = texts(timeless.assert().code(1));
    assert!(told.contains("E1013") && !told.contains("--timing"), "{told}");
    let timed = files.path("timed");
    run(&files, "loihi2", &timed).assert().success();
    spikemesh().arg("price").arg(&timed).arg("--profile").arg(&power).assert().success();
    // What is counted is counted once.
    let mut price = spikemesh();
    price.arg("price").arg(files.path("free")).args(["--profile", "loihi2", "--encoding", "dense"]);
    assert!(texts(price.assert().code(1)).1.contains("E2040"));
}

#[test]
fn a_price_says_whose_limits_and_times_are_missing() {
    let files = Files::write();
    let told = |profile: &str, others: &str, words: &str| {
        let out = files.path(profile);
        run(&files, profile, &out).arg("--idealised").assert().success();
        let mut price = spikemesh();
        price.arg("price").arg(&out).args(["--profile", others]);
        let (stdout, _) = texts(price.assert().success());
        assert!(flat(&stdout).contains(&flat(words)), "{words}: {stdout}");
        out
    };
    told("dynap-se", "loihi2,truenorth", "the run on dynap-se: ");
    let out = told("darwin3", "ideal-45nm,loihi2", "so the leakage that loihi2 prices is unknown");
    let alone = spikemesh().arg("price").arg(&out).args(["--profile", "loihi2"]).assert().code(1);
    assert!(texts(alone).1.contains("E2073"));
    // What only one of two runs knows is shown.
    let timed = files.path("timed");
    run(&files, "loihi1-davies2018", &timed).assert().success();
    let (stdout, _) = texts(spikemesh().arg("diff").args([&out, &timed]).assert().success());
    let line = stdout.lines().find(|line| line.starts_with("latency, ms")).unwrap();
    assert!(line.split_whitespace().nth(2) == Some("-"), "{line}");
}
