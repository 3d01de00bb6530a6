//! `spikemesh run NETWORK --input PATH --profile NAME`: the whole chain, and its reports.
//!
//! [`finished`] runs and writes nothing; [`Finished::write`] writes the reports of what it gives.

mod files;
mod task;

use super::across;
use super::changes::ProfileChanges;
use super::heading;
use super::json::{self, JsonArguments};
use super::large;
use super::network::NetworkArguments;
use super::numbers;
use super::output;
use super::paths;
use super::placement::PlacementArguments;
use super::plots::PlotsArguments;
use super::stimulus::StimulusArguments;
use super::timing::TimingChoice;
use super::{Error, Result};
use crate::convert::Recipe;
use crate::pipeline::{Fidelity, Outcome, Prepared, Probe, Setup};
use crate::profile::Profile;
use crate::report::{self, Folder, Forms, Glance, HeadsFile, SpikesFile, Tables, TraceFile};
use clap::Args;
pub use files::Files;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
pub use task::Task;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), a converted one (.spikemesh), or a folder of
    /// neurons.csv, synapses.csv and inputs.csv; `digits` is the network inside the program, with
    /// scenes of its own [default: digits; on a chip that refuses it digit-pools, or digit-256
    /// where it refuses that]
    network: Option<PathBuf>,
    #[command(flatten)]
    reading: NetworkArguments,
    /// A photograph, a folder of them, or an array (.npy) of the network's own shape; `-` for one
    /// from standard input, `digits` for the first of the scenes inside; not for a CSV network
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Name of a built-in profile, or a TOML file; several with commas between, or `all` built-in
    /// ones, give a folder each and a table of all
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
    /// Splits layers that read more sources than the chip allows over partial sums: more neurons,
    /// which round and fire, so that results change; reported and billed
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    split_fan_in: bool,
    /// Writes every spike to spikes.csv, and to spikes.npz for what is too large for a text
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
    /// Writes the ports that every packet passed, and when, to a file, which must not exist yet:
    /// for ui.perfetto.dev if it ends in .pftrace, as Parquet if in .parquet, packed if in .gz,
    /// else as CSV; for one profile, one input and --timing event
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "FILE", value_parser = paths::file())]
    trace: Option<PathBuf>,
    /// Traces the steps from A to B alone, both included, such as 3..5; the first is 1
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "A..B", requires = "trace", value_parser = numbers::steps_range)]
    trace_steps: Option<RangeInclusive<usize>>,
    /// Packs spikes.csv, cores.csv and links.csv, as .csv.gz; a --trace is packed where its name
    /// ends in .gz
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    gz: bool,
    /// Writes spikes, cores and links as Parquet, too; programs that are built with the feature
    /// `parquet` do
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long)]
    parquet: bool,
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
    plots: PlotsArguments,
    #[command(flatten)]
    placement: PlacementArguments,
}

impl Arguments {
    /// Of pictures and of large tables.
    pub fn forms(&self) -> Forms {
        Forms { plots: self.plots.plots(), gz: self.gz, parquet: self.parquet }
    }

    /// Steps that are traced.
    pub fn traced(&self) -> RangeInclusive<usize> {
        self.trace_steps.clone().unwrap_or(1..=usize::MAX)
    }
}

impl Arguments {
    /// Outputs in one place are found before the run: the second would fail after it.
    fn places_apart(&self) -> Result<()> {
        let named = [
            ("--out", &self.out),
            ("--heads", &self.heads),
            ("--nir-data", &self.nir_data),
            ("--trace", &self.trace),
        ];
        let places: Vec<(&str, PathBuf)> = named
            .into_iter()
            .filter_map(|(option, path)| Some((option, paths::place(path.as_deref()?))))
            .collect();
        for (n, (second, place)) in places.iter().enumerate() {
            let meets = |other: &Path| other.starts_with(place) || place.starts_with(other);
            if let Some((first, _)) = places[..n].iter().find(|(_, other)| meets(other)) {
                return Err(Error::OnePlace { first, second }.into());
            }
        }
        Ok(())
    }
}

/// What a run on one chip gave: all that its reports need.
pub struct Finished {
    /// The network on its chip, with its setup.
    pub prepared: Prepared,
    /// One for each input.
    pub outcomes: Vec<Outcome>,
    /// Floats beside whole numbers, by input; empty unless `--fidelity` asked for them.
    pub fidelity: Vec<(String, Vec<Fidelity>)>,
}

impl Finished {
    /// What all inputs share.
    pub fn setup(&self) -> &Setup {
        &self.prepared.setup
    }

    /// The chip.
    pub fn profile(&self) -> &Profile {
        self.prepared.profile()
    }

