//! `spikemesh compare`: its accountings by hand, both networks inside the program, errors, and the
//! page about the published 280.

use std::fs;
use std::path::{Path, PathBuf};

use spikemesh::activity::Counts;
use spikemesh::ann::count::{Work, count, tiny_yolo_v2_voc};
use spikemesh::ann::op::{Conv, Dense, Input, Relu};
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window};
use spikemesh::baseline::{self, Basis};
use spikemesh::compare::{self, Accounting, Row, Spiking, Workload, published, quantised_bits};
use spikemesh::profile;

use crate::runs::{Row as CsvRow, rows};
use crate::small_detector::spikemesh;

fn number(row: &CsvRow, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

#[track_caller]
fn close(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{ours} instead of {theirs}");
}

/// A convolution of 2 to 3 channels on 4 x 4, 3 x 3 padded, and a dense layer of 48 to 5.
fn tiny() -> Graph {
    let node = |name: &str, op, inputs, shape| Node { name: name.into(), op, inputs, shape };
    let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
    let conv =
        Op::Conv(Conv { window, groups: 1, weight: vec![0.5; 3 * 2 * 9], bias: vec![0.0; 3] });
    let dense = Op::Dense(Dense { weight: vec![0.25; 48 * 5], bias: vec![0.0; 5] });
    Graph {
        name: "tiny".into(),
        nodes: vec![
            node("input", Op::Input(Input), vec![], Shape::new(2, 4, 4)),
            node("conv", conv, vec![0], Shape::new(3, 4, 4)),
            node("relu", Op::Relu(Relu), vec![1], Shape::new(3, 4, 4)),
            node("dense", dense, vec![2], Shape::new(5, 1, 1)),
        ],
        input: 0,
        heads: vec![Head { name: "out".into(), node: 3 }],
    }
}

/// 864 + 240 multiply-accumulates; 54 + 240 weights; 32 + 48 + 48 + 5 activations.
#[test]
fn operations_are_counted_from_the_graph() {
    let work = count(&tiny());
    assert_eq!(
        (work.macs(), work.flops(), work.weights(), work.activations()),
        (1104, 2208, 294, 133)
    );
    assert_eq!(work.largest_layer(), 80);
    let tiny_yolo = tiny_yolo_v2_voc();
    assert_eq!(
        (tiny_yolo.macs(), tiny_yolo.weights(), tiny_yolo.layers.len()),
        (3_485_520_896, 15_855_536, 9)
    );
    assert_eq!(tiny_yolo.layers.iter().map(|layer| layer.writes).sum::<u64>(), 5_818_501);
}

/// Two inferences of 4 steps: 1000 synaptic operations in all, by 100 packets and 60 updates.
fn spiking(name: &str) -> Spiking {
    let counts = Counts {
        accesses: vec![400],
        updates_input: vec![60],
        updates_state: vec![60],
        firings: vec![80],
        spikes: 80,
        events: 80,
        synaptic_operations: vec![1000],
        packets: 100,
        packets_in: 100,
        ..Counts::default()
    };
    Spiking {
        system: name.into(),
        profile: profile::load(name).unwrap(),
        inputs: 2,
        steps: 4,
        counts,
        soma_classes: vec!["if".into()],
        synapse_classes: vec!["conv".into()],
        input_macs: 2 * 864,
        input_writes: 2 * 48,
        host_operations: 0,
        float_macs: 2 * 1104,
        time: Some(spikemesh::activity::Span::exactly(2_000_000)),
        chips: 1,
        core_neurons: 16,
        core_bytes: 8192,
        note: String::new(),
        unverified: false,
    }
}

/// 1 TFLOPS at 10 W; 500 runs a second of a network of 2208 MACs.
const DEVICE: &str = r#"
title = "Device"
kind = "accelerator"
trust = "made up"
power_w = { low = 5.0, nominal = 10.0, high = 20.0, basis = "measured", source = "here" }
on_chip_kb = { low = 64.0, nominal = 64.0, high = 64.0, basis = "measured", source = "here" }
utilisation = { low = 0.1, nominal = 0.5, high = 1.0, basis = "assumed", source = "here" }
[[peak]]
precision = "int8"
gops = { low = 1000.0, nominal = 1000.0, high = 1000.0, basis = "measured", source = "here" }
"#;

const RATE: &str = r#"
[[rate]]
network = "other"
precision = "int8"
batch = 1
macs = { low = 2208.0, nominal = 2208.0, high = 2208.0, basis = "derived", source = "there" }
per_second = { low = 400.0, nominal = 500.0, high = 1000.0, basis = "measured", source = "there" }
"#;

fn device(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("device.toml");
    fs::write(&path, text).unwrap();
    path
}

fn by_hand(text: &str) -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let path = device(dir.path(), text);
    let device = baseline::load(path.to_str().unwrap()).unwrap();
    let workload = Workload { name: "tiny".into(), work: count(&tiny()) };
    compare::rows(&workload, &[spiking("ideal-45nm"), spiking("loihi1-davies2018")], &[], &[device])
}

