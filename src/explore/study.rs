//! What is explored: networks, a chip to begin with, and what of it varies.

use super::spec::Options;
use super::{Design, Error, Figures, Refusal, Space, chip_mbit};
use crate::convert::Recipe;
use crate::error_code::Coded;
use crate::profile::{self, Change, Profile, Voltage};
use crate::sweep::{Point, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// See the [module](super).
#[derive(Debug, Clone)]
pub struct Study {
    /// Where it was read.
    pub place: String,
    /// What may be varied.
    pub space: Space,
    /// Networks that every design runs.
    pub networks: Vec<Network>,
    /// The chip to begin with.
    pub profile: Profile,
    /// Its changes, as `--set` takes them.
    set: Vec<String>,
    /// Of one chip.
    memory_mbit: f64,
    /// Whether static power grows with memory.
    scaled: bool,
}

/// A network that the chip is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// As `run` takes it.
    pub name: String,
    /// Of `run`, without those of the chip.
    options: Options,
    /// Of `eval`, where its accuracy can be counted.
    accuracy: Option<Options>,
    /// Keys that its own table has.
    own: BTreeSet<String>,
}

/// A design as a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    /// Changes to the profile, as `--set` takes them.
    pub set: Vec<String>,
    /// Of one chip.
    pub memory_mbit: f64,
}

/// Options of a network that only `eval` knows.
const OF_EVAL: [&str; 4] = ["data", "limit", "unlabelled", "allow_outside"];
/// Those that only `run` knows.
const OF_RUN: [&str; 4] = ["input", "recipe", "steps", "timing"];

/// Why no processors are explored.
pub(super) const AT_WORK: &str = "the time of embedded processors is not explored; leave \
                                  `processors` out, or set costs.processor.count=0";

/// What grows with the memory of a chip.
const STATIC: &str = "costs.static_mw_per_chip";

impl Network {
    pub(super) fn new(options: Options, own: BTreeSet<String>) -> Network {
        let (of_eval, options): (Options, Options) =
            options.into_iter().partition(|(key, _)| OF_EVAL.contains(&key.as_str()));
        let name = options.get("network").map_or("digits".into(), Value::to_string);
        let inside = name == "digits";
        let accuracy = (inside || of_eval.contains_key("data")).then_some(of_eval);
        Network { name, options, accuracy, own }
    }

    /// Whether its own table says this.
    pub(super) fn owns(&self, key: &str) -> bool {
        self.own.contains(key)
    }

    /// The labelled data that are not there.
    pub(super) fn missing(&self) -> Option<String> {
        let data = self.accuracy.as_ref()?.get("data")?.to_string();
        (!Path::new(&data).exists()).then_some(data)
    }
}

impl Study {
    pub(super) fn new(
        place: &str,
        space: Space,
        networks: Vec<Network>,
        profile: Profile,
        set: Vec<String>,
        scaled: bool,
    ) -> Result<Study, Error> {
        let memory_mbit = chip_mbit(&profile)?;
        // Who varies static power knows what it follows.
        let scaled = scaled && space.variables.iter().all(|variable| variable.name != STATIC);
        let place = place.to_owned();
        let study = Study { place, space, networks, profile, set, memory_mbit, scaled };
        study.each_choice_is_one()?;
        Ok(study)
    }

    /// Refuses keys and values that the profile does not take: as rows of a search, they would look
    /// like chips that refuse.
    fn each_choice_is_one(&self) -> Result<(), Error> {
        for design in self.singles() {
            if let Err(refusal) = self.chip(&design)? {
                return Err(Error::Spec { place: self.place.clone(), reason: refusal.message });
            }
        }
        Ok(())
    }

    /// All designs that differ from the start in one variable.
    pub fn singles(&self) -> impl Iterator<Item = Design> {
        let variables = self.space.variables.iter().enumerate();
        variables.flat_map(move |(n, variable)| {
            let others = (0..variable.choices.len()).filter(|choice| *choice != variable.start);
            others.map(move |choice| {
                let mut design = self.space.begin();
                design.0[n] = choice;
                design
            })
        })
    }

