//! The words of `tune`.

use crate::cli::changes::ProfileChanges;
use crate::cli::heading;
use crate::cli::json::JsonArguments;
use crate::cli::network::NetworkArguments;
use crate::cli::numbers;
use crate::cli::paths;
use crate::cli::placement::PlacementArguments;
use crate::cli::plots::PlotsArguments;
use crate::cli::stimulus::StimulusArguments;
use crate::cli::timing::TimingChoice;
use crate::convert::Recipe;
use crate::pipeline;
use crate::profile::Profile;
use crate::tune::{Objective, Search};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Most trials of a search.
const MOST_TRIALS: u64 = 10_000;
/// Most runs of each search.
const MOST_SEEDS: u64 = 1000;
/// Most parts of the pictures.
const MOST_FOLDS: u64 = 1000;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg), or one that spikes already (.nir); `digits` is the
    /// network inside the program
    #[arg(default_value = "digits")]
    pub network: PathBuf,
    #[command(flatten)]
    pub reading: NetworkArguments,
    /// Pictures: a folder or file of Pascal VOC, COCO or YOLO form; for a network that spikes
    /// already a labelled set of recordings or pictures, see docs/events.md [default: the scenes
    /// inside]
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Takes --data as a folder of pictures without labels: those in which the float network sees
    /// something
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, requires = "data")]
    pub unlabelled: bool,
    /// Lets a COCO file of --data name pictures outside of its folder, by `..` or from the root
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, requires = "data")]
    pub allow_outside: bool,
    /// Pictures that the search sees, the first ones
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 8, value_name = "N", conflicts_with = "folds",
        allow_negative_numbers = true, value_parser = numbers::inputs::<usize>
    )]
    pub pictures: usize,
    /// Parts of the pictures: a search for each sees the others, and its network is judged on the
    /// part. With few pictures all of them tell something so; the first part's network is written
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(2, MOST_FOLDS)
    )]
    pub folds: Option<usize>,
    /// Pictures on which the result is judged [default: all but those searched on, or with --folds
    /// all]
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::inputs::<usize>
    )]
    pub judge: Option<usize>,
    /// Name of a built-in profile, or a TOML file
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, default_value = "loihi1-davies2018", value_parser = paths::text())]
    pub profile: String,
    #[command(flatten)]
    pub changes: ProfileChanges,
    /// The conversion to begin with [default: paper; best where activations are curves, as a SiLU]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    pub recipe: Option<Recipe>,
    /// Steps of an inference [default: 64; of recordings as many as the longest has]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long, allow_negative_numbers = true, value_parser = numbers::steps::<usize>)]
    pub steps: Option<usize>,
    /// What is to become small, at the agreement or accuracy of the untuned network
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long, value_enum, default_value_t = ObjectiveChoice::Sops)]
    pub objective: ObjectiveChoice,
    /// Trials of a search, the untuned network included
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 40, allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(1, MOST_TRIALS)
    )]
    pub budget: usize,
    /// Searches to run, joined by commas; the first one's best network is judged and written
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long, value_enum, value_delimiter = ',', default_value = "bayes")]
    pub search: Vec<SearchChoice>,
    /// Runs of each search, with the seeds --seed and those after it
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 1, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<u64>(1, MOST_SEEDS)
    )]
    pub seeds: u64,
    /// Agreement of the boxes, and share of the error, that may be lost; of answers, the accuracy
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 0.02, allow_negative_numbers = true, value_parser = numbers::share
    )]
    pub tolerance: f64,
    /// Leaves V(0) as the recipe has it
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long)]
    pub keep_v0: bool,
    /// Leaves the steps as --steps has them: else searches for sops, energy and pareto try fewer,
    /// too, down to a quarter
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long)]
    pub keep_steps: bool,
    /// Varies two phases, too: other thresholds for all layers up to some step
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long)]
    pub two_phase: bool,
    /// Groups of a layer's channels with a threshold each, by what a spike is worth
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 1, value_name = "N", allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(1, 16)
    )]
    pub groups: usize,
    /// How packets take their time; all but analytic are slower
    #[arg(help_heading = heading::TIMING)]
    #[arg(long, value_enum, default_value_t = TimingChoice::Analytic)]
    pub timing: TimingChoice,
    /// Pictures that calibrate the conversion, or a file of `calibrate` [default: what is stored of
    /// known detectors; for others the first 8 of --data, with a warning]
    #[arg(help_heading = heading::CONVERSION)]
    #[arg(long)]
    pub calibrate: Option<PathBuf>,
    /// Folder to write, which must not exist yet. A journal beside it keeps the trials until then:
    /// the same command goes on where it was cut off [default: reports/runs/tune-<network>-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    pub out: Option<PathBuf>,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(help_heading = heading::MACHINE)]
    #[arg(
        long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads
    )]
    pub threads: usize,
    /// Runs what the chip would refuse; every report is marked
    #[arg(help_heading = heading::CHIP)]
    #[arg(long)]
    pub idealised: bool,
    /// How a picture becomes the input and heads become boxes, where neither the network's files
    /// nor their name tell it
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    pub detector: Option<PathBuf>,
    #[command(flatten)]
    pub stimulus: StimulusArguments,
    #[command(flatten)]
    pub json: JsonArguments,
    #[command(flatten)]
    pub plots: PlotsArguments,
    #[command(flatten)]
    pub placement: PlacementArguments,
    /// Seed of everything random
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    pub seed: u64,
}

impl Arguments {
    /// Every search with every seed; [`check`](super::check) has seen to it that there are so many.
    pub fn runs(&self) -> Vec<(Search, u64)> {
        let seeds =
            |&search: &SearchChoice| (0..self.seeds).map(move |n| (search.into(), self.seed + n));
        self.search.iter().flat_map(seeds).collect()
    }

    /// The command that runs a tuned network as it was judged.
    pub fn hint(&self, profile: &Profile, network: &Path, picture: &Path, steps: usize) -> String {
        let mut words = vec!["spikemesh".into(), "run".into(), text(network)];
        words.extend(["--input".into(), text(picture)]);
        words.extend(self.alike(profile, "--steps", steps));
        crate::cli::quoted(words)
    }

    /// The command that tells what a network that spikes already comes to with such a recipe, on
    /// all inputs.
    pub fn again(&self, profile: &Profile, data: &Path, recipe: &str, steps: usize) -> String {
        let mut words = vec!["spikemesh".into(), "eval".into(), text(&self.network)];
        words.extend(["--data".into(), text(data)]);
        if !recipe.is_empty() {
            words.extend(["--recipe".into(), recipe.into()]);
        }
        words.extend(self.reading.words());
        words.extend(self.stimulus.words());
        words.extend(self.alike(profile, "--checkpoints", steps));
        crate::cli::quoted(words)
    }

    /// The words of a command that emulates as this one did, for so many steps.
    fn alike(&self, profile: &Profile, option: &str, steps: usize) -> Vec<String> {
        let timing: pipeline::Timing = self.timing.into();
        let mut words = profile.provenance.words();
        words.extend([option.into(), steps.to_string()]);
        words.extend(["--timing".into(), timing.name().into()]);
        words.extend(self.placement.words());
        if self.seed != 0 {
            words.extend(["--seed".into(), self.seed.to_string()]);
        }
        if self.idealised {
            words.push("--idealised".into());
        }
        words
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What is to become small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ObjectiveChoice {
    /// Error of the heads, or share of wrong answers, at no more synaptic operations
    Accuracy,
    /// Time until the boxes agree, or as many answers are right
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
    pub fn varies_steps(self) -> bool {
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

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchChoice {
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
