//! `spikemesh tune NETWORK --data DIR`: thresholds that cost less at the same agreement.

use super::advice::Tried;
use super::feeding::Feeding;
use super::inside::{self, Inside};
use super::judge::{Judge, Look, calibration, labelled};
use super::numbers;
use super::output;
use super::placement::{CALIBRATION_STEPS, PlacementArguments};
use super::progress;
use super::timing::TimingChoice;
use crate::convert::file::{ConvertedFile, SUFFIX};
use crate::convert::{self, MaxPool, Neuron, Recipe};
use crate::detect::{Dataset, Labelled};
use crate::digest::sha256;
use crate::eval::Picture;
use crate::import::{self, Imported, Network};
use crate::mapping::Placement;
use crate::pipeline::{self, Calibration, Chosen, Prepared, Settings};
use crate::profile::{self, Profile};
use crate::report::{self, Folder, Judged, Tuning};
use crate::tune::{self, Journal, Objective, Parts, PhaseSpace, Plan, Run, Search, Space, Trial};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use miette::{IntoDiagnostic, WrapErr, bail};
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Most trials of a search.
const MOST_TRIALS: u64 = 10_000;
/// Most runs of each search.
const MOST_SEEDS: u64 = 1000;
/// Most parts of the pictures.
const MOST_FOLDS: u64 = 1000;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    /// Pictures: a folder or file of Pascal VOC, COCO or YOLO form [default: the scenes inside]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Takes --data as a folder of pictures without labels: those in which the float network sees something
    #[arg(long, requires = "data")]
    unlabelled: bool,
    /// Pictures that the search sees, the first ones
    #[arg(
        long, default_value_t = 8, value_name = "N", conflicts_with = "folds",
        allow_negative_numbers = true, value_parser = numbers::inputs::<usize>
    )]
    pictures: usize,
    /// Parts of the pictures: a search for each sees the others, and its network is judged on the part. With few pictures
    /// all of them tell something so; the first part's network is written
    #[arg(
        long, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(2, MOST_FOLDS)
    )]
    folds: Option<usize>,
    /// Pictures on which the result is judged [default: all but those searched on, or with --folds all]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::inputs::<usize>
    )]
    judge: Option<usize>,
    /// Name of a built-in profile, or a TOML file
    #[arg(long, default_value = "loihi1-davies2018")]
    profile: String,
    /// The conversion to begin with
    #[arg(long, default_value = "paper")]
    recipe: Recipe,
    /// Steps of an inference
    #[arg(
        long, default_value_t = 64, allow_negative_numbers = true,
        value_parser = numbers::steps::<usize>
    )]
    steps: usize,
    /// What is to become small, at the agreement of the untuned network
    #[arg(long, value_enum, default_value_t = ObjectiveChoice::Sops)]
    objective: ObjectiveChoice,
    /// Trials of a search, the untuned network included
    #[arg(
        long, default_value_t = 40, allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(1, MOST_TRIALS)
    )]
    budget: usize,
    /// Searches to run, joined by commas; the first one's best network is judged and written
    #[arg(long, value_enum, value_delimiter = ',', default_value = "bayes")]
    search: Vec<SearchChoice>,
    /// Runs of each search, with the seeds --seed and those after it
    #[arg(
        long, default_value_t = 1, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<u64>(1, MOST_SEEDS)
    )]
    seeds: u64,
    /// Agreement of the boxes, and share of the error, that may be lost
    #[arg(
        long, default_value_t = 0.02, allow_negative_numbers = true, value_parser = numbers::share
    )]
    tolerance: f64,
    /// Leaves V(0) as the recipe has it
    #[arg(long)]
    keep_v0: bool,
    /// Leaves the steps as --steps has them: else searches for sops, energy and pareto try fewer, too, down to a quarter
    #[arg(long)]
    keep_steps: bool,
    /// Varies two phases, too: other thresholds for all layers up to some step
    #[arg(long)]
    two_phase: bool,
    /// Groups of a layer's channels with a threshold each, by what a spike is worth
    #[arg(
        long, default_value_t = 1, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(1, 16)
    )]
    groups: usize,
    /// How packets take their time; all but analytic are slower
    #[arg(long, value_enum, default_value_t = TimingChoice::Analytic)]
    timing: TimingChoice,
    /// Pictures that calibrate the conversion, or a file of `calibrate` [default: what is stored of
    /// known detectors; for others the first 8 of --data, with a warning]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// Folder to write, which must not exist yet. `DIR.journal` beside it keeps the trials until then: the same
    /// command goes on where it was cut off [default: reports/runs/tune-<network>]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(
        long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads
    )]
    threads: usize,
    /// Runs what the chip would refuse; every report is marked
    #[arg(long)]
    idealised: bool,
    /// How a picture becomes the input and heads become boxes, where the network's name does not tell
    #[arg(long)]
    detector: Option<PathBuf>,
    #[command(flatten)]
    placement: PlacementArguments,
    /// Seed of everything random
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
}

