//! Convolutions, pools, paddings, resizing and reductions.

use super::{Case, Expected};
use crate::onnx::small::{Net, float, int, ints, text};
use spikemesh::import::onnx::proto::AttributeProto;

type Attributes = Vec<AttributeProto>;

pub fn cases() -> Vec<Case> {
    let mut cases = transposed();
    cases.extend(sequences());
    cases.extend(reductions());
    cases.extend(paddings());
    cases.extend(resized());
    cases.extend(softmax());
    cases
}

fn transposed() -> Vec<Case> {
    let net = |weight: &[i64], out: i64, attributes: Attributes| {
        let net = Net::new(&[1, 4, 5, 6]).floats("w", weight).floats("b", &[out]);
        net.node("ConvTranspose", &["x", "w", "b"], "y", attributes)
    };
    let mut cases = vec![];
    let forms: Vec<(&str, &[i64], i64, Attributes)> = vec![
        ("plain", &[4, 3, 3, 2], 3, vec![]),
        ("strides", &[4, 3, 2, 2], 3, vec![ints("strides", &[2, 2])]),
        ("pads", &[4, 3, 3, 3], 3, vec![ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])]),
        (
            "output padding",
            &[4, 3, 3, 3],
            3,
            vec![
                ints("strides", &[2, 2]),
                ints("pads", &[1, 1, 1, 1]),
                ints("output_padding", &[1, 1]),
            ],
        ),
        ("groups", &[4, 2, 3, 3], 4, vec![int("group", 2), ints("strides", &[2, 1])]),
        ("dilation", &[4, 1, 3, 2], 1, vec![ints("dilations", &[2, 1])]),
    ];
    for (name, weight, out, attributes) in forms {
        let by_hand = spread(weight, &attributes, out as usize);
        let net = net(weight, out, attributes);
        let (w, b) = (
            net.graph.initializer[0].float_data.clone(),
            net.graph.initializer[1].float_data.clone(),
        );
        cases.push(Case::sums(format!("ConvTranspose, {name}"), net, move |x| by_hand(x, &w, &b)));
    }
    cases.push(Case::refused(
        "ConvTranspose of other channels",
        net(&[3, 3, 2, 2], 3, vec![]),
        &["the ConvTranspose y", "does not fit 4 channels"],
    ));
    cases.push(Case::refused(
        "ConvTranspose without output",
        net(&[4, 3, 2, 2], 3, vec![ints("pads", &[9, 9, 9, 9])]),
        &["its padding leaves nothing"],
    ));
    cases
}

type Spread = Box<dyn Fn(&[f64], &[f32], &[f32]) -> Vec<f64>>;

/// The definition: each cell adds a window.
fn spread(weight: &[i64], attributes: &Attributes, out: usize) -> Spread {
    let list = |name: &str, default: [i64; 4]| {
        let found = attributes.iter().find(|a| a.name == name);
        found.map_or(default.to_vec(), |a| a.ints.clone())
    };
    let stride = list("strides", [1; 4]);
    let dilation = list("dilations", [1; 4]);
    let (pads, more) = (list("pads", [0; 4]), list("output_padding", [0; 4]));
    let groups = attributes.iter().find(|a| a.name == "group").map_or(1, |a| a.i as usize);
    let kernel = [weight[2], weight[3]];
    let size = |axis: usize, n: i64| {
        let reach = (kernel[axis] - 1) * dilation[axis] + 1 + more[axis];
        stride[axis] * (n - 1) + reach - pads[axis] - pads[axis + 2]
    };
    let (h, w) = (size(0, 5), size(1, 6));
    Box::new(move |x, k, b| {
        let mut y: Vec<f64> =
            (0..out).flat_map(|o| vec![f64::from(b[o]); (h * w) as usize]).collect();
        let per_group = out / groups;
        for (c, row, column) in
            (0..4).flat_map(|c| (0..5).flat_map(move |r| (0..6).map(move |q| (c, r, q))))
        {
            for o in 0..per_group {
                for (ky, kx) in (0..kernel[0]).flat_map(|ky| (0..kernel[1]).map(move |kx| (ky, kx)))
                {
                    let oy = row * stride[0] + ky * dilation[0] - pads[0];
                    let ox = column * stride[1] + kx * dilation[1] - pads[1];
                    if (0..h).contains(&oy) && (0..w).contains(&ox) {
                        let tap =
                            ((c as usize * per_group + o) as i64 * kernel[0] + ky) * kernel[1] + kx;
                        let channel = c as usize / (4 / groups) * per_group + o;
                        y[(channel as i64 * h * w + oy * w + ox) as usize] +=
                            x[((c * 5 + row) * 6 + column) as usize] * f64::from(k[tap as usize]);
                    }
                }
            }
        }
        y
    })
}

