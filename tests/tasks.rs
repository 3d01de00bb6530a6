//! Pages of commands: every command of docs/tasks.md and of the tutorials runs, in its order.

use std::fs;
use std::path::Path;
use std::process::Command;

const TASKS: &str = include_str!("../docs/tasks.md");
const NETWORK: &str = include_str!("../docs/tutorial-network.md");
const NIR: &str = include_str!("../docs/tutorial-nir.md");
const CHIP: &str = include_str!("../docs/tutorial-chip.md");
const GUIDE: &str = include_str!("../docs/guide.md");
const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");

/// Blocks of that language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    let parts = page.split(begin.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap()).collect()
}

/// Copies a file or a folder of files of `assets`.
fn copied(root: &Path, from: &str, to: &str) {
    let (from, to) = (Path::new(ASSETS).join(from), root.join(to));
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let file = entry.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Runs the commands of a page in `root`; gives what they say.
fn run(page: &str, root: &Path) -> String {
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut said = String::new();
    // The example is run as the program that cargo built beside the tests.
    let text = blocks(page, "sh").concat().replace("\\\n", "");
    for line in text.lines().filter(|line| !line.starts_with("cargo ")) {
        // Packets one by one would take most of the time, and are tested elsewhere.
        let quick =
            ["run digits", "run --set", "eval digits"].iter().any(|begin| line.contains(begin));
        let line = format!("{line}{}", if quick { " --timing analytic" } else { "" });
        let mut shell = Command::new("sh");
        shell.env("PATH", &path).current_dir(root).args(["-c", &line]);
        let output = shell.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {error}");
        said += &String::from_utf8_lossy(&output.stdout);
    }
    said
}

/// Whether each of the figures that the page shows is one that the commands print.
#[track_caller]
fn shows(page: &str, said: &str, figures: &[&str]) {
    for figure in figures {
        assert!(page.contains(figure), "the page lacks {figure}");
        assert!(said.contains(figure), "{figure} is not in\n{said}");
    }
}

#[test]
fn every_task_is_done_by_its_commands() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["photographs", "recordings"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for name in ["scene-00", "scene-01"] {
        copied(root.path(), &format!("scenes/{name}.png"), &format!("photographs/{name}.png"));
        copied(root.path(), &format!("events/{name}.bs2"), &format!("recordings/{name}.bs2"));
    }
    copied(root.path(), "networks/digit-events.nir", "network.nir");
    let told = run(TASKS, root.path());
    assert!(told.contains("\nmean  ") && told.contains("profile_changes"), "{told}");
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
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let example = binary.join("examples/layer_energy");
    let said = Command::new(example).output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("digits on loihi1-davies2018") && said.contains("pool1"), "{said}");
}

#[test]
fn the_tutorial_leads_from_a_model_file_to_chips() {
    let root = tempfile::tempdir().unwrap();
    copied(root.path(), "networks/digits.onnx", "model.onnx");
    copied(root.path(), "scenes", "photographs");
    copied(root.path(), "calibration", "calibration");
    let told = run(NETWORK, root.path());
    let figures = [
        "  energy, mJ                      14.76   9.123 .. 24.27\n",
        "loihi2                  model         8     7.837         2.527 .. 9.961   23.48\n",
        "loihi1-davies2018    best             4  0.997     2.030     4.763     6.543\n",
    ];
    shows(NETWORK, &told, &figures);
}

#[test]
fn the_tutorial_leads_from_nir_to_a_chip() {
    let root = tempfile::tempdir().unwrap();
    copied(root.path(), "networks/digit-events.nir", "network.nir");
    copied(root.path(), "events", "recordings");
    copied(root.path(), "detectors/digit-events.detector.toml", "boxes.toml");
    let told = run(NIR, root.path());
    let figures = [
        "12 nodes: 7 faithful up to the bits of weights, 5 approximate, 0 unsupported\n",
        "loihi2                  network      15    0.1900      0.06490 .. 0.2426  0.6081\n",
    ];
    shows(NIR, &told, &figures);
}

#[test]
fn the_tutorial_leads_to_an_own_chip() {
    let root = tempfile::tempdir().unwrap();
    let [chip] = blocks(CHIP, "toml")[..] else { panic!("one file") };
    fs::write(root.path().join("chip.toml"), chip).unwrap();
    let told = run(CHIP, root.path());
    let figures = [
        "chip.toml: chip is a valid profile\n",
        "energy, mJ           12.03     2.644   -78.0 %\n",
        "cores                796.0      1684  +111.6 %\n",
    ];
    shows(CHIP, &told, &figures);
}

#[test]
fn the_guide_runs() {
    let root = tempfile::tempdir().unwrap();
    let told = run(GUIDE, root.path());
    shows(GUIDE, &told, &["  energy, mJ                      14.76   9.123 .. 24.27\n"]);
}