fn find<'a>(rows: &'a [Row], system: &str, accounting: Accounting, scope: &str) -> &'a Row {
    let mut found =
        rows.iter().filter(|row| row.system == system && row.accounting == Some(accounting));
    found
        .find(|row| row.scope.starts_with(scope))
        .unwrap_or_else(|| panic!("{system} {accounting:?} {scope}"))
}

fn nominal(rows: &[Row], system: &str, accounting: Accounting, scope: &str) -> f64 {
    find(rows, system, accounting, scope).energy_pj.unwrap().nominal
}

#[test]
fn every_accounting_by_hand() {
    let rows = by_hand(DEVICE);
    // 500 operations an inference at 23.6 pJ, of which the paper's unit leaves a thousandth.
    let loihi = |accounting, scope| nominal(&rows, "loihi1-davies2018", accounting, scope);
    close(loihi(Accounting::Paper, "all steps"), 500.0 * 23.6);
    close(loihi(Accounting::Paper, "one step"), 500.0 / 4.0 * 23.6 * 4.0 * 1e-3);
    close(loihi(Accounting::Operations, "all steps"), 500.0 * 23.6);
    close(loihi(Accounting::Arithmetic, "fp32"), 500.0 * 0.9 + 864.0 * 4.6);
    close(loihi(Accounting::Arithmetic, "int32"), 500.0 * 0.1 + 864.0 * 3.2);
    close(loihi(Accounting::Arithmetic, "int8"), 500.0 * 0.03 + 864.0 * 0.23);
    // 128 KB of synapses; 4 KB of membranes and the buffers at 10 pJ per 8 bytes.
    let synapse = 20.0 * 5f64.powf(4f64.ln() / 32f64.ln());
    let memory = 500.0 * (0.1 + synapse / 8.0) + 30.0 * 8.0 * 1.25 + 50.0 * 8.0 * 1.25;
    let input = 864.0 * 4.6 + 864.0 * 8.0 * 1.25 / 16.0 + 48.0 * 4.0 * 1.25;
    close(loihi(Accounting::Memory, "arithmetic"), memory + input);
    // Accesses 52, updates 29, operations 23.6; nothing for packets without hops.
    let dynamic = 200.0 * 52.0 + 30.0 * 29.0 + 500.0 * 23.6;
    close(loihi(Accounting::Bill, "dynamic"), dynamic);
    let scope = "dynamic + static + input layer";
    let bill = find(&rows, "loihi1-davies2018", Accounting::Bill, scope);
    // 104 mW for a microsecond.
    close(bill.energy_pj.unwrap().nominal, dynamic + 104e3 + 864.0 * 4.6);
    let latency = bill.latency_ps.unwrap();
    assert!(latency.low <= latency.nominal && latency.nominal <= latency.high);
    close(latency.nominal, 1e6);

    // 2208 operations at 10 pJ; at half the peak twice that.
    let device = |accounting, scope| nominal(&rows, "device", accounting, scope);
    close(device(Accounting::Paper, "int8 peak"), 2208.0 * 10.0);
    close(device(Accounting::Operations, "all MACs"), 2208.0 * 10.0);
    close(device(Accounting::Arithmetic, "int32"), 1104.0 * 3.2);
    close(
        device(Accounting::Memory, "arithmetic"),
        1104.0 * (0.23 + 2.0 * 1.25 / 16.0) + (294.0 + 133.0) * 12.5,
    );
    let band = find(&rows, "device", Accounting::Bill, "power").energy_pj.unwrap();
    close(band.nominal, 2208.0 * 20.0);
    close(band.low, 2208.0 * 5.0);
    close(band.high, 2208.0 * 200.0);

    close(
        find(&rows, "loihi1-davies2018", Accounting::Bill, "dynamic").ratio.unwrap(),
        2208.0 * 20.0 / dynamic,
    );
    close(
        find(&rows, "ideal-45nm", Accounting::Arithmetic, "fp32").ratio.unwrap(),
        1104.0 * 4.6 / (450.0 + 864.0 * 4.6),
    );
    close(
        find(&rows, "quantised ANN, 8 x 3 bits", Accounting::Arithmetic, "int32").ratio.unwrap(),
        3.2 / 0.175,
    );
}

