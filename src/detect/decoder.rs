//! What the outputs of a detector mean, read from the `[detect]` table of `*.detector.toml`.

use std::path::Path;

use serde::Deserialize;
use serde::de::{IgnoredAny, IntoDeserializer};
use toml::de::{DeTable, DeValue};

use super::checked;
use super::error::Error;
use super::heads::{Frame, Head, OutputKey};
use crate::ann::{Graph, Shape};
use crate::encode;
use crate::plain::plain;
use crate::spiking;

/// A detector from picture to boxes: the input rule and the meaning of the outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoder {
    /// How a picture becomes the input; its geometry also leads back.
    pub input: encode::Detector,
    /// Class names, in the order of the network.
    pub classes: Vec<String>,
    /// Boxes with this score or less are dropped.
    pub score: f64,
    /// Boxes that overlap a better one of their class by more than this IoU are dropped.
    pub nms_iou: f64,
    /// The heads; boxes of all of them compete.
    pub heads: Vec<Head>,
}

/// The `[detect]` table as written. Its heads are read apart: each kind has keys of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(deserialize_with = "checked::classes")]
    classes: Vec<String>,
    #[serde(deserialize_with = "checked::fraction")]
    score: f64,
    #[serde(deserialize_with = "checked::fraction")]
    nms_iou: f64,
    #[serde(rename = "head")]
    _heads: Vec<IgnoredAny>,
}

/// The table and its heads; `None` where the text has no `[detect]`.
fn table(text: &str) -> Result<Option<(Table, Vec<Head>)>, toml::de::Error> {
    let mut file = DeTable::parse(text)?;
    let Some(detect) = file.get_mut().remove("detect") else { return Ok(None) };
    let table = Table::deserialize(detect.clone().into_deserializer())?;
    let heads = match detect.get_ref().get("head").map(|heads| heads.get_ref()) {
        Some(DeValue::Array(heads)) => heads.iter().cloned().map(Head::read).collect(),
        _ => Ok(vec![]),
    };
    Ok(Some((table, heads?)))
}

/// What one head says against the rest of the description.
fn contradiction(frame: Frame, heads: &[Head]) -> Option<String> {
    let mut read: Vec<&OutputKey> = vec![];
    for (i, head) in heads.iter().enumerate() {
        if let Some(reason) = head.rule().contradiction(i, frame) {
            return Some(reason);
        }
        for output in head.rule().outputs() {
            if read.contains(&output) {
                return Some(format!("two heads read output {output}; give each its own"));
            }
            read.push(output);
        }
    }
    None
}

impl Decoder {
    /// The built-in description of the network with this file stem.
    pub fn for_network(stem: &str) -> Result<Decoder, Error> {
        Decoder::parse(encode::Detector::built_in_text(stem)?, Path::new(stem))
    }

    /// Reads a `*.detector.toml` file.
    pub fn load(path: &Path) -> Result<Decoder, Error> {
        Decoder::parse(&encode::Detector::text(path)?, path)
    }

