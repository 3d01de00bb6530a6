//! How pictures become inputs of a trained network, and its heads become boxes.

use crate::ann::Graph;
use crate::detect::Decoder;
use crate::encode::{self, Detector, InputItem};
use crate::pipeline::{Detections, HeadValues, Sample};
use miette::IntoDiagnostic;
use std::path::Path;

/// The description of a detector, with or without a rule for boxes.
pub struct Feeding {
    detector: Detector,
    pub decoder: Option<Decoder>,
}

impl Feeding {
    /// The description in `file`, or the built-in one of the network's name.
    pub fn new(file: Option<&Path>, graph: &Graph) -> miette::Result<Feeding> {
        let (text, path) = match file {
            Some(path) => (Detector::text(path).into_diagnostic()?, path),
            None => {
                (Detector::built_in_text(&graph.name).into_diagnostic()?.to_string(), Path::new(&graph.name))
            }
        };
        let detector = Detector::parse(&text, path).into_diagnostic()?;
        // It has been read as TOML just now.
        let has_boxes = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("detect"));
        let decoder = has_boxes.then(|| Decoder::parse(&text, path)).transpose().into_diagnostic()?;
        if let Some(decoder) = &decoder {
            decoder.check(graph).into_diagnostic()?;
        }
        Ok(Feeding { detector, decoder })
    }

    /// What `path` holds.
    pub fn list(&self, graph: &Graph, path: &Path) -> miette::Result<Vec<InputItem>> {
        encode::inputs(path, &self.detector, graph.input_shape()).into_diagnostic()
    }

    /// Boxes of both networks, where the description has a rule and the input is a picture.
    pub fn detections(
        &self,
        graph: &Graph,
        item: &InputItem,
        sample: &Sample,
        heads: &[HeadValues],
    ) -> miette::Result<Option<Detections>> {
        let Some(decoder) = &self.decoder else { return Ok(None) };
        let Some(picture) = item.picture().into_diagnostic()? else { return Ok(None) };
        Detections::new(decoder, graph, sample, heads, picture).map(Some).into_diagnostic()
    }
}

/// The float network's run on one input.
pub fn sample(graph: &Graph, item: &InputItem) -> miette::Result<Sample> {
    let (values, hash) = (item.load().into_diagnostic()?, item.sha256().into_diagnostic()?);
    Sample::new(graph, item.name.clone(), hash, &values).into_diagnostic()
}
