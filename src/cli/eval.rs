//! `spikemesh eval NETWORK --data DIR`: accuracy against steps and millijoules.

mod spiking;

use super::advice::{Drops, Refused};
use super::changes::ProfileChanges;
use super::feeding::Feeding;
use super::heading;
use super::inside::{self, Inside};
use super::json::{self, JsonArguments};
use super::judge::{Judge, calibration, labelled};
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::placement::{CALIBRATION_STEPS, PlacementArguments};
use super::progress::Progress;
use super::stimulus::{self, StimulusArguments};
use super::timing::{self, TimingChoice};
use super::{Error, Result};
use crate::convert::Recipe;
use crate::detect::Dataset;
use crate::eval;
use crate::import::Network;
use crate::pipeline::{self, Prepared, Settings, Setup};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report::{self, Folder};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    #[command(flatten)]
    reading: NetworkArguments,
    /// Labelled pictures: a folder or file of Pascal VOC, COCO or YOLO form [default: the scenes inside]
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Takes --data as a folder of pictures without labels, and of these the ones in which the float
    /// network sees something: there is agreement with that, but no mAP
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, requires = "data")]
    unlabelled: bool,
    /// Name of a built-in profile, or a TOML file
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, default_value = "loihi1-davies2018", value_parser = paths::text())]
    profile: String,
    #[command(flatten)]
    changes: ProfileChanges,
    /// Recipes joined by commas; changes `key=value` belong to the recipe before them [default:
    /// paper,best; best where activations are curves, as a SiLU]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    recipe: Option<String>,
    /// Steps at which the one pass over a picture is read [default: 1,2,4,8,16,32,64,128, as far
    /// as the membranes hold them]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(
        long, value_delimiter = ',', allow_negative_numbers = true,
        value_parser = numbers::steps::<usize>
    )]
    checkpoints: Option<Vec<usize>>,
    /// How packets take their time; tables name what `auto` chose
    #[arg(help_heading = heading::TIMING)]
    #[arg(long, value_enum, default_value_t = TimingChoice::Auto)]
    timing: TimingChoice,
    /// Pictures that calibrate the conversion, or a file of `calibrate` [default: what is stored of
    /// known detectors; for others the first 8 of --data, with a warning]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// Folder to write, which must not exist yet [default: reports/runs/eval-<network>-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Takes only the first N pictures; of unlabelled ones, the first N that show something
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(help_heading = heading::MACHINE)]
    #[arg(
        long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads
    )]
    threads: usize,
    /// Runs what the chip would refuse; every report is marked
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    idealised: bool,
    /// How a picture becomes the input and heads become boxes, where neither the network's files
    /// nor their name tell it
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    detector: Option<PathBuf>,
    #[command(flatten)]
    stimulus: StimulusArguments,
    #[command(flatten)]
    json: JsonArguments,
    #[command(flatten)]
    placement: PlacementArguments,
    /// Seed of everything random
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
}

