//! The example of docs/networks.md runs and does what the page says.

use crate::field::{spikemesh, succeeds};
use crate::runs::rows;
use spikemesh::import::csv_network;
use std::fs;

/// The section of the page.
fn section() -> &'static str {
    let page = include_str!("../docs/networks.md");
    page.split("\n## ").find(|part| part.starts_with("Networks from CSV")).unwrap()
}

/// The first framed text behind `lead`.
fn framed(lead: &str) -> &'static str {
    let rest = section().split_once(lead).unwrap().1;
    rest.split("```\n").nth(1).unwrap()
}

#[test]
fn the_example_runs_and_neurons_fire_when_it_says() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    fs::create_dir(&folder).unwrap();
    for name in csv_network::FILES {
        fs::write(folder.join(name), framed(&format!("\n`{name}`\n"))).unwrap();
    }
    let line = section().lines().find(|line| line.starts_with("spikemesh run net")).unwrap();
    let words = line.split(' ').skip(1).chain(["--out", "out"]);
    succeeds(spikemesh().current_dir(root.path()).args(words));
    let cells = |name: &str, columns: &[&str]| -> Vec<String> {
        let row = |row: &crate::runs::Row| columns.iter().map(|c| row[*c].clone()).collect();
        let rows: Vec<Vec<String>> =
            rows(&root.path().join("out").join(name)).iter().map(row).collect();
        rows.iter().map(|row| row.join(" ")).collect()
    };
    let spikes = cells("spikes.csv", &["step", "neuron"]);
    assert_eq!(spikes, ["1 0", "2 0", "3 0", "4 1", "7 2"]);
    let membranes = cells("membranes.csv", &["layer", "neuron", "potential", "current"]);
    let potentials = ["0", "1", "1.5", "0", "0", "0", "0", "0"];
    assert_eq!(membranes, potentials.map(|potential| format!("lif 1 {potential} ")));
}

/// Every column that is read stands in a table, and no other.
#[test]
fn the_tables_name_the_columns_that_are_read() {
    for (name, columns) in csv_network::FILES.iter().zip(csv_network::COLUMNS) {
        let table = section().split_once(&format!("\n### {name}\n")).unwrap().1;
        let table = table.split("\n### ").next().unwrap();
        let cells = table.lines().filter_map(|line| line.strip_prefix("| `"));
        let mut named: Vec<&str> = cells.filter_map(|line| line.split('`').next()).collect();
        let mut read = columns.to_vec();
        named.sort_unstable();
        read.sort_unstable();
        assert_eq!(named, read, "{name}");
    }
}