fn sequences() -> Vec<Case> {
    let net = || Net::new(&[1, 4, 12]);
    let mut cases = vec![];
    let conv = |weight: &[i64], attributes: Attributes| {
        let net = net().floats("w", weight).floats("b", &weight[..1]);
        net.node("Conv", &["x", "w", "b"], "y", attributes)
    };
    let forms: Vec<(&str, Net)> = vec![
        ("plain", conv(&[5, 4, 3], vec![])),
        ("strided", conv(&[5, 4, 3], vec![ints("strides", &[2]), ints("pads", &[1, 2])])),
        ("dilated", conv(&[2, 4, 3], vec![ints("dilations", &[3])])),
        ("grouped", conv(&[4, 1, 5], vec![int("group", 4), ints("pads", &[2, 2])])),
        ("same", conv(&[4, 4, 4], vec![text("auto_pad", "SAME_UPPER")])),
    ];
    for (name, net) in forms {
        cases.push(Case::new(format!("Conv of a sequence, {name}"), net, Expected::Other));
    }
    let kernel = |attributes: Attributes| [vec![ints("kernel_shape", &[3])], attributes].concat();
    for op in ["MaxPool", "AveragePool"] {
        let strided = net().node(op, &["x"], "y", kernel(vec![ints("strides", &[2])]));
        cases.push(Case::new(format!("{op} of a sequence"), strided, Expected::Other));
        let padded = net().node(op, &["x"], "y", kernel(vec![ints("pads", &[1, 1])]));
        cases.push(Case::new(format!("{op} of a padded sequence"), padded, Expected::Other));
    }
    for op in ["GlobalAveragePool", "GlobalMaxPool"] {
        cases.push(Case::new(
            format!("{op} of a sequence"),
            net().node(op, &["x"], "y", vec![]),
            Expected::Other,
        ));
        let image = Net::new(&[1, 3, 4, 5]).node(op, &["x"], "y", vec![]);
        cases.push(Case::new(format!("{op} of an image"), image, Expected::Other));
    }
    let norm = ["scale", "bias", "mean"].iter().fold(net(), |n, name| n.floats(name, &[4]));
    let norm = norm.given("var", &[4], &[0.5, 1.0, 2.0, 0.25]);
    let norm = norm.node("BatchNormalization", &["x", "scale", "bias", "mean", "var"], "y", vec![]);
    cases.push(Case::new("BatchNormalization of a sequence", norm, Expected::Other));
    cases.push(Case::refused(
        "Conv of a sequence by a plane",
        conv(&[5, 4, 3, 1], vec![]),
        &["the Conv y", "is not [out, in"],
    ));
    cases
}

