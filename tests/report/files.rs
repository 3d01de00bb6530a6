//! CSV files, manifest and table.

use super::common::{STEPS, list, outcome, profile, read, setup, spikes};
use spikemesh::detect::{Detection, Rect};
use spikemesh::encode::Pixels;
use spikemesh::energy::price;
use spikemesh::pipeline::Outcome;
use spikemesh::pipeline::{Classification, Detections};
use spikemesh::report::{self, CSV_FILES, Totals};
use std::path::Path;

const IMAGE_FILES: [&str; 19] = [
    "activity.json",
    "activity.png",
    "congestion.png",
    "congestion.svg",
    "cores.csv",
    "energy.csv",
    "flows.csv",
    "heatmap_cores.png",
    "heatmap_cores.svg",
    "latency.csv",
    "layers",
    "layers.csv",
    "layers.png",
    "links.csv",
    "packets.csv",
    "report.html",
    "steps.csv",
    "where.png",
    "where.svg",
];

const LAYER_FILES: [&str; 3] =
    ["heatmap_conv_1_0-2.png", "heatmap_conv_1_0.png", "heatmap_cores.png"];

fn write(dir: &Path, idealised: bool, outcomes: &[Outcome]) {
    report::write_run(dir, &setup(idealised), &profile(), outcomes, &Default::default()).unwrap();
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    names.sort();
    names
}

#[test]
fn docs_and_headers_agree() {
    let docs = include_str!("../../docs/csv.md");
    let mut documented: Vec<(&str, Vec<&str>)> = vec![];
    for section in docs.split("\n## ").skip(1) {
        let Some(name) = section.lines().next().filter(|name| name.ends_with(".csv")) else {
            continue;
        };
        let mut columns = vec![];
        for line in section.lines().filter(|line| line.starts_with("| `")) {
            let inner = line.trim_start_matches('|').trim_end_matches('|');
            let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 3, "{name}: {line}");
            assert!(!cells[2].is_empty(), "{name}: no meaning in {line}");
            let column = cells[0].trim_matches('`');
            let unit =
                [("_uj", "µJ"), ("_us", "µs"), ("_mw", "mW"), ("_per_s", "1/s"), ("_bits", "bits")];
            if let Some((_, unit)) = unit.iter().find(|(suffix, _)| column.ends_with(suffix)) {
                assert_eq!(cells[1], *unit, "{name}: {line}");
            }
            let other = ["_pj", "_nj", "_mj", "_j", "_ps", "_ns", "_ms"];
            // Traces are replayed, to the picosecond.
            let exact = *name == *"trace.csv";
            assert!(exact || !other.iter().any(|unit| column.ends_with(unit)), "{name}: {line}");
            columns.push(column);
        }
        documented.push((name, columns));
    }
    let written: Vec<(&str, Vec<&str>)> =
        CSV_FILES.iter().map(|(name, columns)| (*name, columns.to_vec())).collect();
    assert_eq!(documented, written);
}

