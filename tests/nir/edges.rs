//! Edges that meet, and edges that are missing.

use super::writer::Nir;
use super::{neuron, read};
use crate::small_detector::{Files, spikemesh};
use spikemesh::spiking::exec;
use std::fs;

const IF: [(&str, f32); 2] = [("r", 1.0), ("v_threshold", 100.0)];

/// Adds an Affine of one weight of 1 and a bias of 1.
fn plus_one(nir: &mut Nir, name: &str, after: &[&str]) {
    let path = nir.node(name, "Affine", after);
    nir.floats(&format!("{path}/weight"), &[1, 1], &[1.0]);
    nir.floats(&format!("{path}/bias"), &[1], &[1.0]);
}

/// A neuron behind an input of one element, through what `between` writes.
fn network(between: impl FnOnce(&mut Nir), last: &str) -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[1]);
    between(&mut nir);
    nir.scalars("n", "IF", &[last], &IF);
    nir.output("output", &["n"], &[1]);
    nir.finish()
}

/// What the notes of a network say.
fn notes(bytes: &[u8]) -> String {
    read(bytes, None).unwrap().notes.join("\n")
}

fn fault(bytes: &[u8]) -> String {
    read(bytes, None).unwrap_err().to_string()
}

#[test]
fn a_bias_is_added_once_however_many_edges_meet() {
    let loops = network(
        |nir| {
            plus_one(nir, "aff", &["input"]);
            nir.edge("n", "aff");
        },
        "aff",
    );
    let diamond = network(
        |nir| {
            nir.scalars("a", "Scale", &["input"], &[("scale", 2.0)]);
            nir.scalars("b", "Scale", &["input"], &[("scale", 3.0)]);
            plus_one(nir, "aff", &["a", "b"]);
        },
        "aff",
    );
    for (bytes, fed, added) in [(loops, 0.0, 1.0), (diamond, 1.0, 6.0)] {
        let graph = read(&bytes, None).unwrap().graph;
        let mut run = exec::Run::new(&graph);
        for step in 1..=3 {
            run.step(|_| vec![fed]);
            assert_eq!(run.potential(graph.outputs[0]), [f64::from(step) * added]);
        }
    }
    // Behind a fork it comes by both ways, as it should.
    let fork = network(
        |nir| {
            plus_one(nir, "aff", &["input"]);
            nir.scalars("a", "Scale", &["aff"], &[("scale", 2.0)]);
            nir.scalars("b", "Scale", &["aff"], &[("scale", 3.0)]);
            nir.scalars("sum", "Scale", &["a", "b"], &[("scale", 1.0)]);
        },
        "sum",
    );
    let graph = read(&fork, None).unwrap().graph;
    let mut run = exec::Run::new(&graph);
    run.step(|_| vec![0.0]);
    assert_eq!(run.potential(graph.outputs[0]), [5.0]);
}

#[test]
fn nodes_that_nothing_leads_to_or_from_are_told() {
    let unfed = |nir: &mut Nir| {
        plus_one(nir, "aff", &["input"]);
        plus_one(nir, "alone", &[]);
        nir.edge("alone", "n");
    };
    let told = fault(&network(unfed, "aff"));
    assert!(told.contains("'alone'") && told.contains("no edge leads into it"), "{told}");
    let mut unread = Nir::new("1.0.8");
    unread.input("input", &[1]);
    unread.scalars("n", "IF", &[], &IF);
    unread.output("output", &["n"], &[1]);
    let told = fault(&unread.finish());
    assert!(told.contains("'input'") && told.contains("goes nowhere"), "{told}");
    let idle = |nir: &mut Nir| {
        plus_one(nir, "aff", &["input"]);
        nir.scalars("dead", "IF", &["aff"], &IF);
        nir.layer("still", "IF", &[], &[2], &IF);
        nir.linear("fc", &["still"], [1, 2]);
        nir.edge("fc", "aff");
    };
    let told = notes(&network(idle, "aff"));
    assert!(told.contains("no edge leads into 'still'"), "{told}");
    assert!(told.contains("no edge leads out of 'dead'"), "{told}");
}

#[test]
fn shapes_that_do_not_add_up_are_refused() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[1, 4, 4]);
    for (name, channels, stride) in [("a", 4, [2, 2]), ("b", 2, [2, 1])] {
        let path = nir.node(name, "Conv2d", &["input"]);
        nir.weights(&format!("{path}/weight"), &[channels, 1, 2, 1]);
        nir.ints(&format!("{path}/stride"), &stride);
        nir.ints(&format!("{path}/padding"), &[0, 0]);
        nir.ints(&format!("{path}/dilation"), &[1, 1]);
        nir.int(&format!("{path}/groups"), 1);
    }
    nir.linear("fc", &["a", "b"], [3, 16]);
    nir.scalars("n", "IF", &["fc"], &IF);
    nir.output("output", &["n"], &[3]);
    let told = fault(&nir.finish());
    for word in ["'fc'", "[4, 2, 2] comes from 'a'", "[2, 2, 4] from 'b'", "do not add up"] {
        assert!(told.contains(word), "{word}: {told}");
    }
}

