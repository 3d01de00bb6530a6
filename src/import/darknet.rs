//! Darknet networks: a `.cfg` of sections and the `.weights` beside it.
//!
//! Read as Darknet itself reads them; see [`parse`] for where its versions differ. Training keys
//! are passed over, as are all keys of `[net]` but the input's size and those that only tell how to
//! read boxes: that is the detector description's part. A key that would change the network and
//! that cannot be expressed is an error. All sizes are checked before anything is allocated for
//! them, since files may be damaged or hostile.

use std::path::Path;

use super::Error;
use crate::ann::{Graph, Head, Node, NodeId, Op, Shape, check, memory};
use cfg::{Fault, Section};
pub(super) use facts::facts;
use weights::Weights;

mod cfg;
mod convolution;
mod facts;
mod layers;
mod weights;

/// The graph under construction.
struct Builder<'a> {
    nodes: Vec<Node>,
    /// What each layer of the file made; none where it decodes boxes, which nothing here can read.
    layers: Vec<Option<NodeId>>,
    heads: Vec<Head>,
    weights: Weights<'a>,
    /// Elements of all tensors so far, so that a small file cannot ask for more memory than there
    /// is.
    elements: u64,
}

/// Reads a network from the bytes of its two files; `path`, the `.cfg`, gives the network's name
/// and stands in messages.
///
/// Batch norm divides by `sqrt(variance + 1e-6)`, as other readers of these files do. The original
/// Darknet adds 1e-6 to the square root instead (heads of trained detectors then differ by 2e-5 to
/// 7e-5 of their norm, and variances just below 0, which occur, give no number); a later one adds
/// 1e-5 to the variance. Max-pools have the later padding: `size - 1` cells, the smaller half at
/// the top and left, never the maximum. The heads are the inputs of the `[yolo]` and `[region]`
/// layers.
///
/// # Errors
/// What is wrong in which line and layer, or with which layer's weights.
pub fn parse(path: &Path, cfg: &[u8], weights: &[u8]) -> Result<Graph, Error> {
    let weights_path = path.with_extension("weights");
    let invalid = |what: String| Error::Invalid { path: weights_path.clone(), what };
    // Comments of other encodings do no harm.
    let text = String::from_utf8_lossy(cfg);
    let sections = cfg::sections(&text).map_err(|fault| error(path, "", fault))?;
    let Some((net, layers)) = sections.split_first() else {
        return Err(Error::Invalid {
            path: path.to_owned(),
            what: "it has no sections, such as [net]".into(),
        });
    };
    let weights = Weights::open(weights).map_err(&invalid)?;
    let mut builder =
        Builder { nodes: vec![], layers: vec![], heads: vec![], weights, elements: 0 };
    builder.input(net).map_err(|fault| error(path, &net.title(), fault))?;
    for (index, section) in layers.iter().enumerate() {
        let place = format!("layer {index} {}", section.title());
        let output = builder.layer(section).map_err(|fault| match fault {
            Fault::Cfg { .. } => error(path, &place, fault),
            Fault::Weights(what) => {
                invalid(format!("{place}, line {} of the .cfg: {what}", section.line))
            }
        })?;
        builder.layers.push(output);
    }
    // A classifier: what training compared with the classes is its output.
    if builder.heads.is_empty()
        && layers.iter().any(|s| matches!(&s.name[..], "softmax" | "soft" | "cost"))
        && let Some(&Some(node)) = builder.layers.last()
    {
        builder.heads.push(Head { name: "head0".into(), node });
    }
    if builder.heads.is_empty() {
        let what = "it has no [yolo] or [region] layer, whose inputs would be the outputs".into();
        return Err(Error::Invalid { path: path.to_owned(), what });
    }
    builder.weights.finish().map_err(&invalid)?;
    memory::check_floats(builder.elements).map_err(|e| Error::Invalid {
        path: path.to_owned(),
        what: format!("its tensors are too large: {e}"),
    })?;
    let name =
        path.file_stem().map_or_else(|| "network".into(), |s| s.to_string_lossy().into_owned());
    Ok(Graph { name, nodes: builder.nodes, input: 0, heads: builder.heads })
}

/// A fault of the `.cfg` with its place.
fn error(path: &Path, place: &str, fault: Fault) -> Error {
    let separator = if place.is_empty() { "" } else { ": " };
    match fault {
        Fault::Cfg { line, what } => Error::Darknet {
            path: path.to_owned(),
            line,
            what: format!("{place}{separator}{what}"),
        },
        Fault::Weights(what) => Error::Invalid { path: path.to_owned(), what },
    }
}

impl Builder<'_> {
    /// Adds a node with a tensor of this shape, asked for by `section`.
    fn push(
        &mut self,
        section: &Section,
        kind: &str,
        op: Op,
        inputs: Vec<NodeId>,
        shape: Shape,
    ) -> Result<NodeId, Fault> {
        let Shape { channels, height, width } = shape;
        let too_large = |why: String| {
            section
                .fault(format!("its output of {channels} x {height} x {width} is too large{why}"))
        };
        let size =
            check::elements([channels, height, width]).ok_or_else(|| too_large(String::new()))?;
        memory::check_floats(size as u64).map_err(|e| too_large(format!(": {e}")))?;
        self.elements = self.elements.saturating_add(size as u64);
        if let Some(what) = op.no_number() {
            return Err(Fault::Weights(what));
        }
        let name = format!("l{}_{kind}", self.layers.len());
        self.nodes.push(Node { name, op, inputs, shape });
        Ok(self.nodes.len() - 1)
    }

    fn shape(&self, node: NodeId) -> Shape {
        self.nodes[node].shape
    }
}