#[test]
fn one_input_lies_flat() {
    let root = tempfile::tempdir().unwrap();
    let seen = Detection { class: 1, score: 0.75, rect: Rect::new([4.0, 5.0, 20.0, 30.5]) };
    let detections = Detections {
        classes: vec!["cat".into(), "dog".into()],
        float: vec![seen, Detection { class: 7, ..seen }],
        spiking: vec![Detection { score: 0.5, ..seen }],
        picture: Pixels::new(32, 32, vec![90; 32 * 32 * 3]).unwrap(),
    };
    let classes = vec!["cat".into(), "dog".into()];
    let classification =
        Some(Classification { classes, float: vec![0.25, 0.75], spiking: vec![0.5, 0.5] });
    let one = Outcome {
        spikes: Some(spikes().into_iter().collect()),
        detections: Some(detections),
        classification,
        ..outcome("street")
    };
    write(root.path(), false, &[one]);
    let mut names = IMAGE_FILES.to_vec();
    names.extend([
        "assumptions.csv",
        "classes.csv",
        "detections.csv",
        "detections.png",
        "manifest.toml",
        "spikes.csv",
        "spikes.npz",
        "summary.csv",
    ]);
    assert_eq!(list(root.path()), sorted(&names));
    // The others are of an evaluation, of several runs, of a conversion, of the validation, of a
    // search and of a comparison, or written from a mapping, or beside the folder.
    let others = [
        "accuracy.csv",
        "profiles.csv",
        "conversion.csv",
        "rates.csv",
        "mapping.csv",
        "validation.csv",
        "trace.csv",
        "compare.csv",
        "measures.csv",
        "trials.csv",
        "searches.csv",
        "tuning.csv",
        "answers.csv",
        "confusion.csv",
        "fidelity.csv",
        "membranes.csv",
        "diff.csv",
    ];
    for (name, columns) in CSV_FILES.into_iter().filter(|(name, _)| !others.contains(name)) {
        let mut reader = csv::Reader::from_path(root.path().join(name)).unwrap();
        assert_eq!(reader.headers().unwrap(), columns, "{name}");
        assert!(reader.records().all(|record| record.is_ok()), "{name}");
    }
    let boxes = read(&root.path().join("detections.csv"));
    let of = |row: usize| ["system", "class", "score", "x1", "y2"].map(|c| boxes[row][c].as_str());
    assert_eq!(of(0), ["float", "dog", "0.75", "4", "30.5"]);
    assert_eq!(of(1), ["float", "7", "0.75", "4", "30.5"]);
    assert_eq!(of(2), ["spiking", "dog", "0.5", "4", "30.5"]);
    let rows = read(&root.path().join("classes.csv"));
    let of = |row: usize| ["system", "class", "score"].map(|c| rows[row][c].as_str());
    assert_eq!([of(0), of(1)], [["float", "dog", "0.75"], ["float", "cat", "0.25"]]);
    // Of equals the first.
    assert_eq!(of(2), ["spiking", "cat", "0.5"]);
    let rows = read(&root.path().join("spikes.csv"));
    let place =
        |row: usize| ["sign", "layer", "channel", "y", "x", "count"].map(|c| rows[row][c].as_str());
    assert_eq!(place(0), ["1", "conv/1:0", "7", "3", "5", "1"]);
    assert_eq!(place(1), ["-1", "cores", "0", "0", "0", "3"]);
    assert_eq!(place(2), ["1", "", "", "", "", "1"]);
}

#[test]
fn several_inputs_lie_in_folders() {
    let root = tempfile::tempdir().unwrap();
    let outcomes = ["street", "a/b", "a:b", "summary.csv"].map(outcome);
    write(root.path(), false, &outcomes);
    let folders = ["a_b", "a_b-2", "street", "summary.csv-2"];
    let mut names = folders.to_vec();
    names.extend(["assumptions.csv", "manifest.toml", "report.html", "summary.csv"]);
    assert_eq!(list(root.path()), sorted(&names));
    for folder in folders {
        assert_eq!(list(&root.path().join(folder)), IMAGE_FILES);
        assert_eq!(list(&root.path().join(folder).join("layers")), LAYER_FILES);
    }
    let images: Vec<String> =
        read(&root.path().join("summary.csv")).iter().map(|row| row["image"].clone()).collect();
    assert_eq!(images, ["street", "a/b", "a:b", "summary.csv"]);
    let found = report::input_folders(root.path()).unwrap();
    assert_eq!(found, folders.map(|folder| root.path().join(folder)));
}