/// What lies behind a node that cannot be read is not blamed for its shape.
#[test]
fn the_node_at_fault_is_named() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[2, 4, 4]);
    nir.scalars("pool", "MaxPool2d", &["input"], &[]);
    let flat = nir.node("aflat", "Flatten", &["pool"]);
    nir.int(&format!("{flat}/start_dim"), 0);
    nir.int(&format!("{flat}/end_dim"), -1);
    nir.ints(&format!("{flat}/input_type"), &[2, 2, 2]);
    nir.linear("fc", &["aflat"], [3, 8]);
    nir.scalars("n", "IF", &["fc"], &IF);
    nir.output("output", &["n"], &[3]);
    let told = fault(&nir.finish());
    assert!(told.contains("MaxPool2d") && told.contains("'pool'"), "{told}");
}

#[test]
fn what_a_type_has_not_is_told() {
    let bytes = network(
        |nir| {
            nir.linear("fc", &["input"], [1, 1]);
            nir.floats("node/nodes/fc/bias", &[1], &[0.5]);
        },
        "fc",
    );
    let told = notes(&bytes);
    assert!(told.contains("'fc': 'bias' is nothing that Linear has"), "{told}");
}

/// Exporters that mean a weight of 1 by `r = 1/dt`, and those that say neither.
#[test]
fn gains_of_units_without_a_leak() {
    let of = |r: f32, dt: f64| {
        let mut nir = Nir::new("1.0.8");
        nir.input("input", &[1]);
        nir.scalars("n", "IF", &["input"], &[("r", r), ("v_threshold", 1.0)]);
        nir.output("output", &["n"], &[1]);
        let file = read(&nir.finish(), Some(dt)).unwrap();
        (neuron(&file.graph, "n").gain.at(0), file.notes.join("\n"))
    };
    let (gain, told) = of(10_000.0, 1e-4);
    assert!(gain == 1.0 && told.contains("'n': r = 10000 is 1/dt"), "{gain} {told}");
    let (gain, told) = of(1000.0, 1e-4);
    assert!(gain == 1000.0 && told.contains("if r is 1/dt, give --dt 0.001"), "{gain} {told}");
    let (gain, told) = of(1.0, 1e-4);
    assert!(gain == 1.0 && !told.contains("1/dt"), "{gain} {told}");
}

/// Sums of 32 bits do not wrap: 258 inputs of 255 spikes and the largest weights are refused.
#[test]
fn sums_that_would_wrap_are_refused() {
    let files = Files::write();
    let (path, input) = (files.path("n.nir"), files.path("x.npy"));
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[258]);
    let fc = nir.node("fc", "Linear", &["input"]);
    nir.floats(&format!("{fc}/weight"), &[1, 258], &[32767.0; 258]);
    nir.scalars("n", "IF", &["fc"], &IF);
    nir.output("output", &["n"], &[1]);
    fs::write(&path, nir.finish()).unwrap();
    let run = |count: u8| {
        let train = ndarray::Array2::from_elem((2, 258), count);
        ndarray_npy::write_npy(&input, &train).unwrap();
        let mut run = spikemesh();
        run.arg("run").arg(&path).arg("--input").arg(&input).arg("--out").arg(files.path("out"));
        run.args(["--timing", "analytic", "--plots", "none", "--profile", "spinnaker1"]).assert()
    };
    let done = run(255).failure();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    let told: String = told.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the spikes of step 1 may add up to more"), "{told}");
    assert!(!files.path("out").exists());
    run(254).success();
    // The same by two ways, of which one takes a step more.
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[258]);
    nir.scalars("late", "Delay", &["input"], &[("delay", 0.001)]);
    let fc = nir.node("fc", "Linear", &["input", "late"]);
    nir.floats(&format!("{fc}/weight"), &[1, 258], &[32767.0; 258]);
    nir.scalars("n", "IF", &["fc"], &IF);
    nir.output("output", &["n"], &[1]);
    fs::write(&path, nir.finish()).unwrap();
    fs::remove_dir_all(files.path("out")).unwrap();
    let done = run(200).failure();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    let told: String = told.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the spikes of step 2 may add up to more"), "{told}");
    run(100).success();
}