#[test]
fn a_rate_is_scaled_by_operations_and_says_so() {
    let rows = by_hand(&format!("{DEVICE}{RATE}"));
    let row = find(&rows, "device", Accounting::Bill, "power x time, rate scaled by operations");
    let band = row.energy_pj.unwrap();
    close(band.nominal, 10.0 / 1000.0 * 1e12);
    close(band.low, 5.0 / 2000.0 * 1e12);
    close(band.high, 20.0 / 800.0 * 1e12);
    assert!(
        row.source.contains("scaled by 0.5000") && row.basis == "measured + derived",
        "{row:?}"
    );
}

#[test]
fn measures_by_hand() {
    let rows = by_hand(DEVICE);
    let chips = [spiking("ideal-45nm"), spiking("loihi1-davies2018")];
    let measures = compare::measures(&rows, &chips);
    let value = |quantity: &str, accounting: Option<Accounting>, scope: &str| {
        let mut own =
            measures.iter().filter(|m| m.system == "loihi1-davies2018" && m.quantity == quantity);
        own.find(|m| m.accounting == accounting && m.scope == scope).unwrap().value
    };
    // 1000 operations over 480 synapses; 4 steps tell 5 levels.
    close(value("spikes_per_synapse", None, ""), 1000.0 / 480.0);
    assert_eq!(value("quantised_bits", None, ""), 3.0);
    let dynamic: f64 = 23_070.0;
    close(value("energy_delay_product", Some(Accounting::Bill), "dynamic"), dynamic * 1e-9 * 1e-3);
    assert_eq!(
        value("break_even_steps", Some(Accounting::Bill), "dynamic"),
        (4.0 * 44_160.0 / dynamic).floor()
    );
    assert_eq!([1, 2, 3, 7, 8, 3500].map(quantised_bits), [1, 2, 2, 3, 4, 12]);
}

#[test]
fn every_baseline_is_valid_and_memory_is_marked() {
    let all = baseline::load_list("all").unwrap();
    assert_eq!(all.len(), 13);
    let workload = Workload { name: "tiny-yolo-v2-voc".into(), work: tiny_yolo_v2_voc() };
    let rows = compare::rows(&workload, &[], &[], &all);
    for device in &all {
        let own = rows.iter().filter(|row| row.system == device.name);
        assert!(
            Accounting::ALL.iter().all(|a| own.clone().any(|row| row.accounting == Some(*a))),
            "{}",
            device.name
        );
        if device.power_w.basis == Basis::Memory {
            let power = own.filter(|row| row.scope.starts_with("power") && row.energy_pj.is_some());
            power.for_each(|row| assert!(row.basis.contains("memory (unverified)"), "{row:?}"));
        }
    }
    // The rate of Darknet is that of this very network.
    let titan = find(&rows, "titan-x", Accounting::Bill, "power x time, published rate");
    close(titan.energy_pj.unwrap().nominal, 250.0 / 207.0 * 1e12);
    // Its name alone says nothing of another.
    let small = Workload { name: "tiny-yolo-v2-voc".into(), work: count(&tiny()) };
    let rows = compare::rows(&small, &[], &[], &all);
    let titan = find(&rows, "titan-x", Accounting::Bill, "power x time, rate scaled by operations");
    assert!(titan.energy_pj.unwrap().nominal < 250.0 / 207.0 * 1e9, "{titan:?}");
    assert!(titan.source.contains("tiny-yolo-v2-voc, whose name alone it has"), "{titan:?}");
    let akida =
        rows.iter().find(|row| row.system == "akida" && row.scope == "power x time").unwrap();
    assert!(akida.energy_pj.is_none() && akida.source.contains("are not known"), "{akida:?}");
}

fn compare_to(network: &str, out: &Path) -> assert_cmd::Command {
    let mut command = spikemesh();
    command.arg("compare").arg(network).arg("--out").arg(out);
    command
}

const SYSTEMS: [&str; 7] = [
    "loihi1-davies2018",
    "spinnaker2-hoeppner2021",
    "ideal-45nm",
    "titan-x",
    "v100",
    "jetson-orin",
    "int8-accelerator",
];

