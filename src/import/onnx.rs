//! ONNX models of one image input, batch 1.
//!
//! Nodes on constants are folded; every other node becomes one or more nodes of the graph. All
//! sizes are checked before anything is allocated for them, since files may be damaged or hostile.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

use prost::Message;

use super::Error;
use crate::ann::op::Input;
use crate::ann::{Graph, Head, Node, NodeId, Op, Shape, fuse, memory};
use tensor::Tensor;

mod node;
mod ops;
#[doc(hidden)]
pub mod proto;
mod tensor;
mod window;

/// What a name in the file stands for.
#[derive(Clone)]
enum Value {
    Const(Rc<Tensor>),
    /// A node of the graph and its shape in the file, batch included.
    Node(NodeId, Vec<usize>),
}

/// The graph under construction.
struct Builder {
    opset: i64,
    nodes: Vec<Node>,
    values: HashMap<String, Value>,
    /// Bytes of all constants so far, so that small files cannot fill the memory.
    constants: u64,
    /// Elements of all nodes' tensors so far, for the same reason.
    elements: u64,
}

/// Reads the bytes of an ONNX file; `path` gives the network's name and stands in messages.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Graph, Error> {
    Ok(read(path, bytes)?.0)
}

/// The same, with what the exporter wrote beside the network, by key.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<(Graph, BTreeMap<String, String>), Error> {
    let mut model = proto::ModelProto::decode(bytes)
        .map_err(|source| Error::Decode { path: path.to_owned(), source })?;
    let entries = std::mem::take(&mut model.metadata_props);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let metadata = entries.iter().map(|entry| (text(&entry.key), text(&entry.value))).collect();
    Ok((graph(path, model)?, metadata))
}

fn graph(path: &Path, model: proto::ModelProto) -> Result<Graph, Error> {
    let invalid = |what: String| Error::Invalid { path: path.to_owned(), what };
    let file = model
        .graph
        .ok_or_else(|| invalid("the model has no graph (is the file cut short?)".into()))?;
    let opset = model.opset_import.iter().find(|o| o.domain.is_empty() || o.domain == "ai.onnx");
    let mut builder = Builder {
        opset: opset.map_or(1, |o| o.version),
        nodes: Vec::new(),
        values: HashMap::new(),
        constants: 0,
        elements: 0,
    };
    for t in &file.initializer {
        let tensor =
            Tensor::decode(t).map_err(|e| invalid(format!("initializer '{}': {e}", t.name)))?;
        builder.spend(tensor.len()).map_err(&invalid)?;
        if builder.values.insert(t.name.clone(), Value::Const(Rc::new(tensor))).is_some() {
            return Err(invalid(format!("initializer '{}' stands twice", t.name)));
        }
    }
    // Old files list the initializers among the inputs.
    let inputs: Vec<_> =
        file.input.iter().filter(|i| !builder.values.contains_key(&i.name)).collect();
    let [image] = inputs[..] else {
        return Err(invalid(format!("expected one input, found {}", inputs.len())));
    };
    let dims = input_dims(image).map_err(|e| invalid(format!("input '{}': {e}", image.name)))?;
    let value = builder.push(&image.name, Input, vec![], dims).map_err(&invalid)?;
    builder.values.insert(image.name.clone(), value);

    for node in &file.node {
        let name = match (&node.name[..], node.output.first()) {
            ("", Some(output)) => output.clone(),
            (name, _) => name.to_owned(),
        };
        let place = |what: String| Error::Node {
            path: path.to_owned(),
            operator: node.op_type.clone(),
            node: name.clone(),
            what,
        };
        let standard = node.domain.is_empty() || node.domain == "ai.onnx";
        if !standard || !ops::is_supported(&node.op_type) {
            let (path, operator) = (path.to_owned(), node.op_type.clone());
            return Err(Error::Unsupported { path, operator, node: name });
        }
        let Some(output) = node.output.first() else {
            return Err(place("it has no output".into()));
        };
        if node.output[1..].iter().any(|o| !o.is_empty()) {
            return Err(place("only its first output is supported".into()));
        }
        let value = ops::convert(&mut builder, node, &name).map_err(&place)?;
        if builder.values.insert(output.clone(), value).is_some() {
            return Err(place(format!("its output '{output}' exists already")));
        }
    }

    let mut heads = Vec::with_capacity(file.output.len());
    for output in &file.output {
        match builder.values.get(&output.name) {
            Some(&Value::Node(node, _)) => heads.push(Head { name: output.name.clone(), node }),
            Some(Value::Const(_)) => {
                return Err(invalid(format!("output '{}' is a constant", output.name)));
            }
            None => return Err(invalid(format!("no node makes output '{}'", output.name))),
        }
    }
    if heads.is_empty() {
        return Err(invalid("the network has no outputs".into()));
    }
    let bytes = builder.elements.saturating_mul(4).saturating_add(builder.constants);
    memory::check(bytes)
        .map_err(|e| invalid(format!("the network's tensors are too large: {e}")))?;
    let name =
        path.file_stem().map_or_else(|| file.name.clone(), |s| s.to_string_lossy().into_owned());
    Ok(fuse::fuse(Graph { name, nodes: builder.nodes, input: 0, heads }))
}

