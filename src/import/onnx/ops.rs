//! One ONNX node to graph nodes or to a constant: a file for each kind of operator, a line for each
//! operator in [`READERS`]. Errors are plain texts; the caller adds the place.
//!
//! Pointwise operators have no file here: `ann::op` knows their names and attributes.

use std::rc::Rc;

use super::node::Attributes;
pub use super::node::Ctx;
use super::proto::NodeProto;
use super::tensor::Tensor;
use super::{Builder, Value};
use crate::ann::Op;

mod arithmetic;
mod batch_norm;
mod clip;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod dense;
mod dequantize;
mod identity;
mod logic;
mod pad;
mod pool;
mod power;
mod prelu;
mod quantize;
mod rearrange;
mod reduce;
mod refused;
mod reshape;
mod resize;
mod shape;
mod softmax;
mod variadic;

pub use refused::refused;

/// Attributes and inputs of an operator, and how it is read.
pub struct Reader {
    pub names: &'static [&'static str],
    /// Those that are read or change nothing. Any other one could mean what is not known here.
    pub attributes: &'static [Attribute],
    /// Most inputs, from a version of the standard on; versions grow.
    pub inputs: &'static [(i64, usize)],
    pub read: fn(&mut Builder, &Ctx) -> Result<Value, String>,
}

