//! Functions that files spell out in several nodes.

use super::{Case, Expected};
use crate::onnx::small::{Net, float};
use spikemesh::ann::{Graph, Op, exec};
use spikemesh::import::onnx;

/// The nodes `(operator, inputs, output)`, with constants `k<number>` where inputs name them.
pub fn net(nodes: &[(&str, &[&str], &str)]) -> Net {
    let mut net = Net::new(&[1, 3, 4, 5]);
    net.opset = 18;
    let mut known: Vec<String> = vec![];
    for (op, inputs, output) in nodes {
        for input in *inputs {
            let Some(number) = input.strip_prefix('k') else { continue };
            if !known.iter().any(|k| k == input) {
                known.push((*input).to_owned());
                net = net.given(input, &[], &[number.parse().unwrap()]);
            }
        }
        net = net.node(op, inputs, output, vec![]);
    }
    net
}

/// Operators of a network behind its input.
fn operators(net: &Net) -> Vec<String> {
    let graph = onnx::parse("small.onnx".as_ref(), &net.bytes()).unwrap();
    graph.nodes[1..].iter().map(|node| node.op.name().to_owned()).collect()
}

type Nodes = &'static [(&'static str, &'static [&'static str], &'static str)];

const SILU: Nodes = &[("Sigmoid", &["x"], "s"), ("Mul", &["x", "s"], "y")];
const KNOWN: &[(&str, &str, Nodes)] = &[
    ("SiLU", "Silu", SILU),
    ("SiLU, turned", "Silu", &[("Sigmoid", &["x"], "s"), ("Mul", &["s", "x"], "y")]),
    (
        "quick GELU",
        "Silu",
        &[("Mul", &["x", "k1.702"], "a"), ("Sigmoid", &["a"], "s"), ("Mul", &["x", "s"], "y")],
    ),
    (
        "SiLU by a quotient",
        "Silu",
        &[
            ("Neg", &["x"], "n"),
            ("Exp", &["n"], "e"),
            ("Add", &["e", "k1"], "d"),
            ("Div", &["x", "d"], "y"),
        ],
    ),
    (
        "logistic function by hand",
        "Sigmoid",
        &[
            ("Neg", &["x"], "n"),
            ("Exp", &["n"], "e"),
            ("Add", &["k1", "e"], "d"),
            ("Div", &["k1", "d"], "y"),
        ],
    ),
    (
        "HardSwish",
        "HardSwish",
        &[
            ("Mul", &["x", "k0.16666667"], "a"),
            ("Add", &["a", "k0.5"], "b"),
            ("Clip", &["b", "k0", "k1"], "c"),
            ("Mul", &["x", "c"], "y"),
        ],
    ),
    (
        "HardSwish, divided last",
        "HardSwish",
        &[
            ("Add", &["x", "k3"], "a"),
            ("Clip", &["a", "k0", "k6"], "c"),
            ("Mul", &["x", "c"], "m"),
            ("Div", &["m", "k6"], "y"),
        ],
    ),
    (
        "HardSwish, divided first",
        "HardSwish",
        &[
            ("Add", &["x", "k3"], "a"),
            ("Clip", &["a", "k0", "k6"], "c"),
            ("Div", &["c", "k6"], "d"),
            ("Mul", &["x", "d"], "y"),
        ],
    ),
    (
        "Mish",
        "Mish",
        &[("Softplus", &["x"], "p"), ("Tanh", &["p"], "t"), ("Mul", &["x", "t"], "y")],
    ),
    (
        "Mish by hand",
        "Mish",
        &[
            ("Exp", &["x"], "e"),
            ("Add", &["e", "k1"], "o"),
            ("Log", &["o"], "l"),
            ("Tanh", &["l"], "t"),
            ("Mul", &["x", "t"], "y"),
        ],
    ),
    (
        "Softplus by hand",
        "Softplus",
        &[("Exp", &["x"], "e"), ("Add", &["e", "k1"], "o"), ("Log", &["o"], "y")],
    ),
    (
        "GELU, halved last",
        "Gelu",
        &[
            ("Div", &["x", "k1.4142135"], "d"),
            ("Erf", &["d"], "e"),
            ("Add", &["e", "k1"], "o"),
            ("Mul", &["x", "o"], "m"),
            ("Mul", &["m", "k0.5"], "y"),
        ],
    ),
    (
        "GELU, halved first",
        "Gelu",
        &[
            ("Div", &["x", "k1.4142135"], "d"),
            ("Erf", &["d"], "e"),
            ("Add", &["e", "k1"], "o"),
            ("Mul", &["x", "k0.5"], "h"),
            ("Mul", &["h", "o"], "y"),
        ],
    ),
    (
        "GELU by a tangent",
        "Gelu",
        &[
            ("Pow", &["x", "k3"], "p"),
            ("Mul", &["p", "k0.044715"], "q"),
            ("Add", &["x", "q"], "r"),
            ("Mul", &["r", "k0.7978846"], "s"),
            ("Tanh", &["s"], "t"),
            ("Add", &["t", "k1"], "o"),
            ("Mul", &["x", "k0.5"], "h"),
            ("Mul", &["h", "o"], "y"),
        ],
    ),
    (
        "GELU by a tangent of products",
        "Gelu",
        &[
            ("Mul", &["x", "x"], "a"),
            ("Mul", &["a", "x"], "p"),
            ("Mul", &["p", "k0.044715"], "q"),
            ("Add", &["x", "q"], "r"),
            ("Mul", &["r", "k0.7978846"], "s"),
            ("Tanh", &["s"], "t"),
            ("Add", &["t", "k1"], "o"),
            ("Mul", &["x", "o"], "m"),
            ("Mul", &["m", "k0.5"], "y"),
        ],
    ),
    (
        "leaky ReLU of two ReLUs",
        "LeakyRelu",
        &[
            ("Relu", &["x"], "a"),
            ("Neg", &["x"], "n"),
            ("Relu", &["n"], "b"),
            ("Mul", &["b", "k0.2"], "c"),
            ("Sub", &["a", "c"], "y"),
        ],
    ),
    (
        "ReLU by the magnitude",
        "LeakyRelu",
        &[
            ("Abs", &["x"], "a"),
            ("Mul", &["x", "k0.5"], "b"),
            ("Mul", &["a", "k0.75"], "c"),
            ("Sub", &["c", "b"], "d"),
            ("Mul", &["x", "k1"], "e"),
            ("Sub", &["d", "e"], "f"),
            ("Mul", &["x", "k1.75"], "g"),
            ("Add", &["f", "g"], "y"),
        ],
    ),
];

