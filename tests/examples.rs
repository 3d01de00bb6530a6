//! The programs in examples/ end well and print what their first lines promise.

use std::path::PathBuf;
use std::process::Command;

/// Built by `cargo test`, beside the folder that holds this program.
fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().unwrap().parent().unwrap().join("examples");
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "no {}; `cargo build --examples` makes it", path.display());
    path
}

/// What it prints in an empty folder, which it leaves empty.
fn printed(name: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(built(name)).current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{name}: {told}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{name} leaves files behind");
    String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect()
}

/// The number in a column of a line, the first being 0.
fn number(line: &str, column: usize) -> f64 {
    line.split_whitespace().nth(column).unwrap().parse().unwrap()
}

#[test]
fn layer_energy_has_a_row_for_each_layer() {
    let lines = printed("layer_energy");
    assert_eq!(lines[0], "digits on loihi1-davies2018");
    for layer in ["act1", "pool4", "head"] {
        let line = lines.iter().find(|line| line.trim().starts_with(layer)).unwrap();
        assert!(line.ends_with(" mJ") && number(line, 1) > 0.0, "{line}");
    }
}

/// Cheaper synapses and less leakage take less energy.
#[test]
fn own_profile_compares_two_chips() {
    let lines = printed("own_profile");
    let [original, mine] = &lines[..] else { panic!("{lines:?}") };
    assert!(original.contains("loihi1-davies2018") && mine.contains("my-chip"), "{lines:?}");
    assert!(number(mine, 1) < number(original, 1), "{lines:?}");
}

/// The neuron with the larger weights fires more often.
#[test]
fn csv_population_says_who_fired_when() {
    let lines = printed("csv_population");
    let spikes = |neuron: &str| lines.iter().filter(|line| line.ends_with(neuron)).count();
    assert!(lines.iter().all(|line| line.starts_with("step ")), "{lines:?}");
    assert!(spikes(" 12") > spikes(" 11") && spikes(" 11") > spikes(" 10"), "{lines:?}");
    assert!(spikes(" 10") > 0, "{lines:?}");
}

/// More steps take more energy and time, and the error becomes small.
#[test]
fn sweep_steps_has_energy_time_and_error() {
    let lines = printed("sweep_steps");
    assert!(lines[0].contains("head error"), "{lines:?}");
    let rows = &lines[1..];
    let column = |n: usize| rows.iter().map(|row| number(row, n)).collect::<Vec<f64>>();
    assert_eq!(column(0), [1.0, 2.0, 4.0, 8.0, 16.0]);
    assert!(column(1).is_sorted() && column(2).is_sorted(), "{lines:?}");
    assert!(column(3).is_sorted_by(|a, b| a > b), "{lines:?}");
}
