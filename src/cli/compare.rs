//! `spikemesh compare [NETWORK] --profile P,... --baseline B,...`: joules of both sides, in every
//! way of counting.

mod cpu;
mod emulated;
mod gpu;
mod published;

use super::changes::ProfileChanges;
use super::heading;
use super::inside::{self, Inside};
use super::json::{self, JsonArguments};
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::placement::{CALIBRATION_STEPS, PlacementArguments};
use super::plots::PlotsArguments;
use super::run::Files;
use super::stimulus::{Stimuli, StimulusArguments};
use super::timing::TimingChoice;
use super::work::{Making, Work};
use super::{Error, Result};
use crate::ann::count;
use crate::baseline::{self, Baseline};
use crate::compare::{self, Workload};
use crate::convert::Recipe;
use crate::import::Network;
use crate::journal::Done;
use crate::pipeline::{self, Settings};
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Comparison, Folder, Plots};
use clap::Args;
use emulated::{Emulated, Inferred, emulate, kept};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a converted one, or one that spikes already
    /// (.nir); `digits`, `digits-l4` and `digits-silu` are inside the program [default: digits]
    network: Option<PathBuf>,
    #[command(flatten)]
    reading: NetworkArguments,
    /// A photograph, a folder of them, or an array (.npy) of the network's own shape; `-` for one
    /// from standard input
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Chips, with commas between: names of built-in profiles or TOML files, or `all` built-in ones
    #[arg(help_heading = heading::CHIP)]
    #[arg(
        long,
        default_value = "loihi1-davies2018,truenorth,spinnaker2-hoeppner2021,spinnaker2-hoeppner2019,ideal-45nm",
        value_parser = paths::text()
    )]
    profile: String,
    #[command(flatten)]
    changes: ProfileChanges,
    /// What to compare with, with commas between: names of built-in baselines or TOML files, or
    /// `all` built-in ones; ratios are to the first
    #[arg(help_heading = heading::DEVICES)]
    #[arg(
        long, default_value = "titan-x,v100,jetson-orin,int8-accelerator",
        value_parser = paths::text()
    )]
    baseline: String,
    /// How a trained network is converted (settings: docs/conversion.md) [default: best]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Steps of one inference, at most 1024 [default: 8; of a network that spikes already, as many
    /// as its inputs last]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long, allow_negative_numbers = true, value_parser = numbers::steps::<u32>)]
    steps: Option<u32>,
    /// How packets take their time; tables name what `auto` chose
    #[arg(help_heading = heading::TIMING)]
    #[arg(long, value_enum, default_value_t = TimingChoice::Auto)]
    timing: TimingChoice,
    /// Folder to write, which must not exist yet. A journal beside it keeps what inputs came to
    /// until then: the same command goes on where it was cut off
    /// [default: reports/runs/compare-<network>-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Writes the page about the published 280 times into --out (replacing an earlier one) instead:
    /// with a network (a trained Tiny YOLO), this is emulated on every built-in profile; what was
    /// emulated before stays
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    report_280x: bool,
    /// With --report-280x: emulates Tiny YOLO v2 with random weights at 416 x 416 on every built-in
    /// profile
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, requires = "report_280x", conflicts_with = "network")]
    random: bool,
    /// Measures the power of the first NVIDIA GPU while --gpu-command runs the float network, and
    /// writes a record; needs a build with the feature `measure-gpu`. Without a GPU published
    /// figures alone are used
    #[arg(help_heading = heading::DEVICES)]
    #[arg(long, requires = "gpu_command")]
    measure_gpu: bool,
    /// Shell command that makes {inferences} inferences in batches of {batch} on the GPU
    #[arg(help_heading = heading::DEVICES)]
    #[arg(long, value_name = "COMMAND")]
    gpu_command: Option<String>,
    /// Inferences that one call of --gpu-command makes
    #[arg(help_heading = heading::DEVICES)]
    #[arg(
        long, default_value_t = 1000, allow_negative_numbers = true,
        value_parser = numbers::inputs::<u64>
    )]
    gpu_inferences: u64,
    /// Batches to measure, with commas between; the first counts in the comparison
    #[arg(help_heading = heading::DEVICES)]
    #[arg(
        long, value_delimiter = ',', default_value = "1", allow_negative_numbers = true,
        value_parser = numbers::inputs::<u64>
    )]
    gpu_batch: Vec<u64>,
    /// Measures seconds of our own float executor on this machine, and joules where the system
    /// tells
    #[arg(help_heading = heading::DEVICES)]
    #[arg(long)]
    measure_cpu: bool,
    /// Leaves out what a chip refuses; without this it also runs with the limits dropped, marked
    /// `idealised`
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    strict: bool,
    /// Inputs that calibrate the conversion, or a file of `calibrate` [default: what is stored of
    /// known detectors; for others the first 8 of --input, with a warning]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// Takes only the first N inputs of a folder
    #[arg(help_heading = heading::WHAT)]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::inputs::<u64>
    )]
    limit: Option<u64>,
    /// How an image becomes the input, where neither the network's files nor their name tell it
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
    /// Seed of everything random; recorded in every report
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(help_heading = heading::MACHINE)]
    #[arg(
        long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads
    )]
    threads: usize,
}

