//! `spikemesh tune NETWORK --data DIR`: thresholds that cost less at the same agreement.

mod arguments;
mod journal;

use super::advice::{Drops, Refused, Tried};
use super::feeding::Feeding;
use super::inside::{self, Inside};
use super::json;
use super::judge::{Eyes, Judge, Look, calibration, labelled};
use super::output;
use super::placement::CALIBRATION_STEPS;
use super::progress::{Part, Progress};
use super::{Error, Result};
use crate::ann::Graph;
use crate::convert::file::{ConvertedFile, SUFFIX};
use crate::convert::{self, MaxPool, Neuron, Recipe};
use crate::detect::{Dataset, Labelled};
use crate::digest::sha256;
use crate::eval::Picture;
use crate::import::{Imported, Network};
use crate::mapping::Placement;
use crate::pipeline::{self, Calibration, Chosen, Prepared, Settings};
use crate::profile::Profile;
use crate::report::{self, Folder, Judged, Tuning};
use crate::tune::{self, Journal, Parts, PhaseSpace, Plan, Run, Search, Space, Trial};
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use arguments::Arguments;

pub fn run(arguments: &Arguments) -> Result<()> {
    check(arguments);
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    let profile = arguments.changes.load(&arguments.profile)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = arguments.reading.open(network)?;
    let Network::Float(graph) = &imported.network else {
        let why = ": thresholds are chosen when one is converted";
        return Err(Error::NotTrained { network: network.clone(), why }.into());
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), network, &imported, graph)?;
    let decoder = feeding.decoder()?;
    let Some(data) = inside::given_or(&arguments.data, &inside, Inside::scenes)? else {
        return Err(Error::NamesNothing { option: "--data", what: "a set of pictures" }.into());
    };
    let calibrate = inside::given_or(&arguments.calibrate, &inside, Inside::calibration)?;
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("tune-{}", imported.name)),
    };
    let folder = folder?;

    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data)?.images, None),
        false => {
            let (images, tally) =
                labelled(&data, decoder).map_err(|source| Error::Labels { source })?;
            (images, Some(tally))
        }
    };
    let calibration =
        calibration(calibrate.as_deref(), graph, &imported.sha256, &feeding, &images)?;
    let eyes = Eyes::Trained { graph, feeding: &feeding };
    let judge = Judge { eyes, decoder, checkpoints: &[] };
    if arguments.unlabelled {
        images = judge.with_objects(images)?;
    }
    let seen = arguments.folds.map_or(arguments.pictures, |_| 0);
    images.truncate(arguments.judge.map_or(usize::MAX, |judge| seen.saturating_add(judge)));
    let folds = folds(arguments, &data, images)?;

    let bench = Bench {
        arguments,
        untuned: arguments.recipe.clone().unwrap_or_else(|| pipeline::plain_recipe(graph)),
        imported: &imported,
        graph,
        profile: &profile,
        calibration: calibration.get(),
        judge,
    };
    let untuned = bench.chosen(&bench.untuned)?;
    let space = Space {
        layers: convert::scaled_layers(graph, &untuned.conversion, &untuned.settings),
        groups: arguments.groups,
        // Tracking units have none.
        initial: (!arguments.keep_v0 && untuned.settings.neuron == Neuron::If)
            .then_some(untuned.settings.initial),
        steps: arguments.steps,
        fewer: !arguments.keep_steps && arguments.objective.varies_steps(),
        phases: phases(arguments, &untuned.settings)?,
    };
    let plan = Plan {
        space,
        objective: arguments.objective.into(),
        tolerance: arguments.tolerance,
        budget: arguments.budget,
        pictures: folds[0].seen.len(),
    };
    let mut journal = journal::open(arguments, &folder, &bench.parts(&plan, &folds, &feeding)?)?;
    let trials = folds.len() * arguments.runs().len() * arguments.budget;
    let (progress, told) = Progress::of_steps("searching", trials);
    let (mut searches, mut found) = (vec![], vec![]);
    for (n, fold) in folds.iter().enumerate() {
        let trials = match bench.search(&plan, (n, fold), &mut journal, &told) {
            Ok(trials) => trials,
            Err(failure) => {
                journal.abandon()?;
                return Err(failure);
            }
        };
        let first = trials.first().and_then(|trials| tune::best(trials));
        // Every search has at least the untuned network, which is eligible.
        let best = first.ok_or(Error::NoTrial)?;
        found.push((bench.recipe(&plan, &best.point), plan.space.steps(&best.point)));
        searches.extend(trials);
    }
    drop(progress);
    let mut judged = vec![];
    for (fold, (recipe, steps)) in folds.iter().zip(&found) {
        let untuned = bench.judged(&bench.untuned, arguments.steps, &fold.judged)?;
        let tuned = bench.judged(recipe, *steps, &fold.judged)?;
        let both = |(untuned, tuned)| Judged { untuned, tuned, steps: *steps };
        judged.extend(untuned.into_iter().zip(tuned).map(both));
    }
    let (recipe, steps) = found[0].clone();
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    let tuning = Tuning {
        timing: arguments.timing.into(),
        title: format!("{} on {}{mark}, T = {}", imported.name, profile.name, arguments.steps),
        plan,
        untuned: bench.untuned.to_string(),
        tuned: found.iter().map(|(recipe, _)| recipe.to_string()).collect(),
        searches,
        judged,
        seed: arguments.seed,
    };
    bench.converted(&recipe, &feeding)?.write(&folder.path().join(format!("tuned.{SUFFIX}")))?;
    let table = report::write_tuning(folder.path(), &tuning)?;
    let mut setup = bench.settled(&recipe, steps)?.setup;
    setup.detector = feeding.describe();
    setup.notes.extend(feeding.notes());
    report::write_judged_manifest(folder.path(), &setup, &profile, tally.as_ref())?;
    let path = folder.finish()?;
    journal.remove()?;
    output::table(&table)?;
    json::print_csv(&path, report::TUNING)?;
    if let Some(tally) = &tally {
        output::line(format_args!("\n{tally}"))?;
    }
    output::line(format_args!("\nwritten to {}; the tuned network runs with", path.display()))?;
    let picture = match (&arguments.data, folds[0].judged.first()) {
        (Some(_), Some(image)) => image.path.clone(),
        // The pictures inside the program have no path that stays.
        _ => PathBuf::from("digits"),
    };
    output::line(format_args!(
        "  {}",
        arguments.hint(&profile, &path.join(format!("tuned.{SUFFIX}")), &picture, steps)
    ))
}

