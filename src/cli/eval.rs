//! `spikemesh eval NETWORK --data DIR`: accuracy against steps and millijoules.

mod answers;
mod boxes;
mod chips;
mod classes;
mod passes;
mod spiking;

use super::changes::ProfileChanges;
use super::feeding::Feeding;
use super::heading;
use super::inside;
use super::json::JsonArguments;
use super::network::NetworkArguments;
use super::numbers;
use super::paths;
use super::placement::PlacementArguments;
use super::plots::PlotsArguments;
use super::stimulus::{self, StimulusArguments};
use super::timing::TimingChoice;
use super::{Error, Result, json, output};
use crate::convert::Recipe;
use crate::eval::Row;
use crate::import::Network;
use crate::journal::Done;
use crate::pipeline::Setup;
use crate::profile::Profile;
use crate::report::{self, Folder};
use clap::Args;
use passes::{Asked, Source};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    #[command(flatten)]
    reading: NetworkArguments,
    /// Labelled pictures: a folder or file of Pascal VOC, COCO or YOLO form [default: the scenes
    /// inside]; for a classifier IDX files, a folder for each class, or a CSV of file,label. For a
    /// network that spikes already (.nir) of either kind, recordings, too
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Takes --data as a folder of pictures without labels, and of these the ones in which the
    /// float network sees something: there is agreement with that, but no mAP
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, requires = "data")]
    unlabelled: bool,
    /// Lets a COCO file of --data name pictures outside of its folder, by `..` or from the root
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, requires = "data")]
    allow_outside: bool,
    /// Names of built-in profiles or TOML files with commas between; several are one table
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
    /// Folder to write, which must not exist yet. A journal beside it keeps what inputs came to
    /// until then: the same command goes on where it was cut off
    /// [default: reports/runs/eval-<network>-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Also runs the float graph of a network that spikes already, step by step
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    floats: bool,
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
    /// nor their name tell it; of a network that spikes already, how its outputs become boxes
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    detector: Option<PathBuf>,
    #[command(flatten)]
    stimulus: StimulusArguments,
    #[command(flatten)]
    json: JsonArguments,
    #[command(flatten)]
    plots: PlotsArguments,
    #[command(flatten)]
    placement: PlacementArguments,
    /// Seed of everything random
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
}

impl Arguments {
    /// Whether other chips run in the same command.
    fn lists(&self) -> bool {
        self.profile == "all" || self.profile.contains(',')
    }

    /// Most inputs.
    fn limit(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| limit as usize)
    }
}

/// What an evaluation on one chip came to; its files are written.
pub struct Evaluated {
    rows: Vec<Row>,
    heading: String,
    table: String,
    /// Lines below the table.
    below: Vec<String>,
    /// What titles have behind the name of the chip.
    mark: &'static str,
    /// Of its inputs; it goes once the folder has its name.
    journal: Done,
}

/// Where an evaluation on one chip writes.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Its files.
    dir: &'a Path,
    /// All of the command.
    folder: &'a Folder,
    /// What of its name tells it from those on other chips.
    part: &'a str,
}

impl Evaluated {
    fn printed(self, path: &Path) -> Result<()> {
        self.journal.remove()?;
        output::line(format_args!("{}\n", self.heading))?;
        output::table(&self.table)?;
        json::print_csv(path, report::ACCURACY)?;
        self.below.iter().try_for_each(output::line)?;
        output::line("")?;
        output::written(path)
    }
}

/// Says in every row on which chip it was.
fn on_chip(rows: &mut [Row], profile: &Profile) {
    rows.iter_mut().for_each(|row| row.profile.clone_from(&profile.name));
}

/// Steps at which a pass is read, where nobody says it.
const CHECKPOINTS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The timings of all recipes, each once.
fn timings(setups: &[Setup]) -> String {
    let mut names: Vec<&str> = setups.iter().map(|setup| setup.timing.name()).collect();
    names.dedup();
    names.join("/")
}

pub use spiking::{answered, one_output};

pub fn run(arguments: &Arguments) -> Result<()> {
    let checkpoints = arguments.checkpoints.clone().unwrap_or(CHECKPOINTS.to_vec());
    let grow = checkpoints.is_sorted_by(|a, b| a < b) && checkpoints.first() != Some(&0);
    if !grow || checkpoints.last().is_none_or(|&last| last > 1024) {
        return Err(Error::Checkpoints.into());
    }
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    let recipes = arguments.recipe.as_deref().map(Recipe::parse_list).transpose()?;
    let profiles = arguments.changes.load_list_cores(&arguments.profile)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = arguments.reading.open(network)?;
    let spiking_already = matches!(imported.network, Network::Spiking(_));
    let asked = arguments.detector.as_deref();
    let boxes = match (&imported.network, asked) {
        (Network::Spiking(graph), Some(asked)) => Feeding::of_spiking(asked, network, graph)?,
        _ => None,
    };
    let idle = [
        (arguments.calibrate.is_some(), stimulus::CALIBRATE),
        (asked.is_some() && boxes.is_none(), stimulus::DETECTOR),
    ];
    stimulus::effects(network, spiking_already, &arguments.stimulus, &idle)?;
    if arguments.floats && !spiking_already {
        let why = "the float network of a trained one has a row anyway";
        let what = network.clone();
        return Err(Error::Effectless { what, option: "--floats", why }.into());
    }
    let folder = folder(arguments, &imported.name)?;
    let on = |profile: &Profile, place: Place| match &imported.network {
        Network::Float(graph) => {
            let (imported, recipes, checkpoints) =
                (&imported, recipes.clone(), checkpoints.clone());
            let feeding = &Feeding::new(asked, network, imported, graph)?;
            let source = Source::Trained(graph, feeding);
            let asked = Asked { arguments, imported, profile, source, recipes, checkpoints };
            match feeding.classifier() {
                Some(classifier) => classes::run(asked, (graph, feeding), classifier, place),
                None => boxes::trained(asked, (graph, feeding), &inside, place),
            }
        }
        Network::Spiking(graph) => match &boxes {
            Some(feeding) => boxes::spiking(arguments, &imported, graph, profile, feeding, place),
            None => spiking::run(arguments, &imported, graph, profile, place),
        },
        Network::Placed(_) => {
            let (network, advice) = (network.clone(), "eval needs a trained detector");
            Err(Error::OwnInputs { network, advice }.into())
        }
        Network::Converted(_) => {
            let (network, advice) = (network.clone(), "eval compares recipes on the trained one");
            Err(Error::Converted { network, advice }.into())
        }
    };
    match &profiles[..] {
        [profile] => {
            let place = Place { dir: folder.path(), folder: &folder, part: "" };
            let evaluated = on(profile, place)?;
            let path = folder.finish()?;
            evaluated.printed(&path)
        }
        _ => chips::run(arguments, &imported.name, &profiles, folder, on),
    }
}

/// The folder to write, where `network` is evaluated.
fn folder(arguments: &Arguments, network: &str) -> Result<Folder> {
    Ok(match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("eval-{network}")),
    }?)
}
