//! How pictures become inputs of a trained network, and its heads become boxes.

use super::progress::Progress;
use super::{Error, Failure, Result};
use crate::ann::{Graph, memory};
use crate::detect::derived::{self, Draft};
use crate::detect::{Classifier, Decoder};
use crate::encode::labelled::ClassItem;
use crate::encode::{self, Detector, InputItem};
use crate::import::{Facts, Imported, Network};
use crate::pipeline::{Classification, Detections, HeadValues, Sample};
use crate::spiking;
use std::path::{Path, PathBuf};

/// The description of a network, with or without a rule for boxes or classes, if there is one.
pub struct Feeding {
    /// As TOML; empty where nothing describes the network.
    pub text: String,
    detector: Option<Detector>,
    decoder: Option<Decoder>,
    classifier: Option<Classifier>,
    /// Sentences on outputs that fit more than one order.
    doubts: Vec<String>,
    source: Source,
    /// The network's file, for advice, and the name it goes by.
    file: PathBuf,
    name: String,
}

/// Where a description comes from.
enum Source {
    /// `--detector`.
    Asked(PathBuf),
    /// A converted network.
    Held,
    /// A built-in one, by the hash of the network's files; the name it is known by.
    Known(&'static str),
    /// The network's own files.
    Own(String),
    /// A built-in one, by the name of the network's file.
    Named,
    /// There is none.
    Nowhere,
}

impl Feeding {
    /// The description in `asked`; else what the network holds itself, what is known of its files,
    /// what they say, or what is known by their name. `file` is where the network was read.
    pub fn new(
        asked: Option<&Path>,
        file: &Path,
        imported: &Imported,
        graph: &Graph,
    ) -> Result<Feeding> {
        let (text, source) = match (asked, &imported.network) {
            (Some(asked), _) => (Detector::text(asked)?, Source::Asked(asked.into())),
            (None, Network::Converted(converted)) => match converted.detector.clone() {
                Some(text) => (text, Source::Held),
                None => found(&converted.network_sha256, &Facts::Nothing, graph),
            },
            (None, _) => found(&imported.sha256, &imported.facts, graph),
        };
        let path = match &source {
            Source::Asked(asked) => asked.clone(),
            Source::Own(_) => file.into(),
            _ => PathBuf::from(&graph.name),
        };
        let (file, name) = (file.into(), graph.name.clone());
        if matches!(source, Source::Nowhere) {
            return Ok(Feeding {
                text,
                detector: None,
                decoder: None,
                classifier: None,
                doubts: vec![],
                source,
                file,
                name,
            });
        }
        let detector = Detector::parse(&text, &path)?;
        let decoder = has_boxes(&text).then(|| Decoder::parse(&text, &path)).transpose()?;
        if let Some(decoder) = &decoder {
            decoder.check(graph)?;
        }
        let classifier = Classifier::parse(&text, &path)?;
        if let Some(classifier) = &classifier {
            classifier.check(graph)?;
        }
        let doubts = decoder.as_ref().map_or(vec![], |decoder| decoder.doubts(graph));
        let detector = Some(detector);
        let feeding = Feeding { text, detector, decoder, classifier, doubts, source, file, name };
        feeding.warn();
        Ok(feeding)
    }

    /// The description in `asked` of a network that spikes already; `None` where it has no rule for
    /// boxes. `file` is where the network was read.
    pub fn of_spiking(
        asked: &Path,
        file: &Path,
        graph: &spiking::Graph,
    ) -> Result<Option<Feeding>> {
        let text = Detector::text(asked)?;
        let detector = Detector::parse(&text, asked)?;
        if !has_boxes(&text) {
            return Ok(None);
        }
        let decoder = Decoder::parse(&text, asked)?;
        decoder.check_spiking(graph, asked)?;
        let (file, name, source) = (file.into(), graph.name.clone(), Source::Asked(asked.into()));
        let doubts = decoder.doubts_spiking(graph);
        let (detector, decoder, classifier) = (Some(detector), Some(decoder), None);
        let feeding = Feeding { text, detector, decoder, classifier, doubts, source, file, name };
        feeding.warn();
        Ok(Some(feeding))
    }

    /// Tells at once what reports tell, too.
    fn warn(&self) {
        for note in self.left_out().iter().chain(&self.doubts) {
            super::output::remark(format_args!("warning: {note}"));
        }
    }

