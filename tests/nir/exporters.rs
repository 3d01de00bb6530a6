//! Files as each exporter writes them. All but two are written by these tests, by
//! `cargo test --test tests -- --ignored nir::exporters::write`; h5py wrote the two that our writer
//! cannot, `lzf.nir` and `cyclic.nir`.

use std::path::{Path, PathBuf};

use spikemesh::ann::Shape;
use spikemesh::import::nir::{File, NodeReport, Verdict};
use spikemesh::spiking::{MapKind, Reset, Values};

use super::writer::Nir;
use super::{names, neuron, projections, read};

const LIF: [(&str, f32); 4] = [("r", 1.0), ("v_leak", 0.0), ("v_threshold", 1.0), ("v_reset", 0.0)];

/// Numbers for one parameter beside others.
fn with<'a>(tau: f32, others: &[(&'a str, f32)]) -> Vec<(&'a str, f32)> {
    [("tau", tau)].into_iter().chain(others.iter().copied()).collect()
}

/// A step of 1e-4 s, `tau` of two steps, sizes as scalars, names from `torch.fx`.
fn spikingjelly() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input_1", &[2, 8, 8]);
    let conv = nir.conv2d("_0", &["input_1"], [4, 2, 3, 3]);
    nir.int(&format!("{conv}/groups"), 1);
    nir.ints(&format!("{conv}/input_shape"), &[8, 8]);
    nir.layer("_1", "LIF", &["_0"], &[4, 8, 8], &with(2e-4, &LIF));
    let pool = nir.node("_2", "AvgPool2d", &["_1"]);
    for (name, value) in [("kernel_size", 2), ("stride", 2), ("padding", 0)] {
        nir.int(&format!("{pool}/{name}"), value);
    }
    flatten(&mut nir, "_3", &["_2"], &[4, 4, 4]);
    nir.linear("_4", &["_3"], [10, 64]);
    nir.layer("_5", "LIF", &["_4"], &[10], &with(2e-4, &LIF));
    nir.output("output", &["_5"], &[10]);
    nir.finish()
}

fn flatten(nir: &mut Nir, name: &str, after: &[&str], from: &[i64]) {
    let path = nir.node(name, "Flatten", after);
    nir.int(&format!("{path}/start_dim"), 0);
    nir.int(&format!("{path}/end_dim"), -1);
    nir.ints(&format!("{path}/input_type"), from);
}

/// `beta` of 0.9: `tau` 1e-3 and `r` 10 at a step of 1e-4 s; no `v_reset`.
fn snntorch() -> Vec<u8> {
    let mut nir = Nir::new("1.0.4");
    nir.input("input", &[4]);
    let lif = with(1e-3, &[("r", 10.0), ("v_leak", 0.0), ("v_threshold", 1.0)]);
    nir.affine("fc1", &["input"], [3, 4]);
    nir.layer("lif1", "LIF", &["fc1"], &[3], &lif);
    nir.affine("fc2", &["lif1"], [2, 3]);
    nir.layer("lif2", "LIF", &["fc2"], &[2], &lif);
    nir.output("output", &["lif2"], &[2]);
    nir.finish()
}

/// `IF` with a threshold by element, and an old version.
fn sinabs() -> Vec<u8> {
    let mut nir = Nir::new("0.2.0");
    nir.input("input", &[2, 6, 6]);
    let conv = nir.conv2d("0", &["input"], [4, 2, 3, 3]);
    nir.int(&format!("{conv}/groups"), 1);
    nir.ints(&format!("{conv}/input_shape"), &[6, 6]);
    let path = nir.node("1", "IF", &["0"]);
    nir.floats(&format!("{path}/r"), &[4, 6, 6], &[1.0; 144]);
    let thresholds: Vec<f32> = (0..144).map(|n| 1.0 + n as f32 / 256.0).collect();
    nir.floats(&format!("{path}/v_threshold"), &[4, 6, 6], &thresholds);
    let pool = nir.node("2", "SumPool2d", &["1"]);
    for (name, value) in [("kernel_size", 2), ("stride", 2), ("padding", 0)] {
        nir.ints(&format!("{pool}/{name}"), &[value, value]);
    }
    flatten(&mut nir, "3", &["2"], &[4, 3, 3]);
    nir.affine("4", &["3"], [5, 36]);
    nir.layer("5", "IF", &["4"], &[5], &[("r", 1.0), ("v_threshold", 1.0)]);
    nir.output("output", &["5"], &[5]);
    nir.finish()
}

/// Scalars, nothing packed, and `tau` wrong: 1e-5 s.
fn norse() -> Vec<u8> {
    let mut nir = Nir::new("1.0.4").plain();
    nir.input("input", &[4]);
    nir.affine("0", &["input"], [3, 4]);
    nir.scalars("1", "LIF", &["0"], &with(1e-5, &LIF));
    nir.affine("2", &["1"], [2, 3]);
    nir.scalars("3", "LIF", &["2"], &with(1e-5, &LIF));
    nir.output("output", &["3"], &[2]);
    nir.finish()
}

