//! `explore`: chips by search, gone on with after a stop, and what the better one owes to which
//! change.

use crate::runs::rows;
use crate::small_detector::spikemesh;
use spikemesh::report::{self, Drawn, Plots};
use std::fs;
use std::path::Path;

/// Quick: a small network, no event timing.
const STUDY: &str = "\
[all]
profile = 'loihi1-davies2018'
timing = 'analytic'
recipe = 'paper,pool=telescoping,input=16,readout=count'
steps = 8
[[network]]
network = 'digit-256'
[vary]
'topology.mesh' = [[1, 1], [2, 1], [2, 2]]
'limits.neurons_per_core' = [2, 64, 1024]
'limits.synapse_memory_bits_per_core' = [4096, 65536, 1048576]
'costs.chip_link.energy_pj' = [4, 40]
";

fn explore(place: &Path, arguments: &[&str]) -> String {
    let mut explore = spikemesh();
    explore.current_dir(place).arg("explore").args(arguments);
    String::from_utf8(explore.assert().success().get_output().stdout.clone()).unwrap()
}

fn message(place: &Path, arguments: &[&str]) -> String {
    let mut explore = spikemesh();
    explore.current_dir(place).arg("explore").args(arguments);
    String::from_utf8(explore.assert().code(1).get_output().stderr.clone()).unwrap()
}

/// Chips of two states of a profile would be held against each other.
#[test]
fn designs_run_again_when_a_profile_changes_that_theirs_inherits() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    let write = |name: &str, text: &str| fs::write(place.join(name), text).unwrap();
    fs::create_dir(place.join("net")).unwrap();
    write("net/neurons.csv", "id,model,threshold\n0,input,\n1,lif,3\n2,lif,1\n");
    write("net/synapses.csv", "pre,post,weight\n0,1,3\n0,2,1\n");
    write("net/inputs.csv", "step,neuron\n1,0\n2,0\n");
    write("mine.toml", "inherits = 'base.toml'\n");
    write(
        "study.toml",
        "[all]\nprofile = 'mine.toml'\ntiming = 'analytic'\n[[network]]\nnetwork = 'net'\n\
         steps = 4\n[vary]\n'limits.neurons_per_core' = [1, 2]\n",
    );
    let base = |power: &str| {
        let text = format!("inherits = 'loihi2'\ncosts.static_mw_per_chip = {power}\n");
        write("base.toml", &text);
    };
    let table = |out: &str| {
        explore(place, &["study.toml", "--out", out, "--budget", "2", "--plots", "none"]);
        fs::read(place.join(out).join("explore.csv")).unwrap()
    };
    base("10");
    let first = table("one");
    base("1000");
    let second = table("one");
    assert_ne!(second, first);
    assert_eq!(second, table("two"));
}

#[test]
fn a_better_chip_is_found_and_owes_it_to_its_changes() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    fs::write(place.join("study.toml"), STUDY).unwrap();
    let text = explore(place, &["study.toml", "--out", "one", "--budget", "12"]);
    assert!(text.contains("without one of its changes alone"), "{text}");
    let all = rows(&place.join("one/explore.csv"));
    let number = |row: &crate::runs::Row, name: &str| row[name].parse::<f64>().unwrap();
    let start = &all[0];
    assert!(start["role"] == "start" && start["status"] == "done", "{start:?}");
    assert_eq!(start["limits.neurons_per_core"], "1024");
    // The front is what no other beats, by brute force over the table.
    let done: Vec<_> = all.iter().filter(|row| row["status"] == "done").collect();
    let costs = |row: &crate::runs::Row| {
        ["energy_uj", "latency_us", "memory_mbit", "head_error"].map(|name| number(row, name))
    };
    for (n, row) in done.iter().enumerate() {
        let beaten = done.iter().enumerate().any(|(other, theirs)| {
            let (theirs, own) = (costs(theirs), costs(row));
            theirs.iter().zip(&own).all(|(a, b)| a <= b) && (theirs != own || other < n)
        });
        assert_eq!(row["front"] == "true", !beaten, "{row:?}");
        let better = number(row, "energy_uj") < number(start, "energy_uj")
            && number(row, "latency_us") <= number(start, "latency_us");
        assert!(row["dominates"] == "true" || !better, "{row:?}");
    }
    // The profile that it writes gives the figures of its row.
    let mut run = spikemesh();
    run.current_dir(place).args(["run", "digit-256", "--profile", "one/chip.toml"]);
    run.args(["--recipe", "paper,pool=telescoping,input=16,readout=count", "--steps", "8"]);
    run.args(["--timing", "analytic", "--out", "again"]).assert().success();
    let again = &rows(&place.join("again/summary.csv"))[0];
    let found = done.iter().find(|row| row["energy_uj"] == again["energy_uj"]).unwrap();
    assert!(found["dominates"] == "true" && found["latency_us"] == again["latency_us"]);
    // Half the memory leaks half as much.
    let half = done.iter().find(|row| row["topology.mesh"] == "2x2").unwrap();
    let memory = |cores: f64, row: &crate::runs::Row| {
        cores
            * (number(row, "limits.synapse_memory_bits_per_core")
                + 24.0 * number(row, "limits.neurons_per_core"))
            / 1e6
            * number(row, "chips")
    };
    assert!((memory(16.0, half) - number(half, "memory_mbit")).abs() < 1e-9);
    // What was lost is made again; what is there is read.
    let table = fs::read(place.join("one/explore.csv")).unwrap();
    let mut points = fs::read_dir(place.join("one/points")).unwrap();
    fs::remove_file(points.next().unwrap().unwrap().path()).unwrap();
    fs::remove_file(place.join("one/explore.csv")).unwrap();
    explore(place, &["study.toml", "--out", "one", "--budget", "12"]);
    assert_eq!(fs::read(place.join("one/explore.csv")).unwrap(), table);
    // No text leaves its picture or covers another.
    let drawn = report::draw_report(&place.join("one"), &place.join("drawn"), &Plots::default());
    let faults: Vec<String> = drawn.unwrap().unwrap().iter().flat_map(Drawn::faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_damaged_table_and_a_picture_beyond_the_memory_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    fs::write(place.join("study.toml"), STUDY).unwrap();
    explore(place, &["study.toml", "--out", "one", "--budget", "2"]);
    let refused = |arguments: &[&str]| {
        let mut plot = spikemesh();
        plot.current_dir(place).args(["plot", "one", "--out", "again"]).args(arguments);
        let message = plot.assert().code(1).get_output().stderr.clone();
        assert!(!place.join("again").exists());
        String::from_utf8(message).unwrap()
    };
    let large = refused(&["--size", "16384x16384", "--max-memory", "50MiB"]);
    assert!(large.contains("E0503"), "{large}");
    let table = fs::read_to_string(place.join("one/explore.csv")).unwrap();
    let header = table.lines().next().unwrap().to_owned();
    // The start's own ratio.
    let wrong = table.replacen(",1,1,1,1,", ",-5,1,1,1,", 1);
    assert_ne!(wrong, table);
    for damaged in [String::new(), header, wrong] {
        fs::write(place.join("one/explore.csv"), damaged).unwrap();
        assert!(refused(&[]).contains("E1111"));
    }
}