/// What single arguments do not tell; a fault is one of usage, and ends the process.
fn check(arguments: &Arguments) {
    if arguments.seed.checked_add(arguments.seeds - 1).is_none() {
        let last = u64::MAX - arguments.seed + 1;
        super::usage(format!(
            "--seeds goes beyond the largest seed: with this --seed give 1 to {last}"
        ));
    }
    for (n, search) in arguments.search.iter().enumerate() {
        if arguments.search[..n].contains(search) {
            let name = Search::from(*search).name();
            super::usage(format!(
                "--search names {name} twice; for several runs of it give --seeds"
            ));
        }
    }
}

/// What a search sees, and what its network is judged on; neither is empty.
struct Fold {
    seen: Vec<Labelled>,
    judged: Vec<Labelled>,
}

/// At least one.
fn folds(arguments: &Arguments, data: &Path, images: Vec<Labelled>) -> Result<Vec<Fold>> {
    let (all, seen) = (images.len(), arguments.pictures);
    match arguments.folds {
        Some(parts) if all < parts => {
            Err(Error::FewPictures { data: data.into(), all, parts }.into())
        }
        Some(parts) => Ok((0..parts).map(|part| fold(&images, |n| n % parts == part)).collect()),
        None if all <= seen => Err(Error::NoneToJudge { data: data.into(), all, seen }.into()),
        None => Ok(vec![fold(&images, |n| n >= seen)]),
    }
}

fn fold(images: &[Labelled], judged: impl Fn(usize) -> bool) -> Fold {
    let part = |of: bool| {
        let own = images.iter().enumerate().filter(|&(n, _)| judged(n) == of);
        own.map(|(_, image)| image.clone()).collect()
    };
    Fold { seen: part(false), judged: part(true) }
}

/// What is varied of two phases: lower thresholds first only where units and pools take halves of spikes.
fn phases(arguments: &Arguments, settings: &convert::Settings) -> Result<Option<PhaseSpace>> {
    if !arguments.two_phase {
        return Ok(None);
    }
    if settings.phases.is_some() {
        return Err(Error::PhasesGiven.into());
    }
    let low = settings.neuron == Neuron::If && settings.pool != MaxPool::Telescoping;
    Ok(Some(PhaseSpace::new(low)))
}

