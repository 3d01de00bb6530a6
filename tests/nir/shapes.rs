//! Shapes along the edges, and what files leave out.

use spikemesh::ann::Shape;
use spikemesh::import::nir::ResetChoice;
use spikemesh::import::{Options, nir};
use spikemesh::spiking::{Graph, MapKind, Reset, Unit, Values, exec};

use super::writer::Nir;
use super::{names, neuron, projections, read};

const IF: [(&str, f32); 3] = [("r", 1.0), ("v_threshold", 1.0), ("v_reset", 0.0)];

fn graph(nir: Nir) -> Graph {
    read(&nir.finish(), None).unwrap().graph
}

/// What the first output gives in the first step for this input.
fn first(graph: &Graph, input: &[f64]) -> Vec<f64> {
    let mut run = exec::Run::new(graph);
    run.step(|_| input.to_vec());
    run.sent(graph.outputs[0]).to_vec()
}

#[test]
fn a_convolution_along_a_line() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[2, 5]);
    let path = nir.node("conv", "Conv1d", &["input"]);
    // Of 4 taps with `same` one lies before, two behind: PyTorch's halves of 3.
    let weights: Vec<f32> = [1.0, 10.0, 100.0, 1000.0, 0.0, 0.0, 0.0, 0.5].into();
    nir.floats(&format!("{path}/weight"), &[1, 2, 4], &weights);
    nir.text(&format!("{path}/padding"), "same");
    nir.output("output", &["conv"], &[1, 5]);
    let graph = graph(nir);
    assert_eq!(graph.populations[0].shape, Shape::new(2, 1, 5));
    assert_eq!(graph.populations[1].shape, Shape::new(1, 1, 5));
    let line = [1.0, 2.0, 3.0, 4.0, 5.0];
    let at = |n: usize| {
        let tap = |k: usize| (n + k).checked_sub(1).and_then(|at| line.get(at)).unwrap_or(&0.0);
        tap(0) + 10.0 * tap(1) + 100.0 * tap(2) + 1000.0 * tap(3) + 0.5 * tap(3)
    };
    let wanted: Vec<f64> = (0..5).map(at).collect();
    assert_eq!(first(&graph, &[line, line].concat()), wanted);
}

/// Groups, dilation, a stride that is no square, no `input_shape`: what Python cannot read back.
#[test]
fn a_convolution_by_groups() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[4, 9, 8]);
    let path = nir.node("conv", "Conv2d", &["input"]);
    nir.weights(&format!("{path}/weight"), &[8, 1, 3, 2]);
    nir.int(&format!("{path}/groups"), 4);
    nir.ints(&format!("{path}/stride"), &[2, 1]);
    nir.int(&format!("{path}/dilation"), 2);
    nir.ints(&format!("{path}/padding"), &[1, 0]);
    nir.scalars("if", "IF", &["conv"], &IF);
    nir.output("output", &["if"], &[8, 4, 6]);
    let graph = graph(nir);
    assert_eq!(graph.populations[1].shape, Shape::new(8, 4, 6));
    let MapKind::Conv(conv) = &graph.projections[0].maps[0].kind else { panic!() };
    assert_eq!((conv.groups, conv.stride, conv.dilation, conv.pad), (4, [2, 1], [2, 2], [1, 0]));
}

/// Ends that are missing are where edges begin and end; nodes stand in any order.
#[test]
fn ends_are_found() {
    let mut nir = Nir::new("1.0.8");
    nir.scalars("a_last", "IF", &["z_map"], &IF);
    nir.linear("z_map", &[], [3, 4]);
    let file = read(&nir.finish(), None).unwrap();
    assert_eq!(names(&file.graph), ["input", "a_last"]);
    assert_eq!(file.graph.populations[0].shape, Shape::new(4, 1, 1));
    assert_eq!(file.graph.outputs, [1]);
    assert_eq!(file.nodes.len(), 2);
    assert!(file.notes.iter().any(|note| note.contains("no node of type Input")));
}

/// Several edges into a node add up, by paths through a diamond of maps, too.
#[test]
fn edges_add_up() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[2]);
    nir.scalars("twice", "Scale", &["input"], &[("scale", 2.0)]);
    nir.scalars("thrice", "Scale", &["input"], &[("scale", 3.0)]);
    nir.scalars("all", "Scale", &["twice", "thrice", "input"], &[("scale", 10.0)]);
    nir.output("output", &["all"], &[2]);
    let graph = graph(nir);
    assert_eq!(graph.projections.len(), 3);
    assert_eq!(first(&graph, &[1.0, -2.0]), [60.0, -120.0]);
}

/// One number for all, one by channel, one by element; ones before a shape say nothing.
#[test]
fn parameters_are_spread() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[1, 2, 1, 3]);
    let path = nir.node("if", "IF", &["input"]);
    nir.floats(&format!("{path}/r"), &[1], &[0.5]);
    nir.floats(&format!("{path}/v_threshold"), &[1, 2, 1, 1], &[1.0, 2.0]);
    nir.floats(&format!("{path}/v_reset"), &[2, 1, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    nir.output("output", &["if"], &[1, 6]);
    let graph = graph(nir);
    let neuron = neuron(&graph, "if");
    let fires = neuron.fires.as_ref().unwrap();
    assert_eq!(neuron.gain, Values::all(0.5));
    assert_eq!(fires.threshold, Values(vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0]));
    assert_eq!(fires.reset, Reset::To(Values(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])));
}