#[test]
fn every_column_is_explained() {
    let page = fs::read_to_string("docs/explore.md").unwrap();
    let table = page.lines().filter(|line| line.starts_with("| `"));
    let names: Vec<&str> = table.filter_map(|line| line.split('|').nth(1)).collect();
    for column in spikemesh::report::EXPLORE_HEADER {
        assert!(names.iter().any(|names| names.contains(&format!("`{column}`"))), "{column}");
    }
}

#[test]
fn controls_stand_beside_the_optimiser() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    fs::write(place.join("study.toml"), STUDY).unwrap();
    let searches =
        ["study.toml", "--out", "one", "--budget", "5", "--search", "bayes,sobol,random"];
    let text = explore(place, &searches);
    for search in ["bayes", "sobol", "random"] {
        assert!(text.contains(&format!("\n{search} ")), "{text}");
    }
}

#[test]
fn what_is_no_study_is_refused_before_anything_runs() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    for (study, code, reason) in [
        ("[vary]\nstep = [4]", "E1702", "step is no choice"),
        ("[all]\nplots = 'png'\n[vary]\nsteps = [4]", "E1605", "plots"),
        ("[vary]\nsteps = [0]", "E1702", "from 1 to 1024"),
        ("[vary]\n'limits.neurons' = [4]", "E1702", "limits.neurons"),
        ("[all]\nprofile = 'ideal-45nm'\n[vary]\nsteps = [4]", "E1703", "how much memory"),
        (
            "[[network]]\nnetwork = 'digit-256'\n[all]\nset = ['limits.neurons_per_core=1']\n\
             [vary]\n'limits.synapse_memory_bits_per_core' = [64]",
            "E1704",
            "digit-256",
        ),
    ] {
        fs::write(place.join("study.toml"), study).unwrap();
        let message = message(place, &["study.toml", "--out", "one"]);
        assert!(message.contains(code) && message.contains(reason), "{study}: {message}");
        fs::remove_dir_all(place.join("one")).ok();
    }
    fs::create_dir(place.join("photographs")).unwrap();
    fs::write(place.join("photographs/a.txt"), "a").unwrap();
    assert!(message(place, &["--out", "photographs"]).contains("E1613"));
    assert!(message(place, &["--out", "photographs/a.txt"]).contains("E1612"));
}

/// In a folder that holds a study another one is whole or absent.
#[cfg(unix)]
#[test]
fn files_of_two_studies_never_mix() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    fs::write(place.join("study.toml"), STUDY).unwrap();
    fs::write(place.join("other.toml"), STUDY.replace("steps = 8", "steps = 4")).unwrap();
    let held = || {
        ["explore.csv", "explore.json", "chip.toml", "explore.png", "explore.svg", "report.html"]
            .map(|name| fs::read(place.join("one").join(name)).ok())
    };
    explore(place, &["study.toml", "--out", "one", "--budget", "2"]);
    let first = held();
    assert!(first[3].is_some());
    let other = "explore other.toml --out one --budget 2";
    // Files of at most 30 or 60 KiB, by the shell: the picture is larger.
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").display();
    let mut full = assert_cmd::Command::new("sh");
    full.current_dir(place).args(["-c", &format!("ulimit -f 60; exec '{binary}' {other}")]);
    full.assert().code(1);
    assert!(held() == first, "what cannot be written replaced files");
    explore(place, &["other.toml", "--out", "one", "--budget", "2", "--plots", "none"]);
    let second = held();
    assert_eq!((&second[3], &second[4]), (&None, &None));
    for file in [0, 1, 5] {
        assert!(second[file].is_some() && second[file] != first[file], "{file}");
    }
    let names = fs::read_dir(place.join("one")).unwrap();
    let left = names.filter(|name| {
        name.as_ref().unwrap().file_name().to_string_lossy().starts_with(".spikemesh")
    });
    assert_eq!(left.count(), 0);
}