/// An attribute and the versions of the standard that have it: from the first, before the last.
pub type Attribute = (&'static str, i64, i64);

/// An attribute that is there since a version.
const fn since(first: i64, name: &'static str) -> Attribute {
    (name, first, i64::MAX)
}

/// An attribute that was there before a version.
const fn before(last: i64, name: &'static str) -> Attribute {
    (name, 0, last)
}

/// An attribute that was there from a version on and before another one.
const fn between(first: i64, last: i64, name: &'static str) -> Attribute {
    (name, first, last)
}

/// All operators but the pointwise ones.
const READERS: &[&Reader] = &[
    &arithmetic::ADD,
    &arithmetic::DIV,
    &arithmetic::MUL,
    &arithmetic::NEG,
    &arithmetic::SUB,
    &batch_norm::READER,
    &clip::READER,
    &concat::READER,
    &constant::READER,
    &conv::READER,
    &conv_transpose::READER,
    &dense::GEMM,
    &dense::MATMUL,
    &dequantize::READER,
    &identity::DROPOUT,
    &identity::READER,
    &logic::AND,
    &logic::EQUAL,
    &logic::GREATER,
    &logic::GREATER_OR_EQUAL,
    &logic::LESS,
    &logic::LESS_OR_EQUAL,
    &logic::MOD,
    &logic::NOT,
    &logic::OR,
    &logic::WHERE,
    &pad::READER,
    &pool::AVERAGE,
    &pool::GLOBAL,
    &pool::GLOBAL_MAX,
    &pool::MAX,
    &power::READER,
    &prelu::READER,
    &quantize::READER,
    &rearrange::DEPTH_TO_SPACE,
    &rearrange::EXPAND,
    &rearrange::GATHER,
    &rearrange::SLICE,
    &rearrange::SPACE_TO_DEPTH,
    &rearrange::SPLIT,
    &rearrange::SQUEEZE,
    &rearrange::TILE,
    &rearrange::TRANSPOSE,
    &rearrange::UNSQUEEZE,
    &reduce::MAX,
    &reduce::MEAN,
    &reduce::MIN,
    &reduce::PROD,
    &reduce::SUM,
    &reshape::FLATTEN,
    &reshape::RESHAPE,
    &resize::RESIZE,
    &resize::UPSAMPLE,
    &shape::CAST,
    &shape::CONSTANT_OF_SHAPE,
    &shape::RANGE,
    &shape::SHAPE,
    &shape::SIZE,
    &softmax::LOG,
    &softmax::READER,
    &variadic::MAX,
    &variadic::MEAN,
    &variadic::MIN,
    &variadic::SUM,
];

/// Those that need the elements of a window or of a channel where they stand. All others take
/// them in any order, as a view has them.
const IN_ORDER: &[&str] = &[
    "AveragePool",
    "BatchNormalization",
    "Conv",
    "ConvTranspose",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "LogSoftmax",
    "MaxPool",
    "PRelu",
    "Resize",
    "Softmax",
    "Upsample",
];

/// How an operator is read.
enum Known {
    Reader(&'static Reader),
    Pointwise(&'static [&'static str]),
}

fn known(operator: &str) -> Option<Known> {
    let reader = READERS.iter().find(|reader| reader.names.contains(&operator));
    let reader = reader.map(|reader| Known::Reader(reader));
    reader.or_else(|| Op::onnx_attributes(operator).map(Known::Pointwise))
}

/// Whether nodes of this operator can be read.
pub fn is_supported(operator: &str) -> bool {
    known(operator).is_some()
}

/// A constant made from others, which are finite.
pub(super) fn fold(b: &mut Builder, t: Tensor) -> Result<Value, String> {
    t.finite().map_err(|what| format!("from its constants comes {what}"))?;
    b.spend(t.len())?;
    Ok(Value::Const(Rc::new(t)))
}

/// Converts one node; the value of its first output.
pub fn convert(b: &mut Builder, node: &NodeProto, name: &str) -> Result<Value, String> {
    let operator = &node.op_type[..];
    let known = known(operator).ok_or_else(|| format!("operator {operator} is not supported"))?;
    fits(b.opset, node, &known)?;
    let mut args = Vec::with_capacity(node.input.len());
    for input in &node.input {
        let value = match b.values.get(input) {
            _ if input.is_empty() => None,
            Some(value) => Some(value.clone()),
            None => return Err(format!("its input '{input}' is made by no earlier node")),
        };
        args.push(match value {
            Some(view @ Value::View(_)) if IN_ORDER.contains(&operator) => {
                let settled = b.settle(&view)?;
                b.values.insert(input.clone(), settled.clone());
                Some(settled)
            }
            value => value,
        });
    }
    for (i, arg) in args.iter().enumerate() {
        // Bounds may be infinite.
        let free = matches!(operator, "Identity" | "Cast" | "Unsqueeze" | "Squeeze" | "Reshape")
            || operator == "Clip" && i > 0;
        // The lowest number stands around what a maximum reads.
        let lowest = |t: &Tensor| operator == "Pad" && t.scalar() == Ok(f32::NEG_INFINITY);
        if let (Some(Value::Const(t)), false) = (arg, free)
            && !lowest(t)
        {
            t.finite().map_err(|what| format!("its constant '{}' holds {what}", node.input[i]))?;
        }
    }
    let outputs = node.output.len();
    let c =
        Ctx { name, outputs, inputs: &node.input, args, attributes: Attributes(&node.attribute) };
    match known {
        Known::Reader(reader) => (reader.read)(b, &c),
        Known::Pointwise(_) => match Op::from_onnx(operator, &c.attributes) {
            Some(op) => pointwise(b, &c, op?),
            None => Err(format!("operator {operator} is not supported")),
        },
    }
}

/// Refuses attributes and inputs that the operator does not have in the file's version of the
/// standard.
fn fits(opset: i64, node: &NodeProto, known: &Known) -> Result<(), String> {
    let has = |name: &str| match known {
        Known::Reader(reader) => reader
            .attributes
            .iter()
            .any(|&(known, first, last)| known == name && (first..last).contains(&opset)),
        Known::Pointwise(attributes) => attributes.contains(&name),
    };
    // A hint for reuse of memory, without a meaning of its own.
    let hint = |name: &str| opset < 6 && name == "consumed_inputs";
    if let Some(a) = node.attribute.iter().find(|a| !has(&a.name) && !hint(&a.name)) {
        return Err(format!("its attribute {} is not known in opset {opset}", a.name));
    }
    let most = match known {
        Known::Reader(reader) => {
            let own = reader.inputs.iter().rev().find(|&&(first, _)| first <= opset.max(0));
            own.map_or(0, |&(_, most)| most)
        }
        Known::Pointwise(_) => 1,
    };
    let found = node.input.len();
    if found > most {
        return Err(format!("it has {found} inputs, in opset {opset} at most {most} are known"));
    }
    Ok(())
}

/// A pointwise operator on the first input.
fn pointwise(b: &mut Builder, c: &Ctx, op: Op) -> Result<Value, String> {
    pointwise_on(b, c.name, c.value(0)?, op)
}

/// A pointwise operator on a value.
fn pointwise_on(b: &mut Builder, name: &str, value: &Value, op: Op) -> Result<Value, String> {
    let Value::Const(t) = value else {
        return arithmetic::on_elements(b, value, |b, id| {
            let shape = b.nodes[id].shape;
            b.place(name, op, vec![id], shape)
        });
    };
    if let (Op::Abs(_), Ok(whole)) = (&op, t.ints()) {
        let data = whole.iter().map(|x| x.saturating_abs()).collect();
        let whole = Tensor::new(t.dims.clone(), super::tensor::Data::Int(data));
        return fold(b, whole.wrapped(t.kind)?);
    }
    let floats = t.floats();
    let shape = crate::ann::Shape::new(floats.len(), 1, 1);
    let values = op.run(&[crate::ann::op::Tensor { values: &floats, shape }], shape);
    fold(b, Tensor::new(t.dims.clone(), super::tensor::Data::Float(values)))
}
