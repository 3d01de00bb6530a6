//! Whole runs by the binary: what stands in the files, and what must not change it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::small_detector::{Files, picture, spikemesh};

pub type Row = BTreeMap<String, String>;

pub fn rows(path: &Path) -> Vec<Row> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Columns of `steps.csv` that follow from times.
const STEP_TIMES: [&str; 4] =
    ["step_time_us", "energy_static_uj", "energy_low_uj", "energy_high_uj"];

fn without(mut rows: Vec<Row>, columns: &[&str]) -> Vec<Row> {
    for row in &mut rows {
        columns.iter().for_each(|&column| drop(row.remove(column).unwrap()));
    }
    rows
}

/// A whole number; of times the picoseconds.
fn count(row: &Row, column: &str) -> u64 {
    match column.ends_with("_us") {
        true => (number(row, column) * 1e6).round() as u64,
        false => row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column])),
    }
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

fn sum(rows: &[Row], column: &str) -> u64 {
    rows.iter().map(|row| count(row, column)).sum()
}

#[track_caller]
fn close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{what}: {ours} instead of {theirs}");
}

/// Saved activity without the command line.
fn activity(dir: &Path) -> Value {
    let mut value: Value =
        serde_json::from_str(&fs::read_to_string(dir.join("activity.json")).unwrap()).unwrap();
    value["setup"].as_object_mut().unwrap().remove("command").unwrap();
    value
}

