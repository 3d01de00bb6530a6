//! Arithmetic of any number of operands, small number types, and what is refused by name.

use super::{Case, Expected, many};
use crate::onnx::small::{Net, float, int, ints};
use spikemesh::import::onnx::proto::{SparseTensorProto, TensorProto};

/// A constant of a type, by its bytes.
pub fn raw(mut net: Net, name: &str, kind: i32, dims: &[i64], bytes: &[u8]) -> Net {
    let (name, dims, raw_data) = (name.into(), dims.into(), bytes.into());
    net.graph.initializer.push(TensorProto {
        dims,
        data_type: kind,
        name,
        raw_data,
        ..Default::default()
    });
    net
}

pub fn cases() -> Vec<Case> {
    let net = || Net::new(&[1, 3, 4, 5]);
    let mut cases = vec![];
    let two = || {
        net().given("k", &[], &[0.5]).node("Mul", &["x", "k"], "a", vec![]).node(
            "Elu",
            &["x"],
            "b",
            vec![],
        )
    };
    for op in ["Sum", "Mean", "Max", "Min"] {
        for inputs in [&["x"][..], &["x", "a"], &["x", "a", "b"], &["b", "a", "x", "a"]] {
            let name = format!("{op} of {}", inputs.len());
            cases.push(Case::new(name, two().node(op, inputs, "y", vec![]), Expected::Other));
        }
    }
    for op in ["Max", "Min"] {
        for bound in [0.0, 0.5, -1.0] {
            let one = net().given("k", &[], &[bound]).node(op, &["x", "k"], "y", vec![]);
            cases.push(Case::new(format!("{op} with {bound}"), one, Expected::Other));
            let first = net().given("k", &[1], &[bound]).node(op, &["k", "x"], "y", vec![]);
            cases.push(Case::new(format!("{op} with {bound} first"), first, Expected::Other));
        }
    }
    let leaky = net().given("k", &[], &[0.2]).node("Mul", &["x", "k"], "a", vec![]).node(
        "Max",
        &["x", "a"],
        "y",
        vec![],
    );
    cases.push(Case::new("a leaky ReLU as a maximum", leaky, Expected::Other));
    // Squeeze and excite, and broadcasts of other kinds.
    for op in ["Add", "Sub", "Mul", "Div"] {
        let means = || net().node("GlobalAveragePool", &["x"], "g", vec![]);
        let pooled = || means().node("Sigmoid", &["g"], "s", vec![]);
        cases.push(Case::new(
            format!("{op} of a map and its means"),
            pooled().node(op, &["x", "s"], "y", vec![]),
            Expected::Other,
        ));
        cases.push(Case::new(
            format!("{op} of means and their map"),
            pooled().node("Add", &["s", "x"], "t", vec![]).node(op, &["t", "s"], "y", vec![]),
            Expected::Other,
        ));
        let rows = net().node("ReduceMax", &["x"], "r", vec![ints("axes", &[2])]).node(
            "Exp",
            &["r"],
            "e",
            vec![],
        );
        cases.push(Case::new(
            format!("{op} of a map and one of its rows"),
            rows.node(op, &["x", "e"], "y", vec![]),
            Expected::Other,
        ));
    }
    let large =
        Net::new(&[1, 3, 1, 1]).floats("k", &[1, 3, 4, 5]).node("Add", &["x", "k"], "y", vec![]);
    cases.push(Case::new("a constant larger than the tensor", large, Expected::Other));
    for k in [1.0, 3.0] {
        let over = net().given("k", &[], &[k]).given("five", &[], &[5.0]).node(
            "Add",
            &["x", "five"],
            "t",
            vec![],
        );
        cases.push(Case::new(
            format!("{k} over a tensor"),
            over.node("Div", &["k", "t"], "y", vec![]),
            Expected::Other,
        ));
    }
    for exponent in [1.0, 2.0, 3.0] {
        let power = net().given("k", &[], &[exponent]).node("Pow", &["x", "k"], "y", vec![]);
        cases.push(Case::new(format!("Pow {exponent}"), power, Expected::Other));
    }
    let folded = net().given("a", &[3, 1, 1], &[1.0, 2.0, 3.0]).given("b", &[], &[2.0]).node(
        "Pow",
        &["a", "b"],
        "k",
        vec![],
    );
    cases.push(Case::new(
        "Pow of constants",
        folded.node("Add", &["x", "k"], "y", vec![]),
        Expected::Other,
    ));
    cases.extend(types());
    cases.extend(refused());
    cases
}

/// The numbers 1, -2 and 0.5 by channel.
fn by_channel(x: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| x * [1.0, -2.0, 0.5][i / 20]).collect()
}

