//! docs/tasks.md: every command of it runs, in its order.

use std::fs;
use std::process::Command;

const PAGE: &str = include_str!("../docs/tasks.md");

/// Lines of the blocks of that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let parts = PAGE.split(begin.as_str()).skip(1);
    parts.flat_map(|part| part.split("```").next().unwrap().lines()).collect()
}

#[test]
fn every_task_is_done_by_its_commands() {
    let root = tempfile::tempdir().unwrap();
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    let copied = |from: &str, to: &str, names: &[&str]| {
        fs::create_dir_all(root.path().join(to)).unwrap();
        for name in names {
            let (from, to) = (format!("{assets}/{from}/{name}"), format!("{to}/{name}"));
            fs::copy(from, root.path().join(to)).unwrap();
        }
    };
    copied("scenes", "photographs", &["scene-00.png", "scene-01.png"]);
    copied("events", "recordings", &["scene-00.bs2", "scene-01.bs2"]);
    let network = format!("{assets}/networks/digit-events.nir");
    fs::copy(network, root.path().join("network.nir")).unwrap();
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut said = String::new();
    // The example is run as the program that cargo built beside the tests.
    for line in blocks("sh").iter().filter(|line| !line.starts_with("cargo ")) {
        // Packets one by one would take most of the time, and are tested elsewhere.
        let quick =
            ["run digits", "run --set", "eval digits"].iter().any(|begin| line.contains(begin));
        let line = format!("{line}{}", if quick { " --timing analytic" } else { "" });
        let mut shell = Command::new("sh");
        shell.env("PATH", &path).current_dir(&root).args(["-c", &line]);
        let output = shell.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {error}");
        said += &String::from_utf8_lossy(&output.stdout);
    }
    assert!(said.contains("\nmean  ") && said.contains("profile_changes"), "{said}");
    for file in [
        "batch/summary.csv",
        "front/accuracy.csv",
        "front/convergence.png",
        "known/plots-1/heatmap_cores.svg",
        "changes/diff.csv",
        "recorded/spikes.npz",
        "nir/summary.csv",
        "camera/summary.csv",
    ] {
        assert!(root.path().join(file).is_file(), "{file}");
    }
    let svg = fs::read_to_string(root.path().join("known/plots-1/heatmap_cores.svg")).unwrap();
    assert!(svg.contains("width=\"1200\"") && svg.contains("height=\"600\""));
    let example = binary.join("examples/layer_energy");
    let said = Command::new(example).output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("digits on loihi1-davies2018") && said.contains("pool1"), "{said}");
}
