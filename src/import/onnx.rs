//! ONNX models of one image input, batch 1.
//!
//! Nodes on constants are folded; every other node becomes one or more nodes of the graph. All
//! sizes are checked before anything is allocated for them, since files may be damaged or hostile.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

use prost::Message;

use super::{Error, Options};
use crate::ann::op::{Input, Reshape, Slice};
use crate::ann::{Form, Graph, Head, Node, NodeId, Op, Shape, fuse, memory};
use codes::Codes;
use strided::Strided;
use tensor::Tensor;

mod batch;
mod codes;
mod input;
mod kind;
mod live;
mod node;
mod ops;
#[doc(hidden)]
pub mod proto;
mod saturations;
mod strided;
mod tensor;
mod window;

/// What a name in the file stands for.
#[derive(Clone)]
enum Value {
    Const(Rc<Tensor>),
    /// A node of the graph and its shape in the file, batch included.
    Node(NodeId, Vec<usize>),
    View(Rc<View>),
}

/// The elements of a node in another order, which no node has made yet.
struct View {
    /// Name of the file's node.
    name: String,
    source: NodeId,
    strided: Strided,
    /// Its shape in the file, which may join or split the axes of `strided`.
    dims: Vec<usize>,
}

impl Value {
    fn dims(&self) -> &[usize] {
        match self {
            Value::Const(t) => &t.dims,
            Value::Node(_, dims) => dims,
            Value::View(view) => &view.dims,
        }
    }
}

/// What follows of a node from those before it.
#[derive(Clone, Copy)]
struct Known {
    /// It is the image by linear operations alone.
    of_image: bool,
    /// None of its values is below zero.
    positive: bool,
    /// The same where none of the picture's is.
    bright: bool,
    /// The node whose elements, in their order, are its own.
    elements: NodeId,
}

/// The graph under construction.
struct Builder {
    opset: i64,
    nodes: Vec<Node>,
    /// By node.
    known: Vec<Known>,
    values: HashMap<String, Value>,
    /// Views that were put in order, so that all who read their elements read one node.
    settled: HashMap<(NodeId, Strided, Vec<usize>), Value>,
    /// Outputs of the last node behind its first.
    more: Vec<Value>,
    /// What saturates at a bound, given by its bits: one node for all that round it.
    saturated: HashMap<(NodeId, u32), Value>,
    /// What integers of features stand for, by their name in the file.
    codes: HashMap<String, Codes>,
    /// The same of the outputs of the last node.
    coded: Option<Codes>,
    /// Paddings with the lowest number, which only a maximum may read.
    lowest: BTreeMap<NodeId, String>,
    /// Images of the file's batch, of which one is read.
    batch: usize,
    /// Bytes of all constants so far, so that small files cannot fill the memory.
    constants: u64,
    /// Elements of all nodes' tensors so far, for the same reason.
    elements: u64,
    /// What was read otherwise than it stands there, a sentence each.
    notes: Vec<String>,
}

/// Reads the bytes of an ONNX file; `path` gives the network's name and stands in messages.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Graph, Error> {
    Ok(read(path, bytes, &Options::default())?.graph)
}

/// What an ONNX file holds.
pub(super) struct File {
    pub graph: Graph,
    /// What the exporter wrote beside the network, by key.
    pub metadata: BTreeMap<String, String>,
    /// What was read otherwise than it stands there, a sentence each.
    pub notes: Vec<String>,
}

/// The same, with what else it says.
pub(super) fn read(path: &Path, bytes: &[u8], options: &Options) -> Result<File, Error> {
    let mut model = proto::ModelProto::decode(bytes)
        .map_err(|source| Error::Decode { path: path.to_owned(), source })?;
    let entries = std::mem::take(&mut model.metadata_props);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let metadata = entries.iter().map(|entry| (text(&entry.key), text(&entry.value))).collect();
    let (graph, notes) = graph(path, model, options)?;
    Ok(File { graph, metadata, notes })
}