impl Arguments {
    /// Whether all that was asked for goes together.
    pub fn check(&self) -> Result<(), String> {
        match self.report_280x && self.changes.given().is_some() {
            true => Err("--report-280x takes the built-in profiles as they are: no --set".into()),
            false => Ok(()),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    if arguments.report_280x {
        return published::run(arguments);
    }
    let profiles = arguments.changes.load_list_cores(&arguments.profile)?;
    let mut baselines = baseline::load_list(&arguments.baseline)?;
    let Opened { mut work, workload, calibrate, inside: _inside } = open(arguments)?;
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("compare-{}", workload.name)),
    };
    let folder = folder?;
    work.calibrate(calibrate.as_deref())?;
    let steps = steps(arguments, work.stimuli())?;
    let mut facts = facts(arguments, &work, steps);
    if let Some(changed) = profiles.first().filter(|_| arguments.changes.given().is_some()) {
        let changes = changed.provenance.changes.join(", ");
        facts.push(format!("Every chip profile is changed: {changes}."));
    }
    let measured = measure(arguments, &work, &workload, folder.path(), &mut facts)?;
    baselines.extend(measured);
    let settings = settings(arguments, work.stimuli())?;
    let kept = kept(arguments, &work, &folder, (&profiles, &settings))?;
    let run = |pass, profile, settings| {
        let making = Making {
            left: kept.left(pass),
            make: &|prepared, n, emulate| {
                kept.or_made((pass, n), || Ok(Inferred::new(prepared, &emulate()?)))
            },
        };
        work.each(profile, settings, None, &making)
    };
    let mut emulated = emulate(run, profiles, &settings, arguments.strict, Some(folder.path()))?;
    let advice = advice(&settings, &work, std::mem::take(&mut emulated.absent));
    if !emulated.timings.is_empty() {
        facts.push(format!("Timing: {}.", emulated.timing()));
    }
    let done = kept.finish();
    finish(&workload, emulated, &baselines, &facts, (folder, done), &arguments.plots.plots())?;
    work.odd().iter().try_for_each(|note| output::line(shown(note)))?;
    advice.iter().try_for_each(output::line)
}

/// A sentence on every chip that has no row of its own: why, and how it gets one.
fn advice(
    settings: &Settings,
    work: &Work,
    absent: Vec<(Profile, pipeline::Error)>,
) -> Vec<String> {
    let recipe = Some(&settings.conversion);
    let advised = |(profile, error): (Profile, pipeline::Error)| {
        let advice = work.advised(&error, &profile, settings, recipe);
        format!("{} refuses the network: {}; {advice}", profile.name, shown(&error.reason()))
    };
    absent.into_iter().map(advised).collect()
}

/// What both sides stand for, ready to be emulated.
struct Opened {
    work: Work,
    workload: Workload,
    calibrate: Option<PathBuf>,
    /// Files of an embedded network, and those that are read; they go with this value.
    inside: (Option<Inside>, Files),
}

fn open(arguments: &Arguments) -> Result<Opened> {
    let network = arguments.network.as_deref().unwrap_or(Path::new("digits"));
    let inside = inside::network(network)?;
    let files = Files::new(
        network,
        arguments.input.as_deref(),
        arguments.calibrate.as_deref(),
        inside.as_ref(),
    )?;
    let mut work = Work::open(
        &files,
        &arguments.reading,
        arguments.detector.as_deref(),
        (&arguments.stimulus, arguments.seed),
        arguments.limit,
    )?;
    let steps = steps(arguments, work.stimuli())?;
    let counted = match (&work.network.network, work.network.network.graph()) {
        (Network::Spiking(graph), _) => crate::spiking::count::count(graph, steps as u64),
        (_, Some(graph)) => count::count(graph),
        _ => return Err(Error::NoFloatNetwork { network: files.network.clone() }.into()),
    };
    let workload = Workload { name: work.network.name.clone(), work: counted };
    if work.converted() && (arguments.recipe.is_some() || arguments.calibrate.is_some()) {
        let advice = "leave out --recipe and --calibrate";
        return Err(Error::Converted { network: files.network.clone(), advice }.into());
    }
    work.fit_timing = arguments.timing.fits();
    let calibrate = files.calibrate.clone();
    Ok(Opened { work, workload, calibrate, inside: (inside, files) })
}