fn reductions() -> Vec<Case> {
    let mut cases = vec![];
    let axes: &[(&str, &[i64])] =
        &[("map", &[2, 3]), ("map from the end", &[-1, -2]), ("rows", &[2]), ("columns", &[3])];
    for op in ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum"] {
        for (name, list) in axes {
            for keep in [0, 1] {
                // The sum takes its axes from an input since version 13.
                let net = Net::new(&[1, 3, 4, 6]);
                let net = match op {
                    "ReduceSum" => {
                        net.longs("a", list).node(op, &["x", "a"], "y", vec![int("keepdims", keep)])
                    }
                    _ => net.node(op, &["x"], "y", vec![ints("axes", list), int("keepdims", keep)]),
                };
                cases.push(Case::new(
                    format!("{op} over the {name}, keepdims {keep}"),
                    net,
                    Expected::Other,
                ));
            }
        }
    }
    for op in ["ReduceMean", "ReduceSum"] {
        let net = Net::new(&[1, 3, 4, 6]).longs("a", &[1]);
        let net = match op {
            "ReduceSum" => net.node(op, &["x", "a"], "y", vec![]),
            _ => net.node(op, &["x"], "y", vec![ints("axes", &[1])]),
        };
        cases.push(Case::new(format!("{op} over channels"), net, Expected::Other));
    }
    let all =
        Net::new(&[1, 3, 4, 6]).node("ReduceMean", &["x"], "y", vec![ints("axes", &[1, 2, 3])]);
    cases.push(Case::new("ReduceMean over all", all, Expected::Other));
    let mut new = Net::new(&[1, 3, 4, 6]).longs("a", &[2, 3]).node(
        "ReduceMean",
        &["x", "a"],
        "y",
        vec![int("keepdims", 0)],
    );
    new.opset = 18;
    cases.push(Case::by("ReduceMean, opset 18", new, |x| {
        x.chunks(24).map(|plane| plane.iter().sum::<f64>() / 24.0).collect()
    }));
    let mut noop =
        Net::new(&[1, 3]).node("ReduceMean", &["x"], "y", vec![int("noop_with_empty_axes", 1)]);
    noop.opset = 18;
    cases.push(Case::by("ReduceMean over nothing", noop, <[f64]>::to_vec));
    cases.push(Case::refused(
        "ReduceProd of features",
        Net::new(&[1, 3, 4, 6]).node("ReduceProd", &["x"], "y", vec![ints("axes", &[2, 3])]),
        &["the ReduceProd y", "sums, means and maxima work"],
    ));
    cases.push(Case::refused(
        "ReduceMax over channels",
        Net::new(&[1, 3, 4, 6]).node("ReduceMax", &["x"], "y", vec![ints("axes", &[1])]),
        &["rows and columns works"],
    ));
    cases
}