fn stdout(command: &mut assert_cmd::Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

const CSV_FILES: [&str; 8] = [
    "summary.csv",
    "energy.csv",
    "steps.csv",
    "latency.csv",
    "layers.csv",
    "cores.csv",
    "links.csv",
    "spikes.csv",
];

fn names(dir: &Path) -> BTreeSet<String> {
    fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

/// Every flag of `run` at once: folders per image, a row per image, the limit, the calibration.
#[test]
fn every_flag_at_once() {
    let files = Files::write();
    let (photographs, calibration) = (files.path("photographs"), files.path("calibration"));
    for (dir, images) in [(&photographs, 3), (&calibration, 2)] {
        fs::create_dir(dir).unwrap();
        (1..=images).for_each(|n| picture(&dir.join(format!("street{n}.png")), n));
    }
    let out = files.path("made/on/the/way");
    let mut run = spikemesh();
    run.arg("run").arg(&files.network).arg("--input").arg(&photographs);
    run.arg("--calibrate")
        .arg(&calibration)
        .arg("--detector")
        .arg(&files.detector)
        .arg("--out")
        .arg(&out);
    run.args([
        "--profile",
        "loihi1-davies2018",
        "--steps",
        "6",
        "--timing",
        "event",
        "--seed",
        "7",
    ]);
    run.args(["--threads", "2", "--limit", "2", "--record-spikes", "--idealised"]);
    let text = stdout(&mut run);
    assert!(
        text.contains("street1") && text.contains("street2") && !text.contains("street3"),
        "{text}"
    );
    assert!(text.contains("2 inputs"), "who calibrated: {text}");

    let summary = rows(&out.join("summary.csv"));
    assert_eq!(summary.iter().map(|row| &row["image"]).collect::<Vec<_>>(), ["street1", "street2"]);
    for row in &summary {
        // Nothing had to be dropped.
        assert_eq!((&row["seed"][..], &row["idealised"][..], &row["T"][..]), ("7", "false", "6"));
        assert_eq!(count(row, "steps"), count(row, "depth") + 6);
        assert!(count(row, "spikes") > 0 && count(row, "hops") > 0);
        let dir = out.join(&row["image"]);
        for name in CSV_FILES.iter().filter(|&&name| name != "summary.csv") {
            assert!(!rows(&dir.join(name)).is_empty(), "{name}");
        }
        for name in ["heatmap_cores.png", "heatmap_cores.svg", "layers.png", "activity.json"] {
            assert!(fs::metadata(dir.join(name)).unwrap().len() > 0, "{name}");
        }
        assert!(names(&dir.join("layers")).len() > 2);
        let steps = rows(&dir.join("steps.csv"));
        for column in ["spikes", "synaptic_operations", "packets", "hops"] {
            assert_eq!(sum(&steps, column), count(row, column), "{column}");
        }
        let spikes = rows(&dir.join("spikes.csv"));
        assert_eq!(sum(&spikes, "count"), count(row, "spikes"));
        assert_eq!(spikes.len() as u64, count(row, "events"));
        assert!(spikes.iter().any(|spike| spike["sign"] == "-1"), "a leaky layer sends both signs");
    }
    assert_ne!(summary[0]["spikes"], summary[1]["spikes"], "two pictures are two runs");
    assert_eq!(
        names(&out),
        BTreeSet::from(
            [
                "assumptions.csv",
                "manifest.toml",
                "mapping.csv",
                "report.html",
                "street1",
                "street2",
                "summary.csv",
            ]
            .map(String::from)
        )
    );
    let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(manifest["seed"].as_integer(), Some(7));
    assert!(manifest["command"].as_str().unwrap().contains("--record-spikes"));
    assert_eq!(manifest["input"].as_array().unwrap().len(), 2);
    assert_eq!(
        names(&files.path("made/on/the")),
        BTreeSet::from(["way".to_string()]),
        "nothing temporary"
    );
}

/// Small cores on small chips, so that packets travel within and between chips.
const SMALL_CHIPS: &str = "
[topology]
mesh = [3, 2]
cores_per_tile = 2
[limits]
neurons_per_core = 400
";

/// The same and graded packets, on a clock of fixed period that some steps exceed.
const TICK: &str = "
[topology]
mesh = [3, 2]
cores_per_tile = 2
[limits]
neurons_per_core = 700
[capabilities]
graded_bits = 3
signed_spikes = \"native\"
[clock]
sync = \"tick\"
period_ns = 9000.0
basis = \"assumed\"
source = \"test\"
";

fn same_everywhere(name: &str, inherits: &str, rest: &str) {
    let files = Files::write();
    let profile = files.profile(name, inherits, rest);
    let run = |timing: &str, threads: &str| -> PathBuf {
        let out = files.path(&format!("{timing}-{threads}"));
        let mut run = files.run();
        run.arg("--profile").arg(&profile).arg("--out").arg(&out).arg("--record-spikes");
        run.args(["--timing", timing, "--threads", threads, "--steps", "8"]).assert().success();
        out
    };
    let [analytic, event] = ["analytic", "event"].map(|timing| {
        let [one, two] = ["1", "2"].map(|threads| run(timing, threads));
        assert_eq!(names(&one), names(&two));
        for file in CSV_FILES {
            assert!(
                fs::read(one.join(file)).unwrap() == fs::read(two.join(file)).unwrap(),
                "{timing} {file}"
            );
        }
        assert_eq!(activity(&one).to_string(), activity(&two).to_string(), "{timing}");
        one
    });

    let of = |dir: &Path, name: &str| rows(&dir.join(name));
    for (file, timed) in [
        ("spikes.csv", &[][..]),
        ("layers.csv", &[]),
        ("cores.csv", &[]),
        ("links.csv", &["stall_us", "blocked_us"]),
        ("steps.csv", &STEP_TIMES),
        (
            "latency.csv",
            &[
                "step_time_us",
                "step_time_low_us",
                "step_time_high_us",
                "network_us",
                "sync_us",
                "overrun",
                "packet_latency_p50_us",
                "packet_latency_p99_us",
                "packet_latency_max_us",
                "stall_us",
                "blocked_us",
                "injection_us",
                "isi_intervals",
                "isi_distortion_mean_us",
                "isi_distortion_max_us",
                "spike_disorder",
            ],
        ),
        (
            "summary.csv",
            &[
                "timing",
                "latency_us",
                "latency_low_us",
                "latency_high_us",
                "energy_static_uj",
                "energy_static_low_uj",
                "energy_static_high_uj",
                "energy_uj",
                "energy_low_uj",
                "energy_high_uj",
                "mean_power_mw",
                "energy_delay_uj_s",
                "inferences_per_s",
                "pipelined_inferences_per_s",
            ],
        ),
    ] {
        assert_eq!(
            without(of(&event, file), timed),
            without(of(&analytic, file), timed),
            "{name} {file}"
        );
    }
    let (mut longer, mut waited) = (0, 0);
    for (event, analytic) in of(&event, "latency.csv").iter().zip(of(&analytic, "latency.csv")) {
        let [long, short] = [event, &analytic].map(|row| count(row, "step_time_us"));
        assert!(long >= short, "{name}, step {}: {long} < {short}", event["step"]);
        longer += usize::from(long > short);
        waited += count(event, "network_us");
        assert_eq!(analytic["network_us"], "0");
        assert_eq!(analytic["packet_latency_max_us"], "");
        assert!(count(event, "packet_latency_p50_us") <= count(event, "packet_latency_p99_us"));
        assert!(count(event, "packet_latency_p99_us") <= count(event, "packet_latency_max_us"));
        assert!(count(event, "blocked_us") <= count(event, "stall_us"));
        if count(event, "isi_intervals") > 0 {
            assert!(
                number(event, "isi_distortion_mean_us") <= number(event, "isi_distortion_max_us")
            );
        }
        assert!(event["spike_disorder"].is_empty() || number(event, "spike_disorder") < 1.0);
    }
    for column in ["stall_us", "blocked_us"] {
        assert_eq!(
            sum(&of(&event, "links.csv"), column),
            sum(&of(&event, "latency.csv"), column),
            "{name}"
        );
    }
    assert_eq!(
        sum(&of(&event, "packets.csv"), "packets"),
        sum(&of(&event, "steps.csv"), "packets")
    );
    assert!(of(&analytic, "packets.csv").is_empty());
    assert!(longer > 0 && waited > 0, "{name}: no step shows the network");

    for dir in [&event, &analytic] {
        let (steps, cores, links) =
            (of(dir, "steps.csv"), of(dir, "cores.csv"), of(dir, "links.csv"));
        assert_eq!(
            sum(&links, "packets"),
            sum(&steps, "hops"),
            "{name}: every link crossed is a hop"
        );
        let crossed: u64 = links
            .iter()
            .filter(|l| l["between_chips"] == "true")
            .map(|l| count(l, "packets"))
            .sum();
        assert_eq!(crossed, sum(&cores, "chip_links"));
        assert!(crossed > 0, "{name}: several chips");
        assert_eq!(sum(&cores, "packets"), sum(&cores, "packets_in"));
        for (column, of_core) in
            [("spikes", "spikes"), ("packets", "packets"), ("neuron_updates", "neuron_updates")]
        {
            assert_eq!(sum(&steps, column), sum(&cores, of_core), "{name} {column}");
        }
    }
}

#[test]
fn timings_and_threads_on_loihi() {
    same_everywhere("pairs", "loihi1-davies2018", SMALL_CHIPS);
}

#[test]
fn timings_and_threads_on_regressed_loihi() {
    same_everywhere("regressed", "loihi1-sanafe", SMALL_CHIPS);
}

#[test]
fn timings_and_threads_under_a_tick() {
    same_everywhere("ticking", "loihi1-sanafe", TICK);
}

/// Another simulator's network from its files to ours.
fn sana_fe(name: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/sana-fe").join(name);
    if !dir.is_dir() {
        println!("skipped: {} is not there", dir.display());
        return;
    }
    let meta: Value =
        serde_json::from_str(&fs::read_to_string(dir.join("meta.json")).unwrap()).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let run = |timing: &str| {
        let out = temporary.path().join(timing);
        let mut run = spikemesh();
        run.arg("run").arg(&dir).args(["--profile", "loihi1-sanafe", "--record-spikes"]);
        // SANA-FE lets a core receive beside its visits.
        run.args(["--set", "clock.phases=overlap"]);
        run.args(["--timing", timing, "--steps", &meta["steps"].to_string()])
            .arg("--out")
            .arg(&out);
        run.assert().success();
        out
    };
    let (out, event) = (run("analytic"), run("event"));
    let set = |path: PathBuf| -> BTreeSet<(u64, u64)> {
        rows(&path).iter().map(|row| (count(row, "step"), count(row, "neuron"))).collect()
    };
    let theirs = set(dir.join("spikes.csv"));
    assert_eq!(set(out.join("spikes.csv")), theirs);
    assert_eq!(rows(&out.join("spikes.csv")).len(), theirs.len());
    let (steps, perf) = (rows(&out.join("steps.csv")), rows(&dir.join("perf.csv")));
    assert_eq!(steps.len(), perf.len());
    for (ours, theirs) in steps.iter().zip(&perf) {
        for (our, their) in [
            ("step", "step"),
            ("spikes", "fired"),
            ("neuron_updates", "updated"),
            ("synaptic_operations", "synaptic_events"),
            ("packets", "packets"),
            ("hops", "hops"),
        ] {
            assert_eq!(ours[our], theirs[their], "{name} step {} {our}", ours["step"]);
        }
        for (our, their) in [
            ("energy_neuron_uj", "soma_J"),
            ("energy_dendrite_uj", "dendrite_J"),
            ("energy_synapse_uj", "synapse_J"),
            ("energy_network_uj", "network_J"),
            ("step_time_us", "sim_time_simple_s"),
        ] {
            close(number(ours, our) * 1e-6, number(theirs, their), &format!("{name} {our}"));
        }
    }
    let event_steps = rows(&event.join("steps.csv"));
    assert_eq!(without(event_steps, &STEP_TIMES), without(steps.clone(), &STEP_TIMES));
    assert_eq!(
        fs::read(event.join("spikes.csv")).unwrap(),
        fs::read(out.join("spikes.csv")).unwrap()
    );
    for (event, analytic) in rows(&event.join("steps.csv")).iter().zip(&steps) {
        assert!(count(event, "step_time_us") >= count(analytic, "step_time_us"));
    }
    let links = rows(&out.join("links.csv"));
    assert_eq!(sum(&links, "packets"), sum(&steps, "hops"));
}

#[test]
fn chain_equals_sana_fe_in_the_files() {
    sana_fe("a_chain");
}

#[test]
fn convolution_equals_sana_fe_in_the_files() {
    sana_fe("c_conv");
}

#[test]
fn price_bills_a_finished_run_again() {
    let files = Files::write();
    let out = files.path("run");
    let mut run = files.run();
    run.args(["--profile", "loihi1-davies2018", "--steps", "5", "--out"])
        .arg(&out)
        .assert()
        .success();
    let price = |profile: &str, name: &str| {
        let folder = files.path(name);
        let mut price = spikemesh();
        price.arg("price").arg(&out).args(["--profile", profile, "--out"]).arg(&folder);
        let text = stdout(&mut price);
        assert!(text.contains("loihi1-davies2018") && text.contains(profile), "{text}");
        folder
    };
    // The same profile gives the same bill, file by file.
    let again = price("loihi1-davies2018", "again");
    for file in CSV_FILES.iter().filter(|&&file| file != "spikes.csv") {
        assert_eq!(
            fs::read_to_string(again.join(file)).unwrap(),
            fs::read_to_string(out.join(file)).unwrap()
        );
    }
    // Another one: counts times its costs.
    let other = price("ideal-45nm", "other");
    let summary = |dir: &Path| rows(&dir.join("summary.csv")).swap_remove(0);
    let (before, after) = (summary(&out), summary(&other));
    let operations = count(&after, "synaptic_operations") + count(&after, "pool_operations");
    close(number(&after, "energy_dynamic_uj"), operations as f64 * 0.9e-6, "dynamic");
    close(number(&after, "energy_dynamic_low_uj"), operations as f64 * 0.1e-6, "low");
    let dynamic: f64 = (rows(&other.join("energy.csv")).iter())
        .filter(|row| row["scope"] == "dynamic")
        .map(|row| number(row, "nominal_uj"))
        .sum();
    close(dynamic, number(&after, "energy_dynamic_uj"), "energy.csv");
    assert_eq!(after["energy_static_uj"], "0");
    for same in
        ["spikes", "events", "synaptic_operations", "packets", "hops", "latency_us", "cores"]
    {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(number(&before, "energy_dynamic_uj") > number(&after, "energy_dynamic_uj"));
}

#[test]
fn inspect_shows_layers_cores_and_gaps() {
    let files = Files::write();
    let text = stdout(spikemesh().arg("inspect").arg(&files.network));
    for word in ["Conv", "MaxPool", "total"] {
        assert!(text.to_lowercase().contains(&word.to_lowercase()), "{word}: {text}");
    }
    let text = stdout(spikemesh().arg("inspect").arg(&files.network).args([
        "--recipe",
        "paper",
        "--profile",
        "truenorth",
    ]));
    for word in ["gate", "258 cores", "REFUSED", "weight_levels"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let text = stdout(
        spikemesh().arg("inspect").arg(&files.network).args(["--profile", "loihi1-davies2018"]),
    );
    assert!(text.contains("assumed") && !text.contains("REFUSED"), "{text}");
}

/// What the chip refuses, it names, and leaves nothing; what is idealised, is branded in every
/// report.
fn truenorth(network: &str, words: &[&str], more: usize) -> Option<(Files, assert_cmd::Command)> {
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(network);
    if !network.exists() {
        println!("skipped: {} is not there", network.display());
        return None;
    }
    let files = Files::write();
    let on = || {
        let mut run = spikemesh();
        run.arg("run")
            .arg(&network)
            .arg("--input")
            .arg(&files.image)
            .args(["--profile", "truenorth"]);
        run.args(["--recipe", "paper", "--steps", "2", "--timing", "analytic", "--out"])
            .arg(files.path("deep/out"));
        run
    };
    let refused = |run: &mut assert_cmd::Command, words: &[&str]| {
        let output = run.assert().code(1);
        let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        // The message is wrapped to the width of the terminal.
        let flat =
            text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        words.iter().for_each(|word| assert!(flat.contains(word), "{word}: {text}"));
        assert!(!text.contains("panicked") && !files.path("deep").exists(), "{text}");
    };
    let and_more = format!("(and {more} more)");
    refused(&mut on(), &[words, &[&and_more, "--idealised"]].concat());
    let run = on();
    Some((files, run))
}

#[test]
fn truenorth_refuses_yolo_fastest() {
    truenorth(
        "yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx",
        &["layer l1_act", "4 weight_levels"],
        96,
    );
}

#[test]
fn truenorth_refuses_tinier_yolo_unless_idealised() {
    let words = ["layer relu0", "destination cores", "1 destinations"];
    let Some((files, mut run)) = truenorth("tinier-yolo-voc/tinier_yolo_relu7.onnx", &words, 27)
    else {
        return;
    };
    let text = stdout(run.arg("--idealised"));
    assert!(text.contains("IDEALISED"), "{text}");
    let out = files.path("deep/out");
    let summary = rows(&out.join("summary.csv")).swap_remove(0);
    assert_eq!(summary["idealised"], "true");
    let told = rows(&out.join("assumptions.csv"));
    assert_eq!(told.len() as u64, count(&summary, "assumption_count"));
    for dropped in [
        "layer relu0: 4 destination cores",
        "layer act6: the numbers of channel 0 do not fit 20 membrane_bits",
    ] {
        let is = |row: &Row| row["verdict"] == "dropped" && row["assumption"].contains(dropped);
        assert!(told.iter().any(is), "{told:?}");
    }
    let manifest: toml::Table =
        fs::read_to_string(out.join("manifest.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["idealised"].as_bool(), Some(true));
    let refused = |gap: &&toml::Value| gap["verdict"].as_str() == Some("refused");
    let gaps = manifest["gap"].as_array().unwrap();
    assert_eq!(gaps.iter().find(refused).unwrap()["layer"].as_str(), Some("relu0"));
    // The last is the board.
    assert_eq!(gaps.iter().filter(refused).count(), 29);
}

/// Every packet from its core to its core, the same at any thread count, and refused where packets
/// are not moved.
#[test]
fn a_trace_follows_every_packet() {
    let files = Files::write();
    let image = files.path("street.png");
    picture(&image, 1);
    let run = |name: &str, more: &[&str]| {
        let mut run = spikemesh();
        run.arg("run")
            .arg(&files.network)
            .arg("--input")
            .arg(&image)
            .arg("--detector")
            .arg(&files.detector);
        run.args(["--steps", "2", "--trace"]).arg(files.path(&format!("{name}.csv")));
        if !more.contains(&"--out") {
            run.arg("--out").arg(files.path(name));
        }
        run.args(more);
        run
    };
    for (name, threads) in [("one", "1"), ("two", "2")] {
        run(name, &["--threads", threads]).assert().success();
    }
    assert_eq!(fs::read(files.path("one.csv")).unwrap(), fs::read(files.path("two.csv")).unwrap());
    let trace = rows(&files.path("one.csv"));
    let ends = |port: &str| trace.iter().filter(|row| row["port"].starts_with(port)).count() as u64;
    let steps = rows(&files.path("one").join("steps.csv"));
    let [packets, hops] = ["packets", "hops"].map(|column| sum(&steps, column));
    assert!(packets > 0 && hops > 0);
    assert_eq!(
        (ends("source"), ends("core"), trace.len() as u64),
        (packets, packets, 2 * packets + hops)
    );
    let latencies = rows(&files.path("one").join("latency.csv"));
    let end = sum(&latencies, "step_time_us");
    for row in &trace {
        assert!(
            count(row, "arrives_ps") <= count(row, "leaves_ps") && count(row, "leaves_ps") <= end
        );
    }
    for packet in trace.chunk_by(|a, b| (&a["step"], &a["packet"]) == (&b["step"], &b["packet"])) {
        let last = &packet[packet.len() - 1];
        let ends = ["x", "y"]
            .map(|axis| [&last[&format!("router_{axis}")], &packet[0][&format!("router_{axis}")]]);
        let named =
            ["x", "y"].map(|a| [&last[&format!("destination_{a}")], &last[&format!("source_{a}")]]);
        assert_eq!(ends, named);
    }
    for (more, told) in [
        (&["--timing", "analytic"][..], "--timing event"),
        (&["--profile", "loihi1-davies2018,odin"], "one profile"),
        (&["--profile", "odin", "--idealised", "--recipe", "paper,pool=telescoping"], "no steps"),
    ] {
        let failure = run("no", more).assert().failure();
        let text = String::from_utf8_lossy(&failure.get_output().stderr).into_owned();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(told), "{text}");
        assert!(!files.path("no.csv").exists() && !files.path("no").exists());
    }
    let failure = run("one", &["--out", files.path("other").to_str().unwrap()]).assert().failure();
    assert!(String::from_utf8_lossy(&failure.get_output().stderr).contains("exists"));
}
