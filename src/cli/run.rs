//! `spikemesh run NETWORK --input PATH --profile NAME`: the whole chain, and its reports.

use super::across;
use super::changes::ProfileChanges;
use super::demonstration::{Candidates, Open, Ran};
use super::heading;
use super::inside::{self, Inside};
use super::json::{self, JsonArguments};
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::placement::{CALIBRATION_STEPS, PlacementArguments};
use super::stdin::{self, Stdin};
use super::stimulus::{Stimuli, StimulusArguments};
use super::timing::TimingChoice;
use super::work::{Trouble, Work};
use super::{Error, Failure, Result};
use crate::convert::Recipe;
use crate::import::Network;
use crate::pipeline::{self, Probe, Settings, Tracer};
use crate::profile::Profile;
use crate::report::{self, Folder, Glance, HeadsFile, SpikesFile, TraceFile};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a converted one (.spikemesh), or a folder of
    /// neurons.csv, synapses.csv and inputs.csv; `digits` is the network inside the program, with scenes of its own
    /// [default: digits; on a chip that refuses it digit-pools, or digit-256 where it refuses that]
    network: Option<PathBuf>,
    #[command(flatten)]
    reading: NetworkArguments,
    /// A photograph, a folder of them, or an array (.npy) of the network's own shape; `-` for one
    /// from standard input, `digits` for the first of the scenes inside; not for a CSV network
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Name of a built-in profile, or a TOML file; several with commas between, or `all` built-in ones,
    /// give a folder each and a table of all
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, default_value = "loihi1-davies2018", value_parser = paths::text())]
    profile: String,
    #[command(flatten)]
    changes: ProfileChanges,
    /// How a trained network is converted: paper-strict, paper or best, and changes to it, such as
    /// paper,norm=layer,pool=telescoping (settings: docs/conversion.md) [default: best, or what the
    /// chip runs in its place]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Steps of one inference, at most 1024; `paper` needs some hundreds, `best` few [default: 8;
    /// without --recipe 32 on chips whose units take no spikes back]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long, allow_negative_numbers = true, value_parser = numbers::steps::<u32>)]
    steps: Option<u32>,
    /// How packets take their time; tables name what `auto` chose
    #[arg(help_heading = heading::TIMING)]
    #[arg(long, value_enum, default_value_t = TimingChoice::Auto)]
    timing: TimingChoice,
    /// Folder to write, which must not exist yet [default: reports/runs/<network>-<profile>-<n>,
    /// `profiles` for several]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
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
    /// Inputs that calibrate the conversion, or a file of `calibrate` [default: what is stored of
    /// known detectors; for others the first 8 of --input, with a warning]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// Runs what the chip would refuse; every report is marked
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    idealised: bool,
    /// Splits layers that read more sources than the chip allows over partial sums: more neurons, which
    /// round and fire, so that results change; reported and billed
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    split_fan_in: bool,
    /// Writes every spike to spikes.csv
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    record_spikes: bool,
    /// Writes every spike, and what --probe names, to a file that `nir.read_data` of Python reads,
    /// which must not exist yet; an input is a sample, and neurons count as in NIR
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "FILE.nir", value_parser = paths::nir())]
    nir_data: Option<PathBuf>,
    /// Writes what a neuron holds after every step to membranes.csv, such as act1:3; LAYER is named
    /// as in layers.csv, NEURON is its number as in spikes.csv; repeatable
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "LAYER:NEURON")]
    probe: Vec<Probe>,
    /// Writes the ports that every packet passed, and when, to a CSV file, which must not exist yet; for one profile,
    /// one input and --timing event
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "FILE", value_parser = paths::file())]
    trace: Option<PathBuf>,
    /// Writes what float and spiking heads say to an archive of arrays for numpy, which must not
    /// exist yet: `float_<head>` and `spiking_<head>`, for several inputs as `<input>/float_<head>`
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "FILE.npz", value_parser = paths::npz())]
    heads: Option<PathBuf>,
    /// Runs a network that spikes already in floats beside its whole numbers, and writes
    /// fidelity.csv: by layer, the spikes that agree
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    fidelity: bool,
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
    placement: PlacementArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    let mut profiles = arguments.changes.load_list(&arguments.profile)?;
    let open = |files: &Files| opened(arguments, files);
    let candidates = candidates(arguments, &open)?;
    let work = candidates.first();
    if arguments.trace.is_some() && (profiles.len() > 1 || work.inputs() > 1) {
        return Err(Error::OneTrace.into());
    }
    if arguments.fidelity && (profiles.len() > 1 || work.stimuli().is_none()) {
        return Err(Error::Fidelity { network: work.network.name.clone() }.into());
    }
    if arguments.heads.is_some() && profiles.len() > 1 {
        return Err(Error::OneHeads.into());
    }
    if arguments.nir_data.is_some() && profiles.len() > 1 {
        return Err(Error::OneNirData.into());
    }
    if arguments.heads.is_some() && work.placed() {
        let network = arguments.network.clone().unwrap_or_default();
        return Err(Error::NoFloatNetwork { network }.into());
    }
    let on = match &profiles[..] {
        [profile] => profile.file_name(),
        _ => "profiles".into(),
    };
    // Before the work, except where the network's name comes with it.
    let named = arguments.network.is_some() || arguments.out.is_some() || profiles.len() > 1;
    let place = Place { arguments, on };
    let folder = named.then(|| place.folder(&work.network.name)).transpose()?;
    let heads = arguments.heads.as_deref().map(HeadsFile::create).transpose()?;
    let data = arguments.nir_data.as_deref().map(SpikesFile::create).transpose()?;
    let trace = arguments.trace.as_deref().map(TraceFile::create).transpose()?;
    let tracer = trace.as_ref().map(TraceFile::tracer);
    let settings = settings(arguments)?;
    let (recipe, steps) = (arguments.recipe.as_ref(), arguments.steps);
    let (candidates, listed) = (&candidates, profiles.len() > 1);
    let spiking_steps = match (steps, work.stimuli()) {
        (None, Some(stimuli)) => Some(stimuli.steps()?),
        _ => None,
    };
    let task = Task { candidates, tracer, listed, settings, recipe, steps, spiking_steps };
    match profiles.pop() {
        Some(profile) if profiles.is_empty() => {
            on_one(&task, profile, &place, folder, Beside { heads, data })?;
        }
        last => {
            profiles.extend(last);
            let folder = folder.map_or_else(|| place.folder(&work.network.name), Ok)?;
            across::run(&task, profiles, folder)?;
        }
    }
    Ok(trace.map_or(Ok(()), TraceFile::finish)?)
}

