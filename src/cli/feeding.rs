//! How pictures become inputs of a trained network, and its heads become boxes.

use super::progress::Progress;
use super::{Error, Result};
use crate::ann::{Graph, memory};
use crate::detect::{Classifier, Decoder};
use crate::encode::{self, Detector, InputItem};
use crate::import::Network;
use crate::pipeline::{Classification, Detections, HeadValues, Sample};
use std::path::Path;

/// The description of a network, with or without a rule for boxes or classes.
pub struct Feeding {
    /// As TOML.
    pub text: String,
    detector: Detector,
    pub decoder: Option<Decoder>,
    classifier: Option<Classifier>,
}

impl Feeding {
    /// The description in `file`, or the built-in one of the network's name.
    pub fn new(file: Option<&Path>, graph: &Graph) -> Result<Feeding> {
        match file {
            Some(path) => Feeding::read(Detector::text(path)?, path, graph),
            None => {
                let text = Detector::built_in_text(&graph.name)?;
                Feeding::read(text.into(), Path::new(&graph.name), graph)
            }
        }
    }

    /// The description in `file`, or the one that the network itself holds, or the built-in one.
    pub fn of(file: Option<&Path>, network: &Network) -> Result<Option<Feeding>> {
        let Some(graph) = network.graph() else { return Ok(None) };
        let held = match network {
            Network::Converted(converted) => converted.detector.clone(),
            Network::Float(_) | Network::Placed(_) => None,
        };
        match (file, held) {
            (None, Some(text)) => Feeding::read(text, Path::new(&graph.name), graph),
            (file, _) => Feeding::new(file, graph),
        }
        .map(Some)
    }

    /// `path` is for messages.
    fn read(text: String, path: &Path, graph: &Graph) -> Result<Feeding> {
        let detector = Detector::parse(&text, path)?;
        // It has been read as TOML just now.
        let has_boxes = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("detect"));
        let decoder = has_boxes.then(|| Decoder::parse(&text, path)).transpose()?;
        if let Some(decoder) = &decoder {
            decoder.check(graph)?;
        }
        let classifier = Classifier::parse(&text, path)?;
        if let Some(classifier) = &classifier {
            classifier.check(graph)?;
        }
        Ok(Feeding { text, detector, decoder, classifier })
    }

    /// What `path` holds.
    pub fn list(&self, graph: &Graph, path: &Path) -> Result<Vec<InputItem>> {
        Ok(encode::inputs(path, &self.detector, graph.input_shape())?)
    }

    /// Boxes of both networks, where the description has a rule and the input is a picture.
    pub fn detections(
        &self,
        graph: &Graph,
        item: &InputItem,
        sample: &Sample,
        heads: &[HeadValues],
    ) -> Result<Option<Detections>> {
        let Some(decoder) = &self.decoder else { return Ok(None) };
        let Some(picture) = item.picture()? else { return Ok(None) };
        Ok(Some(Detections::new(decoder, graph, sample, heads, picture)?))
    }
}

impl Feeding {
    /// Classes that both networks see, where the description has such a rule.
    pub fn classification(
        &self,
        graph: &Graph,
        sample: &Sample,
        heads: &[HeadValues],
    ) -> Option<Classification> {
        Classification::new(self.classifier.as_ref()?, graph, sample, heads)
    }
}

/// The float network's run on every input that calibrates.
pub fn samples(graph: &Graph, items: &[InputItem]) -> Result<Vec<Sample>> {
    // All of them are held together.
    let together = memory::of_run(graph).saturating_mul(items.len() as u64);
    memory::check_floats(together)
        .map_err(|error| Error::TooManyInputs { inputs: items.len(), error })?;
    let (_progress, inputs) = Progress::of_steps("calibrating", items.len());
    let samples = items.iter().map(|item| {
        let sample = sample(graph, item);
        inputs.step();
        sample
    });
    samples.collect()
}

/// The float network's run on one input.
pub fn sample(graph: &Graph, item: &InputItem) -> Result<Sample> {
    let (values, hash) = (item.load()?, item.sha256()?);
    Ok(Sample::new(graph, item.name.clone(), hash, &values)?)
}