#[test]
fn energies_and_counts_add_up() {
    let root = tempfile::tempdir().unwrap();
    let (profile, one) = (profile(), outcome("street"));
    let activity = &one.activity;
    let totals = Totals::new(activity, &profile);
    write(root.path(), false, std::slice::from_ref(&one));
    let number = |text: &str| text.parse::<f64>().unwrap();
    let close =
        |a: f64, b: f64, what: &str| assert!((a - b).abs() <= 1e-12 * b.abs(), "{what}: {a} {b}");
    let energy = read(&root.path().join("energy.csv"));
    let sum = |scope: &str, column: &str| -> f64 {
        energy.iter().filter(|row| row["scope"] == scope).map(|row| number(&row[column])).sum()
    };
    let whole =
        price(&totals.counts, &activity.soma_classes, &activity.synapse_classes, &profile).total();
    close(sum("dynamic", "low_uj"), whole.low / 1e6, "low");
    close(sum("dynamic", "nominal_uj"), whole.nominal / 1e6, "nominal");
    close(sum("dynamic", "high_uj"), whole.high / 1e6, "high");
    let summary = &read(&root.path().join("summary.csv"))[0];
    for (scope, key) in [
        ("dynamic", "energy_dynamic_uj"),
        ("static", "energy_static_uj"),
        ("system", "energy_system_uj"),
    ] {
        assert!(number(&summary[key]) > 0.0);
        close(sum(scope, "nominal_uj"), number(&summary[key]), key);
    }
    // By step and by core it is the same energy.
    let steps = read(&root.path().join("steps.csv"));
    let column = |rows: &[std::collections::BTreeMap<String, String>], name: &str| -> f64 {
        rows.iter().map(|row| number(&row[name])).sum()
    };
    let parts =
        ["energy_neuron_uj", "energy_dendrite_uj", "energy_synapse_uj", "energy_network_uj"];
    close(parts.iter().map(|part| column(&steps, part)).sum(), whole.nominal / 1e6, "steps");
    close(column(&steps, "energy_static_uj"), totals.fixed.nominal / 1e6, "static of steps");
    let cores = read(&root.path().join("cores.csv"));
    close(column(&cores, "energy_dynamic_uj"), whole.nominal / 1e6, "cores");
    let layers = read(&root.path().join("layers.csv"));
    for name in ["spikes", "synaptic_operations", "packets"] {
        for rows in [&steps, &cores, &layers] {
            assert_eq!(column(rows, name), number(&summary[name]), "{name}");
        }
    }
    assert_eq!(column(&steps, "hops"), number(&summary["hops"]));
    close(column(&steps, "step_time_us"), number(&summary["latency_us"]), "latency");
    assert_eq!(steps.len() as u64, STEPS + 4);
}

#[test]
fn ratios_and_matches() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), true, &[outcome("street")]);
    let summary = &read(&root.path().join("summary.csv"))[0];
    let number = |name: &str| summary[name].parse::<f64>().unwrap();
    let units = 24 * 32 * 8 * 2 + 12 * 16 * 8 + 90;
    assert_eq!(number("mean_rate"), number("spikes") / (units as f64 * STEPS as f64));
    assert_eq!(number("spikes_per_synapse"), number("synaptic_operations") / 4_960_000.0);
    assert_eq!(summary["idealised"], "true");
    assert_eq!(summary["assumption_count"], "3");
    let told = read(&root.path().join("assumptions.csv"));
    let told: Vec<_> =
        told.iter().map(|row| ["verdict", "assumption"].map(|c| &row[c][..])).collect();
    let expected = [
        ["paid", "second neurons, \"paid\""],
        ["assumed", "pools; assumed"],
        ["dropped", "4608 sources > 4096 axons"],
    ];
    assert_eq!(told, expected);
    let layers = read(&root.path().join("layers.csv"));
    let like = |row: usize| {
        [
            "correlation",
            "relative_error",
            "spikes_per_neuron_step",
            "shift_min",
            "shift_max",
            "threshold_max",
        ]
        .map(|name| layers[row][name].as_str())
    };
    assert_eq!(like(0), [""; 6]);
    assert_eq!(like(1), ["0.30000000000000004", "", "0.3333333333333333", "2", "9", "70000"]);
    assert_eq!(layers[4]["rate"], "0");
}

