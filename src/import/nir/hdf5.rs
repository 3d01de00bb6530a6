//! The groups and datasets of a file as a [`tree`](super::tree), within bounds.
//!
//! Nothing is taken on trust: what a file unfolds to is bounded by its length, groups that contain
//! each other are found, and graphs nest a few times at most.

use super::parameters::{Array, Parameters, Value};
use super::tree::{Graph, Node};
use super::words::clip;
use crate::memory;
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::messages::datatype::StringSize;
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};

/// The most that a byte of a file becomes when it is unpacked: what gzip can do.
const UNPACKED: u64 = 1032;
/// Bytes that any file may unfold to.
const SMALL: u64 = 1 << 20;
/// Bytes of a file that an object of it takes at least.
const OBJECT: usize = 16;
/// Graphs within graphs.
const DEEPEST: usize = 16;

/// Reads the graph of a file.
///
/// # Errors
/// What is wrong, and with which part of the file.
pub fn read(bytes: &[u8]) -> Result<Graph, String> {
    let room = (bytes.len() as u64).saturating_mul(UNPACKED).saturating_add(SMALL);
    let most = usize::try_from(room).unwrap_or(usize::MAX);
    let options = OpenOptions::default()
        .with_chunk_cache_bytes(0)
        .with_max_chunk_bytes(most)
        .with_max_read_bytes(most)
        .with_max_object_header_bytes(most);
    let broken = |error| format!("no HDF5 file as NIR has it, or cut short: {}", said(&error));
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(broken)?;
    let root = file.root_group().map_err(broken)?;
    let objects = bytes.len() / OBJECT + 64;
    let mut reader = Reader { room, used: 0, objects, above: vec![] };
    let (groups, _) = reader.members(&root, "/")?;
    let Some(group) = groups.iter().find(|group| group.name() == "node") else {
        return Err("an HDF5 file without the group `node` of NIR; write it with nir.write".into());
    };
    let node = reader.node(group, "node".into(), "node")?;
    Ok(match node.inner {
        Some(graph) => graph,
        // A single node is a network, too.
        None => Graph { nodes: vec![node], ..Graph::default() },
    })
}

struct Reader {
    /// Bytes that all datasets together may unfold to.
    room: u64,
    used: u64,
    /// Objects that may still be looked at.
    objects: usize,
    /// Addresses of the groups around the present one.
    above: Vec<u64>,
}

impl Reader {
    fn members(
        &mut self,
        group: &Group,
        place: &str,
    ) -> Result<(Vec<Group>, Vec<Dataset>), String> {
        let (groups, datasets) = group.members().map_err(|e| at(place, &said(&e)))?;
        let count = groups.len() + datasets.len();
        let left = self.objects.checked_sub(count);
        self.objects = left.ok_or_else(|| at(place, "more objects than the file has room for"))?;
        Ok((groups, datasets))
    }

    /// A node, and what is in it.
    fn node(&mut self, group: &Group, name: String, place: &str) -> Result<Node, String> {
        if self.above.contains(&group.address()) {
            return Err(at(place, "the group contains itself"));
        }
        let (groups, datasets) = self.members(group, place)?;
        let child = |name: &str| groups.iter().find(|group| group.name() == name);
        let mut parameters = self.parameters(&datasets, place)?;
        let Some(kind) = parameters.text("type").map(str::to_owned) else {
            let what = "it has no type; names of nodes must not contain a `/`";
            return Err(at(place, what));
        };
        parameters.0.remove("type");
        let metadata = match child("metadata") {
            Some(group) => {
                let place = format!("{place}/metadata");
                let (_, datasets) = self.members(group, &place)?;
                self.parameters(&datasets, &place)?
            }
            None => Parameters::default(),
        };
        let mut node = Node { name, kind, parameters, metadata, inner: None };
        if node.kind == "NIRGraph" {
            self.above.push(group.address());
            let mut graph = self.graph(child("nodes"), &mut node.parameters, place)?;
            self.above.pop();
            graph.metadata = std::mem::take(&mut node.metadata);
            node.inner = Some(graph);
        }
        Ok(node)
    }

    /// The nodes and edges of a graph.
    fn graph(
        &mut self,
        nodes: Option<&Group>,
        parameters: &mut Parameters,
        place: &str,
    ) -> Result<Graph, String> {
        if self.above.len() > DEEPEST {
            return Err(at(place, &format!("graphs nest more than {DEEPEST} deep")));
        }
        let nodes = nodes.ok_or_else(|| at(place, "a graph without a group `nodes`"))?;
        if self.above.contains(&nodes.address()) {
            return Err(at(place, "the group contains itself"));
        }
        self.above.push(nodes.address());
        let mut graph = Graph::default();
        let (groups, _) = self.members(nodes, place)?;
        for group in &groups {
            let name = group.name().to_owned();
            if name.is_empty() || name.contains('/') {
                let what = format!("'{}' is no name of a node", clip(&name));
                return Err(at(place, &what));
            }
            let place = format!("{place}/nodes/{name}");
            graph.nodes.push(self.node(group, name, &place)?);
        }
        self.above.pop();
        let ends = match parameters.0.remove("edges") {
            Some(Value::Texts(ends)) if ends.len().is_multiple_of(2) => ends,
            // Without edges some exporters write an empty list of numbers.
            Some(Value::Numbers(none)) if none.values.is_empty() => vec![],
            None => vec![],
            Some(_) => return Err(at(place, "edges are not pairs of names")),
        };
        let mut ends = ends.into_iter();
        while let (Some(from), Some(to)) = (ends.next(), ends.next()) {
            graph.edges.push([from, to]);
        }
        Ok(graph)
    }

