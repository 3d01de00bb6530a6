//! `spikemesh convert NETWORK --calibrate DIR --out FILE`: a converted network as a file, and a
//! report on what each of its layers loses.

mod nir;

use super::advice::Tried;
use super::calibration::Calibrated;
use super::changes::ProfileChanges;
use super::feeding::{self, Feeding};
use super::heading;
use super::inside::{self, Inside};
use super::json::{self, JsonArguments};
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::plots::PlotsArguments;
use super::progress::Progress;
use super::stdin;
use super::{Error, Result};
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::convert::file::ConvertedFile;
use crate::convert::ranges::Ranges;
use crate::import::{Imported, Network};
use crate::mapping::Placement;
use crate::pipeline::{self, Calibration, Chosen, Diagnosis, Sample, Settings, Timing};
use crate::profile::Profile;
use crate::report::{self, ConversionReport, Folder};
use clap::Args;
use nir::NirFile;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program; with
    /// --nir a converted one (.spikemesh) or one that spikes already (.nir), too
    #[arg(default_value = "digits")]
    network: PathBuf,
    #[command(flatten)]
    reading: NetworkArguments,
    /// Inputs that calibrate: a photograph, a folder of them, a .npy array, or a file of
    /// `calibrate` [default: what is stored of known detectors; for digits its own pictures]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// File to write, NAME.spikemesh, which must not exist yet
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, required_unless_present = "nir", value_parser = paths::file())]
    out: Option<PathBuf>,
    /// Writes the converted network as a NIR file, too or alone, which must not exist yet: where
    /// its units fire once a step as those of NIR do, such as with --recipe paper,v0=0,pool=average
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "FILE.nir", value_parser = paths::nir())]
    nir: Option<PathBuf>,
    /// How it is converted, see `run` [default: best, or what the
    /// chip runs in its place]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Chip whose membranes and axons the numbers are made for: a built-in profile, or a TOML file
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, default_value = "loihi1-davies2018", value_parser = paths::text())]
    profile: String,
    #[command(flatten)]
    changes: ProfileChanges,
    /// How an image becomes the input, where neither the network's files nor their name tell it;
    /// goes into the file
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Folder of the report, which must not exist yet [default: NAME-report, beside the file]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    report: Option<PathBuf>,
    /// Inputs of the report's spiking runs; `-` for one from standard input [default: those that
    /// calibrate]
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Takes only the first N of them
    #[arg(help_heading = heading::WHAT)]
    #[arg(
        long, value_name = "N", default_value_t = 4, allow_negative_numbers = true,
        value_parser = numbers::inputs::<u64>
    )]
    limit: u64,
    /// Steps of those runs, at most 1024
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(
        long, default_value_t = 32, allow_negative_numbers = true,
        value_parser = numbers::steps::<u32>
    )]
    steps: u32,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(help_heading = heading::MACHINE)]
    #[arg(
        long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads
    )]
    threads: usize,
    #[command(flatten)]
    json: JsonArguments,
    #[command(flatten)]
    plots: PlotsArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    arguments.out.as_deref().map_or(Ok(()), ConvertedFile::writable)?;
    let nir = arguments.nir.as_deref().map(NirFile::create).transpose()?;
    let profile = arguments.changes.load(&arguments.profile)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = arguments.reading.open(network)?;
    let Network::Float(graph) = &imported.network else {
        return nir::of_other(arguments, &imported, &profile, nir);
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), network, &imported, graph)?;
    let calibrate = inside::given_or(&arguments.calibrate, &inside, Inside::calibration)?;
    if calibrate.is_none() && Ranges::built_in(&imported.sha256).is_none() {
        let what = "what calibrates: a photograph, a folder of them, or a .npy array";
        return Err(Error::NamesNothing { option: "--calibrate", what }.into());
    }
    let recipe = arguments.recipe.clone();
    let recipe = recipe.unwrap_or_else(|| pipeline::default_recipe(&profile, false));
    if let Some(report) =
        arguments.report.as_ref().filter(|report| report.symlink_metadata().is_ok())
    {
        return Err(Error::ReportExists { path: report.clone() }.into());
    }
    let folder = Folder::create(&report_folder(arguments))?;

    let calibrated = Calibrated::new(calibrate.as_deref(), graph, &imported.sha256, &feeding, &[])?;
    let calibration = calibrated.get();
    let tried = Tried { graph, profile: &profile, recipe: &recipe, calibration };
    let chosen = pipeline::choose(graph, &profile, &recipe, calibration)
        .map_err(|error| tried.explained(error))?;
    let nir = match nir {
        Some(file) => Some((file, nir::of_trained(&tried, &chosen.conversion)?)),
        None => None,
    };
    let mut gaps = chosen.gap.clone().into_iter().collect::<Vec<_>>();
    gaps.extend(pipeline::unsure(graph, &chosen.conversion));
    if let Some(gap) = &chosen.gap {
        output::remark(format_args!(
            "{}; converted for membranes of 32 bits; {}",
            gap.message,
            tried.fits()
        ));
    }
    for gap in gaps.iter().filter(|gap| gap.limit == pipeline::CALIBRATION) {
        output::remark(format_args!("warning: {}", gap.message));
    }
    let refused = refusal(&imported, &profile, &recipe, calibration);
    let diagnosis = diagnose(arguments, graph, &feeding, &chosen, calibration)?;
    let delivery = chosen.settings.delivery;
    let file = ConvertedFile {
        name: imported.name.clone(),
        network_sha256: imported.sha256.clone(),
        recipe: recipe.to_string(),
        settings: chosen.settings,
        calibration: calibration.names(),
        detector: feeding.to_hold(),
        version: env!("CARGO_PKG_VERSION").into(),
        graph: graph.clone(),
        conversion: chosen.conversion,
    };
    let report = ConversionReport {
        file: &file,
        profile: &profile,
        gaps: &gaps,
        command: &super::command_line(),
        diagnosis: &diagnosis,
    };
    report::write_conversion(folder.path(), &report, &arguments.plots.plots())?;
    let title = format!("Conversion of {}", file.name);
    report::write_folder(folder.path(), report::FolderKind::Other, &title, &super::command_line())?;
    if let Some(out) = &arguments.out {
        file.write(out)?;
    }
    if let Some((file, bytes)) = nir {
        file.finish(&bytes)?;
        nir::told(delivery);
    }
    let path = folder.finish()?;
    output::line(report::conversion_table(&report))?;
    json::print_csv(&path, report::CONVERSION)?;
    output::line(format_args!(
        "written to {}, the report to {}",
        written(arguments),
        path.display()
    ))?;
    if let Some(error) = refused {
        output::remark(format_args!("warning: {} refuses this network: {error}", profile.name));
    }
    Ok(())
}