/// The table of both networks inside the program: every accounting of every system, and what a
/// ratio is.
#[test]
fn both_embedded_networks() {
    let dir = tempfile::tempdir().unwrap();
    for network in ["digits", "digits-l4"] {
        let out = dir.path().join(network);
        let mut command = compare_to(network, &out);
        // No accounting depends on how packets move.
        command.args(["--measure-cpu", "--timing", "analytic"]).assert().success();
        let rows = rows(&out.join("compare.csv"));
        for system in SYSTEMS.into_iter().chain(["truenorth (idealised)"]) {
            for accounting in ["paper", "sop", "45nm", "memory", "bill"] {
                let own = rows
                    .iter()
                    .filter(|row| row["system"] == system && row["accounting"] == accounting);
                assert!(own.clone().count() > 0, "{network}: {system} {accounting}");
                for row in own {
                    let [low, nominal, high] =
                        ["energy_low_uj", "energy_uj", "energy_high_uj"].map(|c| number(row, c));
                    assert!(low <= nominal && nominal <= high && low > 0.0, "{row:?}");
                    assert!(!row["source"].is_empty() && !row["basis"].is_empty(), "{row:?}");
                }
            }
        }
        let refused = rows.iter().find(|row| row["scope"] == "refused").unwrap();
        assert!(
            refused["system"] == "truenorth" && refused["source"].contains("not in neuron_models"),
            "{refused:?}"
        );
        let bill = |system: &str| {
            rows.iter().find(|row| row["system"] == system && row["accounting"] == "bill").unwrap()
        };
        let ratio =
            number(bill("titan-x"), "energy_uj") / number(bill("loihi1-davies2018"), "energy_uj");
        close(number(bill("loihi1-davies2018"), "ratio"), (ratio * 1e11).round() * 1e-11);
        let page = fs::read_to_string(out.join("compare.md")).unwrap();
        assert!(page.contains("CPU of this machine: the float network takes"), "{page}");
        for name in
            ["compare.png", "compare.svg", "measures.csv", "loihi1-davies2018/manifest.toml"]
        {
            assert!(out.join(name).exists(), "{name}");
        }
    }
    let spikes = |network: &str| {
        let measures = rows(&dir.path().join(network).join("measures.csv"));
        let mut own = measures.iter().filter(|row| row["quantity"] == "spikes_per_synapse");
        number(own.find(|row| row["system"] == "loihi1-davies2018").unwrap(), "value")
    };
    // The network of four levels lies inside the band.
    assert!(spikes("digits") > 1.38, "{}", spikes("digits"));
    assert!((0.15..=1.38).contains(&spikes("digits-l4")), "{}", spikes("digits-l4"));
}

#[test]
fn strict_leaves_idealised_chips_out() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = compare_to("digits", &out);
    command
        .args(["--profile", "truenorth,ideal-45nm", "--strict", "--steps", "1"])
        .assert()
        .success();
    let rows = rows(&out.join("compare.csv"));
    assert!(rows.iter().any(|row| row["scope"] == "refused"));
    assert!(!rows.iter().any(|row| row["system"].contains("idealised")));
}

fn failure(command: &mut assert_cmd::Command) -> String {
    String::from_utf8(command.assert().failure().get_output().stderr.clone()).unwrap()
}

#[test]
fn compare_errors_name_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let error = failure(compare_to("digits", &out).args(["--baseline", "titan-z"]));
    assert!(error.contains("no baseline `titan-z`") && error.contains("titan-x"), "{error}");
    for (from, to, line, message) in [
        ("trust =", "colour = \"red\"\ntrust =", 4, "unknown field `colour`"),
        (", source = \"here\" }\non_chip", " }\non_chip", 5, "missing key `source`"),
        ("low = 5.0", "low = 11.0", 5, "`low` 11 is above `nominal` 10"),
        ("source = \"here\" }\non_chip", "source = \" \" }\non_chip", 5, "`source` is empty"),
        ("high = 1.0,", "high = 1.5,", 7, "`utilisation` is a share, at most 1"),
        ("low = 5.0", "low = 0.0", 5, "`low` must be above zero"),
    ] {
        let path = device(dir.path(), &DEVICE.replacen(from, to, 1));
        let error = baseline::load(path.to_str().unwrap()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("device.toml:{line}:")) && error.contains(message),
            "{error}"
        );
    }
    assert!(!out.exists());
}