/// The network asked for; where neither it nor an input is, those inside the program.
fn candidates<'a>(arguments: &Arguments, open: &'a Open<'a>) -> Result<Candidates<'a>> {
    let Arguments { network, input, calibrate, detector, .. } = arguments;
    if network.is_none() && input.is_none() && calibrate.is_none() && detector.is_none() {
        return Candidates::inside(open);
    }
    let network = network.as_deref().unwrap_or(Path::new(inside::DEMONSTRATION[0]));
    Candidates::one(network, input.as_deref(), calibrate.as_deref(), open)
}

/// A network, its inputs and what calibrates it, as the arguments ask for.
fn opened(arguments: &Arguments, files: &Files) -> Result<Work> {
    let Arguments { reading, detector, limit, .. } = arguments;
    let fed = (&arguments.stimulus, arguments.seed);
    let mut work = Work::open(files, reading, detector.as_deref(), fed, *limit)?;
    if work.converted() && (arguments.recipe.is_some() || arguments.calibrate.is_some()) {
        let advice = "leave out --recipe and --calibrate";
        return Err(Error::Converted { network: files.network.clone(), advice }.into());
    }
    if work.placed() && arguments.recipe.is_some() {
        return Err(Error::AsGiven { network: files.network.clone() }.into());
    }
    if !work.trainable() && arguments.split_fan_in {
        return Err(Error::NotSplit { network: files.network.clone() }.into());
    }
    if let Network::Placed(csv) = &work.network.network {
        arguments.placement.suits(csv, &files.network)?;
    }
    work.split_fan_in = arguments.split_fan_in;
    work.fit_timing = arguments.timing.fits() && arguments.trace.is_none();
    work.keep_heads = arguments.heads.is_some();
    work.calibrate(files.calibrate.as_deref())?;
    Ok(work)
}

/// What runs, and how, whatever the profile.
pub struct Task<'a> {
    pub candidates: &'a Candidates<'a>,
    pub tracer: Option<Tracer>,
    /// Whether there are several profiles.
    listed: bool,
    settings: Settings,
    /// As asked for.
    recipe: Option<&'a Recipe>,
    steps: Option<u32>,
    /// Those that the inputs of a network that spikes already last.
    spiking_steps: Option<usize>,
}

impl Task<'_> {
    /// An error with what to do about it.
    pub fn explained(&self, trouble: Trouble, profile: &Profile, settings: &Settings) -> Failure {
        let work = self.candidates.first();
        work.explained(trouble, profile, settings, self.recipe, self.listed)
    }

    /// The settings on the chip of `profile`, which decides what was not asked for.
    pub fn settings(&self, profile: &Profile) -> Settings {
        let idealised = self.settings.idealised;
        let own = || pipeline::default_recipe(profile, idealised);
        // Without a conversion, or with a recipe that was chosen, the chip has no say.
        let work = self.candidates.first();
        let steps = match (self.spiking_steps, self.recipe.is_none() && work.trainable()) {
            (Some(steps), _) => steps,
            (None, true) => pipeline::default_steps(profile, idealised),
            (None, false) => pipeline::STEPS,
        };
        let spiking = self.candidates.first().stimuli();
        Settings {
            conversion: match (self.recipe, spiking) {
                (Some(recipe), _) => recipe.clone(),
                (None, Some(_)) => Recipe::default(),
                (None, None) => own(),
            },
            steps: self.steps.map_or(steps, |steps| steps as usize),
            feed: spiking.map_or_else(Default::default, Stimuli::feed),
            ..self.settings.clone()
        }
    }
}