    /// The chip of a design, or why it is none.
    ///
    /// # Errors
    /// It does not say how much memory it has.
    pub fn chip(&self, design: &Design) -> Result<Result<Chip, Refusal>, Error> {
        let mut set = self.set.clone();
        let keys = self.given(design).filter(|(key, _)| key.contains('.'));
        set.extend(keys.map(|(key, value)| format!("{key}={value}")));
        let profile = match self.changed(&set) {
            Ok(profile) => profile,
            Err(error) => {
                let (code, message) = (error.code().to_string(), error.to_string());
                return Ok(Err(Refusal { code, message }));
            }
        };
        if profile.costs.processor.as_ref().is_some_and(|processor| processor.count > 0) {
            let (place, reason) = (self.place.clone(), AT_WORK.into());
            return Err(Error::Spec { place, reason });
        }
        let memory_mbit = chip_mbit(&profile)?;
        let times = memory_mbit / self.memory_mbit;
        if self.scaled && times != 1.0 {
            let cost = &profile.costs.static_mw_per_chip;
            // The profile scales what is set to its voltage.
            let factor = times / profile.voltage.as_ref().map_or(1.0, Voltage::static_factor);
            set.push(format!(
                "{STATIC}={{ low = {}, nominal = {}, high = {}, basis = \"assumed\", source = \
                 \"{} times that of {}, as its memory\" }}",
                cost.low * factor,
                cost.nominal * factor,
                cost.high * factor,
                times,
                self.profile.name
            ));
        }
        Ok(Ok(Chip { set, memory_mbit }))
    }

    fn changed(&self, set: &[String]) -> Result<Profile, profile::Error> {
        // Each was read before, or is written here.
        let changes: Vec<Change> = set.iter().filter_map(|text| text.parse().ok()).collect();
        profile::load_changed(&self.profile.provenance.asked, &changes)
    }

    /// What a design adds to a run, by variable.
    fn given(&self, design: &Design) -> impl Iterator<Item = (&str, &Value)> {
        self.space.variables.iter().zip(&design.0).filter_map(|(variable, &choice)| {
            let given = variable.choices[choice].given.as_ref()?;
            Some((variable.name.as_str(), given))
        })
    }

    /// The run of a network on a design.
    pub fn point(&self, design: &Design, chip: &Chip, network: usize) -> Point {
        self.on_chip(design, chip, self.networks[network].options.clone())
    }

    /// Options of `eval` for the accuracy of a network on a design that came to `figures`, if it
    /// can be counted.
    pub fn accuracy(
        &self,
        design: &Design,
        chip: &Chip,
        network: usize,
        figures: &Figures,
    ) -> Option<Point> {
        let network = &self.networks[network];
        let of_eval = network.accuracy.clone()?;
        let text = |key: &str, value: &str| (key.to_owned(), Value::Text(value.into()));
        // What networks answer does not depend on times.
        let mut own = vec![text("timing", "analytic"), text("checkpoints", &figures.steps)];
        if figures.recipe.parse::<Recipe>().is_ok() {
            own.push(text("recipe", &figures.recipe));
        }
        let point = self.on_chip(design, chip, network.options.clone());
        let options = point.options().clone().into_iter();
        let options = options.filter(|(key, _)| !OF_RUN.contains(&key.as_str()));
        Some(options.chain(of_eval).chain(own).collect())
    }

    /// The whole profile of a design, static power included; `None`: the design is no chip.
    pub fn as_profile(&self, design: &Design) -> Option<Profile> {
        let chip = self.chip(design).ok()?.ok()?;
        self.changed(&chip.set).ok()
    }

    /// The command line of a run; `None`: the design is no chip.
    ///
    /// # Errors
    /// As [`Study::chip`].
    pub fn words(&self, design: &Design, network: usize) -> Result<Option<Vec<String>>, Error> {
        let chip = self.chip(design)?.ok();
        Ok(chip.map(|chip| {
            let words = self.point(design, &chip, network).words();
            std::iter::once("spikemesh".to_owned()).chain(words).collect()
        }))
    }

    fn on_chip(&self, design: &Design, chip: &Chip, mut options: Options) -> Point {
        let asked = self.profile.provenance.asked.clone();
        options.insert("profile".into(), Value::Text(asked));
        if !chip.set.is_empty() {
            let set = chip.set.iter().cloned().map(Value::Text).collect();
            options.insert("set".into(), Value::Many(set));
        }
        let of_run = self.given(design).filter(|(key, _)| !key.contains('.'));
        options.extend(of_run.map(|(key, value)| (key.to_owned(), value.clone())));
        options.into_iter().collect()
    }
}