fn types() -> Vec<Case> {
    let net = || Net::new(&[1, 3, 4, 5]);
    let words = |list: &[u16]| list.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let typed = |name: &str, kind: i32, bytes: &[u8]| {
        let net = raw(net(), "k", kind, &[3, 1, 1], bytes).node("Mul", &["x", "k"], "y", vec![]);
        Case::by(format!("weights of type {name}"), net, by_channel)
    };
    let doubles: Vec<u8> = [1.0f64, -2.0, 0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut listed = net();
    listed.graph.initializer.push(TensorProto {
        dims: vec![3, 1, 1],
        data_type: 10,
        name: "k".into(),
        int32_data: vec![0x3C00, 0xC000, 0x3800],
        ..Default::default()
    });
    let small = raw(net(), "q", 22, &[3, 1, 1], &[0xC2, 0x01]).given("s", &[], &[0.5]);
    let small = small.node("DequantizeLinear", &["q", "s"], "k", vec![]).node(
        "Mul",
        &["x", "k"],
        "y",
        vec![],
    );
    let unsigned = raw(net(), "q", 21, &[3, 1, 1], &[0x0A, 0x09]).given("s", &[], &[0.5]);
    let unsigned = raw(unsigned, "z", 21, &[], &[0x08]);
    let unsigned = unsigned.node("DequantizeLinear", &["q", "s", "z"], "k", vec![]).node(
        "Mul",
        &["x", "k"],
        "y",
        vec![],
    );
    let cast = |number: i64, kind: i64| {
        net().longs("i", &[number]).node("Cast", &["i"], "k", vec![int("to", kind)])
    };
    let of_bytes = |op: &str, a: u8, b: u8| {
        raw(raw(net(), "a", 2, &[], &[a]), "b", 2, &[], &[b]).node(op, &["a", "b"], "k", vec![])
    };
    let wrapped = |name: &str, factor: f64, net: Net| {
        let net = net.node("Cast", &["k"], "f", vec![int("to", 1)]);
        let net = net.node("Mul", &["x", "f"], "y", vec![]);
        Case::by(name, net, move |x| x.iter().map(|x| factor * x).collect())
    };
    let steps = |x: &[f64], scale: f64, low: f64, high: f64| -> Vec<f64> {
        x.iter().map(|x| (x / scale).round_ties_even().clamp(low, high) * scale).collect()
    };
    let between = |kind: i32, zero: u8| {
        let net = raw(net().given("s", &[], &[0.25]), "z", kind, &[], &[zero]);
        let net = net.node("QuantizeLinear", &["x", "s", "z"], "q", vec![]);
        net.node("DequantizeLinear", &["q", "s", "z"], "y", vec![])
    };
    let other_scale = net().given("s", &[], &[0.25]).given("t", &[], &[0.5]).node(
        "QuantizeLinear",
        &["x", "s"],
        "q",
        vec![],
    );
    vec![
        typed("float16", 10, &words(&[0x3C00, 0xC000, 0x3800])),
        typed("bfloat16", 16, &words(&[0x3F80, 0xC000, 0x3F00])),
        typed("float64", 11, &doubles),
        wrapped("300 as int8", 44.0, cast(300, 3)),
        wrapped("-3 as uint8", 253.0, cast(-3, 2)),
        wrapped("20 x 20 in uint8", 144.0, of_bytes("Mul", 20, 20)),
        wrapped("3 - 5 in uint8", 254.0, of_bytes("Sub", 3, 5)),
        Case::by("float16 as a list", listed.node("Mul", &["x", "k"], "y", vec![]), by_channel),
        Case::by("weights of type int4", small, |x| {
            x.iter().enumerate().map(|(i, x)| x * [1.0, -2.0, 0.5][i / 20]).collect()
        }),
        Case::by("weights of type uint4", unsigned, |x| {
            x.iter().enumerate().map(|(i, x)| x * [1.0, -4.0, 0.5][i / 20]).collect()
        }),
        Case::by("activations of uint8", between(2, 0), move |x| steps(x, 0.25, 0.0, 255.0)),
        Case::by("activations of uint8 around a middle", between(2, 8), move |x| {
            steps(x, 0.25, -8.0, 247.0)
        }),
        Case::by("activations of int8", between(3, 0), move |x| steps(x, 0.25, -128.0, 127.0)),
        Case::refused(
            "activations of one scale, read by another",
            other_scale.node("DequantizeLinear", &["q", "t"], "y", vec![]),
            &["0.5 is not that of QuantizeLinear, 0.25"],
        ),
        Case::refused(
            "DequantizeLinear of features",
            net().given("t", &[], &[0.5]).node("DequantizeLinear", &["x", "t"], "y", vec![]),
            &["no QuantizeLinear stands before it"],
        ),
        Case::refused(
            "steps by channel",
            net().given("s", &[3], &[0.25, 0.5, 1.0]).node(
                "QuantizeLinear",
                &["x", "s"],
                "y",
                vec![],
            ),
            &["one scale for all features works"],
        ),
        Case::refused(
            "weights of an unknown type",
            raw(net(), "k", 17, &[3, 1, 1], &[0; 3]).node("Mul", &["x", "k"], "y", vec![]),
            &["element type 17", "float32"],
        ),
        Case::refused(
            "sparse weights",
            {
                let mut sparse = net().node("Conv", &["x", "w"], "y", vec![]);
                let values = Some(TensorProto { name: "w".into(), ..Default::default() });
                sparse.graph.sparse_initializer.push(SparseTensorProto { values });
                sparse
            },
            &["initializer 'w' is sparse"],
        ),
        Case::refused(
            "weights that are texts",
            raw(net(), "k", 8, &[3, 1, 1], &[0; 3]).node("Mul", &["x", "k"], "y", vec![]),
            &["initializer 'k'", "texts"],
        ),
    ]
}

fn refused() -> Vec<Case> {
    let net = || Net::new(&[1, 3, 4, 5]);
    let unknown = |op: &'static str, words: &'static [&'static str]| {
        Case::refused(op, net().node(op, &["x"], "y", vec![]), words)
    };
    let mut foreign = net().node("Relu", &["x"], "y", vec![]);
    foreign.graph.node[0].domain = "com.example".into();
    vec![
        unknown(
            "LRN",
            &["operator LRN of node 'the LRN y'", "small.onnx", "BatchNormalization works"],
        ),
        unknown("InstanceNormalization", &["mean and variance", "BatchNormalization works"]),
        unknown("Einsum", &["operator Einsum", "MatMul with a constant work"]),
        unknown("LSTM", &["export the network unrolled"]),
        unknown("TopK", &["end the network before it"]),
        unknown("ArgMax", &["end the network before it"]),
        unknown("NonMaxSuppression", &["end the network before it"]),
        unknown("QLinearConv", &["QuantizeLinear and DequantizeLinear around Conv"]),
        unknown("GatherND", &["Gather of constant indices"]),
        unknown("GridSample", &["Resize by nearest"]),
        unknown("Unheard", &["operator Unheard of node 'the Unheard y' is not supported"]),
        Case::refused("an operator of others", foreign, &["operators of the standard alone"]),
        Case::refused(
            "shapes that no broadcast joins",
            net()
                .node("ReduceMean", &["x"], "m", vec![ints("axes", &[1])])
                .longs("s", &[1, 1, 5, 4])
                .node("Reshape", &["m", "s"], "t", vec![])
                .node("Add", &["x", "t"], "y", vec![]),
            &["the Add y", "differ"],
        ),
        Case::refused(
            "two images",
            {
                let mut two = net().node("Add", &["x", "z"], "y", vec![]);
                let mut other = two.graph.input[0].clone();
                other.name = "z".into();
                two.graph.input.push(other);
                two
            },
            &["expected one input, found 2"],
        ),
        Case::refused(
            "a tensor as an exponent",
            net().node("Pow", &["x", "x"], "y", vec![]),
            &["input 1 must be a constant"],
        ),
        Case::refused(
            "Gemm of a map",
            net().floats("w", &[5, 2]).node("MatMul", &["x", "w"], "y", vec![]),
            &["expected a vector"],
        ),
        Case::refused(
            "a second output that is read",
            many(net(), "Relu", &["x"], &["t", "y"], vec![]),
            &["output 1 ('y')"],
        ),
        Case::refused(
            "a constant as output",
            net().given("k", &[1], &[1.0]).node("Identity", &["k"], "y", vec![]),
            &["is a constant"],
        ),
        Case::refused(
            "a clip without numbers",
            net().given("low", &[], &[f32::NAN]).node("Clip", &["x", "low"], "y", vec![]),
            &["bound is NaN"],
        ),
        Case::refused(
            "alpha that is infinite",
            net().node("Elu", &["x"], "y", vec![float("alpha", f32::NAN)]),
            &["alpha is NaN"],
        ),
        Case::refused(
            "an axis that is not there",
            net().node("ReduceMean", &["x"], "y", vec![ints("axes", &[4]), int("keepdims", 1)]),
            &["axis 4 is out of range"],
        ),
    ]
}