pub fn cases() -> Vec<Case> {
    let known = KNOWN
        .iter()
        .map(|(name, _, nodes)| Case::new(format!("fused: {name}"), net(nodes), Expected::Other));
    known
        .chain(
            OTHERS.iter().map(|(name, nodes)| {
                Case::new(format!("fused: {name}"), net(nodes), Expected::Other)
            }),
        )
        .collect()
}

/// Functions without a name.
const OTHERS: &[(&str, Nodes)] = &[
    ("a square", &[("Mul", &["x", "x"], "y")]),
    ("a difference from its own logistic", &[("Sigmoid", &["x"], "s"), ("Sub", &["x", "s"], "y")]),
    ("a tangent of a logistic", &[("Sigmoid", &["x"], "s"), ("Tanh", &["s"], "y")]),
    (
        "a clipped SiLU",
        &[
            ("Sigmoid", &["x"], "s"),
            ("Mul", &["x", "s"], "m"),
            ("Clip", &["m", "k-0.2", "k2"], "y"),
        ],
    ),
    ("a quotient", &[("Abs", &["x"], "a"), ("Add", &["a", "k1"], "b"), ("Div", &["x", "b"], "y")]),
];

#[test]
fn known_functions_become_one_node() {
    for (name, op, nodes) in KNOWN {
        assert_eq!(operators(&net(nodes)), [*op], "{name}");
    }
    for (name, nodes) in OTHERS {
        assert_eq!(operators(&net(nodes)), ["Composite"], "{name}");
    }
    let quick = onnx::parse("a.onnx".as_ref(), &net(KNOWN[2].2).bytes()).unwrap();
    assert!(matches!(&quick.nodes[1].op, Op::Silu(silu) if (silu.alpha - 1.702).abs() < 1e-4));
}