    /// The same for any network; none for one that brings its own inputs.
    pub fn of(asked: Option<&Path>, file: &Path, imported: &Imported) -> Result<Option<Feeding>> {
        let graph = imported.network.graph();
        graph.map(|graph| Feeding::new(asked, file, imported, graph)).transpose()
    }

    /// How heads become boxes.
    ///
    /// # Errors
    /// Nothing says it.
    pub fn decoder(&self) -> Result<&Decoder> {
        match (&self.decoder, &self.detector) {
            (Some(decoder), _) => Ok(decoder),
            (None, Some(_)) => Err(Error::NoDetectTable.into()),
            (None, None) => Err(self.undescribed()),
        }
    }

    /// The description, where a converted network cannot find it again.
    pub fn to_hold(&self) -> Option<String> {
        let own = matches!(self.source, Source::Asked(_) | Source::Held | Source::Own(_));
        own.then(|| self.text.clone())
    }

    /// What manifests say of the description.
    pub fn describe(&self) -> String {
        match &self.source {
            Source::Asked(path) => format!("the file {}", path.display()),
            Source::Held => "held by the converted network".into(),
            Source::Known(name) => format!("built in ({name}), by the hash of the network's files"),
            Source::Own(source) => format!("from {source}"),
            Source::Named => "built in, by the name of the network's file".into(),
            Source::Nowhere => "none; arrays are the network's input as they are".into(),
        }
    }

    /// Sentences for reports on a description that nobody checked.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        if let Source::Own(source) = &self.source {
            let boxes = self.text.lines().find_map(|line| line.strip_prefix("# No boxes: "));
            let boxes = boxes.map_or(String::new(), |why| format!("; no boxes: {why}"));
            notes.push(format!("detector: from {source}{boxes}"));
        }
        notes.extend(self.left_out());
        notes.extend(self.doubts.iter().cloned());
        notes
    }

    /// A sentence on lines that ask to be completed.
    fn left_out(&self) -> Option<String> {
        let Source::Asked(path) = &self.source else { return None };
        let lines = derived::to_complete(&self.text);
        let numbers = lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let what = "what they stand for is assumed; correct it, and remove these remarks";
        let note = || format!("{} has lines to complete ({numbers}): {what}", path.display());
        (!lines.is_empty()).then(note)
    }

    /// Nothing describes the network: the commands that help.
    fn undescribed(&self) -> Failure {
        let description = format!("{}.detector.toml", self.name);
        let words = ["spikemesh", "detector", "new"].map(String::from);
        let network = self.file.to_string_lossy().into_owned();
        let new = super::quoted(words.into_iter().chain([network]));
        let to = super::quoted([description.clone()]);
        let error = encode::Error::unknown(&self.name);
        let again = super::command_with(["--detector".into(), description]);
        Error::Undescribed { error, new: format!("{new} > {to}"), again }.into()
    }

    /// What `path` holds.
    pub fn list(&self, graph: &Graph, path: &Path) -> Result<Vec<InputItem>> {
        encode::inputs(path, self.detector.as_ref(), graph.input_shape())
            .map_err(|error| self.explained(error))
    }

    /// How the output becomes classes, where the description says it.
    pub fn classifier(&self) -> Option<&Classifier> {
        self.classifier.as_ref()
    }

    /// An element of a labelled set as an input.
    pub fn of_class(&self, graph: &Graph, item: &ClassItem) -> Result<InputItem> {
        encode::of_class(item, self.detector.as_ref(), graph.input_shape())
            .map_err(|error| self.explained(error))
    }

    fn explained(&self, error: encode::Error) -> Failure {
        match error {
            encode::Error::NoDescription { .. } => self.undescribed(),
            error => error.into(),
        }
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

/// Whether a description, which was read as TOML before, has a rule for boxes.
fn has_boxes(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("detect"))
}

/// What is known of the network's files, what they say, or what is known by their name.
fn found(sha256: &str, facts: &Facts, graph: &Graph) -> (String, Source) {
    if let Some((name, text)) = Detector::built_in_by_hash(sha256) {
        return (text.into(), Source::Known(name));
    }
    if matches!(facts, Facts::Darknet(_)) {
        let draft = derived::derive(facts, graph);
        if draft.is_complete() {
            let Draft { text, source } = draft;
            return (text, Source::Own(source));
        }
    }
    match Detector::built_in_text(&graph.name) {
        Ok(text) => (text.into(), Source::Named),
        Err(_) => (String::new(), Source::Nowhere),
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
