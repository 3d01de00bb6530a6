//! What a run emulates, whatever the profile: the network, its inputs, and the float network's view
//! of those that calibrate.

use super::advice::{Drops, Refused};
use super::calibration::Calibrated;
use super::feeding::{self, Feeding};
use super::journal::{Hashes, hash};
use super::large::Large;
use super::network::NetworkArguments;
use super::progress::{Part, Progress};
use super::run::Files;
use super::stimulus::{self, CALIBRATE, DETECTOR, Odd, Stimuli, StimulusArguments};
use super::timing;
use super::{Error, Failure, Result};
use crate::ann::{self, Graph};
use crate::convert::Recipe;
use crate::encode::InputItem;
use crate::import::{Imported, Network};
use crate::mapping::Gap;
use crate::pipeline::{self, Fidelity, Outcome, Prepared, Sample, Settings, Tracer};
use crate::profile::Profile;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

pub struct Work {
    pub network: Imported,
    feeding: Option<Feeding>,
    inputs: Vec<InputItem>,
    /// Of a network that spikes already.
    stimuli: Option<Stimuli>,
    calibration: Calibrated,
    /// Whether fan-ins beyond a chip's are split.
    pub split_fan_in: bool,
    /// Whether the traffic decides how packets take their time.
    pub fit_timing: bool,
    /// Whether outcomes keep the heads of the float network.
    pub keep_heads: bool,
    /// Files whose size is told before they are written.
    pub large: Large,
    /// What inputs that ran are not as their files have them.
    odd: Mutex<BTreeSet<String>>,
}

/// What is made of every input.
pub struct Making<'a, T> {
    /// Inputs that still have to be emulated.
    pub left: usize,
    /// Makes something of an input, by its number; it emulates it only if it needs to.
    pub make: &'a dyn Fn(&Prepared, usize, Emulate) -> Result<T, Trouble>,
}

/// Emulates an input.
pub type Emulate<'a> = &'a dyn Fn() -> Result<Outcome, Trouble>;

/// Why a profile gives no outcome.
pub enum Trouble {
    /// A link of the chain, perhaps the chip.
    Chain(pipeline::Error),
    Other(Failure),
}

impl From<pipeline::Error> for Trouble {
    fn from(error: pipeline::Error) -> Trouble {
        Trouble::Chain(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Other(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Chain(error) => error.into(),
            Trouble::Other(failure) => failure,
        }
    }
}

impl Work {
    /// Reads the network and lists its inputs, at most `limit`.
    pub fn open(
        files: &Files,
        reading: &NetworkArguments,
        detector: Option<&Path>,
        (fed, seed): (&StimulusArguments, u64),
        limit: Option<u64>,
    ) -> Result<Work> {
        let network = reading.open(&files.network)?;
        let spiking = matches!(network.network, Network::Spiking(_));
        let graph = network.network.graph();
        if (graph.is_some() || spiking) && files.input.is_none() {
            return Err(Error::NoInput.into());
        }
        let feeding = Feeding::of(detector, &files.network, &network)?;
        let idle = [(files.calibrate.is_some(), CALIBRATE), (detector.is_some(), DETECTOR)];
        stimulus::effects(&files.network, spiking, fed, &idle)?;
        if let (Network::Placed(_), Some(_)) = (&network.network, detector) {
            let (what, why) = (files.network.clone(), "neurons of CSV files find no boxes");
            return Err(Error::Effectless { what, option: DETECTOR, why }.into());
        }
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        let stimuli = match (&network.network, &files.input) {
            (Network::Spiking(graph), Some(path)) => {
                let mut items = stimulus::inputs(path, graph)?;
                items.truncate(limit);
                Some(Stimuli::new(fed, graph, items, seed)?)
            }
            _ => None,
        };
        let mut inputs = match spiking {
            true => vec![],
            false => list(files, graph.zip(feeding.as_ref()))?,
        };
        inputs.truncate(limit);
        let calibration = Calibrated::none();
        Ok(Work {
            network,
            feeding,
            inputs,
            stimuli,
            calibration,
            split_fan_in: false,
            fit_timing: false,
            keep_heads: false,
            large: Large::default(),
            odd: Mutex::default(),
        })
    }

    /// Whether the network brings a placement of its own.
    pub fn placed(&self) -> bool {
        matches!(self.network.network, Network::Placed(_))
    }