impl Arguments {
    /// Every search with every seed; [`check`] has seen to it that there are so many.
    fn runs(&self) -> Vec<(Search, u64)> {
        let seeds = |&search: &SearchChoice| (0..self.seeds).map(move |n| (search.into(), self.seed + n));
        self.search.iter().flat_map(seeds).collect()
    }

    /// The command that runs a tuned network as it was judged.
    fn hint(&self, network: &Path, picture: &Path, steps: usize) -> String {
        let timing: pipeline::Timing = self.timing.into();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut words = vec!["spikemesh".into(), "run".into(), text(network)];
        words.extend(["--input".into(), text(picture), "--profile".into(), self.profile.clone()]);
        words.extend(["--steps".into(), steps.to_string(), "--timing".into(), timing.name().into()]);
        words.extend(self.placement.words());
        if self.seed != 0 {
            words.extend(["--seed".into(), self.seed.to_string()]);
        }
        if self.idealised {
            words.push("--idealised".into());
        }
        super::quoted(words)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ObjectiveChoice {
    /// Error of the heads, at no more synaptic operations
    Accuracy,
    /// Time until the boxes agree
    Latency,
    /// Emulated joules of the chip, events and static power
    Energy,
    /// Synaptic operations
    Sops,
    /// Error and joules together, without a constraint
    Pareto,
}

impl ObjectiveChoice {
    /// `latency` reads every checkpoint anyway, and fewer steps never help `accuracy`.
    fn varies_steps(self) -> bool {
        !matches!(self, ObjectiveChoice::Accuracy | ObjectiveChoice::Latency)
    }
}

impl From<ObjectiveChoice> for Objective {
    fn from(choice: ObjectiveChoice) -> Objective {
        match choice {
            ObjectiveChoice::Accuracy => Objective::Accuracy,
            ObjectiveChoice::Latency => Objective::Latency,
            ObjectiveChoice::Energy => Objective::Energy,
            ObjectiveChoice::Sops => Objective::Sops,
            ObjectiveChoice::Pareto => Objective::Pareto,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SearchChoice {
    /// Gaussian process and expected improvement
    Bayes,
    /// Scrambled Sobol points
    Sobol,
    /// Uniform points
    Random,
}

impl From<SearchChoice> for Search {
    fn from(choice: SearchChoice) -> Search {
        match choice {
            SearchChoice::Bayes => Search::Bayes,
            SearchChoice::Sobol => Search::Sobol,
            SearchChoice::Random => Search::Random,
        }
    }
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    check(arguments);
    super::use_threads(arguments.threads)?;
    let profile = profile::load(&arguments.profile)?;
    let inside = inside::unpack(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = import::open(network).into_diagnostic()?;
    let Network::Float(graph) = &imported.network else {
        bail!("{} is no trained network: thresholds are chosen when one is converted", network.display());
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), graph)?;
    let Some(decoder) = &feeding.decoder else {
        bail!("the detector's description has no [detect] table: nothing says how heads become boxes");
    };
    let Some(data) = inside::given_or(&arguments.data, &inside, Inside::scenes)? else {
        bail!("--data names no pictures");
    };
    let calibrate = inside::given_or(&arguments.calibrate, &inside, Inside::calibration)?;
    let out = arguments.out.clone().unwrap_or_else(|| format!("reports/runs/tune-{}", imported.name).into());
    let folder = Folder::create(&out).into_diagnostic()?;

    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data).into_diagnostic()?.images, None),
        false => {
            let (images, tally) = labelled(&data, decoder).wrap_err(
                "--data wants labels, unless --unlabelled takes the boxes of the float network for them",
            )?;
            (images, Some(tally))
        }
    };
    let calibration = calibration(calibrate.as_deref(), graph, &imported.sha256, &feeding, &images)?;
    let judge = Judge { graph, feeding: &feeding, decoder, checkpoints: &[] };
    if arguments.unlabelled {
        images = judge.with_objects(images)?;
    }
    let seen = arguments.folds.map_or(arguments.pictures, |_| 0);
    images.truncate(arguments.judge.map_or(usize::MAX, |judge| seen.saturating_add(judge)));
    let folds = folds(arguments, &data, images)?;

    let bench =
        Bench { arguments, imported: &imported, profile: &profile, calibration: calibration.get(), judge };
    let untuned = bench.chosen(&arguments.recipe)?;
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
    // Without a slash at the end, behind which there is nothing yet.
    let mut journal = out.components().collect::<PathBuf>().into_os_string();
    journal.push(".journal");
    let mut journal =
        Journal::open(Path::new(&journal), &bench.parts(&plan, &folds, &feeding)?).into_diagnostic()?;
    if let Some(remark) = journal.remark() {
        output::remark(remark);
    }
    let bar = progress::bar(folds.len() * arguments.runs().len() * arguments.budget, "searching");
    let (mut searches, mut found) = (vec![], vec![]);
    for (n, fold) in folds.iter().enumerate() {
        let trials = bench.search(&plan, (n, fold), &mut journal, &bar)?;
        let first = trials.first().and_then(|trials| tune::best(trials));
        // Every search has at least the untuned network, which is eligible.
        let best = first.ok_or_else(|| miette::miette!("no trial was made"))?;
        found.push((bench.recipe(&plan, &best.point), plan.space.steps(&best.point)));
        searches.extend(trials);
    }
    bar.finish_and_clear();
    let mut judged = vec![];
    for (fold, (recipe, steps)) in folds.iter().zip(&found) {
        let untuned = bench.judged(&arguments.recipe, arguments.steps, &fold.judged)?;
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
        untuned: arguments.recipe.to_string(),
        tuned: found.iter().map(|(recipe, _)| recipe.to_string()).collect(),
        searches,
        judged,
        seed: arguments.seed,
    };
    bench
        .converted(&recipe, &feeding)?
        .write(&folder.path().join(format!("tuned.{SUFFIX}")))
        .into_diagnostic()?;
    let table = report::write_tuning(folder.path(), &tuning).into_diagnostic()?;
    let setup = bench.settled(&recipe, steps)?.setup;
    report::write_judged_manifest(folder.path(), &setup, &profile, tally.as_ref()).into_diagnostic()?;
    let path = folder.finish().into_diagnostic()?;
    journal.remove().into_diagnostic()?;
    output::text(&table)?;
    if let Some(tally) = &tally {
        output::line(format_args!("\n{tally}"))?;
    }
    output::line(format_args!("\nwritten to {}; the tuned network runs with", path.display()))?;
    let picture = match (&arguments.data, folds[0].judged.first()) {
        (Some(_), Some(image)) => image.path.clone(),
        // The pictures inside the program have no path that stays.
        _ => PathBuf::from("digits"),
    };
    output::line(format_args!("  {}", arguments.hint(&path.join(format!("tuned.{SUFFIX}")), &picture, steps)))
}

/// What single arguments do not tell; a fault is one of usage, and ends the process.
fn check(arguments: &Arguments) {
    if arguments.seed.checked_add(arguments.seeds - 1).is_none() {
        let last = u64::MAX - arguments.seed + 1;
        super::usage(format!("--seeds goes beyond the largest seed: with this --seed give 1 to {last}"));
    }
    for (n, search) in arguments.search.iter().enumerate() {
        if arguments.search[..n].contains(search) {
            let name = Search::from(*search).name();
            super::usage(format!("--search names {name} twice; for several runs of it give --seeds"));
        }
    }
}

/// What a search sees, and what its network is judged on; neither is empty.
struct Fold {
    seen: Vec<Labelled>,
    judged: Vec<Labelled>,
}

/// At least one.
fn folds(arguments: &Arguments, data: &Path, images: Vec<Labelled>) -> miette::Result<Vec<Fold>> {
    let (all, seen) = (images.len(), arguments.pictures);
    match arguments.folds {
        Some(parts) if all < parts => bail!(
            "{} gives {all} pictures that can be used: too few for {parts} parts (--folds)",
            data.display()
        ),
        Some(parts) => Ok((0..parts).map(|part| fold(&images, |n| n % parts == part)).collect()),
        None if all <= seen => bail!(
            "{} holds {all} pictures that can be used: {seen} for the search (--pictures), and none is left to judge the result on",
            data.display()
        ),
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
fn phases(arguments: &Arguments, settings: &convert::Settings) -> miette::Result<Option<PhaseSpace>> {
    if !arguments.two_phase {
        return Ok(None);
    }
    if settings.phases.is_some() {
        bail!("--two-phase chooses the phases itself: leave phases= out of --recipe");
    }
    let low = settings.neuron == Neuron::If && settings.pool != MaxPool::Telescoping;
    Ok(Some(PhaseSpace::new(low)))
}

/// What points are emulated on.
struct Bench<'a> {
    arguments: &'a Arguments,
    imported: &'a Imported,
    profile: &'a Profile,
    calibration: Calibration<'a>,
    /// Its checkpoints are those of a run.
    judge: Judge<'a>,
}

impl Bench<'_> {
    fn chosen(&self, recipe: &Recipe) -> miette::Result<Chosen> {
        let chosen = pipeline::choose(self.judge.graph, self.profile, recipe, self.calibration);
        chosen.map_err(|error| self.tried(recipe).explained(error))
    }

    fn tried<'a>(&'a self, recipe: &'a Recipe) -> Tried<'a> {
        let Bench { profile, calibration, .. } = self;
        Tried { graph: self.judge.graph, profile, recipe, calibration: *calibration }
    }

    /// `None`: the chip does not take it.
    fn prepared(&self, recipe: &Recipe, steps: usize) -> miette::Result<Option<Prepared>> {
        let settings = Settings {
            steps,
            timing: self.arguments.timing.into(),
            idealised: self.arguments.idealised,
            record_spikes: false,
            seed: self.arguments.seed,
            conversion: recipe.clone(),
            placement: self.arguments.placement.placement(self.arguments.seed)?,
            placement_steps: CALIBRATION_STEPS,
            split: vec![],
            command: super::command_line(),
        };
        let untuned = *recipe == self.arguments.recipe;
        match pipeline::prepare(self.imported.clone(), self.profile.clone(), settings, self.calibration) {
            Err(error) if error.is_refusal() && !untuned => Ok(None),
            prepared => prepared.map(Some).map_err(|error| self.tried(recipe).explained(error)),
        }
    }

    /// A network that was emulated before.
    fn settled(&self, recipe: &Recipe, steps: usize) -> miette::Result<Prepared> {
        self.prepared(recipe, steps)?.ok_or_else(|| miette::miette!("the chip refuses the network"))
    }

    /// All that a trial depends on but its own search and seed. Words where they are short, else
    /// hashes.
    fn parts(&self, plan: &Plan, folds: &[Fold], feeding: &Feeding) -> miette::Result<Parts> {
        let hash = |parts: &[String]| {
            let hash = sha256(parts.iter().flat_map(|part| [part.as_bytes(), b"\n"]));
            hash[..16].to_string()
        };
        let (mut pictures, mut labels) = (vec![], vec![]);
        // Every fold has all of them.
        for image in folds[0].seen.iter().chain(&folds[0].judged) {
            let name = image.path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = std::fs::read(&image.path)
                .map_err(|error| miette::miette!("cannot read {}: {error}", image.path.display()))?;
            pictures.push(format!("{name:?} {}", sha256([&bytes[..]])));
            labels.push(format!("{:?} {} {}", image.boxes, image.width, image.height));
        }
        let calibration = self.calibration.hashes();
        let a = self.arguments;
        let placement = match a.placement.placement(a.seed)? {
            Placement::Given(file) => format!("a file with hash {}", hash(&[format!("{:?}", file.rows)])),
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
            ("--recipe", a.recipe.to_string()),
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
        bar: &ProgressBar,
    ) -> miette::Result<Vec<Vec<Trial>>> {
        let looks: Vec<Look> =
            fold.seen.iter().map(|image| self.judge.look(image)).collect::<miette::Result<_>>()?;
        let plan = &Plan { pictures: looks.len(), ..plan.clone() };
        let runs = self.arguments.runs();
        let mut all = vec![];
        for &(search, seed) in &runs {
            let run = Run { search, seed, fold: n };
            let known = journal.known(run);
            let prepare = |point: &[f64]| {
                let prepared = self.prepared(&self.recipe(plan, point), plan.space.steps(point));
                let read = |prepared| (prepared, plan.checkpoints(point));
                prepared.map(|network| network.map(read)).map_err(Trouble)
            };
            let emulate = |(prepared, checkpoints): &(Prepared, Vec<usize>), range: Range<usize>| {
                let (silent, judge) = (ProgressBar::hidden(), Judge { checkpoints, ..self.judge });
                let emulated = |look: &Look| judge.emulated(prepared, look, &silent);
                looks[range].par_iter().map(emulated).collect::<miette::Result<_>>().map_err(Trouble)
            };
            let tell = |trial: &Trial| -> Result<(), Trouble> {
                bar.inc(1);
                journal.add(trial).map_err(|error| Trouble(miette::Report::from_err(error)))
            };
            let trials = tune::run(plan, run, &known, prepare, emulate, tell);
            all.push(trials.map_err(|trouble| trouble.0)?);
            bar.set_position(((n * runs.len() + all.len()) * plan.budget) as u64);
        }
        Ok(all)
    }

    /// The untuned point is the recipe itself.
    fn recipe(&self, plan: &Plan, point: &[f64]) -> Recipe {
        match point == plan.space.untuned() {
            true => self.arguments.recipe.clone(),
            false => plan.space.recipe(&self.arguments.recipe, point),
        }
    }

    /// A network on pictures that no search saw.
    fn judged(&self, recipe: &Recipe, steps: usize, images: &[Labelled]) -> miette::Result<Vec<Picture>> {
        let prepared = self.settled(recipe, steps)?;
        let bar = progress::bar(prepared.steps() * images.len(), "judging");
        let judge = Judge { checkpoints: &tune::checkpoints(steps), ..self.judge };
        let pictures = judge.pictures(&prepared, images, &bar)?;
        bar.finish_and_clear();
        Ok(pictures)
    }

    fn converted(&self, recipe: &Recipe, feeding: &Feeding) -> miette::Result<ConvertedFile> {
        let Chosen { conversion, settings, .. } = self.chosen(recipe)?;
        Ok(ConvertedFile {
            name: self.imported.name.clone(),
            network_sha256: self.imported.sha256.clone(),
            recipe: recipe.to_string(),
            settings,
            calibration: self.calibration.names(),
            detector: Some(feeding.text.clone()),
            version: env!("CARGO_PKG_VERSION").into(),
            graph: self.judge.graph.clone(),
            conversion,
        })
    }
}

/// An error on its way through the search.
struct Trouble(miette::Report);

impl From<tune::SearchError> for Trouble {
    fn from(error: tune::SearchError) -> Trouble {
        Trouble(miette::Report::from_err(error))
    }
}
