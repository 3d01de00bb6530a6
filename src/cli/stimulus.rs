//! What a network that spikes already is fed: recordings of event cameras, and pictures as spikes
//! or as constant currents.

mod inputs;
mod odd;

use super::{Error, Result, heading};
use crate::convert::spiking::MOST_INPUT;
use crate::digest::sha256;
use crate::encode::events::{self, BinRule, Recording, binned, zero_us};
use crate::encode::labelled::{self, ClassItem, Content, Place};
use crate::encode::rates::{self, Encoding};
use crate::encode::trains;
use crate::pipeline::{Feed, MOST_STEPS, STEPS, Sample, Stimulus};
use crate::plain::counted;
use crate::snn::Train;
use crate::spiking::Graph;
use clap::{Args, ValueEnum};
use inputs::is_array;
pub use inputs::{inputs, labelled_set};
pub use odd::Odd;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, Args)]
pub struct StimulusArguments {
    /// How a picture enters a network that spikes already [default: constant]
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_enum)]
    encode: Option<Encode>,
    /// Seconds of a step by which recordings of event cameras are cut [default: the network's dt]
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    bin: Option<f64>,
    /// Other rules for events of recordings, with commas between [default: those of docs/events.md]
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_enum, value_name = "RULE", value_delimiter = ',')]
    events: Vec<EventRule>,
}

/// What differs from the rules of docs/events.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EventRule {
    /// Channel 0 takes the events of polarity 1, and channel 1 those of polarity 0
    SwapPolarity,
    /// Events outside of the network's input are left out and counted, not refused
    DropOutside,
    /// Several events of a pixel and polarity in one step are one spike, and counted
    OneAStep,
}