/// Here neither feature nor GPU is needed: it says so and goes on.
#[test]
fn without_a_gpu_compare_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = compare_to("digits", &out);
    command.args([
        "--profile",
        "ideal-45nm",
        "--steps",
        "1",
        "--measure-gpu",
        "--gpu-command",
        "true",
    ]);
    let output = command.assert().success().get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    let plain =
        text.contains("No GPU was measured:") && text.contains("GPU figures are published ones");
    assert!(plain || text.contains("GPU of this machine:"), "{text}");
}

#[test]
fn the_published_280_is_reconstructed_by_compare() {
    let readings = published::readings();
    let ratio = |name: &str| readings.iter().find(|reading| reading.name == name).unwrap().ratio();
    assert_eq!(format!("{:.1}", ratio("as printed")), "279.7");
    assert_eq!(format!("{:.0}", ratio("without rounding")), "290");
    assert_eq!(format!("{:.2}", ratio("all operations of all steps")), "0.29");
    assert_eq!(format!("{:.0}", ratio("45 nm fp32, one step, FLOP as MAC")), "727");
    assert_eq!(format!("{:.0}", ratio("45 nm int32, one step, FLOP as MAC")), "4552");
    // The shape gives the row again on the chip of the row.
    let work = tiny_yolo_v2_voc();
    let chip = compare::shape(
        &work,
        &profile::load("truenorth").unwrap(),
        compare::Rate::Published,
        published::STEPS,
    );
    close(chip.operations(), published::all_operations());
    let workload = Workload { name: "tiny-yolo-v2-voc".into(), work: Work { ..work } };
    let rows = compare::rows(
        &workload,
        std::slice::from_ref(&chip),
        &[],
        &[baseline::load("v100").unwrap()],
    );
    let ratio = |scope| find(&rows, &chip.system, Accounting::Paper, scope).ratio.unwrap();
    assert!((ratio("one step") - 290.3).abs() < 0.1 && (ratio("all steps") - 0.2903).abs() < 1e-4);
}

/// What can be made without the trained network is, to the byte.
#[test]
fn compare_regenerates_the_committed_page() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/spiking-yolo-280x");
    let dir = tempfile::tempdir().unwrap();
    for file in ["emulated-trained", "emulated-random-low", "emulated-random-high"] {
        for name in [format!("{file}.csv"), format!("{file}.toml")] {
            fs::copy(committed.join(&name), dir.path().join(&name)).unwrap();
        }
    }
    spikemesh().args(["compare", "--report-280x", "--out"]).arg(dir.path()).assert().success();
    for name in ["README.md", "280x.csv", "280x.svg", "280x.png"] {
        let [fresh, kept] = [dir.path(), &committed].map(|dir| fs::read(dir.join(name)).unwrap());
        assert!(
            fresh == kept,
            "reports/spiking-yolo-280x/{name} is out of date; run `spikemesh compare --report-280x`"
        );
    }
    let page = fs::read_to_string(committed.join("README.md")).unwrap();
    assert!(page.contains("quoted from memory, unverified") && page.contains("**279.7**"));
    assert!(!page.contains("/work") && !page.contains("shared/"));
    // A page of somebody else's stays.
    fs::write(dir.path().join("README.md"), "# Mine\n").unwrap();
    let error = failure(spikemesh().args(["compare", "--report-280x", "--out"]).arg(dir.path()));
    assert!(error.contains("was not written by"), "{error}");
}

/// The committed emulation of the trained network, on one profile.
#[test]
fn compare_emulates_the_trained_network_again() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = root.join("../shared/models/tinier-yolo-voc");
    if !model.exists() {
        println!("skipped: {} is not there", model.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = spikemesh();
    command.arg("compare").arg(model.join("tinier_yolo_relu7.onnx")).arg("--input");
    let input = model.join("reference/000000000285.input_u8_hwc_rgb.npy");
    // The committed emulation was calibrated on its input.
    command.arg(&input).arg("--calibrate").arg(&input).arg("--out").arg(&out);
    command.args(["--profile", "ideal-45nm", "--baseline", "v100", "--timing", "analytic"]);
    command.assert().success();
    let own = |path: &Path| -> Vec<CsvRow> {
        rows(path).into_iter().filter(|row| row["system"] == "ideal-45nm").collect()
    };
    let committed = own(&root.join("reports/spiking-yolo-280x/emulated-trained.csv"));
    assert!(!committed.is_empty());
    assert_eq!(own(&out.join("compare.csv")), committed);
}