/// Steps at which a pass is read, where nobody says it.
const CHECKPOINTS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The timings of all recipes, each once.
fn timings(setups: &[Setup]) -> String {
    let mut names: Vec<&str> = setups.iter().map(|setup| setup.timing.name()).collect();
    names.dedup();
    names.join("/")
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let mut checkpoints = arguments.checkpoints.clone().unwrap_or(CHECKPOINTS.to_vec());
    let grow = checkpoints.is_sorted_by(|a, b| a < b) && checkpoints.first() != Some(&0);
    if !grow || checkpoints.last().is_none_or(|&last| last > 1024) {
        return Err(Error::Checkpoints.into());
    }
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    let asked = arguments.recipe.as_deref().map(Recipe::parse_list).transpose()?;
    let profile = arguments.changes.load(&arguments.profile)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = arguments.reading.open(network)?;
    let spiking_already = matches!(imported.network, Network::Spiking(_));
    let idle = [
        (arguments.calibrate.is_some(), stimulus::CALIBRATE),
        (arguments.detector.is_some(), stimulus::DETECTOR),
    ];
    stimulus::effects(network, spiking_already, &arguments.stimulus, &idle)?;
    let graph = match &imported.network {
        Network::Float(graph) => graph,
        Network::Placed(_) => {
            let (network, advice) = (network.clone(), "eval needs a trained detector");
            return Err(Error::OwnInputs { network, advice }.into());
        }
        Network::Spiking(graph) => return spiking::run(arguments, &imported, graph, &profile),
        Network::Converted(_) => {
            let (network, advice) = (network.clone(), "eval compares recipes on the trained one");
            return Err(Error::Converted { network, advice }.into());
        }
    };
    let recipes = asked.unwrap_or_else(|| pipeline::usual_recipes(graph));
    let feeding = Feeding::new(arguments.detector.as_deref(), network, &imported, graph)?;
    let decoder = feeding.decoder()?;
    let Some(data) = inside::given_or(&arguments.data, &inside, Inside::scenes)? else {
        return Err(
            Error::NamesNothing { option: "--data", what: "a set of labelled pictures" }.into()
        );
    };
    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data)?.images, None),
        false => labelled(&data, decoder).map(|(images, tally)| (images, Some(tally)))?,
    };
    if images.is_empty() {
        return Err(Error::NoPictures { data }.into());
    }
    let calibrate = inside::given_or(&arguments.calibrate, &inside, Inside::calibration)?;
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("eval-{}", imported.name)),
    };
    let folder = folder?;

    let calibration =
        calibration(calibrate.as_deref(), graph, &imported.sha256, &feeding, &images)?;
    let placement = arguments.placement.placement(arguments.seed)?;
    let begun = |profile: &Profile, settings: &Settings| -> Result<Prepared, pipeline::Error> {
        let (network, profile) = (imported.clone(), profile.clone());
        let prepared = pipeline::prepare(network, profile, settings.clone(), calibration.get())?;
        prepared.check()?;
        Ok(prepared)
    };
    let settings = |recipe: &Recipe, steps: usize| Settings {
        steps,
        timing: arguments.timing.into(),
        idealised: arguments.idealised,
        record_spikes: false,
        seed: arguments.seed,
        conversion: recipe.clone(),
        placement: placement.clone(),
        placement_steps: CALIBRATION_STEPS,
        probes: vec![],
        feed: Default::default(),
        split: vec![],
        command: super::command_line(),
    };
    // Steps that nobody asked for are left out where the membranes do not hold their sums.
    for recipe in recipes.iter().filter(|_| arguments.checkpoints.is_none()) {
        let tried = begun(&profile, &settings(recipe, checkpoints.last().copied().unwrap_or(1)));
        if let Some(most) = tried.err().and_then(|error| error.most_steps()) {
            checkpoints.retain(|&steps| steps <= most);
        }
    }
    let most = checkpoints.last().copied().ok_or(Error::Checkpoints)?;
    let judge = Judge { graph, feeding: &feeding, decoder, checkpoints: &checkpoints };
    if arguments.unlabelled {
        images = judge.with_objects(images)?;
        if images.is_empty() {
            return Err(Error::SeesNothing { data }.into());
        }
    }
    images.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
    let count = recipes.len();
    let progress = Progress::new("evaluating", count);
    let first = match arguments.timing {
        TimingChoice::Analytic => None,
        _ => images.first().map(|image| judge.look(image)).transpose()?,
    };
    let inferences = images.len() * count;
    let prepare = |recipe: &Recipe| -> Result<Prepared> {
        let settings = settings(recipe, most);
        // Recipes that stay are all tried: one of another name takes their place.
        let takes = |profile: &Profile, changed: &Settings| {
            let stay = changed.conversion == *recipe;
            let tried = if stay { &recipes[..] } else { std::slice::from_ref(&changed.conversion) };
            let with = |recipe: &Recipe| Settings { conversion: recipe.clone(), ..changed.clone() };
            tried.iter().all(|recipe| begun(profile, &with(recipe)).is_ok())
        };
        begun(&profile, &settings).map_err(|error| match error.is_refusal() {
            false => error.into(),
            true => Refused {
                profile: &profile,
                settings: &settings,
                asked: Some(recipe),
                trained: Some((graph, calibration.get())),
                listed: false,
                own_default: true,
                drops: Drops::Idealised,
                takes: &takes,
            }
            .explained(error),
        })
    };
    // One for all recipes, so that their times can be compared.
    let mut chosen = None;
    if let Some(look) = first.as_ref().filter(|_| arguments.timing.fits()) {
        for recipe in &recipes {
            let effort = prepare(recipe)?.effort(look.sample())?;
            let timing = effort.map(|effort| effort.fitting(inferences));
            chosen =
                timing.map(|timing| chosen.map_or(timing, |known| timing.min(known))).or(chosen);
        }
    }
    let mut all = vec![];
    let mut rows = vec![];
    let mut setups: Vec<Setup> = vec![];
    for recipe in &recipes {
        let mut prepared = prepare(recipe)?;
        prepared.setup.detector = feeding.describe();
        prepared.setup.notes.extend(feeding.notes());
        let effort = first.as_ref().map(|look| prepared.effort(look.sample())).transpose()?;
        let part = timing::begin(&mut prepared, effort.flatten(), images.len(), chosen);
        let pictures = judge.pictures(&prepared, &images, &progress.part(part))?;
        if rows.is_empty() {
            rows.push(eval::float_row("float", &pictures));
        }
        rows.extend(eval::rows(&recipe.to_string(), &checkpoints, &pictures));
        all.push((recipe.to_string(), pictures));
        setups.push(prepared.setup);
    }
    drop(progress);

    report::write_accuracy(folder.path(), &rows)?;
    report::write_boxes(folder.path(), &decoder.classes, &checkpoints, &all)?;
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    let pictures = counted(images.len(), "picture");
    let title = format!("{} on {}{mark}, {pictures}", imported.name, profile.name);
    report::write_convergence(folder.path(), &title, &rows)?;
    if let Some(mut setup) = setups.first().cloned() {
        let names: Vec<String> = recipes.iter().map(Recipe::to_string).collect();
        setup.recipe = names.join(",");
        setup.conversion =
            setups.iter().map(|s| s.conversion.as_str()).collect::<Vec<_>>().join("; ");
        report::write_judged_manifest(folder.path(), &setup, &profile, tally.as_ref())?;
    }
    let path = folder.finish()?;
    output::line(format_args!("{}; energy is that of events, means per picture\n", shown(&title)))?;
    output::table(report::accuracy_table(&rows, &timings(&setups)))?;
    json::print_csv(&path, report::ACCURACY)?;
    if let Some(tally) = &tally {
        output::line(format_args!("\n{tally}"))?;
    }
    output::line(format_args!("\nwritten to {}", path.display()))?;
    Ok(())
}
