//! `spikemesh validate`: what it finds, and what it does not overwrite.

use std::fs;
use std::path::Path;

use spikemesh::energy::Band;
use spikemesh::validate::{Kind, Row, Test, Verdict};

use crate::events::shared;
use crate::runs::{Row as CsvRow, rows};
use crate::small_detector::spikemesh;

fn committed(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

fn of<'a>(rows: &'a [CsvRow], case: &'a str) -> impl Iterator<Item = &'a CsvRow> {
    rows.iter().filter(move |row| row["case"] == case)
}

fn number(row: &CsvRow, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// The committed files are what a run writes, so that the tests below may read them.
#[test]
fn committed_files_are_those_of_a_fresh_run() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new");
    let mut validate = spikemesh();
    validate.arg("validate").arg("--out").arg(&out);
    let networks = shared("models").filter(|folder| folder.join("nxtf-mnist").is_dir());
    let networks = networks.zip(shared("data/nmnist-small"));
    match &networks {
        Some((networks, recordings)) => {
            validate.arg("--networks").arg(networks).arg("--recordings").arg(recordings);
            validate.assert().success()
        }
        None => validate.assert().success(),
    };
    for name in ["validation.csv", "validation.md"] {
        let [fresh, kept] =
            [&out.join(name), &committed(name)].map(|path| fs::read_to_string(path).unwrap());
        let stale = "is out of date; run `spikemesh validate` with `--networks` and `--recordings`";
        match networks {
            Some(_) => assert!(fresh == kept, "docs/{name} {stale}"),
            // Without the networks of files there are fewer rows, and other counts, which move the
            // ends of lines.
            None => {
                let told =
                    |line: &&str| line.contains(" hit, ") || line.starts_with(char::is_numeric);
                let others = fresh.lines().filter(|line| !told(line));
                let missing: Vec<_> = others.filter(|line| !kept.contains(line.trim())).collect();
                assert!(missing.is_empty(), "docs/{name} {stale}: {missing:?}");
            }
        }
    }
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
}

#[test]
fn what_is_consistent_is_hit() {
    let rows = rows(&committed("validation.csv"));
    for (case, count) in [
        ("odin-power", 4),
        ("truenorth-sweep", 12),
        ("truenorth-voltage", 7),
        ("loihi2-pilotnet", 4),
        ("xylo-cycles", 3),
        ("loihi-silent", 1),
        ("neurobench", 2),
        ("keras-chips", 3),
    ] {
        assert_eq!(of(&rows, case).count(), count, "{case}");
        assert!(of(&rows, case).all(|row| row["verdict"] == "hit"), "{case}");
    }
    assert!(of(&rows, "odin-power").all(|row| number(row, "error_percent").abs() <= 5.0));
    let held_out: Vec<_> =
        rows.iter().filter(|row| row["quantity"] == "power at 20.07 Hz").collect();
    assert!(held_out.len() == 2 && held_out.iter().all(|row| row["kind"] == "prediction"));
}

/// The network that was measured, on its own cores, with its own pictures.
#[test]
fn step_times_of_a_published_network_are_hit() {
    let rows = rows(&committed("validation.csv"));
    let judged: Vec<_> = of(&rows, "loihi-nxtf").filter(|row| row["verdict"] != "beside").collect();
    assert_eq!(judged.len(), 6);
    for row in judged {
        let most = if row["quantity"].contains("mean") { 6.0 } else { 12.0 };
        assert!(number(row, "error_percent").abs() <= most, "{row:?}");
        assert_eq!([&row["verdict"], &row["profile"]], ["hit", "loihi1-sanafe"], "{row:?}");
    }
}

/// Uniform targets on 64 x 64 tiles lie (n^2 - 1) / 3n tiles away, in each direction.
#[test]
fn random_targets_are_as_far_as_theory_says() {
    let rows = rows(&committed("validation.csv"));
    for axis in ["x", "y"] {
        let row =
            rows.iter().find(|row| row["quantity"] == format!("mean distance in {axis}")).unwrap();
        assert!((number(row, "predicted") / (4095.0 / 192.0) - 1.0).abs() < 0.01, "{row:?}");
    }
}

#[test]
fn every_row_says_what_it_is_and_remembers_nothing_as_a_fact() {
    let rows = rows(&committed("validation.csv"));
    let document = fs::read_to_string(committed("validation.md")).unwrap();
    // Lines end where they are long enough.
    let flat = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in &rows {
        let (measured, within) = (number(row, "measured"), number(row, "measured_within"));
        let (low, high) = (number(row, "predicted_low"), number(row, "predicted_high"));
        let inside = low <= measured + within && measured - within <= high;
        if row["verdict"] == "beside" {
            assert_eq!(row["tolerance_percent"], "", "{row:?}");
        }
        let verdict = match row["tolerance_percent"].parse::<f64>() {
            _ if row["verdict"] == "beside" => "beside",
            Ok(percent) if number(row, "error_percent").abs() <= percent => "hit",
            Err(_) if inside && high > 4.0 * low => "no prediction",
            Err(_) if inside => "band",
            _ => "miss",
        };
        assert!(row["verdict"] == verdict || row["tolerance_percent"] == "0.000001", "{row:?}");
        assert!(["fitted", "consistency", "prediction"].contains(&row["kind"].as_str()), "{row:?}");
        assert_eq!(
            row["quantity"].contains("unverified"),
            row["source"].starts_with("unverified"),
            "{row:?}"
        );
        assert!(!row["source"].is_empty() && flat.contains(&row["source"]), "{row:?}");
        assert!(document.contains(&format!("\n## {}\n", row["case"])), "{row:?}");
    }
    assert!(rows.iter().any(|row| row["verdict"] == "miss"));
    // Ten lines first, then what was counted; measurements that cannot be predicted are no rows.
    let tenth = document.lines().position(|line| line.starts_with("10. ")).unwrap();
    assert!(tenth < 24, "{tenth}");
    assert!(document.contains("## What moves a prediction"));
    assert!(document.contains("every neuron fires in") && document.contains("else is in it"));
    let moved = rows.iter().filter(|row| !row["largest_input"].is_empty());
    for row in moved {
        assert!(number(row, "largest_input_low") != number(row, "largest_input_high"), "{row:?}");
    }
}

#[test]
fn verdicts() {
    let row = |measured, test| Row {
        kind: Kind::Prediction,
        profile: String::new(),
        quantity: String::new(),
        unit: "mW",
        measured,
        predicted: Band { low: 90.0, nominal: 100.0, high: 120.0 },
        test,
        source: "",
        measured_within: 0.0,
        drivers: vec![],
    };
    assert_eq!(row(96.0, Test::Tolerance(5.0)).verdict(), Verdict::Hit);
    assert_eq!(row(95.0, Test::Tolerance(5.0)).verdict(), Verdict::Miss);
    assert_eq!(row(120.0, Test::Bracket).verdict(), Verdict::Band);
    assert_eq!(row(120.1, Test::Bracket).verdict(), Verdict::Miss);
    assert_eq!(row(120.1, Test::Beside).verdict(), Verdict::Beside);
    // Digits of the source that lie inside are enough; a band of a factor of four says nothing.
    let near = Row { measured_within: 0.2, ..row(120.1, Test::Bracket) };
    assert_eq!(near.verdict(), Verdict::Band);
    let predicted = Band { low: 29.0, nominal: 100.0, high: 120.0 };
    let wide = Row { predicted, ..row(100.0, Test::Bracket) };
    assert_eq!(wide.verdict(), Verdict::NoPrediction);
}

#[test]
fn a_file_of_another_origin_stays_as_it_is() {
    for name in ["validation.csv", "validation.md"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "notes of mine").unwrap();
        let output = spikemesh().arg("validate").arg("--out").arg(dir.path()).assert().code(1);
        let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(text.contains(name) && text.contains("not written by"), "{text}");
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "notes of mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
