//! What the command line itself refuses or meets.

use super::failure::Failure;
use crate::detect::Tally;
use crate::memory::TooMuch;
use crate::pipeline;
use crate::plain::{counted, shown};
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a command cannot go on; what a library module says has an error of that module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system gives no threads.
    #[error("cannot start {threads} threads: {error}; take fewer --threads")]
    Threads { threads: usize, error: rayon::ThreadPoolBuildError },
    /// Standard output takes no more.
    #[error("cannot write to standard output: {error}; check the free space, or send it elsewhere")]
    Output { error: io::Error },
    /// A network inside the program, or its pictures, cannot become files.
    #[error(
        "cannot unpack what lies inside the program to {}: {error}; check the free space and \
         permissions, or name another folder in TMPDIR",
        path.display()
    )]
    Unpack { path: PathBuf, error: io::Error },
    /// A trained network, and no input.
    #[error(
        "the network needs --input: a photograph, a recording, a folder of either, or a .npy array"
    )]
    NoInput,
    /// A network that spikes already with none or several inputs.
    #[error(
        "{network} has {inputs} inputs, and a run feeds one; join them in the file, or name one \
         network for each"
    )]
    ManyInputs { network: String, inputs: usize },
    /// Recordings beside pictures.
    #[error(
        "{recordings} of {all} inputs are recordings of event cameras, the others pictures; give \
         a folder of each"
    )]
    MixedInputs { recordings: usize, all: usize },
    /// A recording of more steps than a run has.
    #[error(
        "{input} lasts {steps} steps, and a run has {most} at most; take --steps {most} for its \
         beginning, or longer steps with --bin"
    )]
    LongRecording { input: String, steps: u64, most: u64 },
    /// A step by which no recording can be cut.
    #[error(
        "{network}: a step of {step} s, its dt, is none that recordings of microseconds are cut \
         by; give one from 0.000001 to 1000, as in --bin 0.001"
    )]
    NoBin { network: String, step: f64 },
    /// A picture of another shape than the network's input.
    #[error("{input} is {found}, and input {network} of the network asks for {needed}")]
    InputShape { input: String, found: String, network: String, needed: String },
    /// Floats beside whole numbers, of another network or on several chips.
    #[error(
        "{network}: --fidelity compares a network that spikes already (.nir) with its floats, on \
         one profile; leave it out"
    )]
    Fidelity { network: String },
    /// An option that would change nothing.
    #[error("{}: {option} would have no effect: {why}; leave it out", what.display())]
    Effectless { what: PathBuf, option: &'static str, why: &'static str },
    /// A network that spikes already has no float view of a picture.
    #[error(
        "{network} spikes already: it has no float network that pictures without labels agree with"
    )]
    Unlabelled { network: String },
    /// Inputs beside those of a network from CSV, or a command that has no use for such a network.
    #[error("{} brings its own inputs; {advice}", network.display())]
    OwnInputs { network: PathBuf, advice: &'static str },
    /// A placement beside that of a network from CSV.
    #[error("{} brings its own placement; {advice}", network.display())]
    OwnPlacement { network: PathBuf, advice: &'static str },
    /// A placement that names layers, and a network from CSV.
    #[error(
        "{}: files of --placement and --mapping are for networks of layers; give every neuron tile \
         and core_in_tile in neurons.csv, or name a placement, such as --placement greedy",
        network.display()
    )]
    PlacementFile { network: PathBuf },
    /// Least time for a network from CSV, of which nothing is timed before a run.
    #[error(
        "{}: --place-for latency is for networks that are converted here, whose calibration input \
         it times; take --place-for energy",
        network.display()
    )]
    PlaceForTime { network: PathBuf },
    /// Settings of a conversion, and there is nothing left to convert.
    #[error("{} is converted already; {advice}", network.display())]
    Converted { network: PathBuf, advice: &'static str },
    /// A network that spikes already, and no threshold that a search may change.
    #[error(
        "{}: no layer fires but the outputs, whose thresholds stay, so there is nothing to tune; \
         take `run` or `eval`", network.display()
    )]
    NoThresholds { network: PathBuf },
    /// Only a trained network can be split.
    #[error(
        "{} is not split after its conversion; leave out --split-fan-in", network.display()
    )]
    NotSplit { network: PathBuf },
    /// A command for trained networks, and another one.
    #[error("{} is no trained network{why}", network.display())]
    NotTrained { network: PathBuf, why: &'static str },
    /// Nothing to compare a network from CSV with.
    #[error("{} has no float network to compare with; give a trained one", network.display())]
    NoFloatNetwork { network: PathBuf },
    /// More than one run would write one trace.
    #[error(
        "--trace follows the packets of one input on one profile; name one with --profile, and \
         take --limit 1"
    )]
    OneTrace,
    /// An option is missing that has no default for this network, or stands for nothing.
    #[error("give {option}, {what}")]
    NamesNothing { option: &'static str, what: &'static str },
    /// The description says how pictures come in, but not what heads mean.
    #[error(
        "the detector's description has no [detect] table: nothing says how heads become boxes"
    )]
    NoDetectTable,
    /// No description, and a command that writes one.
    #[error("{error}: `{new}` writes what can be found of it; then `{again}`")]
    Undescribed { error: crate::encode::Error, new: String, again: String },
    /// Standard input breaks off.
    #[error("cannot read standard input: {error}; send it again, or give a file")]
    Stdin { error: io::Error },
    /// Standard input does not fit into memory.
    #[error("standard input: {error}")]
    LongStdin { error: TooMuch },
    /// A recipe for a network that is spiking as it is.
    #[error(
        "{} is spiking as it is, and nothing converts it; leave out --recipe", network.display()
    )]
    AsGiven { network: PathBuf },
    /// Neither a file nor a network inside the program, but nearly one.
    #[error("no network `{name}`{hint}: it is neither a file nor one of {known}")]
    NoNetwork { name: String, hint: String, known: String },
    /// More than one run would write one file of heads.
    #[error(
        "--heads writes the heads on one profile; name one with --profile, or leave out --heads"
    )]
    OneHeads,
    /// More than one run would write one file of spikes.
    #[error(
        "--nir-data writes the spikes on one profile; name one with --profile, or leave out \
         --nir-data"
    )]
    OneNirData,
    /// A network that NIR cannot hold, and what makes one that it can.
    #[error("{error}; {advice}")]
    NotNir { error: crate::export::Error, advice: String },
    /// A set of nothing.
    #[error("{} holds no pictures", data.display())]
    NoPictures { data: PathBuf },
    /// Pictures without labels, and the float network finds nothing in them.
    #[error(
        "the float network sees nothing in the pictures of {}: there is nothing to agree on",
        data.display()
    )]
    SeesNothing { data: PathBuf },
    /// Labels that all are left out.
    #[error("{} has no box that counts, so there is nothing to score; {tally}", data.display())]
    NothingToScore { data: PathBuf, tally: Tally },
    /// Labels cannot be used, and perhaps none were meant.
    #[error(
        "--data wants labels, unless --unlabelled takes the boxes of the float network for them"
    )]
    Labels { source: Failure },
    /// A picture of a set cannot be read again.
    #[error("cannot read {}: {error}", path.display())]
    Picture { path: PathBuf, error: io::Error },
    /// More parts than pictures.
    #[error(
        "{} gives {} for use: too few for {parts} parts; give more, or smaller --folds",
        data.display(), counted(all, "picture")
    )]
    FewPictures { data: PathBuf, all: usize, parts: usize },
    /// A search that would see all pictures.
    #[error(
        "{} gives {} for use: {seen} for the search, and none is left to judge the result on; \
         give more, or smaller --pictures",
        data.display(), counted(all, "picture")
    )]
    NoneToJudge { data: PathBuf, all: usize, seen: usize },
    /// Phases from two sides.
    #[error("--two-phase chooses the phases itself: leave phases= out of --recipe")]
    PhasesGiven,
    /// Steps to read at that do not grow.
    #[error("--checkpoints are growing numbers from 1 to 1024, such as 4,8,16")]
    Checkpoints,
    /// The folder of a report is there already; nothing in it was touched.
    #[error("{} exists already; choose another --report, or move it away", path.display())]
    ReportExists { path: PathBuf },
    /// Two networks that should be one.
    #[error("{} has other ranges than {}", also.display(), network.display())]
    OtherRanges { also: PathBuf, network: PathBuf },
    /// The values of all calibration inputs together do not fit into memory.
    #[error("{}: {error}", calibrating(*inputs))]
    TooManyInputs { inputs: usize, error: TooMuch },
    /// Numbers that do not fit the membranes, with recipes whose numbers do.
    #[error("{error}; {fits}")]
    Narrow { error: pipeline::Error, fits: String },
    /// A refusal, and a command that is not refused, or that none was found.
    #[error("{error}; {advice}")]
    Advised { error: pipeline::Error, advice: String },
    /// No chip of several takes the network; `commands` says where some are that run.
    #[error("every profile refuses {network}; {commands}")]
    AllRefuse { network: String, commands: String },
    /// The chip takes no network that it took before.
    #[error("the chip refuses the network")]
    Refused,
    /// A search without its first trial.
    #[error("no trial was made")]
    NoTrial,
    /// A folder without runs.
    #[error("{} holds no finished run", folder.display())]
    NoRun { folder: PathBuf },
    /// A folder of several runs, each with a network and a chip of its own.
    #[error("{} holds runs on several profiles; name the folder of one of them", folder.display())]
    SeveralRuns { folder: PathBuf },
    /// The run crossed links that the other profile does not have.
    #[error(
        "packets of the run on {emulated} crossed the links of a {kind}, which {profile} does not \
         price; name a profile of the same kind, or run it there"
    )]
    ForeignLinks { emulated: String, kind: &'static str, profile: String },
    /// The run took no time that is known, and the other profile prices power.
    #[error(
        "the run on {emulated} has no times, so the leakage that {profile} prices is unknown; run \
         the network on {profile}"
    )]
    Untimed { emulated: String, profile: String },
    /// A run whose costs are not at hand.
    #[error(
        "{} ran on {profile}, whose costs are none of those at hand; name it with --profile, and \
         --set, as in: {command}",
        folder.display()
    )]
    OtherProfile { profile: String, folder: PathBuf, command: String },
    /// A picture that the files of a folder do not give.
    #[error(
        "{name} cannot be drawn from the files of {}; these can: {known}; photographs are not \
         kept, so that `detections` takes another run",
        folder.display()
    )]
    NotDrawn { name: String, folder: PathBuf, known: String },
    /// The shell does not start.
    #[error("cannot start --gpu-command: {error}")]
    GpuStart { error: io::Error },
    /// The system does not say how the command fares.
    #[error("cannot wait for the end of --gpu-command: {error}; nothing was recorded")]
    GpuWait { error: io::Error },
    /// The GPU stopped to answer.
    #[error("the GPU was lost after {seconds} s of measuring: {reason}; nothing was recorded")]
    GpuLost { seconds: String, reason: String },
    /// Processors at work where no figure counts them.
    #[error(
        "{profile} has embedded processors at work, which this command does not count; leave out \
         --processors (a file of your own: costs.processor.count = 0), or take `run`"
    )]
    Processors { profile: String },
    /// Processors of a chip of which nothing is known of them.
    #[error(
        "--processors: nothing is known of those of {profile}, which has no [costs.processor]; \
         leave it out"
    )]
    NoProcessors { profile: String },
    /// One key of a profile by two options.
    #[error("{option} and --set both give {key}; leave one out")]
    SetTwice { option: &'static str, key: String },
    /// A table of points that have not all run.
    #[error(
        "{} no result yet; run the missing shards, or look with: spikemesh sweep status {}",
        have(*missing),
        dir.display()
    )]
    PointsMissing { missing: usize, dir: PathBuf },
    /// No point of a sweep ran.
    #[error("{}; the first: {code}: {}", none_ran(*failed), shown(message))]
    PointsFailed { failed: usize, code: String, message: String },
    /// Answers of a network that spikes already are read off one output.
    #[error(
        "{network} has outputs of {} elements, and answers to {} are read off one output, an \
         element for each; keep one Output node in the file, or give a set of its classes",
        sizes(found),
        counted(*classes, "class")
    )]
    AnswerOutputs { network: String, found: Vec<usize>, classes: usize },
    /// Two outputs that could not both have their name.
    #[error("{first} and {second} name one place, or one inside the other; give {second} another")]
    OnePlace { first: &'static str, second: &'static str },
    /// Two runs that were to be the same.
    #[error(
        "the runs differ in {changes} figures and settings, and one alone has {alone} more; leave \
         out --check for the table alone"
    )]
    Differ { changes: usize, alone: usize },
    /// The command ended with a failure.
    #[error("--gpu-command failed: {status}; nothing was recorded")]
    GpuFailed { status: ExitStatus },
}

/// The beginning of a sentence on points without results.
fn have(points: usize) -> String {
    format!("{} {}", counted(points, "point"), if points == 1 { "has" } else { "have" })
}

fn sizes(found: &[usize]) -> String {
    found.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
}

/// That no point ran.
fn none_ran(points: usize) -> String {
    match points {
        1 => "the only point failed".into(),
        _ => format!("all {points} points failed"),
    }
}

/// The beginning of a sentence on inputs that calibrate.
fn calibrating(inputs: usize) -> String {
    format!("{} {}", counted(inputs, "input"), if inputs == 1 { "calibrates" } else { "calibrate" })
}