fn graph(
    path: &Path,
    model: proto::ModelProto,
    options: &Options,
) -> Result<(Graph, Vec<String>), Error> {
    let invalid = |what: String| Error::Invalid { path: path.to_owned(), what };
    let file = model
        .graph
        .ok_or_else(|| invalid("the model has no graph (is the file cut short?)".into()))?;
    let opset = model.opset_import.iter().find(|o| o.domain.is_empty() || o.domain == "ai.onnx");
    let mut builder = Builder {
        opset: opset.map_or(1, |o| o.version),
        nodes: Vec::new(),
        known: Vec::new(),
        values: HashMap::new(),
        settled: HashMap::new(),
        more: Vec::new(),
        saturated: HashMap::new(),
        codes: HashMap::new(),
        coded: None,
        lowest: BTreeMap::new(),
        batch: 1,
        constants: 0,
        elements: 0,
        notes: Vec::new(),
    };
    let live = live::Live::of(&file);
    builder.initializers(&file, &live).map_err(&invalid)?;
    builder.image(&file, &live, options).map_err(&invalid)?;
    for node in file.node.iter().filter(|node| live.runs(node)) {
        builder.node(path, node, &live)?;
    }

    let heads: Result<Vec<Head>, _> =
        file.output.iter().map(|output| builder.head(&output.name)).collect();
    let heads = heads.map_err(&invalid)?;
    if heads.is_empty() {
        return Err(invalid("the network has no outputs".into()));
    }
    let bytes = builder.elements.saturating_mul(4).saturating_add(builder.constants);
    memory::check(bytes)
        .map_err(|e| invalid(format!("the network's tensors are too large: {e}")))?;
    let name =
        path.file_stem().map_or_else(|| file.name.clone(), |s| s.to_string_lossy().into_owned());
    let mut graph = Graph { name, nodes: builder.nodes, input: 0, heads };
    saturations::bypass(&mut graph);
    let unread = live::unread(&graph);
    if let Some((id, what)) = builder.lowest.iter().find(|(id, _)| !unread[**id]) {
        let name = &graph.nodes[*id].name;
        return Err(invalid(format!(
            "operator Pad of node '{name}': its constant {what}, which stands only before a maximum"
        )));
    }
    Ok((fuse::fuse(graph.without(&unread)), builder.notes))
}

/// Whether an operator makes means.
fn averages(op: &Op) -> bool {
    matches!(op, Op::AveragePool(_) | Op::GlobalAveragePool(_))
}

/// Whether a shape is that of one image or vector, whose channels are its second dimension.
fn by_channel(dims: &[usize]) -> bool {
    matches!(dims, [1, _] | [1, _, _] | [1, _, _, _])
}

/// Shape of a node from its dimensions in the file: behind the batch come channels, rows and
/// columns. Of more dimensions all but the last two are channels together.
fn shape_of(dims: &[usize]) -> Result<Shape, String> {
    if tensor::count(dims)? == 0 {
        return Err(format!("shape {dims:?} is empty"));
    }
    let own = match dims {
        [1, rest @ ..] if !rest.is_empty() => rest,
        dims => dims,
    };
    Ok(match *own {
        [] => Shape::new(1, 1, 1),
        [n] => Shape::new(n, 1, 1),
        [c, h] => Shape::new(c, h, 1),
        [ref outer @ .., h, w] => Shape::new(tensor::count(outer)?, h, w),
    })
}

impl Builder {
    /// Accounts for `n` constant elements; while they are made they take several times as much.
    fn spend(&mut self, n: usize) -> Result<(), String> {
        let making = self.constants.saturating_add((n as u64).saturating_mul(24));
        memory::check(making).map_err(|e| format!("the network's constants are too large: {e}"))?;
        self.constants = self.constants.saturating_add((n as u64).saturating_mul(4));
        Ok(())
    }