/// Shape of the image input with the batch set to 1.
fn input_dims(input: &proto::ValueInfoProto) -> Result<Vec<usize>, String> {
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let tensor = tensor.ok_or("it has no tensor type")?;
    if tensor.elem_type != 1 {
        return Err(format!("element type {} is not float", tensor.elem_type));
    }
    let shape = tensor.shape.as_ref().ok_or("it has no shape")?;
    let mut dims = Vec::with_capacity(shape.dim.len());
    for (axis, dim) in shape.dim.iter().enumerate() {
        match (axis, dim.dim_value) {
            // A free batch size: one image.
            (0, None | Some(-1..=1)) => dims.push(1),
            (0, Some(n)) => return Err(format!("batch {n}, expected 1")),
            (_, Some(n)) if n > 0 => dims.push(usize::try_from(n).map_err(|e| e.to_string())?),
            _ => return Err(format!("dimension {axis} has no fixed size")),
        }
    }
    Ok(dims)
}

/// Shape of a node from its dimensions in the file.
fn shape_of(dims: &[usize]) -> Result<Shape, String> {
    if tensor::count(dims)? == 0 {
        return Err(format!("shape {dims:?} is empty"));
    }
    match *dims {
        [1, n] => Ok(Shape::new(n, 1, 1)),
        [1, c, h] => Ok(Shape::new(c, h, 1)),
        [1, c, h, w] => Ok(Shape::new(c, h, w)),
        _ => Err(format!(
            "shape {dims:?} is not one image [1, channels, height, width] or vector [1, n]"
        )),
    }
}

impl Builder {
    /// Accounts for `n` constant elements; while they are made they take several times as much.
    fn spend(&mut self, n: usize) -> Result<(), String> {
        let making = self.constants.saturating_add((n as u64).saturating_mul(24));
        memory::check(making).map_err(|e| format!("the network's constants are too large: {e}"))?;
        self.constants = self.constants.saturating_add((n as u64).saturating_mul(4));
        Ok(())
    }

    /// Adds a node whose tensor has the given dimensions.
    fn push(
        &mut self,
        name: &str,
        op: impl Into<Op>,
        inputs: Vec<NodeId>,
        dims: Vec<usize>,
    ) -> Result<Value, String> {
        let op = op.into();
        let shape = shape_of(&dims)?;
        self.elements = self.elements.saturating_add(shape.len() as u64);
        if let Some(what) = op.no_number() {
            return Err(what);
        }
        let id = self.nodes.len();
        self.nodes.push(Node { name: name.to_owned(), op, inputs, shape });
        Ok(Value::Node(id, dims))
    }
}