/// What points are emulated on.
struct Bench<'a> {
    arguments: &'a Arguments,
    /// The recipe to begin with.
    untuned: Recipe,
    imported: &'a Imported,
    graph: &'a Graph,
    profile: &'a Profile,
    calibration: Calibration<'a>,
    /// Its checkpoints are those of a run.
    judge: Judge<'a>,
}

impl Bench<'_> {
    fn chosen(&self, recipe: &Recipe) -> Result<Chosen> {
        let chosen = pipeline::choose(self.graph, self.profile, recipe, self.calibration);
        chosen.map_err(|error| self.tried(recipe).explained(error))
    }

    fn tried<'a>(&'a self, recipe: &'a Recipe) -> Tried<'a> {
        let Bench { profile, calibration, .. } = self;
        Tried { graph: self.graph, profile, recipe, calibration: *calibration }
    }

    /// `None`: the chip does not take it.
    fn prepared(&self, recipe: &Recipe, steps: usize) -> Result<Option<Prepared>> {
        let settings = Settings {
            steps,
            timing: self.arguments.timing.into(),
            idealised: self.arguments.idealised,
            record_spikes: false,
            seed: self.arguments.seed,
            conversion: recipe.clone(),
            placement: self.arguments.placement.placement(self.arguments.seed)?,
            placement_steps: CALIBRATION_STEPS,
            probes: vec![],
            feed: Default::default(),
            split: vec![],
            command: super::command_line(),
        };
        let untuned = *recipe == self.untuned;
        match self.begun(self.profile, &settings) {
            Err(error) if error.is_refusal() && !untuned => Ok(None),
            Err(error) if error.is_refusal() => Err(Refused {
                profile: self.profile,
                settings: &settings,
                asked: Some(recipe),
                trained: Some((self.graph, self.calibration)),
                listed: false,
                own_default: true,
                drops: Drops::Idealised,
                takes: &|profile, settings| self.begun(profile, settings).is_ok(),
            }
            .explained(error)),
            prepared => Ok(prepared.map(Some)?),
        }
    }

    /// Ready for its first step.
    fn begun(&self, profile: &Profile, settings: &Settings) -> Result<Prepared, pipeline::Error> {
        let (network, profile) = (self.imported.clone(), profile.clone());
        let prepared = pipeline::prepare(network, profile, settings.clone(), self.calibration)?;
        prepared.check()?;
        Ok(prepared)
    }

    /// A network that was emulated before.
    fn settled(&self, recipe: &Recipe, steps: usize) -> Result<Prepared> {
        Ok(self.prepared(recipe, steps)?.ok_or(Error::Refused)?)
    }

    /// All that a trial depends on but its own search and seed. Words where they are short, else
    /// hashes.
    fn parts(&self, plan: &Plan, folds: &[Fold], feeding: &Feeding) -> Result<Parts> {
        let hash = |parts: &[String]| {
            let hash = sha256(parts.iter().flat_map(|part| [part.as_bytes(), b"\n"]));
            hash[..16].to_string()
        };
        let (mut pictures, mut labels) = (vec![], vec![]);
        // Every fold has all of them.
        for image in folds[0].seen.iter().chain(&folds[0].judged) {
            let name = image.path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = std::fs::read(&image.path)
                .map_err(|error| Error::Picture { path: image.path.clone(), error })?;
            pictures.push(format!("{name:?} {}", sha256([&bytes[..]])));
            labels.push(format!("{:?} {} {}", image.boxes, image.width, image.height));
        }
        let calibration = self.calibration.hashes();
        let a = self.arguments;
        let placement = match a.placement.placement(a.seed)? {
            Placement::Given(file) => {
                format!("a file with hash {}", hash(&[format!("{:?}", file.rows)]))
            }
            Placement::Mapped(file) => {
                format!("a mapping with hash {}", hash(&[format!("{:?}", file.rows)]))
            }
            placement => placement.describe(),
        };
        let on = |flag: bool| if flag { "given" } else { "not given" }.to_string();
        let timing: pipeline::Timing = a.timing.into();
        let parts = [
            ("program", format!("{} (trials {})", env!("CARGO_PKG_VERSION"), tune::ARITHMETIC)),
            ("network", hash(std::slice::from_ref(&self.imported.sha256))),
            ("detector description", hash(std::slice::from_ref(&feeding.text))),
            ("profile", format!("{} (hash {})", self.profile.name, &self.profile.hash[..16])),
            ("pictures", hash(&pictures)),
            ("labels", hash(&labels)),
            ("calibration pictures", hash(&calibration)),
            ("--recipe", self.untuned.to_string()),
            ("--steps", a.steps.to_string()),
            ("--objective", format!("{:?}", a.objective).to_lowercase()),
            ("--tolerance", a.tolerance.to_string()),
            ("--budget", a.budget.to_string()),
            ("--pictures", folds[0].seen.len().to_string()),
            ("--folds", a.folds.map_or("none".into(), |folds| folds.to_string())),
            ("--groups", a.groups.to_string()),
            ("--unlabelled", on(a.unlabelled)),
            ("--keep-v0", on(a.keep_v0)),
            ("--keep-steps", on(a.keep_steps)),
            ("--two-phase", on(a.two_phase)),
            ("--idealised", on(a.idealised)),
            ("--timing", timing.name().into()),
            ("--placement", placement),
            ("--seed", a.seed.to_string()),
            // What the others come to: layers, their clips, and what is varied.
            ("space", hash(&[format!("{:?}", plan.space)])),
        ];
        Ok(parts.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    /// All searches with all seeds.
    fn search(
        &self,
        plan: &Plan,
        (n, fold): (usize, &Fold),
        journal: &mut Journal,
        told: &Part,
    ) -> Result<Vec<Vec<Trial>>> {
        let looks: Vec<Look> =
            fold.seen.iter().map(|image| self.judge.look(image)).collect::<Result<_>>()?;
        let plan = &Plan { pictures: looks.len(), ..plan.clone() };
        let runs = self.arguments.runs();
        let mut all = vec![];
        for &(search, seed) in &runs {
            let run = Run { search, seed, fold: n };
            let known = journal.known(run);
            let prepare = |point: &[f64]| {
                let prepared = self.prepared(&self.recipe(plan, point), plan.space.steps(point));
                let read = |prepared| (prepared, plan.checkpoints(point));
                prepared.map(|network| network.map(read))
            };
            let emulate = |(prepared, checkpoints): &(Prepared, Vec<usize>),
                           range: Range<usize>| {
                let (silent, judge) = (Part::default(), Judge { checkpoints, ..self.judge });
                let emulated = |look: &Look| judge.emulated(prepared, look, &silent);
                looks[range].par_iter().map(emulated).collect::<Result<_>>()
            };
            let tell = |trial: &Trial| -> Result<()> {
                told.step();
                Ok(journal.add(trial)?)
            };
            all.push(tune::run(plan, run, &known, prepare, emulate, tell)?);
            // What ended early is done, too.
            told.reach((n * runs.len() + all.len()) * plan.budget);
        }
        Ok(all)
    }

    /// The untuned point is the recipe itself.
    fn recipe(&self, plan: &Plan, point: &[f64]) -> Recipe {
        match point == plan.space.untuned() {
            true => self.untuned.clone(),
            false => plan.space.recipe(&self.untuned, point),
        }
    }

    /// A network on pictures that no search saw.
    fn judged(&self, recipe: &Recipe, steps: usize, images: &[Labelled]) -> Result<Vec<Picture>> {
        let prepared = self.settled(recipe, steps)?;
        let (_progress, told) = Progress::of_steps("judging", prepared.steps() * images.len());
        let judge = Judge { checkpoints: &tune::checkpoints(steps), ..self.judge };
        judge.pictures(&prepared, images, &told)
    }

    fn converted(&self, recipe: &Recipe, feeding: &Feeding) -> Result<ConvertedFile> {
        let Chosen { conversion, settings, .. } = self.chosen(recipe)?;
        Ok(ConvertedFile {
            name: self.imported.name.clone(),
            network_sha256: self.imported.sha256.clone(),
            recipe: recipe.to_string(),
            settings,
            calibration: self.calibration.names(),
            detector: Some(feeding.text.clone()),
            version: env!("CARGO_PKG_VERSION").into(),
            graph: self.graph.clone(),
            conversion,
        })
    }
}