/// Why the chip that the numbers are made for takes no run of the network, if it does not.
fn refusal(
    network: &Imported,
    profile: &Profile,
    recipe: &Recipe,
    calibration: Calibration,
) -> Option<pipeline::Error> {
    let settings = Settings {
        steps: pipeline::default_steps(profile, false),
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: recipe.clone(),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        command: String::new(),
    };
    let (network, profile) = (network.clone(), profile.clone());
    let mapped = pipeline::prepare(network, profile, settings, calibration);
    // What does not fit the membranes was told before.
    mapped.err().filter(|error| error.is_refusal() && !error.is_narrow())
}

/// Where the report goes: as asked for, or beside the file.
fn report_folder(arguments: &Arguments) -> PathBuf {
    let beside = |file: &PathBuf| {
        // What has the suffix of converted networks or of NIR has a stem.
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push("-report");
        file.with_file_name(name)
    };
    // One of both is there, or the arguments are none.
    let file = arguments.out.as_ref().or(arguments.nir.as_ref());
    arguments.report.clone().or_else(|| file.map(beside)).unwrap_or_default()
}

/// The files that were asked for, in words.
fn written(arguments: &Arguments) -> String {
    let files = arguments.out.iter().chain(&arguments.nir);
    files.map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

/// Runs the conversion on the inputs asked for, or on the first that calibrated.
fn diagnose(
    arguments: &Arguments,
    graph: &Graph,
    feeding: &Feeding,
    chosen: &Chosen,
    calibration: Calibration,
) -> Result<Diagnosis> {
    let limit = arguments.limit as usize;
    let sent = stdin::take(arguments.input.as_deref())?;
    let asked = sent.as_ref().map(|sent| sent.file.as_path()).or(arguments.input.as_deref());
    let own = asked.map(|path| inputs(graph, feeding, path, limit)).transpose()?;
    let samples: Vec<&Sample> =
        own.as_deref().unwrap_or(calibration.samples()).iter().take(limit).collect();
    if samples.is_empty() {
        let what = "what the report's spiking runs see; stored ranges hold no inputs";
        return Err(Error::NamesNothing { option: "--input", what }.into());
    }
    let (_progress, inputs) = Progress::of_steps("diagnosing", samples.len());
    let diagnosis =
        pipeline::diagnose(graph, chosen, calibration, &samples, arguments.steps as usize, || {
            inputs.step()
        });
    Ok(diagnosis?)
}

fn inputs(graph: &Graph, feeding: &Feeding, path: &Path, limit: usize) -> Result<Vec<Sample>> {
    let items = feeding.list(graph, path)?;
    items.iter().take(limit).map(|item| feeding::sample(graph, item)).collect()
}
