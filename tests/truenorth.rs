//! TrueNorth's neuron: a network of IF from a NIR file and the same neurons from CSV, on one chip.

use crate::nir::writer::Nir;
use crate::runs::rows;
use assert_cmd::Command;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const INPUTS: usize = 4;
/// Units of both layers.
const UNITS: [usize; 2] = [5, 3];
/// Thresholds of both layers.
const THRESHOLDS: [f32; 2] = [2.0, 3.0];
const STEPS: usize = 40;

fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

/// From -1 to 1, so that few weight levels do.
fn weight(layer: usize, to: usize, from: usize) -> i32 {
    [1, 1, -1, 1, 0, 1, 1][(3 * layer + 5 * to + 2 * from + to * from) % 7]
}

fn fires(step: usize, input: usize) -> bool {
    !(step * (input + 3)).is_multiple_of(5)
}

fn nir(path: &Path) {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[INPUTS as i64]);
    let mut before = ("input", INPUTS);
    for (layer, (name, weights)) in [("if1", "fc1"), ("if2", "fc2")].into_iter().enumerate() {
        let (units, sources) = (UNITS[layer], before.1);
        let fc = nir.node(weights, "Linear", &[before.0]);
        let of = |n: usize| weight(layer, n / sources, n % sources) as f32;
        let values: Vec<f32> = (0..units * sources).map(of).collect();
        nir.floats(&format!("{fc}/weight"), &[units as u64, sources as u64], &values);
        let values = [("r", 1.0), ("v_threshold", THRESHOLDS[layer])];
        nir.layer(name, "IF", &[weights], &[units as u64], &values);
        before = (name, units);
    }
    nir.output("output", &["if2"], &[UNITS[1] as i64]);
    fs::write(path, nir.finish()).unwrap();
}

fn csv(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let mut neurons = "id,model,tile,core_in_tile,threshold,reset_mode\n".to_string();
    let (mut synapses, mut inputs) = ("pre,post,weight\n".to_string(), "step,neuron\n".to_string());
    (0..INPUTS).for_each(|id| writeln!(neurons, "{id},input,0,0,,").unwrap());
    let mut first = 0;
    for (layer, units) in UNITS.into_iter().enumerate() {
        let (sources, own) = ([INPUTS, UNITS[0]][layer], [INPUTS, INPUTS + UNITS[0]][layer]);
        for unit in 0..units {
            let (id, tile, threshold) = (own + unit, layer + 1, THRESHOLDS[layer]);
            writeln!(neurons, "{id},truenorth,{tile},0,{threshold},soft").unwrap();
        }
        for (to, from) in (0..sources).flat_map(|from| (0..units).map(move |to| (to, from))) {
            let (pre, post, weight) = (first + from, own + to, weight(layer, to, from));
            writeln!(synapses, "{pre},{post},{weight}").unwrap();
        }
        first = own;
    }
    for step in 0..STEPS {
        let due = (0..INPUTS).filter(|&input| fires(step, input));
        due.for_each(|input| writeln!(inputs, "{},{input}", step + 1).unwrap());
    }
    for (name, text) in [("neurons", neurons), ("synapses", synapses), ("inputs", inputs)] {
        fs::write(folder.join(format!("{name}.csv")), text).unwrap();
    }
}

fn train(path: &Path) {
    let header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({STEPS}, {INPUTS}), }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let padded = format!("{header:<117}\n");
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.bytes());
    bytes.extend((0..STEPS * INPUTS).map(|n| u8::from(fires(n / INPUTS, n % INPUTS))));
    fs::write(path, bytes).unwrap();
}

/// Steps and units of the last layer's spikes, units from 0.
type Spikes = Vec<(usize, usize)>;

fn of_last_layer(
    table: &[crate::runs::Row],
    own: impl Fn(&crate::runs::Row) -> Option<usize>,
) -> Spikes {
    let spike = |row: &crate::runs::Row| Some((row["step"].parse().unwrap(), own(row)?));
    let mut spikes: Spikes = table.iter().filter_map(spike).collect();
    spikes.sort_unstable();
    spikes
}

#[test]
fn if_units_of_nir_are_truenorth_neurons_on_its_chip() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    nir(&path("net.nir"));
    csv(&path("net"));
    train(&path("train.npy"));
    let run = |network: &str, more: &[&str], out: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(path(network)).args(more).args(["--profile", "truenorth"]);
        run.args(["--steps", &STEPS.to_string(), "--record-spikes", "--timing", "analytic"]);
        if network.ends_with(".nir") {
            run.arg("--input").arg(path("train.npy"));
        }
        let done = run.arg("--out").arg(path(out)).assert().success();
        let text = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
        (text, rows(&path(out).join("spikes.csv")))
    };
    let delivered = ["--dt", "1", "--recipe", "delivery=unbalanced"];
    let (text, ours) = run("net.nir", &delivered, "a");
    assert!(!text.contains("idealised"), "natively");
    let manifest = fs::read_to_string(path("a/manifest.toml")).unwrap();
    let note = "units of 2 layers fire at their threshold, too, as TrueNorth's neuron does";
    assert!(manifest.contains(note), "{manifest}");
    let (_, theirs) = run("net", &[], "b");
    let number = |row: &crate::runs::Row| row["neuron"].parse::<usize>().unwrap();
    let ours = of_last_layer(&ours, |row| (row["layer"] == "if2").then(|| number(row)));
    let theirs = of_last_layer(&theirs, |row| number(row).checked_sub(INPUTS + UNITS[0]));
    assert!(theirs.len() > 10, "{theirs:?}");
    assert_eq!(ours, theirs);
    // Elsewhere a unit fires strictly above its threshold, as NIR has it.
    let mut other = spikemesh();
    other.arg("run").arg(path("net.nir")).args(delivered).arg("--input").arg(path("train.npy"));
    other.args(["--steps", &STEPS.to_string(), "--record-spikes", "--timing", "analytic", "--out"]);
    other.arg(path("c")).assert().success();
    let other = rows(&path("c/spikes.csv"));
    let other = of_last_layer(&other, |row| (row["layer"] == "if2").then(|| number(row)));
    assert_ne!(ours, other);
}

/// What decays is none of its neurons.
#[test]
fn leaky_units_of_nir_are_refused_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("lif.nir"), crate::nir::exporters::file("snntorch")).unwrap();
    train(&path("train.npy"));
    let mut run = spikemesh();
    run.arg("run").arg(path("lif.nir")).args(["--dt", "1e-4", "--profile", "truenorth"]);
    run.args(["--recipe", "weights=2", "--timing", "analytic", "--out"]).arg(path("out"));
    let refused = run.arg("--input").arg(path("train.npy")).assert().failure();
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("neuron model lif is not in neuron_models"), "{text}");
    assert!(!path("out").exists());
}
