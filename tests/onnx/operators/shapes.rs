//! Shapes that a network computes of itself: folded, as integers.

use super::{Case, Expected, many};
use crate::onnx::small::{Net, float, int, ints};
use spikemesh::import::onnx::proto::TensorProto;

fn value(name: &str, kind: i32, dims: &[i64], numbers: &[i64]) -> TensorProto {
    let raw_data = match kind {
        7 => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        _ => numbers.iter().flat_map(|&n| (n as f32).to_le_bytes()).collect(),
    };
    TensorProto {
        dims: dims.into(),
        data_type: kind,
        name: name.into(),
        raw_data,
        ..Default::default()
    }
}

/// A network that reshapes `[1, 4, 6, 8]` to what `shape` is.
fn ends(net: Net) -> Net {
    net.node("Reshape", &["x", "shape"], "y", vec![])
}

fn scalar(net: Net, name: &str, number: i64) -> Net {
    let mut net = net;
    net.graph.initializer.push(value(name, 7, &[], &[number]));
    net
}

pub fn cases() -> Vec<Case> {
    let net = || Net::new(&[1, 4, 6, 8]);
    let shape = |n: Net| n.node("Shape", &["x"], "s", vec![]);
    let mut cases = vec![];
    let mut add = |name: &str, net: Net| cases.push(Case::new(name, net, Expected::Other));
    let view = scalar(shape(net()), "zero", 0).node("Gather", &["s", "zero"], "n", vec![]);
    let view = view
        .longs("axes", &[0])
        .node("Unsqueeze", &["n", "axes"], "u", vec![])
        .longs("rest", &[-1]);
    add(
        "view(x.size(0), -1)",
        ends(view.node("Concat", &["u", "rest"], "shape", vec![int("axis", 0)])),
    );
    let cut = shape(net()).longs("a", &[0]).longs("b", &[2]).longs("rest", &[-1]);
    let cut = cut.node("Slice", &["s", "a", "b"], "u", vec![]);
    add(
        "a slice of the shape",
        ends(cut.node("Concat", &["u", "rest"], "shape", vec![int("axis", 0)])),
    );
    let mut part = net().node("Shape", &["x"], "u", vec![int("start", 0), int("end", 2)]);
    part.opset = 15;
    let part =
        part.longs("rest", &[-1]).node("Concat", &["u", "rest"], "shape", vec![int("axis", 0)]);
    add("Shape of some axes", ends(part));
    let product =
        shape(net()).longs("a", &[1]).longs("b", &[4]).node("Slice", &["s", "a", "b"], "u", vec![]);
    let product =
        product.node("ReduceProd", &["u"], "p", vec![int("keepdims", 1)]).longs("one", &[1]);
    add(
        "a product of sizes",
        ends(product.node("Concat", &["one", "p"], "shape", vec![int("axis", 0)])),
    );
    for (op, by, result) in [("Mul", 2, 8), ("Div", 2, 2), ("Add", 4, 8), ("Sub", 2, 2)] {
        let sized = shape(net())
            .longs("i", &[1])
            .node("Gather", &["s", "i"], "c", vec![])
            .longs("by", &[by]);
        let sized =
            sized.node(op, &["c", "by"], "d", vec![]).longs("one", &[1]).longs("rest", &[-1]);
        let sized = sized.node("Concat", &["one", "d", "rest"], "shape", vec![int("axis", 0)]);
        add(&format!("{op} of sizes: {result}"), ends(sized));
    }
    let floor = shape(net()).longs("i", &[2]).node("Gather", &["s", "i"], "c", vec![]);
    let floor = floor.node("Cast", &["c"], "f", vec![int("to", 1)]).given("k", &[], &[1.7]);
    let floor = floor.node("Div", &["f", "k"], "q", vec![]).node("Floor", &["q"], "w", vec![]);
    let floor =
        floor.node("Cast", &["w"], "n", vec![int("to", 7)]).longs("one", &[1]).longs("rest", &[-1]);
    // 6 / 1.7 is 3.5; one row is left over, which nothing but 3 divides.
    add(
        "Cast, Div, Floor and back",
        ends(floor.node("Concat", &["one", "n", "rest"], "shape", vec![int("axis", 0)])),
    );
    let ceil = net().given("k", &[1], &[3.2]).node("Ceil", &["k"], "c", vec![]);
    let ceil =
        ceil.node("Cast", &["c"], "n", vec![int("to", 7)]).longs("one", &[1]).longs("rest", &[-1]);
    add(
        "Ceil of a constant",
        ends(ceil.node("Concat", &["one", "n", "rest"], "shape", vec![int("axis", 0)])),
    );
    let root = net().given("k", &[1], &[16.0]).node("Sqrt", &["k"], "c", vec![]);
    let root =
        root.node("Cast", &["c"], "n", vec![int("to", 7)]).longs("one", &[1]).longs("rest", &[-1]);
    add(
        "Sqrt of a constant",
        ends(root.node("Concat", &["one", "n", "rest"], "shape", vec![int("axis", 0)])),
    );
    for (op, a, b) in [("Max", 2, 8), ("Min", 8, 16), ("Mod", 28, 20)] {
        let chosen = net().longs("a", &[a]).longs("b", &[b]).node(op, &["a", "b"], "n", vec![]);
        let chosen = chosen.longs("one", &[1]).longs("rest", &[-1]);
        add(
            &format!("{op} of integers"),
            ends(chosen.node("Concat", &["one", "n", "rest"], "shape", vec![int("axis", 0)])),
        );
    }
    let wheres = net().longs("a", &[1, -1, 24]).longs("m", &[-1, -1, -1]).node(
        "Equal",
        &["a", "m"],
        "e",
        vec![],
    );
    let wheres = wheres.longs("b", &[7, 8, 7]).node("Where", &["e", "b", "a"], "shape", vec![]);
    add("Equal and Where", ends(wheres));
    let filled = net().longs("n", &[2]);
    let mut filled = filled.node("ConstantOfShape", &["n"], "ones", vec![]);
    filled.graph.node[0].attribute.push(spikemesh::import::onnx::proto::AttributeProto {
        name: "value".into(),
        t: Some(value("", 7, &[1], &[1])),
        r#type: 4,
        ..Default::default()
    });
    let filled = filled.longs("rest", &[-1]).node(
        "Concat",
        &["ones", "rest"],
        "shape",
        vec![int("axis", 0)],
    );
    add("ConstantOfShape", ends(filled));
    let range = scalar(scalar(scalar(net(), "from", 1), "to", 9), "by", 7);
    let range = range.node("Range", &["from", "to", "by"], "r", vec![]).longs("rest", &[-1]);
    add("Range", ends(range.node("Concat", &["r", "rest"], "shape", vec![int("axis", 0)])));
    let tiled = net()
        .longs("one", &[1])
        .longs("n", &[2])
        .node("Tile", &["one", "n"], "t", vec![])
        .longs("rest", &[-1]);
    add(
        "Tile of a constant",
        ends(tiled.node("Concat", &["t", "rest"], "shape", vec![int("axis", 0)])),
    );
    let grown = net()
        .longs("one", &[1])
        .longs("n", &[2])
        .node("Expand", &["one", "n"], "t", vec![])
        .longs("rest", &[-1]);
    add(
        "Expand of a constant",
        ends(grown.node("Concat", &["t", "rest"], "shape", vec![int("axis", 0)])),
    );
    let negative = net().longs("one", &[1]).node("Neg", &["one"], "rest", vec![]);
    add(
        "Neg of an integer",
        ends(negative.node("Concat", &["one", "rest"], "shape", vec![int("axis", 0)])),
    );
    let magnitude = net()
        .longs("k", &[-4])
        .node("Abs", &["k"], "n", vec![])
        .longs("one", &[1])
        .longs("rest", &[-1]);
    add(
        "Abs of an integer",
        ends(magnitude.node("Concat", &["one", "n", "rest"], "shape", vec![int("axis", 0)])),
    );
    let size = net().node("Size", &["x"], "n", vec![]).longs("axes", &[0]);
    let size = size.node("Unsqueeze", &["n", "axes"], "m", vec![]).longs("one", &[1]);
    add("Size", ends(size.node("Concat", &["one", "m"], "shape", vec![int("axis", 0)])));
    let squeezed =
        shape(net()).longs("i", &[1]).node("Gather", &["s", "i"], "c", vec![]).longs("axes", &[0]);
    let squeezed = squeezed.node("Squeeze", &["c", "axes"], "d", vec![]).node(
        "Unsqueeze",
        &["d", "axes"],
        "u",
        vec![],
    );
    let squeezed = squeezed.longs("one", &[1]).longs("rest", &[-1]);
    add(
        "Squeeze and Unsqueeze",
        ends(squeezed.node("Concat", &["one", "u", "rest"], "shape", vec![int("axis", 0)])),
    );
    let sum =
        shape(net()).longs("z", &[0]).node("ReduceSum", &["s", "z"], "n", vec![int("keepdims", 1)]);
    let sum = sum
        .longs("k", &[-15])
        .node("Add", &["n", "k"], "m", vec![])
        .longs("one", &[1])
        .longs("rest", &[-1]);
    add(
        "ReduceSum of sizes",
        ends(sum.node("Concat", &["one", "m", "rest"], "shape", vec![int("axis", 0)])),
    );
    let sized = shape(net()).longs("a", &[2]).longs("b", &[4]).node(
        "Slice",
        &["s", "a", "b"],
        "hw",
        vec![],
    );
    let sized =
        sized.longs("two", &[2]).node("Mul", &["hw", "two"], "big", vec![]).longs("nc", &[1, 4]);
    let sized = sized.node("Concat", &["nc", "big"], "sizes", vec![int("axis", 0)]);
    let rule = || {
        vec![
            crate::onnx::small::text("coordinate_transformation_mode", "asymmetric"),
            crate::onnx::small::text("nearest_mode", "floor"),
        ]
    };
    add("Resize to computed sizes", sized.node("Resize", &["x", "", "", "sizes"], "y", rule()));
    // What nothing needs is not looked at.
    let mut dead = net().node("Relu", &["x"], "y", vec![]).node("Einsum", &["x"], "z", vec![]);
    dead.graph.initializer.push(TensorProto {
        dims: vec![1],
        data_type: 8,
        name: "words".into(),
        ..Default::default()
    });
    let expected = |x: &[f64]| x.iter().map(|x| x.max(0.0)).collect();
    cases.push(Case::by("a dead branch and texts", dead, expected));
    let unused =
        many(net(), "Dropout", &["x"], &["d", "mask"], vec![]).node("Relu", &["d"], "y", vec![]);
    cases.push(Case::by("Dropout", unused, expected));
    for opset in [1, 6, 7, 10, 12] {
        let mut dropped = net();
        dropped.opset = opset;
        let attributes = if opset < 12 { vec![float("ratio", 0.5)] } else { vec![] };
        let dropped =
            many(dropped, "Dropout", &["x"], &["d"], attributes).node("Relu", &["d"], "y", vec![]);
        cases.push(Case::by(format!("Dropout, opset {opset}"), dropped, expected));
    }
    let cast =
        net().node("Cast", &["x"], "d", vec![int("to", 1)]).node("Relu", &["d"], "y", vec![]);
    cases.push(Case::by("Cast to float", cast, expected));
    let cast =
        net().node("Cast", &["x"], "d", vec![int("to", 10)]).node("Relu", &["d"], "y", vec![]);
    cases.push(Case::by("Cast to float16 and on", cast, expected));
    let identity = net().node("Identity", &["x"], "d", vec![]).node("Relu", &["d"], "y", vec![]);
    cases.push(Case::by("Identity", identity, expected));
    cases.extend([
        Case::refused(
            "Cast of features to integers",
            net().node("Cast", &["x"], "y", vec![int("to", 7)]),
            &["the Cast y", "cast to float works"],
        ),
        Case::refused(
            "sizes beyond 64 bits",
            ends(net().longs("a", &[i64::MAX]).longs("b", &[2]).node(
                "Mul",
                &["a", "b"],
                "shape",
                vec![],
            )),
            &["no whole number of 64 bits"],
        ),
        Case::refused(
            "a size divided by zero",
            ends(net().longs("a", &[4]).longs("b", &[0]).node("Div", &["a", "b"], "shape", vec![])),
            &["divides by zero"],
        ),
        Case::refused(
            "a rest of zero",
            ends(net().longs("a", &[4]).longs("b", &[0]).node("Mod", &["a", "b"], "shape", vec![])),
            &["no whole number"],
        ),
        Case::refused(
            "a range without end",
            ends(scalar(scalar(scalar(net(), "from", 0), "to", 9), "by", 0).node(
                "Range",
                &["from", "to", "by"],
                "shape",
                vec![],
            )),
            &["has no end"],
        ),
        Case::refused(
            "a constant without bounds",
            ends(net().longs("n", &[1 << 40, 1 << 40]).node(
                "ConstantOfShape",
                &["n"],
                "shape",
                vec![],
            )),
            &["too large"],
        ),
        Case::refused(
            "Dropout in training",
            many(
                net().given("r", &[], &[0.5]).given("t", &[], &[1.0]),
                "Dropout",
                &["x", "r", "t"],
                &["y"],
                vec![],
            ),
            &["training"],
        ),
        Case::refused(
            "the mask of a Dropout",
            many(net(), "Dropout", &["x"], &["d", "y"], vec![]),
            &["output 1"],
        ),
        Case::refused(
            "places of a maximum",
            many(net(), "MaxPool", &["x"], &["d", "y"], vec![ints("kernel_shape", &[2, 2])]),
            &["output 1"],
        ),
    ]);
    cases
}
