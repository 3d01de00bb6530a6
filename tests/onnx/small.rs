//! Small networks that the tests write themselves: against an independent runtime, and damaged.

use std::path::Path;

use prost::Message;
use spikemesh::import::onnx::{self, proto::*};
use spikemesh::{ann::exec, import::Error};
use tract_onnx::prelude::{Framework, InferenceModelExt, IntoRunnable, Tensor, tvec};

/// Seeded uniform numbers in -1..1 (xorshift), the same on every machine.
struct Random(u64);

impl Random {
    fn vec(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }

    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// A network from the input `x` to the output `y`.
pub struct Net {
    pub graph: GraphProto,
    /// Version of the standard.
    pub opset: i64,
    /// What the exporter writes beside the network, keys and values.
    pub metadata: Vec<(&'static str, &'static str)>,
    pub shape: Vec<usize>,
    random: Random,
}

fn value(name: &str, shape: Option<&[usize]>) -> ValueInfoProto {
    let dim = |&d: &usize| DimensionProto { dim_value: Some(d as i64), dim_param: None };
    let shape = shape.map(|s| TensorShapeProto { dim: s.iter().map(dim).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: 1, shape });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type }) }
}

pub fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, r#type: 2, ..Default::default() }
}

pub fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f, r#type: 1, ..Default::default() }
}

pub fn text(name: &str, s: &str) -> AttributeProto {
    AttributeProto { name: name.into(), s: s.into(), r#type: 3, ..Default::default() }
}

pub fn ints(name: &str, list: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), ints: list.into(), r#type: 7, ..Default::default() }
}

pub fn floats(name: &str, list: &[f32]) -> AttributeProto {
    AttributeProto { name: name.into(), floats: list.into(), r#type: 6, ..Default::default() }
}

impl Net {
    pub fn new(shape: &[usize]) -> Net {
        let graph = GraphProto {
            name: "small".into(),
            input: vec![value("x", Some(shape))],
            output: vec![value("y", None)],
            ..Default::default()
        };
        let (shape, random) = (shape.to_vec(), Random(0x9E37_79B9_7F4A_7C15));
        Net { graph, opset: 13, metadata: vec![], shape, random }
    }

    pub fn floats(mut self, name: &str, dims: &[i64]) -> Net {
        let float_data = self.random.vec(dims.iter().product::<i64>() as usize);
        let (name, dims) = (name.into(), dims.into());
        self.graph.initializer.push(TensorProto {
            dims,
            data_type: 1,
            name,
            float_data,
            ..Default::default()
        });
        self
    }

    pub fn given(mut self, name: &str, dims: &[i64], numbers: &[f32]) -> Net {
        let raw_data = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let (name, dims) = (name.into(), dims.into());
        self.graph.initializer.push(TensorProto {
            dims,
            data_type: 1,
            name,
            raw_data,
            ..Default::default()
        });
        self
    }

    pub fn longs(mut self, name: &str, numbers: &[i64]) -> Net {
        let dims = vec![numbers.len() as i64];
        let (name, int64_data) = (name.into(), numbers.into());
        self.graph.initializer.push(TensorProto {
            dims,
            data_type: 7,
            name,
            int64_data,
            ..Default::default()
        });
        self
    }

    /// Node `op`, named `the <op>`.
    pub fn node(
        mut self,
        op: &str,
        input: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> Net {
        self.graph.node.push(NodeProto {
            input: input.iter().map(|&s| s.into()).collect(),
            output: vec![output.into()],
            name: format!("the {op} {output}"),
            op_type: op.into(),
            domain: String::new(),
            attribute,
        });
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: self.opset }];
        let metadata_props = self.metadata.iter().map(|(key, value)| StringStringEntryProto {
            key: key.as_bytes().into(),
            value: value.as_bytes().into(),
        });
        ModelProto {
            ir_version: 8,
            graph: Some(self.graph.clone()),
            opset_import,
            metadata_props: metadata_props.collect(),
        }
        .encode_to_vec()
    }

    pub fn error(&self) -> Error {
        onnx::parse(Path::new("small.onnx"), &self.bytes()).unwrap_err()
    }

    /// Compares our output with that of the other runtime.
    fn check(mut self) {
        let input: Vec<f32> =
            self.random.vec(self.shape.iter().product()).into_iter().map(|x| 3.0 * x).collect();
        self.agree(&input);
    }

    /// The same for this input.
    #[track_caller]
    pub fn agree(&self, input: &[f32]) {
        self.agrees_with(self, input);
    }

    /// The same, with what the other runtime makes of `twin`.
    #[track_caller]
    pub fn agrees_with(&self, twin: &Net, input: &[f32]) {
        let graph = onnx::parse(Path::new("small.onnx"), &self.bytes()).unwrap();
        let ours = exec::run(&graph, input).unwrap().swap_remove(graph.heads[0].node);

        let model = tract_onnx::onnx().model_for_read(&mut &twin.bytes()[..]).unwrap();
        // Without its optimiser, which is wrong at times (a convolution taken from a constant, for
        // one).
        let model = model.into_typed().unwrap().into_runnable().unwrap();
        let tensor = Tensor::from_shape(&self.shape, input).unwrap();
        let theirs = model.run(tvec!(tensor.into())).unwrap();
        let theirs = theirs[0].to_plain_array_view::<f32>().unwrap();
        let dims: Vec<usize> = theirs.shape().iter().copied().skip(1).collect();
        let shape = graph.nodes[graph.heads[0].node].shape;
        let mut found = vec![shape.channels, shape.height, shape.width];
        found.truncate(dims.len());
        assert_eq!(found, dims);
        for (a, b) in ours.iter().zip(theirs.iter()) {
            assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{a} and {b}");
        }
    }
}