    fn parameters(&mut self, datasets: &[Dataset], place: &str) -> Result<Parameters, String> {
        let mut parameters = Parameters::default();
        for dataset in datasets {
            let value = self
                .value(dataset)
                .map_err(|what| at(&format!("{place}/{}", dataset.name()), &what))?;
            parameters.0.insert(dataset.name().to_owned(), value);
        }
        Ok(parameters)
    }

    fn value(&mut self, dataset: &Dataset) -> Result<Value, String> {
        match dataset.dtype() {
            Datatype::FixedPoint { size, signed, .. } => {
                self.numbers(dataset, usize::from(*size), whole(*size, *signed))
            }
            Datatype::FloatingPoint { size, .. } => {
                self.numbers(dataset, usize::from(*size), real(*size))
            }
            Datatype::String { size: StringSize::Fixed(size), .. } => {
                self.take(dataset, u64::from(*size))?;
                let texts = dataset.read_strings().map_err(|e| said(&e))?;
                Ok(Value::Texts(texts))
            }
            Datatype::String { .. } => self.texts(dataset),
            Datatype::VarLen { base, .. } if base.is_vlen_string_base() => self.texts(dataset),
            other => {
                let name = format!("{other:?}");
                let name = name.split([' ', '{', '(']).next().unwrap_or_default();
                Ok(Value::Other(format!("of the HDF5 type {name}")))
            }
        }
    }

    fn numbers(
        &mut self,
        dataset: &Dataset,
        size: usize,
        decode: Option<fn(&[u8]) -> f64>,
    ) -> Result<Value, String> {
        let Some(decode) = decode else {
            return Ok(Value::Other(format!("of numbers with {} bits", 8 * size)));
        };
        self.take(dataset, size as u64 + 8)?;
        let raw = dataset.read_native_bytes().map_err(|e| said(&e))?;
        let values: Vec<f64> = raw.chunks_exact(size.max(1)).map(decode).collect();
        let shape: Option<Vec<usize>> =
            dataset.shape().iter().map(|&size| usize::try_from(size).ok()).collect();
        let shape = shape.ok_or("its shape is too large")?;
        let count = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size));
        match count == Some(values.len()) {
            true => Ok(Value::Numbers(Array { shape, values })),
            false => Err("its numbers do not fill its shape".into()),
        }
    }

    /// Strings of any length. Many may be one in the file, so that each counts as it is read.
    fn texts(&mut self, dataset: &Dataset) -> Result<Value, String> {
        let size = dataset.vlen_reference_size();
        self.take(dataset, size as u64 + 24)?;
        let raw = dataset.read_raw_bytes().map_err(|e| said(&e))?;
        let mut texts = Vec::with_capacity(raw.len() / size);
        for reference in raw.chunks_exact(size) {
            let length = reference.first_chunk::<4>().map_or(0, |four| u32::from_le_bytes(*four));
            self.use_up(u64::from(length))?;
            let bytes = dataset.resolve_vlen_reference_bytes(reference, 1).map_err(|e| said(&e))?;
            let text = String::from_utf8(bytes).map_err(|_| "its text is not UTF-8".to_owned())?;
            texts.push(text.trim_end_matches('\0').to_owned());
        }
        Ok(Value::Texts(texts))
    }

    /// Counts what a dataset takes with so many bytes by element.
    fn take(&mut self, dataset: &Dataset, by_element: u64) -> Result<(), String> {
        let elements = dataset.num_elements().map_err(|e| said(&e))?;
        self.use_up(elements.saturating_mul(by_element))
    }

    fn use_up(&mut self, bytes: u64) -> Result<(), String> {
        self.used = self.used.saturating_add(bytes);
        // What is read is larger than what is stored: bytes become floats of eight.
        if self.used > self.room.saturating_mul(3) {
            return Err("the file cannot hold so much: it is broken".into());
        }
        memory::check(self.used).map_err(|e| e.to_string())
    }
}

/// A message with its place in the file.
fn at(place: &str, what: &str) -> String {
    format!("{}: {what}", clip(place))
}

/// What the reader of the container says, and what helps.
fn said(error: &Error) -> String {
    match error {
        // The path stands before it already.
        Error::Context { source, .. } => said(source),
        Error::UnsupportedFilter(_) => {
            let what = clip(&error.to_string());
            format!("{what}; write the file again with gzip, as nir.write does by itself")
        }
        _ => clip(&error.to_string()),
    }
}

/// Decodes whole numbers of the machine's byte order.
fn whole(size: u8, signed: bool) -> Option<fn(&[u8]) -> f64> {
    macro_rules! of {
        ($type:ty) => {
            |b| b.try_into().map_or(0.0, |b| <$type>::from_ne_bytes(b) as f64)
        };
    }
    Some(match (size, signed) {
        (1, true) => of!(i8),
        (1, false) => of!(u8),
        (2, true) => of!(i16),
        (2, false) => of!(u16),
        (4, true) => of!(i32),
        (4, false) => of!(u32),
        (8, true) => of!(i64),
        (8, false) => of!(u64),
        _ => return None,
    })
}

/// Decodes floats of the machine's byte order.
fn real(size: u8) -> Option<fn(&[u8]) -> f64> {
    match size {
        4 => Some(|b| b.try_into().map_or(0.0, |b| f64::from(f32::from_ne_bytes(b)))),
        8 => Some(|b| b.try_into().map_or(0.0, f64::from_ne_bytes)),
        _ => None,
    }
}