/// Batch and time in shapes, vectors.
fn rockpool() -> Vec<u8> {
    let mut nir = Nir::new("1.0.4");
    nir.input("input", &[1, 10, 16]);
    nir.linear("0_LinearTorch", &["input"], [8, 16]);
    let values = [
        ("tau_syn", 2e-2),
        ("tau_mem", 2e-2),
        ("r", 1.0),
        ("v_leak", 0.0),
        ("v_threshold", 1.0),
        ("w_in", 1.0),
    ];
    nir.layer("1_LIFTorch", "CubaLIF", &["0_LinearTorch"], &[8], &values);
    nir.output("output", &["1_LIFTorch"], &[1, 10, 8]);
    nir.finish()
}

/// A graph in the graph, a loop with a delay, a delay, and a map before the output.
fn nested() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.floats("node/metadata/dt", &[], &[1e-3]);
    nir.text("node/metadata/reset", "subtract");
    nir.input("input", &[4]);
    nir.enter("block", &["input"]);
    nir.input("in", &[4]);
    nir.affine("fc", &["in"], [3, 4]);
    nir.layer("lif", "LIF", &["fc", "back"], &[3], &with(0.01, &LIF));
    nir.int("node/nodes/block/nodes/lif/metadata/refractory", 2);
    nir.linear("back", &["lif"], [3, 3]);
    nir.output("out", &["lif"], &[3]);
    nir.leave();
    nir.layer("wait", "Delay", &["block"], &[3], &[("delay", 3e-3)]);
    nir.affine("read", &["wait"], [2, 3]);
    nir.output("output", &["read"], &[2]);
    nir.finish()
}

/// One layer whose `tau` is this, with this step in the metadata of neurons, if any.
fn layer(tau: f32, steps: &[f32]) -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[4]);
    nir.layer("a", "LIF", &["input"], &[4], &with(tau, &LIF));
    nir.layer("b", "LIF", &["a"], &[4], &with(tau, &LIF));
    nir.output("output", &["b"], &[4]);
    for (name, dt) in ["a", "b"].into_iter().zip(steps) {
        nir.floats(&format!("node/nodes/{name}/metadata/dt"), &[], &[*dt]);
    }
    nir.finish()
}

/// `tau` in steps, as Sinabs has it.
pub fn in_steps() -> Vec<u8> {
    layer(20.0, &[])
}

/// Layers that have different steps.
pub fn of_two_steps() -> Vec<u8> {
    layer(0.01, &[1e-3, 2e-3])
}

/// A unit whose `r` is `1 / dt` of another step than the usual.
pub fn of_rate() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[4]);
    nir.layer("if", "IF", &["input"], &[4], &[("r", 1e4), ("v_threshold", 1.0)]);
    nir.output("output", &["if"], &[4]);
    nir.finish()
}

/// Weights of one size from so many inputs that sums of 32 bits may not hold them.
pub fn of_many() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[258]);
    let fc = nir.node("fc", "Linear", &["input"]);
    nir.floats(&format!("{fc}/weight"), &[1, 258], &[0.3; 258]);
    nir.scalars("if", "IF", &["fc"], &[("r", 1.0), ("v_threshold", 1.0)]);
    nir.output("output", &["if"], &[1]);
    nir.finish()
}

/// A camera of 40 x 40 pixels, all on one neuron.
pub fn of_camera() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[1, 40, 40]);
    let flat = nir.node("flat", "Flatten", &["input"]);
    nir.int(&format!("{flat}/start_dim"), 0);
    nir.int(&format!("{flat}/end_dim"), -1);
    nir.ints(&format!("{flat}/input_type"), &[1, 40, 40]);
    let fc = nir.node("fc", "Linear", &["flat"]);
    nir.floats(&format!("{fc}/weight"), &[1, 1600], &[0.3; 1600]);
    nir.scalars("if", "IF", &["fc"], &[("r", 1.0), ("v_threshold", 1.0)]);
    nir.output("output", &["if"], &[1]);
    nir.finish()
}

/// Name, step and bytes of each.
pub fn all() -> Vec<(&'static str, Option<f64>, Vec<u8>)> {
    vec![
        ("spikingjelly", Some(1e-4), spikingjelly()),
        ("snntorch", Some(1e-4), snntorch()),
        ("sinabs", None, sinabs()),
        ("norse", Some(1e-6), norse()),
        ("rockpool", None, rockpool()),
        ("nested", None, nested()),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nir/files")
}

/// A file of the repository.
pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.nir"))).unwrap()
}

#[test]
#[ignore = "writes the files of the repository"]
fn write() {
    for (name, _, bytes) in all() {
        std::fs::write(folder().join(format!("{name}.nir")), bytes).unwrap();
    }
}

/// What is committed is what the helper writes, and small.
#[test]
fn files_are_those_of_the_helper() {
    for (name, _, bytes) in all() {
        assert!(file(name) == bytes, "{name}");
        assert!(bytes.len() < 20_000, "{name}: {}", bytes.len());
    }
}