#[test]
fn convolutions_agree() {
    let conv = |attributes: Vec<AttributeProto>, weight: &[i64]| {
        let net = Net::new(&[1, 4, 9, 11]).floats("w", weight).floats("b", &weight[..1]);
        net.node("Conv", &["x", "w", "b"], "y", attributes).check();
    };
    conv(vec![], &[5, 4, 3, 2]);
    conv(vec![], &[5, 4, 1, 1]);
    conv(vec![ints("pads", &[1, 0, 2, 3]), ints("strides", &[2, 3])], &[6, 4, 3, 4]);
    conv(vec![ints("pads", &[2, 1, 2, 1]), ints("dilations", &[2, 1])], &[3, 4, 3, 3]);
    conv(vec![int("group", 2), ints("strides", &[2, 1])], &[6, 2, 3, 3]);
    conv(vec![int("group", 4), ints("pads", &[1, 1, 1, 1])], &[4, 1, 3, 3]);
    for auto in ["SAME_UPPER", "SAME_LOWER", "VALID"] {
        conv(vec![text("auto_pad", auto), ints("strides", &[2, 2])], &[2, 4, 4, 3]);
    }
}

#[test]
fn pools_agree() {
    let pool = |op: &str, attributes: Vec<AttributeProto>| {
        Net::new(&[1, 3, 8, 10]).node(op, &["x"], "y", attributes).check();
    };
    for op in ["MaxPool", "AveragePool"] {
        let kernel = || ints("kernel_shape", &[3, 2]);
        pool(op, vec![kernel()]);
        pool(op, vec![kernel(), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 0])]);
        pool(op, vec![kernel(), ints("strides", &[2, 3]), int("ceil_mode", 1)]);
        pool(op, vec![kernel(), ints("strides", &[2, 2]), text("auto_pad", "SAME_UPPER")]);
    }
    let pads = ints("pads", &[1, 1, 1, 1]);
    pool("AveragePool", vec![ints("kernel_shape", &[3, 3]), pads, int("count_include_pad", 1)]);
    pool("GlobalAveragePool", vec![]);
}