#[test]
fn packets_are_counted_by_latency_and_order() {
    let root = tempfile::tempdir().unwrap();
    let one = outcome("street");
    let received = |step: usize| one.activity.steps[step].counts.packets_in;
    write(root.path(), false, std::slice::from_ref(&one));
    let bins = read(&root.path().join("packets.csv"));
    let cells: Vec<_> = bins
        .iter()
        .map(|row| ["from_us", "to_us", "packets"].map(|name| row[name].clone()))
        .collect();
    // Packets of each step take one of five latencies in turn, of which two are alike.
    let nth =
        |nth: u64| (0..one.activity.steps.len()).map(|s| (received(s) + 4 - nth) / 5).sum::<u64>();
    let counts = [nth(0), nth(1) + nth(2), nth(3), nth(4)];
    let bins =
        [["0", "0"], ["0.003584", "0.004095"], ["0.08192", "0.098303"], ["0.098304", "0.114687"]];
    let expected: Vec<_> = bins
        .iter()
        .zip(counts)
        .map(|([from, to], n)| [from.to_string(), to.to_string(), n.to_string()])
        .collect();
    assert_eq!(cells, expected);
    let latency = read(&root.path().join("latency.csv"));
    let order = |step: usize| {
        [
            "isi_intervals",
            "isi_distortion_mean_us",
            "isi_distortion_max_us",
            "spike_disorder",
            "injection_us",
        ]
        .map(|name| latency[step][name].as_str())
    };
    let disorder = |step| ((received(step) / 4) as f64 / received(step) as f64).to_string();
    assert!(disorder(0) != disorder(3) && received(0) > 8);
    assert_eq!(order(0), ["0", "", "", &disorder(0), "0.00002"]);
    assert_eq!(order(3), ["12", "0.000025", "0.00006", &disorder(3), "0.000023"]);
}

#[test]
fn networks_without_shapes_or_floats_leave_cells_empty() {
    let root = tempfile::tempdir().unwrap();
    let mut one = outcome("");
    for layer in &mut one.activity.layers {
        layer.shapeless = true;
        layer.spikes_per_position.clear();
    }
    one.activity.steps.iter_mut().for_each(|step| step.timing.packet_latency = None);
    one.activity
        .steps
        .iter_mut()
        .for_each(|step| (step.timing.waits, step.timing.order) = (None, None));
    one.activity.cores.iter_mut().for_each(|core| core.layer = None);
    one.activity.links.clear();
    let setup = spikemesh::pipeline::Setup { float_macs: 0, calibration: vec![], ..setup(false) };
    report::write_run(root.path(), &setup, &profile(), &[one], &Default::default()).unwrap();
    assert!(!list(root.path()).iter().any(|name| ["layers", "layers.png"].contains(&&name[..])));
    assert_eq!(read(&root.path().join("summary.csv"))[0]["spikes_per_synapse"], "");
    assert_eq!(read(&root.path().join("latency.csv"))[0]["packet_latency_max_us"], "");
    assert_eq!(read(&root.path().join("layers.csv"))[0]["height"], "");
    assert_eq!(read(&root.path().join("cores.csv"))[0]["layer"], "");
    assert!(read(&root.path().join("links.csv")).is_empty());
}

#[test]
fn the_manifest_is_toml_and_complete() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), true, &["street", "a/b"].map(outcome));
    let text = std::fs::read_to_string(root.path().join("manifest.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    assert_eq!(manifest["seed"].as_str(), Some("18446744073709551615"));
    assert_eq!(manifest["idealised"].as_bool(), Some(true));
    assert_eq!(manifest["profile"]["sha256"].as_str(), Some(profile().hash.as_str()));
    assert_eq!(manifest["settings"]["steps"].as_integer(), Some(STEPS as i64));
    assert_eq!(manifest["input"][1]["folder"].as_str(), Some("a_b"));
    assert_eq!(manifest["gap"].as_array().unwrap().len(), 3);
}

#[test]
fn the_table_brands_and_bounds() {
    let (profile, one) = (profile(), outcome("street"));
    let plain = report::table(&setup(false), &profile, &one, false);
    assert!(!plain.contains("IDEALISED"), "{plain}");
    for text in [
        "OVERRUNS",
        "1 of 16",
        "energy, uJ",
        " .. ",
        "where the time goes",
        "spikemesh compare",
        "pools; assumed",
        "the input itself",
    ] {
        assert!(plain.contains(text), "{text} in {plain}");
    }
    let idealised = report::table(&setup(true), &profile, &one, false);
    assert!(idealised.contains("IDEALISED") && idealised.contains("dropped: 4608"), "{idealised}");
}

#[test]
fn the_same_run_writes_the_same_bytes() {
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for root in &roots {
        write(root.path(), false, &[outcome("street")]);
    }
    let mut names = list(roots[0].path());
    names.retain(|name| name != "layers");
    names.extend(LAYER_FILES.map(|name| format!("layers/{name}")));
    for name in names {
        let [a, b] = [0, 1].map(|i| std::fs::read(roots[i].path().join(&name)).unwrap());
        assert!(a == b, "{name}");
    }
}