fn paddings() -> Vec<Case> {
    let net = || Net::new(&[1, 2, 5, 6]).longs("p", &[0, 0, 1, 2, 0, 0, 2, 1]);
    let mut cases = vec![];
    for mode in ["constant", "edge", "reflect"] {
        let padded = net().node("Pad", &["x", "p"], "y", vec![text("mode", mode)]);
        cases.push(Case::new(format!("Pad, {mode}"), padded, Expected::Other));
    }
    let mut wrapped = net().node("Pad", &["x", "p"], "y", vec![text("mode", "wrap")]);
    wrapped.opset = 19;
    cases.push(Case::by("Pad, wrap", wrapped, |x| {
        let mut out = vec![];
        for c in 0..2 {
            for (y, column) in (0..8).flat_map(|y| (0..9).map(move |q| (y, q))) {
                out.push(x[(c * 5 + (y + 4) % 5) * 6 + (column + 4) % 6]);
            }
        }
        out
    }));
    let ones = net().given("v", &[], &[1.5]).node("Pad", &["x", "p", "v"], "y", vec![]);
    cases.push(Case::new("Pad with a number", ones, Expected::Other));
    let mut some = Net::new(&[1, 2, 5, 6]).longs("p", &[1, 2]).longs("a", &[3]);
    some.opset = 18;
    let some = some.node("Pad", &["x", "p", "", "a"], "y", vec![]);
    cases.push(Case::by("Pad of one axis", some, |x| {
        x.chunks(6).flat_map(|row| [&[0.0][..], row, &[0.0, 0.0]].concat()).collect()
    }));
    let sequence =
        Net::new(&[1, 2, 6]).longs("p", &[0, 0, 1, 0, 0, 2]).node("Pad", &["x", "p"], "y", vec![]);
    cases.push(Case::new("Pad of a sequence", sequence, Expected::Other));
    let before = |op: &'static str, inner: Net, attributes: Attributes| {
        (op, inner.node(op, &["t", "w"][..if op == "Conv" { 2 } else { 1 }], "y", attributes))
    };
    let relu = || net().node("Relu", &["x"], "r", vec![]);
    let zeros = || relu().node("Pad", &["r", "p"], "t", vec![]).floats("w", &[3, 2, 3, 3]);
    let kernel = || ints("kernel_shape", &[3, 3]);
    let layers = [
        before("Conv", zeros(), vec![]),
        before("Conv", zeros(), vec![ints("pads", &[1, 1, 1, 1]), ints("strides", &[2, 2])]),
        before("AveragePool", zeros(), vec![kernel()]),
        before("MaxPool", zeros(), vec![kernel(), ints("strides", &[2, 2])]),
    ];
    for (op, net) in layers {
        cases.push(Case::new(format!("zeros before {op}"), net, Expected::Other));
    }
    let lowest = net().given("v", &[], &[f32::MIN]).node("Pad", &["x", "p", "v"], "t", vec![]);
    let lowest = lowest.node("MaxPool", &["t"], "y", vec![kernel()]);
    cases.push(Case::new("the lowest number before MaxPool", lowest, Expected::Other));
    cases.push(Case::refused(
        "-inf before a convolution",
        net()
            .given("v", &[], &[f32::NEG_INFINITY])
            .node("Pad", &["x", "p", "v"], "t", vec![])
            .floats("w", &[3, 2, 3, 3])
            .node("Conv", &["t", "w"], "y", vec![]),
        &["only before a maximum", "'v' holds -inf"],
    ));
    for p in [
        [0i64, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 3, 0, 0],
        [0, 5, 1, 0, 0, 2, 0, 2],
        [0, 0, -1, 0, 0, 0, 0, -2],
        [0, -1, 0, 2, 0, 0, -2, -1],
        [0, 1, -1, 0, 0, -1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        for fill in [0.0f32, 1.5] {
            let net = Net::new(&[1, 2, 5, 6]).longs("p", &p).given("v", &[], &[fill]);
            let net = net.node("Pad", &["x", "p", "v"], "y", vec![]);
            let side = |axis: usize, n: i64| -p[axis]..n + p[axis + 4];
            cases.push(Case::by(format!("Pad by {p:?}, {fill}"), net, move |x| {
                let mut out = vec![];
                for c in side(1, 2) {
                    for (y, column) in side(2, 5).flat_map(|y| side(3, 6).map(move |q| (y, q))) {
                        let inside =
                            (0..2).contains(&c) && (0..5).contains(&y) && (0..6).contains(&column);
                        let at = || x[((c * 5 + y) * 6 + column) as usize];
                        out.push(if inside { at() } else { fill.into() });
                    }
                }
                out
            }));
        }
    }
    cases.push(Case::refused(
        "Pad of a batch",
        Net::new(&[1, 2, 5, 6]).longs("p", &[1, 0, 0, 0, 0, 0, 0, 0]).node(
            "Pad",
            &["x", "p"],
            "y",
            vec![],
        ),
        &["it pads a batch"],
    ));
    cases.push(Case::refused(
        "Pad that leaves nothing",
        Net::new(&[1, 2, 5, 6]).longs("p", &[0, 0, -3, 0, 0, 0, -2, 0]).node(
            "Pad",
            &["x", "p"],
            "y",
            vec![],
        ),
        &["leave nothing"],
    ));
    cases.push(Case::refused(
        "Pad by reflection beyond the edge",
        Net::new(&[1, 2, 2, 6]).longs("p", &[0, 0, 2, 0, 0, 0, 0, 0]).node(
            "Pad",
            &["x", "p"],
            "y",
            vec![text("mode", "reflect")],
        ),
        &["by 1 at most"],
    ));
    cases
}