#[test]
fn arithmetic_agrees() {
    for op in ["Add", "Sub", "Mul", "Div"] {
        let net = || Net::new(&[1, 3, 4, 5]);
        for dims in [&[][..], &[3, 1, 1], &[1, 3, 1, 1], &[5], &[4, 1], &[1, 3, 4, 5]] {
            net().floats("k", dims).node(op, &["x", "k"], "y", vec![]).check();
            if op != "Div" {
                net().floats("k", dims).node(op, &["k", "x"], "y", vec![]).check();
            }
        }
        let net = net().floats("k", &[3, 1, 1]).node("Mul", &["x", "k"], "a", vec![]);
        net.node(op, &["x", "a"], "y", vec![]).check();
    }
}

#[test]
fn activations_agree() {
    let net = || Net::new(&[1, 2, 5, 5]);
    net().node("Relu", &["x"], "y", vec![]).check();
    net().node("LeakyRelu", &["x"], "y", vec![float("alpha", 0.3)]).check();
    net().node("Round", &["x"], "y", vec![]).check();
    net().node("Floor", &["x"], "y", vec![]).check();
    let clip = net().given("low", &[], &[-0.5]).given("high", &[], &[1.5]);
    clip.node("Clip", &["x", "low", "high"], "y", vec![]).check();
    let names = ["scale", "bias", "mean"];
    let norm =
        names.iter().fold(net(), |n, name| n.floats(name, &[2])).given("var", &[2], &[0.5, 2.0]);
    norm.node("BatchNormalization", &["x", "scale", "bias", "mean", "var"], "y", vec![]).check();
}