#[test]
fn spikingjelly_is_read() {
    let file = read(&file("spikingjelly"), Some(1e-4)).unwrap();
    let graph = &file.graph;
    assert_eq!(names(graph), ["input_1", "_1", "_5"]);
    assert_eq!(
        projections(graph),
        [("input_1", "_1", vec!["_0"], 0), ("_1", "_5", vec!["_2", "_3", "_4"], 0)]
    );
    let lif = neuron(graph, "_1");
    let near = |values: &Values, wanted: f64| (values.single().unwrap() - wanted).abs() < 1e-6;
    assert!(near(&lif.keep, 0.5) && near(&lif.gain, 0.5) && near(&lif.leak, 0.0), "{lif:?}");
    assert_eq!(lif.fires.as_ref().unwrap().reset, Reset::To(Values::all(0.0)));
    assert_eq!(graph.populations[1].shape, Shape::new(4, 8, 8));
    assert_eq!((graph.outputs.as_slice(), graph.delayed, graph.dt), (&[2][..], false, 1e-4));
    let kinds = |n: usize| &graph.projections[1].maps[n].kind;
    let MapKind::Pool(pool) = kinds(0) else { panic!("{:?}", kinds(0)) };
    assert!(pool.mean && pool.kernel == [2, 2] && pool.stride == [2, 2]);
    assert_eq!(kinds(1), &MapKind::Reshape);
    let approximate = |node: &&NodeReport| matches!(node.verdict, Verdict::Approximate(_));
    assert_eq!(file.nodes.iter().filter(approximate).count(), 2);
    assert_eq!(file.nodes.len(), 8);
}

#[test]
fn snntorch_is_read() {
    let graph = read(&file("snntorch"), Some(1e-4)).unwrap().graph;
    assert_eq!(names(&graph), ["input", "lif1", "lif2"]);
    let lif = neuron(&graph, "lif1");
    let [keep, gain] = [&lif.keep, &lif.gain].map(|values| values.single().unwrap());
    assert!((keep - 0.9).abs() < 1e-6 && (gain - 1.0).abs() < 1e-6, "{keep} {gain}");
    assert_eq!(lif.fires.as_ref().unwrap().reset, Reset::To(Values::all(0.0)));
}

#[test]
fn sinabs_is_read() {
    let File { graph, notes, .. } = read(&file("sinabs"), None).unwrap();
    assert_eq!(names(&graph), ["input", "1", "5"]);
    let fires = neuron(&graph, "1").fires.as_ref().unwrap();
    assert_eq!(fires.reset, Reset::Subtract);
    assert_eq!((fires.threshold.0.len(), fires.threshold.at(64)), (144, 1.25));
    assert!(notes.iter().any(|note| note.contains("subtracts") && note.contains("'1', '5'")));
    assert!(notes.iter().any(|note| note.contains("0.001 s") && note.contains("--dt")));
}

#[test]
fn the_fault_of_norse_is_named() {
    let told = read(&file("norse"), None).unwrap_err().to_string();
    for word in ["LIF", "'1'", "tau of 0.00001 s", "dt = 0.001 s", "--dt"] {
        assert!(told.contains(word), "{told}");
    }
    let graph = read(&file("norse"), Some(1e-6)).unwrap().graph;
    assert_eq!(names(&graph), ["input", "1", "3"]);
    assert!((neuron(&graph, "3").keep.single().unwrap() - 0.9).abs() < 1e-6);
    assert_eq!(graph.populations[1].shape.len(), 3);
}

#[test]
fn batch_and_time_of_rockpool_are_left_out() {
    let File { graph, notes, .. } = read(&file("rockpool"), None).unwrap();
    assert_eq!(names(&graph), ["input", "1_LIFTorch"]);
    assert_eq!(graph.populations[0].shape, Shape::new(16, 1, 1));
    assert!(notes.iter().any(|note| note.contains("[1, 10, 16]") && note.contains("[16]")));
    let cuba = neuron(&graph, "1_LIFTorch");
    let current = cuba.current.as_ref().unwrap();
    let near = |values: &Values, wanted: f64| (values.single().unwrap() - wanted).abs() < 1e-6;
    assert!(near(&current.keep, 0.95) && near(&current.gain, 0.05));
    assert!(near(&cuba.keep, 0.95) && near(&cuba.gain, 0.05));
}

#[test]
fn nested_graphs_are_put_in_place() {
    let File { graph, nodes, .. } = read(&file("nested"), None).unwrap();
    assert_eq!(names(&graph), ["input", "block.lif", "read"]);
    assert_eq!(
        projections(&graph),
        [
            ("input", "block.lif", vec!["block.fc"], 0),
            ("block.lif", "block.lif", vec!["block.back"], 1),
            ("block.lif", "read", vec!["read"], 3),
        ]
    );
    let lif = neuron(&graph, "block.lif");
    assert_eq!((lif.refractory, &lif.fires.as_ref().unwrap().reset), (2, &Reset::Subtract));
    let readout = neuron(&graph, "read");
    assert_eq!((readout.kind.as_str(), readout.fires.is_none()), ("readout", true));
    assert!(graph.delayed && graph.outputs == [2] && (graph.dt - 1e-3).abs() < 1e-9);
    assert!(nodes.iter().any(|node| node.name == "block.in" && node.kind == "Input"));
}