    /// The description in `text`; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Decoder, Error> {
        // The input rule first: it refuses what no part of the file knows.
        let input = encode::Detector::parse(text, path)?;
        let invalid = |reason: String| Error::Description { path: path.into(), reason };
        let table = table(text).map_err(|mut e| {
            e.set_input(Some(text));
            invalid(plain(e.to_string().trim_end()))
        })?;
        let (Table { classes, score, nms_iou, .. }, heads) = table.ok_or_else(|| {
            invalid(
                "it has no [detect] table; add one with classes, score, nms_iou and a \
                     [[detect.head]] per output"
                    .into(),
            )
        })?;
        let decoder = Decoder { input, classes, score, nms_iou, heads };
        match contradiction(decoder.frame(), &decoder.heads) {
            Some(reason) => Err(invalid(reason)),
            None => Ok(decoder),
        }
    }

    /// What heads need to know of the rest.
    pub(super) fn frame(&self) -> Frame {
        let encode::Detector { width, height, .. } = self.input;
        Frame { width, height, classes: self.classes.len() }
    }

    /// Checks that the heads are there and have the shapes described, before anything is run.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let outputs: Vec<_> =
            graph.heads.iter().map(|h| (h.name.as_str(), graph.nodes[h.node].shape)).collect();
        self.locate(&outputs).map(|_| ())
    }

    /// The same of a network that spikes already. Its inputs are pixels as they are, so the
    /// description must name their number.
    pub fn check_spiking(&self, graph: &spiking::Graph, path: &Path) -> Result<(), Error> {
        let outputs = graph.outputs.iter().map(|&p| &graph.populations[p]);
        let outputs: Vec<_> = outputs.map(|p| (p.name.as_str(), p.shape)).collect();
        let encode::Detector { width, height, resize, .. } = self.input;
        let size = |p: usize| {
            let shape: Shape = graph.populations[p].shape;
            (shape.width, shape.height)
        };
        let other = graph.inputs().map(size).find(|&size| size != (width, height));
        let reason = match other {
            Some((w, h)) => format!(
                "it says {width}x{height}, and the network's input is {w}x{h}; say so in `width` \
                 and `height`"
            ),
            None if resize != encode::Resize::Plain => {
                "a network that spikes already takes its inputs as they are; say resize = \"plain\""
                    .into()
            }
            None => return self.locate(&outputs).map(|_| ()),
        };
        Err(Error::Description { path: path.into(), reason })
    }

    /// Sentences on outputs that fit more than one order, of a graph that was checked.
    pub fn doubts(&self, graph: &Graph) -> Vec<String> {
        let outputs: Vec<_> =
            graph.heads.iter().map(|h| (h.name.as_str(), graph.nodes[h.node].shape)).collect();
        self.doubts_of(&outputs)
    }

    /// The same of a network that spikes already.
    pub fn doubts_spiking(&self, graph: &spiking::Graph) -> Vec<String> {
        let outputs = graph.outputs.iter().map(|&p| &graph.populations[p]);
        let outputs: Vec<_> = outputs.map(|p| (p.name.as_str(), p.shape)).collect();
        self.doubts_of(&outputs)
    }

    fn doubts_of(&self, outputs: &[(&str, Shape)]) -> Vec<String> {
        let Ok(located) = self.locate(outputs) else { return vec![] };
        let doubt = |(n, (head, read)): (usize, (&Head, Vec<usize>))| {
            let shapes: Vec<Shape> = read.iter().map(|&index| outputs[index].1).collect();
            let doubt = head.rule().doubt(&shapes, self.frame())?;
            Some(format!("head {n} of the description: {doubt}"))
        };
        self.heads.iter().zip(located).enumerate().filter_map(doubt).collect()
    }

    /// Indices of the outputs that each head reads; every output belongs to one head.
    pub(super) fn locate(&self, outputs: &[(&str, Shape)]) -> Result<Vec<Vec<usize>>, Error> {
        let mut found = Vec::with_capacity(self.heads.len());
        // By output, the head that reads it.
        let mut reader: Vec<Option<usize>> = vec![None; outputs.len()];
        for (i, head) in self.heads.iter().enumerate() {
            let keys = head.rule().outputs();
            let read: Vec<usize> =
                keys.into_iter().map(|key| find(key, i, outputs)).collect::<Result<_, _>>()?;
            for &index in &read {
                if let Some(first) = reader[index].replace(i) {
                    let (name, heads) = (outputs[index].0.into(), [first, i]);
                    return Err(Error::SharedOutput { name, index, heads });
                }
            }
            let shapes: Vec<Shape> = read.iter().map(|&index| outputs[index].1).collect();
            head.rule().fits(&shapes, self.frame()).map_err(|misfit| {
                let (name, shape) = outputs[read[misfit.output]];
                misfit.error(i, name, shape)
            })?;
            found.push(read);
        }
        match reader.iter().position(Option::is_none) {
            Some(unused) => Err(Error::UnusedOutput { name: outputs[unused].0.into() }),
            None => Ok(found),
        }
    }
}

/// Index of the output that a key of head number `head` means.
fn find(key: &OutputKey, head: usize, outputs: &[(&str, Shape)]) -> Result<usize, Error> {
    let index = match key {
        OutputKey::Index(index) => (*index < outputs.len()).then_some(*index),
        OutputKey::Name(name) => outputs.iter().position(|(known, _)| known == name),
    };
    index.ok_or_else(|| {
        let names: Vec<_> =
            outputs.iter().enumerate().map(|(i, (name, _))| format!("{i} = `{name}`")).collect();
        Error::UnknownOutput { head, output: key.to_string(), known: names.join(", ") }
    })
}
