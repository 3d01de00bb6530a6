//! `spikemesh run NETWORK --input PATH --profile NAME`: the whole chain, and its reports.

use super::feeding::{self, CALIBRATION_INPUTS, Feeding};
use super::inside::{self, Inside};
use super::placement::{CALIBRATION_STEPS, PlacementArguments};
use super::progress;
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::encode::InputItem;
use crate::import::{self, Network};
use crate::pipeline::{self, Prepared, Sample, Settings, Timing};
use crate::report::{self, Folder};
use crate::{pipeline::Outcome, profile};
use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, bail};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a converted one (.spikemesh), or a folder of
    /// neurons.csv, synapses.csv and inputs.csv; `digits` is the network inside the program, with scenes of its own
    #[arg(default_value = "digits")]
    network: PathBuf,
    /// A photograph, a folder of them, or an array (.npy) of the network's own shape; not for a CSV network
    #[arg(long)]
    input: Option<PathBuf>,
    /// Name of a built-in profile, or a TOML file
    #[arg(long, default_value = "loihi1-davies2018")]
    profile: String,
    /// How a trained network is converted: paper-strict, paper or best, and changes to it, such as
    /// paper,norm=layer,pool=telescoping (settings: docs/conversion.md) [default: best]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Steps of one inference, at most 1024; `paper` needs some hundreds, `best` few
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    steps: u32,
    /// How packets take their time
    #[arg(long, value_enum, default_value_t = TimingChoice::Event)]
    timing: TimingChoice,
    /// Folder to write, which must not exist yet [default: reports/runs/<network>-<profile>-<n>]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Seed of everything random; recorded in every report
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Inputs that calibrate the conversion [default: the first 8 of --input]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// Runs what the chip would refuse; every report is marked
    #[arg(long)]
    idealised: bool,
    /// Writes every spike to spikes.csv
    #[arg(long)]
    record_spikes: bool,
    /// Takes only the first N inputs of a folder
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// How an image becomes the input, where the network's name does not tell
    #[arg(long)]
    detector: Option<PathBuf>,
    #[command(flatten)]
    placement: PlacementArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TimingChoice {
    /// Every packet hop by hop, with finite buffers
    Event,
    /// The busiest core, no network
    Analytic,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    super::use_threads(arguments.threads)?;
    let profile = profile::load(&arguments.profile)?;
    let inside = inside::unpack(&arguments.network)?;
    let files = Files::new(arguments, inside.as_ref())?;
    let network = import::open(&files.network).into_diagnostic()?;
    let converted = matches!(network.network, Network::Converted(_));
    if converted && (arguments.recipe.is_some() || arguments.calibrate.is_some()) {
        bail!("{} is converted already; leave out --recipe and --calibrate", files.network.display());
    }
    if matches!(network.network, Network::Placed(_)) && arguments.placement.chosen() {
        bail!("{} brings its own placement; leave out --placement", files.network.display());
    }
    let graph = network.network.graph().cloned();
    if graph.is_some() && files.input.is_none() {
        bail!("a trained network needs --input: a photograph, a folder of them, or a .npy array");
    }
    let feeding = Feeding::of(arguments.detector.as_deref(), &network.network)?;
    let inputs = inputs(arguments, &files, graph.as_ref().zip(feeding.as_ref()))?;
    let folder = folder(arguments, &network.name, &profile.name)?;

    let calibration = match graph.as_ref().zip(feeding.as_ref()) {
        Some((graph, feeding)) if !converted => calibration(&files, graph, feeding, &inputs)?,
        _ => vec![],
    };
    let settings = settings(arguments)?;
    let prepared = pipeline::prepare(network, profile, settings, &calibration).into_diagnostic()?;
    let outcomes = match graph.as_ref().zip(feeding.as_ref()) {
        Some((graph, feeding)) => {
            let known = if files.calibrate.is_none() { calibration } else { vec![] };
            emulate(&prepared, graph, feeding, &inputs, known)?
        }
        None => {
            let bar = progress::bar(prepared.steps(), "emulating");
            vec![prepared.emulate(None, || bar.inc(1)).into_diagnostic()?]
        }
    };

    let (setup, profile) = (&prepared.setup, prepared.profile());
    report::write_run(folder.path(), setup, profile, &outcomes).into_diagnostic()?;
    if let Some((retimed, mapping)) = prepared.placed() {
        report::write_mapping(folder.path(), &retimed.network, mapping).into_diagnostic()?;
    }
    let path = folder.finish().into_diagnostic()?;
    for outcome in &outcomes {
        println!("{}", report::table(setup, profile, outcome));
    }
    println!("written to {}", path.display());
    Ok(())
}

