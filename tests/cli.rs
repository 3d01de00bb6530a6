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
    for name in ["loihi1-davies2018", "loihi1-sanafe", "truenorth", "ideal-45nm"] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{text}");
    }
}

#[test]
fn a_typo_in_a_profile_is_one_error_that_shows_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("typo.toml");
    std::fs::write(&file, "inherits = \"loihi1-davies2018\"\n[limits]\nneurons_per_cor = 3\n").unwrap();
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
    assert!(text.contains("no.onnx") && text.contains("ONNX") && !text.contains("panicked"), "{text}");
}