    /// Whether there is a conversion left to do.
    pub fn converted(&self) -> bool {
        matches!(self.network.network, Network::Converted(_))
    }

    /// Whether it can be converted anew for every chip.
    pub fn trainable(&self) -> bool {
        matches!(self.network.network, Network::Float(_))
    }

    pub fn inputs(&self) -> usize {
        // A network from CSV brings one of its own.
        let stimuli = self.stimuli.as_ref().map_or(0, |stimuli| stimuli.items.len());
        self.inputs.len().max(stimuli).max(1)
    }

    /// The first input's name and the SHA-256 of its bytes.
    pub fn first_input(&self) -> Result<(String, String)> {
        let Some(item) = self.inputs.first() else { return Ok(Default::default()) };
        Ok((item.name.clone(), item.sha256()?))
    }

    /// A hash of every input with its name; of a network that brings its own, one of that.
    pub fn hashes(&self) -> Result<Vec<String>> {
        let mut hashes = Hashes::default();
        if let Some(stimuli) = &self.stimuli {
            return stimuli.items.iter().map(|item| hashes.of_class(item)).collect();
        }
        if self.inputs.is_empty() {
            return Ok(vec![hash(&[])]);
        }
        self.inputs.iter().map(|item| hashes.of(item, "")).collect()
    }