#[test]
fn layout_operators_agree() {
    let net = || Net::new(&[1, 2, 3, 4]);
    let joined = net().node("Relu", &["x"], "a", vec![]);
    joined.node("Concat", &["a", "x"], "y", vec![int("axis", 1)]).check();
    let rule = || {
        vec![text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor")]
    };
    let scales = net().given("s", &[4], &[1.0, 1.0, 2.0, 3.0]);
    scales.node("Resize", &["x", "", "s"], "y", rule()).check();
    let scales = net().given("s", &[4], &[1.0, 1.0, 3.0, 2.0]);
    scales.node("Resize", &["x", "", "s"], "y", vec![]).check();
    let padded = net().longs("p", &[0, 0, 1, 2, 0, 0, 3, 0]).given("v", &[], &[0.5]);
    padded.node("Pad", &["x", "p", "v"], "y", vec![]).check();
    net().node("Flatten", &["x"], "y", vec![]).check();
    net().longs("s", &[0, -1, 2, 2]).node("Reshape", &["x", "s"], "y", vec![]).check();
}

#[test]
fn dense_layers_agree() {
    let net = || Net::new(&[1, 6]);
    net().floats("w", &[6, 4]).node("MatMul", &["x", "w"], "y", vec![]).check();
    let gemm = net().floats("w", &[4, 6]).floats("b", &[4]);
    let attributes = vec![int("transB", 1), float("alpha", 0.5), float("beta", 2.0)];
    gemm.node("Gemm", &["x", "w", "b"], "y", attributes).check();
    let turned =
        net().floats("w", &[4, 6]).node("Transpose", &["w"], "t", vec![ints("perm", &[1, 0])]);
    turned.node("MatMul", &["x", "t"], "y", vec![]).check();
}

#[test]
fn an_unknown_operator_is_named() {
    let error = Net::new(&[1, 2, 3, 3]).node("Einsum", &["x"], "y", vec![]).error().to_string();
    for part in ["small.onnx", "Einsum", "the Einsum y"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn hostile_sizes_are_errors() {
    let huge = 1 << 40;
    let mut big = Net::new(&[1, 2, 3, 3]).node("Relu", &["x"], "y", vec![]);
    big.graph.input = vec![value("x", Some(&[1, huge, huge, huge]))];
    assert!(matches!(big.error(), Error::Invalid { .. }));

    let mut short = Net::new(&[1, 2, 3, 3]).floats("w", &[2, 2, 1, 1]);
    short.graph.initializer[0].dims = vec![i64::MAX, i64::MAX, 1, 1];
    assert!(matches!(short.node("Conv", &["x", "w"], "y", vec![]).error(), Error::Invalid { .. }));

    for (name, list) in [
        ("pads", vec![i64::MAX; 4]),
        ("pads", vec![-1; 4]),
        ("pads", vec![]),
        ("strides", vec![0, 0]),
        ("dilations", vec![i64::MAX; 2]),
    ] {
        let net = Net::new(&[1, 2, 3, 3]).floats("w", &[2, 2, 3, 3]);
        let error = net.node("Conv", &["x", "w"], "y", vec![ints(name, &list)]).error();
        assert!(error.to_string().contains("the Conv y"), "{error}");
    }
    let net = Net::new(&[1, 2, 3, 3]).longs("p", &[0, 0, i64::MAX, 1, 0, 0, i64::MAX, 1]);
    assert!(matches!(net.node("Pad", &["x", "p"], "y", vec![]).error(), Error::Node { .. }));
}

/// Flipped bits anywhere in a file: a network that runs, or an error, never a panic.
#[test]
fn damaged_bytes_never_panic() {
    let net = Net::new(&[1, 2, 6, 6])
        .floats("w", &[2, 1, 3, 3])
        .floats("k", &[2, 1, 1])
        .longs("s", &[1, -1]);
    let conv = vec![int("group", 2), ints("pads", &[1, 1, 1, 1]), ints("dilations", &[1, 1])];
    let net = net.node("Conv", &["x", "w"], "a", conv).node("Mul", &["a", "k"], "b", vec![]);
    let pool = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), int("ceil_mode", 1)];
    let net = net.node("MaxPool", &["b"], "c", pool).node(
        "Concat",
        &["c", "c"],
        "d",
        vec![int("axis", 1)],
    );
    let bytes = net.node("Reshape", &["d", "s"], "y", vec![]).bytes();
    let mut good = 0;
    for at in 0..8 * bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        if let Ok(graph) = onnx::parse(Path::new("small.onnx"), &damaged) {
            let small = graph.nodes.iter().map(|n| n.shape.len()).sum::<usize>() < 1 << 16;
            if small {
                exec::run(&graph, &vec![1.0; graph.input_shape().len()]).unwrap();
                good += 1;
            }
        }
    }
    assert!(good > 0);
}

#[test]
fn quantised_constants_agree() {
    let net = Net::new(&[1, 2, 4, 4]);
    let mut net = net.given("scale", &[3], &[0.5, 0.25, 2.0]);
    let raw_data = (0..6).map(|i| (40 * i - 100) as i8 as u8).collect();
    let (name, dims) = ("q".into(), vec![3, 2, 1, 1]);
    net.graph.initializer.push(TensorProto {
        dims,
        data_type: 3,
        name,
        raw_data,
        ..Default::default()
    });
    let (name, dims) = ("zero".into(), vec![3]);
    let int32_data = vec![1, -2, 3];
    net.graph.initializer.push(TensorProto {
        dims,
        data_type: 3,
        name,
        int32_data,
        ..Default::default()
    });
    let net = net.node("DequantizeLinear", &["q", "scale", "zero"], "w", vec![int("axis", 0)]);
    net.node("Conv", &["x", "w"], "y", vec![]).check();
}

#[test]
fn a_wrong_input_length_is_an_error() {
    let bytes = Net::new(&[1, 2, 3, 3]).node("Relu", &["x"], "y", vec![]).bytes();
    let graph = onnx::parse(Path::new("small.onnx"), &bytes).unwrap();
    assert_eq!(exec::run(&graph, &[0.0]), Err(exec::Error::InputLength { found: 1, needed: 18 }));
}