/// What sums up, what fires at once, and how resets are chosen.
#[test]
fn every_kind_of_neuron() {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[2]);
    nir.scalars("if", "IF", &["input"], &IF);
    nir.scalars("half", "IF", &["if"], &[("r", 0.5), ("v_threshold", 1.0)]);
    nir.scalars("i", "I", &["half"], &[("r", 3.0)]);
    nir.scalars("at", "Threshold", &["half"], &[("threshold", 0.5)]);
    let li = [("tau", 0.01), ("r", 2.0), ("v_leak", 1.0)];
    nir.scalars("li", "LI", &["at"], &li);
    let cuba = [("tau_mem", 0.01), ("tau_syn", 0.02), ("r", 2.0), ("v_leak", 0.0)];
    nir.scalars("cuba", "CubaLI", &["at"], &cuba);
    nir.output("output", &["i", "li", "cuba"], &[2]);
    let bytes = nir.finish();
    let file = read(&bytes, None).unwrap();
    let of = |name: &str| neuron(&file.graph, name);
    let reset = |name: &str| of(name).fires.as_ref().map(|fires| fires.reset.clone());
    assert_eq!(reset("if"), Some(Reset::Subtract));
    assert_eq!(reset("half"), Some(Reset::To(Values::all(0.0))));
    assert_eq!([reset("i"), reset("li"), reset("cuba")], [None, None, None]);
    assert_eq!((of("i").gain.at(0), of("i").keep.at(0)), (3.0, 1.0));
    assert_eq!((of("at").keep.at(0), of("at").gain.at(0)), (0.0, 1.0));
    let near = |value: f64, wanted: f64| assert!((value - wanted).abs() < 1e-6, "{value} {wanted}");
    let li = of("li");
    for (values, wanted) in [(&li.keep, 0.9), (&li.gain, 0.2), (&li.leak, 0.1)] {
        near(values.at(0), wanted);
    }
    let current = of("cuba").current.as_ref().unwrap();
    near(current.keep.at(0), 0.95);
    near(current.gain.at(0), 0.05);
    assert_eq!(file.graph.outputs.len(), 3);
    for (choice, wanted) in
        [(ResetChoice::Zero, Reset::To(Values::all(0.0))), (ResetChoice::Subtract, Reset::Subtract)]
    {
        let options = Options { reset: Some(choice), ..Options::default() };
        let graph = nir::read("model.nir".as_ref(), &bytes, &options).unwrap().graph;
        let resets = graph.populations.iter().filter_map(|p| match &p.unit {
            Unit::Neuron(n) if n.kind == "IF" => n.fires.as_ref().map(|fires| fires.reset.clone()),
            _ => None,
        });
        assert!(resets.into_iter().all(|reset| reset == wanted), "{choice:?}");
    }
}

/// A loop of several layers takes a step by projection; what leads in and out takes none.
#[test]
fn loops_take_steps() {
    let mut nir = Nir::new("1.0.8");
    nir.input("in", &[3]);
    nir.linear("w1", &["in", "slow"], [3, 3]);
    nir.scalars("b", "IF", &["w1"], &IF);
    nir.linear("w2", &["b"], [3, 3]);
    nir.scalars("a", "IF", &["w2"], &IF);
    nir.scalars("slow", "Delay", &["a"], &[("delay", 5e-3)]);
    nir.scalars("c", "IF", &["a"], &IF);
    nir.output("out", &["c"], &[3]);
    let graph = graph(nir);
    assert_eq!(names(&graph), ["in", "a", "b", "c"]);
    let mut all = projections(&graph);
    all.sort();
    assert_eq!(
        all,
        [
            ("a", "b", vec!["slow", "w1"][1..].to_vec(), 5),
            ("a", "c", vec![], 0),
            ("b", "a", vec!["w2"], 1),
            ("in", "b", vec!["w1"], 0),
        ]
    );
    assert!(graph.delayed);
}

/// Chains of ten thousand nodes are read at once.
#[test]
fn long_chains_take_no_time() {
    for kind in ["IF", "Scale"] {
        let mut nir = Nir::new("1.0.8").plain();
        nir.input("0", &[1]);
        let name = |n: usize| n.to_string();
        for n in 1..10_000 {
            let values: &[(&str, f32)] = if kind == "IF" { &IF[..2] } else { &[("scale", 1.0)] };
            nir.scalars(&name(n), kind, &[&name(n - 1)], values);
        }
        nir.output("out", &["9999"], &[1]);
        let bytes = nir.finish();
        let start = std::time::Instant::now();
        let graph = read(&bytes, None).unwrap().graph;
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 3.0, "{kind}: {seconds} s");
        assert_eq!(graph.populations.len(), if kind == "IF" { 10_000 } else { 2 });
    }
}