    /// What else an outcome depends on, by name, but for chip and settings.
    pub fn parts(&self) -> [(&'static str, String); 4] {
        let feeding = self.feeding.as_ref().map_or("", |feeding| &feeding.text);
        let feed = self.stimuli.as_ref().map_or("as described".into(), Stimuli::describe);
        [
            ("network", hash(std::slice::from_ref(&self.network.sha256))),
            ("detector description", hash(&[feeding.to_owned()])),
            ("form of the inputs", feed),
            ("calibration", hash(&self.calibration.get().hashes())),
        ]
    }

    /// Times `runs` runs of the float network on the first input, in seconds, after one that warms
    /// up.
    pub fn time_float(&self, runs: usize) -> Result<Vec<f64>> {
        let Some(((graph, _), item)) = self.trained().zip(self.inputs.first()) else {
            return Ok(vec![]);
        };
        let input = item.load()?;
        let once = || -> Result<f64> {
            let start = Instant::now();
            ann::exec::run(graph, &input)?;
            Ok(start.elapsed().as_secs_f64())
        };
        once()?;
        (0..runs).map(|_| once()).collect()
    }

    /// Runs the float network on what calibrates, where it is not known; see [`Calibrated::new`].
    pub fn calibrate(&mut self, asked: Option<&Path>) -> Result<()> {
        let Some((graph, feeding)) = self.trained().filter(|_| !self.converted()) else {
            return Ok(());
        };
        self.calibration =
            Calibrated::new(asked, graph, &self.network.sha256, feeding, &self.inputs)?;
        Ok(())
    }

    fn trained(&self) -> Option<(&Graph, &Feeding)> {
        self.network.network.graph().zip(self.feeding.as_ref())
    }

    /// The network for the chip of `profile` with its calibration, where fan-ins are split and some
    /// exceed the chip's.
    fn split(&self, profile: &Profile, settings: &Settings) -> Result<Option<Split>, Trouble> {
        let Network::Float(graph) = &self.network.network else { return Ok(None) };
        if !self.split_fan_in {
            return Ok(None);
        }
        let split = pipeline::split_fan_in(graph, profile, &settings.conversion)?;
        let Some((graph, gaps)) = split else { return Ok(None) };
        // The same in floats, but of more nodes: it is calibrated by itself.
        let calibration = self.calibration.again(&graph)?;
        let network = Imported { network: Network::Float(graph), ..self.network.clone() };
        Ok(Some(Split { network, gaps, calibration }))
    }

    /// Converts for `profile`, maps, and emulates every input; `tracer` hears of packets' ways.
    pub fn on(
        &self,
        profile: Profile,
        settings: Settings,
        tracer: Option<&Tracer>,
    ) -> Result<(Prepared, Vec<Outcome>), Trouble> {
        let making = Making { left: self.inputs(), make: &|_, _, emulate| emulate() };
        self.each(profile, settings, tracer, &making)
    }

    /// The same, with what `making` makes of every input.
    pub fn each<T>(
        &self,
        profile: Profile,
        settings: Settings,
        tracer: Option<&Tracer>,
        making: &Making<T>,
    ) -> Result<(Prepared, Vec<T>), Trouble> {
        let Some(split) = self.split(&profile, &settings)? else {
            let of = (self.network.clone(), &self.calibration);
            return self.prepared(of, profile, settings, tracer, making);
        };
        let Split { network, gaps, calibration } = split;
        let settings = Settings { split: gaps, ..settings };
        self.prepared((network, &calibration), profile, settings, tracer, making)
    }

    /// Whether the chip takes the network with `settings`: up to its first step, or to its last
    /// (`whole`), which may take as long as a run.
    fn takes(&self, profile: &Profile, settings: Settings, whole: bool) -> Result<(), Trouble> {
        let profile = profile.clone();
        if whole {
            return self.on(profile, settings, None).map(|_| ());
        }
        let prepared = match self.split(&profile, &settings)? {
            None => {
                let network = self.network.clone();
                pipeline::prepare(network, profile, settings, self.calibration.get())?
            }
            Some(Split { network, gaps, calibration }) => {
                let settings = Settings { split: gaps, ..settings };
                pipeline::prepare(network, profile, settings, calibration.get())?
            }
        };
        Ok(prepared.check()?)
    }

    /// An error of [`Work::on`] with what to do about it; `asked` is the recipe that was
    /// chosen.
    pub fn explained(
        &self,
        trouble: Trouble,
        profile: &Profile,
        settings: &Settings,
        asked: Option<&Recipe>,
        listed: bool,
    ) -> Failure {
        let Trouble::Chain(error) = trouble else { return trouble.into() };
        if !error.is_refusal() {
            return error.into();
        }
        let asked = Asked { profile, settings, recipe: asked, listed, drops: Drops::Idealised };
        self.refused(&asked, error.is_late(), |refused| refused.explained(error))
    }

    /// A sentence with a command that runs in place of one that compares, which the chip refused.
    pub fn advised(
        &self,
        error: &pipeline::Error,
        profile: &Profile,
        settings: &Settings,
        asked: Option<&Recipe>,
    ) -> String {
        let drops = Drops::NotStrict;
        let asked = Asked { profile, settings, recipe: asked, listed: true, drops };
        self.refused(&asked, error.is_late(), |refused| refused.advice(error))
    }

    /// What `tell` makes of a refusal; `whole`: only whole emulations show what else runs.
    fn refused<T>(&self, asked: &Asked, whole: bool, tell: impl FnOnce(&Refused) -> T) -> T {
        let Asked { profile, settings, recipe, listed, drops } = *asked;
        // What cannot be split was refused before.
        let split = self.split(profile, settings).ok().flatten();
        let (network, calibration) = match &split {
            Some(split) => (&split.network, &split.calibration),
            None => (&self.network, &self.calibration),
        };
        let trained = network.trained().map(|graph| (graph, calibration.get()));
        tell(&Refused {
            profile,
            settings,
            asked: recipe,
            trained,
            listed,
            own_default: drops == Drops::NotStrict,
            drops,
            takes: &|profile, settings| self.takes(profile, settings.clone(), whole).is_ok(),
        })
    }

    fn prepared<T>(
        &self,
        (network, calibration): (Imported, &Calibrated),
        profile: Profile,
        settings: Settings,
        tracer: Option<&Tracer>,
        making: &Making<T>,
    ) -> Result<(Prepared, Vec<T>), Trouble> {
        let mut prepared =
            pipeline::prepare(network.clone(), profile, settings, calibration.get())?;
        if let Some(stimuli) = &self.stimuli {
            return self.stimulated(prepared, stimuli, tracer, making);
        }
        let Some((graph, feeding)) = network.network.graph().zip(self.feeding.as_ref()) else {
            let (_progress, steps) = Progress::of_steps("emulating", prepared.steps());
            let emulate = || Ok(prepared.emulate_traced(None, tracer, || steps.step())?);
            let made = (making.make)(&prepared, 0, &emulate)?;
            return Ok((prepared, vec![made]));
        };
        prepared.setup.detector = feeding.describe();
        prepared.setup.notes.extend(feeding.notes());
        let sample = |index: usize, item: &InputItem| -> Result<Cow<Sample>, Failure> {
            match calibration.sample(index) {
                Some(sample) => Ok(Cow::Borrowed(sample)),
                None => Ok(Cow::Owned(feeding::sample(graph, item)?)),
            }
        };
        let part = match self.inputs.first() {
            Some(item) => {
                let first = sample(0, item)?;
                let (inputs, auto) = (self.inputs(), self.fit_timing);
                timing::settle(&mut prepared, &first, inputs, auto, &self.large)?
            }
            None => Part::default(),
        };
        let progress = Progress::new("emulating", 1);
        let steps = progress.part(part.of_those(making.left, self.inputs()));
        let outcome = |index: usize, item: &InputItem| -> Result<Outcome, Trouble> {
            let sample = sample(index, item)?;
            let mut outcome = prepared.emulate_traced(Some(&sample), tracer, || steps.step())?;
            if self.keep_heads {
                outcome.float_heads = sample.heads(graph);
            }
            outcome.detections = feeding.detections(graph, item, &sample, &outcome.heads)?;
            outcome.classification = feeding.classification(graph, &sample, &outcome.heads);
            Ok(outcome)
        };
        let make = |(n, item)| (making.make)(&prepared, n, &|| outcome(n, item));
        let made = self.inputs.iter().enumerate().map(make).collect::<Result<_, _>>()?;
        Ok((prepared, made))
    }
}

impl Work {
    /// What inputs of a network that spikes already are and how long they last; `None` of others.
    pub fn stimuli(&self) -> Option<&Stimuli> {
        self.stimuli.as_ref()
    }