    /// Writes the reports into `dir`, which exists and holds none of them yet.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), report::Error> {
        self.tables().write(dir)
    }

    /// The same in the forms that are asked for.
    ///
    /// # Errors
    /// A file cannot be written, or not in that form.
    pub fn write_in(&self, dir: &Path, forms: &Forms) -> Result<(), report::Error> {
        self.tables().write_in(dir, forms)
    }

    /// Its tables, to be written or taken as columns.
    pub fn tables(&self) -> Tables<'_> {
        let placed = self.prepared.placed();
        Tables {
            setup: self.setup(),
            profile: self.profile(),
            outcomes: &self.outcomes,
            placed: placed.map(|(retimed, mapping)| (&retimed.network, mapping)),
            fidelity: &self.fidelity,
        }
    }
}

/// Runs on the one profile that `arguments` name, and neither writes nor prints.
///
/// # Errors
/// Whatever the command would end with.
pub fn finished(arguments: &Arguments) -> Result<Finished> {
    let profile = arguments.changes.load(&arguments.profile)?;
    Task::new(arguments, 1)?.on(&profile, None)
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    arguments.forms().check()?;
    arguments.places_apart()?;
    let profiles = arguments.changes.load_list(&arguments.profile)?;
    let task = Task::new(arguments, profiles.len())?;
    let on = match &profiles[..] {
        [profile] => profile.file_name(),
        _ => "profiles".into(),
    };
    // Before the work, except where the network's name comes with it.
    let named = arguments.network.is_some() || arguments.out.is_some() || profiles.len() > 1;
    let place = Place { arguments, on };
    let network = &task.candidates.first().network.name;
    let folder = named.then(|| place.folder(network)).transpose()?;
    match &profiles[..] {
        [profile] => on_one(&task, profile, &place, folder),
        _ => {
            let folder = folder.map_or_else(|| place.folder(network), Ok)?;
            across::run(&task, profiles, folder, &arguments.forms())
        }
    }
}

fn on_one(task: &Task, profile: &Profile, place: &Place, folder: Option<Folder>) -> Result<()> {
    let arguments = place.arguments;
    let heads = arguments.heads.as_deref().map(HeadsFile::create).transpose()?;
    let data = arguments.nir_data.as_deref().map(SpikesFile::create).transpose()?;
    let trace = arguments.trace.as_deref().map(TraceFile::create).transpose()?;
    let placed = task.candidates.first().placed();
    let tracer = trace.as_ref().map(|trace| {
        // Nothing is known of the packets of such a network before.
        let first = move |bytes| {
            if placed {
                large::announce_step(bytes)
            }
        };
        trace.tracer(arguments.traced(), first)
    });
    let mut ran = task.on(profile, tracer.as_ref())?;
    let folder = folder.map_or_else(|| place.folder(&ran.setup().network), Ok)?;
    data.map_or(Ok(()), |data| data.finish(&ran.outcomes, ran.prepared.dt()))?;
    if !arguments.record_spikes {
        ran.outcomes.iter_mut().for_each(|outcome| outcome.spikes = None);
    }
    ran.write_in(folder.path(), &arguments.forms())?;
    heads.map_or(Ok(()), |heads| heads.finish(&ran.outcomes))?;
    let path = folder.finish()?;
    tell(&ran, task.candidates.first().stimuli().is_some(), &path)?;
    Ok(trace.map_or(Ok(()), TraceFile::finish)?)
}

/// The tables of every input, and where the reports are.
fn tell(ran: &Finished, spiking: bool, path: &Path) -> Result<()> {
    let (setup, profile) = (ran.setup(), ran.profile());
    for (n, outcome) in ran.outcomes.iter().enumerate() {
        output::line(report::table(setup, profile, outcome, true))?;
        if spiking {
            output::line(report::outputs_text(&outcome.heads))?;
        }
        if let Some((_, layers)) = ran.fidelity.get(n) {
            output::line(format_args!("{}\n", report::fidelity_text(layers)))?;
        }
    }
    let glance = |one| Glance::new(setup, profile, one);
    let glances: Vec<_> = ran.outcomes.iter().map(glance).collect();
    if glances.len() > 1 {
        output::line(report::inputs_table(&glances))?;
    }
    if ran.fidelity.len() > 1 {
        let all = Fidelity::over(ran.fidelity.iter().map(|(_, layers)| &layers[..]));
        let (inputs, text) = (ran.fidelity.len(), report::fidelity_text(&all));
        output::line(format_args!("of all {inputs} inputs together: {text}\n"))?;
    }
    json::print(Some(path), &glances)?;
    output::written(path)
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