/// What is read: as asked for, or what lies inside the program.
struct Files {
    network: PathBuf,
    input: Option<PathBuf>,
    calibrate: Option<PathBuf>,
}

impl Files {
    fn new(arguments: &Arguments, inside: Option<&Inside>) -> miette::Result<Files> {
        let Arguments { network, input, calibrate, .. } = arguments;
        let (network, input, calibrate) = (network.clone(), input.clone(), calibrate.clone());
        let Some(inside) = inside else { return Ok(Files { network, input, calibrate }) };
        let input = match input {
            Some(input) => input,
            None => inside.scenes()?.join("scene-00.png"),
        };
        let calibrate = match calibrate {
            Some(calibrate) => calibrate,
            None => inside.calibration()?,
        };
        Ok(Files { network: inside.network.clone(), input: Some(input), calibrate: Some(calibrate) })
    }
}

fn settings(arguments: &Arguments) -> miette::Result<Settings> {
    Ok(Settings {
        steps: arguments.steps as usize,
        timing: match arguments.timing {
            TimingChoice::Event => Timing::Event,
            TimingChoice::Analytic => Timing::Analytic,
        },
        idealised: arguments.idealised,
        record_spikes: arguments.record_spikes,
        seed: arguments.seed,
        conversion: arguments.recipe.clone().unwrap_or_else(Recipe::best),
        placement: arguments.placement.placement(arguments.seed)?,
        placement_steps: CALIBRATION_STEPS,
        command: super::command_line(),
    })
}

/// The inputs of a trained network; none for one that brings its own.
fn inputs(
    arguments: &Arguments,
    files: &Files,
    trained: Option<(&Graph, &Feeding)>,
) -> miette::Result<Vec<InputItem>> {
    match (trained, &files.input) {
        (Some((graph, feeding)), Some(path)) => {
            let mut items = feeding.list(graph, path)?;
            items.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
            Ok(items)
        }
        (_, None) if files.calibrate.is_none() => Ok(vec![]),
        _ => {
            bail!("{} brings its own inputs; leave out --input and --calibrate", files.network.display())
        }
    }
}

fn folder(arguments: &Arguments, network: &str, profile: &str) -> miette::Result<Folder> {
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("{network}-{profile}")),
    };
    folder.into_diagnostic()
}

/// The samples that calibrate: those asked for, or the first inputs themselves.
fn calibration(
    files: &Files,
    graph: &Graph,
    feeding: &Feeding,
    inputs: &[InputItem],
) -> miette::Result<Vec<Sample>> {
    let items = match &files.calibrate {
        Some(path) => feeding.list(graph, path)?,
        None => inputs.iter().take(CALIBRATION_INPUTS).cloned().collect(),
    };
    feeding::samples(graph, &items)
}

/// `known` holds the samples of the first inputs, where those have calibrated.
fn emulate(
    prepared: &Prepared,
    graph: &Graph,
    feeding: &Feeding,
    inputs: &[InputItem],
    known: Vec<Sample>,
) -> miette::Result<Vec<Outcome>> {
    let bar = progress::bar(prepared.steps() * inputs.len(), "emulating");
    let mut known = known.into_iter();
    let outcomes = inputs.iter().map(|item| {
        let sample = match known.next() {
            Some(sample) => sample,
            None => feeding::sample(graph, item)?,
        };
        let mut outcome = prepared.emulate(Some(&sample), || bar.inc(1)).into_diagnostic()?;
        outcome.detections = feeding.detections(graph, item, &sample, &outcome.heads)?;
        Ok(outcome)
    });
    outcomes.collect()
}
