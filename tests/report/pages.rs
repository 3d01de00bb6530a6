//! Pages: whole in one file, with the figures of the CSV files, and with names of files as text.

use super::common::{outcome, profile, read, setup};
use serde_json::Value;
use spikemesh::report;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Ends tags, scripts and attributes, moves the cursor, and is a formula.
const HOSTILE: &str =
    "=</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{1b}[2J";

fn page(folder: &Path) -> String {
    fs::read_to_string(folder.join("report.html")).unwrap()
}

/// The JSON of a page.
fn data(page: &str) -> serde_json::Value {
    let start = "<script type=\"application/json\" id=\"data\">";
    let text = page.split_once(start).unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_page_needs_nothing_beside_it_and_has_the_numbers_of_the_files() {
    let root = tempfile::tempdir().unwrap();
    let one = outcome("street");
    report::write_run(root.path(), &setup(true), &profile(), &[one], &Default::default()).unwrap();
    let page = page(root.path());
    assert!(page.contains("IDEALISED"), "the brand is missing");
    for foreign in ["src=\"http", "href=\"http", "@import", "url(http", "fetch("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let data = data(&page);
    let cores = read(&root.path().join("cores.csv"));
    for column in ["x", "y", "neurons", "spikes", "packets", "packets_in"] {
        let shown = data["chip"]["cores"][column].as_array().unwrap();
        assert_eq!(shown.len(), cores.len());
        for (value, row) in shown.iter().zip(&cores) {
            assert_eq!(value.as_f64().unwrap(), row[column].parse::<f64>().unwrap(), "{column}");
        }
    }
    // Picojoules and picoseconds there, millions of them in the files.
    let figures = |rows: &[BTreeMap<String, String>], column: &str| -> Vec<f64> {
        rows.iter().map(|row| row[column].parse().unwrap()).collect()
    };
    let of_page = |values: &Value, per: f64| -> Vec<f64> {
        values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() / per).collect()
    };
    let shown = of_page(&data["chip"]["cores"]["energy_dynamic_pj"], 1e6);
    assert_eq!(shown, figures(&cores, "energy_dynamic_uj"));
    for (file, name, column, per) in
        [("latency.csv", "network_ps", "network_us", 1e6), ("steps.csv", "spikes", "spikes", 1.0)]
    {
        let rows = read(&root.path().join(file));
        assert_eq!(of_page(&data["steps"][name], per), figures(&rows, column), "{file}");
    }
}

#[test]
fn names_from_files_are_text_on_a_page() {
    let root = tempfile::tempdir().unwrap();
    let mut setup = setup(false);
    let mut one = outcome(HOSTILE);
    [&mut setup.network, &mut setup.recipe, &mut setup.command]
        .into_iter()
        .for_each(|text| *text = HOSTILE.into());
    setup.gaps.iter_mut().for_each(|gap| gap.message = HOSTILE.into());
    one.activity.layers.iter_mut().for_each(|layer| layer.name = HOSTILE.into());
    let two = [one.clone(), one];
    report::write_run(root.path(), &setup, &profile(), &two, &Default::default()).unwrap();
    let folders = report::input_folders(root.path()).unwrap();
    assert_eq!(folders.len(), 2);
    for folder in folders.iter().map(|folder| folder.as_path()).chain([root.path()]) {
        let page = page(folder);
        assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
        assert!(!page.contains('\u{1b}'), "a control character");
    }
    data(&page(&folders[0]));
}