/// Steps that were asked for, or those that inputs last.
fn steps(arguments: &Arguments, stimuli: Option<&Stimuli>) -> Result<usize> {
    match (arguments.steps, stimuli) {
        (Some(steps), _) => Ok(steps as usize),
        (None, Some(stimuli)) => stimuli.steps(),
        (None, None) => Ok(pipeline::STEPS),
    }
}

/// That was asked for, or what is usual.
fn recipe(arguments: &Arguments, stimuli: Option<&Stimuli>) -> Recipe {
    let usual = || match stimuli {
        Some(_) => Recipe::default(),
        None => Recipe::best(),
    };
    arguments.recipe.clone().unwrap_or_else(usual)
}

fn settings(arguments: &Arguments, stimuli: Option<&Stimuli>) -> Result<Settings> {
    Ok(Settings {
        steps: steps(arguments, stimuli)?,
        timing: arguments.timing.into(),
        idealised: false,
        record_spikes: false,
        seed: arguments.seed,
        conversion: recipe(arguments, stimuli),
        split: vec![],
        placement: arguments.placement.placement(arguments.seed)?,
        placement_steps: CALIBRATION_STEPS,
        probes: vec![],
        feed: stimuli.map(Stimuli::feed).unwrap_or_default(),
        command: super::command_line(),
    })
}

/// What was asked to be measured; what could not be is a sentence in `facts`.
fn measure(
    arguments: &Arguments,
    work: &Work,
    workload: &Workload,
    dir: &Path,
    facts: &mut Vec<String>,
) -> Result<Vec<Baseline>> {
    let mut measured = vec![];
    if let Some(command) = arguments.gpu_command.as_ref().filter(|_| arguments.measure_gpu) {
        let load = gpu::Load {
            command,
            inferences: arguments.gpu_inferences,
            batches: &arguments.gpu_batch,
        };
        match gpu::measure(&load, workload, dir)? {
            gpu::Measured::Baseline(baseline) => {
                facts.push(format!("GPU of this machine: {}.", baseline.trust));
                measured.push(*baseline);
            }
            gpu::Measured::Nothing(reason) => {
                facts.push(format!(
                    "No GPU was measured: {reason}. GPU figures are published ones."
                ));
            }
        }
    }
    if arguments.measure_cpu {
        let (fact, baseline) = cpu::measure(work, workload)?;
        facts.push(fact);
        measured.extend(baseline);
    }
    Ok(measured)
}

fn facts(arguments: &Arguments, work: &Work, steps: usize) -> Vec<String> {
    let network = format!("Network: {}, SHA-256 {}.", work.network.name, work.network.sha256);
    let inputs = work.inputs();
    let Some(stimuli) = work.stimuli() else {
        let recipe = recipe(arguments, None).to_string();
        let recipe = if work.converted() { "as converted".into() } else { recipe };
        let spiking = "Spiking: recipe";
        return vec![
            network,
            format!("{spiking} {recipe}, T = {steps} steps, means over inputs: {inputs}."),
        ];
    };
    vec![
        network,
        format!("Spiking: T = {steps} steps, means over inputs: {inputs}; {}.", stimuli.describe()),
        format!(
            "Devices run the same network dense, all {steps} steps one after another; no float \
             network of one pass is known that does the same."
        ),
    ]
}

fn finish(
    workload: &Workload,
    emulated: Emulated,
    baselines: &[Baseline],
    facts: &[String],
    (folder, journal): (Folder, Done),
    plots: &Plots,
) -> Result<()> {
    let Emulated { spiking, refused, .. } = &emulated;
    let rows = compare::rows(workload, spiking, refused, baselines);
    let measures = compare::measures(&rows, spiking);
    let title = format!("{}: joules of an inference, spiking and not", workload.name);
    let comparison =
        Comparison { title: &title, facts, workload, rows: &rows, measures: &measures };
    report::write_comparison(folder.path(), &comparison, plots)?;
    report::write_folder(
        folder.path(),
        report::FolderKind::Comparison,
        &title,
        &super::command_line(),
    )?;
    let path = folder.finish()?;
    journal.remove()?;
    output::line(shown(&title))?;
    for fact in facts {
        output::line(shown(fact))?;
    }
    output::table(report::comparison_table(&rows))?;
    json::print_csv(&path, report::COMPARE)?;
    if let Some(first) = baselines.first() {
        output::line(format_args!(
            "\nratio: energy of {} / energy of the row, nominal; above 1 the row takes less",
            first.name
        ))?;
    }
    output::written(&path)
}
