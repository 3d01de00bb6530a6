//! `spikemesh compare [NETWORK] --profile P,... --baseline B,...`: joules of both sides, in every way of counting.

mod cpu;
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
use super::work::{Trouble, Work};
use super::{Error, Failure, Result};
use crate::ann::count;
use crate::baseline::{self, Baseline};
use crate::compare::{self, Refused, Spiking, Workload};
use crate::convert::Recipe;
use crate::import::Network;
use crate::mapping::Verdict;
use crate::pipeline::{self, Outcome, Prepared, Settings, Setup, Timing};
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Comparison, Folder, Plots};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a converted one, or one that spikes already (.nir);
    /// `digits`, `digits-l4` and `digits-silu` are inside the program [default: digits]
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
    /// What to compare with, with commas between: names of built-in baselines or TOML files, or `all` built-in
    /// ones; ratios are to the first
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
    /// Folder to write, which must not exist yet [default: reports/runs/compare-<network>-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Writes the page about the published 280 times into --out (replacing an earlier one) instead: with a
    /// network (a trained Tiny YOLO), this is emulated on every built-in profile; what was emulated before stays
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    report_280x: bool,
    /// With --report-280x: emulates Tiny YOLO v2 with random weights at 416 x 416 on every built-in profile
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, requires = "report_280x", conflicts_with = "network")]
    random: bool,
    /// Measures the power of the first NVIDIA GPU while --gpu-command runs the float network, and writes a
    /// record; needs a build with the feature `measure-gpu`. Without a GPU published figures alone are used
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
    /// Measures seconds of our own float executor on this machine, and joules where the system tells
    #[arg(help_heading = heading::DEVICES)]
    #[arg(long)]
    measure_cpu: bool,
    /// Leaves out what a chip refuses; without this it also runs with the limits dropped, marked `idealised`
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
    let steps = settings(arguments, work.stimuli())?.steps;
    let mut facts = facts(arguments, &work, steps);
    if let Some(changed) = profiles.first().filter(|_| arguments.changes.given().is_some()) {
        let changes = changed.provenance.changes.join(", ");
        facts.push(format!("Every chip profile is changed: {changes}."));
    }
    let measured = measure(arguments, &work, &workload, folder.path(), &mut facts)?;
    baselines.extend(measured);
    let run = |profile, settings| work.on(profile, settings, None);
    let mut emulated = emulate(
        run,
        profiles,
        &settings(arguments, work.stimuli())?,
        arguments.strict,
        Some(folder.path()),
    )?;
    let advice = advice(arguments, &work, std::mem::take(&mut emulated.absent))?;
    if !emulated.timings.is_empty() {
        facts.push(format!("Timing: {}.", emulated.timing()));
    }
    finish(&workload, emulated, &baselines, &facts, folder, &arguments.plots.plots())?;
    advice.iter().try_for_each(output::line)
}

/// A sentence on every chip that has no row of its own: why, and how it gets one.
fn advice(
    arguments: &Arguments,
    work: &Work,
    absent: Vec<(Profile, pipeline::Error)>,
) -> Result<Vec<String>> {
    let settings = settings(arguments, work.stimuli())?;
    let recipe = Some(&settings.conversion);
    let advised = |(profile, error): (Profile, pipeline::Error)| {
        let advice = work.advised(&error, &profile, &settings, recipe);
        format!("{} refuses the network: {}; {advice}", profile.name, shown(&error.reason()))
    };
    Ok(absent.into_iter().map(advised).collect())
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
            format!("{spiking} `{recipe}`, T = {steps} steps, means over inputs: {inputs}."),
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

/// What ran, and what did not.
#[derive(Default)]
struct Emulated {
    spiking: Vec<Spiking>,
    refused: Vec<Refused>,
    /// Chips that did not run, with or without their limits.
    absent: Vec<(Profile, pipeline::Error)>,
    /// By timing, the chips that ran with it.
    timings: BTreeMap<&'static str, Vec<String>>,
}

impl Emulated {
    fn add(&mut self, system: &str, (timing, spiking): (Timing, Option<Spiking>)) {
        self.spiking.extend(spiking);
        self.timings.entry(timing.name()).or_default().push(system.into());
    }

    /// The one timing of all chips, or each with the chips that ran with it.
    fn timing(&self) -> String {
        let of =
            |(timing, systems): (&&str, &Vec<String>)| format!("{timing} ({})", systems.join(", "));
        match self.timings.len() {
            1 => self.timings.keys().copied().collect(),
            _ => self.timings.iter().map(of).collect::<Vec<_>>().join(", "),
        }
    }
}

/// A chip that refuses is named with its reason, and runs once more without its limits unless `strict`.
/// `dir` takes summaries and manifests.
fn emulate(
    run: impl Fn(Profile, Settings) -> Result<(Prepared, Vec<Outcome>), Trouble>,
    profiles: Vec<Profile>,
    settings: &Settings,
    strict: bool,
    dir: Option<&Path>,
) -> Result<Emulated> {
    let mut emulated = Emulated::default();
    let folders = report::profile_folders(&profiles);
    for (profile, folder) in profiles.into_iter().zip(&folders) {
        let dir = dir.map(|dir| dir.join(folder));
        let on = |settings| counted(run(profile.clone(), settings)?, dir.as_deref());
        match on(settings.clone()) {
            Ok(counted) => emulated.add(&profile.name, counted),
            Err(Trouble::Chain(error)) if error.is_refusal() => {
                let reason = error.reason();
                emulated.refused.push(Refused { system: profile.name.clone(), reason });
                if strict {
                    emulated.absent.push((profile, error));
                    continue;
                }
                let name = format!("{} (idealised)", profile.name);
                match on(Settings { idealised: true, ..settings.clone() }) {
                    Ok(counted) => emulated.add(&name, counted),
                    Err(Trouble::Chain(error)) if error.is_refusal() => {
                        emulated.refused.push(Refused { system: name, reason: error.reason() });
                        emulated.absent.push((profile, error));
                    }
                    Err(trouble) => return Err(trouble.into()),
                }
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
    Ok(emulated)
}

/// The timing and the counts of all inputs; leaves summary and manifest of the chip in `dir`.
fn counted(
    (prepared, outcomes): (Prepared, Vec<Outcome>),
    dir: Option<&Path>,
) -> Result<(Timing, Option<Spiking>), Trouble> {
    let (setup, profile) = (&prepared.setup, prepared.profile());
    if let Some(dir) = dir {
        left(dir, setup, profile, &outcomes).map_err(Failure::from)?;
    }
    let dropped = setup.gaps.iter().filter(|gap| gap.verdict == Verdict::Refused).count();
    let (system, note) = match setup.idealised {
        true => (
            format!("{} (idealised)", profile.name),
            format!("IDEALISED, limits of the chip dropped: {dropped}"),
        ),
        false => (profile.name.clone(), String::new()),
    };
    let activities: Vec<_> = outcomes.iter().map(|outcome| &outcome.activity).collect();
    let spiking = Spiking::new(system, profile.clone(), setup.float_macs, &activities, note);
    Ok((setup.timing, spiking))
}

/// Summary and manifest in a new folder.
fn left(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcomes: &[Outcome],
) -> Result<(), report::Error> {
    std::fs::create_dir(dir)
        .map_err(|source| report::Error::Create { path: dir.into(), source })?;
    report::write_summary(dir, setup, profile, outcomes)?;
    report::write_manifest(dir, setup, profile, outcomes)
}

fn finish(
    workload: &Workload,
    emulated: Emulated,
    baselines: &[Baseline],
    facts: &[String],
    folder: Folder,
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