    /// Adds the constants of the file that its outputs depend on.
    fn initializers(&mut self, file: &proto::GraphProto, live: &live::Live) -> Result<(), String> {
        let mut sparse = file.sparse_initializer.iter().filter_map(|t| t.values.as_ref());
        if let Some(t) = sparse.find(|t| live.needs(&t.name)) {
            return Err(format!(
                "initializer '{}' is sparse, which is not supported; store all its numbers",
                t.name
            ));
        }
        for t in file.initializer.iter().filter(|t| live.needs(&t.name)) {
            let tensor = Tensor::decode(t).map_err(|e| format!("initializer '{}': {e}", t.name))?;
            self.spend(tensor.len())?;
            if self.values.insert(t.name.clone(), Value::Const(Rc::new(tensor))).is_some() {
                return Err(format!("initializer '{}' stands twice", t.name));
            }
        }
        Ok(())
    }

    /// Reads one node of the file.
    fn node(
        &mut self,
        path: &Path,
        node: &proto::NodeProto,
        live: &live::Live,
    ) -> Result<(), Error> {
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
            let hint = ops::refused(&operator, standard);
            return Err(Error::Unsupported { path, operator, node: name, hint });
        }
        let Some(output) = node.output.first() else {
            return Err(place("it has no output".into()));
        };
        self.more.clear();
        self.coded = codes::passed(&node.op_type, &node.input, &self.codes).map_err(&place)?;
        let value = ops::convert(self, node, &name).map_err(&place)?;
        let more = std::mem::take(&mut self.more);
        let mut values = std::iter::once(Some(value)).chain(more.into_iter().map(Some));
        for (index, output) in std::iter::once(output).chain(&node.output[1..]).enumerate() {
            let value = values.next().flatten();
            if output.is_empty() || index > 0 && !live.needs(output) {
                continue;
            }
            let Some(value) = value else {
                return Err(place(format!("output {index} ('{output}') is not supported")));
            };
            if let Some(codes) = self.coded {
                self.codes.insert(output.clone(), codes);
            }
            if self.values.insert(output.clone(), value).is_some() {
                return Err(place(format!("its output '{output}' exists already")));
            }
        }
        Ok(())
    }

    /// The output of this name.
    fn head(&mut self, name: &str) -> Result<Head, String> {
        let value = self.values.get(name).cloned();
        let value = value.ok_or_else(|| format!("no node makes output '{name}'"))?;
        if self.codes.contains_key(name) {
            return Err(format!(
                "output '{name}' holds integers of QuantizeLinear; \
                 end the network with DequantizeLinear"
            ));
        }
        let value = self.settle(&value).map_err(|what| format!("output '{name}': {what}"))?;
        match value {
            Value::Node(node, _) => Ok(Head { name: name.to_owned(), node }),
            _ => Err(format!("output '{name}' is a constant")),
        }
    }

    /// Adds a node whose tensor has the given dimensions.
    fn push(
        &mut self,
        name: &str,
        op: impl Into<Op>,
        inputs: Vec<NodeId>,
        dims: Vec<usize>,
    ) -> Result<Value, String> {
        let id = self.place(name, op.into(), inputs, shape_of(&dims)?)?;
        Ok(Value::Node(id, dims))
    }

    /// Adds a node of this shape.
    fn place(
        &mut self,
        name: &str,
        op: Op,
        inputs: Vec<NodeId>,
        shape: Shape,
    ) -> Result<NodeId, String> {
        self.elements = self.elements.saturating_add(shape.len() as u64);
        if let Some(what) = op.no_number() {
            return Err(what);
        }
        self.known.push(self.follows(&op, &inputs));
        self.nodes.push(Node { name: name.to_owned(), op, inputs, shape });
        Ok(self.nodes.len() - 1)
    }

    /// What is known of the next node.
    fn follows(&self, op: &Op, inputs: &[NodeId]) -> Known {
        let all = |is: fn(&Known) -> bool| inputs.iter().all(|&input| is(&self.known[input]));
        let form = op.form();
        let raises = |list: &[f32]| list.iter().all(|&x| x >= 0.0);
        let moves = match form {
            Form::Affine { scale, shift } | Form::AffineMap { scale, shift } => {
                raises(scale) && raises(shift)
            }
            form => matches!(form, Form::Same | Form::Sum) || averages(op) || form.passes_signs(),
        };
        let positive = match op {
            Op::Relu(_) | Op::Sigmoid(_) | Op::HardSigmoid(_) | Op::Softplus(_) => true,
            Op::Exp(_) | Op::Abs(_) | Op::Sqrt(_) => true,
            Op::Clip(clip) if clip.low >= 0.0 => true,
            Op::Saturation(_) => true,
            Op::Quantized(steps) if steps.low >= 0.0 => true,
            _ => moves && !inputs.is_empty() && all(|known| known.positive),
        };
        let bright = match op {
            Op::Input(_) => true,
            Op::Pad(pad) => pad.value >= 0.0 && all(|known| known.bright),
            _ => positive || moves && all(|known| known.bright),
        };
        let elements = match (op, inputs) {
            (Op::Reshape(_), &[input]) => self.known[input].elements,
            _ => self.nodes.len(),
        };
        let of_image = form.is_linear() && all(|known| known.of_image);
        Known { of_image, positive, bright, elements }
    }

    /// A value whose elements stand in order in a node of its shape; of a constant itself.
    fn settle(&mut self, value: &Value) -> Result<Value, String> {
        let Value::View(view) = value else { return Ok(value.clone()) };
        let key = (view.source, view.strided.clone(), view.dims.clone());
        if let Some(known) = self.settled.get(&key) {
            return Ok(known.clone());
        }
        let made = self.in_order(view)?;
        self.settled.insert(key, made.clone());
        Ok(made)
    }

    /// The node of a view's elements as they stand.
    fn in_order(&mut self, view: &View) -> Result<Value, String> {
        let shape = shape_of(&view.dims)?;
        // A change of shape keeps the order.
        let source = self.known[view.source].elements;
        let from = self.nodes[source].shape;
        let (first, same_map) =
            (view.strided.first, (from.height, from.width) == (shape.height, shape.width));
        let dims = view.dims.clone();
        let in_order = view.strided.in_order();
        if in_order && first == 0 && shape.len() == from.len() {
            return match shape == from {
                true => Ok(Value::Node(source, dims)),
                false => self.push(&view.name, Reshape, vec![source], dims),
            };
        }
        let plane = shape.height * shape.width;
        if in_order && same_map && first.is_multiple_of(plane) {
            return self.push(&view.name, Slice { first: first / plane }, vec![source], dims);
        }
        self.spend(view.strided.dims().iter().sum())?;
        self.push(&view.name, view.strided.clone().permute(), vec![source], dims)
    }

    /// The node of a value and the order of its elements, an axis for each dimension.
    fn seen(&mut self, value: &Value) -> Result<(NodeId, Strided), String> {
        if let Value::View(view) = value
            && let Some(strided) = match view.strided.dims() == view.dims {
                true => Some(view.strided.clone()),
                false => view.strided.reshape(&view.dims),
            }
        {
            return Ok((view.source, strided));
        }
        match self.settle(value)? {
            Value::Node(id, dims) => Ok((id, Strided::whole(&dims))),
            _ => Err("a constant where features are expected".into()),
        }
    }

    /// A value's elements in another shape, as no node of its own.
    fn shaped(&mut self, name: &str, value: &Value, dims: Vec<usize>) -> Value {
        let (source, strided) = match value {
            Value::Const(t) => {
                let same = Tensor::of_kind(t.kind, dims, t.data.clone());
                return Value::Const(Rc::new(same));
            }
            Value::Node(id, own) => (*id, Strided::whole(own)),
            Value::View(view) => (view.source, view.strided.clone()),
        };
        Value::View(Rc::new(View { name: name.to_owned(), source, strided, dims }))
    }
}
