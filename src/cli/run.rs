//! `spikemesh run NETWORK --input PATH --profile NAME`: the whole chain, and its reports.

use super::progress;
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::encode::{self, Detector, InputItem};
use crate::import::{self, Imported, Network};
use crate::pipeline::{self, Prepared, Sample, Settings, Timing};
use crate::report::{self, Folder};
use crate::{pipeline::Outcome, profile};
use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, bail};
use std::path::{Path, PathBuf};

/// Inputs that calibrate the conversion where `--calibrate` names none.
const CALIBRATION_INPUTS: usize = 8;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), or a folder of neurons.csv, synapses.csv and inputs.csv
    network: PathBuf,
    /// A photograph, a folder of them, or an array (.npy) of the network's own shape; not for a CSV network
    #[arg(long)]
    input: Option<PathBuf>,
    /// Name of a built-in profile, or a TOML file
    #[arg(long)]
    profile: String,
    /// How a trained network is converted: paper-strict, paper or best, and changes to it, such as
    /// paper,norm=layer,pool=telescoping (settings: docs/conversion.md)
    #[arg(long, default_value = "paper")]
    recipe: Recipe,
    /// Steps of one inference, at most 1024
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TimingChoice {
    /// Every packet hop by hop, with finite buffers
    Event,
    /// The busiest core, no network
    Analytic,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    if arguments.threads > 0 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads);
        pool.build_global().into_diagnostic()?;
    }
    let profile = profile::load(&arguments.profile)?;
    let network = import::open(&arguments.network).into_diagnostic()?;
    let inputs = inputs(arguments, &network)?;
    let folder = folder(arguments, &network.name, &profile.name)?;

    let graph = match &network.network {
        Network::Float(graph) => Some(graph.clone()),
        Network::Placed(_) => None,
    };
    let calibration = calibration(arguments, graph.as_ref(), &inputs)?;
    let settings = settings(arguments);
    let prepared = pipeline::prepare(network, profile, settings, &calibration).into_diagnostic()?;
    let outcomes = emulate(&prepared, graph.as_ref(), &inputs, calibration, arguments)?;

    let (setup, profile) = (&prepared.setup, prepared.profile());
    report::write_run(folder.path(), setup, profile, &outcomes).into_diagnostic()?;
    let path = folder.finish().into_diagnostic()?;
    for outcome in &outcomes {
        println!("{}", report::table(setup, profile, outcome));
    }
    println!("written to {}", path.display());
    Ok(())
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        steps: arguments.steps as usize,
        timing: match arguments.timing {
            TimingChoice::Event => Timing::Event,
            TimingChoice::Analytic => Timing::Analytic,
        },
        idealised: arguments.idealised,
        record_spikes: arguments.record_spikes,
        seed: arguments.seed,
        conversion: arguments.recipe.clone(),
        command: super::command_line(),
    }
}

/// The inputs of a trained network; none for one that brings its own.
fn inputs(arguments: &Arguments, network: &Imported) -> miette::Result<Vec<InputItem>> {
    match (&network.network, &arguments.input) {
        (Network::Float(graph), Some(path)) => {
            let mut items = listed(arguments, graph, path)?;
            items.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
            Ok(items)
        }
        (Network::Float(_), None) => {
            bail!("a trained network needs --input: a photograph, a folder of them, or a .npy array")
        }
        (Network::Placed(_), None) if arguments.calibrate.is_none() => Ok(vec![]),
        (Network::Placed(_), _) => {
            bail!("{} brings its own inputs; leave out --input and --calibrate", arguments.network.display())
        }
    }
}

fn listed(arguments: &Arguments, graph: &Graph, path: &Path) -> miette::Result<Vec<InputItem>> {
    let detector = match &arguments.detector {
        Some(path) => Detector::load(path),
        None => Detector::for_network(&graph.name),
    };
    encode::inputs(path, &detector.into_diagnostic()?, graph.input_shape()).into_diagnostic()
}

fn folder(arguments: &Arguments, network: &str, profile: &str) -> miette::Result<Folder> {
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("{network}-{profile}")),
    };
    folder.into_diagnostic()
}

fn sample(graph: &Graph, item: &InputItem) -> miette::Result<Sample> {
    let (values, hash) = (item.load().into_diagnostic()?, item.sha256().into_diagnostic()?);
    Sample::new(graph, item.name.clone(), hash, &values).into_diagnostic()
}

/// The samples that calibrate: those asked for, or the first inputs themselves.
fn calibration(
    arguments: &Arguments,
    graph: Option<&Graph>,
    inputs: &[InputItem],
) -> miette::Result<Vec<Sample>> {
    let Some(graph) = graph else { return Ok(vec![]) };
    let items = match &arguments.calibrate {
        Some(path) => listed(arguments, graph, path)?,
        None => inputs.iter().take(CALIBRATION_INPUTS).cloned().collect(),
    };
    let bar = progress::bar(items.len(), "calibrating");
    let samples = items.iter().map(|item| {
        let sample = sample(graph, item);
        bar.inc(1);
        sample
    });
    samples.collect()
}

fn emulate(
    prepared: &Prepared,
    graph: Option<&Graph>,
    inputs: &[InputItem],
    calibration: Vec<Sample>,
    arguments: &Arguments,
) -> miette::Result<Vec<Outcome>> {
    let bar = progress::bar(prepared.steps() * inputs.len().max(1), "emulating");
    let tick = || bar.inc(1);
    let Some(graph) = graph else { return Ok(vec![prepared.emulate(None, tick).into_diagnostic()?]) };
    // What calibrated is at hand already, in the order of the inputs.
    let known = if arguments.calibrate.is_none() { calibration } else { vec![] };
    let mut known = known.into_iter();
    let outcomes = inputs.iter().map(|item| {
        let sample = match known.next() {
            Some(sample) => sample,
            None => sample(graph, item)?,
        };
        prepared.emulate(Some(&sample), tick).into_diagnostic()
    });
    outcomes.collect()
}