fn resized() -> Vec<Case> {
    let mut cases = vec![];
    let rule = |place: &str, nearest: &str| {
        vec![text("coordinate_transformation_mode", place), text("nearest_mode", nearest)]
    };
    let cells = |place: &str, nearest: &str, n: usize, ratio: f64, out: usize| -> Vec<usize> {
        let cell = |x: usize| {
            let x = x as f64;
            let at = match place {
                "asymmetric" => x / ratio,
                "tf_half_pixel_for_nn" => (x + 0.5) / ratio,
                _ => (x + 0.5) / ratio - 0.5,
            };
            let at = match nearest {
                "floor" => at.floor(),
                "ceil" => at.ceil(),
                "round_prefer_floor" => (at - 0.5).ceil(),
                _ => (at + 0.5).floor(),
            };
            (at.max(0.0) as usize).min(n - 1)
        };
        (0..out).map(cell).collect()
    };
    // In floats of 32 bits 10 times 0.7 is 7.
    let most = Net::new(&[1, 1, 10, 10]).given("s", &[4], &[1.0, 1.0, 0.7, 0.7]);
    let most = most.node("Resize", &["x", "", "s"], "y", rule("asymmetric", "floor"));
    cases.push(Case::by("Resize of 10 cells by 0.7", most, |x| {
        let cell = |at: usize| (at as f32 / 0.7) as usize;
        (0..49).map(|at| x[10 * cell(at / 7) + cell(at % 7)]).collect()
    }));
    for place in ["asymmetric", "half_pixel", "tf_half_pixel_for_nn"] {
        for nearest in ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"] {
            for ratio in [2.0f32, 1.5, 0.5] {
                let net = Net::new(&[1, 2, 4, 6]).given("s", &[4], &[1.0, 1.0, ratio, ratio]);
                let net = net.node("Resize", &["x", "", "s"], "y", rule(place, nearest));
                let size = |n: usize| (n as f32 * ratio) as usize;
                let rows = cells(place, nearest, 4, ratio.into(), size(4));
                let columns = cells(place, nearest, 6, ratio.into(), size(6));
                cases.push(Case::by(
                    format!("Resize {place} {nearest} by {ratio}"),
                    net,
                    move |x| {
                        let row = |c: usize, y: usize| {
                            columns.iter().map(move |&q| (c * 4 + y) * 6 + q).collect::<Vec<_>>()
                        };
                        let all = (0..2).flat_map(|c| rows.iter().flat_map(move |&y| row(c, y)));
                        all.map(|place| x[place]).collect()
                    },
                ));
            }
        }
    }
    let sequence = Net::new(&[1, 2, 4]).given("s", &[3], &[1.0, 1.0, 2.0]);
    let sequence = sequence.node("Resize", &["x", "", "s"], "y", rule("asymmetric", "floor"));
    cases.push(Case::by("Resize of a sequence", sequence, |x| {
        x.iter().flat_map(|&x| [x, x]).collect()
    }));
    let net = |ratio: f32| {
        let net = Net::new(&[1, 2, 4, 6]).given("s", &[4], &[1.0, ratio, 1.0, 1.0]);
        net.node("Resize", &["x", "", "s"], "y", rule("asymmetric", "floor"))
    };
    cases.push(Case::refused("Resize of channels", net(2.0), &["height and width only"]));
    cases.push(Case::refused("Resize to nothing", net(0.0), &["factor 0"]));
    cases
}

fn softmax() -> Vec<Case> {
    let mut cases = vec![];
    for op in ["Softmax", "LogSoftmax"] {
        for axis in [1i64, 2, -1] {
            let net = Net::new(&[1, 3, 4, 5]).node(op, &["x"], "y", vec![int("axis", axis)]);
            cases.push(Case::new(format!("{op} along {axis}"), net, Expected::Other));
        }
        let mut old = Net::new(&[1, 3, 4, 5]).node(op, &["x"], "y", vec![]);
        old.opset = 11;
        let log = op == "LogSoftmax";
        cases.push(Case::by(format!("{op}, opset 11: all behind the batch"), old, move |x| {
            let sum: f64 = x.iter().map(|x| x.exp()).sum();
            x.iter().map(|x| if log { x - sum.ln() } else { x.exp() / sum }).collect()
        }));
        let vector = Net::new(&[1, 7]).node(op, &["x"], "y", vec![]);
        cases.push(Case::new(format!("{op} of a vector"), vector, Expected::Other));
    }
    let large = Net::new(&[1, 4]).given("k", &[], &[300.0]).node("Mul", &["x", "k"], "t", vec![]);
    let large = large.node("Softmax", &["t"], "y", vec![int("axis", 1)]);
    cases.push(Case::by("Softmax of large numbers", large, |x| {
        let most = x.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = x.iter().map(|x| (300.0 * (x - most)).exp()).sum();
        x.iter().map(|x| (300.0 * (x - most)).exp() / sum).collect()
    }));
    cases.push(Case::refused(
        "Softmax along no axis",
        Net::new(&[1, 4]).node("Softmax", &["x"], "y", vec![int("axis", 2)]),
        &["axis 2 is out of range"],
    ));
    cases.push(Case::refused(
        "Softmax with a number of others",
        Net::new(&[1, 4]).node("Softmax", &["x"], "y", vec![float("alpha", 1.0)]),
        &["alpha is not known"],
    ));
    cases
}
