//! Elements in another order.

use super::{Case, Expected, at, many};
use crate::onnx::small::{Net, int, ints, text};

const IMAGE: [usize; 4] = [1, 4, 6, 8];

fn net(dims: &[usize]) -> Net {
    Net::new(dims)
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for perm in [[0, 1, 3, 2], [0, 2, 3, 1], [0, 3, 1, 2], [0, 3, 2, 1], [0, 2, 1, 3]] {
        let turned = net(&IMAGE).node("Transpose", &["x"], "y", vec![ints("perm", &perm)]);
        cases.push(Case::new(format!("Transpose {perm:?}"), turned, Expected::Other));
    }
    let perm = |list: &[i64]| vec![ints("perm", list)];
    let back = net(&IMAGE).node("Transpose", &["x"], "t", perm(&[0, 2, 3, 1]));
    let back = back.node("Relu", &["t"], "r", vec![]);
    let back = back.node("Transpose", &["r"], "y", perm(&[0, 3, 1, 2]));
    cases.push(Case::new("Transpose there and back", back, Expected::Other));
    cases.push(Case::new(
        "Transpose of a vector",
        net(&[1, 12]).longs("s", &[3, 4]).node("Reshape", &["x", "s"], "r", vec![]).node(
            "Transpose",
            &["r"],
            "y",
            vec![],
        ),
        Expected::Other,
    ));
    // Name, starts, ends, axes, steps.
    type Cut<'a> = (&'a str, &'a [i64], &'a [i64], &'a [i64], &'a [i64]);
    let slices: &[Cut] = &[
        ("channels", &[1], &[3], &[1], &[1]),
        ("rows", &[1], &[5], &[2], &[1]),
        ("every second column", &[0], &[8], &[3], &[2]),
        ("every second row and column", &[1, 0], &[6, 8], &[2, 3], &[2, 2]),
        ("from the end", &[-3], &[-1], &[3], &[1]),
        ("beyond the end", &[2], &[i64::MAX], &[2], &[3]),
        ("backwards", &[-1], &[i64::MIN], &[3], &[-1]),
        ("channels backwards", &[3], &[-5], &[1], &[-1]),
        ("of all axes", &[0, 1, 2, 3], &[1, 3, 6, 7], &[0, 1, 2, 3], &[1, 1, 2, 3]),
    ];
    for (name, starts, ends, axes, steps) in slices {
        let cut =
            net(&IMAGE).longs("s", starts).longs("e", ends).longs("a", axes).longs("t", steps);
        let cut = cut.node("Slice", &["x", "s", "e", "a", "t"], "y", vec![]);
        cases.push(Case::new(format!("Slice {name}"), cut, Expected::Other));
    }
    let mut old = net(&IMAGE).node(
        "Slice",
        &["x"],
        "y",
        vec![ints("starts", &[1, 2]), ints("ends", &[3, 5]), ints("axes", &[1, 2])],
    );
    old.opset = 9;
    cases.push(Case::new("Slice, opset 9", old, Expected::Other));
    let focus = [(0, 0), (1, 0), (0, 1), (1, 1)].iter().enumerate().fold(
        net(&IMAGE).longs("e", &[i64::MAX]).longs("two", &[2]).longs("h", &[2]).longs("w", &[3]),
        |n, (k, (y, x))| {
            let n = n.longs(&format!("y{k}"), &[*y]).longs(&format!("x{k}"), &[*x]);
            let rows = format!("r{k}");
            let n = n.node("Slice", &["x", &format!("y{k}"), "e", "h", "two"], &rows, vec![]);
            n.node("Slice", &[&rows, &format!("x{k}"), "e", "w", "two"], &format!("c{k}"), vec![])
        },
    );
    let focus = focus.node("Concat", &["c0", "c1", "c2", "c3"], "y", vec![int("axis", 1)]);
    cases.push(Case::new("space to depth by slices", focus, Expected::Other));
    for axis in [1, 2, 3, -1] {
        let halves = net(&IMAGE);
        let halves = many(halves, "Split", &["x"], &["a", "b"], vec![int("axis", axis)]);
        let joined = halves.node("Concat", &["b", "a"], "y", vec![int("axis", axis)]);
        cases.push(Case::new(format!("Split and Concat along {axis}"), joined, Expected::Other));
    }
    let parts = net(&IMAGE).longs("n", &[1, 3]);
    let parts = many(parts, "Split", &["x", "n"], &["a", "b"], vec![int("axis", 1)]);
    cases.push(Case::new("Split unequal", parts.node("Neg", &["b"], "y", vec![]), Expected::Other));
    let mut old = net(&IMAGE);
    old.opset = 11;
    let old = many(old, "Split", &["x"], &["a", "y"], vec![int("axis", 1), ints("split", &[3, 1])]);
    cases.push(Case::new("Split, opset 11", old, Expected::Other));
    for (name, list, axis) in [
        ("of channels", &[2, 0, 3][..], 1),
        ("of rows without order", &[5, 0, 2, 2], 2),
        ("of columns backwards", &[-1, -2, -3], 3),
    ] {
        let gathered =
            net(&IMAGE).longs("i", list).node("Gather", &["x", "i"], "y", vec![int("axis", axis)]);
        cases.push(Case::new(format!("Gather {name}"), gathered, Expected::Other));
    }
    for (name, block) in [("SpaceToDepth", 2), ("DepthToSpace", 2)] {
        let moved = net(&IMAGE).node(name, &["x"], "y", vec![int("blocksize", block)]);
        let of = move |x: &[f64]| blocks(x, name);
        cases.push(Case::by(name, moved, of));
    }
    let crd = net(&IMAGE).node(
        "DepthToSpace",
        &["x"],
        "y",
        vec![int("blocksize", 2), text("mode", "CRD")],
    );
    cases.push(Case::by("DepthToSpace CRD", crd, |x| {
        let mut out = vec![];
        for (y, column) in (0..12).flat_map(|y| (0..16).map(move |x| (y, x))) {
            out.push(x[at(&IMAGE, &[0, y % 2 * 2 + column % 2, y / 2, column / 2])]);
        }
        out
    }));
    let shuffle = net(&IMAGE).longs("s", &[1, 2, 2, 6, 8]).longs("t", &[1, 4, 6, 8]);
    let shuffle = shuffle.node("Reshape", &["x", "s"], "a", vec![]);
    let shuffle = shuffle.node("Transpose", &["a"], "b", vec![ints("perm", &[0, 2, 1, 3, 4])]);
    let shuffle = shuffle.node("Reshape", &["b", "t"], "y", vec![]);
    cases.push(Case::new("channel shuffle", shuffle, Expected::Other));
    let heads = net(&[1, 6, 4, 5]).longs("s", &[1, 2, 3, 4, 5]).longs("t", &[1, -1, 3]);
    let heads = heads.node("Reshape", &["x", "s"], "a", vec![]);
    let heads = heads.node("Transpose", &["a"], "b", vec![ints("perm", &[0, 1, 3, 4, 2])]);
    let heads =
        heads.node("Sigmoid", &["b"], "c", vec![]).node("Reshape", &["c", "t"], "y", vec![]);
    cases.push(Case::new("head of five dimensions", heads, Expected::Other));
    let grid = net(&[1, 6, 2, 2]).longs("s", &[1, 2, 3, 2, 2]).floats("g", &[1, 1, 2, 2, 3]);
    let grid = grid.node("Reshape", &["x", "s"], "a", vec![]);
    let grid = grid.node("Transpose", &["a"], "b", vec![ints("perm", &[0, 1, 3, 4, 2])]);
    cases.push(Case::new(
        "grid on a turned head",
        grid.node("Add", &["b", "g"], "y", vec![]),
        Expected::Other,
    ));
    let scaled = net(&[1, 3, 4, 5]).floats("k", &[3]);
    let scaled = scaled.node("Transpose", &["x"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    cases.push(Case::new(
        "factors of channels that come last",
        scaled.node("Mul", &["t", "k"], "y", vec![]),
        Expected::Other,
    ));
    let flat = net(&[1, 3, 4, 5]).longs("s", &[1, -1]).floats("w", &[60, 7]);
    let flat = flat.node("Transpose", &["x"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    let flat = flat.node("Reshape", &["t", "s"], "r", vec![]);
    cases.push(Case::new(
        "dense on turned features",
        flat.node("MatMul", &["r", "w"], "y", vec![]),
        Expected::Other,
    ));
    for (name, dims, to) in [
        ("Expand of a vector", &[1, 4, 1, 1][..], &[1, 4, 3, 2][..]),
        ("Expand of rows", &[1, 4, 3, 1], &[1, 4, 3, 5]),
        ("Expand of nothing", &[1, 4, 3, 2], &[1, 1, 1, 1]),
    ] {
        let grown = net(dims).longs("s", to).node("Expand", &["x", "s"], "y", vec![]);
        cases.push(Case::new(name, grown, Expected::Other));
    }
    let tiled = net(&[1, 2, 3, 4]).longs("n", &[1, 2, 1, 3]).node("Tile", &["x", "n"], "y", vec![]);
    cases.push(Case::new("Tile", tiled, Expected::Other));
    let squeeze = net(&[1, 5, 1, 1]).longs("a", &[2, 3]).node("Squeeze", &["x", "a"], "y", vec![]);
    cases.push(Case::new("Squeeze", squeeze, Expected::Other));
    let mut old = net(&[1, 5, 1, 1]).node("Squeeze", &["x"], "y", vec![ints("axes", &[-1, 2])]);
    old.opset = 11;
    cases.push(Case::by("Squeeze, opset 11", old, <[f64]>::to_vec));
    let unsqueeze = net(&[1, 5]).longs("a", &[2, -1]).node("Unsqueeze", &["x", "a"], "y", vec![]);
    cases.push(Case::new("Unsqueeze", unsqueeze, Expected::Other));
    for axis in [0, 1, 2, 3, -1] {
        let flat = net(&IMAGE).node("Flatten", &["x"], "y", vec![int("axis", axis)]);
        cases.push(Case::new(format!("Flatten {axis}"), flat, Expected::Other));
    }
    for axis in [0, 2, 3, -2] {
        let both = net(&[1, 2, 3, 4]).node("Neg", &["x"], "n", vec![]);
        let both = both.node("Concat", &["x", "n"], "y", vec![int("axis", axis)]);
        cases.push(Case::new(format!("Concat along {axis}"), both, Expected::Other));
    }
    // Only some channels, turned: what is added lies along the new order.
    let some = net(&[1, 4, 3, 3]).longs("s", &[0]).longs("e", &[2]).longs("a", &[1]);
    let some = some.node("Slice", &["x", "s", "e", "a"], "c", vec![]);
    let some = some.node("Transpose", &["c"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    let some = some.floats("k", &[2]).node("Add", &["t", "k"], "y", vec![]);
    cases.push(Case::new("a constant on turned channels, of which some", some, Expected::Other));
    let padded = net(&IMAGE).longs("p", &[0, 0, 1, 1, 0, 0, 1, 1]);
    let padded = padded.node("Transpose", &["x"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    let padded = padded.node("Pad", &["t", "p"], "y", vec![]);
    cases.push(Case::new("Pad of a turned image", padded, Expected::Other));
    cases.extend(refused());
    cases
}

fn refused() -> Vec<Case> {
    let net = || Net::new(&[1, 4, 6, 8]);
    vec![
        Case::refused(
            "Transpose that is no permutation",
            net().node("Transpose", &["x"], "y", vec![ints("perm", &[0, 1, 1, 2])]),
            &["the Transpose y", "no permutation"],
        ),
        Case::refused(
            "Slice of nothing",
            net()
                .longs("s", &[3])
                .longs("e", &[3])
                .node("Slice", &["x", "s", "e"], "t", vec![])
                .node("Relu", &["t"], "y", vec![]),
            &["is empty"],
        ),
        Case::refused(
            "Slice by 0",
            net().longs("s", &[0]).longs("e", &[3]).longs("a", &[1]).longs("t", &[0]).node(
                "Slice",
                &["x", "s", "e", "a", "t"],
                "y",
                vec![],
            ),
            &["the Slice y", "a step is 0"],
        ),
        Case::refused(
            "Slice along an axis that is not there",
            net().longs("s", &[0]).longs("e", &[3]).longs("a", &[4]).node(
                "Slice",
                &["x", "s", "e", "a"],
                "y",
                vec![],
            ),
            &["axis 4 is out of range"],
        ),
        Case::refused(
            "Gather beyond the end",
            net().longs("i", &[4]).node("Gather", &["x", "i"], "y", vec![int("axis", 1)]),
            &["axis 4 is out of range"],
        ),
        Case::refused(
            "SpaceToDepth that does not divide",
            net().node("SpaceToDepth", &["x"], "y", vec![int("blocksize", 4)]),
            &["blocks of 4 do not divide 6 x 8"],
        ),
        Case::refused(
            "DepthToSpace that does not divide",
            net().node("DepthToSpace", &["x"], "y", vec![int("blocksize", 3)]),
            &["3 x 3 do not divide 4"],
        ),
        Case::refused(
            "Expand to less",
            net().longs("s", &[1, 3, 6, 8]).node("Expand", &["x", "s"], "y", vec![]),
            &["do not match"],
        ),
        Case::refused(
            "Expand without bounds",
            Net::new(&[1, 4, 1, 1]).longs("s", &[1, 4, 1 << 30, 1 << 30]).node(
                "Expand",
                &["x", "s"],
                "y",
                vec![],
            ),
            &["too large"],
        ),
        Case::refused(
            "Tile without bounds",
            net().longs("n", &[1, 1, 1 << 40, 1 << 40]).node("Tile", &["x", "n"], "y", vec![]),
            &["the Tile y"],
        ),
        Case::refused(
            "Squeeze of what is no 1",
            net().longs("a", &[1]).node("Squeeze", &["x", "a"], "y", vec![]),
            &["is not 1"],
        ),
        Case::refused(
            "Concat of other shapes",
            net()
                .longs("a", &[0])
                .longs("e", &[3])
                .longs("r", &[2])
                .node("Slice", &["x", "a", "e", "r"], "t", vec![])
                .node("Concat", &["x", "t"], "y", vec![int("axis", 1)]),
            &["differ in more than axis 1"],
        ),
        Case::refused(
            "Split into parts that are not all",
            many(
                net().longs("n", &[1, 2]),
                "Split",
                &["x", "n"],
                &["y", "b"],
                vec![int("axis", 1)],
            ),
            &["parts of [1, 2] are not the 4"],
        ),
    ]
}

/// Blocks of 2 by loops, as the standard defines both.
fn blocks(x: &[f64], op: &str) -> Vec<f64> {
    let mut out = vec![];
    if op == "SpaceToDepth" {
        for (k, y) in (0..16).flat_map(|k| (0..3).map(move |y| (k, y))) {
            for column in 0..4 {
                let (offset, c) = (k / 4, k % 4);
                let place = [0, c, 2 * y + offset / 2, 2 * column + offset % 2];
                out.push(x[at(&IMAGE, &place)]);
            }
        }
        return out;
    }
    for (y, column) in (0..12).flat_map(|y| (0..16).map(move |x| (y, x))) {
        out.push(x[at(&IMAGE, &[0, y % 2 * 2 + column % 2, y / 2, column / 2])]);
    }
    out
}