    /// The float graph beside the whole numbers on every input, by name.
    pub fn fidelity(&self, prepared: &Prepared) -> Result<Vec<(String, Vec<Fidelity>)>> {
        let Some(stimuli) = &self.stimuli else { return Ok(vec![]) };
        let beside = |item| -> Result<_> {
            let sample = stimuli.sample(item, prepared.inference_steps())?;
            Ok((sample.name.clone(), prepared.fidelity(&sample)?.unwrap_or_default()))
        };
        stimuli.items.iter().map(beside).collect()
    }

    /// Emulates every input of a network that spikes already.
    fn stimulated<T>(
        &self,
        mut prepared: Prepared,
        stimuli: &Stimuli,
        tracer: Option<&Tracer>,
        making: &Making<T>,
    ) -> Result<(Prepared, Vec<T>), Trouble> {
        prepared.setup.detector = stimuli.describe();
        let steps = prepared.inference_steps();
        let odd = Odd::default();
        let sample = |item| stimuli.sample(item, steps).inspect(|sample| odd.add(sample));
        let part = match stimuli.items.first() {
            Some(first) => {
                let (inputs, auto) = (self.inputs(), self.fit_timing);
                timing::settle(&mut prepared, &sample(first)?, inputs, auto, &self.large)?
            }
            None => Part::default(),
        };
        let progress = Progress::new("emulating", 1);
        let part = progress.part(part.of_those(making.left, self.inputs()));
        let outcome = |item| -> Result<Outcome, Trouble> {
            Ok(prepared.emulate_traced(Some(&sample(item)?), tracer, || part.step())?)
        };
        let make = |(n, item)| (making.make)(&prepared, n, &|| outcome(item));
        let made = stimuli.items.iter().enumerate().map(make).collect::<Result<_, _>>()?;
        let sentences = odd.sentences();
        // Nobody panics while holding it.
        self.odd.lock().unwrap_or_else(PoisonError::into_inner).extend(sentences.iter().cloned());
        prepared.setup.notes.extend(sentences);
        Ok((prepared, made))
    }

    /// Sentences on inputs that ran and are not as their files have them: the same on all chips.
    pub fn odd(&self) -> Vec<String> {
        self.odd.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A network whose fan-ins were split for a chip.
struct Split {
    network: Imported,
    gaps: Vec<Gap>,
    calibration: Calibrated,
}

/// What a command asked for that a chip refused.
#[derive(Clone, Copy)]
struct Asked<'a> {
    profile: &'a Profile,
    settings: &'a Settings,
    recipe: Option<&'a Recipe>,
    listed: bool,
    drops: Drops,
}

/// The inputs of a trained network; none for one that brings its own.
fn list(files: &Files, trained: Option<(&Graph, &Feeding)>) -> Result<Vec<InputItem>> {
    match (trained, &files.input) {
        (Some((graph, feeding)), Some(path)) => feeding.list(graph, path),
        (_, None) if files.calibrate.is_none() => Ok(vec![]),
        _ => {
            let (network, advice) = (files.network.clone(), "leave out --input and --calibrate");
            Err(Error::OwnInputs { network, advice }.into())
        }
    }
}