#[test]
fn other_networks_keep_their_nodes() {
    let kept: &[(&[&str], Nodes)] = &[
        (&["Relu", "Clip"], &[("Relu", &["x"], "a"), ("Clip", &["a", "k0", "k6"], "y")]),
        (
            &["Affine", "Round", "Clip"],
            &[
                ("Mul", &["x", "k7"], "a"),
                ("Round", &["a"], "b"),
                ("Clip", &["b", "k0", "k7"], "y"),
            ],
        ),
        (&["Relu", "Add"], &[("Relu", &["x"], "a"), ("Add", &["a", "x"], "y")]),
        (
            &["Affine", "Sigmoid", "Affine"],
            &[("Mul", &["x", "k2"], "a"), ("Sigmoid", &["a"], "s"), ("Mul", &["s", "k2"], "y")],
        ),
    ];
    for (names, nodes) in kept {
        assert_eq!(operators(&net(nodes)), *names);
    }
}

#[test]
fn what_others_read_stays() {
    let mut both = net(SILU);
    both.graph.output.push(both.graph.output[0].clone());
    both.graph.output[1].name = "s".into();
    assert_eq!(operators(&both), ["Sigmoid", "Silu"]);
    let graph = onnx::parse("a.onnx".as_ref(), &both.bytes()).unwrap();
    let heads: Vec<&str> = graph.heads.iter().map(|h| graph.nodes[h.node].op.name()).collect();
    assert_eq!(heads, ["Silu", "Sigmoid"]);

    // A factor by channel is no part of the function.
    let net = Net::new(&[1, 3, 4, 5]).given("k", &[3, 1, 1], &[1.0, 2.0, 3.0]);
    let net = net.node("Mul", &["x", "k"], "a", vec![]).node("Sigmoid", &["a"], "s", vec![]);
    let net = net.node("Mul", &["a", "s"], "y", vec![]);
    assert_eq!(operators(&net), ["Affine", "Silu"]);

    // Nor is one before it, which the layer before takes in.
    let net = Net::new(&[1, 3, 4, 5]).given("k", &[], &[2.0]);
    let net = net.node("Mul", &["x", "k"], "a", vec![]).node(
        "Elu",
        &["a"],
        "s",
        vec![float("alpha", 0.5)],
    );
    let net = net.node("Mul", &["a", "s"], "y", vec![]);
    assert_eq!(operators(&net), ["Affine", "Composite"]);
}

/// The float values of a composite are those of its nodes, to the last bit.
#[test]
fn composites_compute_what_their_nodes_did() {
    let apart = net(&[("Sigmoid", &["x"], "s"), ("Sub", &["x", "s"], "m"), ("Tanh", &["m"], "y")]);
    let run = |graph: &Graph, head: usize| {
        let input = super::spread(60);
        exec::run(graph, &input).unwrap().swap_remove(graph.heads[head].node)
    };
    let whole = onnx::parse("a.onnx".as_ref(), &apart.bytes()).unwrap();
    assert_eq!(whole.nodes.len(), 2);
    let x = super::spread(60);
    let sigmoid = Op::from_darknet("logistic").unwrap();
    let tanh = Op::from_darknet("tanh").unwrap();
    let expected = |x: f32| tanh.function(x - sigmoid.function(x)?);
    for (y, x) in run(&whole, 0).iter().zip(x) {
        assert_eq!(y.to_bits(), expected(x).unwrap().to_bits());
    }
}

/// Sums of sums double with each node; functions are as long as their nodes are many.
#[test]
fn long_chains_take_linear_time() {
    for op in ["Add", "Mul", "Sub"] {
        let mut net = Net::new(&[1, 1, 2, 2]);
        let mut from = String::from("x");
        for n in 0..3000 {
            let to = if n == 2999 { "y".to_owned() } else { format!("t{n}") };
            net = net.node(op, &[&from, &from], &to, vec![]);
            from = to;
        }
        let start = std::time::Instant::now();
        let graph = onnx::parse("a.onnx".as_ref(), &net.bytes()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("3000 x {op}: {} nodes, {seconds:.2} s", graph.nodes.len());
        assert!(seconds < 20.0);
    }
}