/// Files of their own beside the reports.
struct Beside {
    heads: Option<HeadsFile>,
    data: Option<SpikesFile>,
}

fn on_one(
    task: &Task,
    profile: Profile,
    place: &Place,
    folder: Option<Folder>,
    beside: Beside,
) -> Result<()> {
    let settings = task.settings(&profile);
    let ran = task.candidates.on(&profile, &settings, task.tracer.as_ref());
    let Ran { prepared, mut outcomes, .. } =
        ran.map_err(|trouble| task.explained(trouble, &profile, &settings))?;
    let (setup, profile) = (&prepared.setup, prepared.profile());
    let folder = folder.map_or_else(|| place.folder(&setup.network), Ok)?;
    let Beside { heads, data } = beside;
    data.map_or(Ok(()), |data| data.finish(&outcomes, prepared.dt()))?;
    if !place.arguments.record_spikes {
        outcomes.iter_mut().for_each(|outcome| outcome.spikes = None);
    }
    report::write_run(folder.path(), setup, profile, &outcomes)?;
    if let Some((retimed, mapping)) = prepared.placed() {
        report::write_mapping(folder.path(), &retimed.network, mapping)?;
    }
    heads.map_or(Ok(()), |heads| heads.finish(&outcomes))?;
    let beside = match place.arguments.fidelity {
        true => task.candidates.first().fidelity(&prepared)?,
        false => vec![],
    };
    if !beside.is_empty() {
        report::write_fidelity(folder.path(), &beside)?;
    }
    let path = folder.finish()?;
    for (n, outcome) in outcomes.iter().enumerate() {
        output::line(report::table(setup, profile, outcome, true))?;
        if task.candidates.first().stimuli().is_some() {
            output::line(report::outputs_text(&outcome.heads))?;
        }
        if let Some((_, layers)) = beside.get(n) {
            output::line(format_args!("{}\n", report::fidelity_text(layers)))?;
        }
    }
    let glances: Vec<_> = outcomes.iter().map(|one| Glance::new(setup, profile, one)).collect();
    json::print(Some(&path), &glances)?;
    output::line(format_args!("written to {}", path.display()))?;
    Ok(())
}

/// Where the reports go.
struct Place<'a> {
    arguments: &'a Arguments,
    /// What the network runs on, for the folder's name.
    on: String,
}

impl Place<'_> {
    fn folder(&self, network: &str) -> Result<Folder> {
        let folder = match &self.arguments.out {
            Some(out) => Folder::create(out),
            None => Folder::numbered(Path::new("reports/runs"), &format!("{network}-{}", self.on)),
        };
        Ok(folder?)
    }
}

/// What is read: as asked for, or what lies inside the program.
pub struct Files {
    pub network: PathBuf,
    pub input: Option<PathBuf>,
    pub calibrate: Option<PathBuf>,
    /// Scenes that `--input digits` stands for, and standard input; they go with this value.
    _held: (Option<Inside>, Option<Stdin>),
}

impl Files {
    /// As asked for; what was not, from `inside`.
    pub fn new(
        network: &Path,
        input: Option<&Path>,
        calibrate: Option<&Path>,
        inside: Option<&Inside>,
    ) -> Result<Files> {
        let (network, mut input, calibrate) =
            (network.to_owned(), input.map(Path::to_owned), calibrate.map(Path::to_owned));
        let sent = stdin::take(input.as_deref())?;
        if let Some(sent) = &sent {
            input = Some(sent.file.clone());
        }
        let scenes = input.as_deref().map(inside::unpack).transpose()?.flatten();
        if let Some(scenes) = &scenes {
            input = Some(scenes.first()?);
        }
        let Some(inside) = inside else {
            return Ok(Files { network, input, calibrate, _held: (scenes, sent) });
        };
        let input = match input {
            Some(input) => input,
            None => inside.first()?,
        };
        let calibrate = match calibrate {
            Some(calibrate) => calibrate,
            None => inside.calibration()?,
        };
        let (network, input, calibrate) = (inside.network.clone(), Some(input), Some(calibrate));
        Ok(Files { network, input, calibrate, _held: (scenes, sent) })
    }
}

fn settings(arguments: &Arguments) -> Result<Settings> {
    Ok(Settings {
        // What a profile may decide; see [`Task::settings`].
        steps: pipeline::STEPS,
        timing: arguments.timing.into(),
        idealised: arguments.idealised,
        record_spikes: arguments.record_spikes || arguments.nir_data.is_some(),
        seed: arguments.seed,
        conversion: Recipe::best(),
        split: vec![],
        placement: arguments.placement.placement(arguments.seed)?,
        placement_steps: CALIBRATION_STEPS,
        probes: arguments.probe.clone(),
        feed: Default::default(),
        command: super::command_line(),
    })
}
