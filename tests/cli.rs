//! Exit codes and messages of the binary.

use assert_cmd::Command;

fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

#[test]
fn usage_errors_exit_with_2() {
    spikemesh().arg("bogus").assert().code(2);
    spikemesh().assert().code(2);
}

#[test]
fn profiles_list_names_every_built_in_profile() {
    let output = spikemesh().args(["profiles", "list"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for profile in spikemesh::profile::all().unwrap() {
        let at = lines.iter().position(|line| line.starts_with(&format!("{} ", profile.name)));
        let at = at.unwrap_or_else(|| panic!("no {} in {text}", profile.name));
        assert!(lines[at].ends_with(&profile.title), "{}", lines[at]);
        assert_eq!(lines[at + 1].trim(), spikemesh::profile::brief(&profile));
    }
}

#[test]
fn profiles_show_and_compare_every_built_in_profile() {
    let names: Vec<String> =
        spikemesh::profile::all().unwrap().into_iter().map(|profile| profile.name).collect();
    for name in &names {
        let output = spikemesh().args(["profiles", "show", name]).assert().success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        for part in ["Limits", "Capabilities", "static power per chip", "costs:", name] {
            assert!(text.contains(part), "{name}: no {part}");
        }
    }
    let output = spikemesh().args(["profiles", "compare"]).args(&names).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(names.iter().all(|name| text.lines().next().unwrap().contains(name)), "{text}");
    spikemesh().args(["profiles", "compare", "odin"]).assert().code(2);
    spikemesh().args(["profiles", "compare", "odin", "odin2"]).assert().code(1);
}

/// What is wrong, once, with its line, and nothing on standard output.
#[test]
fn each_mistake_in_a_profile_is_one_error_at_its_line() {
    let good = include_str!("../hardware_profiles/loihi1-davies2018.toml");
    let dir = tempfile::tempdir().unwrap();
    for (what, from, to, says) in [
        ("unit", "energy_pj = ", "energy_nj = ", "energy_nj"),
        ("source", ", source = \"Frady", " } # ", "source"),
        ("basis", "basis = \"measured\"", "basis = \"guessed\"", "guessed"),
        ("band", "low = 58.0", "low = 105.0", "above `nominal`"),
        ("mesh", "mesh = [8, 4]", "mesh = [0, 4]", "at least 1"),
        ("circle", "title", "inherits = \"circle.toml\"\ntitle", "circle"),
    ] {
        let file = dir.path().join(format!("{what}.toml"));
        std::fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let line = good[..good.find(from).unwrap()].matches('\n').count() + 1;
        let output = spikemesh().args(["profiles", "check"]).arg(&file).assert().code(1);
        let output = output.get_output();
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(output.stdout.is_empty() && text.matches("── here").count() == 1, "{text}");
        assert!(text.contains(&format!("{what}.toml:{line}:")) && text.contains(says), "{text}");
    }
}

#[test]
fn a_typo_in_a_profile_is_one_error_that_shows_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("typo.toml");
    std::fs::write(&file, "inherits = \"loihi1-davies2018\"\n[limits]\nneurons_per_cor = 3\n")
        .unwrap();
    let output = spikemesh().args(["profiles", "check"]).arg(&file).assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(text.contains("neurons_per_cor") && text.contains("typo.toml:3"), "{text}");
}

#[test]
fn inspect_refuses_what_is_no_network() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no.onnx");
    std::fs::write(&file, b"not a network").unwrap();
    let output = spikemesh().arg("inspect").arg(&file).assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(
        text.contains("no.onnx") && text.contains("ONNX") && !text.contains("panicked"),
        "{text}"
    );
}

/// A run into the folder `out` of a temporary one, which goes with its guard.
fn run_on(
    profile: &str,
    folder: &str,
    network: &str,
    input: &str,
) -> Option<(tempfile::TempDir, Command)> {
    let models =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(folder);
    if !models.exists() {
        println!("skipped: {} is not there", models.display());
        return None;
    }
    let mut command = spikemesh();
    command
        .arg("run")
        .arg(models.join(network))
        .arg("--input")
        .arg(models.join("reference").join(input));
    let dir = tempfile::tempdir().unwrap();
    command.args(["--profile", profile, "--steps", "4", "--out"]).arg(dir.path().join("out"));
    Some((dir, command))
}

const CROP: &str = "000000000459_crop.input_u8_hwc_rgb.npy";

#[test]
fn run_prints_counts_latency_and_energy() {
    let Some((_dir, mut run)) =
        run_on("loihi1-davies2018", "yoloface-50k", "yoloface-50k.onnx", CROP)
    else {
        return;
    };
    let output = run.assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for word in [
        "synaptic operations",
        "(event timing)",
        "where the energy goes",
        "  static",
        "assumptions",
    ] {
        assert!(text.contains(word), "{text}");
    }
    assert!(!text.contains("IDEALISED"));
}

#[test]
fn truenorth_refuses_and_names_the_limit_and_idealised_is_branded() {
    let Some((_dir, mut run)) = run_on("truenorth", "yoloface-50k", "yoloface-50k.onnx", CROP)
    else {
        return;
    };
    let output = run.assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(text.contains("layer") && text.contains("--idealised"), "{text}");
    let output = run.arg("--idealised").assert().success();
    assert!(String::from_utf8(output.get_output().stdout.clone()).unwrap().contains("IDEALISED"));
}

#[test]
fn run_refuses_no_steps_at_all() {
    spikemesh()
        .args(["run", "x.onnx", "--input", "x.png", "--profile", "truenorth", "--steps", "0"])
        .assert()
        .code(2);
}