impl StimulusArguments {
    /// The first option of these that was given.
    pub fn first(&self) -> Option<&'static str> {
        let options = [
            ("--encode", self.encode.is_some()),
            ("--bin", self.bin.is_some()),
            ("--events", !self.events.is_empty()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    /// The words of a command line that feeds alike.
    pub fn words(&self) -> Vec<String> {
        let encode = self.encode.and_then(|encode| encode.to_possible_value());
        let encode = encode.map(|value| ["--encode".into(), value.get_name().into()]);
        let bin = self.bin.map(|bin| ["--bin".into(), bin.to_string()]);
        let events = (!self.events.is_empty()).then(|| ["--events".into(), listed(&self.events)]);
        encode.into_iter().chain(bin).chain(events).flatten().collect()
    }

    /// How events become spikes in a run of `steps` steps.
    fn rule(&self, steps: usize) -> BinRule {
        let has = |rule| self.events.contains(&rule);
        let most = if has(EventRule::OneAStep) { 1 } else { MOST_INPUT.unsigned_abs() };
        BinRule {
            swap_polarity: has(EventRule::SwapPolarity),
            drop_outside: has(EventRule::DropOutside),
            most: Some(most),
            steps: Some(steps),
        }
    }
}

/// Rules with commas between.
fn listed(rules: &[EventRule]) -> String {
    let name = |rule: &EventRule| Some(rule.to_possible_value()?.get_name().to_owned());
    rules.iter().filter_map(name).collect::<Vec<_>>().join(",")
}

/// Options that a network that spikes already has no use for.
pub const CALIBRATE: &str = "--calibrate";
pub const DETECTOR: &str = "--detector";

/// Whether all that was asked for has an effect; `idle` are options that only trained networks
/// have a use for, and whether they were given.
///
/// # Errors
/// The first option that has none.
pub fn effects(
    network: &Path,
    spiking: bool,
    fed: &StimulusArguments,
    idle: &[(bool, &'static str)],
) -> Result<()> {
    let (option, why) = match spiking {
        false => {
            let why = "it is for networks that spike already (.nir); others say how inputs enter";
            (fed.first(), why)
        }
        true => (
            idle.iter().find(|(given, _)| *given).map(|(_, option)| *option),
            "the network spikes already, and takes its inputs as they are",
        ),
    };
    match option {
        Some(option) => Err(Error::Effectless { what: network.into(), option, why }.into()),
        None => Ok(()),
    }
}

/// Ways of a picture; docs/events.md says what each loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encode {
    /// A constant current in every step, of pixels from 0 to 1
    Constant,
    /// The same of pixels from 0 to 255, as networks of whole numbers take them
    Bytes,
    /// A spike in a step with the pixel's probability, from --seed
    Bernoulli,
    /// One spike, the earlier the brighter
    FirstSpike,
    /// The eight bits of a pixel in turn, over and over
    Phase,
}

/// Times of a step that a recording can be cut by, in seconds: files have microseconds.
const TIMES: std::ops::RangeInclusive<f64> = 1e-6..=1e3;
/// A step that is more usual for the time constants of neurons than for recordings, in seconds.
const LONG: f64 = 0.1;
/// Steps for a picture that enters as a current or as spikes.
const PICTURE_STEPS: usize = 64;

/// Inputs of a network that spikes already, and how they enter it.
pub struct Stimuli {
    pub items: Vec<ClassItem>,
    shape: [usize; 3],
    input: String,
    encode: Encode,
    arguments: StimulusArguments,
    bin_us: f64,
    /// What is told of the steps that recordings are cut into.
    remark: Option<String>,
    seed: u64,
}

impl Stimuli {
    /// `items` for `graph`.
    ///
    /// # Errors
    /// The network has several inputs, or there are recordings beside pictures.
    pub fn new(
        arguments: &StimulusArguments,
        graph: &Graph,
        items: Vec<ClassItem>,
        seed: u64,
    ) -> Result<Stimuli> {
        let inputs: Vec<_> = graph.inputs().map(|p| &graph.populations[p]).collect();
        let [input] = inputs[..] else {
            let inputs = inputs.len();
            return Err(Error::ManyInputs { network: graph.name.clone(), inputs }.into());
        };
        let shape = input.shape;
        let recordings = items.iter().filter(|item| is_recording(item)).count();
        if recordings > 0 && recordings < items.len() {
            return Err(Error::MixedInputs { recordings, all: items.len() }.into());
        }
        let step = arguments.bin.unwrap_or(graph.dt);
        let stimuli = Stimuli {
            items,
            shape: [shape.channels, shape.height, shape.width],
            input: input.name.clone(),
            encode: arguments.encode.unwrap_or(Encode::Constant),
            arguments: arguments.clone(),
            bin_us: microseconds(step),
            remark: remark(graph, arguments.bin),
            seed,
        };
        let Some(first) = stimuli.items.first() else { return Ok(stimuli) };
        let idle = |option, why| {
            let what = PathBuf::from(&first.name);
            Err(Error::Effectless { what, option, why }.into())
        };
        let recording = is_recording(first);
        if recording && arguments.encode.is_some() {
            return idle("--encode", "recordings enter as the events that they are");
        }
        let events = recording && stimuli.array(first).is_none();
        if !events && !arguments.events.is_empty() {
            return idle("--events", "it holds no events");
        }
        if events && !TIMES.contains(&step) {
            return Err(Error::NoBin { network: graph.name.clone(), step }.into());
        }
        Ok(stimuli)
    }

    /// Whether an input has as many pixels as boxes were drawn on. Pictures are stretched to the
    /// network's input; events keep their places, so a sensor has its size.
    ///
    /// # Errors
    /// It is a recording of another size.
    pub fn check_size(&self, item: &ClassItem, (width, height): (usize, usize)) -> Result<()> {
        let [_, rows, columns] = self.shape;
        if !is_recording(item) || (width, height) == (columns, rows) {
            return Ok(());
        }
        let (input, network) = (item.name.clone(), self.input.clone());
        let found = format!("a recording of {height} x {width} pixels");
        let needed = format!("{rows} x {columns}");
        Err(Error::InputShape { input, found, network, needed }.into())
    }

    /// What the network's inputs get.
    pub fn feed(&self) -> Feed {
        let recordings = self.items.first().is_some_and(is_recording);
        match self.encode {
            Encode::Constant | Encode::Bytes if !recordings => Feed::Constant,
            _ => Feed::Spikes,
        }
    }

    /// A sentence on how they enter, for reports.
    pub fn describe(&self) -> String {
        let recordings = self.items.first().is_some_and(is_recording);
        let arrays = self.items.first().is_some_and(|item| self.array(item).is_some());
        match (recordings, self.encode) {
            (true, _) if arrays => format!("spikes of an array in steps of {} us", self.bin_us),
            (true, _) => {
                let rules = match &self.arguments.events[..] {
                    [] => String::new(),
                    rules => format!(" ({})", listed(rules)),
                };
                format!("events in steps of {} us, by polarity and pixel{rules}", self.bin_us)
            }
            (_, Encode::Constant) => "constant currents of pixels from 0 to 1".into(),
            (_, Encode::Bytes) => "constant currents of pixels from 0 to 255".into(),
            (_, Encode::Bernoulli) => format!("random spikes of pixels, seed {}", self.seed),
            (_, Encode::FirstSpike) => "one spike a pixel, the earlier the brighter".into(),
            (_, Encode::Phase) => "eight bits of pixels in turn".into(),
        }
    }

    /// Steps that hold every input: of recordings the longest one's.
    ///
    /// # Errors
    /// A recording cannot be read, or has more steps than a run.
    pub fn steps(&self) -> Result<usize> {
        let mut most = 0;
        for item in &self.items {
            if let Some(steps) = self.train(item)? {
                if steps.len() as u64 > MOST_STEPS {
                    let (input, steps) = (item.name.clone(), steps.len() as u64);
                    return Err(Error::LongRecording { input, steps, most: MOST_STEPS }.into());
                }
                most = most.max(steps.len());
                continue;
            }
            let Content::Recording(recording) = item.load()? else { return Ok(PICTURE_STEPS) };
            let last = recording.last_us().unwrap_or(0).saturating_sub(zero_us(&recording));
            let steps = (last as f64 / self.bin_us).floor() as u64 + 1;
            if steps > MOST_STEPS {
                let (input, most) = (item.name.clone(), MOST_STEPS);
                return Err(Error::LongRecording { input, steps, most }.into());
            }
            most = most.max(steps as usize);
        }
        Ok(if most == 0 { STEPS } else { most })
    }

    /// One input, for a run of `steps` steps.
    ///
    /// # Errors
    /// It cannot be read, or does not have the network's shape.
    pub fn sample(&self, item: &ClassItem, steps: usize) -> Result<Sample> {
        let (hash, mut notes) = (hash(item)?, vec![]);
        if let Some(mut train) = self.train(item)? {
            let late = train.iter().skip(steps).flatten().map(|(_, count)| *count as u64);
            if let late @ 1.. = late.sum() {
                notes.push(format!("{} after the last step, left out", counted(late, "spike")));
            }
            train.truncate(steps);
            // Without an option its steps are those of the network.
            notes.extend(self.remark.clone().filter(|_| self.arguments.bin.is_some()));
            let train = Train { steps: train, moments: vec![] };
            let stimulus = Stimulus::Spikes { train, step_ns: self.bin_us * 1e3 };
            return Ok(Sample::of(item.name.clone(), hash, stimulus).with_notes(notes));
        }
        let stimulus = match item.load()? {
            Content::Recording(recording) => self.events(&recording, steps, &mut notes)?,
            content => self.picture(&self.values(item, content, &mut notes)?, steps),
        };
        Ok(Sample::of(item.name.clone(), hash, stimulus).with_notes(notes))
    }

    /// The spikes of an array, where the input is one position.
    fn train(&self, item: &ClassItem) -> Result<Option<trains::Steps>> {
        self.array(item).map(|path| Ok(trains::read(path, self.shape[0])?)).transpose()
    }

    /// The file of an array of spikes, step by step: what an input of one position takes.
    fn array<'a>(&self, item: &'a ClassItem) -> Option<&'a Path> {
        let [_, height, width] = self.shape;
        match &item.place {
            Place::Recording(path) if height * width == 1 && is_array(path) => Some(path),
            _ => None,
        }
    }

    /// The spikes of a recording; `notes` tell what is not as it was recorded.
    fn events(
        &self,
        recording: &Recording,
        steps: usize,
        notes: &mut Vec<String>,
    ) -> Result<Stimulus> {
        let cut = binned(recording, self.shape, self.bin_us, self.arguments.rule(steps))?;
        notes.extend(recording.notes.iter().chain(&cut.notes).chain(&self.remark).cloned());
        let [_, rows, columns] = self.shape;
        if let (Some(width), Some(height)) = (recording.width, recording.height)
            && (height as usize, width as usize) != (rows, columns)
        {
            notes.push(format!(
                "a sensor of {height} x {width} pixels for an input of {rows} x {columns}: events \
                 keep their places"
            ));
        }
        let counts = |step: &Vec<events::Spikes>| {
            // None is above the most of the rule.
            step.iter().map(|spikes| (spikes.element, spikes.count as i32)).collect()
        };
        let train = Train { steps: cut.steps.iter().map(counts).collect(), moments: cut.moments };
        Ok(Stimulus::Spikes { train, step_ns: self.bin_us * 1e3 })
    }

    /// Values from 0 to 1, `[channels, height, width]`.
    fn values(
        &self,
        item: &ClassItem,
        content: Content,
        notes: &mut Vec<String>,
    ) -> Result<Vec<f64>> {
        let [channels, height, width] = self.shape;
        let fault = |found: String| Error::InputShape {
            input: item.name.clone(),
            found,
            network: self.input.clone(),
            needed: format!("{channels} x {height} x {width}"),
        };
        let pixels: Vec<f64> = match content {
            Content::Grey(grey) => {
                if (channels, grey.height, grey.width) != (1, height, width) {
                    return Err(fault(format!("1 x {} x {}", grey.height, grey.width)).into());
                }
                grey.pixels.iter().map(|&pixel| f64::from(pixel)).collect()
            }
            Content::Picture(pixels) => {
                let found = [pixels.height(), pixels.width()];
                if found != [height, width] {
                    let [rows, columns] = found;
                    notes.push(format!(
                        "stretched from {rows} x {columns} to {height} x {width} pixels"
                    ));
                }
                let pixels = pixels.resize(width, height);
                let pixels = if channels == 1 { pixels.grey() } else { pixels };
                if channels != 1 && channels != 3 {
                    return Err(fault(format!("3 x {height} x {width}")).into());
                }
                let at = |c: usize, n: usize| f64::from(pixels.data()[n * 3 + c]);
                (0..channels)
                    .flat_map(|c| (0..height * width).map(move |n| (c, n)))
                    .map(|(c, n)| at(c, n))
                    .collect()
            }
            Content::Recording(_) => return Err(fault("a recording".into()).into()),
        };
        Ok(pixels.into_iter().map(|pixel| pixel / 255.0).collect())
    }

    fn picture(&self, values: &[f64], steps: usize) -> Stimulus {
        let encoding = match self.encode {
            Encode::Constant => return Stimulus::Image(values.to_vec()),
            Encode::Bytes => {
                return Stimulus::Image(values.iter().map(|v| (v * 255.0).round()).collect());
            }
            Encode::Bernoulli => Encoding::Bernoulli,
            Encode::FirstSpike => Encoding::FirstSpike,
            Encode::Phase => Encoding::Phase,
        };
        let spikes = rates::spikes(encoding, values, steps, self.seed);
        let step = |step: Vec<u32>| step.into_iter().map(|element| (element, 1)).collect();
        let train = Train { steps: spikes.into_iter().map(step).collect(), moments: vec![] };
        Stimulus::Spikes { train, step_ns: self.bin_us * 1e3 }
    }
}

/// What is told of steps of recordings: whether they are longer than usual, or others than those of
/// the neurons.
fn remark(graph: &Graph, bin: Option<f64>) -> Option<String> {
    let dt = graph.dt;
    match bin {
        None if dt >= LONG => {
            Some(format!("events are cut into steps of {dt} s, which is the network's dt"))
        }
        Some(bin) if microseconds(bin) != microseconds(dt) && graph.knows_steps() => Some(format!(
            "the network counts steps of {dt} s, and its inputs come in those of {bin} s"
        )),
        _ => None,
    }
}

/// Microseconds of a step. Files have seconds in 32 bits, and products of floats miss whole
/// numbers: an event at the end of a step would belong to it.
fn microseconds(seconds: f64) -> f64 {
    let us = seconds * 1e6;
    let unit = if us < 1000.0 { 1000.0 } else { 1.0 };
    let whole = (us * unit).round() / unit;
    if (us - whole).abs() <= 1e-7 * us { whole } else { us }
}

fn is_recording(item: &ClassItem) -> bool {
    matches!(item.place, Place::Recording(_))
}

/// SHA-256 of an input's file, and of a place within it.
///
/// # Errors
/// The file cannot be read.
pub fn hash(item: &ClassItem) -> Result<String> {
    let (path, index) = match &item.place {
        Place::Recording(path) | Place::Picture(path) => (path, None),
        Place::Element { path, index } => (path, Some(*index)),
    };
    let bytes = crate::files::bytes(path)
        .map_err(|source| labelled::Error::Io { path: path.into(), source })?;
    let index = index.map_or(String::new(), |index| format!("#{index}"));
    Ok(sha256([&bytes[..], index.as_bytes()]))
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| (1e-6..=1e3).contains(seconds));
    seconds.ok_or_else(|| "give seconds, at least 0.000001, such as 0.001".into())
}
